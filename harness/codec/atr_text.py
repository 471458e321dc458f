"""An ATR in words: each byte, the times that follow from it, the historical bytes."""

from __future__ import annotations

from harness.codec.atr import FI, Atr
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _, ngettext

_STORAGE_CARDS = {
    0x0001: "MIFARE Classic 1K",
    0x0002: "MIFARE Classic 4K",
    0x0003: "MIFARE Ultralight",
    0x0004: "SLE 55R",
    0x0006: "SR176",
    0x0007: "SRI X4K",
    0x0008: "AT88RF020",
    0x0009: "AT88SC0204CRF",
    0x000A: "AT88SC0808CRF",
    0x000B: "AT88SC1616CRF",
    0x000C: "AT88SC3216CRF",
    0x000D: "AT88SC6416CRF",
    0x000E: "SRF 55V10P",
    0x000F: "SRF 55V02P",
    0x0010: "SRF 55V10S",
    0x0011: "SRF 55V02S",
    0x0012: "Tag-it",
    0x0013: "LRI512",
    0x0014: "ICODE SLI",
    0x0015: "TEMPSENS",
    0x0016: "I-CODE 1",
    0x0017: "PicoPass 2K",
    0x0018: "PicoPass 2KS",
    0x0019: "PicoPass 16K",
    0x001A: "PicoPass 16KS",
    0x0021: "LRI64",
    0x0022: "I-CODE UID",
    0x0023: "I-CODE EPC",
    0x0024: "LRI12",
    0x0025: "LRI128",
    0x0026: "MIFARE Mini",
    0x002F: "Jewel",
    0x0030: "Topaz",
    0x003A: "MIFARE Ultralight C",
    0x0036: "MIFARE Plus SL1 2K",
    0x0037: "MIFARE Plus SL1 4K",
    0x0038: "MIFARE Plus SL2 2K",
    0x0039: "MIFARE Plus SL2 4K",
    0x003B: "FeliCa",
}
"""Card names of PC/SC Part 3 (supplement), for memory cards; as the list of pcsc-tools has them."""

_COMPACT = {
    0x1: N_("country code {data}"),
    0x2: N_("issuer identification number {data}"),
    0x3: N_("card service data {data}"),
    0x4: N_("initial access data {data}"),
    0x5: N_("card issuer's data {data}"),
    0x6: N_("pre-issuing data {data}"),
    0x7: N_("card capabilities {data}"),
    0x8: N_("status information {data}"),
    0xF: N_("application identifier {data}"),
}

_CAPABILITIES = (
    (0, 0x80, N_("DF selection by full name")),
    (0, 0x40, N_("DF selection by partial name")),
    (0, 0x20, N_("DF selection by path")),
    (0, 0x10, N_("DF selection by file identifier")),
    (0, 0x08, N_("implicit DF selection")),
    (0, 0x04, N_("short EF identifier")),
    (0, 0x02, N_("record number")),
    (0, 0x01, N_("record identifier")),
    (1, 0x80, N_("EFs of TLV structure")),
    (2, 0x80, N_("command chaining")),
    (2, 0x40, N_("extended Lc and Le")),
    (2, 0x20, N_("extended length information in EF.ATR/INFO")),
)
"""ISO/IEC 7816-4, card capabilities: byte, mask, meaning."""

_SERVICE = (
    (0x80, N_("application selection by full DF name")),
    (0x40, N_("application selection by partial DF name")),
    (0x20, N_("data objects in EF.DIR")),
    (0x10, N_("data objects in EF.ATR/INFO")),
    (0x01, N_("card without MF")),
)
"""ISO/IEC 7816-4, card service data: mask, meaning; bits 4 to 2 say how those files are read."""

_SERVICE_ACCESS = {
    0b100: N_("EF.DIR and EF.ATR/INFO by READ BINARY"),
    0b010: N_("EF.DIR and EF.ATR/INFO by GET DATA"),
    0b000: N_("EF.DIR and EF.ATR/INFO by READ RECORD"),
}

_WRITES = (N_("one-time write"), N_("proprietary write"), N_("write OR"), N_("write AND"))

_ETU_MS = 372 / 4000
"""One initial etu in ms at a clock of 4 MHz, which readers use for a start."""

_CLOCK_STOP = (
    N_("no clock stop"),
    N_("clock stop in state L"),
    N_("clock stop in state H"),
    N_("clock stop"),
)


def describe_atr(atr: Atr) -> list[str]:
    """One line for each byte or group, in order, then what follows from them."""
    lines = [f"TS   {atr.ts:02X}  " + _("{kind} convention").format(kind=_(atr.convention))]
    if len(atr.raw) > 1:
        count = atr.t0 & 0x0F
        lines.append(f"T0   {atr.t0:02X}  " + _("{count} historical bytes").format(count=count))
    tables = {"A": atr.ta, "B": atr.tb, "C": atr.tc, "D": atr.td}
    for name in atr.offsets:
        if len(name) == 3 and name[1] in tables and name[2].isdigit():
            value = tables[name[1]][int(name[2])]
            lines.append(f"{name}  {value:02X}  {_interface(atr, name[1], int(name[2]), value)}")
        elif name == "historical":
            lines.append(_("historical bytes {data}").format(data=to_hex(atr.historical, " ")))
            lines += ["     " + line for line in describe_historical(atr.historical)]
    if atr.tck is not None:
        verdict = _("right") if atr.tck_ok else _("wrong")
        lines.append(f"TCK  {atr.tck:02X}  {verdict}")
    lines.append(_summary(atr))
    return lines


def describe_historical(data: bytes) -> list[str]:
    """Historical bytes by their category indicator (ISO/IEC 7816-4, 12.1.1)."""
    if not data:
        return []
    category = data[0]
    if category == 0x00:
        if len(data) < 4:
            return [_("category 00, too short for its status indicator")]
        return [*_compact(data[1:-3]), _status(data[-3:])]
    if category == 0x80:
        return _compact(data[1:])
    if category == 0x10:
        return [_("category 10: DIR data reference {data}").format(data=to_hex(data[1:]))]
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
    return [_("proprietary, as text: {text}").format(text=text)]


def _compact(data: bytes) -> list[str]:
    """Compact-TLV objects: a nibble each for tag and length."""
    lines: list[str] = []
    at = 0
    while at < len(data):
        tag, length = data[at] >> 4, data[at] & 0x0F
        value = data[at + 1 : at + 1 + length]
        name = _COMPACT.get(tag, "")
        if data[at] == 0x4F and _pcsc(value):
            return lines + _pcsc_storage(data[at + 1 :])
        text = _(name) if name else _("compact tag {tag:X} {data}")
        lines.append(text.format(tag=tag, data=to_hex(value)))
        if len(value) < length:
            short = length - len(value)
            text = ngettext("{n} byte missing", "{n} bytes missing", short)
            lines.append(text.format(n=short))
        elif tag == 0x3 and length == 1:
            lines += ["  " + line for line in _services(value[0])]
        elif tag == 0x7:
            lines += ["  " + line for line in _capabilities(value)]
        at += 1 + length
    return lines


_STORAGE_STANDARDS = {
    0x01: "ISO/IEC 14443 A, part 1",
    0x02: "ISO/IEC 14443 A, part 2",
    0x03: "ISO/IEC 14443 A, part 3",
    0x05: "ISO/IEC 14443 B, part 1",
    0x06: "ISO/IEC 14443 B, part 2",
    0x07: "ISO/IEC 14443 B, part 3",
    0x09: "ISO/IEC 15693, part 1",
    0x0A: "ISO/IEC 15693, part 2",
    0x0B: "ISO/IEC 15693, part 3",
    0x0C: "ISO/IEC 15693, part 4",
    0x0D: "ISO/IEC 7816-10, I2C",
    0x0E: "ISO/IEC 7816-10, extended I2C",
    0x0F: "ISO/IEC 7816-10, 2WBP",
    0x10: "ISO/IEC 7816-10, 3WBP",
    0x11: "FeliCa",
}
"""PC/SC Part 3, supplemental document for contactless storage cards."""


def _pcsc(value: bytes) -> bool:
    return value[1:6] == bytes.fromhex("A000000306")


def _pcsc_storage(data: bytes) -> list[str]:
    """Application identifier of a memory card in a pseudo-ATR (PC/SC Part 3, 3.1.3.2.3)."""
    if not _pcsc(data) or len(data) < 9:
        return [to_hex(data)]
    name = data[7] << 8 | data[8]
    known = _STORAGE_CARDS.get(name, f"{name:04X}")
    standard = _STORAGE_STANDARDS.get(data[6], f"{data[6]:02X}")
    return [_("memory card {name}, standard {standard}").format(name=known, standard=standard)]


def _capabilities(value: bytes) -> list[str]:
    found = [text for at, mask, text in _CAPABILITIES if at < len(value) and value[at] & mask]
    lines = [_(text) for text in found]
    if len(value) > 1:
        lines.append(_(_WRITES[value[1] >> 5 & 3]))
        count = 2 ** (value[1] & 0x0F)
        text = ngettext("data units of {n} quartet", "data units of {n} quartets", count)
        lines.append(text.format(n=count))
    if len(value) > 2 and value[2] & 0x18:
        lines.append(_("logical channel number by the card or the interface device"))
    if len(value) > 2 and value[2] & 0x07:
        lines.append(_("{count} logical channels").format(count=(value[2] & 0x07) + 1))
    return lines


def _services(byte: int) -> list[str]:
    lines = [_(text) for mask, text in _SERVICE if byte & mask]
    access = byte >> 1 & 7
    known = _SERVICE_ACCESS.get(access)
    if byte & 0x30 and known:
        lines.append(_(known))
    elif known is None:
        lines.append(_("access to EF.DIR and EF.ATR/INFO {code:03b}: RFU").format(code=access))
    return lines


def _status(data: bytes) -> str:
    return _("life cycle {state:02X}, status {sw}").format(state=data[0], sw=to_hex(data[1:]))


def _interface(atr: Atr, letter: str, index: int, value: int) -> str:
    """One interface byte in words."""
    if letter == "D":
        return _("T={protocol} offered").format(protocol=value & 0x0F)
    if index <= 2:
        return _global(letter, index, value)
    protocol = atr.td.get(index - 1, 0) & 0x0F
    if protocol == 1:
        return _t1(letter, value)
    if protocol == 15:
        return _t15(letter, value)
    return _("specific to T={protocol}").format(protocol=protocol)


def _global(letter: str, index: int, value: int) -> str:
    key = f"{letter}{index}"
    if key == "A1":
        known = FI.get(value >> 4)
        fi = str(known[0]) if known else "RFU"
        top = f"{known[1]:g} MHz" if known else "-"
        from harness.codec.atr import DI

        di = DI.get(value & 0x0F)
        rate = ""
        if known and di:
            rate = _(", {cycles:g} clock cycles a bit, up to {speed:,.0f} bit/s").format(
                cycles=known[0] / di, speed=known[1] * 1e6 * di / known[0]
            )
        return f"Fi {fi}, {_('at most')} {top}, Di {di or 'RFU'}{rate}"
    if key == "B1":
        return (
            _("programming voltage (obsolete): not connected")
            if value == 0
            else _("programming voltage (obsolete)")
        )
    if key == "C1":
        if value == 0xFF:
            return _("extra guard time: shortest (12 etu for T=0, 11 for T=1)")
        return _("extra guard time: {count} etu").format(count=value)
    if key == "A2":
        source = (
            _("implicit parameters") if value & 0x10 else _("parameters of the interface bytes")
        )
        change = _("cannot change") if value & 0x80 else _("can change")
        return _("specific mode, T={protocol}, {source}, {change}").format(
            protocol=value & 0x0F, source=source, change=change
        )
    if key == "B2":
        return _("programming voltage in 0.1 V (obsolete)")
    return _("T=0 waiting time integer {value}: {etu} initial etu, {ms:.0f} ms at 4 MHz").format(
        value=value, etu=960 * value, ms=960 * value * _ETU_MS
    )


def _t1(letter: str, value: int) -> str:
    if letter == "A":
        return _("T=1: card takes blocks of at most {count} bytes (IFSC)").format(count=value)
    if letter == "B":
        return _(
            "T=1: BWI {bwi} (block waiting 11 etu + {block} x 960 x 372 / f, "
            "{ms:.0f} ms at 4 MHz), "
            "CWI {cwi} (character waiting {char} etu)"
        ).format(
            bwi=value >> 4,
            block=2 ** (value >> 4),
            ms=(11 + 960 * 2 ** (value >> 4)) * _ETU_MS,
            cwi=value & 0x0F,
            char=11 + 2 ** (value & 0x0F),
        )
    return _("T=1: checksum CRC") if value & 1 else _("T=1: checksum LRC")


def _t15(letter: str, value: int) -> str:
    if letter == "A":
        classes = [
            name for bit, name in ((1, "A 5 V"), (2, "B 3 V"), (4, "C 1.8 V")) if value & bit
        ]
        return f"{_(_CLOCK_STOP[value >> 6])}, {_('class')} {', '.join(classes) or 'RFU'}"
    if letter == "B":
        return _("use of SPU (contact C6): {value:02X}").format(value=value)
    return _("global, RFU")


def _summary(atr: Atr) -> str:
    if atr.contactless:
        return _("contactless pseudo-ATR, written by the reader (PC/SC Part 3)")
    offered = ", ".join(f"T={value}" for value in atr.protocols)
    mode = _("specific mode") if atr.specific_mode else _("negotiable mode")
    return _("protocols {offered}; {mode}").format(offered=offered, mode=mode)
