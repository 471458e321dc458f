"""From a stage of the certificate chain to a finding on one of its steps."""

from __future__ import annotations

from harness.checks.card.chain import Chain
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, skip
from harness.core.i18n import _
from harness.core.verdict import SkipReason
from harness.crypto.oda import Recovered


def trusted(view: CardView) -> Chain | Finding:
    """The chain under a trusted CA key, or why there is none."""
    chain = view.chain
    if chain is None:
        return not_applicable(_("the card names no CA key (8F): no offline data authentication"))
    name = f"{chain.rid.hex().upper()}/{chain.index:02X}"
    if chain.ca is not None:
        return chain
    if chain.untrusted is not None:
        return skip(
            SkipReason.UNKNOWN_KEY,
            _("CA key {name} is our own test CA's, and not trusted here").format(name=name),
            advice=_("--own-test-keys trusts it; its private half is public, so it proves nothing"),
        )
    return skip(
        SkipReason.UNKNOWN_KEY,
        _("CA key {name} is not known: the chain cannot be judged").format(name=name),
        advice=_("add the key with its source to harness/data/ca_keys.toml"),
    )


def judge_steps(stage: Recovered | None, names: tuple[str, ...], said: str) -> Finding:
    """PASS when every step called one of ``names`` held, FAIL on the first that did not.

    A step that was not reached is not examined: the step that failed before it has its own check.
    """
    if stage is None:
        return not_examined(_("not reached: an earlier stage of the chain failed or was not read"))
    seen = [step for step in stage.steps if step.name in names]
    for step in seen:
        if not step.ok:
            return fail(f"{_(step.name)}: {step.detail}")
    if {step.name for step in seen} < set(names):
        first = next((step for step in stage.steps if not step.ok), None)
        why = f"{_(first.name)}: {first.detail}" if first is not None else ""
        return not_examined(_("not reached: {why}").format(why=why))
    if len(seen) == 1:
        return ok(said.format(details=seen[0].detail))
    return ok(said.format(details=", ".join(step.name for step in seen)))


def standing(view: CardView, chain: Chain) -> str:
    """What a good signature under this chain is worth, in words (rule 14)."""
    if chain.ca is None:
        return ""
    key = f"{chain.ca.name} ({chain.ca.kind})"
    if view.card.unread is not None:
        return _("recorded, under key {key}: its number is not fresh").format(key=key)
    if chain.ca.kind == "own-test":
        return _("consistent under key {key}, whose private half is public").format(key=key)
    return _("authentic under key {key}").format(key=key)
