"""Masking in APDUs and data objects (rule 9): structure first, known PANs as the safety net.

Hex text keeps its length: a masked nibble becomes ``*``, so that offsets still read true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.codec.tlv import Tlv, TlvTree, parse
from harness.core.hexes import to_hex
from harness.core.masking import luhn_ok, mask_pan

PAN_TAG = 0x5A
TRACK2_TAGS = frozenset((0x57, 0x9F6B, 0x5F22))
NAME_TAGS = frozenset((0x5F20, 0x9F0B))
SENSITIVE = (
    frozenset((PAN_TAG, 0x56, 0x58, 0x5B, 0x5F21, 0x5F23, 0x5F53, 0x99, 0x9F1F, 0x9F20))
    | frozenset((0x5E, 0x5F2B, 0x5F2C, 0x5F2E, 0x5F35, 0x5F40, 0x5F42, 0x5F43, 0x5F48, 0x5F4B))
    | frozenset((0xDF812A, 0xDF812B))
    | TRACK2_TAGS
    | NAME_TAGS
)
"""Tags that are masked in every output, whatever the scheme."""

CERTIFICATES = frozenset((0x90, 0x92, 0x93, 0x9F46, 0x9F48, 0x9F4B, 0x9F2D, 0x9F2F))
"""Tags that give the PAN away to whoever recovers them: masked in transcripts only."""

_SECRET_INS = frozenset((0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2C, 0x2D))
"""VERIFY, CHANGE REFERENCE DATA or PIN CHANGE, DISABLE and ENABLE VERIFICATION REQUIREMENT, RESET
RETRY COUNTER: their data is never shown."""

_PAN_OBJECT = re.compile(rb"[\x57\x5A\x6B][\x07-\x13][\x10-\x99]")
_DIGIT_RUN = re.compile(rb"[0-9]{13,}")
_ASCII_RUN = re.compile(rb"(?:3[0-9]){13,19}")


def mask_command(command: bytes, *, known: Iterable[str] = (), transcript: bool = False) -> str:
    """``command`` as hex: data of PIN commands masked whole, sensitive data objects in other
    data masked, and every PAN of ``known``. Header and length fields always stay."""
    text = _hex(command)
    if len(command) <= 5:
        return text.decode("ascii")
    start = 7 if command[4] == 0 and len(command) > 7 else 5
    if _carries_secret(command):
        declared = int.from_bytes(command[5:7], "big") if start == 7 else command[4]
        stop = start + declared if start + declared <= len(command) <= start + declared + 2 else 0
        _star(text, 2 * start, 2 * (stop or len(command)))
        return text.decode("ascii")
    tree = parse(command[start:])
    if tree.ok or not _is_dol_data(command):
        _mask_tree(text, tree, 2 * start, None, transcript)
        if not tree.ok:
            data = text[2 * start :]
            _mask_lookalikes(data)
            text[2 * start :] = data
    _mask_known(text, known)
    return text.decode("ascii")


def hide_secrets(command: bytes) -> str:
    """``command`` as hex in clear, but for the data of PIN commands: nothing ever shows those."""
    return mask_command(command) if _carries_secret(command) else _hex(command).decode("ascii")


def mask_response(
    response: bytes,
    command: bytes = b"",
    *,
    known: Iterable[str] = (),
    aid: bytes | None = None,
    transcript: bool = False,
) -> str:
    """``response`` (data and SW1 SW2) as hex with sensitive data objects masked.

    Data that is not well-formed TLV is searched for anything that looks like a PAN (13 to 19
    digits with a right check digit, packed or ASCII). ``transcript`` also masks certificates and
    signatures. An ATR (empty ``command``) is left as it is.
    """
    text = _hex(response)
    if len(response) <= 2 or not command:
        return text.decode("ascii")
    tree = parse(response[:-2])
    _mask_tree(text, tree, 0, aid, transcript)
    if _doubtful(tree):
        _mask_lookalikes(text, _understood(tree, aid))
    if transcript and len(command) > 1 and command[1] == 0x88:
        for node in tree.nodes:
            if node.tag == 0x80:
                _star(text, 2 * (node.offset + node.header), 2 * node.end)
    _mask_known(text, known)
    return text.decode("ascii")


def redact_tlv(
    node: Tlv, *, aid: bytes | None = None, transcript: bool = False
) -> tuple[str, bool]:
    """Value of ``node`` as hex with everything sensitive in it masked, and whether anything was."""
    text = _hex(node.encoded)
    masked = _mask_nodes(text, (node,), -2 * node.offset, aid, transcript)
    return text[2 * node.header :].decode("ascii"), bool(masked)


def mask_tree(
    tree: TlvTree, *, aid: bytes | None = None, transcript: bool = False
) -> tuple[str, set[int]]:
    """The whole input of ``tree`` as masked hex, and the offsets of the objects that were masked,
    each with every template around it."""
    text = _hex(tree.data)
    masked = _mask_tree(text, tree, 0, aid, transcript)
    if _doubtful(tree):
        _mask_lookalikes(text, _understood(tree, aid))
        for node in tree.walk():
            if text.find(b"*", 2 * (node.offset + node.header), 2 * node.end) >= 0:
                masked.add(node.offset)
    return text.decode("ascii"), masked


def secrets_in(data: bytes) -> tuple[set[str], set[str]]:
    """PANs (digits) and cardholder names found in the data objects of ``data``, a response or
    any TLV; what cannot be decoded yields nothing."""
    pans: set[str] = set()
    names: set[str] = set()
    for node in parse(data).walk():
        if node.constructed:
            continue
        if node.tag == PAN_TAG:
            pans.add(node.value.hex().rstrip("f"))
        elif node.tag in TRACK2_TAGS:
            pan, separator, _rest = node.value.hex().partition("d")
            if separator:
                pans.add(pan)
        elif node.tag in (0x56, 0x5F21):
            fields = node.value.decode("latin-1").split("^")
            pans.add(fields[0].lstrip("B%"))
            names.update(field.strip() for field in fields[1:2])
        elif node.tag in NAME_TAGS:
            names.add(node.value.decode("latin-1").strip())
    good = {pan for pan in pans if pan.isdigit() and 13 <= len(pan) <= 19}
    return good, {name for name in names if len(name.strip(" /")) >= 2}


def is_sensitive(tag: int, aid: bytes | None = None) -> bool:
    """Is the value of ``tag`` masked in the context of ``aid``?

    A tag that is secret in one scheme only (9F61 of UnionPay) is masked in that scheme, and
    where the scheme is not known; 9F6B is track 2 for Mastercard and a limit for Visa.
    """
    if tag in SENSITIVE and (aid is None or tag != 0x9F6B):
        return True
    if tag not in _SCOPED:
        return False
    from harness.codec.tags import lookup

    info = lookup(tag, aid=aid)
    return info is not None and (info.sensitive or (aid is None and info.guess))


_SCOPED = frozenset((0x9F6B, 0x9F61, 0x9F5B))


def mask_digits(text: str) -> str:
    """Packed PAN digits as they stand in tag 5A, padding kept: ``476173******0119``."""
    digits = text.rstrip("F")
    return mask_pan(digits) + text[len(digits) :]


def mask_track2(text: str) -> str:
    """Packed track 2: PAN masked, separator kept, everything after it masked whole."""
    pan, separator, rest = text.partition("D")
    if not separator:
        return "*" * len(text)
    return mask_pan(pan) + "D" + "*" * len(rest)


def _carries_secret(command: bytes) -> bool:
    """Is the data field a PIN or a key? Keys: LOAD KEYS for the reader (PC/SC Part 3), PUT KEY."""
    if len(command) < 2:  # a reset is written down without a command
        return False
    cla, ins = command[0], command[1]
    if cla == 0xFF:
        return ins in (0x20, 0x82)
    return ins in _SECRET_INS or (ins == 0xD8 and cla & 0x80 != 0)


def _is_dol_data(command: bytes) -> bool:
    """GET PROCESSING OPTIONS, GENERATE AC, ... carry values without tags."""
    return command[1] in (0xA8, 0xAE, 0x82, 0x88, 0xA4, 0x2A)


def _hex(data: bytes) -> bytearray:
    return bytearray(to_hex(data), "ascii")


def _star(text: bytearray, start: int, stop: int) -> None:
    text[start:stop] = b"*" * (min(stop, len(text)) - start)


def _mask_tree(
    text: bytearray, tree: TlvTree, shift: int, aid: bytes | None, transcript: bool
) -> set[int]:
    return _mask_nodes(text, tree.nodes, shift, aid, transcript)


def _mask_nodes(
    text: bytearray, nodes: Iterable[Tlv], shift: int, aid: bytes | None, transcript: bool
) -> set[int]:
    """Write stars over sensitive values; offsets of masked objects and of their templates."""
    masked: set[int] = set()
    above: list[Tlv] = []
    stack = [iter(nodes)]
    while stack:
        for node in stack[-1]:
            if node.constructed:
                above.append(node)
                stack.append(iter(node.children))
                break
            secret = is_sensitive(node.tag, aid) or (transcript and node.tag in CERTIFICATES)
            if secret and node.length:
                start, stop = shift + 2 * (node.offset + node.header), shift + 2 * node.end
                text[start:stop] = _masked_value(node.tag, text[start:stop])
                masked.add(node.offset)
                masked.update(parent.offset for parent in above)
        else:
            stack.pop()
            if above:
                above.pop()
    return masked


def _masked_value(tag: int, value: bytearray) -> bytes:
    text = value.decode("ascii")
    if tag == PAN_TAG:
        return mask_digits(text).encode("ascii")
    if tag in TRACK2_TAGS:
        return mask_track2(text).encode("ascii")
    return b"*" * len(value)


def _mask_known(text: bytearray, known: Iterable[str]) -> None:
    """Stars over the middle of each PAN of ``known``, packed or as ASCII digits."""
    for pan in known:
        if not pan.isdigit() or len(pan) < 13:
            continue
        hidden = mask_pan(pan)
        spelled = "".join(f"3{char}" for char in pan)
        _replace(text, pan, hidden)
        _replace(text, spelled, "".join("**" if char == "*" else f"3{char}" for char in hidden))


def _replace(text: bytearray, needle: str, masked: str) -> None:
    text[:] = text.replace(needle.encode("ascii"), masked.encode("ascii"))


def _doubtful(tree: TlvTree) -> bool:
    """Is there a fault after which an object may not be what it looks like?"""
    from harness.codec.tlv_lenient import Rule

    harmless = (Rule.REPEAT, Rule.NON_MINIMAL)
    return any(fault.rule not in harmless for fault in tree.errors)


def _understood(tree: TlvTree, aid: bytes | None) -> list[tuple[int, int]]:
    """Hex places of the values in a damaged ``tree`` that need no search for digits: objects of
    the dictionary that are no secret, whole, of a length that it allows, and without anything in
    them that could be a PAN or track 2 with its tag and length."""
    from harness.codec.tags import lookup

    broken = {fault.offset for fault in tree.errors}
    found = []
    above: list[Tlv] = []
    for node in tree.walk():
        while above and above[-1].end <= node.offset:
            above.pop()
        path = "/".join(outer.tag_hex for outer in above[-2:])
        if node.constructed:
            above.append(node)
            continue
        if node.offset in broken or is_sensitive(node.tag, aid):
            continue
        info = lookup(node.tag, aid=aid, length=node.length, path=path)
        if info is None or info.max_len is None or not info.length_ok(node.length):
            continue
        if not _PAN_OBJECT.search(node.value):
            found.append((2 * (node.offset + node.header), 2 * node.end))
    return found


def _mask_lookalikes(text: bytearray, known: Iterable[tuple[int, int]] = ()) -> None:
    """Digit runs that may hold a PAN, in data that is no TLV; ``known`` are places that are
    something else.

    ASCII first, since its hex is digits as well. A run of 13 to 19 digits with a right check
    digit is masked as a PAN; a longer one that holds such a run anywhere is masked whole.
    """
    kept = [(start, stop, bytes(text[start:stop])) for start, stop in known]
    for start, stop, _value in kept:
        text[start:stop] = b"." * (stop - start)
    _mask_runs(text)
    for start, stop, value in kept:
        text[start:stop] = value


def _mask_runs(text: bytearray) -> None:
    for match in list(_ASCII_RUN.finditer(text)):
        digits = match.group()[1::2].decode("ascii")
        if match.start() % 2 == 0 and _pan_like(digits):
            hidden = mask_pan(digits)
            spelled = "".join("**" if char == "*" else f"3{char}" for char in hidden)
            text[match.start() : match.end()] = spelled.encode("ascii")
    for match in list(_DIGIT_RUN.finditer(text)):
        digits = match.group().decode("ascii")
        if len(digits) <= 19 and _pan_like(digits):
            text[match.start() : match.end()] = mask_pan(digits).encode("ascii")
        elif _holds_pan(digits):
            text[match.start() : match.end()] = b"*" * len(digits)


def _pan_like(digits: str) -> bool:
    """A right check digit, and a first digit that cards are issued under (not 0, which ISO/IEC
    7812-1 keeps for its own use)."""
    return digits[0] != "0" and luhn_ok(digits)


def _holds_pan(digits: str) -> bool:
    """Does a window of ``digits`` look like a PAN? Long runs are not searched: they are masked."""
    if len(digits) > 64:
        return bool(digits.strip("0"))
    return any(
        _pan_like(digits[start : start + size])
        for size in range(13, 20)
        for start in range(len(digits) - size + 1)
    )
