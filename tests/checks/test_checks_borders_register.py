"""The register of checks, and the guard that holds them to what they declared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks.finding import Finding, ok
from harness.checks.guard import GuardedLink, UndeclaredCommand, state_change
from harness.checks.registry import CHECKS, Needs, Scope, Tier, Wants, all_checks, check
from harness.core.spec import Spec
from harness.core.verdict import Verdict
from harness.link.api import ResetKind

all_checks()
ENTRY = CHECKS["card", "TRK-03"]


# The register


def test_defaults_of_a_check(monkeypatch):
    monkeypatch.setattr("harness.checks.registry.CHECKS", made := {})

    @check("NEW-01", "card", suite="card")
    def card(_view: object) -> Finding:
        """Doc."""
        return ok("")

    @check(
        "NEW-01",
        "reader",
        suite="reader",
        spec=(Spec("a", "b"),),
        severity=Verdict.WARN,
        needs=Needs.NOTHING,
        scope=Scope.CARD,
        reads=[1],
        judges_absence=True,
        sends=["VERIFY"],
        tier=Tier.SMOKE,
        wants=[Wants.HAND],
        limit_s=2.0,
    )
    def reader(_bench: object) -> Finding:
        return ok("")

    one, two = made["card", "NEW-01"], made["reader", "NEW-01"]
    assert (one.id, one.title, one.suite, one.scope) == (
        "NEW-01",
        "card",
        "card",
        Scope.APPLICATION,
    )
    assert (one.needs, one.severity, one.tier) == (Needs.EMV_CARD, Verdict.FAIL, Tier.FULL)
    assert (one.reads, one.judges_absence, one.sends, one.wants) == ((), False, frozenset(), set())
    assert (one.spec, one.limit_s, one.function, one.doc) == ((), 60.0, card, "Doc.")
    assert one.key == ("card", "NEW-01")
    assert (two.needs, two.severity, two.tier) == (Needs.NOTHING, Verdict.WARN, Tier.SMOKE)
    assert (two.reads, two.judges_absence, two.sends) == ((1,), True, {"VERIFY"})
    assert (two.wants, two.limit_s, two.scope, two.doc) == ({Wants.HAND}, 2.0, Scope.CARD, "")
    assert two.spec == (Spec("a", "b"),)


def test_a_reader_check_needs_a_card_unless_it_says_otherwise(monkeypatch):
    monkeypatch.setattr("harness.checks.registry.CHECKS", made := {})
    check("NEW-02", "reader", suite="reader")(lambda _bench: ok(""))
    entry = made["reader", "NEW-02"]
    assert (entry.needs, entry.scope) == (Needs.ANY_CARD, Scope.READER)


def test_the_order_of_the_register_is_that_of_its_modules():
    modules = [entry.function.__module__ for entry in all_checks("card")]
    assert modules == sorted(modules, key=modules.index)
    assert {entry.suite for entry in all_checks("card")} == {"card"}
    everything = all_checks()
    assert {entry.suite for entry in everything} >= {"card", "reader", "coverage"}
    suites = [entry.suite for entry in everything]
    assert suites.index("card") > max(i for i, suite in enumerate(suites) if suite == "reader")


def test_the_modules_of_a_suite_are_imported(monkeypatch):
    seen: list[str] = []
    monkeypatch.setattr("harness.checks.registry.import_module", seen.append)
    all_checks("card")
    assert seen
    assert all(name.startswith("harness.checks.card.") for name in seen)
    cards = len(seen)
    all_checks()
    assert len(seen) > 2 * cards
    assert {name.split(".")[2] for name in seen} == {"card", "reader", "coverage"}


def test_a_check_from_elsewhere_comes_last(monkeypatch):
    monkeypatch.setitem(CHECKS, ("card", "AAA-01"), replace(ENTRY, id="AAA-01", function=ok))
    assert all_checks("card")[-1].id == "AAA-01"


# The guard


@pytest.mark.parametrize(
    ("ins", "name"),
    [
        (0x20, "VERIFY"),
        (0x82, "EXTERNAL AUTHENTICATE"),
        (0xAE, "GENERATE AC"),
        (0xDA, "PUT DATA"),
        (0x24, "PIN CHANGE"),
        (0x1E, "PUT DATA"),
        (0x18, "PUT DATA"),
        (0x16, "PUT DATA"),
        (0xDC, "PUT DATA"),
        (0xD6, "PUT DATA"),
        (0xA4, ""),
        (0x88, ""),
        (0xCA, ""),
    ],
)
def test_what_changes_a_card(ins, name):
    assert state_change(bytes([0x00, ins])) == name
    assert state_change(bytes([0x84, ins, 0, 0])) == name


def test_half_a_command_changes_nothing():
    assert state_change(b"") == state_change(b"\x20") == ""


class Inner:
    atr = b"\x3b\x00"
    protocol = "T=1"

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command)
        return b"\x90\x00"

    def reset(self, kind: ResetKind) -> bytes:
        return kind.value.encode()

    def close(self) -> None:
        self.closed = True


def test_the_guard_lets_through_what_changes_nothing_or_was_declared():
    inner = Inner()
    link = GuardedLink(inner, frozenset({"VERIFY"}))
    for command in (b"\x00\xa4\x04\x00", b"\x20", b"", b"\x00\x20\x00\x80"):
        assert link.transmit(command) == b"\x90\x00"
    assert len(inner.sent) == 4
    for command in (b"\x80\xae", b"\x00\x82\x00\x00"):
        with pytest.raises(UndeclaredCommand) as refused:
            link.transmit(command)
        assert "sends=" in refused.value.todo
        assert state_change(command) in refused.value.what
    assert len(inner.sent) == 4


def test_the_guard_is_the_link_otherwise():
    inner = Inner()
    link = GuardedLink(inner)
    assert (link.atr, link.protocol, link.reset(ResetKind.WARM)) == (
        b"\x3b\x00",
        "T=1",
        ResetKind.WARM.value.encode(),
    )
    link.close()
    assert inner.closed
    with pytest.raises(ValueError, match="SELECT"):
        GuardedLink(inner, frozenset({"SELECT", "VERIFY"}))
