"""Nothing that the product meets is missing from the dictionary: every tag of images, vectors and
code, every bit of every field, and a case for each tag in each scope that gives it a meaning."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.codec.bits import bit_field, describe, describe_info, fields
from harness.codec.data import section
from harness.codec.tags import all_entries, lookup, meanings
from harness.codec.tlv import parse
from harness.core.clock import ManualClock
from harness.core.paths import vectors
from harness.profiles.image import list_images, load_image
from harness.virtualcard.card import open_card

ROOT = Path(__file__).resolve().parents[2]

OWN = {
    "DF7F": "highest two-byte tag number, to test the coding",
    "7F8101": "a template of three tag bytes, to test the coding",
    "9F8001": "malformed on purpose",
    "DF818101": "malformed on purpose",
    "DF8100": "lowest three-byte tag number, to test the coding",
}
"""Tags of vectors that no specification has, and why they are there."""

LITERAL = re.compile(r"\b0x((?:5F|9F|BF|DF)[0-9A-F]{2}|(?:DF|FF)[0-9A-F]{4})\b")
CALL = re.compile(r"\b(?:find|find_all|encode|lookup|data_object)\((?:\w+, )?0x([0-9A-F]{2,6})\b")


def scoped_cases() -> list[dict[str, Any]]:
    with (vectors() / "bitfields" / "scopes.toml").open("rb") as stream:
        found: list[dict[str, Any]] = tomllib.load(stream)["case"]
    return found


SCOPED = scoped_cases()


def unknown(tags: set[str]) -> set[str]:
    return {text for text in tags if lookup(int(text, 16)) is None} - set(OWN)


def answers(image: str) -> set[str]:
    """Tags of everything that the card of an image gives without a transaction."""
    card = open_card(image, clock=ManualClock())
    card.power_on()
    found: set[str] = set()

    def ask(command: bytes) -> bool:
        response = card.process(command).response or b""
        found.update(node.tag_hex for node in parse(response[:-2]).walk())
        return response[-2:] == b"\x90\x00"

    names = [
        b"1PAY.SYS.DDF01",
        b"2PAY.SYS.DDF01",
        *(app.aid for app in load_image(image).applications),
    ]
    for name in names:
        if not ask(bytes((0x00, 0xA4, 0x04, 0x00, len(name))) + name + b"\0"):
            continue
        ask(bytes.fromhex("80A80000028300 00"))
        for sfi in range(1, 31):
            record = 1
            while record < 17 and ask(bytes((0x00, 0xB2, record, sfi << 3 | 4, 0x00))):
                record += 1
    return found


@pytest.mark.parametrize("image", [card.id for card in list_images() if card.kind == "emv"])
def test_tags_of_card_images(image: str) -> None:
    found = answers(image)
    assert {"6F", "84", "A5"} <= found
    assert unknown(found) == set()


def test_data_of_card_images() -> None:
    found = {
        f"{tag:02X}" for card in list_images() for app in card.applications for tag in app.data
    }
    assert unknown(found) == set()


def test_tags_of_vectors() -> None:
    found: set[str] = set()
    for path in [*(vectors() / "dol").glob("*.toml"), *(vectors() / "tlv").glob("well*.toml")]:
        with path.open("rb") as stream:
            for case in tomllib.load(stream)["case"]:
                found |= {entry.split("/")[0] for entry in case.get("entries", ())}
                if "nodes" in case:
                    tree = parse(bytes.fromhex(case["hex"]))
                    found |= {node.tag_hex for node in tree.walk()}
    for path in (vectors() / "bitfields").glob("*.toml"):
        with path.open("rb") as stream:
            cases = tomllib.load(stream)["case"]
            found |= {case["tag"] for case in cases if "within" not in case}
    assert len(found) > 60
    assert unknown(found) == set()


@pytest.mark.parametrize(
    "package", ["terminal", "checks", "virtualcard", "issuer", "crypto", "report", "codec"]
)
def test_tags_of_the_code(package: str) -> None:
    found: set[str] = set()
    for path in sorted((ROOT / "harness" / package).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found |= set(LITERAL.findall(text)) | set(CALL.findall(text))
    assert unknown(found - {"FFFF00"}) == set()  # a mask of the parser


def test_every_scoped_tag_has_a_case_in_each_scope() -> None:
    cases = {(case["tag"], case["scope"], case["name"]) for case in SCOPED}
    wanted = {(info.tag_hex, info.scope, info.name) for info in all_entries() if info.scope}
    assert cases == wanted
    assert len(SCOPED) == len(cases)


@pytest.mark.parametrize("case", SCOPED, ids=lambda case: f"{case['tag']}-{case['scope'][:10]}")
def test_scoped_tag(case: dict[str, Any]) -> None:
    tag, value = int(case["tag"], 16), bytes.fromhex(case["hex"])
    if "within" in case:
        inside = lookup(tag, path=case["within"])
        assert inside is not None
        assert (inside.name, inside.scope, inside.guess) == (case["name"], case["scope"], False)
        assert describe_info(inside, value) == case["lines"]
        outside = lookup(tag)
        assert outside is None or outside.scope != case["scope"]
        return
    rid = bytes.fromhex(case["rid"])
    found = lookup(tag, aid=rid + b"\x10\x10")
    assert found is not None
    assert (found.name, found.scope, found.guess) == (case["name"], case["scope"], False)
    assert describe(tag, value, aid=rid) == case["lines"]
    if "kernel" in case:
        by_kernel = lookup(tag, kernel=case["kernel"])
        assert by_kernel is not None
        assert (by_kernel.name, by_kernel.guess) == (case["name"], False)
    if len([entry for entry in meanings(tag) if not entry.within]) > 1:
        blind = lookup(tag)
        assert blind is not None
        assert blind.guess


def test_a_foreign_scheme_does_not_get_the_meaning_of_another() -> None:
    foreign = lookup(0x9F6C, aid=bytes.fromhex("A0000002771010"))
    assert foreign is not None
    assert foreign.guess
    with_both = lookup(0x9F6C, aid=bytes.fromhex("A0000000031010"), kernel=2)
    assert with_both is not None
    assert with_both.scope.startswith("Mastercard")


@pytest.mark.parametrize("slug", fields())
def test_every_bit_has_a_name_or_is_rfu_and_its_source(slug: str) -> None:
    field = bit_field(slug)
    assert field.name
    assert field.spec.document
    assert field.spec.clause
    assert len(field.bits()) == 8 * len(field.bytes)
    named = [bit.name for bit in field.bits() if bit.name]
    assert named
    assert all(name == name.strip() for name in named)


def test_every_bit_field_and_code_table_is_used() -> None:
    shown = {info.show for info in all_entries()}
    by_code = {
        *("visa-cvr", "visa-cvr-2", "mastercard-cvr", "ccd-cvr", "csu", "ffi-features"),
        *("cid-reason", "terminal-environment", "terminal-operator", "form-factor"),
        *("service-1", "service-2", "service-3", "third-party-device", "cvm-result"),
        *("csu-counters", "visa-cvm-entity", "visa-cvm-type", "amex-reader"),
        *("registered-product", "fleet-prompts", "fleet-restriction", "fleet-card", "transit"),
        "transit-concession",
    }
    for slug in fields():
        assert f"bits:{slug}" in shown or slug in by_code, slug
    for name in section("bitfields")["codes"]:
        assert f"code:{name}" in shown or name in by_code, name


def test_sources_say_whether_they_were_read() -> None:
    for name, group in section("tags").items():
        document, clause = group["spec"]
        assert document, name
        assert clause, name
        assert isinstance(group.get("verified", False), bool)
    assert all(isinstance(info.spec.verified, bool) for info in all_entries())
