"""Who the reader says it is: ids, firmware, serial, presence, longest input, pad."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from readerbenches import SpoiledReader, bench, virtual
from readerscript import run, serving
from readertalk import named, padless, profiled, talking

from harness.checks.reader.bench import Bench
from harness.link import service as sv
from harness.profiles.reader_profile import load_profile

PINPAD = "gemalto-gempc-pinpad-v2"
LISTS = "`emv-harness profile list` tells which profiles there are"
UPDATE = "update the reader's firmware"


def without_profile(**facts: str) -> Bench:
    made = bench(SpoiledReader(virtual(), known=facts))
    assert made.profile is None
    return made


def for_usb(usb: str) -> Bench:
    """The reader 08E6:34C2 under a profile for this id."""
    made = talking()
    made.profile = replace(load_profile(PINPAD), usb=usb)
    return made


IDENTITY = (
    ("ENU-03", bench, "not applicable: the driver tells no USB id"),
    ("ENU-03", lambda: talking(usb=""), "not applicable: the driver tells no USB id"),
    (
        "ENU-03",
        lambda: without_profile(usb="08E6:3437"),
        "PASS: 08E6:3437; no profile holds it to one",
    ),
    ("ENU-03", lambda: for_usb(""), "PASS: 08E6:34C2; no profile holds it to one"),
    ("ENU-03", lambda: for_usb("08e6:34c2"), f"PASS: 08E6:34C2, as profile {PINPAD} says"),
    (
        "ENU-03",
        lambda: talking(usb="08e6:3478"),
        f"PASS: 08e6:3478, as profile {PINPAD} says",
    ),
    (
        "ENU-03",
        talking,
        f"FAIL: 08E6:34C2 on the bus, profile {PINPAD} is for 08E6:3478 || {LISTS}",
    ),
    ("FW-01", bench, "not applicable: the driver tells no firmware"),
    ("FW-01", lambda: talking(firmware=""), "not applicable: the driver tells no firmware"),
    ("FW-01", talking, "PASS: firmware 1.31; no limit is set"),
    (
        "FW-01",
        lambda: without_profile(firmware="1.00"),
        "PASS: firmware 1.00; no limit is set",
    ),
    (
        "FW-01",
        lambda: profiled(talking(), min_firmware="1.31"),
        "PASS: firmware 1.31; at least 1.31 is wanted",
    ),
    (
        "FW-01",
        lambda: profiled(talking(), min_firmware="1.32"),
        f"WARN: firmware 1.31, the profile asks for 1.32 || {UPDATE}",
    ),
)


@pytest.mark.parametrize(("id", "make", "wanted"), IDENTITY)
def test_ids_and_firmware_are_held_to_the_profile(id: str, make: Any, wanted: str) -> None:
    assert run(id, make()) == wanted


NO_SERIAL = "not applicable: the reader tells no serial number"


def known(serial: str, name: str, *others: str) -> Bench:
    """A reader whose driver tells its serial number."""
    return bench(SpoiledReader(virtual(), name=name, known={"serial": serial}), listed=others)


SERIALS = (
    (bench, NO_SERIAL),
    (lambda: named(name="Gemalto Reader 00 00"), NO_SERIAL),
    (named, "PASS: A1B2"),
    (lambda: named("Gemalto Reader (A1B3) 01 00", "Any other"), "PASS: A1B2"),
    (lambda: named("Gemalto Reader (A1B2) 00 01"), "PASS: A1B2"),
    (
        lambda: named("Gemalto Reader (A1B2) 01 00"),
        "FAIL: A1B2 is also the serial number of Gemalto Reader (A1B2) 01 00",
    ),
    (
        lambda: named("Other Reader (A1B2) 00 00", "Gemalto Reader (A1B2) 02 00"),
        "FAIL: A1B2 is also the serial number of Other Reader (A1B2) 00 00,"
        " Gemalto Reader (A1B2) 02 00",
    ),
    (lambda: named("Gemalto Reader [PICC] (A1B2) 01 00"), "PASS: A1B2"),
    (
        lambda: named(
            "Gemalto Reader [PICC] (A1B2) 01 00", name="Gemalto Reader [PICC] (A1B2) 00 00"
        ),
        "FAIL: A1B2 is also the serial number of Gemalto Reader [PICC] (A1B2) 01 00",
    ),
    (lambda: known("A1B2", "A reader", "Gemalto Reader (A1B2) 01 00"), "PASS: A1B2"),
    (
        lambda: known("A1B2", "Gemalto Reader 00 00", "Gemalto Reader (A1B2) 01 00"),
        "FAIL: A1B2 is also the serial number of Gemalto Reader (A1B2) 01 00",
    ),
    (
        lambda: known("A1B2", "Gemalto Reader (C3) 00 00", "Gemalto Reader (C3) 01 00"),
        "PASS: A1B2",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), SERIALS)
def test_a_serial_number_is_one_readers_alone(make: Any, wanted: str) -> None:
    assert run("FW-02", make()) == wanted


STATUS = "ICC_INTERFACE_STATUS"
MISSING = "SCARD_E_UNEXPECTED"


def told(attribute: str = sv.UNSUPPORTED, **values: str) -> Any:
    return lambda: talking(attribute=attribute, values=values)


TOLD = (
    ("ATT-02", talking, "not applicable: the driver offers neither"),
    ("ATT-02", told(MISSING), "not applicable: the driver offers neither"),
    (
        "ATT-02",
        told(ICC_PRESENCE="02", ICC_INTERFACE_STATUS="01"),
        f"PASS: ICC_PRESENCE 02, {STATUS} 01",
    ),
    ("ATT-02", told(ICC_INTERFACE_STATUS="FF"), f"PASS: {STATUS} FF"),
    ("ATT-02", told(ICC_PRESENCE="0001"), "PASS: ICC_PRESENCE 0001"),
    (
        "ATT-02",
        told(ICC_PRESENCE="02", ICC_INTERFACE_STATUS="0000"),
        f"FAIL: {STATUS} is 0000, and a card is in use",
    ),
    (
        "ATT-02",
        told(ICC_PRESENCE="0000"),
        "FAIL: ICC_PRESENCE is 0000, and a card is in use",
    ),
    ("ATT-02", told(ICC_PRESENCE=""), "FAIL: ICC_PRESENCE is -, and a card is in use"),
    (
        "ATT-02",
        told(sv.TIMEOUT),
        "FAIL: ICC_PRESENCE: SCARD_E_TIMEOUT, expected SCARD_S_SUCCESS",
    ),
    ("ATT-03", talking, "not applicable: the driver does not offer MAXINPUT"),
    (
        "ATT-03",
        told(sv.TIMEOUT),
        "FAIL: MAXINPUT: SCARD_E_TIMEOUT, expected SCARD_S_SUCCESS",
    ),
    ("ATT-03", told(MAXINPUT="050100"), "FAIL: MAXINPUT has 3 bytes, not 4"),
    ("ATT-03", told(MAXINPUT="0501000000"), "FAIL: MAXINPUT has 5 bytes, not 4"),
    ("ATT-03", told(MAXINPUT="05010000"), "PASS: 261 bytes"),
    ("ATT-03", told(MAXINPUT="00000100"), "PASS: 65,536 bytes"),
    (
        "ATT-03",
        told(MAXINPUT="04010000"),
        "WARN: 260 bytes: a full short command has 261 || commands with more than 254 bytes of"
        " data need another reader",
    ),
    (
        "ATT-03",
        told(MAXINPUT="07000000"),
        "WARN: 7 bytes: a full short command has 261 || commands with more than 1 bytes of"
        " data need another reader",
    ),
    (
        "ATT-03",
        told(MAXINPUT="00000000"),
        "WARN: 0 bytes: a full short command has 261 || commands with more than 0 bytes of"
        " data need another reader",
    ),
)


@pytest.mark.parametrize(("id", "make", "wanted"), TOLD)
def test_what_attributes_say_of_card_and_input(id: str, make: Any, wanted: str) -> None:
    assert run(id, make()) == wanted


def unknown_pad() -> Bench:
    """A profile that does not hold the features of its model."""
    made = talking()
    profile = load_profile(PINPAD)
    made.profile = replace(profile, ccid=replace(profile.ccid, features=0))
    return made


def no_pin_features() -> Bench:
    return talking({3400: "120442330012"})


NO_PROFILE = "not applicable: no profile says whether this model has a PIN pad"
PADS = (
    (bench, NO_PROFILE),
    (unknown_pad, NO_PROFILE),
    (talking, "PASS: a PIN pad, and its features"),
    (lambda: talking({3400: "060442330006"}), "PASS: a PIN pad, and its features"),
    (lambda: talking({3400: "070442330007"}), "PASS: a PIN pad, and its features"),
    (
        no_pin_features,
        f"FAIL: profile {PINPAD} has a PIN pad, and no PIN feature is offered",
    ),
    (
        lambda: padless(talking()),
        "FAIL: PIN features are offered, and profile gemalto-pc-twin has no PIN pad",
    ),
    (lambda: padless(no_pin_features()), "PASS: no PIN pad, and no such feature"),
    (
        lambda: talking({3400: "0603423300"}),
        "FAIL: feature 06 has a control code of 3 bytes",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), PADS)
def test_pin_features_go_with_a_pad(make: Any, wanted: str) -> None:
    assert run("P10-05", make()) == wanted


def test_the_card_is_in_use_while_its_presence_is_asked_for() -> None:
    seen: list[str] = []

    def attribute(handle: Any, name: str) -> Any:
        seen.append(name)
        return (sv.UNSUPPORTED, b"") if name == "ICC_PRESENCE" else (sv.SUCCESS, b"\x01")

    assert run("ATT-02", serving({"attribute": attribute})) == f"PASS: {STATUS} 01"
    assert seen == ["ICC_PRESENCE", STATUS]
