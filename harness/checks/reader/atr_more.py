"""The ATR by several routes, its historical bytes, and the EMV rule for a second chance."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, not_applicable, ok, warn
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import desk, expect, service_check
from harness.checks.registry import Needs, Tier, check
from harness.codec.atr import emv_faults, parse_atr
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.link import service as sv
from harness.link.api import ResetKind

HISTORICAL = Spec("ISO/IEC 7816-4", "12.1.1, historical bytes")


@service_check("ATR-01", N_("One ATR by every route"), tier=Tier.SMOKE)
def routes(bench: Bench) -> Finding:
    """State, status and (where it is offered) the attribute give the same bytes."""
    with desk(bench) as made:
        client = made.client()
        handle = made.connected(client)
        code, status = handle.status()
        expect(code, sv.SUCCESS, doing=_("status"))
        found = {"status": status, "state": client.state(made.slot)[1].atr}
        code, value = handle.attribute("ATR_STRING")
        if code == sv.SUCCESS:
            found["attribute"] = value
    if len(set(found.values())) != 1:
        said = ", ".join(f"{route} {to_hex(atr)}" for route, atr in found.items())
        return fail(_("the routes differ: {said}").format(said=said))
    return ok(_("{atr} by {n} routes").format(atr=to_hex(status), n=len(found)))


@check("ATR-14", N_("ATR: historical bytes"), suite="reader", spec=(HISTORICAL,), tier=Tier.SMOKE)
def historical(bench: Bench) -> Finding:
    """Category indicator 00, 10 or 80; compact-TLV objects end where the bytes end, and with 00
    before the last three, the status."""
    try:
        found = parse_atr(bench.cold_atr).historical
    except CodecError as error:
        return fail(error.what)
    if not found:
        return ok(_("no historical bytes"))
    category = found[0]
    if 0x81 <= category <= 0x8F:
        return warn(_("category {c:02X} is RFU").format(c=category))
    if category not in (0x00, 0x10, 0x80):
        return ok(_("category {c:02X}: proprietary").format(c=category))
    if category == 0x10:
        return ok(_("category 10: reference to the DIR file"))
    end = len(found) if category == 0x80 else len(found) - 3
    if end < 1:
        return warn(_("category 00, and no three bytes of status behind it"))
    at, tags = 1, []
    while at < end:
        tag, size = found[at] >> 4, found[at] & 0x0F
        tags.append(f"{tag:X}")
        at += 1 + size
    if at != end:
        return warn(_("object {tag} reaches beyond the historical bytes").format(tag=tags[-1]))
    return ok(_("category {c:02X}, objects {tags}").format(c=category, tags=" ".join(tags) or "-"))


@check(
    "ATR-15",
    N_("ATR of a contactless card"),
    suite="reader",
    spec=(Spec("PC/SC Specification Part 3", "3.1.3.2.3"),),
    tier=Tier.SMOKE,
)
def contactless(bench: Bench) -> Finding:
    """3B 8n 80 01 is made up by the reader: its own rule is judged, EMV's contact rules are not."""
    raw = bench.cold_atr
    try:
        atr = parse_atr(raw)
    except CodecError as error:
        return fail(error.what)
    if not atr.contactless:
        return ok(_("an ATR of a contact card: the contactless rule does not concern it"))
    if not atr.tck_ok or len(atr.historical) != raw[1] & 0x0F:
        return fail(_("a contactless ATR with wrong length or TCK: {atr}").format(atr=to_hex(raw)))
    return ok(_("made up by the reader, {n} bytes of ATS").format(n=len(atr.historical)))


@check(
    "ATR-17",
    N_("A second chance by warm reset"),
    suite="reader",
    needs=Needs.KNOWN_CARD,
    spec=(Spec("EMV Level 1 Contact Interface 1.0", "8.4"),),
)
def second_chance(bench: Bench) -> Finding:
    """A terminal that refuses the cold ATR tries one warm reset, and then refuses the card."""
    if not (bench.emv_card or bench.test_card):
        return not_applicable(_("not a payment card: the EMV rules do not apply"))
    try:
        cold = parse_atr(bench.cold_atr)
        if cold.contactless or not _refused(bench.cold_atr, warm=False):
            return ok(_("the cold ATR is accepted: no second chance is needed"))
        again = bench.reset(ResetKind.WARM)
        if _refused(again, warm=True):
            return fail(_("refused after the cold reset and after the warm one"))
    except CodecError as error:
        return fail(error.what)
    return warn(_("refused after the cold reset, accepted after a warm one"))


def _refused(raw: bytes, *, warm: bool) -> bool:
    found = emv_faults(parse_atr(raw), warm=warm)
    return any(item.severity == "fail" for item in found)
