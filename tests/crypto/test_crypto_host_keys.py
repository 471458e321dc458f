"""PIN blocks of format 0 and message MACs."""

from __future__ import annotations

import pytest

from harness.core.errors import CodecError, ConfigError
from harness.crypto import host_keys

PAN = "43219876543210987"


def test_the_published_example_of_format_0() -> None:
    """PIN 1234, PAN 43219876543210987: the worked example of the ISO 9564 article."""
    assert host_keys.format0("1234", PAN).hex() == "0412ac89abcdef67"
    assert host_keys.pin_of_format0(bytes.fromhex("0412ac89abcdef67"), PAN) == "1234"


@pytest.mark.parametrize("pin", ["1234", "123456", "123456789012"])
def test_there_and_back(pin: str) -> None:
    block = host_keys.online_pin_block(pin, PAN)
    assert pin not in block.hex()
    assert host_keys.open_online_pin(block, PAN) == pin
    assert host_keys.open_online_pin(block, "4761739001010119") is None
    assert host_keys.open_online_pin(block, PAN, bytes(range(16))) is None


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4"])
def test_what_is_no_pin_is_refused_and_never_shown(pin: str) -> None:
    with pytest.raises(ConfigError) as caught:
        host_keys.format0(pin, PAN)
    assert not pin or pin not in str(caught.value)


def test_a_short_pan_has_no_format_0() -> None:
    with pytest.raises(CodecError):
        host_keys.format0("1234", "123456789012")
    assert host_keys.pin_of_format0(bytes(8), "1") is None


@pytest.mark.parametrize("block", [b"", bytes(7), bytes(9)])
def test_blocks_of_another_length(block: bytes) -> None:
    assert host_keys.open_online_pin(block, PAN) is None
    assert host_keys.pin_of_format0(block, PAN) is None


def test_a_mac_covers_every_byte() -> None:
    message = b"0100 some message of odd length"
    mac = host_keys.message_mac(message)
    assert len(mac) == 8
    assert host_keys.mac_holds(message, mac)
    assert not host_keys.mac_holds(message[:-1] + b"x", mac)
    assert not host_keys.mac_holds(message, mac[:-1] + bytes([mac[-1] ^ 1]))
    assert not host_keys.mac_holds(message, mac, bytes(range(16)))


def test_pin_key_and_mac_key_are_not_the_same() -> None:
    assert host_keys.pin_key() != host_keys.mac_key()
