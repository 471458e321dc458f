"""Cases of the reader checks: a bench that is passed and, by a fault of the reader, one that
is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from readerbenches import (
    Renamed,
    SpoiledReader,
    atr,
    bench,
    card_with_atr,
    faulty,
    losing,
    virtual,
)
from readertalk import (
    FEATURES,
    PROPERTIES,
    field,
    flipped,
    named,
    no_field,
    on_a_line,
    padless,
    profiled,
    short,
    talking,
    told,
)

from harness.checks.reader.bench import Bench
from harness.link.forked import Forked
from harness.link.service import NO_SERVICE, SUCCESS

DUAL = "3B9011800100"
"""Offers T=0 and T=1."""


@dataclass(frozen=True)
class Case:
    id: str
    bad: Callable[[], Bench]
    verdict: str = "FAIL"
    good: Callable[[], Bench] = bench
    says: str = ""


def by_fault(name: str) -> Callable[[], Bench]:
    return lambda: faulty(name)


def one_protocol() -> Bench:
    """The ATR promised both, the card in the slot has T=0 only."""
    return bench(cold_atr=bytes.fromhex(DUAL))


FOUND_BY = {
    "ENV-03": "stale-context",
    "ENU-08": "reorder",
    "ENU-09": "any-reader",
    "ATR-01": "sleepy-card",
    "RST-01S": "no-reset",
    "RST-03": "swallow-get-response",
    "RST-04": "hidden-reset",
    "RST-05": "leaky-transaction",
    "RST-06": "slow-reset",
    "RST-07": "sleepy-power",
    "PRO-01": "any-protocol",
    "PRO-09": "no-direct",
    "APD-2E": "refuse-extended",
    "APD-3E": "refuse-extended",
    "APD-4E": "refuse-extended",
    "APD-61": "swallow-get-response",
    "APD-6C": "hide-wrong-le",
    "APD-62": "drop-warning-data",
    "APD-CH": "no-chaining",
    "APD-CLA": "mask-class",
    "APD-BAD": "accept-malformed",
    "LEN-03": "procedure-bytes",
    "TIM-01": "delay",
    "TIM-02": "odd-list-code",
    "TIM-03": "odd-list-code",
    "SHR-01": "odd-sharing-code",
    "SHR-02": "leaky-transaction",
    "SHR-03": "leaky-transaction",
    "SHR-04": "leaky-transaction",
    "SHR-05": "leaky-transaction",
    "CON-01": "odd-list-code",
    "CON-02": "sleepy-card",
    "CON-03": "reorder",
    "CON-04": "reorder",
    "CON-06": "sleepy-card",
    "PER-01": "corrupt-under-load",
    "PER-05": "truncate",
    "EVT-01": "ghost-card",
    "EVT-02": "late-event",
    "EVT-03": "late-event",
    "EVT-04": "lost-event",
    "EVT-05": "stuck-card",
    "EVT-06": "last-atr",
    "EVT-10": "unnoticed-mute",
    "REM-03": "stuck-card",
    "PER-06": "lost-event",
    "LEN-04": "silent-cut",
    "PRO-03": "no-direct",
    "LEN-02": "wrong-length",
    "TIM-04": "stuck-card",
    "EVT-07": "deaf-cancel",
    "EVT-08": "hasty-wait",
    "EVT-11": "sleepy-card",
    "EVT-12": "sleepy-card",
    "REM-01": "stuck-card",
    "REM-02": "undead-handle",
    "REM-04": "undead-handle",
    "REC-02": "odd-no-card",
}
"""Check to the fault that it has to find."""

COMM = "SCARD_F_COMM_ERROR"


def forking(child: str = COMM, parent: str | None = SUCCESS) -> Bench:
    """A reader that tells this of a context over a fork; without ``parent`` it tells nothing."""

    class Forking(SpoiledReader):
        def forked(self) -> Forked:
            if parent is None:
                raise ValueError("no word")
            return Forked(child, parent)

    return bench(Forking(virtual()))


T1 = "3BE000FF81317C4192"
FAST = "3B1096"
FIXED_T0, FIXED_T1 = "3B801000", "3B80110190"
"""TA2 fixes the protocol."""
PSEUDO = "3B80800101"
"""What a contactless reader makes up."""


MORE = (
    *(Case(check, by_fault(fault)) for check, fault in FOUND_BY.items()),
    Case("REC-01", by_fault("stuck-after-bad"), "WARN", says="new connection"),
    Case("ENV-02", lambda: losing(stays_away=True), good=losing, says="no reader"),
    Case("ENV-02", bench, good=losing, says="not running"),
    Case("ENU-02", lambda: bench(Renamed("test-card", virtual()._options)), says="numbers"),
    Case("ATR-14", lambda: atr("3B028031"), "WARN", says="beyond"),
    Case("ATR-15", lambda: atr("3B80800102"), good=lambda: atr("3B80800101"), says="TCK"),
    Case("ATR-17", lambda: atr("3B600500"), "WARN", says="warm"),
    Case("PRO-02", one_protocol, good=lambda: bench(card_with_atr(DUAL)), says="T=1"),
    Case("PRO-08", lambda: atr("300000"), says="30"),
    Case("ATT-01", lambda: talking(attribute="SCARD_E_INVALID_VALUE"), says="INVALID_VALUE"),
    Case("P10-01", lambda: talking({3400: "0603423300"}), good=talking, says="3 bytes"),
    Case("P10-02", lambda: talking({**FEATURES, 0x42330012: "010111"}), good=talking, says="Lcd"),
    Case("P10-02", lambda: talking({**FEATURES, 0x42330012: "0102"}), good=talking, says="cut"),
    Case(
        "P10-03",
        lambda: talking({**FEATURES, **PROPERTIES, 0x4233000A: "00000700"}),
        good=talking,
        says="two displays",
    ),
    Case("P10-04", lambda: talking(usb="072F:B100"), good=talking, says="08E6:34C2"),
    Case(
        "FW-03",
        lambda: talking(usb="04E6:E001", firmware="5.15"),
        "WARN",
        good=talking,
        says="5.16",
    ),
    Case(
        "ENU-03",
        lambda: talking(usb="072F:B100"),
        good=lambda: talking(usb="08E6:3478"),
        says="072F:B100 on the bus",
    ),
    Case(
        "FW-01", lambda: profiled(talking(), min_firmware="1.32"), "WARN", good=talking, says="1.32"
    ),
    Case(
        "FW-02",
        lambda: named("Gemalto Reader (A1B2) 01 00"),
        good=lambda: named("Gemalto Reader (A1B2) 00 01", "Other (A1B3) 01 00"),
        says="01 00",
    ),
    Case("ATT-02", lambda: talking(values={"ICC_PRESENCE": "00"}), good=told, says="is 00"),
    Case("ATT-03", lambda: talking(values={"MAXINPUT": "0501"}), good=told, says="2 bytes"),
    Case("ATT-03", lambda: talking(values={"MAXINPUT": "FD000000"}), "WARN", good=told, says="253"),
    Case("P10-05", lambda: talking({}), good=talking, says="no PIN feature"),
    Case("P10-05", lambda: padless(talking()), good=talking, says="has no PIN pad"),
    Case("P10-05", lambda: talking({3400: "0604"}), good=talking, says="cut short"),
    Case("PRO-04", lambda: atr(FIXED_T1), good=lambda: bench(card_with_atr(FIXED_T0)), says="T=1"),
    Case(
        "PRO-05",
        lambda: on_a_line(FAST, flipped),
        good=lambda: on_a_line(FAST),
        says="is another one",
    ),
    Case(
        "PRO-06", lambda: on_a_line(T1, flipped), good=lambda: on_a_line(T1), says="blocks of 124"
    ),
    Case("PER-03", lambda: on_a_line(FAST, seconds=0.1), "WARN", good=lambda: on_a_line(FAST)),
    Case("LEN-05", lambda: short(stuck=True), good=short, says="next command"),
    Case(
        "CL-01",
        lambda: on_a_line(PSEUDO, no_field),
        good=lambda: on_a_line(PSEUDO, field),
        says="3 bytes",
    ),
    Case(
        "CL-01",
        lambda: on_a_line(PSEUDO),
        "WARN",
        good=lambda: on_a_line(PSEUDO, field),
        says="refused",
    ),
    Case(
        "CL-03",
        lambda: on_a_line(PSEUDO, seconds=0.4),
        good=lambda: on_a_line(PSEUDO, field),
        says="limit 5 ms",
    ),
    Case("CON-05", lambda: forking("", SUCCESS), good=forking, says="did not come back"),
    Case("CON-05", lambda: forking(COMM, NO_SERVICE), good=forking, says="NO_SERVICE"),
    Case("CON-05", lambda: forking(COMM, None), good=forking, says="did not survive"),
    Case("PER-04", lambda: atr("3B600000"), says="another ATR"),
)
