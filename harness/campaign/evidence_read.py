"""Transactions in the log of a terminal: field 55 alone, messages field by field, packed messages.

Known shapes: a line of hex with ``key=value`` in front; one JSON object a line; fields one a line
under their number (``DE055: 9F26...``); jPOS XML; whole ISO 8583 messages in hex. What is none of
these is another line of the log, and is counted. What is one of them and cannot be read is a
mistake, told with its line and byte; nothing of it is quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import field

from harness.campaign.evidence_iso import unpack_message
from harness.codec.field55 import split_field
from harness.codec.tlv import Tlv, encode, parse
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex
from harness.core.i18n import _
from harness.core.plain import dataclass

SCHEMA = 1
MAX_LINES = 1_000_000


@dataclass(slots=True)
class Message:
    """One message: where it began, its fields by number (0 is the type), the data objects of
    field 55, and what was said beside it (``date``)."""

    line: int
    fields: dict[int, str] = field(default_factory=dict)
    nodes: tuple[Tlv, ...] = ()
    date: str = ""

    def value(self, tag: int) -> bytes:
        """Value of the data object, or nothing."""
        return next((node.value for node in self.nodes if node.tag == tag), b"")


@dataclass(slots=True)
class Log:
    """Messages in order, (place, message) of every mistake, and the number of other lines."""

    messages: list[Message] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    skipped: int = 0


_NAMES = {
    "mti": 0, "type": 0, "processing": 3, "processing_code": 3, "stan": 11, "entry": 22,
    "entry_mode": 22, "pos_entry_mode": 22, "rrn": 37, "answer": 39, "arc": 39,
    "response_code": 39, "terminal": 41, "terminal_id": 41, "tid": 41, "field55": 55,
    "field_55": 55, "icc": 55, "emv": 55,
}  # fmt: skip
"""Names of fields in ``key=value`` and JSON; ``de39``, ``f39`` and ``39`` are field 39 as well."""

_PAIR = re.compile(r"^\s*([A-Za-z_][A-Za-z_0-9]*|\d{1,3})=(\S+)\s*")
_NUMBERED = re.compile(
    r"^\W*(?:(?:DE|F|FLD|FIELD|BIT|DATA ELEMENT|S-?)[ _#.-]*\[?\s*0*(\d{1,3})\]?|\[0*(\d{1,3})\]|"
    r"0*(\d{1,3})(?=\s*[:=]))(?:\s*[\[(][^\])]*[\])])*\s*[:=]?\s*(\S.*)$",
    re.IGNORECASE,
)
_MTI = re.compile(r"\bM(?:TI|SG ?TYPE|ESSAGE TYPE)\b\W*(\d{4})\b", re.IGNORECASE)
_XML = re.compile(r'<field\s+id="([0-9A-Fa-f]+)"\s+value="([^"]*)"')
_HEXISH = re.compile(
    r"^(?:3\d3\d3\d|[0-9A-F]{4})? ?(?:9F|5F|82|84|95|9A|9B|9C|4F|50|57|5A|8A|91|71|72)", re.I
)
_PACKED = re.compile(r"^[0-9A-Fa-f ]{40,}$")
_TYPES = ("01", "02", "04", "11", "12", "14")


def read_log(text: str) -> Log:
    """Every message of ``text``. Raises ConfigError for a text without end."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        if number > MAX_LINES:
            raise ConfigError(_("the log has more than {n} lines").format(n=MAX_LINES))
        reader.line(number, line)
    reader.end()
    return reader.log


class _Reader:
    """Goes through a log line by line; ``open`` is the message whose fields come one a line."""

    def __init__(self) -> None:
        self.log = Log()
        self.open: Message | None = None
        self.inside: list[bytes] | None = None
        """Data objects of a jPOS field 55 that is written tag by tag."""

    def line(self, number: int, line: str) -> None:
        """One line."""
        bare = line.strip()
        if not bare or bare.startswith(("#", "//")):
            return
        try:
            known = self._json(number, bare) or self._xml(number, bare)
            if not known and not _paired(bare):
                known = self._numbered(number, bare)
            known = known or self._hex(number, bare)
        except ConfigError as error:
            self._wrong(f"line {number}", error.what)
            return
        self.log.skipped += not known

    def end(self) -> None:
        """No more lines: the open message is whole."""
        if self.open is not None and len(self.open.fields) > 1:
            self._keep(self.open)
        self.open = None

    def _wrong(self, place: str, why: str) -> None:
        self.log.problems.append((place, why))

    def _begin(self, number: int) -> Message:
        self.end()
        self.open = Message(number)
        return self.open

    # Shapes

    def _json(self, number: int, bare: str) -> bool:
        if not bare.startswith("{"):
            return False
        try:
            row = json.loads(bare.rstrip(","))
        except (ValueError, RecursionError) as error:
            at = getattr(error, "pos", 0)
            self._wrong(f"line {number}, character {at}", _("not JSON"))
            return True
        if not isinstance(row, dict):
            return False
        if row.get("schema", SCHEMA) != SCHEMA:
            self._wrong(f"line {number}, schema", _("must be {n}").format(n=SCHEMA))
            return True
        made = Message(number)
        inner = row.get("fields")
        for key, value in {**row, **(inner if isinstance(inner, dict) else {})}.items():
            if isinstance(value, str | int) and not isinstance(value, bool):
                self._put(made, str(key), str(value))
        self._keep(made)
        return True

    def _xml(self, number: int, bare: str) -> bool:
        if "<isomsg" in bare and 'id="55"' in bare:
            self.inside = []
            return True
        if "</isomsg" in bare:
            self._close_inside()
            return True
        if "<isomsg" in bare:
            self._begin(number)
            return True
        found = _XML.search(bare)
        if found is None:
            return "<" in bare and self.open is not None
        name, value = found.groups()
        if self.inside is not None:
            self.inside.append(encode(int(name, 16), parse_hex(value)))
        elif self.open is not None and name.isdigit():
            self.open.fields[int(name)] = value
        return True

    def _close_inside(self) -> None:
        if self.inside is not None and self.open is not None:
            self.open.fields[55] = b"".join(self.inside).hex()
        elif self.inside is None:
            self.end()
        self.inside = None

    def _numbered(self, number: int, bare: str) -> bool:
        mti = _MTI.search(bare)
        if mti is not None:
            self._begin(number).fields[0] = mti.group(1)
            return True
        found = _NUMBERED.match(bare)
        if found is None:
            return False
        where = int(next(group for group in found.groups()[:3] if group))
        value = found.group(4).strip().strip("[]'\"")
        if where > 128 or (where == 55 and not _HEXISH.match(value)):
            return False
        message = self.open
        if message is None or where == 0 or where in message.fields:
            message = self._begin(number)
        message.fields[where] = value
        return True

    def _hex(self, number: int, bare: str) -> bool:
        made = Message(number)
        rest = bare
        while (pair := _PAIR.match(rest)) is not None:
            self._put(made, *pair.groups())
            rest = rest[pair.end() :]
        if not rest:
            self._keep(made)
            return bool(made.fields)
        packed = re.sub(r"\s", "", rest)
        if _PACKED.match(rest) and not made.fields and len(packed) % 2 == 0:
            message = unpack_message(bytes.fromhex(packed))
            if message is not None:
                made.fields = message
                self._keep(made)
                return True
        if not _HEXISH.match(rest) or len(packed) < 12:
            return bool(made.fields)
        made.fields[55] = rest
        self._keep(made)
        return True

    def _put(self, made: Message, key: str, value: str) -> None:
        name = key.lower()
        if name in ("date", "time", "timestamp"):
            made.date = value[:10]
            return
        number = re.fullmatch(r"(?:de|f|field|bit)?_?0*(\d{1,3})", name)
        where = _NAMES.get(name, int(number.group(1)) if number else -1)
        if where >= 0:
            made.fields[where] = value

    # Field 55

    def _keep(self, made: Message) -> None:
        """Take field 55 apart, and keep the message."""
        text = made.fields.pop(55, "")
        if not text and 39 not in made.fields:
            return
        if text:
            try:
                found = split_field(parse_hex(text))
            except ConfigError as error:
                self._wrong(f"line {made.line}, field 55", error.what)
                return
            tree = parse(found.data)
            for fault in tree.errors:
                place = f"line {made.line}, field 55, byte {fault.offset + found.offset}"
                self._wrong(place, fault.message)
            if tree.errors:
                return
            made.nodes = tuple(_leaves(tree.nodes))
        self.log.messages.append(made)


def _paired(bare: str) -> bool:
    """Does the line begin with ``key=value``, and go on with another or with hex?"""
    first = _PAIR.match(bare)
    if first is None:
        return False
    rest = bare[first.end() :]
    return bool(_PAIR.match(rest) or _HEXISH.match(rest))


def _leaves(nodes: tuple[Tlv, ...]) -> Iterator[Tlv]:
    for node in nodes:
        yield from (inner for inner in node.walk() if not inner.constructed)


def message_class(message: Message) -> str:
    """``request``, ``answer``, ``advice``, ``reversal`` or empty, by the message type."""
    mti = message.fields.get(0, "")
    if len(mti) != 4 or mti[:2] not in _TYPES:
        return ""
    if mti[1] == "4":
        return "reversal"
    return {"0": "request", "1": "answer", "2": "advice", "3": "answer"}.get(mti[2], "")
