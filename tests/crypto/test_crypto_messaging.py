"""Secure messaging against values of an HSM, both ends against each other, and against a second
implementation from blocks up."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import CodecError, ConfigError
from harness.crypto import messaging
from harness.crypto.cryptogram import SCHEMES, CryptogramScheme, IccKeys, IssuerMasterKeys, scheme
from harness.crypto.des import check_value
from harness.crypto.suites import SUITES

Read = Callable[[str], dict[str, Any]]
ALL = pytest.mark.parametrize("entry", SCHEMES, ids=lambda entry: entry.name)
KEYS = IccKeys(*(bytes(range(start, start + 16)) for start in (0x10, 0x40, 0x70)))
ATC, ARQC = bytes.fromhex("001C"), bytes.fromhex("29CCA15AE665FA2E")
NOW: dict[str, bytes] = {"atc": ATC, "arqc": ARQC}


def _case(case: dict[str, Any]) -> tuple[CryptogramScheme, IccKeys, dict[str, bytes]]:
    entry = scheme(case["cvn"], bytes.fromhex(case["aid"]))
    masters = IssuerMasterKeys(
        *(bytes.fromhex(case["issuer_keys"][k]) for k in ("ac", "smi", "smc"))
    )
    now = {"atc": bytes.fromhex(case["atc"]), "arqc": bytes.fromhex(case["arqc"])}
    return entry, entry.derive_all(masters, case["pan"], case["psn"]), now


# --- against others ----------------------------------------------------------------------------


def test_published_commands(vector: Read) -> None:
    seen = set()
    for case in vector("messaging.toml")["case"]:
        entry, keys, now = _case(case)
        for command in case["commands"]:
            expected = bytes.fromhex(command["command"])
            pin, current = command.get("pin", ""), command.get("current", "")
            if command["does"] == "plain":
                made = messaging.protect(entry, keys, bytes.fromhex(command["header"]), **now)
            elif command["does"] == "unblock":
                made = messaging.pin_unblock(entry, keys, **now)
            else:
                made = messaging.pin_change(entry, keys, pin, current=current, **now)
            assert made == expected, case["name"]
            opened = messaging.open_command(entry, keys, expected, secret=bool(pin), **now)
            assert opened is not None
            if pin:
                known = messaging.pin_of_change(entry, keys, expected[3], opened, current=current)
                assert known == pin
            seen.add((entry.messaging, command["does"]))
    assert {kind for kind, _does in seen} == {"visa", "mastercard", "interac"}
    assert len(seen) == 6


def test_published_parts(vector: Read) -> None:
    cases = vector("messaging.toml")["parts"]
    assert [case["cvn"] for case in cases] == ["A5", "0A"]
    for case in cases:
        entry, keys, now = _case(case)
        for name, expected in case["card_key_checks"].items():
            assert check_value(getattr(keys, name)).hex().upper() == expected
        session = {
            name: messaging.session_key(entry, getattr(keys, name), **now)
            for name in ("smi", "smc")
        }
        for name, expected in case["session_key_checks"].items():
            assert check_value(session[name]).hex().upper() == expected
        plain = bytes.fromhex(case["plain"])
        enciphered = messaging.encipher(entry, session["smc"], plain)
        assert enciphered.hex().upper() == case["enciphered"]
        assert messaging.decipher(entry, session["smc"], enciphered) == plain
        for mac in case["macs"]:
            parts = bytes.fromhex(mac["header"]), bytes.fromhex(mac["data"])
            made = messaging.command_mac(entry, session["smi"], *parts, **now)
            assert made.hex().upper() == mac["mac"]


def test_published_pin_blocks(vector: Read) -> None:
    for case in vector("messaging.toml")["pin_block"]:
        key = scheme("0A", bytes.fromhex("A000000003")).derive(
            bytes.fromhex(case["issuer_key"]), case["pan"], case["psn"]
        )
        for block in case["blocks"]:
            made = messaging.vis_pin_block(key, block["pin"], block["current"])
            assert made.hex().upper() == block["block"]


def test_public_electronic_cash_load() -> None:
    """What public code that loads a PBOC purse computes: the process key from the ATC and its
    complement, a MAC of four bytes over header, ATC, cryptogram and balance, the answer under the
    same key. Here from DES blocks up, with another key."""
    entry = scheme("01", bytes.fromhex("A000000333"))
    balance = bytes.fromhex("000000000104")
    made = messaging.protect(entry, KEYS, bytes.fromhex("04DA9F79"), balance, **NOW)
    assert made[:11] == bytes.fromhex("04DA9F790A") + balance
    assert len(made) == 15
    triple = KEYS.smi + KEYS.smi[:8]
    ecb = Cipher(TripleDES(triple), modes.ECB()).encryptor()
    key = ecb.update(bytes.fromhex("000000000000001C000000000000FFE3"))
    data = made[:5] + ATC + ARQC + balance + bytes.fromhex("800000")
    first = Cipher(TripleDES(key[:8] * 3), modes.CBC(bytes(8))).encryptor().update(data)[-8:]
    second = Cipher(TripleDES(key[8:] * 3), modes.ECB()).decryptor().update(first)
    mac = Cipher(TripleDES(key[:8] * 3), modes.ECB()).encryptor().update(second)
    assert made[-4:] == mac[:4]


def test_aes_messages_from_blocks_up() -> None:
    entry = scheme("A6", bytes.fromhex("A000000003"))
    made = messaging.pin_change(entry, KEYS, "1234", **NOW)
    assert made[:5] == bytes.fromhex("8424000218")
    key = Cipher(AES(KEYS.smc), modes.ECB()).encryptor().update(ARQC + bytes(8))
    plain = Cipher(AES(key), modes.ECB()).decryptor().update(made[5:21])
    assert plain.hex().upper() == "241234FFFFFFFFFF" + "80" + "00" * 7


# --- both ends -----------------------------------------------------------------------------------


@ALL
@settings(max_examples=25, deadline=None)
@given(plain=st.binary(max_size=60), secret=st.booleans())
def test_what_the_issuer_protects_the_card_reads(
    entry: CryptogramScheme, plain: bytes, secret: bool
) -> None:
    # Padding that is left off where blocks are whole cannot be told from data that look like it.
    if messaging.method_of(entry).form == "if-needed" and secret:
        plain = plain.rstrip(b"\0\x80") + b"\x01"
    header = bytes.fromhex("84DA9F58")
    made = messaging.protect(entry, KEYS, header, plain, secret=secret, **NOW)
    assert made[:4] == header
    assert made[4] == len(made) - 5
    assert (plain in made) or secret
    assert messaging.open_command(entry, KEYS, made, secret=secret, **NOW) == plain


@ALL
def test_a_changed_command_is_refused(entry: CryptogramScheme) -> None:
    made = messaging.pin_change(entry, KEYS, "1234", **NOW)
    opened = messaging.open_command(entry, KEYS, made, secret=True, **NOW)
    assert opened is not None
    assert messaging.pin_of_change(entry, KEYS, made[3], opened) == "1234"
    for place in range(len(made)):
        wrong = bytearray(made)
        wrong[place] ^= 1
        assert messaging.open_command(entry, KEYS, bytes(wrong), secret=True, **NOW) is None, place
    for length in range(len(made)):
        assert messaging.open_command(entry, KEYS, made[:length], secret=True, **NOW) is None
    other = {"atc": b"\x00\x1d", "arqc": bytes(8)}
    assert messaging.open_command(entry, KEYS, made, secret=True, **other) is None
    keys = IccKeys(KEYS.ac, KEYS.smc, KEYS.smi)
    assert messaging.open_command(entry, keys, made, secret=True, **NOW) is None


@ALL
def test_what_is_not_enciphered_as_it_should_be_is_refused(entry: CryptogramScheme) -> None:
    """A right MAC over data that are no whole blocks, or that decipher to something else."""
    for data in (b"", b"\x01", bytes(7)):
        made = messaging.protect(entry, KEYS, bytes.fromhex("84240002"), data, **NOW)
        assert messaging.open_command(entry, KEYS, made, **NOW) == data
        assert messaging.open_command(entry, KEYS, made, secret=True, **NOW) is None
    session = messaging.session_key(entry, KEYS.smc, **NOW)
    block = SUITES[entry.cipher].block
    plain = bytes([9]) * block
    enciphered = messaging.encipher(entry, session, plain)
    whole = messaging.method_of(entry).form == "if-needed"
    assert len(enciphered) == (block if whole else 2 * block)
    if not whole:
        with pytest.raises(CodecError):
            messaging.decipher(entry, session, enciphered[:block])


@ALL
def test_a_length_that_does_not_count_the_data_is_refused(entry: CryptogramScheme) -> None:
    """Even where the MAC was made over the wrong length."""
    method = messaging.method_of(entry)
    header = bytes((method.cla, 0x24, 0, 0, method.mac + 1))
    key = messaging.session_key(entry, KEYS.smi, **NOW)
    mac = messaging.command_mac(entry, key, header, b"", **NOW)[: method.mac]
    assert messaging.open_command(entry, KEYS, header + mac, **NOW) is None


def test_padding_is_in_the_last_block_and_the_length_byte_is_right() -> None:
    visa, core = (scheme(cvn, bytes.fromhex("A000000003")) for cvn in ("0A", "A5"))
    key = messaging.session_key(visa, KEYS.smc, **NOW)
    suite = SUITES["3des"]
    for text in ("0401020380000000", "0201020380000000", "0001020380000000"):
        with pytest.raises(CodecError, match="begin with their length"):
            messaging.decipher(visa, key, suite.ecb(key, bytes.fromhex(text)))
    good = suite.ecb(key, bytes.fromhex("0301020380000000"))
    assert messaging.decipher(visa, key, good) == bytes((1, 2, 3))
    with pytest.raises(CodecError, match="not padded"):
        messaging.decipher(core, key, suite.cbc(key, bytes.fromhex("0102030405060780" + "00" * 8)))
    assert messaging.decipher(core, key, suite.cbc(key, bytes.fromhex("80" + "00" * 7))) == b""


@pytest.mark.parametrize(
    "text",
    [
        "03123FFFFFFFFFFF",
        "0D1234567890123F",
        "041234FFFFFFFFF0",
        "04123AFFFFFFFFFF",
        "041234F1FFFFFFFF",
    ],
)
def test_vis_blocks_that_hold_no_pin(text: str) -> None:
    entry = scheme("0A", bytes.fromhex("A000000003"))
    mask = messaging.vis_pin_block(KEYS.ac, "1234")
    mask = bytes(a ^ b for a, b in zip(mask, bytes.fromhex("041234FFFFFFFFFF"), strict=True))
    block = bytes(a ^ b for a, b in zip(bytes.fromhex(text), mask, strict=True))
    assert messaging.pin_of_change(entry, KEYS, 0x02, block) is None


@pytest.mark.parametrize("pin", ["1234", "12345", "123456789012"])
@ALL
def test_pin_changes_go_there_and_back(entry: CryptogramScheme, pin: str) -> None:
    made = messaging.pin_change(entry, KEYS, pin, **NOW)
    opened = messaging.open_command(entry, KEYS, made, secret=True, **NOW)
    assert opened is not None
    assert made[3] == 0x02
    assert messaging.pin_of_change(entry, KEYS, 0x02, opened) == pin
    assert messaging.pin_of_change(entry, KEYS, 0x03, opened) is None
    assert messaging.pin_of_change(entry, KEYS, 0x02, opened[:7]) is None
    if messaging.method_of(entry).pin_block == "iso2":
        assert messaging.pin_of_change(entry, KEYS, 0x01, opened) is None
        with pytest.raises(ConfigError, match="current PIN"):
            messaging.pin_change(entry, KEYS, pin, current="1234", **NOW)
        return
    made = messaging.pin_change(entry, KEYS, pin, current="98765", **NOW)
    opened = messaging.open_command(entry, KEYS, made, secret=True, **NOW)
    assert opened is not None
    assert messaging.pin_of_change(entry, KEYS, made[3], opened, current="98765") == pin
    assert messaging.pin_of_change(entry, KEYS, made[3], opened, current="11111") != pin


@ALL
def test_unblocking(entry: CryptogramScheme) -> None:
    made = messaging.pin_unblock(entry, KEYS, **NOW)
    method = messaging.method_of(entry)
    assert made[:5] == bytes((method.cla, 0x24, 0, 0, method.mac))
    assert messaging.open_command(entry, KEYS, made, **NOW) == b""


# --- the boundary ---------------------------------------------------------------------------------


def test_wrong_shapes_are_named() -> None:
    entry = scheme("12", bytes.fromhex("A000000003"))
    with pytest.raises(CodecError, match="9F36"):
        messaging.session_key(entry, KEYS.smi, atc=b"", arqc=ARQC)
    with pytest.raises(CodecError, match="9F26"):
        messaging.session_key(entry, KEYS.smi, atc=ATC, arqc=b"")
    with pytest.raises(ConfigError, match="16 bytes"):
        messaging.session_key(entry, b"", atc=ATC, arqc=ARQC)
    with pytest.raises(CodecError, match="command header"):
        messaging.protect(entry, KEYS, bytes(5), **NOW)
    with pytest.raises(CodecError, match="do not fit"):
        messaging.protect(entry, KEYS, bytes(4), bytes(248), **NOW)
    longest = messaging.protect(entry, KEYS, bytes(4), bytes(247), **NOW)
    assert len(longest) == 260
    with pytest.raises(ConfigError, match="not a PIN"):
        messaging.pin_change(entry, KEYS, "12", **NOW)
    with pytest.raises(ConfigError, match="not a PIN"):
        messaging.pin_change(entry, KEYS, "1234", current="1", **NOW)
    for cvn, aid in (("0A", "A000000003"), ("A5", "A000000003")):
        with pytest.raises(CodecError):
            messaging.decipher(scheme(cvn, bytes.fromhex(aid)), KEYS.smc, b"")


def test_every_method_is_used_and_every_version_has_one() -> None:
    assert {entry.messaging for entry in SCHEMES} == set(messaging.METHODS)


def test_random_blocks_do_not_crash_the_card() -> None:
    dice = random.Random(7)
    for entry in SCHEMES:
        for _ in range(50):
            found = messaging.pin_of_change(entry, KEYS, dice.choice([1, 2]), dice.randbytes(8))
            assert found is None or found.isdigit()
