"""One APDU through ``card serve`` and a real pcscd, and what the harness adds to bare PC/SC."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from harness.checks.guard import GuardedLink
from harness.checks.tape import Tape, TapedLink
from harness.core.clock import SystemClock
from harness.link.api import LinkOptions
from harness.link.board import Board
from harness.link.vpcd_reader import VpcdReader
from harness.link.watched import WatchedLink
from harness.profiles.testcard import CLA, TestIns
from harness.testing.private_pcscd import PrivatePcscd, available

BLOCKS = 60
BLOCK = 50
CASES = {
    "case 1, no data": bytes((CLA, TestIns.CASE_1, 0, 0)),
    "case 2, 32 bytes": bytes((CLA, TestIns.CASE_2, 0, 32, 32)),
    "case 2, 256 bytes": bytes((CLA, TestIns.CASE_2, 1, 0, 0)),
}


def run() -> list[dict[str, Any]]:
    """The rows of the report; one that says why, where no private pcscd can be started."""
    ok, reason = available()
    if not ok:
        return [{"work": "one APDU over PC/SC", "skipped": reason}]
    before = dict(os.environ)
    with PrivatePcscd() as daemon:
        os.environ.update(daemon.clients)
        try:
            return _measure()
        finally:
            os.environ.clear()
            os.environ.update(before)


def _measure() -> list[dict[str, Any]]:
    from smartcard import scard

    reader = VpcdReader("test-card", LinkOptions())
    board = Board.create()
    rows: list[dict[str, Any]] = []
    try:
        link = reader.connect()
        bare = link._link
        watched = WatchedLink(link, board, 5.0)
        checked = GuardedLink(TapedLink(watched, SystemClock(), Tape()))
        for name, command in CASES.items():
            ready = list(command)

            def peer(ready: list[int] = ready) -> object:
                return scard.SCardTransmit(bare._card, bare._pci, ready)

            rows += _rows(name, *_pair(partial(watched.transmit, command), peer))
            rows.append(_checked(name, *_pair(partial(checked.transmit, command), peer)))
        link.close()
    finally:
        reader.close()
        board.close()
    return rows


def _pair(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float, float]:
    """Medians in ms, measured in turns so that both meet the same disturbances, and the median
    of the ratios of neighbouring blocks: a busy machine moves both of a pair alike."""
    for _ in range(200):
        ours()
        peer()
    pairs = [(_block(ours), _block(peer)) for _ in range(BLOCKS)]
    return (
        statistics.median(one for one, _other in pairs),
        statistics.median(other for _one, other in pairs),
        statistics.median(one / other for one, other in pairs),
    )


def _block(work: Callable[[], object]) -> float:
    """Median of one block, in ms."""
    times = []
    for _ in range(BLOCK):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _rows(name: str, ours: float, peer: float, ratio: float) -> list[dict[str, Any]]:
    rows = [
        {
            "work": f"one APDU over PC/SC, recorded and watched ({name})",
            "ours_ms": ours,
            "peer": "bare SCardTransmit",
            "peer_ms": peer,
            "ratio": ratio,
            "budget": "1.15 x",
            "ok": ratio <= 1.15,
        }
    ]
    if name.startswith("case 1"):
        rows.append(
            {
                "work": "one APDU through card serve and pcscd, median",
                "ours_ms": ours,
                "budget": "0.3 ms",
                "ok": ours < 0.3,
            }
        )
    return rows


def _checked(name: str, ours: float, peer: float, ratio: float) -> dict[str, Any]:
    """The way of a reader check, which has its own tape and stops undeclared commands besides."""
    return {
        "work": f"the same as a reader check sends it ({name})",
        "ours_ms": ours,
        "peer": "bare SCardTransmit",
        "peer_ms": peer,
        "ratio": ratio,
    }


if __name__ == "__main__":
    for row in run():
        print(row)
