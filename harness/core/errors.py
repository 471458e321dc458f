"""The one exception tree.

::

    HarnessError                 every error raised on purpose; three parts: what, where, todo
     +- ConfigError              a file, an option or an environment is wrong       -> exit code 4
     |   +- ConfigErrors         several mistakes of one file, all at once
     +- CodecError               bytes that break their coding (offset, path, partial result)
     +- LinkError                the way to the card failed                         -> exit code 3
     |   +- NoReader             no such reader, or none at all
     |   +- NoCard               the reader is there, the card is not
     |   +- CardRemoved          the card went away in the middle
     |   +- CardReset            another application reset the card
     |   +- CardMute             the card gave no ATR
     |   +- SharingViolation     another process holds the reader
     |   +- LinkTimeout          no answer before the deadline
     |   +- ServiceDown          pcscd is not running, or went away
     |   +- ProtocolMismatch     no common protocol
     +- ReplayMismatch           a replayed card was asked something that the transcript has not
     +- StatusError              raised only by ``ResponseApdu.require()``

A card's answer never raises: a status word is data.

An error is made in English, and read in the language in force: ``what`` and ``todo`` look their
text up when they are read, as every text of a record is.
"""

from __future__ import annotations


class HarnessError(Exception):
    """Base of all. ``what`` happened, ``where``, and what ``todo`` about it (any may be empty)."""

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        super().__init__(what)
        self._what = what
        self._todo = todo
        self.where = where

    @property
    def what(self) -> str:
        """What happened, in the language in force."""
        return _said(self._what)

    @property
    def todo(self) -> str:
        """What to do about it, in the language in force."""
        return _said(self._todo)

    def __str__(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"where: {self.where}")
        if self.todo:
            parts.append(f"what to do: {self.todo}")
        return "\n  ".join(parts)


def _said(text: str) -> str:
    from harness.core.retranslate import said  # it stands on the errors of i18n

    return said(text)


class ConfigError(HarnessError):
    """A file, an option or an environment variable is wrong."""


class ConfigErrors(ConfigError):
    """All mistakes of one file: ``problems`` holds (key path, message) pairs."""

    def __init__(
        self, what: str, problems: list[tuple[str, str]], *, where: str = "", todo: str = ""
    ) -> None:
        super().__init__(what, where=where, todo=todo)
        self.problems = problems

    def __str__(self) -> str:
        lines = [f"{key}: {message}" for key, message in self.problems]
        return "\n  ".join([super().__str__(), *lines])


class CodecError(HarnessError):
    """Bytes that do not follow their coding.

    ``offset`` counts bytes from the start of the input, ``path`` names the enclosing objects
    (``"6F/A5"``), ``partial`` is what could still be decoded.
    """

    def __init__(
        self, what: str, *, offset: int = 0, path: str = "", partial: object = None, todo: str = ""
    ) -> None:
        where = f"offset {offset}" + (f" in {path}" if path else "")
        super().__init__(what, where=where, todo=todo)
        self.offset = offset
        self.path = path
        self.partial = partial


class LinkError(HarnessError):
    """The way to the card failed. ``code`` is the PC/SC code where there is one."""

    def __init__(
        self, what: str, *, where: str = "", todo: str = "", code: int | None = None
    ) -> None:
        super().__init__(what, where=where, todo=todo)
        self.code = code


class NoReader(LinkError):
    """No such reader, or none at all."""


class NoCard(LinkError):
    """The reader is there, the card is not."""


class CardRemoved(LinkError):
    """The card went away in the middle of something."""


class CardReset(LinkError):
    """Another application reset the card."""


class CardMute(LinkError):
    """The card was powered and gave no usable ATR."""


class SharingViolation(LinkError):
    """Another process holds the reader."""


class LinkTimeout(LinkError):
    """No answer before the deadline (``deadline_s``); the cause is not established."""

    def __init__(
        self, what: str, *, deadline_s: float = 0.0, where: str = "", todo: str = ""
    ) -> None:
        super().__init__(what, where=where, todo=todo)
        self.deadline_s = deadline_s


class ServiceDown(LinkError):
    """pcscd is not running, or went away."""


class ProtocolMismatch(LinkError):
    """Card and reader have no protocol in common."""


class ReplayMismatch(HarnessError):
    """A replayed card was asked something that the transcript does not hold. Where it holds the
    command with other data: ``sent`` is the whole command, ``recorded`` the other one."""

    sent: bytes = b""
    recorded: bytes = b""


class StatusError(HarnessError):
    """Raised only where the caller asked for it: ``ResponseApdu.require()``."""
