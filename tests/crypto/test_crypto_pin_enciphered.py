"""Enciphered offline PIN (EMV Book 2, 7.2): both ends, and the textbook operation."""

from __future__ import annotations

import pytest

from harness.core.errors import CodecError, ConfigError
from harness.crypto.keys import own_test_key
from harness.crypto.pin import encipher_pin, format2, open_enciphered_pin, padding_length

CHALLENGE = bytes.fromhex("1122334455667788")


@pytest.mark.parametrize("name", ["own-test-icc-visa-1024", "own-test-icc-short-768"])
@pytest.mark.parametrize("pin", ["1234", "123456789012"])
def test_the_card_opens_what_the_terminal_enciphered(name: str, pin: str) -> None:
    key = own_test_key(name)
    padding = bytes(index % 251 for index in range(padding_length(key.public)))
    data = encipher_pin(key.public, pin, CHALLENGE, padding)
    assert len(data) == key.public.length
    assert open_enciphered_pin(key, data, CHALLENGE) == format2(pin)
    block = bytes.fromhex("7F") + format2(pin) + CHALLENGE + padding
    modulus = int.from_bytes(key.public.modulus, "big")
    number = pow(int.from_bytes(block, "big"), key.public.exponent, modulus)
    assert data == number.to_bytes(key.public.length, "big")


def test_what_is_wrong_is_none() -> None:
    key = own_test_key("own-test-icc-visa-1024")
    padding = bytes(padding_length(key.public))
    data = encipher_pin(key.public, "1234", CHALLENGE, padding)
    assert open_enciphered_pin(key, data, bytes(8)) is None
    assert open_enciphered_pin(key, data, b"") is None
    assert open_enciphered_pin(key, data[:-1], CHALLENGE) is None
    assert open_enciphered_pin(key, b"\xff" * key.public.length, CHALLENGE) is None
    assert open_enciphered_pin(key, key.public.modulus, CHALLENGE) is None
    assert open_enciphered_pin(own_test_key("own-test-icc-spare-1024"), data, CHALLENGE) is None
    other = key.public.recover(b"\x6a" + format2("1234") + CHALLENGE + padding)
    assert open_enciphered_pin(key, other, CHALLENGE) is None


def test_wrong_lengths_are_refused() -> None:
    key = own_test_key("own-test-icc-visa-1024").public
    padding = bytes(padding_length(key))
    with pytest.raises(CodecError, match="challenge"):
        encipher_pin(key, "1234", CHALLENGE[:7], padding)
    with pytest.raises(CodecError, match="padding"):
        encipher_pin(key, "1234", CHALLENGE, padding + b"\0")
    with pytest.raises(ConfigError) as caught:
        encipher_pin(key, "987", CHALLENGE, padding)
    assert "987" not in str(caught.value)
