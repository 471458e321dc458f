"""The answer to a cold reset by the EMV contact rules: what a terminal accepts.

They are stricter than ISO/IEC 7816-3 and apply to contact cards for payment only; an ATR that a
reader makes up for a contactless card is not judged by them.
"""

from __future__ import annotations

from harness.checks.finding import Finding, not_applicable
from harness.checks.reader.atr_iso import judge_atr
from harness.checks.reader.bench import Bench
from harness.checks.registry import Needs, Tier, check
from harness.codec.atr import Atr, AtrFinding, emv_faults, parse_atr
from harness.core.errors import CodecError
from harness.core.i18n import N_, _
from harness.core.spec import Spec

_EMV = "EMV Level 1 Contact Interface 1.0"


def _judge(bench: Bench, *clauses: str) -> Finding:
    if not (bench.emv_card or bench.test_card):
        return not_applicable(_("not a payment card: the EMV rules do not apply"))
    try:
        if parse_atr(bench.cold_atr).contactless:
            return not_applicable(_("the reader made this ATR up for a contactless card"))
    except CodecError:
        pass

    def find(atr: Atr) -> list[AtrFinding]:
        return [item for item in emv_faults(atr) if item.spec.clause in clauses]

    return judge_atr(bench.cold_atr, find, lambda _atr: _("as EMV wants it after a cold reset"))


@check(
    "ATR-08",
    N_("ATR by EMV: TA2"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.KNOWN_CARD,
    spec=(Spec(_EMV, "8.3.3.5"),),
)
def ta2(bench: Bench) -> Finding:
    """TA2 fixes the protocol that TD1 offers, with explicit parameters."""
    return _judge(bench, "8.3.3.5")


@check(
    "ATR-09",
    N_("ATR by EMV: TB1 and TB2"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.KNOWN_CARD,
    spec=(Spec(_EMV, "8.3.3.2"), Spec(_EMV, "8.3.3.6")),
)
def tb1(bench: Bench) -> Finding:
    """TB1 = 00 after a cold reset, TB2 absent."""
    return _judge(bench, "8.3.3.2", "8.3.3.6")


@check(
    "ATR-10",
    N_("ATR by EMV: TA1 and TC1"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.KNOWN_CARD,
    spec=(Spec(_EMV, "8.3.3.1"), Spec(_EMV, "8.3.3.3")),
)
def tc1(bench: Bench) -> Finding:
    """Values that every terminal has to support; others warn."""
    return _judge(bench, "8.3.3.1", "8.3.3.3")


@check(
    "ATR-11",
    N_("ATR by EMV: TC2"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.KNOWN_CARD,
    spec=(Spec(_EMV, "8.3.3.7"),),
)
def tc2(bench: Bench) -> Finding:
    """Only with T=0, and 0A; 00 is refused, others warn."""
    return _judge(bench, "8.3.3.7")


@check(
    "ATR-12",
    N_("ATR by EMV: TD1 and TD2"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.KNOWN_CARD,
    spec=(Spec(_EMV, "8.3.3.4"), Spec(_EMV, "8.3.3.8")),
)
def td(bench: Bench) -> Finding:
    """T=0 or T=1 first; after T=0 comes T=15, after T=1 comes T=1."""
    return _judge(bench, "8.3.3.4", "8.3.3.8")


@check(
    "ATR-13",
    N_("ATR by EMV: T=1 parameters"),
    suite="reader",
    tier=Tier.SMOKE,
    needs=Needs.KNOWN_CARD,
    spec=(Spec(_EMV, "8.3.3.9 to 8.3.3.11"),),
)
def t1(bench: Bench) -> Finding:
    """Block size 10 to FE, waiting times BWI to 4 and CWI to 5, checksum LRC."""
    return _judge(bench, "8.3.3.9", "8.3.3.10", "8.3.3.11")
