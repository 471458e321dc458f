"""What decoding gives back, and the context that it may be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.core.plain import dataclass

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about where the bytes come from; every field may be left out.

    ``aid`` (5 to 16 bytes) and ``kernel`` (EMVCo number, 2 to 8) decide between the meanings of
    scoped tags; ``command`` is the whole command that a response answers. ``pdol``, ``cdol1``,
    ``cdol2``, ``ddol`` and ``tdol`` are lists as the card sent them: the data of later commands is
    taken apart with them. ``log_format`` (9F4F) reads the records of the file ``log_sfi``.
    """

    aid: bytes | None = None
    kernel: int | None = None
    command: bytes = b""
    pdol: bytes = b""
    cdol1: bytes = b""
    cdol2: bytes = b""
    ddol: bytes = b""
    tdol: bytes = b""
    log_format: bytes = b""
    log_sfi: int = 0


class Decoded:
    """What the input was and what it says.

    ``kind`` is one of ``KINDS``; ``errors`` are the coding faults, each with ``offset`` and
    ``message``. ``body`` (the JSON keys of that kind) and ``lines`` (text for people) are made
    when they are asked for. ``also`` names other readings of the same input: ``kind`` and ``why``.
    """

    __slots__ = ("_body", "_lines", "also", "errors", "kind")

    def __init__(
        self,
        kind: str,
        lines: list[str] | Callable[[], list[str]],
        body: dict[str, Any] | Callable[[], dict[str, Any]],
        errors: list[dict[str, Any]] | None = None,
    ) -> None:
        self.kind = kind
        self._lines = lines
        self._body = body
        self.errors = errors or []
        self.also: list[dict[str, str]] = []

    @property
    def lines(self) -> list[str]:
        """Text for people."""
        if callable(self._lines):
            self._lines = self._lines()
        return self._lines

    @property
    def body(self) -> dict[str, Any]:
        """The JSON keys of this kind."""
        if callable(self._body):
            self._body = self._body()
        return self._body

    @property
    def ok(self) -> bool:
        """True without coding faults."""
        return not self.errors

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """Data objects, where the input has any."""
        found: list[dict[str, Any]] = self.body.get("nodes", [])
        return found

    @property
    def fields(self) -> list[str]:
        """Facts in words, for what is no tree."""
        found: list[str] = self.body.get("fields", [])
        return found

    def to_json(self) -> dict[str, Any]:
        """The published object: ``schema``, ``kind``, the keys of that kind, ``errors``, and
        ``also`` where the input has a second-best reading."""
        whole = {"schema": SCHEMA, "kind": self.kind, **self.body, "errors": self.errors}
        return {**whole, "also": self.also} if self.also else whole


def fault(offset: int, message: str) -> dict[str, Any]:
    """One entry of ``Decoded.errors``."""
    return {"offset": offset, "message": message}


def prefixed(found: Decoded, line: str) -> Decoded:
    """``found`` with a line above it that says where it comes from."""
    again = Decoded(found.kind, [line, *found.lines], found.body, found.errors)
    again.also = found.also
    return again
