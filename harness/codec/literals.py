"""Bytes as programs write them: hex dumps, arrays of C and Java, lists of numbers, Python's repr,
percent-encoding. Each form is recognised whole or not at all: a dump whose offsets do not count its
bytes, or a list with one word that is no byte, is left to whoever knows it."""

from __future__ import annotations

import ast
import re
from urllib.parse import unquote_to_bytes

MAX_TEXT = 10_000_000
"""Characters of a literal or a dump; longer ones are no paste."""

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
"""Characters without width that copying from pages and mails brings along."""

_XXD = re.compile(r"([0-9A-Fa-f]{6,8}):?  ?((?:[0-9A-Fa-f]{2,8} ?){1,16}+)(?: {1,60}\S?.{0,40})?\Z")
_HEXDUMP = re.compile(
    r"([0-9A-Fa-f]{4,8})[:-]?\s{1,3}((?:[0-9A-Fa-f]{2}[ -]{1,3}){0,15}[0-9A-Fa-f]{2})"
    r"\s*(?:\||\s{2}).{0,40}\Z"
)
_OD = re.compile(r"([0-7]{7}) ((?:[0-9a-f]{2} ){0,15}[0-9a-f]{2})\s*\Z")
_END = re.compile(r"[0-9A-Fa-f]{6,8}\Z")
_COMMENT = re.compile(r"/\*.{0,200}?\*/|//[^\n]{0,200}", re.DOTALL)
_ARRAY = re.compile(
    r"\A[^{}\[\]]{0,120}(?:\[[^\]]{0,20}\][^{}\[\]]{0,40}){0,2}"
    r"([{\[][^{}\[\]]*[}\]])[\s;,)]*\Z"
)
_HEX_WORD = re.compile(r"(?:\(byte\)\s?)?0[xX]([0-9A-Fa-f]{1,2})[uU]?\Z|([0-9A-Fa-f]{2})[hH]\Z")
_SUFFIXED = re.compile(r"(?:[0-9A-Fa-f]{2}[hH][\s,]*){2,}\Z")
_PYTHON = re.compile(r"b(['\"])[\x20-\x7e]*\1\Z")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}|[\x21-\x24\x26-\x7e+])*\Z")


def clean(text: str) -> str:
    """``text`` without characters that nobody sees, and without the quotes that word processors
    put around it."""
    if not text.isascii():
        text = text.translate(INVISIBLE)
        if text[:1] in "\u201c\u2018\u00ab" and text.rstrip()[-1:] in "\u201d\u2019\u00bb":
            text = text.strip()[1:-1]
    return text


def bytes_of(text: str) -> bytes | None:
    """The bytes that ``text`` writes down, or None where it is none of these forms."""
    bare = text.strip()
    if not bare or len(bare) > MAX_TEXT:
        return None
    if "\n" in bare and (found := _dump(bare.splitlines())) is not None:
        return found
    if _PYTHON.match(bare) and "\\" in bare:
        return _python(bare)
    if bare.count("%") >= 2 and _PERCENT.match(bare):
        return unquote_to_bytes(bare.replace("+", " "))
    if _SUFFIXED.match(bare):
        return bytes.fromhex(re.sub(r"[hH\s,]", "", bare))
    return _list(bare)


def _python(text: str) -> bytes | None:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, bytes) else None


def _dump(lines: list[str]) -> bytes | None:
    """xxd, hexdump -C, od -t x1 and the like: an offset that counts the bytes, then the bytes."""
    for shape, base in ((_HEXDUMP, 16), (_XXD, 16), (_OD, 8)):
        found = _dumped(lines, shape, base)
        if found:
            return found
    return None


def _dumped(lines: list[str], shape: re.Pattern[str], base: int) -> bytes | None:
    data = bytearray()
    start: int | None = None
    for number, line in enumerate(lines):
        bare = line.rstrip() if shape is not _HEXDUMP else line.rstrip() + "  "
        match = shape.match(bare.lstrip())
        if match is None:
            if number == len(lines) - 1 and data and _END.match(line.strip()):
                break  # hexdump and od end with the length alone
            return None
        offset = int(match.group(1), base)
        start = offset if start is None else start
        if offset - start != len(data):
            return None
        digits = re.sub(r"[\s-]", "", match.group(2))
        if len(digits) % 2:
            return None
        data += bytes.fromhex(digits)
    return bytes(data) if len(data) > 1 else None


def _list(text: str) -> bytes | None:
    """``{0x6F, 0x1A}`` with or without a declaration around it, ``[111, 26, -124]``."""
    match = _ARRAY.match(_COMMENT.sub(" ", text))
    if match is None:
        return None
    words = [word for word in re.split(r"\s*,\s*", match.group(1)[1:-1].strip()) if word]
    if len(words) < 2:
        return None
    found = [_HEX_WORD.match(word) for word in words]
    if all(found):
        return bytes(int(item.group(1) or item.group(2), 16) for item in found if item)
    if not all(re.fullmatch(r"-?\d{1,3}", word) for word in words):
        return None
    numbers = [int(word) for word in words]
    if min(numbers) < -128 or max(numbers) > 255:
        return None
    return bytes(number & 0xFF for number in numbers)
