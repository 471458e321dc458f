"""Terminal parameters as data objects: one line of hex for each AID, one for each CA key.

It is the form in which terminals are given their parameters in the download messages of Chinese
acquirers, and in which many point-of-sale programs carry them in their source: ``9F06`` first, then
``DF11`` to ``DF21``. The meaning of these numbers is from public programs that read them, not from
the document that defines them. A line may stand in quotes or behind a name, as it was copied.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.codec.tlv import Tlv, parse
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.profiles.terminal_draft import AidDraft, BadValue, Draft, Kept

SPEC = Spec("terminal parameter download, public point-of-sale programs", "", verified=False)

_RUN = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f](?:[ :]?[0-9A-Fa-f]){11,}(?![0-9A-Za-z])")
_AIDS = (0x9F06, 0x4F, 0x84)
_INDEX, _MODULUS = 0x9F22, 0xDF02


def _bcd(value: bytes) -> int:
    if not value.hex().isdigit():
        raise BadValue(_("not decimal digits"))
    return int(value.hex())


def _amount(value: bytes) -> int:
    return int.from_bytes(value, "big")


def _code(value: bytes) -> str:
    if len(value) != 5:
        raise BadValue(_("{count} bytes").format(count=len(value)))
    return to_hex(value)


def _text(value: bytes) -> str:
    if not value.isascii() or not value.decode("ascii").isprintable():
        raise BadValue(_("not printable text"))
    return value.decode("ascii").rstrip()


def _flag(value: bytes) -> bool:
    if value not in (b"\x00", b"\x01"):
        raise BadValue(_("not 00 or 01"))
    return value == b"\x00"


def _version(value: bytes) -> str:
    if len(value) != 2:
        raise BadValue(_("{count} bytes").format(count=len(value)))
    return to_hex(value)


Reader = Callable[[bytes], object]
VALUES: dict[int, tuple[str, Reader]] = {
    0xDF01: ("partial", _flag),
    0x9F1B: ("floor_limit", _amount),
    0xDF15: ("random_threshold", _amount),
    0xDF16: ("random_maximum", _bcd),
    0xDF17: ("random_target", _bcd),
    0xDF11: ("tac_default", _code),
    0xDF12: ("tac_online", _code),
    0xDF13: ("tac_denial", _code),
    0xDF8120: ("tac_default", _code),
    0xDF8121: ("tac_denial", _code),
    0xDF8122: ("tac_online", _code),
    0xDF14: ("default_ddol", to_hex),
    0x9F49: ("default_ddol", to_hex),
    0x97: ("default_tdol", to_hex),
}
"""Tag to the key of our own file, and how its value is read."""

GENERAL: dict[int, tuple[str, Reader]] = {
    0x9F1A: ("country", _bcd),
    0x5F2A: ("currency", _bcd),
    0x5F36: ("exponent", _bcd),
    0x9F33: ("capabilities", to_hex),
    0x9F40: ("additional_capabilities", to_hex),
    0x9F35: ("terminal_type", _bcd),
    0x9F15: ("category_code", _bcd),
    0x9F16: ("merchant_id", _text),
    0x9F1C: ("terminal_id", _text),
    0x9F4E: ("merchant_name", _text),
}

CONTACTLESS = {
    0xDF18: N_("online PIN supported"),
    0xDF19: N_("contactless floor limit"),
    0xDF20: N_("contactless transaction limit"),
    0xDF21: N_("contactless CVM limit"),
    0x9F7B: N_("electronic cash: terminal limit"),
    0x9F66: N_("terminal transaction qualifiers"),
    0x9F1D: N_("terminal risk management data"),
    0xDF811B: N_("kernel 2 configuration"),
    0xDF8117: N_("card data input capability"),
    0xDF8118: N_("CVM capability, CVM required"),
    0xDF8119: N_("CVM capability, no CVM required"),
    0xDF811F: N_("security capability"),
    0xDF8123: N_("contactless floor limit"),
    0xDF8124: N_("contactless transaction limit, no on-device CVM"),
    0xDF8125: N_("contactless transaction limit, on-device CVM"),
    0xDF8126: N_("contactless CVM limit"),
}
"""Understood, and of no use to a kernel for contacts: kept under these words."""


def looks_like_tlv(text: str) -> bool:
    """Is there a line that begins with an AID as a data object?"""
    return any(_starts(run) for line in text.splitlines() for run in _runs(line))


def read_tlv(text: str) -> Draft:
    """Every line that holds data objects; a line without any hex is a comment."""
    draft = Draft("tlv")
    for number, line in enumerate(text.splitlines(), 1):
        runs = _runs(line)
        name = f"line {number}"
        if any(len(found) % 2 for found in _digits(line)):
            draft.problems.append((name, _("an odd number of hex digits: one was lost")))
            continue
        starts = [run for run in runs if _starts(run)]
        for run in starts or runs[:1]:
            _line(draft, run, name)
        if not runs and line.strip() and not line.lstrip().startswith(("#", "//", "/*", "*")):
            draft.kept.append(Kept(name, "text", line.strip()[:80]))
    return draft


def _digits(line: str) -> list[str]:
    return [re.sub(r"[ :]", "", found) for found in _RUN.findall(line)]


def _runs(line: str) -> list[bytes]:
    return [bytes.fromhex(found[: len(found) // 2 * 2]) for found in _digits(line)]


def _starts(run: bytes) -> bool:
    return run[:2] == b"\x9f\x06"


def _line(draft: Draft, run: bytes, name: str) -> None:
    tree = parse(run)
    for fault in tree.errors:
        draft.problems.append((f"{name}, byte {fault.offset}", fault.message))
    nodes = [node for node in tree.nodes if not node.constructed]
    if tree.errors or not nodes:
        return
    tags = {node.tag for node in nodes}
    aid = next((node.value for node in nodes if node.tag in _AIDS), None)
    if _INDEX in tags and aid is not None:
        _key(draft, nodes, aid, name)
    elif aid is None:
        for node in nodes:
            _take(draft, draft.general, GENERAL, node, name)
    elif not 5 <= len(aid) <= 16:
        draft.problems.append((name, _("an AID has 5 to 16 bytes, not {n}").format(n=len(aid))))
    else:
        draft.aids.append(_aid(draft, nodes, aid, name))


def _aid(draft: Draft, nodes: list[Tlv], aid: bytes, name: str) -> AidDraft:
    made = AidDraft(aid, name)
    versions: list[str] = []
    for node in nodes:
        if node.tag in _AIDS:
            continue
        if node.tag in (0x9F09, 0x9F08):
            _put(draft, name, node, lambda value: versions.append(_version(value)))
        elif node.tag in GENERAL:
            _take(draft, made.general, GENERAL, node, name)
        elif node.tag in VALUES:
            _take(draft, made.values, VALUES, node, name)
        else:
            meaning = _(CONTACTLESS[node.tag]) if node.tag in CONTACTLESS else ""
            draft.kept.append(Kept(to_hex(aid), node.tag_hex, to_hex(node.value), meaning))
    if versions:
        made.values["versions"] = list(dict.fromkeys(versions))
    return made


def _take(
    draft: Draft,
    target: dict[str, object],
    known: dict[int, tuple[str, Reader]],
    node: Tlv,
    name: str,
) -> None:
    if node.tag not in known:
        draft.kept.append(Kept(name, node.tag_hex, to_hex(node.value)))
        return
    key, read = known[node.tag]

    def put(value: bytes) -> None:
        target[key] = read(value)

    _put(draft, name, node, put)


def _put(draft: Draft, name: str, node: Tlv, put: Callable[[bytes], object]) -> None:
    try:
        put(node.value)
    except BadValue as error:
        draft.problems.append((f"{name}, byte {node.offset}, {node.tag_hex}", str(error)))


def _key(draft: Draft, nodes: list[Tlv], rid: bytes, name: str) -> None:
    """A CA key: 9F22 index, DF02 modulus, DF04 exponent, DF05 expiry, DF03 SHA-1."""
    values = {node.tag: node.value for node in nodes}
    index = values[_INDEX]
    if len(rid) != 5 or len(index) != 1:
        draft.problems.append((name, _("a CA key has a RID of 5 bytes and an index of one")))
        return
    expires = values.get(0xDF05, b"")
    made: dict[str, object] = {
        "rid": to_hex(rid),
        "index": to_hex(index),
        "modulus": to_hex(values.get(_MODULUS, b"")),
        "exponent": int.from_bytes(values.get(0xDF04, b"\x03"), "big"),
        "expires": expires.decode("ascii") if expires.isdigit() else to_hex(expires),
    }
    draft.keys.append(made)
    known = (*_AIDS, _INDEX, _MODULUS, 0xDF04, 0xDF05)
    for node in nodes:
        if node.tag == 0xDF03:
            _check_hash(draft, made, node, name)
        if node.tag not in known:
            meaning = {0xDF03: N_("SHA-1"), 0xDF06: N_("hash algorithm"), 0xDF07: N_("algorithm")}
            said = meaning.get(node.tag)
            where = f"{made['rid']}/{made['index']}"
            draft.kept.append(
                Kept(where, node.tag_hex, to_hex(node.value), _(said) if said else "")
            )


def _check_hash(draft: Draft, made: dict[str, object], node: Tlv, name: str) -> None:
    from hashlib import sha1

    parts = [str(made[key]) for key in ("rid", "index", "modulus")]
    exponent = int(str(made["exponent"]))
    size = max(1, (exponent.bit_length() + 7) // 8)
    raw = bytes.fromhex("".join(parts)) + exponent.to_bytes(size, "big")
    if len(node.value) == 20 and sha1(raw, usedforsecurity=False).digest() != node.value:
        said = f"{name}, byte {node.offset}, DF03"
        draft.problems.append((said, _("the SHA-1 does not fit the CA key")))
