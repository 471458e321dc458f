#!/usr/bin/env python
"""Long runs: memory and time per transaction must stay flat (``make soak``).

Transactions in process, then APDUs through a real pcscd where one can be started. Ends with exit
code 1 when a curve is not flat. ``--transactions 2000 --apdus 20000`` for a short one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from harness.core.clock import SystemClock
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import own_test_host
from harness.link.api import LinkOptions
from harness.link.recorder import RecordingLink
from harness.link.virtual import VirtualReader
from harness.link.watched import WatchedLink
from harness.profiles.terminal_config import load_terminal
from harness.profiles.testcard import CLA, TestIns
from harness.terminal.outcome import Outcome
from harness.terminal.transaction import TransactionRequest, run_transaction

BLOCKS = 20
GROWTH_KIB = 2048
SLOWER = 1.2
CARD_LIFE = 20_000
"""Transactions of one card: its counter has 16 bits, and then it is worn out."""


@dataclass(frozen=True)
class Block:
    """One part of a long run: milliseconds for one piece of work, and memory after it."""

    median_ms: float
    rss_kib: int
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    descriptors: int = 0


@dataclass(frozen=True)
class Verdict:
    """Whether the curves are flat, warm-up (the first tenth) left out."""

    growth_kib: int
    slower: float
    descriptors: int = 0

    @property
    def flat(self) -> bool:
        return self.growth_kib <= GROWTH_KIB and self.slower <= SLOWER and self.descriptors <= 0


def resident_kib() -> int:
    """Resident memory of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def open_descriptors() -> int:
    """Open file descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


def long_run(work: Callable[[], None], count: int, label: str) -> list[Block]:
    """``count`` times ``work``, in blocks; a line on stderr after each."""
    blocks = []
    size = max(1, count // BLOCKS)
    for number in range(BLOCKS):
        times = []
        for _ in range(size):
            start = time.perf_counter()
            work()
            times.append((time.perf_counter() - start) * 1000)
        times.sort()
        p95, p99 = times[int(len(times) * 0.95)], times[int(len(times) * 0.99)]
        blocks.append(Block(statistics.median(times), resident_kib(), p95, p99, open_descriptors()))
        print(
            f"{label}: {(number + 1) * size:>9,}  {blocks[-1].median_ms:8.3f} ms"
            f"  p95 {p95:.3f}  p99 {p99:.3f}"
            f"  {blocks[-1].rss_kib:>8,} KiB  {blocks[-1].descriptors} descriptors",
            file=sys.stderr,
            flush=True,
        )
    return blocks


def judge(blocks: list[Block]) -> Verdict:
    """Last quarter against the first quarter after the warm-up."""
    settled = blocks[max(1, len(blocks) // 10) :]
    quarter = max(1, len(settled) // 4)
    early, late = settled[:quarter], settled[-quarter:]
    growth = max(b.rss_kib for b in late) - max(b.rss_kib for b in early)
    before = statistics.median(b.median_ms for b in early)
    after = statistics.median(b.median_ms for b in late)
    return Verdict(growth, after / before, late[-1].descriptors - early[0].descriptors)


class Transactions:
    """One approved online transaction after another, with a new card now and then."""

    def __init__(self, image: str) -> None:
        self._image = image
        self._clock = SystemClock()
        self._config = load_terminal("attended-eu")
        self._keys = CaKeyStore.default(own_test=True)
        self._host = own_test_host("approve")
        self._request = TransactionRequest(amount=Decimal("12.34"))
        self._count = 0
        self._reader = self._new_card()

    def _new_card(self) -> VirtualReader:
        return VirtualReader(self._image, LinkOptions(clock=self._clock))

    def __call__(self) -> None:
        self._count += 1
        if self._count % CARD_LIFE == 0:
            self._reader = self._new_card()
        link = self._reader.connect()
        result = run_transaction(
            RecordingLink(link, self._clock),
            config=self._config,
            keys=self._keys,
            host=self._host,
            request=self._request,
            clock=self._clock,
            allow_state_change=True,
        )
        link.close()
        if result.outcome is not Outcome.APPROVED_ONLINE:
            raise SystemExit(f"transaction {self._count}: {result.outcome} ({result.text})")


def soak_pcsc(count: int) -> tuple[str, Verdict | None]:
    """APDUs through a private pcscd, recorded as a worker records them."""
    from harness.link.board import Board
    from harness.link.vpcd_reader import VpcdReader
    from harness.testing.private_pcscd import PrivatePcscd, available

    ok, reason = available()
    if not ok:
        return reason, None
    with PrivatePcscd() as daemon:
        os.environ.update(daemon.clients)
        reader = VpcdReader("test-card", LinkOptions())
        board = Board.create()
        try:
            link = WatchedLink(reader.connect(), board, 5.0)
            echo = Echo(link)
            # The recorder's two halves fill once; that is no growth.
            for _ in range(35_000):
                echo()
            blocks = long_run(echo, count, "APDU over PC/SC")
            kept = board.flight()
            noted = len(kept.exchanges) + kept.dropped
            lost = echo.count - noted
            print(f"{echo.count:,} exchanges, each answered with its own nonce; {lost} not noted")
            link.close()
        finally:
            reader.close()
            board.close()
    return "", judge(blocks)


class Echo:
    """A nonce and 120 bytes more, which the card echoes; any other answer ends the run."""

    def __init__(self, link: WatchedLink) -> None:
        self._transmit = link.transmit
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        data = self.count.to_bytes(8, "big") + bytes(120)
        command = bytes((CLA, TestIns.ECHO, 0, 0, len(data))) + data + b"\0"
        if self._transmit(command) != data + b"\x90\x00":
            raise SystemExit(f"exchange {self.count}: another answer")


def report(label: str, verdict: Verdict) -> bool:
    """One line on stdout; True when it is flat."""
    word = "flat" if verdict.flat else "NOT FLAT"
    print(
        f"{label}: {word}; memory {verdict.growth_kib:+,} KiB (limit {GROWTH_KIB:,}), "
        f"time x {verdict.slower:.3f} (limit {SLOWER}), descriptors {verdict.descriptors:+}"
    )
    return verdict.flat


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transactions", type=int, default=100_000)
    parser.add_argument("--apdus", type=int, default=1_000_000)
    parser.add_argument("--image", default="mastercard-debit")
    wanted = parser.parse_args(arguments)
    good = True
    if wanted.transactions:
        blocks = long_run(Transactions(wanted.image), wanted.transactions, "transaction")
        good = report(f"{wanted.transactions:,} transactions in process", judge(blocks))
    if wanted.apdus:
        reason, verdict = soak_pcsc(wanted.apdus)
        if verdict is None:
            print(f"APDUs over PC/SC left out: {reason}")
        else:
            good &= report(f"{wanted.apdus:,} APDUs over PC/SC", verdict)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
