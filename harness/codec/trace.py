"""A pasted log, exchange by exchange, with the context that it establishes.

A SELECT sets the application; the PDOL, CDOLs, DDOL and log format that the card's answers hold
take the data of later commands and records apart; 61xx and 6Cxx are joined with what they lead to.
Every PAN and name that turns up anywhere in the log is masked everywhere in it.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import Any

from harness.codec.decoded import Context, Decoded
from harness.codec.naming import command_name, command_summary
from harness.codec.paste import Paste, Piece
from harness.codec.tlv import parse
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _, ngettext
from harness.core.masking import Masker
from harness.core.plain import dataclass
from harness.core.retranslate import said

_NOTES = {
    "lost": N_("the answer was lost"),
    "masked": N_("masked in the log: not decoded"),
    "cut": N_("cut off in the log"),
    "odd": N_("odd number of digits: the last one is left out"),
    "none": N_("no answer in the log"),
    "alone": N_("an answer without its command"),
}
MAX_EXCHANGES = 2000
"""Exchanges of a log that are decoded; how many more there are is said."""

_LISTS = {0x9F38: "pdol", 0x8C: "cdol1", 0x8D: "cdol2", 0x9F49: "ddol", 0x97: "tdol"}
_GET_RESPONSE = 0xC0


@dataclass(slots=True)
class Turn:
    """A command with its answer; ``via`` says how the answer came (GET RESPONSE, again with the
    right Le). ``response`` None: there is none to decode, ``note`` says why."""

    line: int
    command: bytes
    response: bytes | None = None
    note: str = ""
    via: list[str] = field(default_factory=list)
    atr: bytes | None = None


def trace_view(
    paste: Paste, context: Context | None = None, mask: bool = True, *, always: bool = False
) -> Decoded:
    """The log decoded; a log of a single command or answer is decoded as that (unless
    ``always``)."""
    context = context or Context()
    turns = pair(paste.pieces)
    apdus = [piece for piece in paste.pieces if piece.role in ("command", "response")]
    if len(apdus) == 1 and not apdus[0].note and not always:
        from harness.codec.kinds import KINDS

        return KINDS[apdus[0].role](apdus[0].data, context, mask)
    turns, beyond = turns[:MAX_EXCHANGES], turns[MAX_EXCHANGES:]
    session = _Session(context, mask, turns)
    shown = [session.turn(number, turn) for number, turn in enumerate(turns, 1)]
    clean = session.masker.text
    lines = [_head(paste, turns), *_too_long(paste, len(beyond))]
    for item in shown:
        lines += ["", *item.lines]
    errors: list[dict[str, Any]] = []
    for number, item in enumerate(shown, 1):
        errors += [{**error, "exchange": number} for error in item.errors]
    body = {
        "form": paste.form,
        "skipped_lines": paste.skipped,
        "exchanges": _clean([item.body for item in shown], session.masker),
    }
    if beyond or paste.unread:
        body["left_out"] = {"exchanges": len(beyond), "lines": paste.unread}
    return Decoded("trace", [clean(line) for line in lines], body, _clean(errors, session.masker))


def pair(pieces: list[Piece]) -> list[Turn]:
    """Commands with their answers; 61xx, 6Cxx and what follows them as one turn."""
    turns: list[Turn] = []
    waiting: Turn | None = None
    for piece in pieces:
        if piece.role in ("atr", "reset"):
            waiting = None
            turns.append(Turn(piece.line, b"", atr=piece.data))
        elif piece.role == "command":
            waiting = _joined(turns, piece) or Turn(piece.line, piece.data)
            if not turns or turns[-1] is not waiting:
                waiting.note = "masked" if piece.note == "masked" else "none"
                turns.append(waiting)
        elif waiting is None:
            turns.append(Turn(piece.line, b"", piece.data, piece.note or "alone"))
        else:
            _answer(waiting, piece)
            waiting = None
    return turns


def _joined(turns: list[Turn], piece: Piece) -> Turn | None:
    """The turn that this command goes on with: GET RESPONSE, or the same again with right Le."""
    last = turns[-1] if turns else None
    if last is None or last.atr is not None or not last.command or not last.response:
        return None
    status = last.response[-2:]
    if status[:1] == b"\x61" and len(piece.data) == 5 and piece.data[1] == _GET_RESPONSE:
        last.response = last.response[:-2]
        last.via.append("GET RESPONSE")
        return last
    again = len(piece.data) in (5, len(last.command), len(last.command) + 1)
    if status[:1] == b"\x6c" and again and piece.data[:4] == last.command[:4]:
        last.command, last.response = piece.data, b""
        last.via.append(f"6C{status[1]:02X}")
        return last
    return None


def _answer(turn: Turn, piece: Piece) -> None:
    before = turn.response or b""
    if piece.note in ("lost", "masked"):
        turn.response, turn.note = None, piece.note
        return
    turn.response = before + piece.data
    turn.note = piece.note if turn.note != "masked" else turn.note


def _head(paste: Paste, turns: list[Turn]) -> str:
    count = sum(turn.atr is None for turn in turns)
    counted = ngettext(
        "{n} exchange, log of the form {form}", "{n} exchanges, log of the form {form}", count
    )
    text = counted.format(n=count, form=paste.form)
    if paste.skipped:
        text += _("; {count} other lines left out").format(count=paste.skipped)
    return text


def _too_long(paste: Paste, beyond: int) -> list[str]:
    """What a log that is too long has more than is shown."""
    if not beyond and not paste.unread:
        return []
    text = _("the log is too long to show whole: {n} more exchanges, {m} lines not read")
    return [text.format(n=beyond, m=paste.unread), _("cut it to the part that matters")]


def _clean(data: Any, masker: Masker) -> Any:  # noqa: ANN401 - JSON
    """Every text in ``data`` masked."""
    if isinstance(data, str):
        return masker.text(data)
    if isinstance(data, list):
        return [_clean(item, masker) for item in data]
    if isinstance(data, dict):
        return {key: _clean(value, masker) for key, value in data.items()}
    return data


class _Session:
    """What the log has established so far."""

    def __init__(self, context: Context, mask: bool, turns: list[Turn]) -> None:
        from harness.codec.redact import secrets_in

        self.start = context
        self.context = context
        self.mask = mask
        self.acs = 0
        self.masker = Masker(enabled=mask)
        for turn in turns if mask else ():
            pans, names = secrets_in(turn.response[:-2] if turn.response else b"")
            for pan in pans:
                self.masker.learn_pan(pan)
            for name in names:
                self.masker.learn_text(name)

    def turn(self, number: int, turn: Turn) -> Decoded:
        """One exchange in the present context, which it then changes."""
        if turn.atr is not None:
            return self._reset(number, turn)
        context = self._for(turn.command)
        body: dict[str, Any] = {"number": number, "line": turn.line}
        lines = [f"{number:3}  {self._title(turn)}"]
        errors: list[dict[str, Any]] = []
        if turn.command and turn.note != "masked":
            asked = self._command(turn.command, context)
            body["command"] = asked.body
            errors += asked.errors
            lines += self._command_lines(asked)
        if turn.note:
            lines.append("       " + _(_NOTES.get(turn.note, turn.note)))
            body["note"] = turn.note
        if turn.via:
            body["via"] = turn.via
        if turn.response:
            answer = self._response(turn, context)
            body["response"] = answer.body
            errors += answer.errors
            lines += ["       " + line for line in answer.lines[:-1]]
            fault_at = _("fault at offset {o}: {m}")
            for item in answer.errors:
                text = fault_at.format(o=item["offset"], m=said(item["message"]))
                lines.append("       " + text)
            learnt = self._learn(turn)
            if learnt:
                body["context"] = learnt
                lines += [f"       = {text}" for text in learnt]
        if self.context.aid is not None:
            body["aid"] = to_hex(self.context.aid)
        return Decoded("exchange", lines, body, errors)

    def _reset(self, number: int, turn: Turn) -> Decoded:
        from harness.codec.kinds import atr_view

        self.context, self.acs = self.start, 0
        body: dict[str, Any] = {"number": number, "line": turn.line}
        if not turn.atr:
            return Decoded("exchange", [f"{number:3}  " + _("reset")], {**body, "reset": True})
        found = atr_view(turn.atr, self.context, self.mask)
        head = f"{number:3}  ATR {to_hex(turn.atr)}"
        lines = [head, *("       " + line for line in found.lines)]
        return Decoded("exchange", lines, {**body, "atr": found.body}, found.errors)

    def _for(self, command: bytes) -> Context:
        """The context of this command: the second GENERATE AC is asked with CDOL2."""
        context = replace(self.context, command=command)
        if len(command) > 1 and command[1] == 0xAE:
            self.acs += 1
            if self.acs > 1:
                context = replace(context, cdol1=b"")
        return context

    def _title(self, turn: Turn) -> str:
        status = ""
        if turn.response and len(turn.response) >= 2:
            from harness.codec.status_word import StatusWord

            word = StatusWord(turn.response[-2] << 8 | turn.response[-1])
            ins = turn.command[1] if len(turn.command) > 1 else None
            status = f"{word} {word.meaning(ins)}".rstrip()
        if not turn.command:
            return _("answer") + f"  {status}"
        name = command_name(turn.command)
        secret = turn.note == "masked" or turn.command[1:2] in (b"\xa8", b"\x20", b"\x24")
        summary = "" if secret else command_summary(turn.command)
        via = f"  ({', '.join(turn.via)})" if turn.via else ""
        return f"{name} {summary}".rstrip() + f"  {status}{via}"

    def _command(self, command: bytes, context: Context) -> Decoded:
        from harness.codec.apdu_view import command_view

        return command_view(command, context, self.mask)

    def _command_lines(self, asked: Decoded) -> list[str]:
        """The data of the command by its list; header and length say nothing new here."""
        from harness.codec.rows import row_lines

        rows = asked.body.get("data_elements", [])
        lines = [f"       > {line}" for line in row_lines(rows)]
        if not rows and asked.body.get("ins") in ("A8", "AE", "82") and asked.body.get("data"):
            lines = [f"       > {asked.body['data']}"]
        fault_in = _("fault in the command: {m}")
        faults = [fault_in.format(m=said(item["message"])) for item in asked.errors]
        return lines + ["       " + text for text in faults]

    def _response(self, turn: Turn, context: Context) -> Decoded:
        from harness.codec.apdu_view import response_view

        return response_view(turn.response or b"", context, self.mask)

    def _learn(self, turn: Turn) -> list[str]:
        """Take over what the answer establishes; what that was, in words."""
        response, command = turn.response or b"", turn.command
        if response[-2:] != b"\x90\x00" and response[-2:-1] not in (b"\x62", b"\x63"):
            return []
        learnt = []
        tree = parse(response[:-2])
        if len(command) > 5 and command[1] == 0xA4 and command[2] == 0x04:
            learnt += self._selected(tree.find(0x84), command)
        lists: dict[str, Any] = {}
        for tag, name in _LISTS.items():
            node = tree.find(tag)
            if node is not None and node.value:
                lists[name] = node.value
        if lists:
            self.context = replace(self.context, **lists)
            names = ", ".join(name.upper() for name in lists)
            learnt.append(_("takes later data apart by {names}").format(names=names))
        log_format, log_entry = tree.find(0x9F4F), tree.find(0x9F4D)
        if log_format is not None:
            self.context = replace(self.context, log_format=log_format.value)
            learnt.append(_("reads log records by this format"))
        if log_entry is not None and log_entry.length == 2:
            self.context = replace(self.context, log_sfi=log_entry.value[0])
        return learnt

    def _selected(self, df_name: Any, command: bytes) -> list[str]:  # noqa: ANN401 - Tlv or None
        from harness.codec.aid import product_of

        name = df_name.value if df_name is not None else command[5 : 5 + command[4]]
        if b"PAY.SYS" in name or not 5 <= len(name) <= 16:
            return []
        kept = self.start
        self.context = replace(kept, aid=name)
        self.acs = 0
        product = product_of(name)
        return [_("application {aid}").format(aid=f"{to_hex(name)} {product}".rstrip())]
