"""Data object lists: coding, and what they have to ask for."""

from __future__ import annotations

from collections import Counter

from harness.checks.card.cites import book2, book3
from harness.checks.card.initiation import CDA, aip_bit
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import check
from harness.codec.dol import DolEntry, parse_dol
from harness.core.errors import CodecError
from harness.core.i18n import N_, _

CDOL1, CDOL2, PDOL, TDOL, DDOL = 0x8C, 0x8D, 0x9F38, 0x97, 0x9F49
_MAX_TOTAL = 252


def entries_of(view: CardView, tag: int) -> tuple[DolEntry, ...] | None:
    """Entries of a data object list, or None where it was not read or is not well-formed."""
    value = view.app.get(tag)
    if value is None:
        return None
    try:
        return tuple(parse_dol(value))
    except CodecError:
        return None


def unreadable(view: CardView, *tags: int) -> Finding | None:
    """Why data object lists cannot be judged of which one is there and not well-formed."""
    names = {CDOL1: "CDOL1", CDOL2: "CDOL2", PDOL: "PDOL"}
    for tag in tags:
        if view.app.get(tag) is not None and entries_of(view, tag) is None:
            return not_examined(_("{name} is not well-formed (DOL-01)").format(name=names[tag]))
    return None


@check("DOL-01", N_("Data object lists are well-formed"), suite="card", spec=(book3("5.4"),))
def lists_form(view: CardView) -> Finding:
    """CDOL1, CDOL2, PDOL, TDOL, DDOL: tag and length pairs, 252 bytes of data at most.

    A length of zero fails, a tag asked for twice warns.
    """
    weak: list[Finding] = []
    seen = []
    for tag in (CDOL1, CDOL2, PDOL, TDOL, DDOL):
        datum = view.app.find(tag)
        if datum is None:
            continue
        seen.append(datum.evidence)
        try:
            entries = parse_dol(datum.value)
        except CodecError as error:
            return fail(_("{tag:02X}: {what}").format(tag=tag, what=error.what), datum.evidence)
        total = sum(entry.length for entry in entries)
        if total > _MAX_TOTAL:
            return fail(
                _("{tag:02X} asks for {n} bytes, more than 252").format(tag=tag, n=total),
                datum.evidence,
            )
        empty = [f"{entry.tag:02X}" for entry in entries if entry.length == 0]
        if empty:
            return fail(
                _("{tag:02X} asks for {tags} with length 0").format(tag=tag, tags=" ".join(empty)),
                datum.evidence,
            )
        twice = [f"{t:02X}" for t, n in Counter(entry.tag for entry in entries).items() if n > 1]
        if twice:
            weak.append(
                warn(
                    _("{tag:02X} asks for {tags} twice").format(tag=tag, tags=" ".join(twice)),
                    datum.evidence,
                )
            )
    if not seen:
        return not_examined(_("no data object list was read"))
    return weak[0] if weak else ok(_("{n} lists well-formed").format(n=len(seen)), *seen)


def _asks(
    view: CardView, tag: int, name: str, needed: tuple[int, ...], usual: tuple[int, ...]
) -> Finding:
    datum = view.app.find(tag)
    entries = entries_of(view, tag)
    if datum is None or entries is None:
        return not_examined(_("{name} is not well-formed (DOL-01)").format(name=name))
    asked = {entry.tag for entry in entries}
    missing = [f"{t:02X}" for t in needed if t not in asked]
    if missing:
        return fail(
            _("{name} does not ask for {tags}").format(name=name, tags=", ".join(missing)),
            datum.evidence,
        )
    odd = [f"{t:02X}" for t in usual if t not in asked]
    if odd:
        return warn(
            _("{name} does not ask for {tags}, which cards usually do").format(
                name=name, tags=", ".join(odd)
            ),
            datum.evidence,
        )
    return ok(
        _("{name} asks for {n} data objects").format(name=name, n=len(entries)), datum.evidence
    )


@check(
    "DOL-02",
    N_("CDOL1 asks for what a cryptogram needs"),
    suite="card",
    spec=(book2("8.1.1"),),
    reads=(CDOL1,),
)
def cdol1_content(view: CardView) -> Finding:
    """9F37 and 95 (FAIL without); 9F02, 9F1A, 5F2A, 9A, 9C (WARN without)."""
    return _asks(view, CDOL1, "CDOL1", (0x9F37, 0x95), (0x9F02, 0x9F1A, 0x5F2A, 0x9A, 0x9C))


@check(
    "DOL-03",
    N_("CDOL2 asks for the authorisation response"),
    suite="card",
    spec=(book3("6.5.5"),),
    reads=(CDOL2,),
)
def cdol2_content(view: CardView) -> Finding:
    """8A, the authorisation response code."""
    return _asks(view, CDOL2, "CDOL2", (0x8A,), ())


@check(
    "DOL-04",
    N_("A card with CDA asks for the unpredictable number"),
    suite="card",
    spec=(book2("6.6.1"),),
    reads=(0x82, CDOL1),
)
def cdol_cda(view: CardView) -> Finding:
    """CDA announced in the AIP: 9F37 in CDOL1 (FAIL without) and in CDOL2 (WARN without)."""
    if not aip_bit(view, CDA):
        return not_applicable(_("the AIP does not announce CDA"))
    first = _asks(view, CDOL1, "CDOL1", (0x9F37,), ())
    if first.message and view.app.get(CDOL2) is not None:
        second = _asks(view, CDOL2, "CDOL2", (), (0x9F37,))
        return first if first.verdict.value != "PASS" else second
    return first
