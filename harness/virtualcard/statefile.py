"""Non-volatile memory in a file: what the card wrote is on disk before it answers.

The file is replaced as a whole (temporary file, fsync, rename, fsync of the folder), so that it
is readable whenever the process dies, and holds the memory before or after a command, nothing in
between. It holds the card's PIN where the issuer has changed it, so it is the user's alone (0600).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from harness.core.atomic import replace_file
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.paths import state_home
from harness.virtualcard.answers import Answer, Engine

SCHEMA = 1


class Remembering(Engine, Protocol):
    """An engine whose memory can be taken out and put back."""

    def snapshot(self) -> dict[str, Any]:
        """Everything that a reset leaves, in what JSON can hold."""
        ...

    def restore(self, memory: dict[str, Any]) -> None:
        """The reverse. Raises KeyError, TypeError, ValueError for what is no memory of it."""
        ...


class Kept:
    """An engine whose memory is kept in ``file``: written whenever a command has changed it."""

    def __init__(self, engine: Remembering, file: StateFile) -> None:
        self._engine = engine
        self._file = file
        file.load_into(engine)

    def reset(self) -> None:
        """As the engine's own."""
        self._engine.reset()

    def process(self, command: bytes) -> Answer:
        """As the engine's own; the answer is given once the memory is on disk."""
        answer = self._engine.process(command)
        self._file.save(self._engine.snapshot())
        return answer


class StateFile:
    """The memory of one card of one image."""

    def __init__(self, path: Path, image: str) -> None:
        self.path = path
        self._image = image
        self._last = ""

    def load_into(self, engine: Remembering) -> None:
        """Put what the file holds into ``engine``; a file that is not there is a new card.

        Raises ConfigError for a file that is none of ours, or of another image.
        """
        try:
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return
        except (OSError, UnicodeDecodeError) as error:
            raise self._refused(str(error)) from error
        try:
            content = json.loads(text)
            if content["schema"] != SCHEMA:
                raise ValueError(_("schema {number}").format(number=content["schema"]))
            if content["image"] != self._image:
                raise ValueError(_("it belongs to {image}").format(image=content["image"]))
            engine.restore(content["memory"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self._refused(str(error)) from error
        self._last = text

    def save(self, memory: dict[str, Any]) -> None:
        """Write ``memory`` where it is not what the file holds. Raises ConfigError (no space, no
        permission): a card that cannot remember must not answer."""
        content = {"schema": SCHEMA, "image": self._image, "memory": memory}
        text = json.dumps(content, separators=(",", ":")) + "\n"
        if text == self._last:
            return
        try:
            replace_file(self.path, text, private=True)
        except OSError as error:
            raise ConfigError(
                _("the card's memory cannot be written: {reason}").format(reason=error),
                where=str(self.path),
                todo=_("make room or give another --state; --ephemeral keeps it in memory"),
            ) from error
        self._last = text

    def _refused(self, reason: str) -> ConfigError:
        return ConfigError(
            _("not the memory of this card: {reason}").format(reason=reason),
            where=str(self.path),
            todo=_("give another file, or delete this one for a new card"),
        )


def default_path(image: str) -> Path:
    """Where the memory of a served card is kept."""
    return state_home() / "cards" / f"{image}.json"
