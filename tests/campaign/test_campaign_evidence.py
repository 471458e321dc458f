"""The log of a real terminal: every shape, what is taken from it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from harness.campaign.acceptance import run_acceptance
from harness.campaign.evidence import load_evidence, seen, unknown_aids
from harness.campaign.options import AcceptanceOptions
from harness.core import paths
from harness.core.clock import ManualClock
from harness.core.errors import ConfigError, ConfigErrors
from harness.records.run import EvidenceRow

PAN = "5413330089020011"
DATA = (
    "9F2608D8B35F28683A7E659F2701809F10120110A50003020000000000000000000000FF9F3704487EB5EB9F360204"
    "29950504000080009A032611209C01009F02060000000001005F2A020978820239009F1A0205289F34034103028407"
    f"A00000000410105A08{PAN}"
)
LENGTH = f"{len(DATA) // 2:03d}"
XML_TAGS = """<isomsg>
<field id="0" value="0200"/>
<field id="22" value="051"/>
<field id="39" value="00"/>
<field id="41" value="T0000001"/>
<isomsg id="55">
<field id="9F27" value="80"/>
<field id="95" value="0400008000"/>
<field id="9A" value="261120"/>
<field id="9F34" value="410302"/>
<field id="9C" value="00"/>
<field id="84" value="A0000000041010"/>
</isomsg>
</isomsg>
"""
SHAPES = {
    "pairs": f"date=2026-11-20 terminal=T0000001 entry=051 answer=00 {DATA}",
    "length": f"terminal=T0000001 entry=051 answer=00 {LENGTH.encode().hex()}{DATA}",
    "json": json.dumps(
        {"schema": 1, "terminal": "T0000001", "entry_mode": "051", "field55": DATA, "answer": "00"}
    ),
    "json-fields": json.dumps(
        {"fields": {"22": "051", "41": "T0000001", "55": DATA, "39": "00"}, "level": "INFO"}
    ),
    "numbered": f"MTI: 0200\nDE022: 051\nDE 041 = T0000001\nF55: {DATA}\n[39] 00\n",
    "xml": f'<isomsg>\n<field id="0" value="0200"/>\n<field id="22" value="051"/>\n'
    f'<field id="41" value="T0000001"/>\n<field id="55" value="{DATA}"/>\n'
    '<field id="39" value="00"/>\n</isomsg>\n',
    "xml-tags": XML_TAGS,
}


def load(tmp_path: Path, text: str) -> tuple[EvidenceRow, ...]:
    file = tmp_path / "terminal.log"
    file.write_text(text, encoding="utf-8")
    return load_evidence(file).rows


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_says_the_same(tmp_path, shape):
    (row,) = load(tmp_path, f"2026-11-20 INFO before\n{SHAPES[shape]}\nafter\n")
    assert row.types == ("mastercard-credit", "mastercard-debit")
    assert (row.interface, row.terminal, row.date) == ("contact", "T0000001", "2026-11-20")
    assert (row.transaction, row.cvm, row.tvr) == ("goods", "plaintext-pin", "0400008000")
    assert (row.cryptogram, row.answer, row.outcome) == ("ARQC", "00", "online-approved")
    assert row.basis == "terminal log"
    said = "terminal T0000001 sent an online request for this type on 2026-11-20, answered 00"
    assert row.text == said
    assert PAN not in repr(row)


def packed(digits: str, bitmap: str, before: str = "") -> str:
    """Fields 3, 4, 11, 22, 41 and 55, packed by hand."""
    bits = "3020040000800200"
    if digits == "bcd":
        size = f"{len(DATA) // 2:04d}"
        body = f"0200{bits}000000000000001234000123{'0051'}" + b"TERM0001".hex() + size + DATA
    else:
        text = b"0200"
        rest = b"000000" + b"000000001234" + b"000123" + b"051" + b"TERM0001" + LENGTH.encode()
        shown = bits if bitmap == "b" else bits.encode().hex()
        body = text.hex() + shown + rest.hex() + DATA
    if before == "length":
        return f"{len(body) // 2:04X}{body}"
    return before + body


@pytest.mark.parametrize(
    ("digits", "bitmap", "before"),
    [
        ("ascii", "b", ""),
        ("ascii", "ascii", ""),
        ("bcd", "b", ""),
        ("bcd", "b", "6000030000"),
        ("ascii", "b", "length"),
    ],
)
def test_packed_messages(tmp_path, digits, bitmap, before):
    pytest.importorskip("iso8583")
    (row,) = load(tmp_path, packed(digits, bitmap, before))
    assert (row.terminal, row.entry_mode, row.outcome) == ("TERM0001", "05", "online-requested")
    assert "answer not in the log" in row.text


def test_an_answer_is_joined_with_its_request(tmp_path):
    text = (
        f"mti=0200 stan=1 terminal=A entry=051 {DATA}\n"
        f"mti=0200 stan=2 terminal=A entry=051 {DATA}\n"
        "mti=0210 stan=2 terminal=A answer=51\nmti=0210 stan=1 terminal=B answer=00\n"
        f"mti=0400 stan=2 terminal=A entry=051 {DATA}\n"
    )
    first, second = load(tmp_path, text)
    assert (first.answer, first.outcome) == ("", "online-requested")  # B's answer is not A's
    assert (second.answer, second.outcome) == ("51", "online-declined")


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"9F270180": "9F270140"}, "offline-approved"),
        ({"9F270180": "9F270100"}, "offline-declined"),
        ({"9F270180": ""}, "unknown"),
        ({"9F270180": "9F2701408A025931"}, "offline-approved"),
        ({"9F270180": "9F2701008A025A33"}, "offline-declined"),
    ],
)
def test_what_happened_offline(tmp_path, change, outcome):
    text = DATA
    for old, new in change.items():
        text = text.replace(old, new)
    (row,) = load(tmp_path, f"entry=051 {text}")
    assert row.outcome == outcome
    assert "sent an online request" not in row.text


@pytest.mark.parametrize(
    ("mode", "interface"),
    [("051", "contact"), ("071", "contactless"), ("801", "stripe"), ("012", ""), ("", "")],
)
def test_interface_by_entry_mode(tmp_path, mode, interface):
    (row,) = load(tmp_path, f"{'entry=' + mode if mode else 'answer=00'} {DATA}")
    assert row.interface == interface
    found = seen([row], "mastercard-debit", "contact")
    assert (found is not None) is (interface == "contact")


def test_an_unknown_aid_and_none(tmp_path):
    other = DATA.replace("8407A0000000041010", "8407A0000000049876")
    none = DATA.replace("8407A0000000041010", "")
    rows = load(tmp_path, f"entry=051 {other}\nentry=051 {none}\n")
    assert [row.types for row in rows] == [(), ()]
    assert unknown_aids(rows) == {"A0000000049876": "Mastercard"}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (f"entry=051 {DATA[:-4]}", "line 1, field 55, byte 101", "only 6 bytes are left"),
        (f"\nentry=051 {DATA[:-1]}", "line 2, field 55", "odd number"),
        (f"entry=051 {DATA.replace('9F3704', '9F37ZZ')}", "line 1, field 55", "not hex"),
        ('{"field55": "9F27', "line 1, character", "not JSON"),
        ('{"schema": 2, "field55": "9F270180"}', "line 1, schema", "must be 1"),
        (f"DE022: 051\nDE055: {DATA}77\n", "line 1, field 55, byte 111", ""),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path, text, place, words):
    with pytest.raises(ConfigErrors) as caught:
        load(tmp_path, text)
    said = "\n".join(f"{where}: {what}" for where, what in caught.value.problems)
    assert place in said
    assert words in said
    assert PAN not in str(caught.value)


def test_a_file_without_any(tmp_path):
    with pytest.raises(ConfigError, match="no transaction"):
        load(tmp_path, "nothing of the kind\n")


def test_it_changes_nothing_of_the_harness_s_own(tmp_path):
    plain, beside = (
        run_acceptance(
            AcceptanceOptions(
                images=("visa-credit",),
                suites=("coverage",),
                plan="retail-eu",
                clock=ManualClock(),
                evidence=evidence,
            )
        )
        for evidence in ((), load(tmp_path, SHAPES["pairs"]))
    )
    assert [r.verdict for r in plain.results] == [r.verdict for r in beside.results]
    states = [[(row.type, row.state) for row in one.coverage.rows] for one in (plain, beside)]
    assert states[0] == states[1]
    assert beside.coverage.evidence


def test_the_worked_file_follows_its_schema_and_is_read(tmp_path):
    page = (Path(__file__).resolve().parents[2] / "docs/formats/terminal-evidence.md").read_text()
    worked = page.split("```json\n")[1].split("```")[0]
    schema = json.loads((paths.data("schemas") / "terminal-evidence.json").read_text())
    for line in worked.splitlines():
        jsonschema.validate(json.loads(line), schema)
    (row,) = load(tmp_path, worked)
    assert row.outcome == "online-approved"
