"""Raw RSA, the choice of the engine, and the published test keys."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa as other_rsa

from harness.core.errors import CodecError, ConfigError
from harness.crypto.keys import (
    RECIPES,
    key_names,
    own_test_key,
    own_test_public_key,
)
from harness.crypto.primes import SeededBytes, is_probable_prime, prime
from harness.crypto.rsa import RsaPrivateKey, RsaPublicKey, generate

REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", key_names())
def test_signing_and_recovering_are_inverse(name: str) -> None:
    key = own_test_key(name)
    block = b"\x6a" + random.Random(name).randbytes(key.public.length - 1)
    signature = key.sign(block)
    assert signature != block
    assert key.public.recover(signature) == block


@pytest.mark.parametrize("name", ["own-test-icc-short-768", "own-test-issuer-mastercard-1280"])
def test_signature_is_the_plain_power(name: str) -> None:
    """Chinese remainders give what one exponentiation with the whole private exponent gives."""
    key = own_test_key(name)
    block = random.Random(7).randbytes(key.public.length - 1).rjust(key.public.length, b"\0")
    private = pow(key.e, -1, (key.p - 1) * (key.q - 1))
    expected = pow(int.from_bytes(block, "big"), private, key.p * key.q)
    assert key.sign(block) == expected.to_bytes(key.public.length, "big")


@pytest.mark.parametrize("name", [name for name in key_names() if not name.endswith("-768")])
def test_keys_satisfy_another_library(name: str) -> None:
    """OpenSSL checks primes, exponents and coefficient (it loads no key below 1024 bits)."""
    key = own_test_key(name)
    private = pow(key.e, -1, (key.p - 1) * (key.q - 1))
    public = other_rsa.RSAPublicNumbers(key.e, key.p * key.q)
    numbers = other_rsa.RSAPrivateNumbers(
        key.p,
        key.q,
        private,
        other_rsa.rsa_crt_dmp1(private, key.p),
        other_rsa.rsa_crt_dmq1(private, key.q),
        other_rsa.rsa_crt_iqmp(key.p, key.q),
        public,
    )
    assert numbers.private_key().key_size == key.public.bits


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_files_are_what_their_recipes_make(recipe) -> None:
    sys.path.insert(0, str(REPO / "scripts"))
    try:
        from make_test_keys import text_of
    finally:
        sys.path.pop(0)
    path = REPO / "vectors" / "keys" / f"{recipe.name}.toml"
    text = path.read_text(encoding="ascii")
    assert text.startswith("# TEST KEY, PUBLIC ON PURPOSE, NOT A SCHEME KEY.\n")
    assert text == text_of(recipe)


def test_every_key_file_has_a_recipe() -> None:
    files = {path.stem for path in (REPO / "vectors" / "keys").glob("*.toml")}
    assert files == set(key_names())


def test_public_half_comes_without_the_private_one() -> None:
    for name in key_names():
        assert own_test_public_key(name) == own_test_key(name).public
        assert own_test_public_key(name).bits == int(name.rsplit("-", 1)[1])


def test_unknown_key_lists_the_known() -> None:
    with pytest.raises(ConfigError, match="own-test-ca-1408"):
        own_test_key("no-such-key")


def test_private_numbers_do_not_show() -> None:
    key = own_test_key("own-test-icc-short-768")
    assert str(key.p) not in repr(key)
    assert str(key.q) not in repr(key)


@pytest.mark.parametrize("bits", [512, 768, 1024])
@pytest.mark.parametrize("exponent", [3, 65537])
def test_generation_is_deterministic_and_exact(bits: int, exponent: int) -> None:
    key = generate(bits, exponent, b"seed")
    assert key == generate(bits, exponent, b"seed")
    assert key != generate(bits, exponent, b"seed2")
    assert key.public.bits == bits
    assert key.e == exponent


@pytest.mark.parametrize(("bits", "exponent"), [(504, 3), (2000, 3), (520, 3), (1024, 5)])
def test_generation_refuses_what_emv_has_not(bits: int, exponent: int) -> None:
    with pytest.raises(ConfigError):
        generate(bits, exponent, b"seed")


@pytest.mark.parametrize("length", [95, 97, 0])
def test_blocks_of_another_length_are_refused(length: int) -> None:
    key = own_test_key("own-test-icc-short-768")
    with pytest.raises(CodecError):
        key.sign(bytes(length))
    with pytest.raises(CodecError):
        key.public.recover(bytes(length))


def test_block_not_below_the_modulus_is_refused() -> None:
    key = own_test_key("own-test-icc-short-768")
    with pytest.raises(CodecError):
        key.sign(key.public.modulus)


@pytest.mark.parametrize("modulus", [b"\0", b"\1", b""])
def test_no_modulus_is_refused(modulus: bytes) -> None:
    with pytest.raises(CodecError):
        RsaPublicKey(modulus, 3).recover(bytes(len(modulus)))


def test_exponent_bytes_are_emvs() -> None:
    assert RsaPublicKey(b"\xff", 3).exponent_bytes == b"\x03"
    assert RsaPublicKey(b"\xff", 65537).exponent_bytes == b"\x01\x00\x01"


@pytest.mark.parametrize(
    ("number", "is_prime"),
    [
        *[(0, False), (1, False), (2, True), (3, True), (4, False), (561, False), (7919, True)],
        *[(2**127 - 1, True), (2**128 + 1, False), (3215031751, False), (7919 * 7927, False)],
    ],
)
def test_miller_rabin(number: int, is_prime: bool) -> None:
    """Carmichael number 561, and 3215031751, a strong pseudoprime to bases 2, 3, 5 and 7."""
    assert is_probable_prime(number, SeededBytes(b"bases")) is is_prime


def test_a_prime_leaves_room_for_its_exponent() -> None:
    for seed in range(20):
        found = prime(64, 3, bytes([seed]))
        assert found.bit_length() == 64
        assert found >> 62 == 0b11
        assert found % 3 == 2


def _run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPO
    ).stdout.strip()


PREAMBLE = (
    "import sys; from harness.crypto import rsa; from harness.crypto.keys import own_test_key as k;"
    "key = k('own-test-icc-short-768'); block = bytes(96); "
)


def test_one_transaction_does_not_import_gmpy2() -> None:
    code = PREAMBLE + "[key.sign(block) for _ in range(8)]; print('gmpy2' in sys.modules)"
    assert _run(code) == "False"


def test_a_long_run_changes_over() -> None:
    pytest.importorskip("gmpy2")
    code = PREAMBLE + "[key.sign(block) for _ in range(60)]; print(rsa.engine_name())"
    assert _run(code) == "gmpy2"


def test_gmpy2_that_is_there_is_used_at_once() -> None:
    pytest.importorskip("gmpy2")
    code = "import gmpy2; " + PREAMBLE + "key.sign(block); print(rsa.engine_name())"
    assert _run(code) == "gmpy2"
    assert _run(PREAMBLE + "rsa.prefer_gmpy2(); print(rsa.engine_name())") == "gmpy2"


def test_without_gmpy2_everything_still_works() -> None:
    code = (
        "import sys; sys.modules['gmpy2'] = None; "
        + PREAMBLE
        + "assert not rsa.prefer_gmpy2(); good = b'\\x6a' + bytes(95);"
        "print(rsa.engine_name(), all(key.public.recover(key.sign(good)) == good"
        " for _ in range(40)))"
    )
    assert _run(code) == "pow True"


def test_both_engines_agree() -> None:
    pytest.importorskip("gmpy2")
    code = (
        PREAMBLE + "block = b'\\x6a' + bytes(range(95)); a = key.sign(block); rsa.prefer_gmpy2();"
        "print(a == key.sign(block), key.public.recover(a) == block, type(a).__name__)"
    )
    assert _run(code) == "True True bytes"


def test_a_key_of_unequal_primes_still_signs() -> None:
    key = RsaPrivateKey(prime(40, 3, b"a"), prime(24, 3, b"b"), 3)
    block = (12345).to_bytes(key.public.length, "big")
    assert key.public.recover(key.sign(block)) == block
