"""The engine behind ``emv-harness decode``: finds out what the input is, and says all of it.

>>> from harness import decode
>>> decode("9F2701 80").lines
['9F27 Cryptogram Information Data (CID)  [1]', '      80', '      ARQC']
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.core.errors import CodecError, ConfigError
from harness.core.hexes import parse_hex, to_hex
from harness.core.i18n import _

if TYPE_CHECKING:
    from harness.codec.tlv import TlvTree

SCHEMA = 1

FIELD_TAGS = {
    "aip": 0x82,
    "auc": 0x9F07,
    "tvr": 0x95,
    "tsi": 0x9B,
    "cvm": 0x8E,
    "cvm-list": 0x8E,
    "cvm-results": 0x9F34,
    "terminal-capabilities": 0x9F33,
    "additional-capabilities": 0x9F40,
    "terminal-type": 0x9F35,
    "ttq": 0x9F66,
    "ctq": 0x9F6C,
    "ffi": 0x9F6E,
    "cid": 0x9F27,
    "iad": 0x9F10,
    "iac": 0x9F0D,
    "afl": 0x94,
    "pdol": 0x9F38,
    "cdol": 0x8C,
    "track2": 0x57,
    "pan": 0x5A,
    "service-code": 0x5F30,
    "arc": 0x8A,
    "country": 0x9F1A,
    "currency": 0x5F2A,
    "amount": 0x9F02,
    "date": 0x9A,
    "time": 0x9F21,
    "priority": 0x87,
    "sfi": 0x88,
    "transaction-type": 0x9C,
    "pos-entry-mode": 0x9F39,
}
"""Names for ``--as`` that stand for the value of one tag."""

_VISA = bytes.fromhex("A000000003")
_DEFAULT_AID = {"ctq": _VISA, "ffi": _VISA}


class Decoded:
    """What the input was and what it says.

    ``kind`` is atr, sw, tlv, command, response, dol or field; ``errors`` are the coding faults as
    offset and message. ``body`` (the JSON keys of that kind) and ``lines`` (text for people) are
    made when they are asked for.
    """

    __slots__ = ("_body", "_lines", "errors", "kind")

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
        """The published object: ``schema``, ``kind``, the keys of that kind, ``errors``."""
        return {"schema": SCHEMA, "kind": self.kind, **self.body, "errors": self.errors}


def as_names() -> list[str]:
    """Everything that ``as_`` may be; besides these, any tag in hex (``9F33``)."""
    return sorted({*_KINDS, *FIELD_TAGS})


def decode(
    data: bytes | str, as_: str | None = None, aid: bytes | None = None, mask: bool = True
) -> Decoded:
    """Decode ``data``: bytes, or hex text with spaces, colons, ``0x`` and line ends.

    ``as_`` names what it is (see ``as_names``); without it that is found out. ``aid`` is the
    selected application, which decides between the meanings of scoped tags. Coding faults are
    part of the result; raises ConfigError only for text that is no hex, an empty input, or an
    unknown ``as_``.
    """
    raw = parse_hex(data, where="the input") if isinstance(data, str) else bytes(data)
    if not raw:
        raise ConfigError(_("nothing to decode"), todo=_("give hex digits, or - to read them"))
    if as_ is None:
        from harness.codec.detect import examine

        kind, tree = examine(raw)
        if kind == "tlv" and tree is not None:
            return _tlv_tree(tree, aid, mask)
        return _KINDS[kind](raw, aid, mask)
    name = as_.lower()
    if name in _KINDS:
        return _KINDS[name](raw, aid, mask)
    if name in FIELD_TAGS:
        return _field(FIELD_TAGS[name], raw, aid or _DEFAULT_AID.get(name), mask)
    tag = _tag(as_)
    if tag is not None:
        return _field(tag, raw, aid, mask)
    raise ConfigError(
        _("unknown kind {name!r}").format(name=as_),
        where="--as",
        todo=_("known: {names}, or a tag in hex").format(names=", ".join(as_names())),
    )


def _tag(text: str) -> int | None:
    """The tag that ``text`` spells, when the dictionary has it."""
    from harness.codec.tags import lookup

    try:
        tag = int(text, 16)
    except ValueError:
        return None
    return tag if lookup(tag) is not None else None


def _tlv(raw: bytes, aid: bytes | None, mask: bool) -> Decoded:
    from harness.codec.tlv import parse

    return _tlv_tree(parse(raw), aid, mask)


def _tlv_tree(tree: TlvTree, aid: bytes | None, mask: bool) -> Decoded:
    from harness.codec.tlv_view import TlvView

    view = TlvView(tree, aid=aid, mask=mask)
    return Decoded("tlv", view.lines, lambda: {"nodes": view.nodes()}, view.errors())


def _atr(raw: bytes, aid: bytes | None, mask: bool) -> Decoded:
    from harness.codec.atr import AtrFinding, emv_faults, iso_faults, parse_atr
    from harness.codec.atr_text import describe_atr

    atr = parse_atr(raw)
    iso, cold = iso_faults(atr), emv_faults(atr)
    warm = emv_faults(atr, warm=True)
    fields = describe_atr(atr)

    def verdict(title: str, found: tuple[AtrFinding, ...]) -> list[str]:
        if not found:
            return [title + ": " + _("no fault")]
        return [f"{title}: {item.severity}  {item.text}  ({item.spec})" for item in found]

    lines = [*fields, *verdict("ISO/IEC 7816-3", iso)]
    if atr.contactless:
        lines.append(_("EMV contact rules do not apply"))
    else:
        lines += verdict(_("EMV contact, cold reset"), cold)
        lines += verdict(_("EMV contact, warm reset"), warm)

    def as_json(found: tuple[AtrFinding, ...]) -> list[dict[str, Any]]:
        return [
            {
                "severity": item.severity,
                "offset": item.offset,
                "message": item.text,
                "spec": str(item.spec),
            }
            for item in found
        ]

    body = {
        "value": to_hex(raw),
        "fields": fields,
        "protocols": [f"T={number}" for number in atr.protocols],
        "historical": to_hex(atr.historical),
        "tck_ok": atr.tck_ok,
        "contactless": atr.contactless,
        "iso": as_json(iso),
        "emv_applies": not atr.contactless,
        "emv_cold": as_json(cold),
        "emv_warm": as_json(warm),
    }
    errors = [
        {"offset": item.offset, "message": item.text} for item in iso if item.severity == "fail"
    ]
    return Decoded("atr", lines, body, errors)


def _sw(raw: bytes, aid: bytes | None, mask: bool) -> Decoded:
    from harness.codec.status_word import StatusWord

    if len(raw) != 2:
        error = {"offset": len(raw), "message": f"a status word has 2 bytes, not {len(raw)}"}
        return Decoded("sw", [to_hex(raw)], {"value": to_hex(raw), "meaning": ""}, [error])
    word = StatusWord(raw[0] << 8 | raw[1])
    meaning = word.meaning() or _("no meaning by ISO/IEC 7816-4")
    by_command = _meanings(word)
    lines = [f"{word} {meaning}", *(f"  {name}: {text}" for name, text in by_command.items())]
    return Decoded("sw", lines, {"value": str(word), "meaning": meaning, "by_command": by_command})


def _meanings(word: Any) -> dict[str, str]:  # noqa: ANN401 - StatusWord, imported lazily
    """What it means to one command only, by the command's name."""
    from harness.codec.data import section
    from harness.codec.naming import command_name

    general = word.meaning()
    found = {}
    for ins in section("status_words")["command"]:
        text = word.meaning(int(ins, 16))
        if text != general:
            found[command_name(bytes((0x80, int(ins, 16))))] = text
    return found


def _command(raw: bytes, aid: bytes | None, mask: bool) -> Decoded:
    from harness.codec.apdu_view import command_view

    return command_view(raw, aid=aid, mask=mask)


def _response(raw: bytes, aid: bytes | None, mask: bool) -> Decoded:
    from harness.codec.apdu_view import response_view

    return response_view(raw, aid=aid, mask=mask)


def _dol(raw: bytes, aid: bytes | None, mask: bool) -> Decoded:
    from harness.codec.dol import parse_dol
    from harness.codec.show_lists import show_dol
    from harness.codec.tags import lookup

    errors: list[dict[str, Any]] = []
    try:
        entries = parse_dol(raw)
    except CodecError as error:
        entries = error.partial if isinstance(error.partial, tuple) else ()
        errors.append({"offset": error.offset, "message": error.what})
    listed = []
    for entry in entries:
        info = lookup(entry.tag, aid=aid)
        listed.append(
            {
                "tag": f"{entry.tag:02X}",
                "name": info.name if info else "unknown tag",
                "length": entry.length,
            }
        )
    body = {"value": to_hex(raw), "entries": listed, "fields": show_dol(raw, aid)}
    return Decoded("dol", show_dol(raw, aid), body, errors)


def _field(tag: int, raw: bytes, aid: bytes | None, mask: bool) -> Decoded:
    from harness.codec.bits import describe
    from harness.codec.redact import redact_tlv
    from harness.codec.tags import lookup
    from harness.codec.tlv import data_object

    info = lookup(tag, aid=aid)
    node = data_object(tag, raw)
    value, masked = redact_tlv(node, aid=aid) if mask else (to_hex(raw), False)
    fields = describe(tag, raw, aid=aid, mask=mask)
    errors: list[dict[str, Any]] = []
    if info is not None and not info.length_ok(len(raw)):
        errors.append({"offset": 0, "message": f"{len(raw)} bytes do not fit {info.name}"})
    body: dict[str, Any] = {
        "tag": f"{tag:02X}",
        "name": info.name if info else "unknown tag",
        "value": value,
        "fields": fields,
    }
    if masked:
        body["masked"] = True
    lines = [f"{body['tag']} {body['name']}  {value}", *("  " + line for line in fields)]
    return Decoded("field", lines, body, errors)


_KINDS: dict[str, Callable[[bytes, bytes | None, bool], Decoded]] = {
    "tlv": _tlv,
    "atr": _atr,
    "sw": _sw,
    "command": _command,
    "apdu": _command,
    "response": _response,
    "dol": _dol,
}
