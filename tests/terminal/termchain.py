"""A card's keys and certificates, made for one test at a time, under the published test CA."""

from __future__ import annotations

from collections.abc import Mapping

from termcards import record, tlv

from harness.core.errors import ConfigError
from harness.crypto.capk import CaKeyStore
from harness.crypto.certificates import (
    cda_dynamic_data,
    dda_dynamic_data,
    icc_certificate,
    issuer_certificate,
    sign_dynamic,
    signed_static_data,
)
from harness.crypto.keys import own_test_key
from harness.terminal.records import RecordRead

PAN = "4761739001010119"
STATIC = tlv("5A", PAN) + tlv("5F24", "491231")
NUMBER = bytes(range(8))
UN = b"\x11" * 4

CA = own_test_key("own-test-ca-1408")
ISSUER = own_test_key("own-test-issuer-visa-1152")
ICC = own_test_key("own-test-icc-visa-1024")


def records() -> list[RecordRead]:
    """One signed record with PAN and expiry."""
    return [record(1, 1, tlv("70", STATIC), signed=True)]


def chain(
    *, static: str = STATIC, tag_list: str | None = None, aip: str = "", expiry: str = "1249"
) -> dict[int, str]:
    """Card data for SDA and DDA/CDA; ``tag_list`` is 9F4A, which appends ``aip``."""
    signed = bytes.fromhex(static + aip)
    issuer = issuer_certificate(
        CA,
        ISSUER.public,
        identifier=bytes.fromhex("476173FF"),
        expiry=bytes.fromhex(expiry),
        serial=bytes.fromhex("000123"),
    )
    icc = icc_certificate(
        ISSUER,
        ICC.public,
        pan=bytes.fromhex(PAN.ljust(20, "F")),
        expiry=bytes.fromhex(expiry),
        serial=bytes.fromhex("000123"),
        static_data=signed,
    )
    data = {
        0x5A: PAN,
        0x8F: "E1",
        0x90: issuer.certificate.hex(),
        0x92: issuer.remainder.hex(),
        0x9F32: issuer.exponent.hex(),
        0x93: signed_static_data(ISSUER, b"\xda\xc0", signed).hex(),
        0x9F46: icc.certificate.hex(),
        0x9F48: icc.remainder.hex(),
        0x9F47: icc.exponent.hex(),
        0x9F49: "9F3704",
    }
    if tag_list is not None:
        data[0x9F4A] = tag_list
    return data


def without(data: Mapping[int, str], *tags: int) -> dict[int, str]:
    """The same card without some data."""
    return {tag: value for tag, value in data.items() if tag not in tags}


def dda_signature(terminal_data: bytes) -> str:
    """9F4B over the DDOL values."""
    return sign_dynamic(ICC, dda_dynamic_data(NUMBER), terminal_data).hex()


def cda_answer(
    un: bytes, data: bytes, *, cid: str = "80", atc: str = "0001", ac: str = "AC" * 8, iad: str = ""
) -> str:
    """Template 77 with a CDA signature over ``data`` (PDOL and CDOL values) and this answer."""
    open_part = tlv("9F27", cid) + tlv("9F36", atc) + (tlv("9F10", iad) if iad else "")
    dynamic = cda_dynamic_data(
        NUMBER, int(cid, 16), bytes.fromhex(ac), data + bytes.fromhex(open_part)
    )
    signature = sign_dynamic(ICC, dynamic, un).hex()
    head = tlv("9F27", cid) + tlv("9F36", atc)
    tail = tlv("9F10", iad) if iad else ""
    return tlv("77", head, tlv("9F4B", signature), tail)


def trusted() -> CaKeyStore:
    """The test CA is trusted."""
    return CaKeyStore.default(own_test=True)


def cautious() -> CaKeyStore:
    """It is known and not trusted, as over PC/SC without the option."""
    return CaKeyStore.default(own_test=False)


class BrokenStore:
    """A key file that turns out to be damaged when a key is asked for."""

    def find(self, rid: bytes, index: int) -> None:
        raise ConfigError(f"CA key {index:02X} does not fit its SHA-1")

    def known_but_untrusted(self, rid: bytes, index: int) -> None:
        return None
