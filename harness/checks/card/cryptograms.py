"""Application cryptograms: form, kind, issuer application data, and the issuer's own judgement."""

from __future__ import annotations

from harness.checks.card.cites import book2, book3
from harness.checks.card.view import CardView, GenerateAc, TransactionFacts
from harness.checks.finding import Finding, fail, not_examined, ok, skip
from harness.checks.registry import check
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.verdict import SkipReason
from harness.crypto.cryptogram import find_scheme
from harness.crypto.iad import LAYOUTS_KNOWN, parse_iad
from harness.issuer.messages import HostState
from harness.records.result import Evidence

_RANK = {"AAC": 0, "ARQC": 1, "TC": 2, "RFU": 3}
_KINDS = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC", 0xC0: "RFU"}
_ONLINE = ("GENERATE AC", "EXTERNAL AUTHENTICATE")


def transaction(view: CardView) -> TransactionFacts | Finding:
    """The transaction that was run, or why there is none."""
    if view.transaction is None:
        why = view.notes.get("transaction", "")
        if why:
            return not_examined(why)
        return skip(
            SkipReason.STATE_CHANGE,
            _("a transaction raises the card's transaction counter: --allow-state-change"),
        )
    return view.transaction


def _first(view: CardView) -> GenerateAc | Finding:
    found = transaction(view)
    if isinstance(found, Finding):
        return found
    if not found.generate_ac:
        return not_examined(_("no GENERATE AC was sent: {text}").format(text=found.text))
    return found.generate_ac[0]


def _seen(ac: GenerateAc) -> Evidence:
    return Evidence(f"GENERATE AC ({ac.requested})", ac.index)


def _given(ac: GenerateAc) -> str:
    """The kind of cryptogram, of an answer with 9F27."""
    return _KINDS[ac.fields[0x9F27][0] & 0xC0]


@check(
    "AC-01",
    N_("GENERATE AC: form and kind of the answer"),
    suite="card",
    spec=(book3("6.5.5.4"),),
    sends=_ONLINE,
)
def answer_form(view: CardView) -> Finding:
    """Format 80 or 77 with 9F27, 9F36 and a cryptogram; never better than what was asked for."""
    ac = _first(view)
    if isinstance(ac, Finding):
        return ac
    if ac.sw != 0x9000:
        return fail(_("answered {sw}").format(sw=f"{ac.sw:04X}" if ac.sw else "-"), _seen(ac))
    lengths = {0x9F27: (1, 1), 0x9F36: (2, 2)}
    if 0x9F4B not in ac.fields:
        lengths[0x9F26] = (8, 8)
    if 0x9F10 in ac.fields:
        lengths[0x9F10] = (1, 32)
    for tag, (low, high) in lengths.items():
        if not low <= len(ac.fields.get(tag, b"")) <= high:
            return fail(
                _("{tag:02X} is missing or {n} bytes long").format(
                    tag=tag, n=len(ac.fields.get(tag, b""))
                ),
                _seen(ac),
            )
    given = _given(ac)
    if _RANK[given] > _RANK[ac.requested]:
        return fail(
            _("{asked} was asked for, {given} came").format(asked=ac.requested, given=given),
            _seen(ac),
        )
    return ok(
        _("{asked} asked for, {given} given, format {n}").format(
            asked=ac.requested, given=given, n=ac.format
        ),
        _seen(ac),
    )


@check(
    "AC-02",
    N_("Cryptogram information data use defined bits"),
    suite="card",
    spec=(book3("6.5.5.4"),),
    sends=_ONLINE,
)
def information(view: CardView) -> Finding:
    """9F27: kind 00, 40 or 80. The other bits are the payment system's, or advice and its reason:
    they may be set."""
    ac = _first(view)
    if isinstance(ac, Finding):
        return ac
    cid = ac.fields.get(0x9F27)
    if cid is None or len(cid) != 1:
        return not_examined(_("no 9F27 of one byte (AC-01)"))
    if cid[0] & 0xC0 == 0xC0:
        return fail(
            _("9F27 is {cid}: a reserved kind of cryptogram").format(cid=to_hex(cid)), _seen(ac)
        )
    return ok(_("9F27 is {cid}: {kind}").format(cid=to_hex(cid), kind=_given(ac)), _seen(ac))


def _iad(view: CardView) -> tuple[GenerateAc, bytes] | Finding:
    ac = _first(view)
    if isinstance(ac, Finding):
        return ac
    iad = ac.fields.get(0x9F10)
    if not iad:
        return not_examined(_("no issuer application data (9F10) came"))
    return ac, iad


@check(
    "AC-03", N_("Issuer application data follow the scheme's layout"), suite="card", sends=_ONLINE
)
def issuer_data(view: CardView) -> Finding:
    """9F10 has the length and structure that its scheme uses."""
    found = _iad(view)
    if isinstance(found, Finding):
        return found
    ac, iad = found
    rid = view.aid[:5]
    parsed = parse_iad(iad, rid)
    if parsed is not None:
        return ok(_("{n} bytes, layout {name}").format(n=len(iad), name=parsed.layout), _seen(ac))
    if rid not in LAYOUTS_KNOWN:
        return skip(SkipReason.NOT_APPLICABLE, _("the layout of this scheme is not known here"))
    return fail(_("{n} bytes do not follow the scheme's layout").format(n=len(iad)), _seen(ac))


@check(
    "AC-04",
    N_("The cryptogram version is known"),
    suite="card",
    spec=(book2("8.1"),),
    sends=_ONLINE,
)
def version(view: CardView) -> Finding:
    """Scheme, layout and version byte together name a method; the byte alone means nothing.

    A version without a public description cannot be judged: unknown key. 00 is none: FAIL.
    """
    found = _iad(view)
    if isinstance(found, Finding):
        return found
    ac, iad = found
    scheme = find_scheme(iad, view.aid)
    if scheme is not None:
        return ok(_("CVN {cvn}: {name}").format(cvn=scheme.cvn, name=scheme.name), _seen(ac))
    parsed = parse_iad(iad, view.aid)
    if parsed is None:
        return not_examined(_("the issuer application data are not understood (AC-03)"))
    if parsed.cvn == "00":
        return fail(_("CVN 00 names no method"), _seen(ac))
    return skip(
        SkipReason.UNKNOWN_KEY, _("CVN {cvn}: no public description").format(cvn=parsed.cvn)
    )


@check("AC-05", N_("The cryptogram verifies"), suite="card", spec=(book2("8.1"),), sends=_ONLINE)
def verified(view: CardView) -> Finding:
    """The simulated issuer recomputes the ARQC with its keys for this card."""
    found = transaction(view)
    if isinstance(found, Finding):
        return found
    response = found.response
    if response is None or response.state is not HostState.ANSWERED:
        return not_examined(_("no authorisation took place: {text}").format(text=found.text))
    seen = (_seen(found.generate_ac[0]),) if found.generate_ac else ()
    if response.cryptogram_ok is None:
        return skip(
            SkipReason.UNKNOWN_KEY,
            _("{host} has no key for this card").format(host=response.name or _("the issuer")),
        )
    if not response.cryptogram_ok:
        return fail(
            _("the recomputed cryptogram is another one"),
            *seen,
            advice=_("wrong issuer master key, PAN sequence number, or data personalised"),
        )
    return ok(_("ARQC verified by {host}").format(host=response.name or _("the issuer")), *seen)
