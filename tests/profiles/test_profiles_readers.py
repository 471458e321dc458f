"""Reader profiles: what follows from descriptors, dumps, matching, known-bad firmware."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli.main import main
from harness.core.errors import CodecError
from harness.profiles.ccid_dump import read_dump
from harness.profiles.reader_derive import derive
from harness.profiles.reader_match import KNOWN_BAD, bad_firmware, find_profile
from harness.profiles.reader_profile import GENERIC, Ccid, list_profiles, load_profile, parse
from harness.profiles.reader_write import from_dump, slug

DUMPS = Path(__file__).resolve().parents[3] / "shared" / "data" / "ccid-readers"
needs_dumps = pytest.mark.skipif(not DUMPS.is_dir(), reason="no descriptor dumps beside it")
REAL = [one for one in list_profiles() if one.usb and one.kind != "virtual"]

SMALL = """ idVendor: 0x1234
  iManufacturer: Example
 idProduct: 0xABCD
  iProduct: Pad 7
 bcdDevice: 1.02 (firmware release?)
 bInterfaceNumber: 0
 bNumEndpoints: 2
 CCID Class Descriptor
  bMaxSlotIndex: 0x01
  bVoltageSupport: 0x03
  dwProtocols: 0x0000 0x0001
  dwDefaultClock: 3.580 MHz
  dwMaximumClock: 3.580 MHz
  dwDataRate: 9600 bps
  dwMaxDataRate: 115200 bps
  dwMaxIFSD: 254
  dwFeatures: 0x00020038
  dwMaxCCIDMessageLength: 265 bytes
  bClassGetResponse: 0xFF
  wLcdLayout: 0x0210
  bPINSupport: 0x01
"""


def test_a_dump_becomes_a_profile_that_loads() -> None:
    dump = read_dump(SMALL)
    made = parse(tomllib.loads(from_dump(dump, "made up")), Path("example-pad.toml"))
    assert (made.usb, made.firmware, made.kind) == ("1234:ABCD", "1.02", "contact")
    assert made.ccid == Ccid(
        slots=2, voltages=("5", "3"), protocols=("T=0",), features=0x20038, max_ifsd=254,
        max_message=265, clock_khz=(3580, 3580), rate_bps=(9600, 115200), pin=1, lcd=0x0210,
        interrupt=False, class_get_response=0xFF,
    )  # fmt: skip
    known = derive(made.ccid)
    assert (known.level, known.max_input, known.short_limit) == ("short", 255, True)
    assert (known.lcd_lines, known.lcd_columns, known.pin_verify) == (2, 16, True)
    assert (known.insert_ms, known.voltage) == (1500.0, "reader")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "idVendor"),
        (" idVendor: 0x1\n idProduct: 0x2\n", "class descriptor"),
        (SMALL.replace("dwProtocols", "dwOther"), "dwProtocols"),
        (SMALL.replace("dwMaxIFSD: 254", "dwMaxIFSD: many"), "dwMaxIFSD"),
    ],
)
def test_a_dump_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(CodecError, match=says):
        read_dump(text)


@given(
    st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF),
    st.lists(st.integers(0, 0xFFFFFFFF), max_size=3), st.lists(st.integers(0, 1 << 32), max_size=3),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_derive_never_raises(
    features: int, message: int, clock: list[int], rate: list[int]
) -> None:
    made = derive(
        Ccid(features=features, max_message=message, clock_khz=tuple(clock), rate_bps=tuple(rate))
    )
    assert made.max_apdu in (0, 65536)
    assert made.max_input >= 0


WORKED = {
    "gemalto-pc-twin": ("tpdu", 261, 65536, "driver", "host", 0x16, False),
    "acs-acr39u": ("tpdu", 261, 65536, "reader, PPS", "host", 0x17, False),
    "gemalto-gempc-pinpad-v2": ("tpdu", 261, 65536, "driver", "host", 0x97, True),
}


@pytest.mark.parametrize("name", WORKED)
def test_worked_values_come_out(name: str) -> None:
    known = derive(load_profile(name).ccid)
    level, most, apdu, pps, voltage, ta1, pad = WORKED[name]
    assert (known.level, known.max_input, known.max_apdu) == (level, most, apdu)
    assert (known.negotiation, known.voltage, known.ta1) == (pps, voltage, ta1)
    assert known.pin_verify is pad


def test_a_reader_with_two_interfaces_has_two_derivations() -> None:
    picc, sam = load_profile("acs-acr1252-dual").interfaces
    assert (picc.role, derive(picc.ccid).level, derive(picc.ccid).max_input) == (
        "picc", "extended", 512,
    )  # fmt: skip
    assert (sam.role, derive(sam.ccid).level, derive(sam.ccid).max_input) == ("sam", "short", 278)
    assert derive(picc.ccid).negotiation == "reader"


def test_models_of_every_kind_are_there() -> None:
    assert len(REAL) >= 25
    assert {one.kind for one in REAL} == {"contact", "contactless", "dual", "token"}
    assert sum(derive(one.ccid).pin_verify for one in REAL) >= 3
    assert all(one.source for one in REAL)


@pytest.mark.parametrize("profile", REAL, ids=lambda one: one.id)
def test_a_model_is_what_its_dump_says(profile) -> None:
    found = re.search(r"([^ ]+\.txt)$", profile.source)
    assert found
    if not DUMPS.is_dir():
        pytest.skip("no descriptor dumps beside the checkout")
    dump = read_dump((DUMPS / found[1]).read_text("utf-8", "replace"))
    assert (dump.usb, dump.firmware) == (profile.usb, profile.firmware)
    assert dump.interfaces[0].ccid == profile.ccid
    if profile.interfaces:
        assert [one.ccid for one in dump.interfaces] == [one.ccid for one in profile.interfaces]


@needs_dumps
def test_nearly_every_dump_is_imported() -> None:
    files = [file for file in sorted(DUMPS.glob("*.txt")) if file.name != "supported_readers.txt"]
    assert len(files) > 600
    refused = {}
    for file in files:
        try:
            dump = read_dump(file.read_text("utf-8", "replace"))
            derive(parse(tomllib.loads(from_dump(dump, "import")), file).ccid)
        except CodecError as error:
            refused[file.name] = error.what
    assert len(refused) <= 0.05 * len(files), refused
    assert all(refused.values())


def test_no_two_profiles_fit_the_same_reader() -> None:
    seen = {(one.usb, one.pattern, one.firmware) for one in REAL}
    assert len(seen) == len(REAL)
    for one in REAL:
        assert not find_profile(one.name, one.usb, one.firmware, REAL).ambiguous, one.id


NAMES = [
    ("Gemalto PC Twin Reader 00 00", "08E6:3437", "gemalto-pc-twin", "USB id and name"),
    ("ACS ACR39U ICC Reader 00 00", "", "acs-acr39u", "name"),
    ("Something Else 00 00", "", GENERIC, ""),
    ("ACS ACR39U ICC Reader 00 00", "1111:2222", GENERIC, ""),
]


@pytest.mark.parametrize(("name", "usb", "wanted", "by"), NAMES)
def test_a_reader_finds_its_profile(name: str, usb: str, wanted: str, by: str) -> None:
    found = find_profile(name, usb)
    assert (found.profile.id, found.by) == (wanted, by)


def twin(text: str, firmware: str):
    table = tomllib.loads(from_dump(read_dump(SMALL), "made up"))
    return parse({**table, "firmware": firmware}, Path(f"{text}.toml"))


def test_two_that_fit_are_told_and_none_is_guessed() -> None:
    known = [twin("one", "1.00"), twin("two", "2.00"), load_profile(GENERIC)]
    found = find_profile("Example Pad 7 00 00", "1234:ABCD", known=known)
    assert found.ambiguous
    assert found.others == ("one", "two")
    assert found.profile.id == GENERIC
    assert find_profile("Example Pad 7 00 00", "1234:ABCD", "2.00", known).profile.id == "two"


def test_known_bad_firmware() -> None:
    assert bad_firmware("04e6:e001", "5.15") == "5.16"
    assert bad_firmware("04E6:E001", "5.16") == ""
    assert bad_firmware("04E6:E001", "") == ""
    assert bad_firmware("1234:5678", "0.01") == ""
    assert len(KNOWN_BAD) == 18


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "small.txt"
    file.write_text(SMALL)
    assert main(["profile", "import", str(file), "--out", str(tmp_path)]) == 0
    made = tmp_path / f"{slug('Example Pad 7')}.toml"
    assert main(["profile", "validate", str(made)]) == 0
    capsys.readouterr()
    assert main(["profile", "list", "--match", "ACS ACR39U 00 00", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["match"] == "acs-acr39u"
    assert main(["profile", "new", "--reader", "virtual test-card", "--out", str(made)]) == 0
    assert main(["profile", "validate", str(made)]) == 0
    file.write_text("nothing")
    assert main(["profile", "import", str(file)]) == 4
    assert "not imported" in capsys.readouterr().err
