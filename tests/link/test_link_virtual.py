"""The in-process virtual card keeps the link contract, and its deadlines pass on the clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from linkcards import TinyAnswer, TinyCard

from harness.core.clock import ManualClock
from harness.core.errors import CardMute, CardRemoved, LinkError, LinkTimeout
from harness.link.api import LinkOptions, Reader, ResetKind, is_virtual
from harness.link.virtual import VirtualReader, provider
from harness.testing.link_contract import LinkContract


class TestVirtualContract(LinkContract):
    selector = "virtual test-card"

    @pytest.fixture
    def reader(self) -> Iterator[Reader]:
        reader = VirtualReader("test-card", self.options())
        yield reader
        reader.close()


def tiny(clock: ManualClock, card: TinyCard | None = None, deadline_s: float = 5.0):
    card = card or TinyCard()
    options = LinkOptions(deadline_s=deadline_s, clock=clock)
    return VirtualReader("tiny", options, opener=lambda: card), card


def test_mute_waits_the_deadline_on_the_clock():
    clock = ManualClock()
    reader, _card = tiny(clock, deadline_s=5.0)
    link = reader.connect()
    with pytest.raises(LinkTimeout) as caught:
        link.transmit(bytes.fromhex("003A0000"))
    assert clock.elapsed == 5.0
    assert caught.value.deadline_s == 5.0
    assert "no answer in 5,000 ms, cause not established" in str(caught.value)
    with pytest.raises(LinkTimeout):
        link.transmit(bytes.fromhex("00300000"))
    link.reset(ResetKind.WARM)
    assert link.transmit(bytes.fromhex("00300000")) == b"\x90\x00"


def test_delay_passes_on_the_clock_up_to_the_deadline():
    clock = ManualClock()
    reader, _card = tiny(clock, deadline_s=1.0)
    link = reader.connect()
    assert link.transmit(bytes.fromhex("00380009")) == b"\x90\x00"
    assert clock.elapsed == pytest.approx(0.9)
    with pytest.raises(LinkTimeout):
        link.transmit(bytes.fromhex("0038000B"))
    assert clock.elapsed == pytest.approx(1.9)


def test_card_lives_as_long_as_the_reader():
    reader, card = tiny(ManualClock())
    count = bytes.fromhex("00420000")
    for expected in (1, 2):
        link = reader.connect()
        assert link.transmit(count) == expected.to_bytes(2, "big") + b"\x90\x00"
        link.close()
    assert card.log == ["on", "off", "on", "off"]


def test_cold_and_warm_reset_reach_the_card():
    reader, card = tiny(ManualClock())
    link = reader.connect()
    link.reset(ResetKind.WARM)
    link.reset(ResetKind.COLD)
    assert card.log == ["on", "reset", "off", "on"]


def test_removed_card_is_absent_until_the_next_connect():
    reader, _card = tiny(ManualClock())
    link = reader.connect()
    with pytest.raises(CardRemoved):
        link.transmit(bytes.fromhex("003E0000"))
    assert not reader.card_present()
    with pytest.raises(CardRemoved):
        link.reset(ResetKind.COLD)
    reader.reinsert()
    assert reader.card_present()
    with pytest.raises(CardRemoved):
        link.transmit(bytes.fromhex("00300000"))
    assert reader.connect().transmit(bytes.fromhex("00300000")) == b"\x90\x00"


@pytest.mark.parametrize("response", [b"", b"\x90"])
def test_less_than_a_status_word_is_a_link_error(response):
    class Short(TinyCard):
        def process(self, command):
            return TinyAnswer(response)

    reader, _card = tiny(ManualClock(), Short())
    with pytest.raises(LinkError, match=f"the answer has {len(response)} bytes"):
        reader.connect().transmit(bytes.fromhex("00300000"))


def test_no_atr_is_a_mute_card():
    reader, _card = tiny(ManualClock(), TinyCard(atr=b""))
    with pytest.raises(CardMute):
        reader.connect()


def test_provider_lists_the_images_it_is_told():
    readers = provider(LinkOptions(images=("visa-credit", "test-card")), "")
    assert [reader.name for reader in readers] == ["virtual visa-credit", "virtual test-card"]
    assert [reader.image for reader in readers] == ["visa-credit", "test-card"]
    assert all(is_virtual(reader) for reader in readers)


def test_provider_lists_every_shipped_image_by_default():
    names = {reader.name for reader in provider(LinkOptions(), "")}
    assert {"virtual visa-credit", "virtual mastercard-debit"} <= names
