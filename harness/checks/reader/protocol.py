"""Which protocol is active, and what a direct connection is."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, not_applicable, ok
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Broken, desk, expect, service_check
from harness.checks.registry import Needs, Tier, check
from harness.codec.atr import parse_atr
from harness.core.errors import CodecError
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.link import service as sv
from harness.link.service import Leave, Share

BOTH = ("T=0", "T=1")


def _offered(bench: Bench) -> tuple[str, ...]:
    try:
        return tuple(f"T={number}" for number in parse_atr(bench.cold_atr).protocols)
    except CodecError:
        return ()


@service_check("PRO-01", N_("The active protocol is one that the card offers"), tier=Tier.SMOKE)
def matrix(bench: Bench) -> Finding:
    """Connecting with each protocol works exactly where the ATR offers it."""
    offered = _offered(bench)
    said = []
    with desk(bench) as made:
        client = made.client()
        for wanted in (("T=0",), ("T=1",), BOTH):
            code, handle = client.connect(made.slot, Share.SHARED, wanted)
            name = "|".join(wanted)
            possible = [one for one in wanted if one in offered]
            expect(code, sv.SUCCESS if possible else sv.PROTO_MISMATCH, doing=name)
            if handle is not None:
                if handle.protocol not in possible:
                    raise Broken(
                        _("{wanted} gave {got}, the ATR offers {offered}").format(
                            wanted=name, got=handle.protocol or "-", offered=", ".join(offered)
                        )
                    )
                said.append(f"{name}: {handle.protocol}")
                expect(handle.disconnect(Leave.UNPOWER), sv.SUCCESS, doing=_("disconnect"))
            else:
                said.append(f"{name}: {code}")
    return ok("; ".join(said))


@service_check("PRO-02", N_("A card with both protocols"))
def dual(bench: Bench) -> Finding:
    """Each of the two is usable after a reset."""
    if not set(BOTH) <= set(_offered(bench)):
        return not_applicable(_("the card offers {p} only").format(p=", ".join(_offered(bench))))
    with desk(bench) as made:
        handle = made.handle()
        for wanted in BOTH:
            expect(handle.reconnect(Leave.RESET, Share.SHARED, (wanted,)), sv.SUCCESS, doing=wanted)
            if handle.protocol != wanted:
                raise Broken(_("{w} gave {got}").format(w=wanted, got=handle.protocol))
    return ok(_("both usable"))


@check(
    "PRO-08",
    N_("Convention of the card"),
    suite="reader",
    spec=(Spec("ISO/IEC 7816-3", "8.1"),),
    needs=Needs.KNOWN_CARD,
)
def convention(bench: Bench) -> Finding:
    """A card of either convention is delivered with TS as the card sent it, and talks."""
    ts = bench.cold_atr[:1]
    if ts not in (b"\x3b", b"\x3f"):
        return fail(_("TS is {ts}: no convention").format(ts=ts.hex().upper()))
    return ok(_("direct convention") if ts == b"\x3b" else _("inverse convention"))


@service_check("PRO-09", N_("A direct connection"), needs=Needs.NOTHING)
def direct(bench: Bench) -> Finding:
    """The reader can be connected to without a protocol, card or no card."""
    with desk(bench) as made:
        handle = made.handle(Share.DIRECT)
        said = handle.protocol or _("no protocol")
        expect(handle.disconnect(), sv.SUCCESS, doing=_("disconnect"))
    return ok(_("connected directly: {said}").format(said=said))
