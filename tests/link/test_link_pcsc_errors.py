"""Every PC/SC code becomes an exception with its name, its number and what to do."""

from __future__ import annotations

import pytest

from harness.core.errors import (
    CardMute,
    CardRemoved,
    CardReset,
    LinkError,
    NoCard,
    NoReader,
    ProtocolMismatch,
    ServiceDown,
    SharingViolation,
)
from harness.link.pcsc_errors import _TABLE, explain
from harness.link.pcsc_facts import describe_attributes

EXPECTED = {
    "SCARD_E_NO_SERVICE": (0x8010001D, ServiceDown),
    "SCARD_E_SERVICE_STOPPED": (0x8010001E, ServiceDown),
    "SCARD_F_COMM_ERROR": (0x80100013, ServiceDown),
    "SCARD_W_SECURITY_VIOLATION": (0x8010006A, ServiceDown),
    "SCARD_E_NO_READERS_AVAILABLE": (0x8010002E, NoReader),
    "SCARD_E_UNKNOWN_READER": (0x80100009, NoReader),
    "SCARD_E_READER_UNAVAILABLE": (0x80100017, NoReader),
    "SCARD_E_NO_SMARTCARD": (0x8010000C, NoCard),
    "SCARD_W_REMOVED_CARD": (0x80100069, CardRemoved),
    "SCARD_W_RESET_CARD": (0x80100068, CardReset),
    "SCARD_W_UNPOWERED_CARD": (0x80100067, CardMute),
    "SCARD_W_UNRESPONSIVE_CARD": (0x80100066, CardMute),
    "SCARD_E_SHARING_VIOLATION": (0x8010000B, SharingViolation),
    "SCARD_E_PROTO_MISMATCH": (0x8010000F, ProtocolMismatch),
    "SCARD_E_NOT_TRANSACTED": (0x80100016, LinkError),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_code_becomes_its_exception(name):
    code, cls = EXPECTED[name]
    error = explain(name, code, where="Reader A", doing="SCardConnect")
    assert type(error) is cls
    assert f"{name} (0x{code:08X})" in error.what
    assert error.where == "Reader A, SCardConnect"
    assert error.todo
    assert error.code == code


def test_unknown_code_keeps_its_number():
    error = explain("", 0x80100099, where="", doing="SCardStatus")
    assert "0x80100099" in error.what
    assert "0x80100099" in error.todo
    assert error.where == "SCardStatus"


def test_every_name_exists_in_pyscard_with_the_number_that_was_expected():
    scard = pytest.importorskip("smartcard.scard", reason="pyscard is not installed")
    assert {name for name in _TABLE if not hasattr(scard, name)} == set()
    for name, (code, _cls) in EXPECTED.items():
        assert getattr(scard, name) & 0xFFFFFFFF == code


def test_names_of_this_system():
    pytest.importorskip("smartcard.scard", reason="pyscard is not installed")
    from harness.link.pcsc import CODE_NAMES, failure

    assert CODE_NAMES[0x80100069] == "SCARD_W_REMOVED_CARD"
    # pcsc-lite gives two names one number; the telling one is shown.
    assert CODE_NAMES[0x8010001F] == "SCARD_E_UNSUPPORTED_FEATURE"
    signed = 0x80100069 - (1 << 32)
    assert type(failure(signed, where="", doing="x")) is CardRemoved


def test_attributes_in_words(tmp_path):
    device = tmp_path / "bus/usb/devices/1-2"
    device.mkdir(parents=True)
    for name, text in (
        ("busnum", "1"),
        ("devnum", "7"),
        ("idVendor", "072f"),
        ("idProduct", "b100"),
    ):
        (device / name).write_text(text + "\n")
    facts = describe_attributes(
        {
            "VENDOR_NAME": b"ACS\0",
            "VENDOR_IFD_TYPE": b"ACR39U ICC Reader\0",
            "VENDOR_IFD_VERSION": bytes.fromhex("00001602"),
            "VENDOR_IFD_SERIAL_NO": b"",
            "MAXINPUT": (261).to_bytes(4, "little"),
            "CHANNEL_ID": (0x00200107).to_bytes(4, "little"),
        },
        tmp_path,
    )
    assert facts == {
        "vendor": "ACS",
        "model": "ACR39U ICC Reader",
        "firmware": "2.16",
        "max_input": "261",
        "channel": "USB bus 1 device 7",
        "usb": "072F:B100",
    }


def test_attributes_of_another_bus_and_unknown_device(tmp_path):
    assert describe_attributes({"CHANNEL_ID": (0x00010002).to_bytes(4, "little")}, tmp_path) == {
        "channel": "0x00010002"
    }
    usb = describe_attributes({"CHANNEL_ID": (0x00200105).to_bytes(4, "little")}, tmp_path)
    assert "usb" not in usb
