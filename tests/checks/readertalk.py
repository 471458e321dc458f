"""A virtual reader that talks about itself like one with a PIN pad, from recorded answers.

The properties were recorded from a Gemalto CT7xx (published with the PC/SC contributions of the
pcsc-lite project).
"""

from __future__ import annotations

from collections.abc import Mapping

from readerbenches import SpoiledReader, bench, virtual

from harness.checks.reader.bench import Bench
from harness.link.service import SUCCESS, UNSUPPORTED, Share
from harness.link.virtual import VirtualReader

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

    def attribute(self, name: str):
        return self._reader.attribute_code, b""


def talking(
    answers: Mapping[int, str] | None = None,
    *,
    attribute: str = UNSUPPORTED,
    usb: str = "08E6:34C2",
    firmware: str = "1.31",
) -> Bench:
    """A bench on such a reader."""
    inner = TalkingReader("test-card", virtual()._options)
    inner.answers = {**FEATURES, **PROPERTIES, **PIN} if answers is None else answers
    inner.attribute_code = attribute
    return bench(SpoiledReader(inner, known={"usb": usb, "firmware": firmware}))
