"""How slow is this machine at this moment? For tests whose promise is a time.

A limit in seconds fails on a slow or busy machine for no fault of the code. ``slowness`` measures a
fixed piece of work here and now, so that a limit can be meant for the machine that it was set on.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
REFERENCE_S = 0.010
"""What ``_work`` took on the machine that the limits were set on (2 cores, idle)."""


def _work() -> int:
    """About what a decoder does: slices, small objects, a dictionary, text."""
    data = bytes(range(256)) * 200
    seen: dict[int, tuple[int, bytes]] = {}
    for place in range(0, len(data), 2):
        tag = int.from_bytes(data[place : place + 2], "big")
        seen[tag ^ place] = (place, data[place : place + 16])
    return sum(len(f"{tag:04X} {value.hex()}") for tag, (_place, value) in seen.items())


def slowness() -> float:
    """How many times slower than the reference machine this one is now; at least 1."""
    best = min(_timed(_work)[1] for _round in range(3))
    return max(1.0, best / REFERENCE_S)


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    answer = call()
    return answer, time.process_time() - started


def _alone(call: Callable[[], T]) -> tuple[T, float]:
    """Timed without the rest of the process: what a test run holds besides would be looked through
    again and again for every new object."""
    gc.collect()
    gc.freeze()
    try:
        return _timed(call)
    finally:
        gc.unfreeze()


def within(seconds: float, call: Callable[[], T], tries: int = 3) -> T:
    """The answer of ``call``, which must cost at most ``seconds`` of processor time, as they would
    be on the reference machine, in one of ``tries`` (a neighbour's load is not the code's fault).
    ``call`` must be repeatable. Raises AssertionError beyond that."""
    answer, spent = _timed(call)
    allowed = seconds
    while spent > allowed and tries > 1:
        allowed = max(allowed, seconds * slowness())
        if spent > allowed:
            answer, spent = _alone(call)
        tries -= 1
    assert spent <= allowed, f"took {spent:.2f} s of processor time, allowed {allowed:.2f} s"
    return answer
