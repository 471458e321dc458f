"""61xx and 6Cxx are followed, bounded, and every exchange is recorded."""

from __future__ import annotations

import pytest

from harness.codec.apdu import CommandApdu, get_data, select
from harness.core.clock import ManualClock
from harness.core.errors import LinkError, LinkTimeout
from harness.link.api import LinkOptions, ResetKind
from harness.link.recorder import RecordingLink
from harness.link.session import MAX_ANSWER, MAX_GET_RESPONSE, CardSession
from harness.link.virtual import VirtualReader


class Script:
    """A link that answers from a list, or by a function."""

    def __init__(self, *answers, protocol="T=0", clock=None):
        self.answers = list(answers)
        self.sent = []
        self.protocol = protocol
        self.atr = b"\x3b\x00"
        self.clock = clock

    def transmit(self, command):
        self.sent.append(command.hex().upper())
        if self.clock is not None:
            self.clock.advance(0.004)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return bytes.fromhex(answer)

    def reset(self, kind):
        return self.atr

    def close(self):
        pass


def test_61xx_is_fetched():
    link = Script("6103", "AABBCC9000")
    response = CardSession(link).exchange(CommandApdu(0, 0xA4, 4, 0, b"\x01", 256))
    assert (response.data.hex(), str(response.sw)) == ("aabbcc", "9000")
    assert link.sent == ["00A404000101", "00C0000003"]


def test_61xx_comes_in_pieces_with_data_before_it():
    link = Script("01026102", "03046100", "05" * 256 + "9000")
    response = CardSession(link).exchange(get_data(0x9F36))
    assert response.data == bytes([1, 2, 3, 4]) + b"\x05" * 256
    assert link.sent[1:] == ["00C0000002", "00C0000000"]


def test_6cxx_is_repeated_with_the_right_length():
    link = Script("6C05", "9F360200019000")
    response = CardSession(link).exchange(get_data(0x9F36))
    assert response.ok
    assert link.sent == ["80CA9F3600", "80CA9F3605"]


def test_6cxx_for_ever_is_handed_on():
    link = Script("6C05")
    response = CardSession(link).exchange(get_data(0x9F36))
    assert str(response.sw) == "6C05"
    assert len(link.sent) == 3


def test_6cxx_of_get_response_is_corrected_once_a_piece():
    link = Script("6110", "6C02", "AABB9000")
    response = CardSession(link).exchange(get_data(0x9F36))
    assert response.data == b"\xaa\xbb"
    assert link.sent[1:] == ["00C0000010", "00C0000002"]


def test_61xx_without_end_is_cut():
    link = Script("6100", "00" * 256 + "6100")
    with pytest.raises(LinkError, match="without end"):
        CardSession(link).exchange(get_data(0x9F36))
    assert len(link.sent) <= MAX_ANSWER // 256 + 3


def test_61xx_without_data_is_cut():
    link = Script("6105")
    with pytest.raises(LinkError, match="without end"):
        CardSession(link).exchange(get_data(0x9F36))
    assert len(link.sent) == MAX_GET_RESPONSE + 1


def test_warning_after_data_is_kept():
    link = Script("6102", "AABB6282")
    response = CardSession(link).exchange(select(b"\x01"))
    assert (response.data, str(response.sw)) == (b"\xaa\xbb", "6282")


@pytest.mark.parametrize(("protocol", "sent"), [("T=0", "00A404000101"), ("T=1", "00A40400010100")])
def test_le_of_case_4_stays_at_home_with_t0(protocol, sent):
    link = Script("9000", protocol=protocol)
    CardSession(link).exchange(select(b"\x01"))
    assert link.sent == [sent]


def test_raw_follows_nothing():
    link = Script("6110")
    assert CardSession(link).raw(bytes.fromhex("00A40400")) == b"\x61\x10"
    assert link.sent == ["00A40400"]


def test_virtual_card_answers_case_4_over_t0():
    """The image's ATR offers T=0: the answer waits behind 61xx."""
    link = VirtualReader("visa-credit", LinkOptions()).connect()
    recorded = RecordingLink(link, ManualClock())
    response = CardSession(recorded).exchange(select(b"1PAY.SYS.DDF01"))
    assert response.ok
    assert response.data[0] == 0x6F
    assert [one.command[1] for one in recorded.exchanges] == [0xA4, 0xC0]


def test_recorder_keeps_times_steps_and_failures():
    clock = ManualClock()
    timeout = LinkTimeout("no answer in 5,000 ms", deadline_s=5.0)
    link = RecordingLink(Script("9000", timeout, clock=clock), clock, step="one")
    link.transmit(b"\x00\xa4\x04\x00")
    link.step = "two"
    link.reset(ResetKind.WARM)
    with pytest.raises(LinkTimeout):
        link.transmit(b"\x00\xb2\x01\x0c")
    first, reset, last = link.exchanges
    assert (first.index, first.sw, first.step, first.elapsed_ms) == (0, 0x9000, "one", 4.0)
    assert (reset.kind, reset.response, reset.sw) == ("reset", b"\x3b\x00", None)
    assert (last.response, last.step) == (None, "two")
    assert last.error == "LinkTimeout: no answer in 5,000 ms"
    assert last.started_ms == pytest.approx(4.0)
