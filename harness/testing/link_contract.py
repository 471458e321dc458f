"""What every way to reach a card must do: subclass ``LinkContract`` in your tests.

The reader under test holds the co-operating test card (image ``test-card``), or a real card that
speaks its commands (``profiles.testcard``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from harness.core.errors import CardRemoved, LinkError, NoCard, SharingViolation
from harness.link.api import Link, LinkOptions, Reader, ResetKind
from harness.link.jobs import JobEnd, JobSpec
from harness.link.supervise import run_job
from harness.profiles.testcard import CLA, TestIns

DEADLINE_S = 0.6


def command(ins: TestIns, p1: int = 0, p2: int = 0, data: bytes = b"") -> bytes:
    """A command of the test card, without Le."""
    body = bytes((len(data),)) + data if data else b""
    return bytes((CLA, ins, p1, p2)) + body


def mute_job(reader: Reader, emit: object, **_kwargs: object) -> str:
    """A job that asks a mute card; the card's silence must end it."""
    link = reader.connect()
    link.transmit(command(TestIns.CASE_1))
    link.transmit(command(TestIns.MUTE))
    return "not reached"


def plain_job(reader: Reader, emit: object, **_kwargs: object) -> str:
    """A job that ends well."""
    link = reader.connect()
    answer = link.transmit(command(TestIns.CASE_1))
    link.close()
    return answer.hex()


class LinkContract:
    """Override ``reader`` (a fixture: the reader under test, closed afterwards) and ``selector``.

    ``can_remove``: the reader has ``remove()``, which pulls the card.
    """

    selector = ""
    can_remove = True

    @pytest.fixture
    def reader(self) -> Reader:
        """The reader under test."""
        raise NotImplementedError("give the contract a reader")

    @pytest.fixture
    def link(self, reader: Reader) -> Iterator[Link]:
        """An open link to its card."""
        link = reader.connect()
        yield link
        link.close()

    def options(self) -> LinkOptions:
        """Options for jobs."""
        return LinkOptions(images=("test-card",), deadline_s=DEADLINE_S)

    def test_reader_has_a_card(self, reader: Reader) -> None:
        assert reader.card_present()
        assert reader.name

    def test_facts_are_texts(self, reader: Reader) -> None:
        facts = reader.facts()
        assert facts
        assert all(isinstance(value, str) for value in (*facts, *facts.values()))

    def test_atr_and_protocol(self, link: Link) -> None:
        assert link.atr[0] in (0x3B, 0x3F)
        assert link.protocol in ("T=0", "T=1")

    def test_status_word_is_data(self, link: Link) -> None:
        assert link.transmit(command(TestIns.CASE_1)) == b"\x90\x00"
        assert link.transmit(bytes.fromhex("80EE0000")) == b"\x6d\x00"

    def test_every_byte_crosses(self, link: Link) -> None:
        for data in (bytes(range(1, 256)), b"\xff" * 255, b"\x61\x6c\x90\x00" * 20):
            raw = command(TestIns.ECHO, data=data) + b"\x00"
            assert link.transmit(raw) == data + b"\x90\x00"

    def test_61xx_is_not_followed(self, link: Link) -> None:
        answer = link.transmit(command(TestIns.CASE_4, 0, 16, b"\x01"))
        assert answer == b"\x61\x10"

    def test_slow_is_not_mute(self, link: Link) -> None:
        assert link.transmit(command(TestIns.WAIT, 0, 2)) == b"\x90\x00"

    @pytest.mark.parametrize("kind", list(ResetKind))
    def test_reset_gives_the_atr(self, link: Link, kind: ResetKind) -> None:
        atr = link.reset(kind)
        assert atr == link.atr
        assert atr[0] in (0x3B, 0x3F)
        assert link.transmit(command(TestIns.CASE_1)) == b"\x90\x00"

    def test_reset_clears_what_waits(self, link: Link) -> None:
        link.transmit(command(TestIns.CASE_4, 0, 16, b"\x01"))
        link.reset(ResetKind.WARM)
        assert link.transmit(bytes((CLA, TestIns.GET_RESPONSE, 0, 0, 16))) == b"\x69\x85"

    def test_close_twice(self, reader: Reader, link: Link) -> None:
        link.close()
        link.close()
        with pytest.raises(LinkError):
            link.transmit(command(TestIns.CASE_1))
        again = reader.connect()
        assert again.transmit(command(TestIns.CASE_1)) == b"\x90\x00"
        again.close()

    def test_one_link_at_a_time(self, reader: Reader, link: Link) -> None:
        with pytest.raises(SharingViolation):
            reader.connect()
        assert link.transmit(command(TestIns.CASE_1)) == b"\x90\x00"

    def test_eject_is_card_removed(self, reader: Reader, link: Link) -> None:
        with pytest.raises(CardRemoved):
            link.transmit(command(TestIns.EJECT))
        assert not reader.card_present()
        with pytest.raises((CardRemoved, NoCard)):
            link.transmit(command(TestIns.CASE_1))
        link.close()

    def test_pulled_card_and_back(self, reader: Reader, link: Link) -> None:
        pull = getattr(reader, "remove", None)
        if pull is None or not self.can_remove:
            pytest.skip("this reader cannot pull its card")
        pull()
        assert not reader.card_present()
        with pytest.raises((CardRemoved, NoCard)):
            link.transmit(command(TestIns.CASE_1))
        link.close()
        again = reader.connect()
        assert again.transmit(command(TestIns.CASE_1)) == b"\x90\x00"
        again.close()

    def test_one_byte_is_a_link_failure(self, link: Link) -> None:
        with pytest.raises(LinkError):
            link.transmit(command(TestIns.ONE_BYTE))

    def test_mute_ends_at_the_deadline(self, reader: Reader) -> None:
        _close(reader)
        end, seconds = self._run("mute_job")
        assert seconds < DEADLINE_S + 10
        assert "no answer in 600 ms" in (end.error or str(end.exception))
        seen = [exchange for exchange in end.exchanges if exchange.kind == "apdu"]
        if end.in_flight is not None:
            seen.append(end.in_flight)
        assert [exchange.command[1] for exchange in seen] == [TestIns.CASE_1, TestIns.MUTE]
        assert seen[0].response == b"\x90\x00"
        assert seen[1].response is None
        assert seen[1].error.startswith("LinkTimeout")

    def test_usable_after_a_mute_card(self, reader: Reader) -> None:
        _close(reader)
        self._run("mute_job")
        end, _seconds = self._run("plain_job")
        assert (end.kind, end.value) == ("done", "9000")

    def _run(self, name: str) -> tuple[JobEnd, float]:
        started = time.monotonic()
        spec = JobSpec(f"{__name__}:{name}", self.selector, self.options())
        return run_job(spec, lambda _event: None), time.monotonic() - started


def _close(reader: Reader) -> None:
    """The job has the reader to itself."""
    close = getattr(reader, "close", None)
    if close is not None:
        close()
