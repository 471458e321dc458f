"""Layouts of issuer application data, and the plaintext PIN block."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import CodecError, ConfigError
from harness.crypto.iad import (
    AMEX,
    INTERAC,
    MASTERCARD,
    UNIONPAY,
    VISA,
    Iad,
    ccd_iad,
    cvn_of,
    interac_iad,
    mchip_iad,
    parse_iad,
    unionpay_iad,
    visa_iad,
    visa_long_iad,
)
from harness.crypto.pin import format2, pin_of


@pytest.mark.parametrize(
    ("rid", "text", "layout", "cvn", "cvr", "rest"),
    [
        # binaryfoo/emv-bertlv (MIT): GENERATE AC answers of contact Visa and UnionPay test cards.
        (VISA, "06010A03A0A800", "visa-0", "0A", "03A0A800", ""),
        (UNIONPAY, "07000103A0A80201", "unionpay", "01", "03A0A802", "01"),
        # American Express, the trace of vectors/crypto/oda-amex-cda.toml.
        (AMEX, "06010103A00000", "amex", "01", "03A00000", ""),
        # Interac: a value of an HSM in pyemv's tests.
        (
            INTERAC,
            "1501850440B100000000B00000000000000000000000",
            "interac",
            "85",
            "0440B10000",
            "0000b00000000000000000000000",
        ),
        # Format 2, in the form that payment tokens on telephones send.
        (VISA, "1F220100200000000000" + "00" * 22, "visa-2", "22", "0020000000", "00" * 24),
    ],
)
def test_layouts_with_a_length(
    rid: bytes, text: str, layout: str, cvn: str, cvr: str, rest: str
) -> None:
    found = parse_iad(bytes.fromhex(text), rid)
    assert found is not None
    assert (found.layout, found.cvn) == (layout, cvn)
    assert found.cvr.hex().upper() == cvr
    assert found.rest.hex() == rest
    assert found.raw.hex().upper() == text
    assert cvn_of(bytes.fromhex(text), rid + b"\x10\x10") == cvn


def test_mastercard_layout() -> None:
    """binaryfoo/emv-bertlv (MIT), a contact Mastercard test card: one offline transaction short of
    29, no amount, FF at the end."""
    found = parse_iad(bytes.fromhex("0110A00009248400000000000000000029FF"), MASTERCARD)
    assert found == Iad(
        raw=bytes.fromhex("0110A00009248400000000000000000029FF"),
        layout="mchip",
        dki=1,
        cvn="10",
        cvr=bytes.fromhex("A00009248400"),
        dac=bytes(2),
        counters=bytes.fromhex("00000000000029FF"),
    )


@pytest.mark.parametrize(
    ("rid", "text"),
    [
        (VISA, ""),
        (VISA, "06"),
        (VISA, "06010A03A0A8"),
        (VISA, "07010A03A0A800"),
        (VISA, "1F2201" + "00" * 28),
        (VISA, "1F2201" + "00" * 30),
        (MASTERCARD, "0110" + "00" * 15),
        (MASTERCARD, "0110" + "00" * 17),
        (MASTERCARD, ""),
        (UNIONPAY, "07000103A0A802"),
        (UNIONPAY, "06010103A0A80201"),
        (bytes.fromhex("A000000152"), "06010103A00000"),
        (b"", "06010A03A0A800"),
        (INTERAC, "0701850440B100"),
        (INTERAC, "0801850440B10000"),
        (INTERAC, "0701850340B10000"),
        (AMEX, "07010103A00000"),
    ],
)
def test_what_is_not_known_is_none(rid: bytes, text: str) -> None:
    assert parse_iad(bytes.fromhex(text), rid) is None
    assert cvn_of(bytes.fromhex(text), rid) is None


@given(iad=st.binary(max_size=40), rid=st.sampled_from([VISA, MASTERCARD, UNIONPAY, b""]))
def test_parsing_never_raises(iad: bytes, rid: bytes) -> None:
    found = parse_iad(iad, rid)
    assert found is None or (found.raw == iad and len(found.cvn) == 2)


def test_builders_make_what_the_parser_reads() -> None:
    made = visa_iad("0A", 1, bytes.fromhex("03A0A800"), rest=b"\x0f\x01")
    assert made.hex().upper() == "06010A03A0A8000F01"
    assert parse_iad(made, VISA) == Iad(
        made, "visa-0", 1, "0A", bytes.fromhex("03A0A800"), rest=b"\x0f\x01"
    )
    long = visa_long_iad("22", 7, bytes(range(5)), rest=b"\xaa")
    assert long.hex().upper() == "1F2207" + "0001020304" + "AA" + "00" * 23
    assert cvn_of(long, VISA) == "22"
    parsed = parse_iad(long, VISA)
    assert parsed is not None
    assert parsed.dki == 7
    chip = mchip_iad("14", 2, bytes(range(6)), dac=b"\xda\xc1", counters=bytes(8))
    assert chip.hex().upper() == "0214" + "000102030405" + "DAC1" + "00" * 8
    assert cvn_of(chip, MASTERCARD) == "14"


CCD = bytes.fromhex("0FA501" + "0102030405" + "1112131415161718" + "0F" + "AA" * 15)


@pytest.mark.parametrize("rid", [VISA, MASTERCARD, UNIONPAY, INTERAC, AMEX, b"", b"\xa0\0\0\0\x65"])
def test_the_common_core_layout_shows_itself_under_every_scheme(rid: bytes) -> None:
    assert parse_iad(CCD, rid) == Iad(
        raw=CCD,
        layout="ccd",
        dki=1,
        cvn="A5",
        cvr=CCD[3:8],
        counters=CCD[8:16],
        rest=CCD[17:],
    )
    for wrong in (CCD[:31], CCD + b"\0", CCD[:16] + b"\x10" + CCD[17:], b"\x10" + CCD[1:]):
        assert parse_iad(wrong, rid) is None


def test_builders_of_other_schemes() -> None:
    made = ccd_iad("A5", 1, CCD[3:8], counters=CCD[8:16], rest=CCD[17:])
    assert made == CCD
    assert len(ccd_iad("A6", 0, bytes(5))) == 32
    unionpay = unionpay_iad("01", 0, bytes.fromhex("03A0A802"))
    assert unionpay.hex().upper() == "07000103A0A80201"
    interac = interac_iad(
        "85", 1, bytes.fromhex("0440B10000"), rest=bytes.fromhex("0000B0") + bytes(11)
    )
    assert interac.hex().upper() == "1501850440B100000000B00000000000000000000000"


@pytest.mark.parametrize(
    "build",
    [
        lambda: ccd_iad("A5", 1, bytes(4)),
        lambda: ccd_iad("A5", 1, bytes(5), counters=bytes(7)),
        lambda: ccd_iad("A5", 1, bytes(5), rest=bytes(16)),
        lambda: unionpay_iad("01", 1, bytes(5)),
        lambda: unionpay_iad("01", 1, bytes(4), rest=bytes(25)),
        lambda: interac_iad("85", 1, b"\x04" + bytes(3)),
        lambda: interac_iad("85", 1, bytes(5)),
        lambda: interac_iad("85", 1, b"\x04" + bytes(4), rest=bytes(25)),
        lambda: visa_iad("0A", 1, bytes(3)),
        lambda: visa_iad("0A", 1, bytes(4), rest=bytes(26)),
        lambda: visa_iad("0A0A", 1, bytes(4)),
        lambda: visa_iad("XY", 1, bytes(4)),
        lambda: visa_long_iad("22", 1, bytes(4)),
        lambda: visa_long_iad("22", 1, bytes(5), rest=bytes(25)),
        lambda: mchip_iad("14", 1, bytes(5), dac=bytes(2), counters=bytes(8)),
        lambda: mchip_iad("14", 1, bytes(6), dac=bytes(1), counters=bytes(8)),
        lambda: mchip_iad("14", 1, bytes(6), dac=bytes(2), counters=bytes(9)),
    ],
)
def test_builders_refuse_wrong_lengths(build) -> None:
    with pytest.raises(CodecError):
        build()


def test_the_longest_issuer_data_fit() -> None:
    assert len(visa_iad("0A", 1, bytes(4), rest=bytes(25))) == 32
    assert len(visa_long_iad("22", 1, bytes(5), rest=bytes(24))) == 32


@pytest.mark.parametrize(
    ("pin", "block"),
    [
        ("1234", "241234FFFFFFFFFF"),
        ("12345", "2512345FFFFFFFFF"),
        ("123456789012", "2C123456789012FF"),
    ],
)
def test_pin_blocks(pin: str, block: str) -> None:
    assert format2(pin).hex().upper() == block
    assert pin_of(bytes.fromhex(block)) == pin


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "１２３４", "12 34"])
def test_what_is_no_pin_is_refused_without_showing_it(pin: str) -> None:
    with pytest.raises(ConfigError) as caught:
        format2(pin)
    assert not pin or pin not in str(caught.value)


@pytest.mark.parametrize(
    "block",
    [
        "",
        "241234FFFFFFFF",
        "241234FFFFFFFFFFFF",
        "141234FFFFFFFFFF",
        "23123FFFFFFFFFFF",
        "2D1234567890123F",
        "24123AFFFFFFFFFF",
        "241234FFFFFFFFF0",
        "241234AFFFFFFFFF",
    ],
)
def test_other_blocks_are_none(block: str) -> None:
    assert pin_of(bytes.fromhex(block)) is None


@given(st.from_regex(r"[0-9]{4,12}", fullmatch=True))
def test_pin_blocks_go_there_and_back(pin: str) -> None:
    assert pin_of(format2(pin)) == pin
