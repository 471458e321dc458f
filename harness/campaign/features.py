"""The second matrix of coverage: EMV features, refused cards, and which card would add most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.campaign.coverage import Tried
from harness.campaign.earlier import NOTHING_EARLIER, Earlier
from harness.checks.coverage.features import CVM_METHODS, Feature, universe
from harness.checks.finding import Finding, fail, ok, warn
from harness.checks.judge import result_of
from harness.checks.registry import all_checks
from harness.checks.runner import Attempt
from harness.codec.cvm import parse_cvm_list
from harness.core.errors import CodecError
from harness.core.i18n import _
from harness.profiles.card_types import card_types
from harness.profiles.image import CardImage, list_images
from harness.profiles.plan import CONTACTLESS, Plan
from harness.records.result import CheckResult
from harness.records.run import CoverageRow, FeatureRow

_SHOWN = 5


def rows(
    plan: Plan, attempts: Iterable[Attempt], before: Sequence[FeatureRow] = ()
) -> list[FeatureRow]:
    """Every feature with the cards that met it: those of ``attempts`` beside those of ``before``
    (another reader). Status words and refusals are listed as far as they were met."""
    met: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        for name in attempt.features:
            met.setdefault(name, []).append(attempt)
    known = {row.id: row for row in before}
    words = sorted({name for name in (*met, *known) if name.startswith("sw:")})
    refusals = sorted(n for n in {*met, *known} if n.startswith(("refused:", "accepted:")))
    every = (
        *universe(),
        *(Feature(name, "sw", name[3:]) for name in words),
        *(Feature(name, "refused", name) for name in refusals),
    )
    return [
        _row(feature, met.get(feature.id, []), known.get(feature.id), feature.id in plan.features)
        for feature in every
    ]


def _row(
    feature: Feature, attempts: Sequence[Attempt], before: FeatureRow | None, required: bool
) -> FeatureRow:
    cards = [*(before.cards if before else ()), *(attempt.subject.id for attempt in attempts)]
    bases = [before.basis] if before and before.basis else []
    bases += [attempt.subject.basis or "card" for attempt in attempts]
    state = "accepted" if cards else "not-tried" if required else "not-required"
    # Evidence from a card of a real scheme counts for more than that from a generic image.
    basis = next((b for b in ("card", "public", "generic") if b in bases), "")
    return FeatureRow(
        feature.id, feature.group, feature.name, state, tuple(dict.fromkeys(cards)), basis
    )


def results(plan: Plan, found: Sequence[FeatureRow], reader: str) -> list[CheckResult]:
    """``COV-<feature>`` for each feature that the plan requires."""
    made = []
    for row in found:
        if row.id not in plan.features:
            continue
        if row.cards:
            shown = ", ".join(row.cards[:_SHOWN])
            finding = ok(_("met by {n} cards: {list}").format(n=len(row.cards), list=shown))
        elif row.earlier:
            runs = ", ".join(row.earlier[:_SHOWN])
            finding = ok(_("met in earlier runs: {runs}").format(runs=runs))
        else:
            finding = fail(_("no card of the run met it"), advice=_todo(row.id))
        made.append(_result(finding, row.id, _("met: {name}").format(name=row.id), reader))
    return made


def _todo(name: str) -> str:
    if name.endswith(CONTACTLESS):
        return _("the run has no contactless path: try it by hand, and keep the terminal's log")
    return _("add a card that has it to the run")


def refusal_results(
    plan: Plan, cards: Sequence[Tried], reader: str, earlier: Earlier = NOTHING_EARLIER
) -> list[CheckResult]:
    """``COV-refused:<kind>`` for each kind of card that the plan wants to be refused: refused is a
    pass, accepted or not tried is FAIL. Where this run had no such card, the latest of the earlier
    runs that had one decides."""
    made = []
    for kind in plan.refused:
        went = [c.attempt for c in cards if f"accepted:{kind}" in c.attempt.features]
        refused = [c.attempt for c in cards if f"refused:{kind}" in c.attempt.features]
        if went:
            finding = fail(_("accepted: {list}").format(list=", ".join(a.subject.id for a in went)))
        elif refused:
            names = ", ".join(a.subject.id for a in refused)
            finding = ok(_("refused, as it should be: {list}").format(list=names))
        else:
            finding = _refused_earlier(kind, earlier)
        title = _("a card that is {kind} is refused").format(kind=kind)
        made.append(_result(finding, f"refused:{kind}", title, reader))
    return made


def _refused_earlier(kind: str, earlier: Earlier) -> Finding:
    runs = {
        word: next((row.earlier for row in earlier.features if row.id == f"{word}:{kind}"), ())
        for word in ("accepted", "refused")
    }
    # Ids of runs sort by time.
    if not any(runs.values()):
        return fail(_("not tried: no such card in the run"))
    latest = max(runs, key=lambda word: max(runs[word], default=""))
    other = "refused" if latest == "accepted" else "accepted"
    text = _("{state} in earlier run {run}").format(state=latest, run=max(runs[latest]))
    if runs[other]:
        then = _("{state} in earlier run {run}").format(state=other, run=max(runs[other]))
        text = _("flaky, runs disagree: {now}; but {then}").format(now=text, then=then)
    if latest == "accepted":
        return fail(text)
    return warn(text) if runs[other] else ok(text)


def _result(finding: Finding, name: str, title: str, reader: str) -> CheckResult:
    (entry,) = all_checks("coverage")
    return replace(result_of(entry, finding, name, reader), id=f"COV-{name}", title=title)


def most(found: Sequence[CoverageRow], met: Sequence[FeatureRow]) -> str:
    """Which single card would add most: a shipped image, or a card type that no image has.

    It is judged by the required card types and features that are open; without a plan that leaves
    something open, by the features that no card has met.
    """
    types = {row.type for row in found if row.state in ("not-tried", "rejected")}
    open_features = {row.id for row in met if row.state == "not-tried"}
    if not types and not open_features:
        open_features = {r.id for r in met if not r.met and r.group in ("oda", "cvm")}
    if not types and not open_features:
        return ""
    best, gain = "", 0
    for image in list_images():
        added = _adds(image, types, open_features)
        if len(added) > gain:
            best, gain = f"{image.id} ({', '.join(added)})", len(added)
    if not best and types:
        known = card_types()
        name = sorted(types)[0]
        best = _("any card of the type {name}").format(
            name=known[name].name if name in known else name
        )
    return best


def _adds(image: CardImage, types: set[str], features: set[str]) -> list[str]:
    if not image.is_emv or image.expect != "completes":
        return []
    has = {f"oda:{name.upper()}" for name in image.authentication}
    for app in image.applications:
        try:
            rules = parse_cvm_list(app.cvm_list).rules
        except CodecError:
            continue
        has |= {f"cvm:{CVM_METHODS.get(rule.method, '')}" for rule in rules}
    return [*({image.card_type} & types), *sorted(has & features)]
