"""QR codes for people and for programs."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from harness.codec import codes
from harness.codec.decoded import Context, Decoded, fault
from harness.codec.qr import QrCode, QrObject, parse_qr
from harness.codec.qr_ids import MERCHANT_ACCOUNT, ROOT, UNRESERVED, network_of, scheme_of_guid
from harness.core.errors import CodecError
from harness.core.i18n import N_, _
from harness.core.masking import luhn_ok, mask_pan

CONSUMER_START = "hQVDUFYwM"
"""Base64 of ``85 05 CPV0``: every consumer-presented code begins so (tag 85 comes first)."""

_METHODS = {"11": N_("static: the same code for many transactions")}
_METHODS |= {"12": N_("dynamic: one code a transaction")}
_TIPS = {
    "01": N_("the consumer is asked for a tip"),
    "02": N_("fixed convenience fee (ID 56)"),
    "03": N_("convenience fee in percent (ID 57)"),
}
_REQUESTS = {"A": N_("address"), "M": N_("mobile number"), "E": N_("e-mail address")}


def merchant_view(text: str, mask: bool = True) -> Decoded:
    """A merchant-presented code: each ID named, the checksum computed, each fault with its place
    (offsets count characters)."""
    code = parse_qr(text)
    objects = [_object(item, code, mask) for item in code.objects]
    lines: list[str] = []
    for item in objects:
        _lines(item, 0, lines)
    errors = [
        {"offset": item.offset, "message": item.message}
        | ({"path": item.path} if item.path else {})
        for item in code.faults
    ]
    body: dict[str, Any] = {"objects": objects}
    if code.crc:
        body |= {"crc": code.crc, "crc_computed": code.crc_computed}
    return Decoded("qr-merchant", lines, body, errors)


def consumer_view(text: str, context: Context, mask: bool = True) -> Decoded:
    """A consumer-presented code: base64 of BER-TLV data that begins with 85 (CPV01)."""
    from harness.codec.tlv import parse
    from harness.codec.tlv_view import TlvView

    data = base64_bytes(text)
    if data is None:
        return Decoded("qr-consumer", [], {"nodes": []}, [fault(0, N_("not base64"))])
    tree = parse(data)
    view = TlvView(tree, aid=context.aid, kernel=context.kernel, mask=mask)
    # Here the application template (61) and the common data (62) hold card data, as records do.
    errors = [item for item in view.errors() if item.get("rule") != "wrong-template"]
    first = tree.nodes[0] if tree.nodes else None
    if first is None or first.tag != 0x85 or first.value != b"CPV01":
        errors.insert(0, fault(0, N_("tag 85 with CPV01 must come first")))
    if not any(node.tag == 0x61 for node in tree.nodes):
        errors.append(fault(len(data), N_("no application template (61)")))
    lines = [_("consumer-presented QR code, {n} bytes").format(n=len(data)), *view.lines()]
    return Decoded("qr-consumer", lines, lambda: {"nodes": view.nodes()}, errors)


def base64_bytes(text: str) -> bytes | None:
    """The bytes of ``text`` where it is base64 (white space and missing padding forgiven)."""
    packed = "".join(text.split())
    packed += "=" * (-len(packed) % 4)
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return None


def _object(item: QrObject, code: QrCode, mask: bool) -> dict[str, Any]:
    name = _(item.entry.name)
    network = network_of(item.number) if item.scope == ROOT else ""
    value, masked = _value(item, mask)
    shown: dict[str, Any] = {
        "id": item.id,
        "name": f"{name} ({network})" if network else name,
        "offset": item.offset,
        "length": len(item.value),
        "value": value,
    }
    if item.children:
        shown["objects"] = [_object(child, code, mask) for child in item.children]
        if any("masked" in child for child in shown["objects"]):
            masked = True
            shown["value"] = "".join(
                f"{child['id']}{child['length']:02d}{child['value']}" for child in shown["objects"]
            )
    shown["fields"] = _meaning(item, code)
    if masked:
        shown["masked"] = True
    return shown


def _value(item: QrObject, mask: bool) -> tuple[str, bool]:
    """An account number in a primitive object is masked as a PAN is."""
    text = item.value
    if mask and not item.children and 13 <= len(text) <= 19 and text.isascii() and luhn_ok(text):
        return mask_pan(text), True
    return text, False


def _meaning(item: QrObject, code: QrCode) -> list[str]:
    if item.scope == "62" and item.number == 9:
        asked = [_(_REQUESTS[char]) if char in _REQUESTS else char for char in item.value]
        return [", ".join(asked)]
    if item.value == "***" and item.scope == "62":
        return [_("the consumer is asked for it")]
    if item.number == 0 and item.scope in (MERCHANT_ACCOUNT, UNRESERVED):
        scheme = scheme_of_guid(item.value)
        return [scheme] if scheme else []
    if item.scope != ROOT:
        return []
    table = {1: _METHODS, 55: _TIPS}.get(item.number)
    if table is not None:
        return [_(table[item.value])] if item.value in table else []
    if item.number == 53:
        found = codes.currency(item.value)
        return [f"{found.code}, {found.name}"] if found else [_("not an ISO 4217 number")]
    if item.number == 54:
        currency = code.find(53)
        known = codes.currency(currency.value) if currency else None
        return [f"{item.value} {known.code}"] if known else []
    if item.number == 52:
        return _category(item.value)
    if item.number == 63:
        if item.value.upper() == code.crc_computed:
            return [_("right")]
        return [_("wrong: the text gives {crc}").format(crc=code.crc_computed)]
    return []


def _category(code: str) -> list[str]:
    from harness.codec.bits import describe

    try:
        return describe(0x9F15, bytes.fromhex(code)) if len(code) == 4 else []
    except (ValueError, CodecError):
        return []


def _lines(item: dict[str, Any], depth: int, out: list[str]) -> None:
    pad = "  " * depth
    line = f"{pad}{item['id']} {_(item['name'])}"
    if "objects" not in item:
        line += f"  {printable(item['value'])}"
    out.append(line)
    out += [f"{pad}      {text}" for text in item["fields"]]
    for child in item.get("objects", ()):
        _lines(child, depth + 1, out)


def printable(text: str) -> str:
    """``text`` without characters that a terminal would act upon."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
