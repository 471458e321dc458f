"""Which required card types completed a transaction, on which reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.campaign.options import DEFAULT_PLAN, AcceptanceOptions
from harness.checks.finding import not_applicable
from harness.checks.judge import result_of
from harness.checks.registry import all_checks
from harness.checks.runner import Attempt
from harness.codec.aid import provider_of
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.card_types import card_types, types_by_aid
from harness.profiles.image import load_image
from harness.profiles.plan import TRANSACTIONS, Plan, Requirement, load_plan
from harness.records.result import CheckResult
from harness.records.run import CoverageRow, UnknownAid

CONTACT = "contact"
_BASES = ("", "public", "generic", "none")
"""A real card's evidence counts for most, then that of an image after published data."""
_RANK = {"accepted": 0, "rejected": 1, "not-tried": 2}


@dataclass(frozen=True, slots=True)
class Tried:
    """One card on one reader group: the types that it stands for, and how it ended."""

    types: tuple[str, ...]
    attempt: Attempt
    note: str


def tried(attempt: Attempt, image: str, known: str = "") -> Tried:
    """The card types that an attempt is evidence for.

    An image says what it is. Of a physical card only the AID is known, and types may share one:
    it then counts for each of them, and the note says so; unless the type is ``known`` from the
    drawer.
    """
    if known:
        return Tried((known,), attempt, attempt.why)
    if image:
        own = load_image(image).card_type
        return Tried((own,) if own else (), attempt, attempt.why)
    types: dict[str, bytes] = {}
    for aid in attempt.aids:
        for found in types_by_aid(aid):
            types.setdefault(found.id, aid)
    note = attempt.why
    if len(types) > 1:
        note = _("{why} (the AID {aid} does not tell {types} apart)").format(
            why=note, aid=to_hex(next(iter(types.values()))), types=", ".join(types)
        )
    return Tried(tuple(types), attempt, note)


def unknown_aids(cards: Sequence[Tried]) -> list[UnknownAid]:
    """Applications that no card type has, in the order in which they were met."""
    found: dict[bytes, list[str]] = {}
    for card in cards:
        for aid in card.attempt.aids:
            if not types_by_aid(aid):
                found.setdefault(aid, []).append(card.attempt.subject.id)
    return [
        UnknownAid(to_hex(aid), provider_of(aid), tuple(dict.fromkeys(names)))
        for aid, names in found.items()
    ]


def required(
    options: AcceptanceOptions, *, physical: bool, images: tuple[str, ...] = ()
) -> tuple[Requirement, ...]:
    """What the plan requires here.

    The default plan is about the shipped virtual cards: it asks nothing of a physical reader, and
    only for the chosen ones when images were chosen, or when (``images``) only some of the shipped
    ones are in this slot. A plan that was named counts as it stands.
    """
    plan: Plan = load_plan(options.plan)
    if options.plan != DEFAULT_PLAN:
        return plan.required
    if physical:
        return ()
    if options.images or images:
        chosen = {load_image(name).card_type for name in options.images or images}
        return tuple(need for need in plan.required if need.type in chosen)
    return plan.required


def rows(
    needs: Sequence[Requirement], cards: Sequence[Tried], reader: str, run_id: str
) -> list[CoverageRow]:
    """One row a required type, then one for each type that was there and is not required: how it
    ended where it was tried, ``not-required`` where not."""
    found = [_row(need, cards, reader, run_id) for need in needs]
    wanted = {need.type for need in needs if need.interface == CONTACT}
    extra = [name for card in cards for name in card.types if name not in wanted]
    for name in dict.fromkeys(extra):
        best = _best(Requirement(name, CONTACT), cards)
        if best is not None:
            text = _("{why} (not required by the plan)").format(why=best.note)
            row = _make(Requirement(name, CONTACT), reader, best, text, run_id)
            idle = row.state == "not-tried"
            found.append(replace(row, state="not-required") if idle else row)
    return found


def _transactions(need: Requirement, card: Tried | None) -> tuple[tuple[str, str], ...]:
    """State of each type of transaction that is required of this type or was tried with it."""
    went = {kind: state for kind, state, _why in card.attempt.transactions} if card else {}
    wanted = {*need.transactions, *went}
    return tuple((name, went.get(name, "not-tried")) for name in TRANSACTIONS if name in wanted)


def _short(need: Requirement, card: Tried) -> str:
    """Why a card that completed its first transaction is not enough: a type of transaction that is
    required of it did not complete. Empty where it is."""
    went = {kind: (state, why) for kind, state, why in card.attempt.transactions}
    for kind in need.transactions:
        state, why = went.get(kind, ("not-tried", _("it was not tried")))
        if state != "accepted":
            return _("{kind}: {why}").format(kind=kind, why=why)
    return ""


def _row(need: Requirement, cards: Sequence[Tried], reader: str, run_id: str) -> CoverageRow:
    best = _best(need, cards) if need.interface == CONTACT else None
    if best is None:
        why = (
            _("no card of this type in the run")
            if need.interface == CONTACT
            else _("the run has no {interface} path").format(interface=need.interface)
        )
        return _make(need, reader, None, why, run_id)
    row = _make(need, reader, best, best.note, run_id)
    lacking = _short(need, best) if row.state == "accepted" else ""
    return replace(row, state="rejected", note=lacking) if lacking else row


def _best(need: Requirement, cards: Sequence[Tried]) -> Tried | None:
    fitting = [card for card in cards if need.type in card.types]
    return min(
        fitting,
        key=lambda card: (
            _RANK[card.attempt.state],
            bool(_short(need, card)),
            _BASES.index(card.attempt.subject.basis),
        ),
        default=None,
    )


def _make(
    need: Requirement, reader: str, card: Tried | None, note: str, run_id: str
) -> CoverageRow:
    known = card_types().get(need.type)
    state = card.attempt.state if card is not None else "not-tried"
    return CoverageRow(
        type=need.type,
        scheme=known.scheme if known is not None else "",
        interface=need.interface,
        reader=reader,
        state=state,
        evidence=() if state == "not-tried" else (run_id,),
        basis=card.attempt.subject.basis if card is not None else "",
        note=note,
        transactions=_transactions(need, card),
        cards=() if card is None or state == "not-tried" else (card.attempt.subject.id,),
        attempt="" if state == "not-tried" else state,
    )


def coverage_results(
    needs: Sequence[Requirement], found: Sequence[CoverageRow], reader: str
) -> list[CheckResult]:
    """``COV-<type>`` for each required type on each reader; one SKIP where nothing is required."""
    (entry,) = all_checks("coverage")
    if not needs:
        why = _("no plan was named that requires anything of this reader (--plan)")
        return [result_of(entry, not_applicable(why), reader, reader)]
    wanted = {(need.type, need.interface) for need in needs}
    results = []
    for row in found:
        if (row.type, row.interface) not in wanted:
            continue
        known = card_types().get(row.type)
        made = result_of(entry, entry.function(row), row.type, row.reader)
        results.append(_named(made, row, known.name if known is not None else row.type))
    return results


def _named(result: CheckResult, row: CoverageRow, name: str) -> CheckResult:
    suffix = "" if row.interface == CONTACT else f"-{row.interface}"
    title = _("{name}, {interface}: completes a transaction").format(
        name=name, interface=row.interface
    )
    return replace(result, id=f"COV-{row.type}{suffix}", title=title)
