"""Verifying static and dynamic signatures, as a terminal does (EMV Book 2, 5.4, 6.5 and 6.6).

As in ``recover``: nothing that a card sends raises.
"""

from __future__ import annotations

from hashlib import sha1

from harness.core.i18n import _
from harness.crypto.oda import OdaFailure, Recovered, StepLog
from harness.crypto.opening import BOOK2, open_signed, present
from harness.crypto.rsa import RsaPublicKey


def verify_sda(issuer: RsaPublicKey, signature: bytes | None, static_data: bytes) -> Recovered:
    """Signed static application data, tag 93 (EMV Book 2, 5.4). ``fields``: ``dac`` (2)."""
    log = StepLog(BOOK2)
    if not present(log, {"93": signature}, "5.4"):
        return log.end()
    block = open_signed(log, issuer, signature or b"", 0x03, static_data, "5.4", least=26)
    return log.end(fields={"dac": block[3:5]} if block else {})


def verify_dda(icc: RsaPublicKey, signature: bytes | None, terminal_data: bytes) -> Recovered:
    """Signed dynamic application data over the DDOL values (EMV Book 2, 6.5.2).

    ``fields``: ``dynamic-number``, the ICC dynamic number (9F4C).
    """
    log = StepLog(BOOK2)
    dynamic = _open_dynamic(log, icc, signature, terminal_data, "6.5.2")
    if dynamic is None:
        return log.end()
    number, _rest = _dynamic_number(log, dynamic, 0, "6.5.2")
    return log.end(fields={"dynamic-number": number})


def verify_cda(
    icc: RsaPublicKey,
    signature: bytes | None,
    *,
    unpredictable_number: bytes,
    cid: int,
    transaction_data: bytes,
) -> Recovered:
    """Signed dynamic application data of a GENERATE AC (EMV Book 2, 6.6.2).

    ``cid``: 9F27 of the answer. ``transaction_data``: see ``signed_data.cda_transaction_data``.
    ``fields``: ``dynamic-number``, ``cid``, ``cryptogram`` (the 9F26 that CDA does not send
    openly), ``tdh``.
    """
    log = StepLog(BOOK2)
    dynamic = _open_dynamic(log, icc, signature, unpredictable_number, "6.6.2")
    if dynamic is None:
        return log.end()
    number, rest = _dynamic_number(log, dynamic, 29, "6.6.2")
    if log.failure is not None:
        return log.end()
    fields = {"dynamic-number": number, "cid": rest[:1], "cryptogram": rest[1:9], "tdh": rest[9:29]}
    log.check(
        "cryptogram information",
        rest[0] == cid,
        OdaFailure.CID,
        _("signed {signed:02X}, sent {sent:02X}").format(signed=rest[0], sent=cid),
        "6.6.2",
    )
    expected = sha1(transaction_data, usedforsecurity=False).digest()
    log.check(
        "transaction data hash",
        fields["tdh"] == expected,
        OdaFailure.TDH,
        _("over {count} bytes").format(count=len(transaction_data)),
        "6.6.2",
    )
    return log.end(fields=fields)


def _open_dynamic(
    log: StepLog, icc: RsaPublicKey, signature: bytes | None, terminal_data: bytes, clause: str
) -> bytes | None:
    """The ICC dynamic data of a 9F4B."""
    if not present(log, {"9F4B": signature}, clause):
        return None
    block = open_signed(log, icc, signature or b"", 0x05, terminal_data, clause, least=25)
    if block is None:
        return None
    length = block[3]
    fits = length <= icc.length - 25
    detail = _("{length} bytes said, {room} fit").format(length=length, room=icc.length - 25)
    if not log.check("dynamic data", fits, OdaFailure.DYNAMIC_NUMBER, detail, clause):
        return None
    return block[4 : 4 + length]


def _dynamic_number(log: StepLog, dynamic: bytes, after: int, clause: str) -> tuple[bytes, bytes]:
    """The ICC dynamic number (2 to 8 bytes) and the rest, which has at least ``after`` bytes."""
    length = dynamic[0] if dynamic else 0
    number, rest = dynamic[1 : 1 + length], dynamic[1 + length :]
    ok = 2 <= length <= 8 and len(number) == length and len(rest) >= after
    detail = _("{length} bytes in {total} of dynamic data").format(
        length=length, total=len(dynamic)
    )
    log.check("dynamic number", ok, OdaFailure.DYNAMIC_NUMBER, detail, clause)
    return number, rest
