"""Cold and warm reset, and whether the ATR stays what it was."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.bench import Bench
from harness.checks.registry import check
from harness.core.errors import CardMute
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.link.api import ResetKind
from harness.records.result import Measurement

ISO_RESET = Spec("ISO/IEC 7816-3", "6.2, resets")
EMV_RESET = Spec("EMV 4.4 Book 1", "6.1.3")


@check("RST-01", N_("Warm reset"), suite="reader", spec=(ISO_RESET, EMV_RESET))
def warm_reset(bench: Bench) -> Finding:
    """The card answers a warm reset; EMV lets its ATR differ from the cold one."""
    return _reset(bench, ResetKind.WARM)


@check("RST-02", N_("Cold reset"), suite="reader", spec=(ISO_RESET, EMV_RESET))
def cold_reset(bench: Bench) -> Finding:
    """The card answers power off and on with the ATR that it gave at first."""
    return _reset(bench, ResetKind.COLD)


def _reset(bench: Bench, kind: ResetKind) -> Finding:
    try:
        atr = bench.reset(kind)
    except CardMute as error:
        return fail(_("no ATR after a {kind} reset: {what}").format(kind=kind, what=error.what))
    if kind is ResetKind.COLD and atr != bench.cold_atr:
        return fail(
            _("ATR {now}, at first {then}").format(now=to_hex(atr), then=to_hex(bench.cold_atr)),
            advice=_("the card was changed, or card, contacts or reader are unstable"),
        )
    if not atr:
        return fail(_("an empty ATR after a {kind} reset").format(kind=kind))
    differs = "" if atr == bench.cold_atr else _("differs from the cold one, as EMV allows")
    return ok(_("ATR {atr}").format(atr=to_hex(atr)), advice=differs)


@check("ATR-16", N_("The ATR is stable"), suite="reader", spec=(ISO_RESET,))
def stable(bench: Bench) -> Finding:
    """Several cold and warm resets in turn: one ATR for each kind. A thin sample, not a soak."""
    rounds = bench.limits.resets
    for kind in (ResetKind.COLD, ResetKind.WARM):
        seen: dict[bytes, int] = {}
        for _round in range(rounds):
            atr = bench.reset(kind)
            seen[atr] = seen.get(atr, 0) + 1
        if len(seen) > 1:
            return fail(
                _("{kind} resets gave {n} different ATRs in {rounds}: {atrs}").format(
                    kind=kind,
                    n=len(seen),
                    rounds=rounds,
                    atrs=", ".join(f"{to_hex(atr)} x{count}" for atr, count in seen.items()),
                )
            )
    return ok(
        _("{n} cold and {n} warm resets, one ATR each").format(n=rounds),
        measurements=(Measurement("resets of each kind", rounds),),
    )
