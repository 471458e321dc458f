"""ISO 8583 field 55: EMV data objects one after the other, with or without the length in front.

The field is a variable one of up to 999 bytes; how its length is written depends on the dialect:
three ASCII digits, two bytes of BCD, one or two bytes of binary, or one byte before a data set that
has its own identifier (01) and length.
"""

from __future__ import annotations

from harness.codec.decoded import Context, Decoded, fault
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.plain import dataclass

REQUIRED = (0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A)
"""What an issuer needs to check a cryptogram and networks ask for in a request; its absence is a
note, not a fault: each network has its own list, and an answer carries 91, 71 and 72 instead."""

_FORMS = {
    "none": N_("no length in front"),
    "ascii": N_("length in three ASCII digits"),
    "bcd": N_("length in two bytes of BCD"),
    "binary": N_("length in two bytes, binary"),
    "byte": N_("length in one byte, binary"),
    "dataset": N_("length in one byte, then data set 01 with its own length"),
}


@dataclass(frozen=True, slots=True)
class Field55:
    """The parts: ``form`` of the length (see `_FORMS`), the ``said`` length (None
    without one), the ``offset`` of the data in the input, and the ``data``."""

    form: str
    said: int | None
    offset: int
    data: bytes

    @property
    def length_ok(self) -> bool:
        """Does the length in front fit the data?"""
        return self.said is None or self.said == len(self.data)


def split_field(raw: bytes) -> Field55:
    """Find the length in front of the data objects; a form counts only where it fits the data, or
    where the data begin with a tag that a field 55 has."""
    candidates = []
    if len(raw) > 3 and raw[:3].isdigit():
        candidates.append(Field55("ascii", int(raw[:3]), 3, raw[3:]))
    if len(raw) > 2:
        if raw[0] < 0x10 and raw[:2].hex().isdigit():
            candidates.append(Field55("bcd", int(raw[:2].hex()), 2, raw[2:]))
        if len(raw) > 4 and raw[1] == 1 and raw[0] == len(raw) - 1:
            candidates.append(Field55("dataset", raw[2] << 8 | raw[3], 4, raw[4:]))
        if raw[0] == len(raw) - 1:
            candidates.append(Field55("byte", raw[0], 1, raw[1:]))
        candidates.append(Field55("binary", raw[0] << 8 | raw[1], 2, raw[2:]))
    for found in candidates:
        if found.length_ok:
            return found
    for found in candidates[:-1]:
        if _begins_well(found.data) and not _begins_well(raw):
            return found
    return Field55("none", None, 0, raw)


def looks_like_field(raw: bytes) -> bool:
    """A length in front that fits, then well-formed data objects, among them those of a
    cryptogram?"""
    from harness.codec.tlv import parse

    found = split_field(raw)
    if found.form == "none" or not found.length_ok:
        return False
    tree = parse(found.data)
    tags = {node.tag for node in tree.nodes}
    return tree.ok and bool(tags & {0x9F26, 0x91, 0x71, 0x72, 0x8A, 0x9F36, 0x82, 0x95})


def field_view(raw: bytes, context: Context | None = None, mask: bool = True) -> Decoded:
    """Field 55 for people and programs; offsets count from the start of the input."""
    from harness.codec.tags import lookup
    from harness.codec.tlv import parse
    from harness.codec.tlv_view import TlvView

    context = context or Context()
    found = split_field(raw)
    tree = parse(found.data)
    view = TlvView(tree, aid=context.aid, kernel=context.kernel, mask=mask)
    errors = [
        {**item, "offset": item["offset"] + found.offset} if "offset" in item else item
        for item in view.errors()
    ]
    if not found.length_ok:
        text = N_(f"the length in front says {found.said}, {len(found.data)} bytes follow")
        errors.insert(0, fault(0, text))
    head = _("field 55, {n} bytes, {form}").format(n=len(found.data), form=_(_FORMS[found.form]))
    lines = [head, *view.lines()]
    tags = {node.tag for node in tree.nodes}
    missing = [tag for tag in REQUIRED if tag not in tags]
    notes = []
    if 0x9F26 in tags and missing:
        names = ", ".join(f"{tag:02X} {_(getattr(lookup(tag), 'name', ''))}" for tag in missing)
        notes.append(_("note: often required, not here: {names}").format(names=names))
    body = {
        "length_form": found.form,
        "length_said": found.said,
        "data_offset": found.offset,
        "prefix": to_hex(raw[: found.offset]),
        "nodes": view.nodes(),
        "fields": notes,
    }
    return Decoded("field55", lines + notes, body, errors)


def _begins_well(data: bytes) -> bool:
    return data[:1] in (b"\x82", b"\x95", b"\x9a", b"\x9c", b"\x5f", b"\x9f", b"\x84", b"\x4f")
