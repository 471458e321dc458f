"""The answer to reset by ISO/IEC 7816-3. EMV's rules are other checks: two verdicts, never one.

A reader passes on a truncated ATR, a wrong TCK and a wrong TS as "card present", so the bytes are
judged here.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.checks.finding import Finding, fail, ok, warn
from harness.checks.reader.bench import Bench
from harness.checks.registry import Tier, check
from harness.codec.atr import MAX_LENGTH, Atr, AtrFinding, iso_faults, parse_atr
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.core.verdict import Verdict
from harness.records.result import Evidence

_ISO = "ISO/IEC 7816-3"


def judge_atr(
    raw: bytes, find: Callable[[Atr], list[AtrFinding]], said: Callable[[Atr], str]
) -> Finding:
    """FAIL or WARN on the first finding of ``find``, else PASS with ``said``."""
    try:
        atr = parse_atr(raw)
    except CodecError as error:
        return fail(error.what)
    found = sorted(find(atr), key=lambda item: item.severity != "fail")
    if not found:
        return ok(said(atr))
    text = "; ".join(item.text for item in found)
    seen = Evidence(f"ATR {to_hex(raw)} offset {found[0].offset}", None, found[0].offset)
    return fail(text, seen) if found[0].severity == "fail" else warn(text, seen)


def _iso(*clauses: str) -> Callable[[Atr], list[AtrFinding]]:
    return lambda atr: [item for item in iso_faults(atr) if item.spec.clause in clauses]


@check("ATR-02", N_("ATR: length"), suite="reader", tier=Tier.SMOKE, spec=(Spec(_ISO, "8.2"),))
def length(bench: Bench) -> Finding:
    """TS and T0 at least, 33 bytes at most."""
    raw = bench.cold_atr
    if not 2 <= len(raw) <= 33:
        return fail(_("{n} bytes, not 2 to 33").format(n=len(raw)), Evidence(f"ATR {to_hex(raw)}"))
    return ok(_("{n} bytes: {atr}").format(n=len(raw), atr=to_hex(raw)))


@check(
    "ATR-03",
    N_("ATR: initial character"),
    suite="reader",
    tier=Tier.SMOKE,
    spec=(Spec(_ISO, "8.1"),),
)
def initial(bench: Bench) -> Finding:
    """TS is 3B (direct convention) or 3F (inverse)."""
    return judge_atr(bench.cold_atr, _iso("8.1"), lambda atr: f"TS {atr.ts:02X}, {atr.convention}")


@check("ATR-04", N_("ATR: structure"), suite="reader", tier=Tier.SMOKE, spec=(Spec(_ISO, "8.2"),))
def structure(bench: Bench) -> Finding:
    """Every byte that T0 and TDi announce is there, the historical bytes too, and nothing after."""

    def find(atr: Atr) -> list[AtrFinding]:
        # At offset 33 stands that there are too many bytes, which is ATR-02's, or too few.
        return [item for item in _iso("8.2")(atr) if item.offset != MAX_LENGTH or atr.missing]

    return judge_atr(
        bench.cold_atr,
        find,
        lambda atr: _("{n} historical bytes, nothing missing, nothing over").format(
            n=len(atr.historical)
        ),
    )


@check(
    "ATR-05",
    N_("ATR: check character TCK"),
    suite="reader",
    tier=Tier.SMOKE,
    spec=(Spec(_ISO, "8.2.5"),),
)
def check_character(bench: Bench) -> Finding:
    """Absent when only T=0 is offered; otherwise T0 to TCK add up to zero by exclusive-or."""
    return judge_atr(
        bench.cold_atr,
        _iso("8.2.5"),
        lambda atr: _("TCK right") if atr.tck is not None else _("no TCK, and none is due"),
    )


@check(
    "ATR-06",
    N_("ATR: order of protocols"),
    suite="reader",
    tier=Tier.SMOKE,
    spec=(Spec(_ISO, "8.2.3"),),
)
def protocols(bench: Bench) -> Finding:
    """T values ascend, T=15 is not the first, reserved values warn."""
    return judge_atr(
        bench.cold_atr,
        _iso("8.2.3"),
        lambda atr: ", ".join(f"T={number}" for number in atr.protocols),
    )


@check(
    "ATR-07",
    N_("ATR: coding of the interface bytes"),
    suite="reader",
    tier=Tier.SMOKE,
    severity=Verdict.FAIL,
    spec=(Spec(_ISO, "8.3"), Spec(_ISO, "11.4")),
)
def coding(bench: Bench) -> Finding:
    """TA1, TA2, TC2 and the T=1 bytes hold defined values; reserved ones warn or fail."""
    return judge_atr(
        bench.cold_atr,
        _iso("8.3", "10.2", "11.4.2", "11.4.3", "11.4.4"),
        lambda atr: _("Fi {fi}, Di {di}").format(fi=atr.fi, di=atr.di),
    )
