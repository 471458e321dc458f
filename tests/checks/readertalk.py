"""A virtual reader that talks about itself like one with a PIN pad, from recorded answers.

The properties were recorded from a Gemalto CT7xx (published with the PC/SC contributions of the
pcsc-lite project).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from readerbenches import Spoil, SpoiledLink, SpoiledReader, bench, card_with_atr, virtual

from harness.checks.reader.bench import Bench
from harness.link.service import NOT_TRANSACTED, SUCCESS, UNSUPPORTED, Share
from harness.link.virtual import VirtualReader
from harness.profiles.reader_profile import load_profile

CT7XX = (
    "01021102" "04021100" "05020200" "030100" "081547656D494442726964676520435437783041"
    "33316A" "060104" "070110" "020102" "090100" "0B02E608" "0C02C234" "0A0400000100"
)  # fmt: skip
FEATURES = {3400: "0604423300060704423300070A044233000A120442330012"}
PROPERTIES = {0x42330012: CT7XX}
PIN = {0x4233000A: "11020200"}


class TalkingReader(VirtualReader):
    """Answers ``control`` from a table and every attribute with one code."""

    answers: Mapping[int, str]
    attribute_code: str
    values: Mapping[str, str]
    stuck = False
    broken = False

    def service(self):
        return _Service(super().service(), self)


class _Wrapped:
    def __init__(self, inner, reader) -> None:
        self._inner, self._reader = inner, reader

    def __getattr__(self, name: str):
        return getattr(self._inner, name)


class _Service(_Wrapped):
    def open(self):
        code, client = self._inner.open()
        return code, _Client(client, self._reader)


class _Client(_Wrapped):
    def connect(self, slot: str, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()):
        code, handle = self._inner.connect(slot, share, protocols)
        return code, None if handle is None else _Handle(handle, self._reader)


class _Handle(_Wrapped):
    def control(self, function: int, data: bytes = b""):
        found = self._reader.answers.get(function)
        return (UNSUPPORTED, b"") if found is None else (SUCCESS, bytes.fromhex(found))

    def transmit(self, command: bytes):
        self._reader.broken |= self._reader.stuck and len(command) > 260
        return (NOT_TRANSACTED, b"") if self._reader.broken else self._inner.transmit(command)

    def attribute(self, name: str):
        found = self._reader.values.get(name)
        code = self._reader.attribute_code
        return (code, b"") if found is None else (SUCCESS, bytes.fromhex(found))


def talking(
    answers: Mapping[int, str] | None = None,
    *,
    attribute: str = UNSUPPORTED,
    usb: str = "08E6:34C2",
    firmware: str = "1.31",
    values: Mapping[str, str] | None = None,
    **facts: str,
) -> Bench:
    """A bench on such a reader."""
    inner = TalkingReader("test-card", virtual()._options)
    inner.answers = {**FEATURES, **PROPERTIES, **PIN} if answers is None else answers
    inner.attribute_code = attribute
    inner.values = values or {}
    known = {"usb": usb, "firmware": firmware, **facts}
    return bench(SpoiledReader(inner, known=known), profile=load_profile("gemalto-gempc-pinpad-v2"))


def profiled(made: Bench, **limits: object) -> Bench:
    """The same bench, its profile with other limits."""
    assert made.profile is not None
    made.profile = replace(made.profile, limits=replace(made.profile.limits, **limits))
    return made


def padless(made: Bench) -> Bench:
    """The same bench under the profile of a model without a PIN pad."""
    made.profile = load_profile("gemalto-pc-twin")
    return made


def told() -> Bench:
    """A reader that tells presence and longest input as it should."""
    return talking(
        values={"ICC_PRESENCE": "02", "ICC_INTERFACE_STATUS": "01", "MAXINPUT": "05010000"}
    )


def short(*, stuck: bool = False) -> Bench:
    """A reader that carries 253 bytes; ``stuck`` after more."""
    made = talking(max_input="253")
    made.reader.inner.stuck = stuck
    return made


def named(*others: str, name: str = "Gemalto Reader (A1B2) 00 00") -> Bench:
    """A reader with a serial number in its name among others."""
    return bench(SpoiledReader(virtual(), name=name), listed=(name, *others))


def on_a_line(atr: str, spoil: Spoil | None = None, seconds: float = 0.001) -> Bench:
    """The test card under this ATR in a reader that says that it is a physical one; each exchange
    takes ``seconds``."""
    inner = card_with_atr(atr)
    wrap = lambda link: SpoiledLink(link, spoil, None, inner.clock, seconds)  # noqa: E731
    made = bench(SpoiledReader(inner, kind="pcsc", wrap=wrap), test_card=True, emv_card=False)
    made.profile = load_profile("gemalto-pc-twin")
    return made


def flipped(command: bytes, answer: bytes) -> bytes:
    """The second byte of every answer that holds data is another one."""
    changes = command[0] == 0x80 and len(answer) > 4
    return answer[:1] + bytes([answer[1] ^ 1]) + answer[2:] if changes else answer


def no_field(command: bytes, answer: bytes) -> bytes:
    """FF CA is answered with a UID of three bytes."""
    return bytes.fromhex("0102039000") if command[:2] == b"\xff\xca" else answer


def field(command: bytes, answer: bytes) -> bytes:
    """FF CA is answered with a UID of four bytes."""
    return bytes.fromhex("080102039000") if command[:2] == b"\xff\xca" else answer
