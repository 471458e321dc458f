"""Transcripts: the exchanges of a session as JSON Lines.

The first line describes the session (``{"schema": 1, "kind": "transcript", "atr": ...}``), each
further line is one exchange. Cardholder data is masked with ``*`` nibbles, which keep all lengths,
unless the transcript says ``"masked": false``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.codec.redact import hide_secrets, mask_command, mask_response, secrets_in
from harness.core.errors import ConfigError, ConfigErrors
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.records.exchange import Exchange

SCHEMA = 1
KIND = "transcript"
_GET_RESPONSE = b"\xc0"
_KINDS = ("apdu", "reset", "power")
_HEX_OR_MASK = frozenset("0123456789ABCDEF*")


@dataclass(frozen=True, slots=True)
class Line:
    """One exchange as written: hex text, in which ``*`` stands for a masked nibble. ``response``
    is None where the link failed; ``error`` says how."""

    index: int
    kind: str
    command: str
    response: str | None
    started_ms: float = 0.0
    elapsed_ms: float = 0.0
    error: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A session as written. ``facts`` holds what else the first line says, as texts."""

    atr: bytes
    protocol: str
    masked: bool
    lines: tuple[Line, ...]
    facts: dict[str, str]


def transcript_lines(
    exchanges: Iterable[Exchange],
    *,
    atr: bytes,
    protocol: str,
    facts: Mapping[str, str] | None = None,
    unmask: bool = False,
) -> list[str]:
    """The lines of a transcript. With ``unmask`` PAN and name stay, a PIN never does."""
    kept = list(exchanges)
    pans: set[str] = set()
    for exchange in kept:
        pans |= secrets_in(exchange.response or b"")[0]
    head = {
        "schema": SCHEMA,
        "kind": KIND,
        "atr": to_hex(atr),
        "protocol": protocol,
        "masked": not unmask,
        **(facts or {}),
    }
    rows = [json.dumps(head)]
    asked = b""
    for one in kept:
        if one.command[1:2] != _GET_RESPONSE:
            asked = one.command
        rows.append(json.dumps(_row(one, asked, pans, unmask)))
    return rows


def _row(exchange: Exchange, asked: bytes, pans: set[str], unmask: bool) -> dict[str, Any]:
    """``asked`` is the command that the answer belongs to: GET RESPONSE only fetches it."""
    command, response = exchange.command, exchange.response
    answer = None
    if response is not None:
        answer = to_hex(response)
        if exchange.kind == "apdu" and not unmask:
            answer = mask_response(response, asked, known=pans, transcript=True)
    return {
        "index": exchange.index,
        "kind": exchange.kind,
        "command": _command_text(command, pans, unmask),
        "response": answer,
        "started_ms": round(exchange.started_ms, 3),
        "elapsed_ms": round(exchange.elapsed_ms, 3),
        **({"error": exchange.error} if exchange.error else {}),
        **({"step": exchange.step} if exchange.step else {}),
    }


def _command_text(command: bytes, pans: set[str], unmask: bool) -> str:
    if unmask:
        return hide_secrets(command)
    return mask_command(command, known=pans, transcript=True)


def write_transcript(path: Path, lines: Iterable[str], *, unmask: bool = False) -> None:
    """Write the lines; an unmasked transcript is readable for its owner only (mode 0600)."""
    mode = 0o600 if unmask else 0o644
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        if unmask:
            # The file may have been there before, open to others.
            path.chmod(mode)
        file.writelines(line + "\n" for line in lines)


def read_transcript(path: Path) -> Transcript:
    """Read a transcript. Raises ConfigError when it is no transcript, ConfigErrors with the line
    number and the key of every mistake."""
    try:
        rows = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            _("the transcript cannot be read: {why}").format(why=error), where=str(path)
        ) from error
    problems: list[tuple[str, str]] = []
    parsed = [_json(row, number, problems) for number, row in enumerate(rows, 1)]
    head = parsed[0] if parsed else {}
    if head.get("kind") != KIND or head.get("schema") != SCHEMA:
        raise ConfigError(
            _("not a transcript of schema {number}").format(number=SCHEMA),
            where=str(path),
            todo=_("its first line is an object with schema, kind, atr and protocol"),
        )
    atr = _hex(head.get("atr"), "line 1.atr", problems)
    lines = [_line(row, number, problems) for number, row in enumerate(parsed[1:], 2)]
    if problems:
        raise ConfigErrors(_("the transcript has mistakes"), problems, where=str(path))
    known = ("schema", "kind", "atr", "protocol", "masked")
    facts = {key: str(value) for key, value in head.items() if key not in known}
    return Transcript(
        bytes.fromhex(atr or ""),
        str(head.get("protocol", "T=0")),
        bool(head.get("masked", True)),
        tuple(lines),
        facts,
    )


def _json(row: str, number: int, problems: list[tuple[str, str]]) -> dict[str, Any]:
    try:
        found = json.loads(row)
    except ValueError as error:
        problems.append((f"line {number}", N_(f"not JSON: {error}")))
        return {}
    if not isinstance(found, dict):
        problems.append((f"line {number}", N_("not an object")))
        return {}
    return found


def _line(row: dict[str, Any], number: int, problems: list[tuple[str, str]]) -> Line:
    where = f"line {number}"
    kind = row.get("kind", "apdu")
    if kind not in _KINDS:
        problems.append((f"{where}.kind", N_(f"{kind!r} is none of {', '.join(_KINDS)}")))
    response = row.get("response")
    return Line(
        index=_number(row.get("index", number - 2), f"{where}.index", problems, whole=True),
        kind=str(kind),
        command=_hex(row.get("command"), f"{where}.command", problems) or "",
        response=None if response is None else _hex(response, f"{where}.response", problems),
        started_ms=_number(row.get("started_ms", 0.0), f"{where}.started_ms", problems),
        elapsed_ms=_number(row.get("elapsed_ms", 0.0), f"{where}.elapsed_ms", problems),
        error=str(row.get("error", "")),
        step=str(row.get("step", "")),
    )


def _number(value: object, key: str, problems: list[tuple[str, str]], whole: bool = False) -> Any:  # noqa: ANN401 - int or float, as asked
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        problems.append((key, N_(f"{value!r} is not a number")))
        return 0
    return value


def _hex(value: object, key: str, problems: list[tuple[str, str]]) -> str | None:
    """Upper-case hex, masked nibbles allowed but in an ATR; None after a mistake."""
    text = value.upper().replace(" ", "") if isinstance(value, str) else None
    allowed = _HEX_OR_MASK - {"*"} if key.endswith(".atr") else _HEX_OR_MASK
    if text is None or len(text) % 2 or not set(text) <= allowed:
        problems.append((key, N_(f"{value!r} is not a hex text of whole bytes")))
        return None
    return text
