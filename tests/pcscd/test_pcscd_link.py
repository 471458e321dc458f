"""A virtual card behind a real pcscd keeps the same link contract as one in process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import (
    ConfigError,
    LinkError,
    NoCard,
    NoReader,
    ServiceDown,
    SharingViolation,
)
from harness.link.api import LinkOptions, Reader, ResetKind
from harness.link.daemon import daemon_identity
from harness.link.find import all_readers, find_readers
from harness.link.jobs import JobSpec
from harness.link.lock import ReaderLock, all_holders
from harness.link.pcsc_reader import PcscReader, reader_names, reader_state
from harness.link.supervise import run_job
from harness.link.vpcd_reader import VpcdReader
from harness.profiles.testcard import TestIns
from harness.testing.link_contract import DEADLINE_S, LinkContract, command, mute_job
from harness.testing.private_pcscd import PrivatePcscd

pytestmark = pytest.mark.pcscd

FIRST_SLOT = "Virtual PCD 00 00"
CASE_1 = command(TestIns.CASE_1)


@pytest.fixture
def reader(daemon: PrivatePcscd) -> Iterator[VpcdReader]:
    reader = VpcdReader("test-card", LinkOptions(images=("test-card",), deadline_s=DEADLINE_S))
    yield reader
    reader.close()


class TestVpcdContract(LinkContract):
    selector = "vpcd test-card"

    @pytest.fixture
    def reader(self, daemon: PrivatePcscd) -> Iterator[Reader]:
        reader = VpcdReader("test-card", self.options())
        yield reader
        reader.close()


def processes_of(pattern: str) -> list[int]:
    """Processes whose command line holds ``pattern``."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if pattern in line:
            found.append(int(folder.name))
    return found


def workers() -> list[int]:
    """Workers of this process; other tests may run theirs at the same time."""
    return [pid for pid in processes_of("harness.link.worker") if _parent(pid) == os.getpid()]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def held(reader: str) -> bool:
    """Is the lock of a reader of this daemon held?"""
    return ReaderLock(reader, daemon_identity()).holder() is not None


def test_mute_card_times_out_and_leaves_no_process(daemon: PrivatePcscd):
    options = LinkOptions(images=("test-card",), deadline_s=0.5)
    port = f'"port": {daemon.port}'
    name = f"{mute_job.__module__}:mute_job"
    end = run_job(JobSpec(name, "vpcd test-card", options), lambda _event: None)
    assert end.kind == "hung"
    assert end.in_flight is not None
    assert end.in_flight.command == command(TestIns.MUTE)
    end_of_patience = time.monotonic() + 2.0  # a killed process may take a moment to vanish
    while processes_of(port) and time.monotonic() < end_of_patience:
        time.sleep(0.02)
    assert processes_of(port) == []
    assert workers() == []
    assert not held(f"vpcd slot {daemon.port}")
    assert not held(FIRST_SLOT)


def test_all_lengths_cross(reader: VpcdReader):
    link = reader.connect()
    for count in (1, 2, 127, 128, 253, 254, 255, 256):
        header = command(TestIns.CASE_2, count >> 8, count & 0xFF)
        answer = link.transmit(header + bytes((count & 0xFF,)))
        assert answer == bytes(range(count)) + b"\x90\x00"
    link.close()


def test_extended_length_crosses(reader: VpcdReader):
    link = reader.connect()
    header = command(TestIns.CASE_2, 0x10, 0x01)
    answer = link.transmit(header + b"\x00\x10\x01")
    assert len(answer) == 0x1001 + 2
    link.close()


def test_empty_slot_is_no_card(daemon: PrivatePcscd):
    plain = PcscReader("Virtual PCD 00 01", LinkOptions())
    assert not plain.card_present()
    with pytest.raises(NoCard) as caught:
        plain.connect()
    assert "SCARD_E_NO_SMARTCARD (0x8010000C)" in str(caught.value)
    assert not held("Virtual PCD 00 01")


def test_unknown_reader_is_listed_against_what_is_there(daemon: PrivatePcscd):
    with pytest.raises(NoReader) as caught:
        find_readers("No Such Reader", LinkOptions())
    assert FIRST_SLOT in caught.value.todo
    with pytest.raises(NoReader, match="SCARD_E_UNKNOWN_READER"):
        reader_state("No Such Reader")


def test_of_two_slots_the_one_with_a_card_is_meant(reader: VpcdReader):
    end = time.monotonic() + 5
    while reader_state(FIRST_SLOT).present and time.monotonic() < end:
        time.sleep(0.02)
    with pytest.raises(ConfigError) as caught:
        find_readers("Virtual PCD", LinkOptions())
    assert "2 readers match" in caught.value.what
    assert FIRST_SLOT in caught.value.todo
    assert reader.card_present()
    [found] = find_readers("Virtual pcd", LinkOptions())
    assert found.name == FIRST_SLOT
    assert [one.name for one in find_readers("Virtual PCD 00 01", LinkOptions())] == [
        "Virtual PCD 00 01"
    ]


def test_all_readers_holds_both_kinds(daemon: PrivatePcscd):
    readers, problems = all_readers(LinkOptions(images=("test-card",)))
    assert problems == []
    assert {reader.name for reader in readers} == {*reader_names(), "virtual test-card"}


def test_reset_by_somebody_else_is_told(reader: VpcdReader):
    assert reader.card_present()
    first = PcscReader(FIRST_SLOT, LinkOptions(), shared=True)
    ours, theirs = first.connect(), first.connect()
    theirs.reset(ResetKind.WARM)
    with pytest.raises(LinkError) as caught:
        ours.transmit(CASE_1)
    assert type(caught.value).__name__ == "CardReset"
    assert "SCARD_W_RESET_CARD (0x80100068)" in str(caught.value)
    ours.reset(ResetKind.WARM)
    assert ours.transmit(CASE_1) == b"\x90\x00"
    theirs.close()
    ours.close()


HOLD = """
import sys
from harness.link.api import LinkOptions
from harness.link.pcsc_reader import PcscReader
link = PcscReader({name!r}, LinkOptions()).connect()
print("held", flush=True)
sys.stdin.read()
link.close()
"""


def test_lock_holds_across_processes(reader: VpcdReader):
    assert reader.card_present()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(name=FIRST_SLOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SharingViolation) as caught:
            PcscReader(FIRST_SLOT, LinkOptions()).connect()
        assert f"process {holder.pid}" in str(caught.value)
        assert [one.reader for one in all_holders() if one.pid == holder.pid] == [FIRST_SLOT]
        holder.kill()
        holder.wait(5)
        link = _connect_patiently(PcscReader(FIRST_SLOT, LinkOptions()))
        assert link.transmit(CASE_1) == b"\x90\x00"
        link.close()
    finally:
        holder.kill()
        holder.communicate()


def _connect_patiently(reader: PcscReader):
    """pcscd needs a moment to clean up after a client that was killed."""
    for _attempt in range(50):
        try:
            return reader.connect()
        except SharingViolation:
            time.sleep(0.02)
    raise AssertionError("the reader stayed locked")


def test_exclusive_use_by_another_program_names_what_may_hold_it(reader: VpcdReader):
    """Another program knows nothing of our locks: PC/SC itself refuses then."""
    assert reader.card_present()
    from smartcard import scard

    _h, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    code, card, _protocol = scard.SCardConnect(
        context, FIRST_SLOT, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0
    )
    assert code == 0
    try:
        with pytest.raises(SharingViolation, match="SCARD_E_SHARING_VIOLATION"):
            PcscReader(FIRST_SLOT, LinkOptions()).connect()
    finally:
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(context)


def killing_job(reader: Reader, emit, *, pid: int) -> str:
    """A job in whose middle the service dies."""
    link = reader.connect()
    emit(link.transmit(CASE_1).hex())
    os.kill(pid, 9)
    time.sleep(0.2)
    link.transmit(CASE_1)
    return "not reached"


def test_service_killed_in_the_middle(healthy: PrivatePcscd):
    events: list[object] = []
    spec = JobSpec(
        f"{__name__}:killing_job",
        "vpcd test-card",
        LinkOptions(images=("test-card",), deadline_s=3.0),
        kwargs={"pid": healthy.daemon_pid},
    )
    end = run_job(spec, events.append)
    assert events == ["9000"]
    assert isinstance(end.exception, ServiceDown), (end.kind, end.error)
    assert end.exception.todo
    assert processes_of(f'"port": {healthy.port}') == []
    with pytest.raises(ServiceDown, match="SCARD_E_NO_SERVICE"):
        reader_names()
    with pytest.raises(ServiceDown):
        find_readers("vpcd", LinkOptions(images=("test-card",)))


def test_service_that_does_not_answer_is_told(daemon: PrivatePcscd, monkeypatch):
    import signal

    from harness.link import pcsc_reader

    monkeypatch.setattr(pcsc_reader, "QUESTION_S", 0.3)
    os.kill(daemon.daemon_pid, signal.SIGSTOP)
    try:
        with pytest.raises(ServiceDown, match="did not answer in 300 ms"):
            reader_names()
    finally:
        os.kill(daemon.daemon_pid, signal.SIGCONT)
    assert FIRST_SLOT in reader_names()


def test_two_images_one_after_the_other(daemon: PrivatePcscd):
    atrs = []
    for image in ("visa-credit", "test-card", "visa-credit"):
        reader = VpcdReader(image, LinkOptions())
        link = reader.connect()
        atrs.append(link.atr)
        link.close()
        reader.close()
    assert atrs[0] == atrs[2] != atrs[1]
