"""The certificate chain of an application, followed once and judged by many checks."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from harness.checks.card.facts import ApplicationFacts
from harness.codec.formats import pan_digits
from harness.codec.tlv import parse
from harness.core.errors import CodecError
from harness.core.plain import dataclass
from harness.crypto.capk import CaKey, CaKeyStore
from harness.crypto.recover import (
    Recovered,
    Revocations,
    recover_icc_key,
    recover_issuer_key,
    verify_dda,
    verify_sda,
)
from harness.crypto.signed_data import static_data_to_authenticate

CA_INDEX, ISSUER_CERT, ISSUER_REST, ISSUER_EXPONENT = 0x8F, 0x90, 0x92, 0x9F32
PIN_CERT, PIN_REST, PIN_EXPONENT = 0x9F2D, 0x9F2F, 0x9F2E
ICC_CERT, ICC_REST, ICC_EXPONENT, SSAD, TAG_LIST = 0x9F46, 0x9F48, 0x9F47, 0x93, 0x9F4A
SDAD = 0x9F4B


@dataclass(frozen=True, slots=True)
class Chain:
    """What each stage of offline data authentication gave; a stage that was not reached is None.

    ``ca`` is the trusted CA key, ``untrusted`` our own test CA's key where it is known but not
    trusted. ``dynamic`` holds one result for each INTERNAL AUTHENTICATE, with the exchange index
    and the signature.
    """

    rid: bytes
    index: int
    ca: CaKey | None = None
    untrusted: CaKey | None = None
    issuer: Recovered | None = None
    static: Recovered | None = None
    icc: Recovered | None = None
    sda: Recovered | None = None
    dynamic: tuple[tuple[int, bytes, Recovered], ...] = ()
    pin: Recovered | None = None

    @property
    def key_print(self) -> str:
        """Short hash of the ICC modulus, to find one key in two cards; empty without one."""
        if self.icc is None or self.icc.key is None:
            return ""
        return sha256(self.icc.key.modulus).hexdigest()[:24]

    @property
    def expiries(self) -> dict[str, tuple[int, int]]:
        """Year and month at which each recovered certificate expires, by its name."""
        found = {}
        for name, stage in (("issuer", self.issuer), ("ICC", self.icc)):
            text = stage.fields.get("expiry", b"").hex() if stage is not None else ""
            if len(text) == 4 and text.isdigit():
                year = int(text[2:])
                found[name] = (year + (2000 if year < 50 else 1900), int(text[:2]))
        return found


def build_chain(
    app: ApplicationFacts, keys: CaKeyStore, today: date, *, revoked: Revocations = ()
) -> Chain | None:
    """Follow the chain as far as it goes; None for a card without a CA key index (8F).

    ``revoked``: issuer certificates that the terminal must not use.
    """
    index = app.get(CA_INDEX)
    if index is None or len(index) != 1:
        return None
    rid = (app.df_name or app.aid)[:5]
    ca = keys.find(rid, index[0])
    if ca is None:
        return Chain(rid, index[0], untrusted=keys.known_but_untrusted(rid, index[0]))
    pan = _pan(app)
    issuer = recover_issuer_key(
        ca,
        app.get(ISSUER_CERT),
        app.get(ISSUER_REST),
        app.get(ISSUER_EXPONENT),
        pan,
        today,
        revoked=revoked,
    )
    if issuer.key is None or not app.complete:
        return Chain(rid, index[0], ca, issuer=issuer)
    static = static_data_to_authenticate(
        [(record.sfi, record.reply.data) for record in app.signed_records],
        app.get(TAG_LIST),
        app.aip or b"",
    )
    data = static.fields.get("static-data", b"")
    sda = verify_sda(issuer.key, app.get(SSAD), data) if app.get(SSAD) and static.ok else None
    icc = None
    if app.get(ICC_CERT) is not None and static.ok:
        icc = recover_icc_key(
            issuer.key,
            app.get(ICC_CERT),
            app.get(ICC_REST),
            app.get(ICC_EXPONENT),
            pan,
            data,
            today,
        )
    pin = None
    if app.get(PIN_CERT) is not None:
        # The same steps as for the ICC key, but over no static data (EMV Book 2, 7.1).
        pin = recover_icc_key(
            issuer.key,
            app.get(PIN_CERT),
            app.get(PIN_REST),
            app.get(PIN_EXPONENT),
            pan,
            b"",
            today,
        )
    return Chain(rid, index[0], ca, None, issuer, static, icc, sda, _dynamic(app, icc), pin)


def _dynamic(
    app: ApplicationFacts, icc: Recovered | None
) -> tuple[tuple[int, bytes, Recovered], ...]:
    if icc is None or icc.key is None:
        return ()
    found = []
    for reply in app.internal_authenticate:
        data = reply.command[5 : 5 + reply.command[4]]
        signature = signed_data(reply.data) if reply.ok else b""
        found.append((reply.index, signature, verify_dda(icc.key, signature, data)))
    return tuple(found)


def signed_data(answer: bytes) -> bytes:
    """9F4B of an answer: the value of template 80, or 9F4B inside 77 (EMV Book 3, 6.5.9.4)."""
    tree = parse(answer)
    if tree.nodes and tree.nodes[0].tag == 0x80:
        return tree.nodes[0].value
    node = tree.find(SDAD)
    return node.value if node is not None else b""


def _pan(app: ApplicationFacts) -> str:
    try:
        return pan_digits(app.get(0x5A) or b"")
    except CodecError:
        return ""
