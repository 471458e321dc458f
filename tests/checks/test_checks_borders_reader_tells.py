"""What a reader tells about itself: attributes, Part 10, firmware; each odd answer in full."""

from __future__ import annotations

from typing import Any

import pytest
from readerbenches import bench
from readerscript import run, serving
from readertalk import FEATURES, PIN, PROPERTIES, talking

from harness.core.errors import ConfigError
from harness.link import part10
from harness.link import service as sv
from harness.link.service import Share

ALL = (
    "ATR_STRING", "ICC_INTERFACE_STATUS", "ICC_PRESENCE", "VENDOR_IFD_VERSION", "VENDOR_NAME",
    "MAXINPUT", "VENDOR_IFD_SERIAL_NO", "CHANNEL_ID",
)  # fmt: skip


def coded(*codes: str) -> Any:
    """A reader whose attributes are told with these codes in turn, each of value 0A."""
    turns = iter(codes)
    return lambda: serving({"attribute": lambda _one, _name: (next(turns), b"\x0a")})


NOT_OFFERED = (sv.UNSUPPORTED, "SCARD_E_UNEXPECTED", "SCARD_E_NOT_TRANSACTED")
ATTRIBUTES = (
    (bench, "PASS: none is offered"),
    (coded(*NOT_OFFERED, *NOT_OFFERED, *NOT_OFFERED), "PASS: none is offered"),
    (coded(*[sv.SUCCESS] * 8), "PASS: " + ", ".join(f"{name} 0A" for name in ALL)),
    (
        coded(*[sv.UNSUPPORTED] * 4, sv.SUCCESS, *[sv.UNSUPPORTED] * 3),
        "PASS: VENDOR_NAME 0A",
    ),
    (
        coded(sv.SUCCESS, sv.TIMEOUT, *[sv.SUCCESS] * 5, sv.SHARING),
        "FAIL: ICC_INTERFACE_STATUS: SCARD_E_TIMEOUT; CHANNEL_ID: SCARD_E_SHARING_VIOLATION",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), ATTRIBUTES)
def test_each_attribute_has_a_value_or_is_not_offered(make: Any, wanted: str) -> None:
    assert run("ATT-01", make()) == wanted


GOOD = {**FEATURES, **PROPERTIES, **PIN}
NONE = "not applicable: the reader tells no Part 10 features"
PAIRS = {3400: "060442330006120442330012"}
ONLY_LIST = {3400: "120442330012"}


def told(properties: str, features: dict[int, str] | None = None) -> Any:
    """A reader whose GET_TLV_PROPERTIES gives this."""
    return lambda: talking({**(features or FEATURES), **PIN, 0x42330012: properties})


LCD = "01021102"
USB = "0B02E6080C02C234"
SIZES = "070110"
PART10 = (
    ("P10-01", bench, NONE),
    ("P10-02", bench, NONE),
    ("P10-03", bench, NONE),
    ("P10-04", bench, NONE),
    (
        "P10-01",
        talking,
        "PASS: VERIFY_PIN_DIRECT, MODIFY_PIN_DIRECT, IFD_PIN_PROPERTIES, GET_TLV_PROPERTIES",
    ),
    (
        "P10-01",
        lambda: talking({3400: "FE04423300060604423300060A0442330006"}),
        "PASS: VERIFY_PIN_DIRECT, IFD_PIN_PROPERTIES, FE",
    ),
    (
        "P10-01",
        lambda: talking({3400: "0603423300"}),
        "FAIL: feature 06 has a control code of 3 bytes",
    ),
    (
        "P10-02",
        lambda: talking({3400: "060442330006"}),
        "not applicable: the reader offers no GET_TLV_PROPERTIES",
    ),
    (
        "P10-02",
        lambda: talking(FEATURES),
        "FAIL: GET_TLV_PROPERTIES is offered, and ends with SCARD_E_UNSUPPORTED_FEATURE",
    ),
    ("P10-02", told(LCD + "030107"), "PASS: wLcdLayout 529, bTimeOut2 7"),
    ("P10-02", told(LCD + "F0020ABC"), "PASS: wLcdLayout 529, F0 0ABC"),
    ("P10-02", told(""), "PASS: none is offered"),
    ("P10-02", told("010111"), "FAIL: wLcdLayout has 1 bytes, not 2"),
    (
        "P10-03",
        told(LCD, PAIRS),
        "not applicable: no IFD_PIN_PROPERTIES",
    ),
    (
        "P10-03",
        lambda: talking({**FEATURES, **PROPERTIES}),
        "FAIL: IFD_PIN_PROPERTIES is offered, and ends with SCARD_E_UNSUPPORTED_FEATURE",
    ),
    ("P10-03", talking, "PASS: display 0211, both tell the same"),
    ("P10-03", told("01021002"), "FAIL: two displays: 0211 and 0210"),
    ("P10-03", told(USB), "PASS: display 0211, both tell the same"),
    (
        "P10-03",
        lambda: talking({**FEATURES, **PROPERTIES, 0x4233000A: "110202"}),
        "FAIL: PIN properties of 3 bytes, not 4",
    ),
    ("P10-04", talking, "PASS: 08E6:34C2, consistent"),
    ("P10-04", lambda: talking(usb="08e6:34c2"), "PASS: 08E6:34C2, consistent"),
    ("P10-04", lambda: talking(usb=""), "PASS: 08E6:34C2, consistent"),
    (
        "P10-04",
        lambda: talking(usb="08E6:34C3"),
        "FAIL: the reader says 08E6:34C2, its USB id is 08E6:34C3",
    ),
    ("P10-04", told(LCD), "PASS: -, consistent"),
    (
        "P10-04",
        told(SIZES, ONLY_LIST),
        "WARN: PIN sizes are told, and no PIN feature is offered",
    ),
    ("P10-04", told(LCD, ONLY_LIST), "PASS: -, consistent"),
    ("P10-04", told(SIZES, PAIRS), "PASS: -, consistent"),
    (
        "P10-04",
        told(SIZES, {3400: "070442330007120442330012"}),
        "PASS: -, consistent",
    ),
)


@pytest.mark.parametrize(("id", "make", "wanted"), PART10)
def test_part_10_is_told(id: str, make: Any, wanted: str) -> None:
    assert run(id, make()) == wanted


def test_a_reader_that_tells_no_usb_id_at_all_is_not_compared() -> None:
    made = talking()
    made.reader.known = {}
    assert run("P10-04", made) == "PASS: 08E6:34C2, consistent"


@pytest.mark.parametrize("id", ["P10-01", "P10-02", "P10-03", "P10-04"])
def test_a_list_that_is_cut_short_is_told(id: str) -> None:
    assert run(id, talking({3400: "0604"})).startswith("FAIL: a Part 10 list that is cut short")


@pytest.mark.parametrize("id", ["P10-01", "P10-04", "P10-05"])
def test_without_the_decoder_nothing_is_judged(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise ConfigError("the package tlv8 is missing", todo="pip install tlv8")

    monkeypatch.setattr(part10, "_tlv8", missing)
    wanted = "dependency missing: the package tlv8 is missing || pip install tlv8"
    assert run(id, talking()) == wanted


@pytest.mark.parametrize(
    ("id", "asked"),
    [
        ("P10-01", [3400]),
        ("P10-02", [3400, 0x42330012]),
        ("P10-03", [3400, 0x42330012, 0x4233000A]),
        ("P10-04", [3400, 0x42330012]),
        ("P10-05", [3400]),
    ],
)
def test_the_reader_is_asked_over_a_direct_connection(id: str, asked: list[int]) -> None:
    seen: list[Any] = []

    def connect(client: Any, slot: str, share: Share, *_args: Any) -> Any:
        seen.append(share)
        return client.connect(slot, share)

    def control(_handle: Any, function: int) -> Any:
        seen.append(function)
        return sv.SUCCESS, bytes.fromhex(GOOD[function])

    profile = talking().profile
    made = serving({"control": control}, {"connect": connect}, profile=profile)
    assert run(id, made).startswith("PASS")
    assert seen == [Share.DIRECT, *asked]


UPDATE = "update the reader's firmware"
FIRMWARE = (
    ({"usb": "", "firmware": "1.00"}, "not applicable: USB id or firmware is not told"),
    ({"usb": "04E6:E001", "firmware": ""}, "not applicable: USB id or firmware is not told"),
    (
        {"usb": "04E6:E001", "firmware": "5.15"},
        f"WARN: 04E6:E001 firmware 5.15: 5.16 or later is needed || {UPDATE}",
    ),
    (
        {"usb": "04E6:E001", "firmware": "5.16"},
        "PASS: 04E6:E001 firmware 5.16: nothing bad is known",
    ),
)


@pytest.mark.parametrize(("facts", "wanted"), FIRMWARE)
def test_firmware_that_is_known_to_be_bad_is_told(facts: dict[str, str], wanted: str) -> None:
    assert run("FW-03", talking(**facts)) == wanted


@pytest.mark.parametrize("facts", [{}, {"usb": "04E6:E001"}, {"firmware": "5.15"}])
def test_without_id_or_version_firmware_is_not_judged(facts: dict[str, str]) -> None:
    made = talking()
    made.reader.known = facts
    assert run("FW-03", made) == "not applicable: USB id or firmware is not told"
