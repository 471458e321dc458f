"""Extended APDUs: what is sent, which lengths count, and each finding of an odd answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from readerbenches import SpoiledReader, bench, virtual
from readerscript import run, sent

from harness.checks.reader.bench import Bench
from harness.core.errors import CardRemoved, LinkError, LinkTimeout
from harness.link.api import Link, ResetKind
from harness.profiles.testcard import counting

GOOD = "80300000"
ALL = (256, 257, 1000, 4096, 32767, 65528)
LAST = {
    "APD-2E": {"virtual": 65536, "vpcd": 65533},
    "APD-3E": {"virtual": 65535, "vpcd": 65528},
    "APD-4E": {"virtual": 65535, "vpcd": 65526},
}


@dataclass
class Reach:
    """A link that carries ``longest`` bytes of data and refuses more; ``stuck``: it takes nothing
    after that until it is reset. ``sick``: the lengths after which a short command fails."""

    inner: Link
    longest: int = 70_000
    error: LinkError | None = field(default_factory=lambda: LinkError("the driver says no"))
    answer: bytes = b"\x67\x00"
    stuck: bool = False
    sick: int = 0
    resets: int = 0
    _dead: bool = False
    _last: int = 0

    @property
    def atr(self) -> bytes:
        return self.inner.atr

    @property
    def protocol(self) -> str:
        return self.inner.protocol

    def transmit(self, command: bytes) -> bytes:
        if self._dead:
            raise LinkError("it hangs")
        if self.sick and self._last == self.sick and command.hex() == GOOD:
            return b"\x6f\x00"
        if len(command) > 6 and command[4] == 0:
            wanted = int.from_bytes(command[5:7], "big") or 65536
            self._last = wanted
            if wanted > self.longest:
                self._dead = self.stuck
                if self.error is not None:
                    raise self.error
                return self.answer
        return self.inner.transmit(command)

    def reset(self, kind: ResetKind) -> bytes:
        self.resets += 1
        self._dead = False
        return self.inner.reset(kind)

    def close(self) -> None:
        self.inner.close()


def reach(
    longest: int = 70_000, *, kind: str = "virtual", limits: dict[str, object] | None = None, **how
) -> Bench:
    made = bench(SpoiledReader(virtual(), kind, wrap=lambda link: Reach(link, longest, **how)))
    made.limits = replace(made.limits, **(limits or {}))
    return made


def command(id: str, length: int) -> str:
    two = f"{length & 0xFFFF:04X}"
    if id == "APD-2E":
        return f"8034{two}00{two}"
    body = two + counting(length).hex().upper()
    return f"8032000000{body}" if id == "APD-3E" else f"803C000000{body}0000"


@pytest.mark.parametrize("kind", ["virtual", "vpcd"])
@pytest.mark.parametrize("id", LAST)
def test_every_length_is_sent_up_to_what_the_way_carries(id: str, kind: str) -> None:
    made = reach(kind=kind)
    first = len(made.exchanges)
    last = LAST[id][kind]
    lengths = [*(one for one in ALL if one < last), last]
    told = ", ".join(map(str, lengths))
    assert run(id, made) == f"PASS: {told} bytes intact [longest={last} bytes]"
    both = [part for one in lengths for part in (command(id, one), GOOD)]
    assert sent(made, first)[2:] == both
    assert sent(made, first)[:2] == ["00A4040008F0454D5648544301", "00C0000020"]


SAYS_NO = "the driver says no"
LONG = "PASS: 256, 257, 1000, 4096, 32767, 65528 bytes intact"
SHORT = (
    "PASS: 256, 257 bytes intact; 1000, 4096, 32767, 65528, 65536 refused cleanly"
    " [longest=257 bytes]"
)
NONE = "not applicable: no extended APDU is expected, and none passed; short ones go on"
NOT_EXPECTED = {"extended": False}
ODD = (
    ("APD-2E", 65528, {}, f"{LONG}; 65536 refused cleanly [longest=65528 bytes]"),
    ("APD-2E", 65527, {}, f"FAIL: 65528 bytes: {SAYS_NO}"),
    ("APD-2E", 65527, {"error": None}, "FAIL: 65528 bytes: 2 came back, ending 6700"),
    ("APD-2E", 65528, {"error": None}, f"{LONG}; 65536 refused cleanly [longest=65528 bytes]"),
    (
        "APD-2E",
        65527,
        {"error": None, "answer": b"\0\1\x90\0"},
        "FAIL: 65528 bytes: 4 came back, ending 9000",
    ),
    ("APD-2E", 999, {"limits": {"max_data": 999}}, SHORT),
    ("APD-2E", 999, {"limits": {"max_data": 1000}}, f"FAIL: 1000 bytes: {SAYS_NO}"),
    (
        "APD-2E",
        999,
        {"limits": {"max_data": 1000}, "error": None},
        "FAIL: 1000 bytes: 2 came back, ending 6700",
    ),
    ("APD-2E", 999, {"limits": NOT_EXPECTED}, SHORT),
    ("APD-2E", 999, {"limits": NOT_EXPECTED, "error": None}, SHORT),
    ("APD-3E", 255, {"limits": NOT_EXPECTED}, NONE),
    ("APD-3E", 255, {"limits": NOT_EXPECTED, "error": None}, NONE),
    ("APD-4E", 70_000, {"sick": 1000}, "FAIL: after 1000 bytes a short command no longer works"),
    (
        "APD-4E",
        255,
        {"limits": NOT_EXPECTED, "error": None, "sick": 256},
        "FAIL: after 256 bytes a short command no longer works",
    ),
    (
        "APD-3E",
        65534,
        {"kind": "vpcd", "limits": {"max_data": 70_000}},
        f"{LONG} [longest=65528 bytes]",
    ),
    ("APD-3E", 65534, {"limits": {"max_data": 70_000}}, f"FAIL: 65535 bytes: {SAYS_NO}"),
    (
        "APD-3E",
        65534,
        {"limits": {"max_data": 65534}},
        f"{LONG}; 65535 refused cleanly [longest=65528 bytes]",
    ),
)


@pytest.mark.parametrize(("id", "longest", "how", "wanted"), ODD)
def test_an_odd_reach_is_told(id: str, longest: int, how: dict, wanted: str) -> None:
    assert run(id, reach(longest, **how)) == wanted


def test_what_hangs_after_a_refusal_is_brought_back() -> None:
    made = reach(999, limits={"max_data": 999}, stuck=True)
    assert run("APD-4E", made).startswith("PASS: 256, 257 bytes intact; 1000, 4096, 32767")
    resets = [one for one in made.exchanges if one.kind == "reset"]
    assert len(resets) == 5
    assert all(one.response == made.cold_atr for one in resets)


@pytest.mark.parametrize("error", [LinkTimeout("late", deadline_s=1), CardRemoved("gone")])
def test_a_card_that_is_late_or_gone_is_not_a_refusal(error: LinkError) -> None:
    made = reach(300, limits={"extended": False}, error=error)
    with pytest.raises(type(error)):
        run("APD-2E", made)
