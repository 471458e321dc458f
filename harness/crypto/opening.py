"""Undoing a signature with message recovery, and the checks that all signed objects share
(EMV Book 2, annex A2.1)."""

from __future__ import annotations

from hashlib import sha1

from harness.core.errors import CodecError
from harness.core.i18n import N_, _
from harness.crypto.oda import OdaFailure, StepLog
from harness.crypto.rsa import RsaPublicKey

BOOK2 = "EMV 4.4 Book 2"
HASH_AND_TRAILER = 21
_TRAILER, _HEADER, _SHA1 = 0xBC, 0x6A, 0x01
# Where the hash algorithm stands, by format byte: after serial number, or right after the format.
_HASH_ALGORITHM_AT = {0x02: 11, 0x04: 17, 0x03: 2, 0x05: 2}


def present(log: StepLog, needed: dict[str, bytes | None], clause: str) -> bool:
    """Note whether every data element of ``needed`` (by hex tag) is there and not empty."""
    missing = [tag for tag, value in needed.items() if not value]
    detail = _("missing: {tags}").format(tags=", ".join(missing)) if missing else _("all there")
    return log.check("data", not missing, OdaFailure.MISSING, detail, clause)


def open_signed(  # noqa: PLR0917 - what a signed object consists of
    log: StepLog,
    key: RsaPublicKey,
    signed: bytes,
    form: int,
    also_hashed: bytes,
    clause: str,
    *,
    least: int,
) -> bytes | None:
    """Undo the signature and check what every signed object has; None when one check failed.

    ``least``: bytes of the object without any variable part.
    """
    fits = len(signed) == key.length >= least
    lengths = _("{signed} bytes, the key has {key}").format(signed=len(signed), key=key.length)
    if not log.check("length", fits, OdaFailure.LENGTH, lengths, f"{clause} step 1"):
        return None
    try:
        block = key.recover(signed)
    except CodecError as error:
        log.check("length", False, OdaFailure.LENGTH, error.what, f"{clause} step 1")
        return None
    digest = sha1(block[1:-HASH_AND_TRAILER] + also_hashed, usedforsecurity=False).digest()
    checks = (
        (N_("trailer"), block[-1], _TRAILER, OdaFailure.TRAILER, "step 2"),
        (N_("header"), block[0], _HEADER, OdaFailure.HEADER, "step 3"),
        (N_("format"), block[1], form, OdaFailure.FORMAT, "step 4"),
        (
            N_("hash algorithm"),
            block[_HASH_ALGORITHM_AT[form]],
            _SHA1,
            OdaFailure.HASH_ALGORITHM,
            "step 6",
        ),
    )
    for name, found, wanted, failure, step in checks:
        detail = _("{found:02X}, expected {wanted:02X}").format(found=found, wanted=wanted)
        if not log.check(name, found == wanted, failure, detail, f"{clause} {step}"):
            return None
    same = digest == block[-HASH_AND_TRAILER:-1]
    over = _("SHA-1 over {count} bytes").format(
        count=len(block) - HASH_AND_TRAILER - 1 + len(also_hashed)
    )
    return block if log.check("hash", same, OdaFailure.HASH, over, f"{clause} step 7") else None
