"""CA public keys: which there are, of which kind, from which source, and whether they are intact.

Trust has a policy: ``live`` and ``test`` keys are published facts; ``unknown`` are published keys
whose kind the sources do not settle; ``own-test`` is our own CA, whose private half is public, so
a chain under it is only as good as the option that allowed it.
"""

from __future__ import annotations

import tomllib
from datetime import date
from hashlib import sha1
from pathlib import Path
from typing import Any, Literal, get_args

from harness.core.errors import ConfigError, ConfigErrors
from harness.core.i18n import N_, _, ngettext
from harness.core.paths import data
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.crypto.keys import own_test_public_key
from harness.crypto.rsa import RsaPublicKey

Kind = Literal["live", "test", "unknown", "own-test"]
CAPK_SPEC = Spec("EMV 4.4 Book 2", "chapter 11 (CA public key management)", verified=False)

# Free in every list of published keys that was examined, under every RID (there is a test
# that reads the whole list): E1 and E2.
OWN_TEST_KEYS = {0xE1: "own-test-ca-1408", 0xE2: "own-test-ca-1984"}
OWN_TEST_INDEX = 0xE1

# Registered identifiers of the schemes that card images may come under.
OWN_TEST_RIDS = {
    "A000000003": "Visa",
    "A000000004": "Mastercard",
    "A000000010": "Mastercard (Europay)",
    "A000000005": "Maestro UK",
    "A000000025": "American Express",
    "A000000029": "LINK",
    "A000000042": "Groupement des Cartes Bancaires",
    "A000000065": "JCB",
    "A000000098": "Visa US",
    "A000000121": "Dankort",
    "A000000141": "PagoBANCOMAT",
    "A000000152": "Discover and Diners Club",
    "A000000154": "Banrisul",
    "A000000228": "mada",
    "A000000277": "Interac",
    "A000000324": "Discover (ZIP)",
    "A000000333": "UnionPay",
    "A000000337": "GIM-UEMOA",
    "A000000359": "girocard",
    "A000000371": "Verve",
    "A000000384": "eftpos",
    "A000000432": "PRO100",
    "A000000454": "eTranzact",
    "A000000524": "RuPay",
    "A000000602": "GPN",
    "A000000615": "MyDebit",
    "A000000620": "DNA",
    "A000000651": "Elo",
    "A000000658": "Mir",
    "A000000672": "Troy",
    "A000000727": "NAPAS",
    "A000000732": "Meeza",
    "B012345678": "Mastercard test",
    "D056000666": "Bancontact",
    "D276000025": "girocard (German banks)",
    "D410000003": "VCCS",
    "D578000002": "BankAxept",
    "D804000001": "Prostir",
}


@dataclass(frozen=True, slots=True)
class CaKey:
    """One CA public key. ``rid`` 5 bytes; ``sha1`` is over RID, index, modulus and exponent;
    ``expiry`` is ISO text where a source that can know it says so, else None."""

    rid: bytes
    index: int
    key: RsaPublicKey
    kind: Kind
    source: str
    sha1: bytes
    expiry: str | None = None

    @property
    def name(self) -> str:
        """``A000000003/92``."""
        return f"{self.rid.hex().upper()}/{self.index:02X}"

    @property
    def intact(self) -> bool:
        """True where the recomputed SHA-1 is the stored one."""
        return ca_key_hash(self.rid, self.index, self.key) == self.sha1


def ca_key_hash(rid: bytes, index: int, key: RsaPublicKey) -> bytes:
    """SHA-1 over RID, index, modulus and exponent, as the schemes publish it (20 bytes)."""
    text = rid + bytes([index]) + key.modulus + key.exponent_bytes
    return sha1(text, usedforsecurity=False).digest()


def own_test_ca_key(rid: bytes, index: int) -> CaKey | None:
    """Our own CA's key under ``rid``, or None (another index, or no scheme's RID)."""
    name = OWN_TEST_KEYS.get(index)
    if name is None or rid.hex().upper() not in OWN_TEST_RIDS:
        return None
    key = own_test_public_key(name)
    source = f"vectors/keys/{name}.toml"
    return CaKey(rid, index, key, "own-test", source, ca_key_hash(rid, index, key))


class CaKeyStore:
    """CA keys by RID and index. Published keys are read when first asked for."""

    def __init__(self, keys: dict[tuple[bytes, int], CaKey] | None, *, own_test: bool) -> None:
        self._keys = keys
        self.own_test = own_test

    @classmethod
    def default(cls, *, own_test: bool = False) -> CaKeyStore:
        """The shipped keys; our own test CA's too where ``own_test``."""
        return cls(None, own_test=own_test)

    @classmethod
    def from_file(cls, path: str | Path, *, own_test: bool = False) -> CaKeyStore:
        """Keys of a file in the form of ``harness/data/ca_keys.toml``, instead of the shipped ones.

        Raises ConfigErrors with the reason for every refused key; one that does not fit its SHA-1
        is refused here, and not only when a card names it.
        """
        keys = read_ca_keys(Path(path))
        broken = [
            (key.name, _("does not fit its SHA-1: modulus, exponent or hash is mistyped"))
            for key in keys.values()
            if not key.intact
        ]
        if broken:
            raise _refused(broken, Path(path))
        return cls(keys, own_test=own_test)

    def find(self, rid: bytes, index: int) -> CaKey | None:
        """The trusted key, or None. ``rid``: 5 bytes, or an AID that starts with it.

        Raises ConfigError where the stored SHA-1 does not fit the key.
        """
        rid = rid[:5]
        own = own_test_ca_key(rid, index)
        if own is not None:
            return own if self.own_test else None
        found = self._loaded().get((rid, index))
        if found is not None and not found.intact:
            raise ConfigError(f"CA key {found.name} does not fit its SHA-1", where=found.source)
        return found

    def known_but_untrusted(self, rid: bytes, index: int) -> CaKey | None:
        """Our own test CA's key where it is not trusted: the reason for "CA key not trusted"."""
        return None if self.own_test else own_test_ca_key(rid[:5], index)

    def published(self) -> tuple[CaKey, ...]:
        """All published keys of this store, in order of RID and index (own test keys left out)."""
        published = self._loaded()
        return tuple(published[name] for name in sorted(published))

    def _loaded(self) -> dict[tuple[bytes, int], CaKey]:
        if self._keys is None:
            self._keys = read_ca_keys(data("ca_keys.toml"))
        return self._keys


def read_ca_keys(path: Path) -> dict[tuple[bytes, int], CaKey]:
    """Keys of a TOML file with ``[[key]]`` tables. Raises ConfigErrors with every mistake.

    The SHA-1 is checked when a key is used, by ``CaKeyStore.find``: hashing all of them at every
    start would be for nothing.
    """
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"CA keys cannot be read: {error}", where=str(path)) from error
    keys: dict[tuple[bytes, int], CaKey] = {}
    problems: list[tuple[str, str]] = []
    entries = content.get("key", [])
    if not isinstance(entries, list):
        raise _refused([("key", _("is no list of tables, [[key]]"))], path)
    for place, entry in enumerate(entries):
        try:
            key = _ca_key(entry)
            _refuse_strange(key, keys)
        except (KeyError, TypeError, ValueError) as error:
            problems.append((f"key[{place}]", _reason(error)))
            continue
        keys[(key.rid, key.index)] = key
    if problems:
        raise _refused(problems, path)
    return keys


def _refused(problems: list[tuple[str, str]], path: Path) -> ConfigErrors:
    count = len(problems)
    text = ngettext("{count} CA key refused", "{count} CA keys refused", count)
    return ConfigErrors(text.format(count=count), problems, where=str(path))


def _ca_key(entry: dict[str, Any]) -> CaKey:
    kind = entry["kind"]
    if kind not in get_args(Kind) or kind == "own-test":
        raise ValueError(N_(f"kind {kind!r} is not live, test or unknown"))
    return CaKey(
        bytes.fromhex(entry["rid"]),
        int(entry["index"], 16),
        RsaPublicKey(bytes.fromhex(entry["modulus"]), int(entry["exponent"])),
        kind,
        entry["source"],
        bytes.fromhex(entry["sha1"]),
        entry.get("expiry"),
    )


def _refuse_strange(key: CaKey, others: dict[tuple[bytes, int], CaKey]) -> None:
    """What a key must be beside well-formed."""
    if len(key.rid) != 5 or not 0 <= key.index <= 0xFF:
        raise ValueError(N_("a RID has 5 bytes and an index one"))
    if len(key.sha1) != 20:
        raise ValueError(N_(f"a SHA-1 has 20 bytes, not {len(key.sha1)}"))
    if not 64 <= key.key.length <= 248 or key.key.modulus[0] < 0x80:
        bits = key.key.bits
        raise ValueError(N_(f"a modulus has 64 to 248 bytes, the first bit set; {bits} bits"))
    if key.key.exponent not in (3, 65537):
        raise ValueError(N_(f"an exponent is 3 or 65537, not {key.key.exponent}"))
    if key.expiry is not None and not _is_date(key.expiry):
        raise ValueError(N_(f"expiry {key.expiry!r} is no date YYYY-MM-DD"))
    if (key.rid, key.index) in others:
        raise ValueError(N_(f"{key.name} is there twice"))
    if own_test_ca_key(key.rid, key.index) is not None:
        raise ValueError(N_(f"{key.name} is the own test CA's place"))


def _is_date(text: object) -> bool:
    try:
        return isinstance(text, str) and len(date.fromisoformat(text).isoformat()) == len(text)
    except ValueError:
        return False


def _reason(error: Exception) -> str:
    return N_(f"{error} is missing") if isinstance(error, KeyError) else str(error)
