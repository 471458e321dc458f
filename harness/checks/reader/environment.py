"""Service, versions, enumeration, presence of a card."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, not_applicable, ok, skip, warn
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Broken, card_out, expect, settle
from harness.checks.registry import Needs, Tier, check
from harness.core.errors import CardMute, LinkError, NoCard, ServiceDown
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.core.verdict import SkipReason, Verdict
from harness.link import service as sv
from harness.records.result import Evidence

PCSC_MANAGER = Spec("PC/SC Specification Part 5", "resource manager")


@check(
    "ENV-01",
    N_("PC/SC service reachable"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.NOTHING,
    severity=Verdict.ERROR,
    spec=(PCSC_MANAGER,),
)
def service(bench: Bench) -> Finding:
    """The service answers when it is asked about the reader. The bench's fault if not: ERROR."""
    if bench.reader.kind == "virtual":
        return not_applicable(_("a virtual card in the same process needs no PC/SC service"))
    try:
        bench.reader.card_present()
    except ServiceDown as error:
        advice = error.todo or _("start it: systemctl start pcscd.socket")
        return Finding(Verdict.ERROR, error.what, advice=advice)
    return ok(_("the service answers"))


@check(
    "ENV-04",
    N_("Versions recorded"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.NOTHING,
    severity=Verdict.WARN,
)
def versions(bench: Bench) -> Finding:
    """Tool, service, binding and driver versions are in the report."""
    wanted = ["emv-harness", "python"]
    if bench.reader.kind != "virtual":
        wanted += ["pyscard", "pcscd"]
    missing = [name for name in wanted if not bench.versions.get(name)]
    facts = {**bench.versions, **bench.reader.facts()}
    text = ", ".join(f"{name} {value}" for name, value in sorted(facts.items()))
    if missing:
        return warn(
            _("version unknown: {names}").format(names=", ".join(missing)),
            Evidence(text),
            advice=_("a result without versions is hard to compare later"),
        )
    return ok(text)


@check(
    "ENU-01",
    N_("The reader is listed once"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.NOTHING,
    spec=(PCSC_MANAGER,),
)
def listed(bench: Bench) -> Finding:
    """The name of the reader under test is enumerated exactly once."""
    times = bench.listed.count(bench.reader.name)
    if times != 1:
        return fail(
            _("{name} is listed {times} times").format(name=bench.reader.name, times=times),
            Evidence("; ".join(bench.listed)),
            advice=_("look at `emv-harness readers` and `emv-harness doctor`"),
        )
    return ok(
        _("{name}: listed once among {n}").format(name=bench.reader.name, n=len(bench.listed))
    )


@check(
    "EVT-09",
    N_("The card in the slot is detected"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.NOTHING,
    spec=(PCSC_MANAGER,),
)
def card_in(bench: Bench) -> Finding:
    """The reader reports a card, and the card gives an ATR when it is powered.

    An empty slot is not the reader's fault and cannot be told from an undetected card: ERROR.
    """
    if not bench.reader.card_present():
        return Finding(
            Verdict.ERROR,
            _("no card in the reader"),
            advice=_("insert a card, chip first; when one is in, try it in another reader"),
        )
    try:
        atr = bench.link.atr
    except CardMute as error:
        return fail(error.what, advice=error.todo)
    return ok(_("card present, ATR of {n} bytes").format(n=len(atr)))


@check(
    "REC-02", N_("An empty slot says so"), suite="reader", needs=Needs.NOTHING, spec=(PCSC_MANAGER,)
)
def empty_slot(bench: Bench) -> Finding:
    """Connecting without a card ends with the no-card error, and with no other."""
    if bench.reader.card_present() and bench.hand is not None and bench.offered("service"):
        return _emptied(bench)
    if bench.reader.card_present():
        return skip(SkipReason.NEEDS_OPERATOR, _("needs an empty slot: take the card out"))
    try:
        bench.reader.connect().close()
    except NoCard:
        return ok(_("no card: said so"))
    except LinkError as error:
        return fail(
            _("an empty slot gives {kind}: {what}").format(
                kind=type(error).__name__, what=error.what
            )
        )
    return fail(_("an empty slot could be connected to"))


def _emptied(bench: Bench) -> Finding:
    """The same with a card that can be taken out for it."""
    try:
        with card_out(bench) as made:
            made.hand.pull()
            client = made.client()
            settle(made, client, present=False)
            expect(client.connect(made.slot)[0], sv.NO_CARD, doing=_("connect"))
    except Broken as broken:
        return fail(str(broken))
    return ok(_("no card: said so"))
