"""Values that come without their tags: the data for a DOL, the parts of a format 1 answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.codec.decoded import Context
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _

Row = dict[str, Any]

WRAP = 48
"""Hex digits of a value on one line of text."""


def row(tag: int, value: bytes, context: Context, mask: bool = True) -> Row:
    """One value by its tag: ``tag``, ``name``, ``value`` in hex, ``fields`` in words, and
    ``masked`` where it is."""
    from harness.codec.bits import describe
    from harness.codec.redact import redact_tlv
    from harness.codec.tags import lookup
    from harness.codec.tlv import data_object

    info = lookup(tag, aid=context.aid, kernel=context.kernel, length=len(value))
    shown, masked = to_hex(value), False
    if mask:
        shown, masked = redact_tlv(data_object(tag, value), aid=context.aid)
    found: Row = {
        "tag": f"{tag:02X}",
        "name": info.name if info else "unknown tag",
        "value": shown,
        "fields": describe(tag, value, aid=context.aid, kernel=context.kernel, mask=mask),
    }
    if masked:
        found["masked"] = True
        if info is not None and info.show not in ("pan", "track2"):
            found["fields"] = []
    return found


def dol_rows(dol: bytes, data: bytes, context: Context, mask: bool = True) -> list[Row] | None:
    """``data`` taken apart by the list ``dol``; None where the two do not fit together."""
    from harness.codec.dol import parse_dol, split_dol

    try:
        parts = split_dol(parse_dol(dol), data)
    except CodecError:
        return None
    rows = [row(tag, value, context, mask) for tag, value in parts]
    _with_currency(rows, dict(parts))
    return rows


def _with_currency(rows: list[Row], values: dict[int, bytes]) -> None:
    """Amounts in the currency that stands beside them."""
    from harness.codec import codes, formats

    currency = codes.currency(values.get(0x5F2A, b"").hex()[1:])
    for item in rows:
        if currency is not None and item["tag"] in ("9F02", "9F03") and item["value"].isdigit():
            minor = int(item["value"])
            item["fields"] = [formats.format_amount(minor, currency.exponent, currency.code)]


def row_lines(rows: Iterable[Row]) -> list[str]:
    """Rows as aligned text, a short meaning on the same line."""
    kept = list(rows)
    width = max((len(item["tag"]) for item in kept), default=0)
    lines = []
    for item in kept:
        value = item["value"]
        line = f"{item['tag']:<{width}}  {_(item['name'])}  {value[:WRAP]}"
        fields = item["fields"]
        if len(fields) == 1 and len(line) + len(fields[0]) < 90 and len(value) <= WRAP:
            lines.append(f"{line}  {fields[0]}")
            continue
        lines.append(line)
        rest = [value[at : at + WRAP] for at in range(WRAP, len(value), WRAP)]
        lines += [f"{'':<{width}}    {text}" for text in [*rest, *fields]]
    return lines
