"""Judging an ATR: ISO/IEC 7816-3, 8, and EMV Level 1 Contact Interface, 8.3 (in EMV 4.3: Book 1,
8.3). ``fail`` is what a terminal shall reject; ``warn`` what it may reject, or need not support, or
what the two editions judge differently."""

from __future__ import annotations

from collections.abc import Iterator

from harness.codec.atr import CONVENTIONS, DI, FI, MAX_LENGTH, Atr, AtrFinding
from harness.core.i18n import _, ngettext
from harness.core.spec import Spec

_ISO = "ISO/IEC 7816-3"
_EMV = "EMV Level 1 Contact Interface 1.0"


def iso_faults(atr: Atr) -> tuple[AtrFinding, ...]:
    """See ``harness.codec.atr.iso_faults``."""
    return tuple(
        sorted((*_frame(atr), *_protocols(atr), *_values(atr)), key=lambda item: item.offset)
    )


def emv_faults(atr: Atr, *, warm: bool) -> tuple[AtrFinding, ...]:
    """See ``harness.codec.atr.emv_faults``; rules of form count for EMV as well."""
    form = (_as_emv(item) for item in _frame(atr) if item.severity == "fail")
    found = (*form, *_emv_global(atr, warm), *_emv_protocol(atr), *_emv_t1(atr))
    return tuple(sorted(found, key=lambda item: item.offset))


def _iso(severity: str, clause: str, offset: int, text: str) -> AtrFinding:
    return AtrFinding(severity, text, Spec(_ISO, clause), offset)


def _emv(severity: str, clause: str, offset: int, text: str) -> AtrFinding:
    return AtrFinding(severity, text, Spec(_EMV, clause), offset)


def _as_emv(item: AtrFinding) -> AtrFinding:
    clause = {"8.1": "8.3.1", "8.2.5": "8.3.4"}.get(item.spec.clause, "8.3")
    return AtrFinding(item.severity, item.text, Spec(_EMV, clause), item.offset)


def _frame(atr: Atr) -> Iterator[AtrFinding]:
    """TS, lengths, TCK: is it an ATR at all?"""
    if atr.ts not in CONVENTIONS:
        yield _iso("fail", "8.1", 0, _("TS is {ts:02X}, must be 3B or 3F").format(ts=atr.ts))
    if len(atr.raw) > MAX_LENGTH:
        yield _iso(
            "fail",
            "8.2",
            MAX_LENGTH,
            _("{count} bytes, at most 33 are allowed").format(count=len(atr.raw)),
        )
    if atr.missing:
        yield _iso(
            "fail",
            "8.2",
            len(atr.raw),
            _("the answer ends before {part}").format(part=atr.missing),
        )
    if atr.tck_due and atr.tck is not None and atr.checksum:
        yield _iso(
            "fail",
            "8.2.5",
            atr.offsets["TCK"],
            _("TCK is {tck:02X}, must be {want:02X}").format(
                tck=atr.tck, want=atr.tck ^ atr.checksum
            ),
        )
    if atr.trailing:
        offset = len(atr.raw) - len(atr.trailing)
        if not atr.tck_due and len(atr.trailing) == 1:
            text = _("TCK is present though only T=0 is offered")
            yield _iso("fail", "8.2.5", offset, text)
        else:
            count = len(atr.trailing)
            text = ngettext("{n} byte after the end", "{n} bytes after the end", count)
            text = text.format(n=count)
            yield _iso("fail", "8.2", offset, text)


def _protocols(atr: Atr) -> Iterator[AtrFinding]:
    """Order of the offered protocols (ISO/IEC 7816-3, 8.2.3) and TA2 (8.3)."""
    values = [(index, byte & 0x0F) for index, byte in sorted(atr.td.items())]
    for (index, value), (_before, previous) in zip(values[1:], values, strict=False):
        if value < previous:
            yield _iso(
                "fail",
                "8.2.3",
                atr.offsets[f"TD{index}"],
                _("T={value} after T={previous}: they must ascend").format(
                    value=value, previous=previous
                ),
            )
    for index, value in values:
        where = atr.offsets[f"TD{index}"]
        if value == 15 and index == 1:
            yield _iso("fail", "8.2.3", where, _("TD1 names T=15, which is no protocol"))
        elif value not in (0, 1, 14, 15):
            yield _iso("warn", "8.2.3", where, _("T={value} is RFU").format(value=value))
    if 2 in atr.ta and atr.ta[2] & 0x0F not in atr.protocols:
        yield _iso(
            "fail",
            "8.3",
            atr.offsets["TA2"],
            _("TA2 fixes T={value}, which is not offered").format(value=atr.ta[2] & 0x0F),
        )
    if 2 in atr.ta and atr.ta[2] & 0x60:
        yield _iso("warn", "8.3", atr.offsets["TA2"], _("TA2: bits 6 and 7 are RFU and set"))


def _values(atr: Atr) -> Iterator[AtrFinding]:
    """Coding of the single interface bytes."""
    if 1 in atr.ta:
        where = atr.offsets["TA1"]
        if atr.ta[1] >> 4 not in FI:
            yield _iso(
                "warn", "8.3", where, _("TA1: Fi {nibble:X} is RFU").format(nibble=atr.ta[1] >> 4)
            )
        if atr.ta[1] & 0x0F not in DI:
            yield _iso(
                "warn", "8.3", where, _("TA1: Di {nibble:X} is RFU").format(nibble=atr.ta[1] & 0x0F)
            )
    if 2 in atr.tc and atr.tc[2] == 0:
        yield _iso("warn", "10.2", atr.offsets["TC2"], _("TC2: waiting time integer 0 is RFU"))
    yield from _classes(atr)
    for index in _t1_indexes(atr):
        ifsc = atr.ta.get(index)
        if ifsc in (0x00, 0xFF):
            yield _iso(
                "fail",
                "11.4.2",
                atr.offsets[f"TA{index}"],
                _("TA{index}: IFSC {value:02X} is RFU").format(index=index, value=ifsc),
            )
        times = atr.tb.get(index)
        if times is not None and times >> 4 > 9:
            yield _iso(
                "fail",
                "11.4.3",
                atr.offsets[f"TB{index}"],
                _("TB{index}: BWI {value} is RFU").format(index=index, value=times >> 4),
            )
        code = atr.tc.get(index)
        if code is not None and code & 0xFE:
            yield _iso(
                "warn",
                "11.4.4",
                atr.offsets[f"TC{index}"],
                _("TC{index}: bits 2 to 8 are RFU and set").format(index=index),
            )
        break


def _classes(atr: Atr) -> Iterator[AtrFinding]:
    """The first TA behind T=15: clock stop and operating classes."""
    for index in range(3, 8):
        if atr.td.get(index - 1, 0) & 0x0F == 15 and index in atr.ta:
            if atr.ta[index] & 0x3F not in (1, 2, 3, 4, 6, 7):
                text = _("TA{index}: class indicator {value:02X} is RFU")
                yield _iso(
                    "fail",
                    "8.3",
                    atr.offsets[f"TA{index}"],
                    text.format(index=index, value=atr.ta[index] & 0x3F),
                )
            return


def _t1_indexes(atr: Atr) -> Iterator[int]:
    """Indexes above 2 whose interface bytes belong to T=1; the first occurrence counts."""
    for index in range(3, 8):
        before = atr.td.get(index - 1)
        if before is not None and before & 0x0F == 1:
            yield index


def _emv_global(atr: Atr, warm: bool) -> Iterator[AtrFinding]:
    ta1, tb1, tc1 = atr.ta.get(1), atr.tb.get(1), atr.tc.get(1)
    where = atr.offsets
    if ta1 is not None and atr.specific_mode and not 0x11 <= ta1 <= 0x13:
        yield _emv(
            "warn",
            "8.3.3.1",
            where["TA1"],
            _("TA1 is {value:02X} in specific mode: terminals need only support 11 to 13").format(
                value=ta1
            ),
        )
    if ta1 is not None and not atr.specific_mode and (ta1 >> 4 == 0 or ta1 & 0x0F < 3):
        yield _emv(
            "warn",
            "8.3.3.1",
            where["TA1"],
            _(
                "TA1 is {value:02X} in negotiable mode: Level 1 1.0 wants 5 MHz and a factor of 4 "
                "at least, EMV 4.3 accepts any"
            ).format(value=ta1),
        )
    if not warm and tb1 is None and atr.missing != "TB1":
        yield _emv("fail", "8.3.3.2", 1, _("TB1 is absent: a cold reset must be answered with 00"))
    elif not warm and tb1:
        yield _emv(
            "fail",
            "8.3.3.2",
            where["TB1"],
            _("TB1 is {value:02X}: a cold reset must be answered with 00").format(value=tb1),
        )
    if tc1 not in (None, 0x00, 0xFF):
        yield _emv(
            "warn",
            "8.3.3.3",
            where["TC1"],
            _("TC1 is {value:02X}: the basic answer has 00 or FF").format(value=tc1),
        )
    if 2 in atr.tb:
        yield _emv("fail", "8.3.3.6", where["TB2"], _("TB2 is present"))


def _emv_protocol(atr: Atr) -> Iterator[AtrFinding]:
    first = atr.first_protocol
    where = atr.offsets
    if first > 1:
        yield _emv(
            "fail",
            "8.3.3.4",
            where["TD1"],
            _("TD1 offers T={value}: only T=0 and T=1 are accepted").format(value=first),
        )
    if 2 in atr.ta:
        if atr.ta[2] & 0x0F != first:
            yield _emv(
                "fail",
                "8.3.3.5",
                where["TA2"],
                _("TA2 fixes T={value}, TD1 offers T={first}").format(
                    value=atr.ta[2] & 0x0F, first=first
                ),
            )
        if atr.ta[2] & 0x10:
            yield _emv(
                "fail",
                "8.3.3.5",
                where["TA2"],
                _("TA2 bit 5: parameters are implicit, not those of TA1"),
            )
    tc2 = atr.tc.get(2)
    if tc2 is not None and first != 0:
        yield _emv("fail", "8.3.3.7", where["TC2"], _("TC2 belongs to T=0, T=1 is offered"))
    elif tc2 == 0:
        yield _emv("fail", "8.3.3.7", where["TC2"], _("TC2 is 00: no waiting time"))
    elif tc2 not in (None, 0x0A):
        yield _emv(
            "warn",
            "8.3.3.7",
            where["TC2"],
            _("TC2 is {value:02X}: terminals need only support 0A").format(value=tc2),
        )
    if 2 in atr.td and first in (0, 1):
        second, want = atr.td[2] & 0x0F, 15 if first == 0 else 1
        if first == 0 and second in (1, 14):
            text = _("TD2 names T={value} after T=0: EMV 4.3 accepts it, Level 1 1.0 wants T=15")
            yield _emv("warn", "8.3.3.8", where["TD2"], text.format(value=second))
        elif second != want:
            yield _emv(
                "fail",
                "8.3.3.8",
                where["TD2"],
                _("TD2 names T={value}, after T={first} it must be T={want}").format(
                    value=second, first=first, want=want
                ),
            )


def _emv_t1(atr: Atr) -> Iterator[AtrFinding]:
    """TA3, TB3, TC3: block size, waiting times, checksum of T=1."""
    if atr.first_protocol != 1:
        return
    where = atr.offsets
    ifsc, times, code = atr.ta.get(3), atr.tb.get(3), atr.tc.get(3)
    if ifsc is not None and not 0x10 <= ifsc <= 0xFE:
        yield _emv(
            "fail",
            "8.3.3.9",
            where["TA3"],
            _("TA3 is {value:02X}: IFSC must be 10 to FE").format(value=ifsc),
        )
    if times is None:
        if not atr.missing:
            yield _emv("fail", "8.3.3.10", 1, _("TB3 is absent: T=1 needs its waiting times"))
    else:
        yield from _emv_waiting(atr, times, where["TB3"])
    if code not in (None, 0x00):
        yield _emv(
            "fail",
            "8.3.3.11",
            where["TC3"],
            _("TC3 is {value:02X}: only 00 (LRC) is accepted").format(value=code),
        )


def _emv_waiting(atr: Atr, times: int, offset: int) -> Iterator[AtrFinding]:
    bwi, cwi = times >> 4, times & 0x0F
    if bwi > 4:
        yield _emv(
            "fail",
            "8.3.3.10",
            offset,
            _("TB3: BWI is {value}, at most 4 is accepted").format(value=bwi),
        )
    if cwi > 5:
        yield _emv(
            "fail",
            "8.3.3.10",
            offset,
            _("TB3: CWI is {value}, at most 5 is accepted").format(value=cwi),
        )
    guard = atr.tc.get(1, 0)
    extra = -1 if guard == 0xFF else guard
    if 2**cwi <= extra + 1:
        yield _emv(
            "fail",
            "8.3.3.10",
            offset,
            _("TB3: 2^CWI is {power}, must exceed N + 1, which is {limit}").format(
                power=2**cwi, limit=extra + 1
            ),
        )
