"""One contact transaction with CDA, online, both GENERATE ACs; and ``transact`` as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from statistics import median
from typing import Any, ParamSpec, TypeVar

from harness.core.clock import SystemClock
from harness.crypto import rsa
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import own_test_host
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.terminal_config import load_terminal
from harness.terminal.context import TransactionRequest
from harness.terminal.transaction import TransactionResult, run_transaction

IMAGE = "mastercard-debit"
OWN_BUDGET_MS = 1.5
PROCESS_BUDGET_MS = 200.0

P = ParamSpec("P")
T = TypeVar("T")


class Meter:
    """Adds up the time that some functions take (the outermost call only)."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._inside = False

    def wrap(self, work: Callable[P, T]) -> Callable[P, T]:
        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            if self._inside:
                return work(*args, **kwargs)
            self._inside = True
            start = time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start
                self._inside = False

        return measured


def transaction() -> Callable[[], TransactionResult]:
    """A transaction that may be run again and again with the same card."""
    config, keys, host = load_terminal(), CaKeyStore.default(own_test=True), own_test_host()
    clock = SystemClock()
    link = VirtualReader(IMAGE, LinkOptions()).connect()
    request = TransactionRequest(Decimal("12.34"), pin=lambda: "1234", force_online=True)

    def run() -> TransactionResult:
        return run_transaction(
            link,
            config=config,
            keys=keys,
            host=host,
            request=request,
            clock=clock,
            allow_state_change=True,
        )

    return run


def bare_operations(meter: Meter) -> Callable[[], None]:
    """Measure raw RSA and 3DES inside the transaction: both sides of it and the issuer's.
    Gives back what undoes it."""
    from harness.crypto.des import pyemv

    library = pyemv()
    places: list[tuple[Any, str]] = [
        (rsa.RsaPublicKey, "recover"),
        (rsa.RsaPrivateKey, "sign"),
        *((library.kd, name) for name in ("derive_icc_mk_a", "derive_icc_mk_b")),
        (library.kd, "derive_common_sk"),
        *((library.ac, name) for name in ("generate_ac", "generate_arpc_1", "generate_arpc_2")),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name in places]
    for owner, name, work in before:
        setattr(owner, name, meter.wrap(work))

    def undo() -> None:
        for owner, name, work in before:
            setattr(owner, name, work)

    return undo


def own_time(rounds: int = 150) -> dict[str, Any]:
    """Median time of a transaction beyond its bare RSA and 3DES operations."""
    rsa.prefer_gmpy2()
    run = transaction()
    result = run()
    if not result.outcome.approved:
        raise RuntimeError(result.text)
    meter = Meter()
    undo = bare_operations(meter)
    whole, bare = [], []
    try:
        for _round in range(rounds):
            meter.seconds = 0.0
            start = time.perf_counter()
            run()
            whole.append((time.perf_counter() - start) * 1000)
            bare.append(meter.seconds * 1000)
    finally:
        undo()
    extra = median(full - part for full, part in zip(whole, bare, strict=True))
    return {
        "work": f"CDA transaction, online, {len(result.exchanges)} APDUs ({rsa.engine_name()})",
        "ours_ms": round(median(whole), 3),
        "peer": "its bare RSA and 3DES",
        "peer_ms": round(median(bare), 3),
        "extra_ms": round(extra, 3),
        "budget": f"+{OWN_BUDGET_MS} ms",
        "ok": extra <= OWN_BUDGET_MS,
    }


TRANSACT = """
import sys
from harness.cli.main import main
sys.argv = ["emv-harness", "transact", "--card", %r, "--amount", "12.34", "--force-online"]
main()
"""


def process(code: str) -> tuple[float, str]:
    """Whole life of a Python process, ms, and what it printed.

    Byte code is kept, as for any installed program: without it the figure is that of compiling.
    """
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    return (time.perf_counter() - start) * 1000, done.stdout


def whole_process(rounds: int = 7) -> dict[str, Any]:
    """``emv-harness transact`` against a bare Python start, best of each."""
    work = "transact, whole process, in-process card"
    code = TRANSACT % IMAGE
    _first, printed = process(code)
    if "approved" not in printed:
        raise RuntimeError(f"transact did not end approved: {printed[-200:]}")
    ours = min(process(code)[0] for _round in range(rounds))
    bare = min(process("pass")[0] for _round in range(rounds))
    return {
        "work": work,
        "ours_ms": round(ours, 1),
        "peer": "bare Python",
        "peer_ms": round(bare, 1),
        "extra_ms": round(ours - bare, 1),
        "budget": f"+{PROCESS_BUDGET_MS:.0f} ms",
        "ok": ours - bare <= PROCESS_BUDGET_MS,
    }


def run() -> list[dict[str, Any]]:
    """Rows of the benchmark table."""
    return [own_time(), whole_process()]
