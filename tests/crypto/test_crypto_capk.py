"""CA public keys: intact, of the right kind, and the own test CA only where it was asked for."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import ConfigError, ConfigErrors
from harness.core.paths import data
from harness.crypto.capk import (
    OWN_TEST_INDEX,
    OWN_TEST_KEYS,
    OWN_TEST_RIDS,
    CaKeyStore,
    ca_key_hash,
    own_test_ca_key,
    read_ca_keys,
)
from harness.crypto.keys import own_test_key
from harness.crypto.rsa import RsaPublicKey

REPO = Path(__file__).resolve().parents[2]
CSV = REPO.parent / "shared" / "data" / "ca-public-keys.csv"
VISA = bytes.fromhex("A000000003")

ENTRY = {
    "rid": '"A000000003"',
    "index": '"92"',
    "kind": '"test"',
    "exponent": "3",
    "source": '"here"',
    "sha1": f'"{"00" * 20}"',
    "modulus": f'"{"FF" * 128}"',
}


def _file(tmp_path: Path, *entries: dict[str, str]) -> Path:
    path = tmp_path / "keys.toml"
    lines = ["schema = 1"]
    for entry in entries:
        lines.append("[[key]]")
        lines += [f"{name} = {value}" for name, value in entry.items()]
    path.write_text("\n".join(lines))
    return path


def test_every_shipped_key_is_intact() -> None:
    keys = CaKeyStore.default().published()
    assert len(keys) == 48
    for key in keys:
        assert key.intact, key.name
        assert key.source
        assert key.key.exponent in (3, 65537)


@pytest.mark.parametrize(
    ("rid", "indexes", "kind"),
    [
        ("A000000003", ["01", "07", "08", "09"], "live"),
        ("A000000004", ["04", "05", "06"], "live"),
        ("A000000025", ["03", "0E", "0F", "10"], "live"),
        ("A000000003", ["92", "94", "95", "99"], "test"),
        ("A000000004", ["EF", "F1", "F3", "F5", "F8", "FA", "FE"], "test"),
        ("A000000333", ["09"], "test"),
        ("A000000025", ["A1"], "test"),
        ("A000000004", ["00", "02", "03"], "unknown"),
    ],
)
def test_live_and_test_are_kept_apart(rid: str, indexes: list[str], kind: str) -> None:
    store = CaKeyStore.default()
    for index in indexes:
        key = store.find(bytes.fromhex(rid), int(index, 16))
        assert key is not None, index
        assert key.kind == kind, index


def test_no_live_key_beyond_the_known_eleven() -> None:
    live = [key.name for key in CaKeyStore.default().published() if key.kind == "live"]
    assert len(live) == 11


def test_mastercard_05_is_the_live_key_of_1408_bits() -> None:
    """Two lists give this place to an old 1024-bit key as well."""
    key = CaKeyStore.default().find(bytes.fromhex("A000000004"), 5)
    assert key is not None
    assert key.key.bits == 1408


@pytest.mark.parametrize("index", OWN_TEST_KEYS)
def test_own_test_ca_is_trusted_only_on_request(index: int) -> None:
    closed, opened = CaKeyStore.default(), CaKeyStore.default(own_test=True)
    for rid in OWN_TEST_RIDS:
        raw = bytes.fromhex(rid)
        assert closed.find(raw, index) is None
        untrusted = closed.known_but_untrusted(raw, index)
        trusted = opened.find(raw, index)
        assert untrusted == trusted
        assert trusted is not None
        assert trusted.kind == "own-test"
        assert trusted.intact
        assert trusted.key == own_test_key(OWN_TEST_KEYS[index]).public
        assert opened.known_but_untrusted(raw, index) is None


def test_own_test_ca_is_under_no_other_place() -> None:
    store = CaKeyStore.default(own_test=True)
    assert own_test_ca_key(bytes.fromhex("A0000000FF"), OWN_TEST_INDEX) is None
    assert store.find(VISA, 0xE0) is None
    assert store.known_but_untrusted(VISA, 0x92) is None
    assert {key.kind for key in store.published()} == {"live", "test", "unknown"}


def test_no_published_key_has_an_own_test_index() -> None:
    for key in CaKeyStore.default().published():
        assert key.index not in OWN_TEST_KEYS, key.name


def test_no_listed_key_has_an_own_test_index() -> None:
    """All 149 listed keys, the doubtful ones too, under whatever RID."""
    if not CSV.is_file():
        pytest.skip(f"dependency missing: the list {CSV} is not beside the checkout")
    with CSV.open() as file:
        used = {int(row["index"], 16) for row in csv.DictReader(file)}
    assert not used & set(OWN_TEST_KEYS)


def test_shipped_keys_are_those_of_the_list() -> None:
    """Each key as the merged list has it: right hash and two sources, or a proof."""
    if not CSV.is_file():
        pytest.skip(f"dependency missing: the list {CSV} is not beside the checkout")
    with CSV.open() as file:
        rows = {(row["rid"], row["index"], row["modulus"]): row for row in csv.DictReader(file)}
    proved = {"A000000333/09", "A000000025/A1"}
    for key in CaKeyStore.default().published():
        rid, index = key.rid.hex().upper(), f"{key.index:02X}"
        row = rows[rid, index, key.key.modulus.hex().upper()]
        assert row["sha1_ok"] == "yes"
        assert row["sha1_published"] == key.sha1.hex().upper()
        assert int(row["n_sources"]) >= 2 or key.name in proved


def test_an_aid_finds_the_key_of_its_rid() -> None:
    store = CaKeyStore.default(own_test=True)
    aid = bytes.fromhex("A0000000031010")
    assert store.find(aid, 0x92) == store.find(VISA, 0x92)
    assert store.find(aid, OWN_TEST_INDEX) == store.find(VISA, OWN_TEST_INDEX)
    assert store.find(bytes.fromhex("A0000000991010"), 0x92) is None


def test_a_damaged_key_is_refused_when_it_is_used(tmp_path: Path) -> None:
    path = _file(tmp_path, ENTRY)
    store = CaKeyStore(read_ca_keys(path), own_test=False)
    with pytest.raises(ConfigError, match="A000000003/92 does not fit its SHA-1"):
        store.find(VISA, 0x92)
    with pytest.raises(ConfigErrors, match="1 CA key refused"):
        CaKeyStore.from_file(path)


def test_a_file_replaces_the_shipped_keys(tmp_path: Path) -> None:
    key = RsaPublicKey(b"\xff" * 128, 3)
    good = {**ENTRY, "sha1": f'"{ca_key_hash(VISA, 0x92, key).hex()}"', "expiry": '"2030-12-31"'}
    store = CaKeyStore.from_file(_file(tmp_path, good))
    found = store.find(VISA, 0x92)
    assert found is not None
    assert found.key == key
    assert found.expiry == "2030-12-31"
    assert found.name == "A000000003/92"
    assert store.find(VISA, 0x94) is None
    assert store.find(VISA, OWN_TEST_INDEX) is None
    opened = CaKeyStore.from_file(_file(tmp_path, good), own_test=True)
    assert opened.find(VISA, OWN_TEST_INDEX) is not None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rid": '"A0000000"'}, "RID has 5 bytes"),
        ({"rid": '"A00000000Z"'}, "non-hexadecimal"),
        ({"index": '"192"'}, "index one"),
        ({"kind": '"own-test"'}, "kind 'own-test'"),
        ({"kind": '"genuine"'}, "kind 'genuine'"),
        ({"exponent": "2"}, "exponent is 3 or 65537"),
        ({"sha1": '"00"'}, "SHA-1 has 20 bytes"),
        ({"modulus": f'"{"FF" * 63}"'}, "modulus has 64 to 248"),
        ({"modulus": f'"{"FF" * 249}"'}, "modulus has 64 to 248"),
        ({"modulus": f'"7F{"FF" * 127}"'}, "first bit set"),
        ({"index": f'"{OWN_TEST_INDEX:X}"'}, "own test CA's place"),
    ],
)
def test_strange_keys_are_refused_with_the_reason(
    tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    with pytest.raises(ConfigErrors, match=reason):
        CaKeyStore.from_file(_file(tmp_path, {**ENTRY, **change}))


@pytest.mark.parametrize("name", ENTRY)
def test_a_missing_field_is_named(tmp_path: Path, name: str) -> None:
    less = {field: value for field, value in ENTRY.items() if field != name}
    with pytest.raises(ConfigErrors, match=f"'{name}' is missing"):
        CaKeyStore.from_file(_file(tmp_path, less))


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    path = _file(tmp_path, ENTRY, {**ENTRY, "kind": '"x"'}, {**ENTRY, "index": "7"}, ENTRY)
    with pytest.raises(ConfigErrors) as caught:
        CaKeyStore.from_file(path)
    assert [key for key, _message in caught.value.problems] == ["key[1]", "key[2]", "key[3]"]
    assert "twice" in caught.value.problems[2][1]


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        CaKeyStore.from_file(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[[key]\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        CaKeyStore.from_file(broken)


def test_own_test_keys_need_no_published_file() -> None:
    """The own test CA costs no reading of the published keys (start-up budget)."""
    code = (
        "from harness.crypto import capk; s = capk.CaKeyStore.default(own_test=True);"
        "s.find(bytes.fromhex('A000000003'), capk.OWN_TEST_INDEX); print(s._keys is None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPO
    )
    assert done.stdout.strip() == "True"


def test_shipped_file_names_its_lists() -> None:
    text = data("ca_keys.toml").read_text()
    for name in ("emv-bertlv", "emv-utils", "javaemvreader", "proxmark3", "emvpt"):
        assert name in text
    assert len(read_ca_keys(data("ca_keys.toml"))) == text.count("[[key]]")
