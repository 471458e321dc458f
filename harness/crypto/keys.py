"""The test keys that are published with the project: private halves in the open, on purpose.

Whoever holds them can sign a certificate under the own test CA, so a chain under it proves
nothing about a card, and over PC/SC it is trusted only with ``--own-test-keys``.
"""

from __future__ import annotations

import tomllib
from functools import cache
from hashlib import sha256
from pathlib import Path

from harness.core.errors import ConfigError
from harness.core.paths import vectors
from harness.core.plain import dataclass
from harness.crypto.rsa import RsaPrivateKey, RsaPublicKey, generate


@dataclass(frozen=True, slots=True)
class KeyRecipe:
    """What a test key is made from; the seed is the key's name and nothing secret."""

    name: str
    bits: int
    exponent: int
    purpose: str

    @property
    def seed(self) -> bytes:
        """Seed of the generator."""
        return sha256(b"emv-harness test key 1/" + self.name.encode("ascii")).digest()

    def make(self) -> RsaPrivateKey:
        """Generate the key anew (0.1 to 3 s)."""
        return generate(self.bits, self.exponent, self.seed)


# Issuer keys of both lengths and both exponents: 1152 bits does not fit into a certificate of a
# 1408-bit CA (the remainder 92 has 4 bytes), 1280 neither (20 bytes); under 1984 bits both fit.
RECIPES = (
    KeyRecipe("own-test-ca-1408", 1408, 3, "own test CA, index E1"),
    KeyRecipe("own-test-ca-1984", 1984, 65537, "own test CA, index E2"),
    KeyRecipe("own-test-issuer-visa-1152", 1152, 3, "issuer of the Visa-like images"),
    KeyRecipe("own-test-issuer-mastercard-1280", 1280, 65537, "issuer, Mastercard-like images"),
    KeyRecipe("own-test-issuer-spare-1152", 1152, 65537, "a second issuer, for wrong-key tests"),
    KeyRecipe("own-test-icc-visa-1024", 1024, 3, "ICC of the Visa-like images"),
    KeyRecipe("own-test-icc-mastercard-1024", 1024, 65537, "ICC of the Mastercard-like images"),
    KeyRecipe("own-test-icc-spare-1024", 1024, 3, "a second ICC, for wrong-key tests"),
    KeyRecipe("own-test-icc-short-768", 768, 3, "an ICC key that fits its certificate whole"),
    # The spread of lengths that the family of card images needs, both exponents at each end.
    KeyRecipe("own-test-issuer-768", 768, 3, "issuer, shortest"),
    KeyRecipe("own-test-issuer-1024", 1024, 65537, "issuer of the smaller schemes' images"),
    KeyRecipe("own-test-issuer-1408", 1408, 3, "issuer of the longer ICC keys"),
    KeyRecipe("own-test-issuer-1968", 1968, 65537, "issuer, the longest that a record can certify"),
    KeyRecipe("own-test-icc-768", 768, 65537, "ICC, shortest"),
    KeyRecipe("own-test-icc-896", 896, 3, "ICC of 896 bits"),
    KeyRecipe("own-test-icc-1024", 1024, 65537, "ICC of 1024 bits"),
    KeyRecipe("own-test-icc-1152", 1152, 3, "ICC of 1152 bits"),
    KeyRecipe("own-test-icc-1408", 1408, 65537, "ICC of 1408 bits"),
    KeyRecipe("own-test-icc-1968", 1968, 3, "ICC, the longest that signs into one answer"),
)


def key_names() -> tuple[str, ...]:
    """Names of the published test keys."""
    return tuple(recipe.name for recipe in RECIPES)


def _path(name: str) -> Path:
    if name not in key_names():
        raise ConfigError(f"unknown test key {name!r}", todo="known: " + ", ".join(key_names()))
    return vectors() / "keys" / f"{name}.toml"


@cache
def _fields(name: str) -> dict[str, object]:
    path = _path(name)
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"test key {name!r} cannot be read: {error}",
            where=str(path),
            todo="run scripts/make_test_keys.py",
        ) from error


def _number(name: str, field: str) -> int:
    value = _fields(name).get(field)
    try:
        return value if isinstance(value, int) else int(str(value), 16)
    except ValueError as error:
        raise ConfigError(
            f"test key {name!r} has no usable {field!r}",
            where=str(_path(name)),
            todo="run scripts/make_test_keys.py",
        ) from error


@cache
def own_test_key(name: str) -> RsaPrivateKey:
    """Private key ``name`` from ``vectors/keys/``. Raises ConfigError (unknown, unreadable)."""
    return RsaPrivateKey(_number(name, "p"), _number(name, "q"), _number(name, "exponent"))


@cache
def own_test_public_key(name: str) -> RsaPublicKey:
    """Public half only, without deriving the private one. Raises ConfigError."""
    modulus = str(_fields(name).get("modulus", ""))
    try:
        return RsaPublicKey(bytes.fromhex(modulus), _number(name, "exponent"))
    except ValueError as error:
        raise ConfigError(f"test key {name!r}: {error}", where=str(_path(name))) from error
