"""GET PROCESSING OPTIONS, and what the AIP and the AFL promise."""

from __future__ import annotations

from harness.checks.card.cites import book3
from harness.checks.card.facts import AFL, AIP
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok
from harness.checks.registry import check
from harness.core.i18n import N_, _
from harness.records.result import Evidence

SDA, DDA, CVM, CDA = 0x40, 0x20, 0x10, 0x01
"""Bits of AIP byte 1 (EMV Book 3, annex C1)."""


def aip_bit(view: CardView, mask: int) -> bool:
    """Is a bit of AIP byte 1 set? False when no AIP was read."""
    aip = view.app.aip
    return aip is not None and bool(aip[0] & mask)


@check(
    "GPO-01",
    N_("GET PROCESSING OPTIONS gives AIP and AFL"),
    suite="card",
    spec=(book3("6.5.8"), book3("10.1")),
)
def processing_options(view: CardView) -> Finding:
    """9000 with format 1 (80) or format 2 (77), AIP of two bytes, AFL of four bytes an entry. A
    contactless application may bring everything in this one answer, and no AFL."""
    gpo = view.app.gpo
    if gpo is None or gpo.sw is None:
        return not_examined(_("GET PROCESSING OPTIONS was not answered"))
    seen = Evidence(gpo.label, gpo.index)
    if gpo.sw == 0x6985:
        return fail(
            _("conditions of use not satisfied (6985): the application will not start"),
            seen,
            advice=_("a locked application, or one that wants other PDOL data, answers so"),
        )
    if not gpo.ok:
        return fail(_("answered {sw}").format(sw=gpo.status), seen)
    tree = view.app.gpo_tree
    nodes = tree.nodes if tree is not None else ()
    if tree is not None and tree.errors:
        fault = tree.errors[0]
        text = _("coding fault at offset {at}: {what}")
        return fail(text.format(at=fault.offset, what=fault.message), seen)
    if len(nodes) != 1 or nodes[0].tag not in {0x77, 0x80}:
        return fail(_("the answer is not exactly one template 77 or 80"), seen)
    if view.app.aip is None:
        return fail(_("no AIP (82) of two bytes in the answer"), seen)
    if view.app.get(AFL) is None and not view.contactless:
        return fail(_("no AFL (94) in the answer"), seen)
    return ok(_("format {n}").format(n=1 if nodes[0].tag == 0x80 else 2), seen)


def _promised(view: CardView, what: str, tags: tuple[int, ...]) -> Finding:
    missing = [f"{tag:02X}" for tag in tags if view.app.get(tag) is None]
    seen = view.app.find(AIP)
    evidence = (seen.evidence,) if seen else ()
    if missing:
        return fail(
            _("the AIP promises {what}, but {tags} is not on the card").format(
                what=what, tags=", ".join(missing)
            ),
            *evidence,
        )
    return ok(_("{what} announced, its data are there").format(what=what), *evidence)


@check(
    "AIP-02",
    N_("Static data authentication announced: its data are there"),
    suite="card",
    spec=(book3("7.2, table 30"), book3("10.3")),
    reads=(AIP,),
    judges_absence=True,
)
def sda_data(view: CardView) -> Finding:
    """AIP byte 1 bit 7 set: 8F, 90, 93 and 9F32 present."""
    if not aip_bit(view, SDA):
        return not_applicable(_("the AIP does not announce SDA"))
    return _promised(view, "SDA", (0x8F, 0x90, 0x93, 0x9F32))


@check(
    "AIP-03",
    N_("DDA or CDA announced: its data are there"),
    suite="card",
    spec=(book3("7.2, table 30"), book3("10.3")),
    reads=(AIP,),
    judges_absence=True,
)
def dda_data(view: CardView) -> Finding:
    """AIP byte 1 bit 6 or bit 1 set: 8F, 90, 9F32, 9F46 and 9F47 present."""
    if not aip_bit(view, DDA | CDA):
        return not_applicable(_("the AIP announces neither DDA nor CDA"))
    what = "CDA" if aip_bit(view, CDA) else "DDA"
    return _promised(view, what, (0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47))


@check(
    "AIP-06",
    N_("Cardholder verification announced: the CVM list is there, and the other way round"),
    suite="card",
    spec=(book3("7.2"), book3("10.5")),
    reads=(AIP,),
    judges_absence=True,
)
def cvm_data(view: CardView) -> Finding:
    """AIP byte 1 bit 5 set exactly when a CVM list (8E) is present."""
    announced, there = aip_bit(view, CVM), view.app.get(0x8E) is not None
    seen = [datum.evidence for tag in (AIP, 0x8E) if (datum := view.app.find(tag))]
    if announced and not there:
        return fail(_("the AIP announces cardholder verification, but there is no CVM list"), *seen)
    if there and not announced:
        return fail(_("there is a CVM list, but the AIP does not announce it"), *seen)
    return ok(_("AIP and CVM list are consistent"), *seen)


def _afl(view: CardView) -> tuple[bytes, Evidence]:
    datum = view.datum(AFL)
    return datum.value, datum.evidence


def _entries(value: bytes) -> list[bytes]:
    return [value[at : at + 4] for at in range(0, len(value) - len(value) % 4, 4)]


@check("AFL-01", N_("The AFL has whole entries"), suite="card", spec=(book3("10.2"),), reads=(AFL,))
def afl_length(view: CardView) -> Finding:
    """Length a multiple of four, 4 to 252 bytes."""
    value, seen = _afl(view)
    if len(value) % 4 or not 4 <= len(value) <= 252:
        return fail(
            _("{n} bytes: not whole entries of four bytes, 4 to 252").format(n=len(value)), seen
        )
    return ok(_("{n} entries").format(n=len(value) // 4), seen)


@check("AFL-02", N_("The AFL names valid files"), suite="card", spec=(book3("10.2"),), reads=(AFL,))
def afl_sfi(view: CardView) -> Finding:
    """First byte of each entry: SFI 1 to 30 in the upper five bits, the lower three zero."""
    value, seen = _afl(view)
    for number, entry in enumerate(_entries(value), 1):
        if entry[0] & 0x07 or not 1 <= entry[0] >> 3 <= 30:
            return fail(
                _(
                    "entry {n} begins with {byte:02X}: not an SFI from 1 to 30 with zero low bits"
                ).format(n=number, byte=entry[0]),
                seen,
            )
    return ok(_("SFI {list}").format(list=", ".join(str(e[0] >> 3) for e in _entries(value))), seen)


@check("AFL-03", N_("The AFL counts upwards"), suite="card", spec=(book3("10.2"),), reads=(AFL,))
def afl_range(view: CardView) -> Finding:
    """First record at least 1, last record not before the first."""
    value, seen = _afl(view)
    for number, entry in enumerate(_entries(value), 1):
        if entry[1] == 0 or entry[2] < entry[1]:
            return fail(
                _("entry {n} lists records {first} to {last}").format(
                    n=number, first=entry[1], last=entry[2]
                ),
                seen,
            )
    return ok(_("record ranges run upwards"), seen)


@check(
    "AFL-04",
    N_("The AFL signs records that it lists"),
    suite="card",
    spec=(book3("10.2"),),
    reads=(AFL,),
)
def afl_signed(view: CardView) -> Finding:
    """Number of records for offline data authentication not above the number listed."""
    value, seen = _afl(view)
    for number, entry in enumerate(_entries(value), 1):
        listed = entry[2] - entry[1] + 1
        if entry[3] > listed:
            return fail(
                _("entry {n} lists {listed} records and signs {signed}").format(
                    n=number, listed=max(listed, 0), signed=entry[3]
                ),
                seen,
            )
    return ok(_("records signed: {n}").format(n=sum(e[3] for e in _entries(value))), seen)
