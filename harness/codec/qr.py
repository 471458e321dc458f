"""EMVCo merchant-presented QR codes: text of ID, length and value, closed by a checksum.

Lengths count characters of the text, the checksum runs over its UTF-8 bytes: the two differ as soon
as a merchant's name is not ASCII, and mixing them up is the commonest fault of an encoder.
"""

from __future__ import annotations

from dataclasses import field

from harness.codec.qr_ids import ROOT, QrId, qr_id
from harness.core.i18n import N_
from harness.core.plain import dataclass

MAX_CHARACTERS = 512
"""The longest payload (EMV QRCPS Merchant-Presented Mode 1.1, section 3)."""


@dataclass(frozen=True, slots=True)
class QrObject:
    """One data object: ``offset`` and ``length`` in characters, ``children`` inside a template."""

    number: int
    offset: int
    value: str
    entry: QrId
    scope: str
    children: tuple[QrObject, ...] = ()

    @property
    def id(self) -> str:
        """The two digits of the ID."""
        return f"{self.number:02d}"


@dataclass(frozen=True, slots=True)
class QrFault:
    """One broken rule; ``offset`` in characters from the start of the text."""

    offset: int
    path: str
    message: str


@dataclass(slots=True)
class QrCode:
    """A payload taken apart. ``crc`` is what it says, ``crc_computed`` what it should say (both
    empty without ID 63)."""

    text: str
    objects: tuple[QrObject, ...] = ()
    faults: list[QrFault] = field(default_factory=list)
    crc: str = ""
    crc_computed: str = ""

    def find(self, number: int) -> QrObject | None:
        """The first object ``number`` at the top."""
        return next((item for item in self.objects if item.number == number), None)


def crc16(data: bytes) -> int:
    """ISO/IEC 13239 checksum as EMVCo uses it: polynomial 1021, start FFFF, nothing reflected."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _bit in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def looks_like_qr(text: str) -> bool:
    """Does ``text`` begin like a merchant-presented payload (ID 00, length 2, a version)?"""
    return len(text) >= 10 and text[:4] == "0002" and text[4:10].isascii() and text[4:10].isdigit()


def parse_qr(text: str) -> QrCode:
    """Take ``text`` apart; never raises. Every broken rule is a fault, and what can be read
    around it is read."""
    code = QrCode(text)
    if len(text) > MAX_CHARACTERS:
        message = N_(f"{len(text)} characters, a payload has at most {MAX_CHARACTERS}")
        code.faults.append(QrFault(MAX_CHARACTERS, "", message))
    code.objects = _objects(text, 0, ROOT, "", code.faults)
    _check_frame(code)
    _check_crc(code)
    code.faults.sort(key=lambda item: item.offset)
    return code


def _objects(
    text: str, start: int, scope: str, path: str, faults: list[QrFault]
) -> tuple[QrObject, ...]:
    found: list[QrObject] = []
    seen: set[int] = set()
    at = 0
    while at < len(text):
        head = text[at : at + 4]
        if len(head) < 4 or not (head.isascii() and head.isdigit()):
            message = N_(f"ID and length are four digits, not {head!r}: the rest cannot be read")
            faults.append(QrFault(start + at, path, message))
            break
        number, length = int(head[:2]), int(head[2:])
        value = text[at + 4 : at + 4 + length]
        if len(value) < length:
            message = N_(
                f"ID {head[:2]} has length {length}, only {len(value)} characters are left"
            )
            hint = _counted_bytes(value, length)
            faults.append(QrFault(start + at, path, message + hint))
        entry = qr_id(scope, number)
        below = f"{path}/{head[:2]}".lstrip("/")
        children: tuple[QrObject, ...] = ()
        if entry.format == "template" and value:
            children = _objects(value, start + at + 4, entry.inner, below, faults)
        item = QrObject(number, start + at, value, entry, scope, children)
        if number in seen:
            faults.append(QrFault(item.offset, path, N_(f"ID {item.id} stands a second time")))
        seen.add(number)
        faults += _check_value(item, path)
        found.append(item)
        at += 4 + length
    return tuple(found)


def _counted_bytes(value: str, length: int) -> str:
    """A hint where the length fits the UTF-8 bytes: lengths count characters."""
    return N_("; it counts UTF-8 bytes") if len(value.encode("utf-8")) >= length else ""


def _check_value(item: QrObject, path: str) -> list[QrFault]:
    entry, size = item.entry, len(item.value)
    faults = []
    if not entry.min_len <= size <= entry.max_len:
        allowed = str(entry.min_len)
        if entry.max_len != entry.min_len:
            allowed += f" to {entry.max_len}"
        faults.append(N_(f"ID {item.id} has {size} characters, {allowed} are allowed"))
    if entry.format == "n" and not (item.value.isascii() and item.value.isdigit()):
        faults.append(N_(f"ID {item.id} is numeric, its value is not"))
    elif entry.format == "ans" and not (item.value.isascii() and item.value.isprintable()):
        faults.append(N_(f"ID {item.id} has characters beyond printable ASCII"))
    if item.scope == ROOT and item.number in (54, 56, 57) and not _is_amount(item.value):
        faults.append(N_(f"ID {item.id} is no amount: digits and at most one point"))
    return [QrFault(item.offset, path, message) for message in faults]


def _is_amount(text: str) -> bool:
    whole, _point, part = text.partition(".")
    return whole.isascii() and whole.isdigit() and (not part or part.isdigit())


def _check_frame(code: QrCode) -> None:
    """First, last and mandatory objects; what one object says about another."""
    objects, faults = code.objects, code.faults
    end = len(code.text)
    if not objects or objects[0].number != 0:
        faults.append(QrFault(0, "", N_("ID 00 (Payload Format Indicator) must come first")))
    elif objects[0].value != "01":
        faults.append(QrFault(0, "", N_(f"payload format {objects[0].value!r} is not 01")))
    here = {item.number for item in objects}
    for number in (52, 53, 58, 59, 60, 63):
        if number not in here:
            name = qr_id(ROOT, number).name
            faults.append(QrFault(end, "", N_(f"mandatory ID {number} ({name}) is missing")))
    if not any(2 <= number <= 51 for number in here):
        faults.append(QrFault(end, "", N_("no merchant account information (IDs 02 to 51)")))
    if 63 in here and objects[-1].number != 63:
        faults.append(QrFault(objects[-1].offset, "", N_("ID 63 (CRC) must come last")))
    _check_tip(code)
    method = code.find(1)
    if method is not None and method.value not in ("11", "12"):
        message = N_(
            f"point of initiation {method.value!r} is neither 11 (static) nor 12 (dynamic)"
        )
        faults.append(QrFault(method.offset, "", message))
    language = code.find(64)
    if language is not None:
        inside = {item.number for item in language.children}
        for number in {0, 1} - inside:
            message = N_(f"mandatory ID {number:02d} of the language template is missing")
            faults.append(QrFault(language.offset, "64", message))


def _check_tip(code: QrCode) -> None:
    tip = code.find(55)
    wanted = {"02": 56, "03": 57}.get(tip.value) if tip is not None else None
    if tip is not None and tip.value not in ("01", "02", "03"):
        message = N_(f"tip indicator {tip.value!r} is not 01, 02 or 03")
        code.faults.append(QrFault(tip.offset, "", message))
    if tip is not None and wanted is not None and code.find(wanted) is None:
        message = N_(f"ID 55 says {tip.value}, but ID {wanted} is missing")
        code.faults.append(QrFault(tip.offset, "", message))
    for number in (56, 57):
        item = code.find(number)
        if item is not None and number != wanted:
            message = N_(f"ID {number} stands without an ID 55 that asks for it")
            code.faults.append(QrFault(item.offset, "", message))


def _check_crc(code: QrCode) -> None:
    item = code.find(63)
    if item is None:
        return
    covered = code.text[: item.offset + 4]
    code.crc = item.value
    # A lone surrogate (bytes that were no UTF-8) has no encoding: it counts as a question mark.
    code.crc_computed = f"{crc16(covered.encode('utf-8', 'replace')):04X}"
    if item.value.upper() != code.crc_computed:
        message = N_(
            f"CRC says {item.value}, the {len(covered)} characters give {code.crc_computed}"
        )
        code.faults.append(QrFault(item.offset, "", message + _crc_hint(covered, item.value)))
    elif item.value != code.crc_computed:
        code.faults.append(QrFault(item.offset, "", N_("CRC is in lower case")))


def _crc_hint(covered: str, said: str) -> str:
    """What an encoder may have done instead."""
    if f"{crc16(covered[:-4].encode('utf-8', 'replace')):04X}" == said.upper():
        return N_(": ID and length of the CRC were left out")
    for name in ("gbk", "utf-16-le", "latin-1"):
        try:
            if not covered.isascii() and f"{crc16(covered.encode(name)):04X}" == said.upper():
                return N_(f": it was taken over {name} bytes, not UTF-8")
        except UnicodeEncodeError:
            continue
    return ""
