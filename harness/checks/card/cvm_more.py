"""More about the CVM list, usage control, action codes, and limits."""

from __future__ import annotations

from harness.checks.card.cites import book2, book3
from harness.checks.card.cvm_risk import CVM_LIST, IAC, PIN_TRIES, cvm_list
from harness.checks.card.initiation import CDA, DDA, SDA, aip_bit
from harness.checks.card.records_more import given, never_asked
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import check
from harness.codec.bits import describe
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict

ALWAYS, USES_AMOUNT, CURRENCY = 0x00, frozenset({6, 7, 8, 9}), 0x9F42
PLAINTEXT, ENCIPHERED = frozenset({1, 3}), frozenset({4, 5})
USAGE, COUNTRY, VERSION, LOWER, UPPER = 0x9F07, 0x5F28, 0x9F08, 0x9F14, 0x9F23
DEFAULT, DENIAL, ONLINE = IAC


@check(
    "CVM-03",
    N_("Every CVM rule can be reached"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("10.5"),),
    reads=(CVM_LIST,),
)
def reachable(view: CardView) -> Finding:
    """After a rule that always applies and ends the list when it fails, no other is looked at."""
    found = cvm_list(view)
    if isinstance(found, Finding):
        return found
    seen = view.datum(CVM_LIST).evidence
    for at, rule in enumerate(found.rules[:-1], 1):
        if rule.condition == ALWAYS and rule.fail_if_unsuccessful:
            return warn(
                _("rule {n} always applies and ends the list: {m} rules after it are dead").format(
                    n=at, m=len(found.rules) - at
                ),
                seen,
            )
    return ok(_("{n} rules").format(n=len(found.rules)), seen)


@check(
    "CVM-04",
    N_("Amounts X and Y are there where a rule uses them"),
    suite="card",
    spec=(book3("10.5"),),
    reads=(CVM_LIST,),
    judges_absence=True,
)
def amounts(view: CardView) -> Finding:
    """A condition on X or Y needs the application currency 9F42 (FAIL), and an amount that is not
    zero (WARN)."""
    found = cvm_list(view)
    if isinstance(found, Finding):
        return found
    used = {rule.condition for rule in found.rules} & USES_AMOUNT
    seen = view.datum(CVM_LIST).evidence
    if not used:
        return ok(_("no rule uses an amount"), seen)
    if view.app.get(CURRENCY) is None:
        return fail(_("a rule uses X or Y, but there is no application currency (9F42)"), seen)
    if (used & {6, 7} and not found.amount_x) or (used & {8, 9} and not found.amount_y):
        return warn(_("a rule uses an amount that is zero"), seen)
    return ok(_("X {x}, Y {y}").format(x=found.amount_x, y=found.amount_y), seen)


@check(
    "CVM-05",
    N_("Offline PIN rules have what they need"),
    suite="card",
    spec=(book2("chapter 7"), book3("10.5.1")),
    reads=(CVM_LIST,),
    judges_absence=True,
)
def offline_pin(view: CardView) -> Finding:
    """An enciphered PIN needs a certified key, of its own (9F2D) or the card's (9F46): FAIL
    without. A plaintext PIN whose try counter is not given warns: it cannot be seen whether it is
    blocked."""
    found = cvm_list(view)
    if isinstance(found, Finding):
        return found
    methods = {rule.method for rule in found.rules}
    seen = view.datum(CVM_LIST).evidence
    if not methods & (PLAINTEXT | ENCIPHERED):
        return ok(_("no offline PIN in the list"), seen)
    if methods & ENCIPHERED and not any(view.app.get(t) is not None for t in (0x9F2D, 0x9F46)):
        return fail(_("enciphered offline PIN, but neither 9F2D nor 9F46"), seen)
    if never_asked(view, PIN_TRIES):
        return not_examined(_("GET DATA {tag} was not sent").format(tag="9F17"))
    if given(view, PIN_TRIES) is None:
        return warn(_("offline PIN in the list, but the try counter 9F17 is not given"), seen)
    return ok(_("key and try counter there"), seen)


@check(
    "AUC-01",
    N_("Usage control has its country"),
    suite="card",
    spec=(book3("10.4.2"), book3("annex C2")),
    reads=(USAGE,),
    judges_absence=True,
)
def usage(view: CardView) -> Finding:
    """9F07 of two bytes, and 5F28: domestic and international cannot be told apart without."""
    datum = view.datum(USAGE)
    if len(datum.value) != 2:
        return fail(_("9F07 has {n} bytes, not two").format(n=len(datum.value)), datum.evidence)
    if view.app.get(COUNTRY) is None:
        return fail(_("9F07 without the issuer's country 5F28"), datum.evidence)
    return ok(to_hex(datum.value), datum.evidence)


@check(
    "AUC-02",
    N_("What the card may be used for"),
    suite="card",
    severity=Verdict.PASS,
    spec=(book3("annex C2"),),
    reads=(USAGE,),
)
def usage_words(view: CardView) -> Finding:
    """Usage control in words: a card profile says whether that is what the product should be."""
    datum = view.datum(USAGE)
    lines = [line.strip() for line in describe(USAGE, datum.value)]
    return ok(f"{to_hex(datum.value)}: {'; '.join(lines)}", datum.evidence)


@check(
    "VER-01",
    N_("Application version"),
    suite="card",
    severity=Verdict.PASS,
    spec=(book3("10.4.1"),),
    reads=(VERSION,),
)
def version(view: CardView) -> Finding:
    """9F08, to be compared with the terminal's: information only."""
    datum = view.datum(VERSION)
    return ok(_("version {v}").format(v=to_hex(datum.value)), datum.evidence)


def _codes(view: CardView) -> dict[int, int] | Finding:
    values = {tag: value for tag in IAC if (value := view.app.get(tag)) and len(value) == 5}
    if len(values) < len(IAC):
        return not_applicable(_("not all three action codes of five bytes are there (IAC-01)"))
    return {tag: int.from_bytes(value, "big") for tag, value in values.items()}


@check(
    "IAC-02",
    N_("Denial and online action codes agree"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("10.7"),),
)
def denial(view: CardView) -> Finding:
    """A condition that is denied offline but not sent online: the online code then never matters
    for it, which is allowed and mostly not meant."""
    codes = _codes(view)
    if isinstance(codes, Finding):
        return codes
    lost = codes[DENIAL] & ~codes[ONLINE]
    if lost:
        return warn(
            _("denied offline, but not asked to go online: {bits}").format(bits=_bits(lost)),
            view.datum(DENIAL).evidence,
        )
    return ok(_("consistent"), view.datum(DENIAL).evidence)


@check(
    "IAC-03",
    N_("A failed authentication has consequences"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("10.7"),),
    reads=(0x82,),
)
def authentication_codes(view: CardView) -> Finding:
    """A card with offline data authentication asks, in its online or default action code, for
    attention where it was not performed or failed."""
    if not aip_bit(view, SDA | DDA | CDA):
        return not_applicable(_("the AIP announces no offline data authentication"))
    codes = _codes(view)
    if isinstance(codes, Finding):
        return codes
    wanted = 0x80
    wanted |= 0x40 if aip_bit(view, SDA) else 0
    wanted |= 0x08 if aip_bit(view, DDA) else 0
    wanted |= 0x04 if aip_bit(view, CDA) else 0
    missing = (wanted << 32) & ~(codes[ONLINE] | codes[DEFAULT] | codes[DENIAL])
    if missing:
        return warn(
            _("no action code asks for attention to: {bits}").format(bits=_bits(missing)),
            view.datum(ONLINE).evidence,
        )
    return ok(_("action codes react"), view.datum(ONLINE).evidence)


def _bits(mask: int) -> str:
    lines = describe(0x95, mask.to_bytes(5, "big"))
    return "; ".join(line.strip() for line in lines) or f"{mask:010X}"


@check(
    "RISK-01",
    N_("Offline limits are in order"),
    suite="card",
    spec=(book3("10.6.3"),),
    judges_absence=True,
)
def limits(view: CardView) -> Finding:
    """Lower consecutive offline limit (9F14) not above the upper one (9F23); one alone warns, as
    velocity checking needs both."""
    low, high = view.app.find(LOWER), view.app.find(UPPER)
    if low is None and high is None:
        return not_applicable(_("the card leaves velocity checking to itself (no 9F14, 9F23)"))
    there = low or high
    if low is None or high is None:
        seen = (there.evidence,) if there is not None else ()
        return warn(_("only one of 9F14 and 9F23: no velocity checking"), *seen)
    if low.value > high.value:
        return fail(
            _("9F14 {a} is above 9F23 {b}").format(a=to_hex(low.value), b=to_hex(high.value)),
            low.evidence,
            high.evidence,
        )
    return ok(_("{a} to {b}").format(a=to_hex(low.value), b=to_hex(high.value)), low.evidence)
