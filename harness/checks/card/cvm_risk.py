"""Cardholder verification, issuer action codes and the counters that GET DATA gives."""

from __future__ import annotations

from harness.checks.card.cites import book3
from harness.checks.card.replies import Reply
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import check
from harness.codec.cvm import CONDITIONS, METHODS, CvmList, parse_cvm_list
from harness.codec.tlv import parse
from harness.core.errors import CodecError
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.records.result import Evidence, Measurement

CVM_LIST = 0x8E
IAC = (0x9F0D, 0x9F0E, 0x9F0F)
PIN_TRIES, ATC, LAST_ONLINE_ATC = 0x9F17, 0x9F36, 0x9F13

_ONLY_IN_RESULTS = 0x3F


@check(
    "CVM-01",
    N_("The CVM list is well-formed"),
    suite="card",
    spec=(book3("annex C3"), book3("10.5")),
    reads=(CVM_LIST,),
)
def cvm_form(view: CardView) -> Finding:
    """Amounts X and Y of four bytes each, then one or more rules of two bytes."""
    datum = view.datum(CVM_LIST)
    length = len(datum.value)
    if length < 10 or length % 2:
        return fail(
            _("{n} bytes: not two amounts of four bytes and rules of two").format(n=length),
            datum.evidence,
        )
    return ok(_("{n} rules").format(n=(length - 8) // 2), datum.evidence)


def cvm_list(view: CardView) -> CvmList | Finding:
    """The list of a card that has one, or why it cannot be judged."""
    try:
        found = parse_cvm_list(view.datum(CVM_LIST).value)
    except CodecError:
        found = None
    if found is None or not found.rules:
        return not_examined(_("the CVM list is not well-formed (CVM-01)"))
    return found


@check(
    "CVM-02",
    N_("The CVM list uses known codes"),
    suite="card",
    spec=(book3("annex C3, tables 43 and 44"),),
    severity=Verdict.WARN,
    reads=(CVM_LIST,),
)
def cvm_codes(view: CardView) -> Finding:
    """Methods and conditions that EMV defines; the rest is reserved or left to schemes."""
    datum, found = view.datum(CVM_LIST), cvm_list(view)
    if isinstance(found, Finding):
        return found
    rules = found.rules
    odd = [
        f"{rule.code:02X} {rule.condition:02X}"
        for rule in rules
        if rule.method not in METHODS
        or rule.method == _ONLY_IN_RESULTS
        or rule.condition not in CONDITIONS
    ]
    if odd:
        return warn(
            _("reserved or proprietary rules: {rules}").format(rules=", ".join(odd)), datum.evidence
        )
    return ok("; ".join(rule.describe() for rule in rules), datum.evidence)


@check(
    "IAC-01",
    N_("Issuer action codes: all three or none, five bytes each"),
    suite="card",
    spec=(book3("10.7"),),
    severity=Verdict.WARN,
    judges_absence=True,
)
def action_codes(view: CardView) -> Finding:
    """9F0D, 9F0E, 9F0F. Defaults exist for absent ones; a part of them looks like a slip."""
    there = [datum for tag in IAC if (datum := view.app.find(tag))]
    if not there:
        return not_applicable(_("the card has no issuer action codes: defaults apply"))
    seen = [datum.evidence for datum in there]
    if len(there) < len(IAC):
        have = {datum.tag for datum in there}
        missing = ", ".join(f"{tag:02X}" for tag in IAC if tag not in have)
        return warn(_("without {tags}").format(tags=missing), *seen)
    wrong = [f"{datum.tag:02X}" for datum in there if len(datum.value) != 5]
    if wrong:
        return warn(_("not five bytes: {tags}").format(tags=", ".join(wrong)), *seen)
    return ok(_("default, denial and online, five bytes each"), *seen)


def _value(reply: Reply | None, tag: int) -> bytes | None:
    """Value that GET DATA gave, or None when it gave none."""
    if reply is None or not reply.ok:
        return None
    node = parse(reply.data).find(tag)
    return node.value if node is not None else None


@check(
    "PTC-01",
    N_("PIN tries are left"),
    suite="card",
    spec=(book3("6.5.7"), book3("7.3")),
    severity=Verdict.WARN,
)
def pin_tries(view: CardView) -> Finding:
    """GET DATA 9F17: one byte; 0 says that the offline PIN is blocked."""
    reply = view.app.get_data.get(PIN_TRIES)
    value = _value(reply, PIN_TRIES)
    if reply is None or value is None:
        status = reply.status if reply is not None else _("not asked")
        return not_examined(_("PIN try counter not given ({status})").format(status=status))
    seen = Evidence(reply.label, reply.index)
    if len(value) != 1:
        return warn(_("9F17 has {n} bytes, not one").format(n=len(value)), seen)
    if value[0] == 0:
        return warn(
            _("0 PIN tries left: the offline PIN is blocked"),
            seen,
            advice=_("the issuer can unblock it by script"),
        )
    return ok(
        _("PIN tries left: {n}").format(n=value[0]),
        seen,
        measurements=(Measurement("pin tries left", value[0]),),
    )


@check(
    "ATC-01",
    N_("The transaction counter is readable and not behind"),
    suite="card",
    spec=(book3("6.5.7"), book3("7.3")),
)
def transaction_counter(view: CardView) -> Finding:
    """GET DATA 9F36: two bytes, not below the last online ATC (9F13) where that is given."""
    reply = view.app.get_data.get(ATC)
    value = _value(reply, ATC)
    if reply is None or value is None:
        status = reply.status if reply is not None else _("not asked")
        return not_examined(_("transaction counter not given ({status})").format(status=status))
    seen = Evidence(reply.label, reply.index)
    if len(value) != 2:
        return fail(_("9F36 has {n} bytes, not two").format(n=len(value)), seen)
    counter = int.from_bytes(value, "big")
    last = _value(view.app.get_data.get(LAST_ONLINE_ATC), LAST_ONLINE_ATC)
    if last is not None and int.from_bytes(last, "big") > counter:
        return fail(
            _("ATC {atc} is below the last online ATC {last}").format(
                atc=counter, last=int.from_bytes(last, "big")
            ),
            seen,
        )
    return ok(_("ATC {atc}").format(atc=counter), seen, measurements=(Measurement("ATC", counter),))
