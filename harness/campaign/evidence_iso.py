"""Packed ISO 8583 messages of a log: whichever common dialect reads all of it.

ISO 8583:1987 as terminals send it: text in ASCII or in BCD, the bit map binary or in hex, with or
without a length of two bytes and a TPDU of five in front. A dialect counts only where it reads the
message to its last byte and field 55, where there is one, is well-formed.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from harness.codec.field55 import split_field
from harness.codec.tlv import parse
from harness.core.spec import Spec

SPEC = Spec("ISO 8583:1987", "4 (message structure)", verified=False)

_FIXED, _LL, _LLL = 0, 2, 3
_SIZES: dict[int, tuple[int, int, str]] = {
    # field: (length type, greatest length, n for digits, a for text, b for bytes, z for track 2)
    2: (_LL, 19, "n"), 3: (0, 6, "n"), 4: (0, 12, "n"), 5: (0, 12, "n"), 6: (0, 12, "n"),
    7: (0, 10, "n"), 9: (0, 8, "n"), 10: (0, 8, "n"), 11: (0, 6, "n"), 12: (0, 6, "n"),
    13: (0, 4, "n"), 14: (0, 4, "n"), 15: (0, 4, "n"), 16: (0, 4, "n"), 17: (0, 4, "n"),
    18: (0, 4, "n"), 19: (0, 3, "n"), 22: (0, 3, "n"), 23: (0, 3, "n"), 24: (0, 3, "n"),
    25: (0, 2, "n"), 26: (0, 2, "n"), 28: (0, 9, "a"), 32: (_LL, 11, "n"), 33: (_LL, 11, "n"),
    35: (_LL, 37, "z"), 36: (_LLL, 104, "z"), 37: (0, 12, "a"), 38: (0, 6, "a"), 39: (0, 2, "a"),
    40: (0, 3, "a"), 41: (0, 8, "a"), 42: (0, 15, "a"), 43: (0, 40, "a"), 44: (_LL, 25, "a"),
    45: (_LL, 76, "a"), 49: (0, 3, "a"), 50: (0, 3, "a"), 51: (0, 3, "a"), 52: (0, 8, "b"),
    53: (0, 16, "n"), 55: (_LLL, 510, "b"), 64: (0, 8, "b"), 70: (0, 3, "n"), 90: (0, 42, "n"),
    95: (0, 42, "a"), 128: (0, 8, "b"),
}  # fmt: skip
_DIALECTS = (("ascii", "b"), ("b", "b"), ("ascii", "ascii"))
_LONGEST = 2048


@cache
def _specs() -> tuple[Any, list[dict[str, Any]]]:
    """pyiso8583 and a description for each dialect; nothing where it is not installed."""
    try:
        import iso8583
    except ImportError:
        return None, []
    return iso8583, [_spec(digits, bitmap) for digits, bitmap in _DIALECTS]


def _spec(digits: str, bitmap: str) -> dict[str, Any]:
    def one(kind: int, size: int, data: str, count: str = "") -> dict[str, Any]:
        # A length of three digits takes two bytes of BCD.
        packed = kind if digits != "b" else (kind + 1) // 2
        made = {
            "data_enc": data,
            "len_enc": "bcd" if digits == "b" else digits,
            "len_type": packed,
            "max_len": size,
            "desc": "",
        }
        return {**made, "len_count": count} if count else made

    spec: dict[str, Any] = {"h": one(0, 0, "ascii"), "t": one(0, 4 if digits != "b" else 2, digits)}
    spec["p"] = spec["1"] = one(0, 8 if bitmap == "b" else 16, bitmap)
    for number in range(2, 129):
        kind, size, form = _SIZES.get(number, (_LLL, 999, "a"))
        if form == "b":
            spec[str(number)] = one(kind, size, "b", "bytes")
        elif form in "nz" and digits == "b":
            fixed = (size + 1) // 2 if not kind else size
            spec[str(number)] = one(kind, fixed, "b", "nibbles" if kind else "")
            spec[str(number)]["left_pad"] = "0"
        else:
            spec[str(number)] = one(kind, size, "ascii")
    return spec


def unpack_message(raw: bytes) -> dict[int, str] | None:
    """Fields by number (0 is the type, 55 hex), or None where no dialect reads it."""
    library, specs = _specs()
    if library is None or len(raw) > _LONGEST:
        return None
    for start in (0, 2, 5, 7):
        if start in (2, 7) and int.from_bytes(raw[:2], "big") != len(raw) - 2:
            continue
        for spec in specs:
            fields = _decoded(library, raw[start:], spec)
            if fields is not None:
                return fields
    return None


def _decoded(library: Any, raw: bytes, spec: dict[str, Any]) -> dict[int, str] | None:  # noqa: ANN401
    try:
        decoded = library.decode(raw, spec)[0]
    except (library.DecodeError, ValueError):
        return None
    fields = {int(name): str(value) for name, value in decoded.items() if name.isdigit()}
    fields[0] = str(decoded["t"])
    if fields[0][:2] not in ("01", "02", "04") or not fields[0].isdigit():
        return None
    if 55 in fields:
        tree = parse(split_field(bytes.fromhex(fields[55])).data)
        if not tree.nodes:
            return None
    return _as_text(fields, spec)


def _as_text(fields: dict[int, str], spec: dict[str, Any]) -> dict[int, str]:
    """Digits that BCD padded to whole bytes, at their own length."""
    for number, value in fields.items():
        _kind, size, form = _SIZES.get(number, (_LLL, 999, "a"))
        if form == "n" and number and spec[str(number)]["data_enc"] == "b" and not _kind:
            fields[number] = value[-size:]
    return fields
