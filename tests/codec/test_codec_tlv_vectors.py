"""Every case of vectors/tlv: objects, padding, faults with their rule, offset and path."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.codec.tlv import parse, parse_strict
from harness.core.errors import CodecError
from harness.core.paths import vectors

FOLDER = vectors() / "tlv"


def load(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as stream:
        content = tomllib.load(stream)
    assert content["schema"] == 1
    return list(content["case"]) if content["kind"] == "tlv" else []


CASES = [case for path in sorted(FOLDER.glob("*.toml")) for case in load(path)]


def data_of(case: dict[str, Any]) -> bytes:
    raw = bytes.fromhex(case["hex"])
    fill = case.get("fill")
    if fill:
        body = bytes.fromhex(fill["byte"]) * fill["count"]
        raw = raw[: fill["after"]] + bytes.fromhex(fill["length"]) + body
    return raw


def listing(data: bytes) -> list[str]:
    def below(nodes: Any, path: str) -> list[str]:
        lines: list[str] = []
        for node in nodes:
            here = f"{path}/{node.tag_hex}" if path else node.tag_hex
            if node.constructed:
                lines += [f"{here}@{node.offset}", *below(node.children, here)]
            else:
                lines.append(f"{here}@{node.offset}={node.value.hex().upper()}")
        return lines

    return below(parse(data).nodes, "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    data = data_of(case)
    tree = parse(data)
    if "nodes" in case:
        assert listing(data) == case["nodes"]
    else:
        assert len(tree.nodes) == case["nodes_count"]
        assert tree.nodes[0].value == bytes.fromhex(case["fill"]["byte"]) * case["fill"]["count"]
    found = [
        {"offset": fault.offset, "rule": fault.rule.value, "path": fault.path}
        for fault in tree.errors
    ]
    assert found == case.get("errors", [])
    assert all(fault.message for fault in tree.errors)
    assert [list(run) for run in tree.padding] == case.get("padding", [])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_strict_agrees(case: dict[str, Any]) -> None:
    data = data_of(case)
    errors = case.get("errors", [])
    if not errors:
        assert parse_strict(data) == parse(data).nodes
        return
    with pytest.raises(CodecError) as raised:
        parse_strict(data)
    assert (raised.value.offset, raised.value.path) == (errors[0]["offset"], errors[0]["path"])
    assert raised.value.partial.nodes == parse(data).nodes  # type: ignore[attr-defined]


def test_the_folder_has_enough_and_enough_bad_ones() -> None:
    ids = [case["id"] for case in CASES]
    assert len(ids) == len(set(ids))
    assert len(CASES) >= 40
    assert sum(1 for case in CASES if case.get("errors")) * 4 >= len(CASES)
    assert all(case["source"] for case in CASES)
    assert len({case["hex"].replace(" ", "") for case in CASES if "fill" not in case}) == len(
        [case for case in CASES if "fill" not in case]
    )
