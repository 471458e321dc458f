"""Raw RSA as EMV uses it (EMV Book 2, annex B2.1): no padding, blocks as long as the modulus.

``gmpy2`` makes the private operation about nine times faster (0.10 ms against 0.95 at 1024 bits)
but its import costs about 37 ms, which is what some forty private operations cost without it.
One transaction with personalisation needs about six (1024 to 1408 bits, 6 ms together), so a
short process stays with ``pow`` and a long one changes over after ``_PATIENCE`` operations, or at
once where somebody else has imported gmpy2, or where ``prefer_gmpy2`` asked for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import field

from harness.core.errors import CodecError, ConfigError
from harness.core.plain import dataclass
from harness.core.spec import Spec

RSA_SPEC = Spec("EMV 4.4 Book 2", "Annex B2.1", verified=False)
_PATIENCE = 24

PowerFunction = Callable[[int, int, int], int]


class _Engine:
    """Which modular exponentiation is in use, and how many private operations it has done."""

    def __init__(self) -> None:
        self.powmod: PowerFunction = pow
        self.name = "pow"
        self.private_operations = 0
        self._tried = False

    def count(self) -> None:
        """One more private operation: change over when it has become worth the import."""
        self.private_operations += 1
        if self._tried:
            return
        if "gmpy2" in sys.modules or self.private_operations > _PATIENCE:
            self.change_over()

    def change_over(self) -> bool:
        """Use gmpy2 from now on. False where it is not installed."""
        self._tried = True
        try:
            from gmpy2 import powmod
        except ImportError:
            return False
        self.powmod = powmod
        self.name = "gmpy2"
        return True


_engine = _Engine()


def prefer_gmpy2() -> bool:
    """Import gmpy2 now and use it. True where it is installed (extra ``fast``)."""
    return _engine.name == "gmpy2" or _engine.change_over()


def engine_name() -> str:
    """``"pow"`` or ``"gmpy2"``: what the next operation will use."""
    return _engine.name


@dataclass(frozen=True, slots=True)
class RsaPublicKey:
    """``modulus`` as its bytes (its length is the length of every block), ``exponent`` a number."""

    modulus: bytes
    exponent: int

    @property
    def bits(self) -> int:
        """Length of the modulus in bits."""
        return int.from_bytes(self.modulus, "big").bit_length()

    @property
    def length(self) -> int:
        """Length of the modulus, and of every signature, in bytes."""
        return len(self.modulus)

    @property
    def exponent_bytes(self) -> bytes:
        """The exponent as EMV writes it: ``03`` or ``010001``."""
        return self.exponent.to_bytes((self.exponent.bit_length() + 7) // 8 or 1, "big")

    def recover(self, signature: bytes) -> bytes:
        """The block under ``signature``, as long as the modulus.

        Raises CodecError where the lengths differ or the modulus is not one (zero or one).
        """
        if len(signature) != len(self.modulus):
            raise CodecError(
                f"a signature of {len(signature)} bytes under a key of {len(self.modulus)} bytes"
            )
        number = int.from_bytes(self.modulus, "big")
        if number < 2:
            raise CodecError("a modulus must be greater than one")
        block = _engine.powmod(int.from_bytes(signature, "big"), self.exponent, number)
        return int(block).to_bytes(len(self.modulus), "big")


@dataclass(frozen=True, slots=True)
class RsaPrivateKey:
    """A private key by its primes; the rest is derived once."""

    p: int = field(repr=False)
    q: int = field(repr=False)
    e: int
    public: RsaPublicKey = field(init=False)
    _dp: int = field(init=False, repr=False)
    _dq: int = field(init=False, repr=False)
    _inverse: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        number = self.p * self.q
        length = (number.bit_length() + 7) // 8
        derived = {
            "public": RsaPublicKey(number.to_bytes(length, "big"), self.e),
            "_dp": pow(self.e, -1, self.p - 1),
            "_dq": pow(self.e, -1, self.q - 1),
            "_inverse": pow(self.q, -1, self.p),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def sign(self, block: bytes) -> bytes:
        """The raw private operation on ``block`` (as long as the modulus), by Chinese remainders.

        Raises CodecError where the block has another length or is not below the modulus.
        """
        number = int.from_bytes(block, "big")
        if len(block) != self.public.length or number >= self.p * self.q:
            raise CodecError(
                f"a block of {len(block)} bytes does not fit a key of {self.public.length} bytes"
            )
        _engine.count()
        by_p = int(_engine.powmod(number % self.p, self._dp, self.p))
        by_q = int(_engine.powmod(number % self.q, self._dq, self.q))
        result = by_q + self.q * ((by_p - by_q) * self._inverse % self.p)
        return result.to_bytes(self.public.length, "big")


def generate(bits: int, exponent: int, seed: bytes) -> RsaPrivateKey:
    """The key that ``seed`` stands for: the same on every machine and in every version.

    ``bits`` is a multiple of 16 from 512 to 1984 (EMV's longest), ``exponent`` 3 or 65537. For
    test keys only: whoever has the seed has the key. Raises ConfigError on other values.
    """
    if bits % 16 or not 512 <= bits <= 1984:
        raise ConfigError(f"no key of {bits} bits", todo="a multiple of 16 from 512 to 1984")
    if exponent not in (3, 65537):
        raise ConfigError(f"no exponent {exponent}", todo="EMV has 3 and 65537")
    from harness.crypto.primes import prime

    p = prime(bits // 2, exponent, seed + b"/p")
    q = prime(bits // 2, exponent, seed + b"/q")
    if p == q:
        raise ConfigError("the seed gives the same prime twice", todo="take another seed")
    return RsaPrivateKey(max(p, q), min(p, q), exponent)
