"""What differs between two configurations, and what that does to a card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.profiles.terminal_compare import ASKS, DENIES, GROUPS, compare
from harness.profiles.terminal_config import (
    TerminalConfig,
    TerminalKey,
    load_terminal,
    terminal_ids,
)

VISA = bytes.fromhex("A000000003")


@pytest.fixture
def ground() -> TerminalConfig:
    return load_terminal("pos-pin-eu")


@pytest.mark.parametrize("name", terminal_ids())
def test_a_configuration_is_the_same_as_itself(name):
    assert compare(load_terminal(name), load_terminal(name)) == []


def with_tac(config: TerminalConfig, **codes: str) -> TerminalConfig:
    risk = config.risk_for(VISA)
    tac = replace(risk.tac, **{name: bytes.fromhex(code) for name, code in codes.items()})
    others = tuple(one for one in config.schemes if one.rid != VISA)
    return replace(config, id="other", schemes=(replace(risk, tac=tac), *others))


def test_an_action_code_by_name_with_what_it_does(ground):
    one = with_tac(ground, denial="0000000000", online="0000200000", default="0000200000")
    other = with_tac(ground, denial="0000200000", online="0000000000", default="0000000000")
    (found,) = [item for item in compare(one, other) if item.group == "tac"]
    assert "PIN try limit exceeded" in found.what
    assert (found.a, found.b) == ("online, default", "denial")
    assert ASKS in found.meaning
    assert DENIES in found.meaning
    assert found.where == "A000000003"


def test_an_aid_that_one_of_them_lacks(ground):
    fewer = replace(ground, id="fewer", aids=tuple(a for a in ground.aids if a.aid != VISA))
    (found,) = [item for item in compare(ground, fewer) if item.group == "aid"]
    assert (found.a, found.b) == ("present", "")
    assert "not accepted by fewer" in found.meaning
    narrow = replace(fewer, aids=(replace(ground.aids[0], aid=VISA + b"\x10\x10"), *fewer.aids))
    said = {item.where: item.meaning for item in compare(ground, narrow) if item.group == "aid"}
    assert "takes only A0000000031010" in said["A000000003"]
    assert "through the entry A000000003" in said["A0000000031010"]


def test_kernel_partial_and_versions(ground):
    first, *rest = ground.aids
    changed = replace(first, kernel=3, partial=not first.partial, versions=(b"\x01\x23",))
    found = compare(ground, replace(ground, aids=(changed, *rest)))
    assert {item.what for item in found if item.group == "aid"} == {"kernel", "partial", "versions"}
    assert all(item.meaning for item in found if item.group == "aid")


def test_capabilities_by_name(ground):
    without_cda = replace(ground, capabilities=ground.capabilities[:2] + b"\xc0")
    (found,) = compare(ground, without_cda)
    assert "CDA" in found.what
    assert (found.a, found.b) == ("yes", "no")


def test_floor_limits_say_which_amounts(ground):
    risk = ground.risk_for(VISA)
    higher = replace(risk, floor_limit=risk.floor_limit + 1000)
    other = replace(ground, schemes=(higher, *(o for o in ground.schemes if o.rid != VISA)))
    (found,) = compare(ground, other)
    assert found.what == "floor_limit"
    assert f"{risk.floor_limit} to {risk.floor_limit + 999}" in found.meaning


def test_ca_keys_and_what_a_missing_one_does(ground):
    keys = (TerminalKey(VISA, 0x92), TerminalKey(VISA, 0x94, b"\xc1" * 128, 3))
    one = replace(ground, ca_keys=keys)
    (found,) = compare(one, replace(ground, id="few", ca_keys=keys[1:]))
    assert (found.what, found.where) == ("key", "A000000003/92")
    assert "fail offline data authentication in few" in found.meaning
    changed = replace(ground, ca_keys=(keys[0], replace(keys[1], modulus=b"\xc3" * 128)))
    (found,) = compare(one, changed)
    assert found.what == "modulus"
    (found,) = compare(one, ground)
    assert found.what == "number"


def test_cards_of_the_exception_file_are_counted_not_shown(ground):
    other = replace(ground, exceptions=frozenset({("4761739001010119", None)}))
    (found,) = compare(ground, other)
    assert (found.group, found.a, found.b) == ("list", "0", "1")
    assert "4761739001010119" not in repr(found)


def test_what_was_kept_counts_too(ground):
    (found,) = compare(ground, replace(ground, kept=(("Colour", "blue"),)))
    assert (found.what, found.b) == ("Colour", "blue")


def test_every_group_has_a_title(ground):
    found = compare(ground, replace(load_terminal("unattended-eu"), kept=(("x", "y"),)))
    assert {item.group for item in found} <= set(GROUPS)
