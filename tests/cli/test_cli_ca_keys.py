"""``--ca-keys`` of every command that judges certificates: keys are loaded, or refused with why."""

from __future__ import annotations

import pytest

from harness.crypto.capk import CaKeyStore

SHIPPED = CaKeyStore.default().find(bytes.fromhex("A000000003"), 0x92)


def key(**changes: object) -> str:
    assert SHIPPED is not None
    fields = {
        "rid": "A000000003",
        "index": "92",
        "kind": "test",
        "exponent": 3,
        "modulus": SHIPPED.key.modulus.hex(),
        "sha1": SHIPPED.sha1.hex(),
        "source": "a test",
    } | changes
    lines = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
        for name, value in fields.items()
    ]
    return "\n".join(["[[key]]", *lines, ""])


COMMANDS = [
    ("transact", "--amount", "1"),
    ("card", "check", "--card", "visa-credit"),
    ("coverage", "--card", "visa-credit"),
    ("run", "--suite", "card", "--card", "visa-credit"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_of_keys_is_taken(command, emv, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(key(expiry="2000-12-31"), encoding="utf-8")
    ran = emv(*command, "--ca-keys", str(path))
    assert ran.code in (0, 1)
    assert "refused" not in ran.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_key_is_refused_before_a_card_is_touched(command, emv, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(key(sha1="00" * 20), encoding="utf-8")
    ran = emv(*command, "--ca-keys", str(path))
    assert ran.code == 4
    assert "A000000003/92" in ran.err
    assert "does not fit its SHA-1" in ran.err
    assert "SELECT" not in ran.out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (key() + key(), "there twice"),
        (key(kind="own-test"), "is not live, test or unknown"),
        (key(exponent=5), "an exponent is 3 or 65537"),
        (key(modulus="00"), "a modulus has 64 to 248 bytes"),
        (key(index="E1"), "the own test CA's place"),
        (key(rid="A0"), "a RID has 5 bytes"),
        (key(expiry="31.12.2030"), "is no date YYYY-MM-DD"),
        (key(source=5).replace("source = 5\n", ""), "'source' is missing"),
        ("key = 5\n", "is no list of tables"),
        ("key = [", "cannot be read"),
    ],
)
def test_each_reason(text, why, emv, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    ran = emv("card", "check", "--card", "visa-credit", "--ca-keys", str(path))
    assert ran.code == 4
    assert why in ran.err


def test_a_card_under_a_key_that_the_file_does_not_have(emv, tmp_path):
    path = tmp_path / "empty.toml"
    path.write_text("schema = 1\n", encoding="utf-8")
    ran = emv("transact", "--amount", "1", "--ca-keys", str(path), "--json")
    assert ran.json["oda"]["state"] == "ok"  # its own test key is no key of a file
