"""Contact transactions online, both GENERATE ACs, with SDA, DDA and CDA.

Times of a transaction are the tenth percentile of many rounds: what other work on the machine
disturbs least. Transactions a second are those of the median. The budget of our own time was set
where an RSA signature of 1024 bits takes 0.11 ms with gmpy2; it goes with what one takes here, in
the same rounds, so that the machine does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, ParamSpec, TypeVar

from harness.core.clock import SystemClock
from harness.crypto import rsa
from harness.crypto.capk import CaKeyStore
from harness.crypto.keys import own_test_key
from harness.issuer.host import own_test_host
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.image_new import new_pan
from harness.profiles.terminal_config import load_terminal
from harness.terminal.context import TransactionRequest
from harness.terminal.transaction import TransactionResult, run_transaction

IMAGE = "mastercard-debit"
OWN_BUDGET_MS, AT_SIGNATURE_MS = 1.5, 0.11
SIGNER = "own-test-icc-visa-1024"
CASES = (("sda", ""), ("dda", "1024"), ("dda", "1408"), ("cda", "1024"), ("cda", "1408"))
"""Method and length of the ICC key, in bits; the CA key has 1984, the issuer key 1408."""
SDA_RECORDS = [
    line
    for number, (signed, tags) in enumerate(
        (
            ("false", '"57", "5F20", "9F44", "8C", "8D"'),
            (
                "true",
                '"5A", "5F34", "5F24", "5F25", "5F28", "5F30", "9F07", "9F08", "9F42", "8E", '
                '"9F0D", "9F0E", "9F0F", "9F4A"',
            ),
            ("false", '"8F", "9F32", "92"'),
            ("false", '"90"'),
            ("false", '"93"'),
        ),
        1,
    )
    for line in (
        "[[application.record]]", "sfi = 1", f"number = {number}", f"signed = {signed}",
        f"tags = [{tags}]",
    )
]  # fmt: skip
"""With certificates of this length each has a record of its own."""
HARDEST = ("cda", "1024")
"""What the budget is about."""

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


def write_image(folder: Path, method: str, icc: str) -> str:
    """The file of a card image for one case."""
    lines = [
        f'base = ["contact", "oda-{method}", "mastercard"]',
        f'id = "bench-{method}{icc}"',
        f'name = "{method.upper()} {icc}"',
        'scheme = "mastercard"',
        'type = "debit"',
        'basis = "generic"',
        'note = "A synthetic card under a Mastercard AID with test keys, for measuring."',
        "[[application]]",
        'aid = "A0000000041010"',
        'label = "BENCH"',
        f'pan = "{new_pan("5413330000000000", 100 + CASES.index((method, icc)))}"',
        "[application.keys]",
        'ca = "own-test-ca-1984"',
        'ca_index = "E2"',
        'issuer = "own-test-issuer-1408"',
        *([f'icc = "own-test-icc-{icc}"'] if icc else SDA_RECORDS),
    ]
    path = folder / f"bench-{method}{icc}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def transaction(image: str = IMAGE) -> Callable[[], TransactionResult]:
    """A transaction that may be run again and again with the same card."""
    config, keys, host = load_terminal(), CaKeyStore.default(own_test=True), own_test_host()
    clock = SystemClock()
    link = VirtualReader(image, LinkOptions()).connect()
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


def own_time(method: str, icc: str, rounds: int = 200) -> dict[str, Any]:
    """Time of a transaction beyond its bare RSA and 3DES operations."""
    rsa.prefer_gmpy2()
    with TemporaryDirectory() as folder:
        run = transaction(write_image(Path(folder), method, icc))
    result = run()
    if not result.outcome.approved or result.oda is None or not result.oda.ok:
        raise RuntimeError(result.text)
    signer, block = own_test_key(SIGNER), b"\x6a" + bytes(126) + b"\xbc"
    meter = Meter()
    undo = bare_operations(meter)
    whole, bare, signatures = [], [], []
    try:
        for _round in range(rounds):
            meter.seconds = 0.0
            start = time.perf_counter()
            run()
            whole.append((time.perf_counter() - start) * 1000)
            bare.append(meter.seconds * 1000)
            start = time.perf_counter()
            signer.sign(block)
            signatures.append((time.perf_counter() - start) * 1000)
    finally:
        undo()
    extra = quiet([full - part for full, part in zip(whole, bare, strict=True)])
    key = f" {icc}" if icc else ""
    row = {
        "work": f"{method.upper()}{key} online, {len(result.exchanges)} APDUs, CA 1984 "
        f"({rsa.engine_name()}): {1000 / median(whole):.0f} a second",
        "ours_ms": round(quiet(whole), 3),
        "peer": "its bare RSA and 3DES",
        "peer_ms": round(quiet(bare), 3),
        "extra_ms": round(extra, 3),
    }
    if (method, icc) != HARDEST:
        return row
    signature = quiet(signatures)
    budget = OWN_BUDGET_MS * signature / AT_SIGNATURE_MS
    row["work"] = f"{row['work']}; a signature {signature:.3f} ms"
    return row | {"budget": f"+{budget:.2f} ms", "ok": extra <= budget}


def quiet(values: list[float]) -> float:
    """Tenth percentile."""
    return quantiles(values, n=10)[0]


def run() -> list[dict[str, Any]]:
    """Rows of the benchmark table."""
    return [own_time(method, icc) for method, icc in CASES]
