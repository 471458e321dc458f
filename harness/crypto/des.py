"""The one door to pyemv: imported on first use (21 ms), and made quiet.

pyemv reaches 3DES by a name that ``cryptography`` has moved, with 8 and 16-byte keys that it has
deprecated: every call would warn on the user's terminal. A filter on warnings would be global, so
instead the two pyemv modules that build ciphers get the moved class, with keys spelled out to 24
bytes (K1 K1 K1, and K1 K2 K1). This is also a quarter faster.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

from harness.core.errors import CodecError, ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherAlgorithm
    from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB


def _quiet_triple_des() -> Callable[[bytes], CipherAlgorithm]:
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    except ImportError:  # cryptography 42 has it in the old place only, without warnings
        from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES

    def with_whole_key(key: bytes) -> CipherAlgorithm:
        if len(key) == 8:
            return TripleDES(key * 3)
        return TripleDES(key + key[:8] if len(key) == 16 else key)

    return with_whole_key


@cache
def pyemv() -> ModuleType:
    """The pyemv package with ``ac``, ``kd``, ``sm`` and ``tools`` loaded.

    Raises ConfigError where a release of pyemv no longer has the names that are replaced.
    """
    import pyemv as package

    replacement = SimpleNamespace(TripleDES=_quiet_triple_des())
    for module in (package.tools, package.mac):
        if not hasattr(module, "_algorithms"):
            raise ConfigError(
                f"this pyemv is built another way: {module.__name__} has no _algorithms",
                todo="install pyemv 1.5",
            )
        vars(module)["_algorithms"] = replacement
    return package


def check_value(key: bytes) -> bytes:
    """Key check value: the first three bytes of 3DES over eight zero bytes, to compare keys
    without showing them."""
    value: bytes = pyemv().tools.key_check_digits(key, 3)
    return value


def cbc(key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
    """3DES in CBC mode, the first block chained to zeros; ``data`` are whole 8-byte blocks."""
    from cryptography.hazmat.primitives.ciphers import modes

    return _run(key, modes.CBC(bytes(8)), data, decrypt=decrypt)


def ecb(key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
    """3DES in ECB mode; ``data`` are whole 8-byte blocks."""
    from cryptography.hazmat.primitives.ciphers import modes

    mode = modes.ECB()  # noqa: S305 - what Visa's secure messaging uses
    return _run(key, mode, data, decrypt=decrypt)


def _run(key: bytes, mode: CBC | ECB, data: bytes, *, decrypt: bool) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher

    if len(data) % 8:
        raise CodecError(f"{len(data)} bytes are no whole DES blocks")
    cipher = Cipher(_quiet_triple_des()(key), mode)
    worker = cipher.decryptor() if decrypt else cipher.encryptor()
    return worker.update(data)
