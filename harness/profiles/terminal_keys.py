"""The CA keys that a terminal configuration holds, as a store that authentication asks."""

from __future__ import annotations

from harness.core.paths import data
from harness.crypto.capk import CaKey, CaKeyStore, Kind, ca_key_hash, own_test_ca_key, read_ca_keys
from harness.crypto.rsa import RsaPublicKey
from harness.profiles.terminal_config import TerminalConfig, TerminalKey


def key_store(config: TerminalConfig, *, own_test: bool, path: str | None = None) -> CaKeyStore:
    """The keys of ``config`` and no others; the shipped ones where it names none. ``path``: those
    of this file instead of either; raises ConfigErrors for what is wrong there.

    Our own test CA's keys are a matter of ``own_test`` alone: no configuration holds them.
    """
    if path is not None:
        return CaKeyStore.from_file(path, own_test=own_test)
    if not config.ca_keys:
        return CaKeyStore.default(own_test=own_test)
    shipped = read_ca_keys(data("ca_keys.toml"))
    found = [_key(one, shipped, str(config.path or config.id)) for one in config.ca_keys]
    return CaKeyStore({(key.rid, key.index): key for key in found if key}, own_test=own_test)


def unknown_keys(config: TerminalConfig) -> list[str]:
    """Names of the keys that ``config`` lists without a modulus, and that nobody published."""
    shipped = read_ca_keys(data("ca_keys.toml")) if config.ca_keys else {}
    return [one.name for one in config.ca_keys if _key(one, shipped, "") is None]


def _key(one: TerminalKey, shipped: dict[tuple[bytes, int], CaKey], source: str) -> CaKey | None:
    if own_test_ca_key(one.rid, one.index) is not None:
        return None
    known = shipped.get((one.rid, one.index))
    if not one.modulus or (known is not None and known.key.modulus == one.modulus):
        return known
    # The terminal's own modulus counts; whose key it is, its file alone does not settle.
    key = RsaPublicKey(one.modulus, one.exponent)
    kind: Kind = "unknown"
    digest = ca_key_hash(one.rid, one.index, key)
    return CaKey(one.rid, one.index, key, kind, source, digest, one.expires or None)
