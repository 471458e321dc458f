"""A card against its profile: expected values and ranges, tag by tag."""

from __future__ import annotations

from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.codec.tlv import parse
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.profiles.card_profile import CardProfile, Expectation
from harness.records.result import CheckResult, Evidence

WHICH = N_("the profile says what the product is to have: which is right?")
_SECRET = frozenset({0x57, 0x5A, 0x5F20, 0x9F1F, 0x9F20, 0x56})
"""Cardholder data: a difference is said without the value."""


def judge_profile(
    profile: CardProfile, views: list[CardView], subject: str, reader: str
) -> list[CheckResult]:
    """One result an expectation, ``PROFILE-<tag>``, of the first application that the profile is
    for; one SKIP where the card has none."""
    view = next((v for v in views if v.aid.startswith(profile.aid)), None)
    if view is None:
        why = _("the card has no application {aid}").format(aid=to_hex(profile.aid))
        return [_result("PROFILE", not_applicable(why), profile, subject, reader)]
    return [
        _result(f"PROFILE-{one.name}", judge(one, view), profile, subject, reader)
        for one in profile.expectations
    ]


def judge(expected: Expectation, view: CardView) -> Finding:
    """The finding for one expectation. A datum that was not read is not examined."""
    value, seen = _value(expected.tag, view)
    if value is None:
        if expected.absent:
            return ok(_("not on the card")) if view.app.complete else _unread(expected)
        if not view.app.complete:
            return _unread(expected)
        return _bad(expected, _("not on the card"), seen)
    if expected.absent:
        return _bad(expected, _("on the card, but the product has none"), seen)
    text = to_hex(value)
    shown = "" if expected.tag in _SECRET else f"{text}: "
    if expected.values and not any(_like(text, wanted) for wanted in expected.values):
        wanted = _("not as expected") if not shown else _("expected {v}")
        return _bad(expected, shown + wanted.format(v=", ".join(expected.values)), seen)
    number = int(text or "0", 16)
    if expected.low and number < int(expected.low, 16):
        return _bad(expected, shown + _("below {v}").format(v=expected.low), seen)
    if expected.high and number > int(expected.high, 16):
        return _bad(expected, shown + _("above {v}").format(v=expected.high), seen)
    return ok(_("as expected") if not shown else text, *seen)


def _value(tag: int, view: CardView) -> tuple[bytes | None, tuple[Evidence, ...]]:
    datum = view.app.find(tag)
    if datum is not None:
        return datum.value, (datum.evidence,)
    reply = view.app.get_data.get(tag)
    node = parse(reply.data).find(tag) if reply is not None and reply.ok else None
    if reply is None or node is None:
        return None, ()
    return node.value, (Evidence(reply.label, reply.index),)


def _like(text: str, wanted: str) -> bool:
    return len(text) == len(wanted) and all(
        b in ("X", a) for a, b in zip(text, wanted, strict=True)
    )


def _unread(expected: Expectation) -> Finding:
    return not_examined(_("{tag} was not read").format(tag=expected.name))


def _bad(expected: Expectation, text: str, seen: tuple[Evidence, ...]) -> Finding:
    make = warn if expected.warn else fail
    return make(text, *seen, advice=expected.note or _(WHICH))


def _result(
    name: str, finding: Finding, profile: CardProfile, subject: str, reader: str
) -> CheckResult:
    reason = finding.reason if finding.verdict is Verdict.SKIP else None
    return CheckResult(
        id=name,
        title=_("{name}: as the product's profile has it").format(name=profile.name),
        verdict=finding.verdict,
        suite="card",
        subject=subject,
        reader=reader,
        message=finding.message,
        advice=finding.advice,
        reason=reason,
        evidence=finding.evidence,
    )
