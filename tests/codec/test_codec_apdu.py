"""APDUs: the seven cases, builders, names and summaries, status words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codec import apdu
from harness.codec.apdu import CommandApdu, ResponseApdu, command_name, command_summary
from harness.codec.status_word import StatusWord
from harness.core.errors import CodecError, StatusError

CASES = [
    ("00A40000", "1", b"", None),
    ("0084000008", "2S", b"", 8),
    ("0084000000", "2S", b"", 256),
    ("00840000001000", "2E", b"", 4096),
    ("00840000000000", "2E", b"", 65536),
    ("00A4040002F001", "3S", b"\xf0\x01", None),
    ("00A40400000002F001", "3E", b"\xf0\x01", None),
    ("00A4040002F00100", "4S", b"\xf0\x01", 256),
    ("00A4040002F00110", "4S", b"\xf0\x01", 16),
    ("00A40400000002F0010000", "4E", b"\xf0\x01", 65536),
    ("00A40400000002F0010100", "4E", b"\xf0\x01", 256),
]


@pytest.mark.parametrize(("text", "case", "data", "le"), CASES)
def test_each_case_parses_and_goes_back(text: str, case: str, data: bytes, le: int | None) -> None:
    found = CommandApdu.parse(bytes.fromhex(text))
    assert (found.case, found.data, found.le) == (case, data, le)
    assert found.to_bytes().hex().upper() == text


@given(st.binary(max_size=700), st.one_of(st.none(), st.integers(1, 65536)), st.booleans())
def test_round_trip(data: bytes, le: int | None, extended: bool) -> None:
    extended = extended or len(data) > 255 or (le or 0) > 256
    command = CommandApdu(0x80, 0xAE, 1, 2, data, le, extended)
    read = CommandApdu.parse(command.to_bytes())
    assert (read.data, read.le, read.ins) == (data, le, 0xAE)
    assert read.case == command.case


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("00A404", 3),
        ("00A4040003F001", 4),
        ("00A4040002F0010000", 4),
        ("00A404000000", 4),
        ("00A40400000003F001", 5),
        ("00A40400000002F00100", 5),
    ],
)
def test_broken_commands_say_where(text: str, offset: int) -> None:
    with pytest.raises(CodecError) as raised:
        CommandApdu.parse(bytes.fromhex(text))
    assert raised.value.offset == offset


@pytest.mark.parametrize(
    "command",
    [
        CommandApdu(0, 0xA4, 0, 256),
        CommandApdu(-1, 0xA4, 0, 0),
        CommandApdu(0, 0xA4, 0, 0, bytes(256)),
        CommandApdu(0, 0xA4, 0, 0, bytes(65536), extended=True),
        CommandApdu(0, 0xA4, 0, 0, le=257),
        CommandApdu(0, 0xA4, 0, 0, le=0),
        CommandApdu(0, 0xA4, 0, 0, le=65537, extended=True),
    ],
)
def test_what_does_not_fit_is_refused(command: CommandApdu) -> None:
    with pytest.raises(CodecError):
        command.to_bytes()


BUILT = [
    (apdu.select(b"1PAY.SYS.DDF01"), "00A404000E315041592E5359532E444446303100", "SELECT"),
    (
        apdu.select(bytes.fromhex("A000000003"), next_occurrence=True),
        "00A4040205A00000000300",
        "SELECT",
    ),
    (apdu.get_processing_options(b""), "80A8000002830000", "GET PROCESSING OPTIONS"),
    (
        apdu.get_processing_options(bytes.fromhex("082622")),
        "80A8000005830308262200",
        "GET PROCESSING OPTIONS",
    ),
    (apdu.read_record(1, 2), "00B2020C00", "READ RECORD"),
    (apdu.get_data(0x9F36), "80CA9F3600", "GET DATA"),
    (apdu.get_challenge(), "0084000000", "GET CHALLENGE"),
    (
        apdu.internal_authenticate(bytes.fromhex("7863AFC6")),
        "00880000047863AFC600",
        "INTERNAL AUTHENTICATE",
    ),
    (
        apdu.external_authenticate(bytes.fromhex("11223344556677883030")),
        "008200000A11223344556677883030",
        "EXTERNAL AUTHENTICATE",
    ),
    (apdu.verify_plaintext("1234"), "0020008008241234FFFFFFFFFF", "VERIFY"),
    (apdu.verify_plaintext("123456789012"), "00200080082C123456789012FF", "VERIFY"),
    (apdu.generate_ac("ARQC", b"\x01"), "80AE8000010100", "GENERATE AC"),
    (apdu.generate_ac("TC", b"\x01", cda=True), "80AE5000010100", "GENERATE AC"),
    (apdu.generate_ac("AAC", b"\x01"), "80AE0000010100", "GENERATE AC"),
    (apdu.get_response(16), "00C0000010", "GET RESPONSE"),
    (apdu.get_response(256), "00C0000000", "GET RESPONSE"),
]


@pytest.mark.parametrize(("command", "text", "name"), BUILT, ids=lambda item: str(item)[:30])
def test_builders_and_names(command: CommandApdu, text: str, name: str) -> None:
    assert command.to_bytes().hex().upper() == text
    assert command_name(command.to_bytes()) == name


@pytest.mark.parametrize(
    "call",
    [
        lambda: apdu.read_record(0, 1),
        lambda: apdu.read_record(31, 1),
        lambda: apdu.get_data(0x10000),
        lambda: apdu.verify_plaintext("123"),
        lambda: apdu.verify_plaintext("1234567890123"),
        lambda: apdu.verify_plaintext("12a4"),
        lambda: apdu.generate_ac("XX", b""),  # type: ignore[arg-type]
    ],
)
def test_builders_refuse_nonsense(call: object) -> None:
    with pytest.raises(CodecError):
        call()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("00A404000E315041592E5359532E444446303100", "1PAY.SYS.DDF01"),
        ("00A4040207A000000003101000", "A0000000031010 (next)"),
        ("00B2020C00", "SFI 1 record 2"),
        ("00B2010400", "record 1"),
        ("80CA9F3600", "9F36"),
        ("80CA005A00", "5A"),
        ("80AE900001FF00", "ARQC, CDA"),
        ("80AE0000", "AAC"),
        ("0020008008241234FFFFFFFFFF", "plaintext PIN"),
        ("0020008808241234FFFFFFFFFF", "enciphered PIN"),
        ("00200080", "plaintext PIN (tries left?)"),
        ("80A8000002830000", "no PDOL data"),
        ("80A8000005830308262200", "082622"),
        ("00C0000010", "16 bytes"),
        ("008200000A11223344556677883030", "10 bytes"),
        ("FFCA000000", "UID"),
        ("FFCA010000", "historical bytes of the ATS"),
        ("FF82000006FFFFFFFFFFFF", ""),
        ("80E60C0000", "for install and make selectable"),
        ("80E60000", ""),
        ("80E2800100", "block 1, last"),
        ("80E8000200", "block 2"),
        ("80F24001024F0000", "applications and security domains, next"),
        ("80D80181", "key 1, version 1"),
        ("00B0850010", "SFI 5 offset 0"),
        ("00B0010210", "offset 258"),
        ("0070000001", "open"),
        ("00708002", "close 2"),
        ("0CA4040005A000000003", ""),
        ("00", ""),
        ("00A4040009A0", "A0"),
    ],
)
def test_summaries(text: str, summary: str) -> None:
    assert command_summary(bytes.fromhex(text)) == summary


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("842400000A", "PIN CHANGE/UNBLOCK"),
        ("841E0000", "APPLICATION BLOCK"),
        ("FFCA000000", "PC/SC GET DATA"),
        ("80E60C0000", "INSTALL"),
        ("00E60C0000", "TERMINATE DF"),
        ("84E2800000", "STORE DATA"),
        ("80F0400F00", "SET STATUS"),
        ("905A000003", "DESFire SELECT APPLICATION"),
        ("9099000000", "INS 99"),
        ("A088000010", "RUN GSM ALGORITHM"),
        ("A0B0000010", "READ BINARY"),
        ("8010000000", "TERMINAL PROFILE"),
        ("FF330000", "PC/SC INS 33"),
        ("802A8E8004", "COMPUTE CRYPTOGRAPHIC CHECKSUM"),
        ("002A8E8004", "PERFORM SECURITY OPERATION"),
        ("00330000", "INS 33"),
        ("00", "?"),
    ],
)
def test_other_names(text: str, name: str) -> None:
    assert command_name(bytes.fromhex(text)) == name


def test_a_pin_is_in_no_summary() -> None:
    for p2 in range(256):
        assert "1234" not in command_summary(bytes((0, 0x20, 0, p2, 3, 0x12, 0x34, 0xFF)))


def test_response() -> None:
    answer = ResponseApdu.parse(bytes.fromhex("6F009000"))
    assert (answer.data, answer.ok) == (b"\x6f\x00", True)
    assert answer.require("9000") is answer
    assert answer.to_bytes() == bytes.fromhex("6F009000")
    wrong = ResponseApdu.parse(bytes.fromhex("6A82"))
    assert not wrong.ok
    with pytest.raises(StatusError, match="6A82"):
        wrong.require()
    for short in (b"", b"\x90"):
        with pytest.raises(CodecError):
            ResponseApdu.parse(short)


@pytest.mark.parametrize(
    ("word", "ins", "text"),
    [
        (0x9000, None, "normal processing"),
        (0x6283, None, "selected file deactivated"),
        (0x6283, 0xA4, "application blocked (FCI returned)"),
        (0x6A81, 0xA4, "card blocked, or SELECT not supported"),
        (0x6A82, None, "file or application not found"),
        (0x6A83, 0xB2, "record not found: the last one was before this"),
        (0x6985, 0xA8, "conditions of use not satisfied: the terminal leaves this application"),
        (0x63C2, 0x20, "verification failed, 2 tries left"),
        (0x63C2, 0x24, "verification failed, 2 tries left"),
        (0x63CF, 0xDC, "counter is 15"),
        (0x63C0, 0x20, "verification failed, no try left: PIN blocked"),
        (0x6983, 0x20, "PIN blocked: no try left"),
        (0x6110, None, "16 more bytes available: GET RESPONSE"),
        (0x6100, None, "256 more bytes available: GET RESPONSE"),
        (0x6C09, None, "wrong Le: exactly 9 bytes available"),
        (0x6205, None, "triggering by the card: 5 bytes of query"),
        (0x6F12, None, "no precise diagnosis"),
        (0x9F10, None, "SIM: 16 bytes of the answer wait: GET RESPONSE"),
        (0x9F00, None, "SIM: 256 bytes of the answer wait: GET RESPONSE"),
        (0x9110, None, "UICC: a proactive command of 16 bytes waits"),
        (0x91AF, None, "MIFARE DESFire: additional frame expected"),
        (0x9203, None, "SIM: successful after 3 internal retries"),
        (0x9240, None, "SIM: memory problem"),
        (0x9404, None, "SIM: file or pattern not found"),
        (0x9555, None, "proprietary status of the application"),
        (0x1234, None, ""),
    ],
)
def test_meanings(word: int, ins: int | None, text: str) -> None:
    assert StatusWord(word).meaning(ins).startswith(text)
    assert bool(text) == bool(StatusWord(word).meaning(ins))


def test_masks_and_text() -> None:
    word = StatusWord(0x63C2)
    assert word.matches("63Cx")
    assert word.matches("63cX")
    assert word.matches("xxxx")
    assert not word.matches("63Dx")
    assert not word.matches("63C")
    assert (str(word), f"{word}", f"{word:04X}", repr(word)) == (
        "63C2",
        "63C2",
        "63C2",
        "StatusWord(63C2)",
    )
    assert (word.sw1, word.sw2, word == 0x63C2) == (0x63, 0xC2, True)


def test_every_word_has_a_meaning_that_does_not_raise() -> None:
    for word in range(0x6000, 0xA000):
        assert isinstance(StatusWord(word).meaning(0x20), str)
