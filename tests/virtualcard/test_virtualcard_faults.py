"""Faults, the test card, and cards that nothing can crash."""

from __future__ import annotations

from dataclasses import replace

import pytest
from carddialogue import Dialogue
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import ConfigError
from harness.profiles.fault_file import KINDS, fault_names, load_fault
from harness.profiles.image import load_image
from harness.profiles.testcard import AID, TestIns, counting
from harness.virtualcard.answers import Answer
from harness.virtualcard.card import Card, open_card
from harness.virtualcard.faults import COMMAND_SLUGS, Trigger, kind_classes, parse_fault
from harness.virtualcard.faults_answer import TagValue

SELECT = bytes.fromhex("00A4040007A000000003101000")
CHALLENGE = bytes.fromhex("0084000000")


def powered(image: str = "visa-credit", *faults: str) -> Card:
    card = open_card(image, faults)
    card.power_on()
    return card


def test_every_kind_of_fault_has_a_file_and_the_reverse() -> None:
    files = [load_fault(name) for name in fault_names()]
    assert [file.name for file in files] == fault_names()
    assert {file.kind for file in files} == set(kind_classes()) == set(KINDS)
    assert set(fault_names()) >= {"mute", "slow", "truncated", "wrong-sw", "removed"}


@pytest.mark.parametrize("name", fault_names())
def test_the_example_of_a_fault_is_one(name: str) -> None:
    assert parse_fault(load_fault(name).example).file.name == name


def test_every_command_of_the_card_can_be_a_step() -> None:
    from harness.virtualcard.commands import COMMANDS

    assert set(COMMANDS) | {0xC0} <= set(COMMAND_SLUGS)


@pytest.mark.parametrize(
    "text",
    [
        "deaf",
        "mute@",
        "mute@0",
        "mute@-1",
        "mute@sign",
        "mute@every:0",
        "mute@every:",
        "mute@every",
        "mute@random:0",
        "mute@random:1.1",
        "mute@random:-0.5",
        "mute@random:x",
        "mute@random:1e-3",
        "mute@gpo:3",
        "expired@3",
        "expired@",
        "@3",
        "",
    ],
)
def test_unknown_faults_and_steps_are_refused_with_a_list(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_fault(text)
    assert any(
        word in caught.value.todo for word in ("emv-harness card faults", "select", "expired alone")
    )


def test_mute_strikes_once_and_lasts_until_a_reset() -> None:
    card = powered("visa-credit", "mute@2")
    assert card.process(SELECT).response is not None
    assert card.process(SELECT).response is None
    assert card.process(SELECT).response is None
    card.warm_reset()
    assert card.process(SELECT).response is not None


def test_removed_comes_back_when_it_is_inserted_again() -> None:
    card = powered("visa-credit", "removed@1")
    answer = card.process(SELECT)
    assert (answer.response, answer.removed) == (None, True)
    assert card.process(SELECT).response is None
    assert card.power_on() == card.image.atr
    assert card.process(SELECT).response is not None


def test_slow_takes_its_time_at_the_command_named() -> None:
    card = powered("visa-credit", "slow@get-challenge")
    assert card.process(SELECT).delay_s == 0
    assert card.process(CHALLENGE).delay_s == pytest.approx(0.05)
    assert card.process(CHALLENGE).delay_s == pytest.approx(0.05)


def test_truncated_loses_the_second_half() -> None:
    whole = powered().process(SELECT).response
    half = powered("visa-credit", "truncated").process(SELECT).response
    assert whole is not None
    assert half == whole[: len(whole) // 2]


def test_wrong_status_comes_after_the_command_was_carried_out() -> None:
    card = powered("visa-credit", "wrong-sw@select")
    assert card.process(SELECT).response == bytes.fromhex("6F00")
    assert card.process(CHALLENGE).response[-2:] == b"\x90\x00"


def test_faults_add_up() -> None:
    card = powered("visa-credit", "slow", "wrong-sw@1", "mute@2")
    first = card.process(SELECT)
    assert (first.response, first.delay_s) == (bytes.fromhex("6F00"), pytest.approx(0.05))
    assert card.process(SELECT).response is None


def test_every_nth_command() -> None:
    card = powered("visa-credit", "wrong-sw@every:3")
    found = [card.process(CHALLENGE).response == bytes.fromhex("6F00") for _ in range(9)]
    assert found == [False, False, True] * 3


def test_random_faults_come_from_the_seed() -> None:
    def struck(seed: int, spec: str) -> list[bool]:
        card = open_card("visa-credit", (spec,), seed=seed)
        card.power_on()
        return [card.process(SELECT).response == bytes.fromhex("6F00") for _ in range(200)]

    first = struck(1, "wrong-sw@random:0.25")
    assert first == struck(1, "wrong-sw@random:0.25")
    assert first != struck(2, "wrong-sw@random:0.25")
    assert 25 <= sum(first) <= 75
    assert all(struck(1, "wrong-sw@random:1"))


def test_a_flipped_bit_is_one_bit_and_comes_from_the_seed() -> None:
    def answer(seed: int, *faults: str) -> bytes:
        card = open_card("visa-credit", faults, seed=seed)
        card.power_on()
        response = card.process(SELECT).response
        assert response is not None
        return response

    good = answer(1)
    bad = answer(1, "bit-flip")
    assert bad == answer(1, "bit-flip") != answer(2, "bit-flip")
    assert good[-2:] == bad[-2:]
    assert sum((a ^ b).bit_count() for a, b in zip(good, bad, strict=True)) == 1
    short = open_card("visa-credit", ("bit-flip",))
    short.power_on()
    assert short.process(bytes.fromhex("00A4040002AAAA")).response == bytes.fromhex("6A82")


def test_faults_of_an_answer_strike_where_it_is_fetched() -> None:
    """Through T=0 the data of INTERNAL AUTHENTICATE come with GET RESPONSE: under its name."""
    talk = Dialogue("visa-credit", faults=("wrong-sdad@internal-authenticate",))
    talk.initiate()
    assert talk.send("008800000411223344").sw == 0x6183
    bad = talk.send("00C0000083")
    talk.send("0088000004112233440083")
    plain = Dialogue("visa-credit")
    plain.initiate()
    assert plain.send("008800000411223344").sw == 0x6183
    good = plain.send("00C0000083")
    assert bad.data[:-1] == good.data[:-1]
    assert bad.data[-1] == good.data[-1] ^ 1


def test_faults_of_a_command_leave_what_is_fetched_after_it() -> None:
    talk = Dialogue("visa-credit", faults=("slow@internal-authenticate",))
    talk.initiate()
    assert talk.card.process(bytes.fromhex("008800000411223344")).delay_s > 0
    assert talk.card.process(bytes.fromhex("00C0000083")).delay_s == 0


def test_a_value_of_another_length_is_not_written() -> None:
    file = load_fault("cryptogram-upgraded")
    answer = Answer(bytes.fromhex("77049F2701809000"))
    origin = bytes.fromhex("80AE800000")
    for value, cid in ((b"\x40", "40"), (b"\x40\x00", "80"), (b"", "81")):
        made = TagValue(replace(file, value=value), Trigger()).after(origin, answer).response
        assert made == bytes.fromhex(f"77049F2701{cid}9000")
    for other in ("9000", "77009000", "77039F27009000", "5A01809000"):
        untouched = Answer(bytes.fromhex(other))
        assert TagValue(file, Trigger()).after(origin, untouched) == untouched


@pytest.mark.parametrize("name", [n for n in fault_names() if load_fault(n).changes_card])
@pytest.mark.parametrize(
    "image", ["visa-credit", "mastercard-debit", "bancomat-debit", "multi-application", "test-card"]
)
def test_a_changed_card_is_still_a_card(name: str, image: str) -> None:
    """Every change can be made to every image, and the image itself is not touched."""
    card = open_card(image, (name,))
    assert card.power_on()
    answer = card.process(SELECT).response
    assert answer is not None
    assert answer[-2:] in {b"\x90\x00", b"\x62\x83", b"\x6a\x82", b"\x6e\x00", b"\x6d\x00"}
    assert open_card(image).power_on() == load_image(image).atr


def test_changes_of_the_card_add_up() -> None:
    talk = Dialogue(
        "visa-credit", faults=("expired", "pin-blocked", "atr-truncated", "missing-tag")
    )
    assert talk.card.power_on() == bytes.fromhex("3B6600008031")
    talk.initiate()
    assert 0x5F24 not in talk.read_all()
    assert talk.data(0x9F17) == b"\0"


@pytest.mark.parametrize("which", ["issuer", "icc"])
def test_a_certificate_that_is_too_short_has_no_block_to_change(which: str) -> None:
    both = (f"{which}-certificate-length", f"{which}-certificate-hash")
    tag = 0x90 if which == "issuer" else 0x9F46
    found = []
    for faults in (both, both[:1], ()):
        talk = Dialogue("visa-credit", faults=faults)
        talk.initiate()
        found.append(talk.read_all()[tag])
    assert found[0] == found[1] == found[2][:-1]


def test_the_counter_that_sticks_and_the_one_that_jumps() -> None:
    for name, expected in (("atc-stuck", [1, 1, 1]), ("atc-jumps", [100, 200, 300])):
        talk = Dialogue("visa-credit", faults=(name,))
        found = []
        for _ in range(3):
            talk.initiate()
            found.append(int.from_bytes(talk.data(0x9F36), "big"))
        assert found == expected


def test_card_without_power_is_silent() -> None:
    card = open_card("visa-credit")
    assert card.process(SELECT).response is None
    card.power_on()
    card.power_off()
    assert card.process(SELECT).response is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=6), st.sampled_from(["visa-credit", "test-card"]))
def test_no_bytes_crash_a_card(commands: list[bytes], image: str) -> None:
    card = powered(image)
    for command in commands:
        answer = card.process(command)
        if answer.response is None:
            card.power_on()
        elif command[1:2] != bytes([TestIns.ONE_BYTE]):
            assert len(answer.response) >= 2


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(COMMAND_SLUGS)),
            st.sampled_from([0x00, 0x80]),
            st.integers(0, 255),
            st.sampled_from([0x00, 0x80, 0x0C, 0x14, 0x36, 0x17]),
            st.binary(max_size=45),
        ),
        max_size=12,
    )
)
def test_no_order_of_real_commands_crashes_a_card(
    steps: list[tuple[int, int, int, int, bytes]],
) -> None:
    talk = Dialogue("mastercard-debit")
    talk.initiate()
    for ins, cla, p1, p2, data in steps:
        body = bytes([len(data)]) + data if data else b""
        answer = talk.send(bytes([cla, ins, p1, p2]) + body + b"\x00")
        assert 0x61 <= answer.sw.sw1 <= 0x90


class TestTestCard:
    """What the reader checks rely on."""

    @pytest.fixture
    def talk(self) -> Dialogue:
        return Dialogue("test-card")

    @pytest.mark.parametrize("length", [1, 2, 255, 256])
    def test_case_2_short(self, talk: Dialogue, length: int) -> None:
        answer = talk.send(f"8034{length:04X}{length & 0xFF:02X}")
        assert (answer.data, answer.sw) == (counting(length), 0x9000)

    @pytest.mark.parametrize("length", [256, 257, 4096, 65535, 65536])
    def test_case_2_extended(self, talk: Dialogue, length: int) -> None:
        answer = talk.send(f"8034{length & 0xFFFF:04X}00{length & 0xFFFF:04X}")
        assert (answer.data, answer.sw) == (counting(length), 0x9000)

    @pytest.mark.parametrize("length", [1, 255, 256, 65535])
    def test_case_3(self, talk: Dialogue, length: int) -> None:
        size = f"{length:02X}" if length < 256 else f"00{length:04X}"
        assert talk.send(f"80320000{size}{counting(length).hex()}").ok
        wrong = counting(length)[:-1] + b"\x5a"
        if length != 91:
            assert talk.send(f"80320000{size}{wrong.hex()}").sw == 0x6A80

    def test_case_4_through_t0(self, talk: Dialogue) -> None:
        assert talk.send("8036010002AAAA").sw == 0x6100
        answer = talk.send("80C0000000")
        assert (answer.data, answer.sw) == (counting(256), 0x9000)

    def test_long_answer_in_parts(self, talk: Dialogue) -> None:
        assert talk.send("8036012C02AAAA").sw == 0x6100
        first = talk.send("80C0000000")
        assert (first.data, first.sw) == (counting(256), 0x612C)
        assert talk.send("80C000002C").data == counting(300)[256:]

    def test_echo(self, talk: Dialogue) -> None:
        assert talk.send("803C0000036C006100").data.hex() == "6c0061"

    def test_wait_mute_eject_one_byte(self, talk: Dialogue) -> None:
        assert talk.card.process(bytes.fromhex("80380005")).delay_s == pytest.approx(0.5)
        assert talk.card.process(bytes.fromhex("80400000")).response == b"\x90"
        assert talk.card.process(bytes.fromhex("803E0000")).removed
        talk.card.power_on()
        assert talk.card.process(bytes.fromhex("803A0000")).response is None
        assert talk.card.process(bytes.fromhex("80300000")).response is None
        talk.card.warm_reset()
        assert talk.send("80300000").ok

    def test_names(self, talk: Dialogue) -> None:
        assert talk.app.aid == AID
        assert talk.select().ok
        assert talk.send("00A4040006A000000018FF").sw == 0x9000
        assert talk.select(bytes.fromhex("A0000000031010")).sw == 0x6A82

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("80340005", 0x6C05),
            ("803200000100", 0x9000),
            ("00B2010C00", 0x6D00),
            ("90300000", 0x6E00),
        ],
    )
    def test_status_words(self, talk: Dialogue, command: str, sw: int) -> None:
        assert talk.send(command).sw == sw
