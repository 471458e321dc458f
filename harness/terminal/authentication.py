"""Offline data authentication: choice of the method, SDA, DDA, and the keys for CDA.

EMV 4.4 Book 3, 10.3; Book 2, 5 and 6; Book 4, 6.3.2. The arithmetic and its steps are in
``harness.crypto``; here is what the terminal makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.codec.apdu import internal_authenticate
from harness.codec.dol import parse_dol
from harness.codec.formats import pan_digits
from harness.codec.tlv import parse
from harness.core.errors import CodecError, ConfigError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context

if TYPE_CHECKING:
    from harness.crypto.capk import CaKey
    from harness.crypto.oda import OdaStep, Recovered
    from harness.crypto.rsa import RsaPublicKey

SPEC_CHOICE = Spec("EMV 4.4 Book 3", "10.3")
SPEC_CDA_FAILURE = Spec("EMV 4.4 Book 4", "6.3.2.1", verified=True)

OPTION = "--own-test-keys"

AIP_SDA, AIP_DDA, AIP_CDA = 0x4000, 0x2000, 0x0100

METHODS = (
    ("CDA", AIP_CDA, "cda", TvrBit.CDA_FAILED),
    ("DDA", AIP_DDA, "dda", TvrBit.DDA_FAILED),
    ("SDA", AIP_SDA, "sda", TvrBit.SDA_FAILED),
)

REQUIRED = {
    "SDA": (0x8F, 0x90, 0x9F32, 0x93),
    "DDA": (0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47),
    "CDA": (0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47),
}
"""Data that each method needs (EMV 4.4 Book 3, 7.2); the remainders 92 and 9F48 only where the
keys are long."""

KINDS = {"live": N_("live"), "test": N_("test"), "own-test": N_("own-test")}


@dataclass(frozen=True, slots=True)
class OdaResult:
    """What came out. ``state`` is ``ok``, ``failed``, ``not-performed`` or ``pending`` (CDA before
    GENERATE AC); ``failure`` the reason in one word of ``OdaFailure``, or ``ca-key`` /
    ``ca-key-not-trusted`` / ``icc-data-missing``; ``text`` says it in a sentence; ``steps`` are
    the verification steps of certificates and signature; ``key`` is ``A000000003/E1``."""

    method: str
    state: str
    text: str
    failure: str = ""
    key: str = ""
    kind: str = ""
    steps: tuple[OdaStep, ...] = ()
    icc_key: RsaPublicKey | None = None

    @property
    def ok(self) -> bool:
        """True when the signature was verified."""
        return self.state == "ok"


def choose(ctx: Context) -> str:
    """``CDA``, ``DDA``, ``SDA`` or an empty string: the best that card and terminal both have."""
    for name, bit, ability, _failed in METHODS:
        if ctx.aip & bit and ctx.config.can(ability):
            return name
    return ""


def run(ctx: Context) -> None:
    """Authenticate; for CDA, recover the keys and leave the signature to GENERATE AC.

    Settles the TVR and sets ``ctx.oda``. Raises LinkError only.
    """
    ctx.cite(SPEC_CHOICE)
    method = choose(ctx)
    if not method:
        text = _("card and terminal have no method of offline data authentication in common")
        ctx.say(text)
        ctx.oda = OdaResult("", "not-performed", text)
        ctx.settle(Open.ODA, TvrBit.ODA_NOT_PERFORMED)
        return
    if method == "SDA":
        ctx.tvr = ctx.tvr.set(TvrBit.SDA_SELECTED)
    result = _authenticate(ctx, method)
    ctx.oda = result
    explain_steps(ctx, result.steps)
    ctx.say(result.text)
    if result.state == "pending":
        ctx.settle(Open.ODA)
        return
    ctx.settle(Open.ODA, *(() if result.ok else (failed_bit(method),)))
    ctx.performed(TsiBit.ODA)


def explain_steps(ctx: Context, steps: Sequence[OdaStep]) -> None:
    """The single steps of certificates and signatures, as details of the running step."""
    for step in steps:
        verdict = _("ok") if step.ok else _("FAILED")
        ctx.details.append(f"{verdict}  {step.spec.clause}, {_(step.name)}: {step.detail}")


def failed_bit(method: str) -> TvrBit:
    """The TVR bit for a failure of ``method``."""
    return next(bit for name, _aip, _ability, bit in METHODS if name == method)


def _authenticate(ctx: Context, method: str) -> OdaResult:
    absent = [tag for tag in REQUIRED[method] if not ctx.card.get(tag)]
    if absent:
        ctx.tvr = ctx.tvr.set(TvrBit.ICC_DATA_MISSING)
        names = " ".join(f"{tag:02X}" for tag in absent)
        return _failed(method, "icc-data-missing", _("the card has no {tags}").format(tags=names))
    index = ctx.card.get(0x8F) or b""
    if len(index) != 1:
        return _failed(method, "ca-key", _("the CA key index (8F) is not one byte"))
    ca = _ca_key(ctx, index[0], method)
    if isinstance(ca, OdaResult):
        return ca
    found = _recover(ctx, ca, method)
    if isinstance(found, OdaResult):
        return found
    key, static_data, steps = found
    base = OdaResult(method, "pending", "", key=ca.name, kind=ca.kind, steps=tuple(steps))
    if method == "SDA":
        return _sda(ctx, base, key, static_data)
    base = replace(base, icc_key=key)
    if method == "DDA":
        return _dda(ctx, base, key)
    return replace(
        base,
        text=_("CDA, key {key}: keys recovered, the signature comes with GENERATE AC").format(
            key=describe_key(ca.name, ca.kind)
        ),
    )


def describe_key(name: str, kind: str) -> str:
    """``A000000003/E1 (own-test)``."""
    return f"{name} ({_(KINDS.get(kind, kind))})"


def _failed(method: str, failure: str, why: str) -> OdaResult:
    text = _("{method} failed: {why}").format(method=method, why=why)
    return OdaResult(method, "failed", text, failure)


def _broken(base: OdaResult, failure: str, why: str) -> OdaResult:
    """Failed behind the certificates: what they gave stays in the result."""
    failed = _failed(base.method, failure, why)
    return replace(failed, key=base.key, kind=base.kind, steps=base.steps)


def _ca_key(ctx: Context, index: int, method: str) -> CaKey | OdaResult:
    """The CA key that the card names, by the trust policy."""
    name = f"{to_hex(ctx.aid[:5])}/{index:02X}"
    if ctx.keys is None:
        return _failed(method, "ca-key", _("this run has no CA keys"))
    try:
        found = ctx.keys.find(ctx.aid, index)
    except ConfigError as error:
        return _failed(method, "ca-key", error.what)
    if found is not None:
        _warn_if_retired(ctx, found)
        return found
    if ctx.keys.known_but_untrusted(ctx.aid, index):
        return _failed(
            method,
            "ca-key-not-trusted",
            _(
                "CA key not trusted: {name} is this project's own test key, whose private half is "
                "public, so anybody can make a card under it; {option} trusts it for this run"
            ).format(name=name, option=OPTION),
        )
    return _failed(method, "ca-key", _("CA key {name} is not known").format(name=name))


def _warn_if_retired(ctx: Context, key: CaKey) -> None:
    """A CA key past its date is still used: schemes move these dates. It is a warning only."""
    if key.expiry is not None and key.expiry < ctx.clock.today().isoformat():
        ctx.say(
            _("warning: CA key {name} was to be retired on {date}").format(
                name=key.name, date=key.expiry
            )
        )


def _recover(
    ctx: Context, ca: CaKey, method: str
) -> tuple[RsaPublicKey, bytes, list[OdaStep]] | OdaResult:
    """Issuer key, static data, and (but for SDA) the ICC key."""
    from harness.crypto.recover import recover_icc_key, recover_issuer_key
    from harness.crypto.signed_data import static_data_to_authenticate

    get, today = ctx.card.get, ctx.clock.today()
    pan = _pan(ctx)
    issuer = recover_issuer_key(
        ca, get(0x90), get(0x92), get(0x9F32), pan, today, revoked=ctx.config.revoked
    )
    steps = list(issuer.steps)
    if issuer.key is None:
        return _refused(method, _("issuer certificate"), issuer, ca, steps)
    ctx.issuer_key = issuer.key
    ctx.say(_certificate(_("issuer certificate"), issuer))
    static = static_data_to_authenticate(
        ((record.sfi, record.data) for record in ctx.records if record.signed),
        get(0x9F4A),
        get(0x82) or b"",
    )
    steps += static.steps
    if not static.ok:
        return _refused(method, _("static data to be authenticated"), static, ca, steps)
    data = static.fields["static-data"]
    if method == "SDA":
        return issuer.key, data, steps
    icc = recover_icc_key(issuer.key, get(0x9F46), get(0x9F48), get(0x9F47), pan, data, today)
    steps += icc.steps
    if icc.key is None:
        return _refused(method, _("ICC certificate"), icc, ca, steps)
    ctx.say(_certificate(_("ICC certificate"), icc))
    return icc.key, data, steps


def recover_key(ctx: Context) -> RsaPublicKey | None:
    """The ICC key for PIN encipherment where authentication did not need it, or None; the issuer
    key is left in ``ctx.issuer_key``. The TVR is not touched."""
    index = ctx.card.get(0x8F) or b""
    if len(index) != 1:
        return None
    ca = _ca_key(ctx, index[0], "DDA")
    if isinstance(ca, OdaResult):
        return None
    found = _recover(ctx, ca, "DDA")
    return None if isinstance(found, OdaResult) else found[0]


def _sda(ctx: Context, base: OdaResult, issuer: RsaPublicKey, static_data: bytes) -> OdaResult:
    from harness.crypto.recover import verify_sda

    verified = verify_sda(issuer, ctx.card.get(0x93), static_data)
    steps = (*base.steps, *verified.steps)
    if not verified.ok:
        return signature_failed(base, _("signed static data"), verified)
    ctx.card.replace(0x9F45, verified.fields["dac"], "recovered from 93")
    text = _("static signature verified under key {key}").format(
        key=describe_key(base.key, base.kind)
    )
    return replace(base, state="ok", text=text, steps=steps)


def _dda(ctx: Context, base: OdaResult, icc: RsaPublicKey) -> OdaResult:
    """INTERNAL AUTHENTICATE over the DDOL (EMV 4.4 Book 2, 6.5)."""
    from harness.crypto.recover import verify_dda

    data = ddol_data(ctx)
    if data is None:
        return _broken(base, "ddol", _("no DDOL with 9F37"))
    answer = ctx.channel.send(internal_authenticate(data))
    if not answer.ok:
        why = _("INTERNAL AUTHENTICATE answered {sw}").format(sw=answer.sw)
        return _broken(base, "status", why)
    signature = dynamic_signature(answer.data)
    verified = verify_dda(icc, signature, data)
    if not verified.ok:
        return signature_failed(base, _("dynamic signature"), verified)
    ctx.card.replace(0x9F4C, verified.fields["dynamic-number"], "recovered from 9F4B")
    return signature_ok(base, verified, ctx.terminal[0x9F37])


def ddol_data(ctx: Context) -> bytes | None:
    """Data for INTERNAL AUTHENTICATE: by the card's DDOL, else the terminal's default one; None
    where neither asks for the unpredictable number."""
    for source, dol in (("9F49", ctx.card.get(0x9F49)), ("default", ctx.risk.default_ddol)):
        if dol is None:
            ctx.say(_("the card has no DDOL (9F49): the terminal's default"))
            continue
        try:
            entries = parse_dol(dol)
        except CodecError as error:
            ctx.say(_("DDOL ({source}): {why}").format(source=source, why=error.what))
            return None
        if not any(entry.tag == 0x9F37 and entry.length for entry in entries):
            ctx.say(_("DDOL ({source}) does not ask for 9F37").format(source=source))
            return None
        data = ctx.dol_data(entries, early=True)
        return data if len(data) <= 255 else None
    return None


def dynamic_signature(data: bytes) -> bytes | None:
    """9F4B out of an answer of format 1 (80) or 2 (77)."""
    nodes = parse(data).nodes
    if len(nodes) != 1:
        return None
    if nodes[0].tag == 0x80:
        return nodes[0].value
    found = nodes[0].find(0x9F4B) if nodes[0].tag == 0x77 else None
    return found.value if found else None


def signature_ok(base: OdaResult, verified: Recovered, number: bytes) -> OdaResult:
    """A dynamic signature held."""
    text = _("dynamic signature verified under key {key}, unpredictable number {un}").format(
        key=describe_key(base.key, base.kind), un=to_hex(number)
    )
    return replace(base, state="ok", text=text, steps=(*base.steps, *verified.steps))


def signature_failed(base: OdaResult, what: str, verified: Recovered) -> OdaResult:
    """A signature did not hold."""
    return replace(
        _failed(base.method, _reason(verified), _explain(what, verified)),
        key=base.key,
        kind=base.kind,
        steps=(*base.steps, *verified.steps),
    )


def _refused(
    method: str, what: str, result: Recovered, ca: CaKey, steps: list[OdaStep]
) -> OdaResult:
    failed = _failed(method, _reason(result), _explain(what, result))
    return replace(failed, key=ca.name, kind=ca.kind, steps=tuple(steps))


def _reason(result: Recovered) -> str:
    return result.failure.value if result.failure else "modulus"


def _explain(what: str, result: Recovered) -> str:
    step = next((step for step in result.steps if not step.ok), None)
    if step is None:
        return what
    return _("{what}, step {step}: {detail}").format(
        what=what, step=_(step.name), detail=step.detail
    )


def _certificate(what: str, result: Recovered) -> str:
    serial, expiry = result.fields.get("serial", b""), result.fields.get("expiry", b"")
    return _("{what} ok: serial {serial}, expires {month}/{year}").format(
        what=what, serial=to_hex(serial), month=to_hex(expiry[:1]), year=to_hex(expiry[1:])
    )


def _pan(ctx: Context) -> str:
    try:
        return pan_digits(ctx.card.get(0x5A) or b"")
    except CodecError:
        return ""
