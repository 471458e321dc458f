"""RSA and 3DES on their own: what a transaction cannot do without, with and without gmpy2."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from harness.crypto import rsa
from harness.crypto.cryptogram import AC_TAGS, scheme
from harness.crypto.iad import VISA, visa_iad
from harness.crypto.keys import own_test_key

KEYS = (
    "own-test-icc-visa-1024",
    "own-test-issuer-visa-1152",
    "own-test-ca-1408",
    "own-test-ca-1984",
)


def _best(work: Callable[[], object], rounds: int = 7, each: int = 5) -> float:
    """Best mean of ``rounds`` series, in ms: the least disturbed one."""
    series = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(each):
            work()
        series.append((time.perf_counter() - start) / each * 1000)
    return min(series)


def _row(work: str, ours: float, peer: str, peer_ms: float, budget: float) -> dict:
    return {
        "work": work,
        "ours_ms": round(ours, 4),
        "peer": peer,
        "peer_ms": round(peer_ms, 4),
        "ratio": round(ours / peer_ms, 3),
        "budget": f"{budget} x",
        "ok": ours / peer_ms <= budget,
    }


def _engines() -> dict[str, rsa.PowerFunction]:
    engines: dict[str, rsa.PowerFunction] = {"pow": pow}
    if rsa.prefer_gmpy2():
        import gmpy2

        engines["gmpy2"] = gmpy2.powmod
    return engines


def _bare(powmod: rsa.PowerFunction, key: rsa.RsaPrivateKey, block: bytes) -> Callable[[], None]:
    """The arithmetic of one signature and nothing else."""
    number, dp, dq = int.from_bytes(block), pow(key.e, -1, key.p - 1), pow(key.e, -1, key.q - 1)

    def work() -> None:
        powmod(number, dp, key.p)
        powmod(number, dq, key.q)

    return work


def _private_operations(engines: dict[str, rsa.PowerFunction]) -> list[dict]:
    """Our ``sign`` beside the two bare exponentiations that it cannot do without."""
    rows = []
    for name in KEYS:
        key = own_test_key(name)
        block = b"\x6a" + bytes(range(256))[: key.public.length - 1].ljust(
            key.public.length - 1, b"\x55"
        )
        times: dict[str, float] = {}
        for engine, powmod in engines.items():
            rsa._engine.powmod = powmod

            ours = _best(lambda key=key, block=block: key.sign(block))
            rows.append(
                _row(
                    f"RSA sign {key.public.bits} bits, {engine}",
                    ours,
                    "its two bare exponentiations",
                    _best(_bare(powmod, key, block)),
                    1.35,
                )
            )
            times[engine] = ours
        if "gmpy2" in times:
            title = f"RSA sign {key.public.bits} bits, gmpy2 beside pow"
            rows.append(_row(title, times["gmpy2"], "pow", times["pow"], 0.25))
    rsa._engine.powmod = engines.get("gmpy2", pow)
    return rows


def _public_operations() -> list[dict]:
    rows = []
    for name in KEYS[:2]:
        key = own_test_key(name)
        signature = key.sign(b"\x6a" + bytes(key.public.length - 1))
        number, modulus = int.from_bytes(signature), int.from_bytes(key.public.modulus)
        ours = _best(lambda key=key, s=signature: key.public.recover(s), each=200)
        bare = _best(lambda n=number, e=key.e, m=modulus: pow(n, e, m), each=200)
        rows.append(_row(f"RSA recover {key.public.bits} bits", ours, "bare pow", bare, 2.0))
    return rows


def _cryptogram() -> list[dict]:
    """One ARQC beside the same arithmetic in bare pyemv."""
    entry, iad = scheme("12", VISA), visa_iad("12", 1, bytes(4))
    values = {tag: bytes(length) for tag, length in AC_TAGS}
    key = entry.derive(bytes(range(16)), "4761739001010119", 0)
    data = entry.input(values, iad)
    from pyemv import ac, kd

    def bare() -> None:
        ac.generate_ac(kd.derive_common_sk(key, bytes(8)), data, ac.PaddingType.EMV, 8)

    ours = _best(lambda: entry.ac(key, values, iad), each=200)
    return [_row("cryptogram CVN 12", ours, "pyemv alone", _best(bare, each=200), 1.5)]


def _one_short_process() -> list[dict]:
    """Eight private operations in a fresh process: waiting with gmpy2 beside importing it."""
    code = (
        "import time; t = time.perf_counter(); {hurry}"
        "from harness.crypto.keys import own_test_key as k; from harness.crypto import rsa;"
        "key = k('own-test-issuer-visa-1152'); [key.sign(bytes(144)) for _ in range(8)];"
        "print((time.perf_counter() - t) * 1000)"
    )

    def run(hurry: str) -> float:
        times = []
        for _ in range(3):
            done = subprocess.run(
                [sys.executable, "-c", code.format(hurry=hurry)],
                capture_output=True,
                text=True,
                check=True,
            )
            times.append(float(done.stdout))
        return min(times)

    ours, other = run(""), run("import gmpy2;")
    return [_row("8 signatures in a new process", ours, "gmpy2 imported at once", other, 1.0)]


def run() -> list[dict]:
    """Rows of the benchmark table: work, ours_ms, peer, peer_ms, ratio, budget, ok."""
    engines = _engines()
    rows = _private_operations(engines) + _public_operations() + _cryptogram()
    return rows + (_one_short_process() if "gmpy2" in engines else [])


if __name__ == "__main__":
    for entry in run():
        print(entry)
