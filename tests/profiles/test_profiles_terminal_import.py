"""A terminal's parameters from files of other shapes: nothing lost, mistakes with their place."""

from __future__ import annotations

import json
import tomllib
from hashlib import sha1
from pathlib import Path

import pytest

from harness.core.errors import ConfigError, ConfigErrors
from harness.profiles.terminal_config import load_terminal, terminals_folder
from harness.profiles.terminal_import import import_terminal, open_terminal
from harness.profiles.terminal_keys import key_store, unknown_keys
from harness.profiles.terminal_write import to_toml

AID_LINE = (
    "9F0608A000000333010101DF0101009F08020020DF1105D84000A800DF1205D84004F800DF130500100000009F1B04"
    "0000C350DF150400000000DF160199DF170150DF14039F3704DF1801019F7B06100000000000"
)
CSV = """AID;Brand;Version;ASI;Floor Limit;TAC Denial;TAC Online;TAC Default;Colour
A0000000031010;visa;00A0;00;50.00;0010000000;DC4004F800;DC4000A800;blue
A0000000032010;visa;00A0;01;0;0010000000;DC4004F801;DC4000A800;
"""


def write(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def ca_line(spoil: int = 0) -> str:
    modulus = bytes([0xC1]) + bytes(range(127))
    digest = bytearray(sha1(bytes.fromhex("A00000000390") + modulus + b"\x03").digest())
    digest[0] ^= spoil
    parts = (
        ("9F06", bytes.fromhex("A000000003")),
        ("9F22", b"\x90"),
        ("DF05", b"20301231"),
        ("DF06", b"\x01"),
        ("DF02", modulus),
        ("DF04", b"\x03"),
        ("DF03", bytes(digest)),
    )
    made = b""
    for tag, value in parts:
        length = bytes([len(value)]) if len(value) < 128 else bytes([0x81, len(value)])
        made += bytes.fromhex(tag) + length + value
    return made.hex().upper()


def test_data_objects_with_their_meaning(tmp_path):
    path = write(tmp_path, "down.txt", f'# comment\n"{AID_LINE}",\nPUBLICKEY={ca_line()}\n')
    made = import_terminal(path)
    (aid,) = made.config.aids
    assert (aid.aid.hex(), aid.partial, aid.versions) == (
        "a000000333010101",
        True,
        (b"\x00\x20",),
    )
    risk = made.config.risk_for(bytes.fromhex("A000000333010101"))
    assert (risk.floor_limit, risk.random_target, risk.random_maximum) == (50000, 50, 99)
    assert risk.tac.denial.hex() == "0010000000"
    assert risk.tac.online.hex() == "d84004f800"
    assert risk.tac.default.hex() == "d84000a800"
    (key,) = made.config.ca_keys
    assert (key.name, key.expires, len(key.modulus)) == ("A000000003/90", "20301231", 128)
    kept = {(one.where, one.key) for one in made.kept}
    assert kept == {
        ("A000000333010101", "DF18"),
        ("A000000333010101", "9F7B"),
        ("A000000003/90", "DF06"),
        ("A000000003/90", "DF03"),
    }
    assert "country" in made.from_base
    assert all(one.meaning for one in made.kept)


def test_a_table(tmp_path):
    made = import_terminal(write(tmp_path, "aids.csv", CSV))
    first, second = made.config.aids
    assert (first.partial, second.partial) == (True, False)
    visa, electron = (made.config.risk_for(one.aid) for one in (first, second))
    assert (visa.floor_limit, electron.floor_limit) == (5000, 0)
    assert visa.tac.online != electron.tac.online  # two AIDs of one RID keep their own codes
    assert [(one.where, one.key, one.value) for one in made.kept] == [
        ("A0000000031010", "Colour", "blue")
    ]


def test_json_at_any_depth(tmp_path):
    data = {
        "terminal": {"country code": 528, "terminal capabilities": "E0B8C8", "odd": {"x": 1}},
        "aids": [{"AID": "A0000000031010", "tac": {"denial": "0010000000"}, "floor_limit": 70}],
        "capks": [{"rid": "A000000003", "index": "92"}, {"rid": "A000000003", "index": "FE"}],
    }
    made = import_terminal(write(tmp_path, "b.json", json.dumps(data)))
    assert made.config.country == 528
    assert made.config.capabilities.hex() == "e0b8c8"
    assert made.config.risk_for(bytes.fromhex("A0000000031010")).tac.online == b"\xff" * 5
    assert [one.name for one in made.config.ca_keys] == ["A000000003/92", "A000000003/FE"]
    assert unknown_keys(made.config) == ["A000000003/FE"]
    assert [(one.key, one.value) for one in made.kept] == [("terminal.odd.x", "1")]


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_our_own_keys_and_one_that_is_not(tmp_path, suffix):
    table = tomllib.loads((terminals_folder() / "pos-pin-eu.toml").read_text(encoding="utf-8"))
    table["vendor_setting"] = {"beep": True}
    text = to_toml(table) if suffix == "toml" else json.dumps(table)
    made = import_terminal(write(tmp_path, f"mine.{suffix}", text))
    assert made.form == suffix
    assert made.config.kept == (("vendor_setting", '{"beep": true}'),)
    assert made.config.aids == load_terminal("pos-pin-eu").aids


@pytest.mark.parametrize("name", ["down.txt", "aids.csv"])
def test_what_is_written_is_read_again(tmp_path, name):
    made = import_terminal(write(tmp_path, name, AID_LINE if name == "down.txt" else CSV))
    again = load_terminal(write(tmp_path, "again.toml", to_toml(made.table)))
    assert (again.aids, again.schemes, again.kept) == (
        made.config.aids,
        made.config.schemes,
        made.config.kept,
    )


@pytest.mark.parametrize(
    ("name", "text", "place", "words"),
    [
        ("x.txt", AID_LINE[:-4], "line 1, byte", "are left"),
        ("x.txt", AID_LINE[:-1], "line 1", "odd number"),
        ("x.txt", AID_LINE.replace("DF1105D84000A800", "DF1104D84000A8"), "DF11", "4 bytes"),
        ("x.txt", AID_LINE.replace("DF160199", "DF16019F"), "DF16", "decimal"),
        ("x.txt", AID_LINE + "\n" + ca_line(spoil=1), "DF03", "does not fit"),
        ("x.csv", CSV.replace("DC4000A800;blue", "DC4000A8;blue"), "line 2, tac_default", "4 b"),
        ("x.csv", CSV.replace("A0000000032010", "A000"), "line 3", "2 bytes"),
        ("x.csv", CSV.replace(";00;50.00", ";00;fifty"), "floor_limit", "not a number"),
    ],
)
def test_mistakes_with_their_place(tmp_path, name, text, place, words):
    with pytest.raises(ConfigErrors) as caught:
        import_terminal(write(tmp_path, name, text))
    said = "\n".join(f"{where}: {what}" for where, what in caught.value.problems)
    assert place in said
    assert words in said


def test_a_threshold_that_the_kernel_refuses_is_kept(tmp_path):
    text = AID_LINE.replace("DF150400000000", "DF150400FFFFFF")
    made = import_terminal(write(tmp_path, "x.txt", text))
    assert made.config.schemes[0].random_threshold == 0
    assert ("random_threshold", str(0xFFFFFF)) in [(one.key, one.value) for one in made.kept]


def test_a_file_that_is_no_configuration(tmp_path):
    for name, text in (("poem.txt", "Shall I compare thee\n"), ("n.json", "[]"), ("b.json", "{")):
        with pytest.raises(ConfigError):
            import_terminal(write(tmp_path, name, text))


def test_keys_of_the_terminal_are_the_only_ones(tmp_path):
    visa = bytes.fromhex("A000000003")
    path = write(tmp_path, "k.txt", f"{AID_LINE}\n{ca_line()}\n")
    store = key_store(open_terminal(str(path)), own_test=True)
    assert store.find(visa, 0x92) is None
    own = store.find(visa, 0x90)
    assert own is not None
    assert (own.kind, own.intact) == ("unknown", True)
    assert store.find(visa, 0xE1) is not None  # our own test CA's: a matter of the option
    assert key_store(load_terminal(), own_test=False).find(visa, 0x92) is not None
