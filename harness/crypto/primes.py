"""Primes from a seed: a SHA-256 counter generator and Miller-Rabin. For test keys only."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

_ROUNDS = 40
_SMALL_LIMIT = 2000


def _small_primes() -> tuple[int, ...]:
    return tuple(n for n in range(3, _SMALL_LIMIT, 2) if all(n % d for d in range(3, n, 2)))


class SeededBytes:
    """Bytes SHA-256(seed, 0), SHA-256(seed, 1), ... with the counter as eight bytes."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._counter = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes; a call starts at a fresh hash block."""
        out = b""
        while len(out) < count:
            out += sha256(self._seed + self._counter.to_bytes(8, "big")).digest()
            self._counter += 1
        return out[:count]


def is_probable_prime(number: int, source: SeededBytes, rounds: int = _ROUNDS) -> bool:
    """Miller-Rabin with ``rounds`` bases from ``source`` (FIPS 186-4, appendix C.3.1)."""
    if number < 4:
        return number in (2, 3)
    if number % 2 == 0:
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd //= 2
        twos += 1
    size = (number.bit_length() + 7) // 8 + 8
    for _ in range(rounds):
        base = 2 + int.from_bytes(source.take(size), "big") % (number - 3)
        if _is_witness(base, odd, twos, number):
            return False
    return True


def _is_witness(base: int, odd: int, twos: int, number: int) -> bool:
    """True where ``base`` proves that ``number`` is composite."""
    value = pow(base, odd, number)
    if value in (1, number - 1):
        return False
    for _ in range(twos - 1):
        value = value * value % number
        if value == number - 1:
            return False
    return True


def _candidates(bits: int, source: SeededBytes) -> Iterator[int]:
    # The two top bits are set, so that the product of two such primes has exactly 2 x bits bits.
    top = 0b11 << (bits - 2)
    while True:
        yield int.from_bytes(source.take((bits + 7) // 8), "big") % (1 << bits) | top | 1


def prime(bits: int, exponent: int, seed: bytes) -> int:
    """The first prime of ``bits`` bits from ``seed`` whose p - 1 shares no factor with the prime
    ``exponent``, so that the exponent has an inverse."""
    source = SeededBytes(seed)
    bases = SeededBytes(seed + b"/bases")
    small = _small_primes()
    for candidate in _candidates(bits, source):
        if (candidate - 1) % exponent == 0:
            continue
        if any(candidate % divisor == 0 and candidate != divisor for divisor in small):
            continue
        if is_probable_prime(candidate, bases):
            return candidate
    raise AssertionError("unreachable: the candidates never end")
