"""The secret salt of a bench, with which cards are recognised without being named.

A card is known by a hash over salt, PAN and sequence number. Whoever has the salt, the hash and
the masked PAN finds the PAN in a hundred thousand tries: so the salt lies in a file of its own
(mode 0600), never in a report, a history or a drawer, which carry only the salt's ``id``.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.paths import state_home
from harness.core.plain import dataclass

VARIABLE = "EMV_SALT_FILE"
BYTES = 16


@dataclass(frozen=True, slots=True)
class Salt:
    """``id`` tells two salts apart and gives nothing away."""

    value: bytes

    @property
    def id(self) -> str:
        """Eight hex digits."""
        return hashlib.sha256(b"emv-harness salt id" + self.value).hexdigest()[:8]


def salt_path() -> Path:
    """The file that ``EMV_SALT_FILE`` names, else ``salt`` in the harness's state directory."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else state_home() / "salt"


def bench_salt() -> Salt:
    """The salt of this bench, made the first time. Raises ConfigError."""
    path = salt_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            _("the salt of this bench cannot be kept: {why}").format(why=error),
            where=str(path),
            todo=_("name another file in {variable}").format(variable=VARIABLE),
        ) from error
    if not re.fullmatch(f"[0-9a-f]{{{2 * BYTES}}}", text):
        raise ConfigError(
            _("this is no salt: it is one line of {n} hex digits").format(n=2 * BYTES),
            where=str(path),
            todo=_("put back the right file, or name another in {variable}").format(
                variable=VARIABLE
            ),
        )
    return Salt(bytes.fromhex(text))


def require_salt(theirs: str, ours: Salt, where: Path | None, text: str) -> None:
    """Raise ConfigError unless the hashes in ``where`` were made with this bench's salt; ``text``
    says so, with places for ``{theirs}`` and ``{ours}``."""
    if theirs != ours.id:
        raise ConfigError(
            text.format(theirs=theirs, ours=ours.id),
            where=str(where or ""),
            todo=_("bring the salt file of that bench over, and name it in {variable}").format(
                variable=VARIABLE
            ),
        )


def _make(path: Path) -> None:
    """A new salt where there is no file; of two processes one makes it, whole or not at all."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    with open(fresh, "w", encoding="ascii", opener=_private) as file:
        file.write(secrets.token_hex(BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
