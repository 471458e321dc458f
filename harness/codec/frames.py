"""Command and response APDUs: ISO/IEC 7816-3, 12.1.1 (cases) and 7816-4, 5.2 (fields)."""

from __future__ import annotations

from harness.codec.status_word import StatusWord
from harness.core.errors import CodecError, StatusError
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.core.spec import Spec

SPEC_CASES = Spec("ISO/IEC 7816-3", "12.1.1")


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """A command. ``le`` is the number of bytes asked for (None: none; 256 or 65536 for a zero
    field); ``extended`` chooses the extended length fields even where short ones would do."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    extended: bool = False

    def to_bytes(self) -> bytes:
        """The command as it goes over the link. Raises CodecError for what does not fit."""
        self.check()
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        data, le = self.data, self.le
        if not self.extended:
            body = bytes((len(data),)) + data if data else b""
            return header + body + (b"" if le is None else bytes((le & 0xFF,)))
        body = b"\0" + len(data).to_bytes(2, "big") + data if data else b""
        if le is None:
            return header + body
        return header + body + (b"" if data else b"\0") + (le & 0xFFFF).to_bytes(2, "big")

    @property
    def case(self) -> str:
        """``1``, ``2S``, ``2E``, ``3S``, ``3E``, ``4S`` or ``4E`` (ISO/IEC 7816-3, 12.1.1)."""
        if not self.data:
            number = "1" if self.le is None else "2"
        else:
            number = "3" if self.le is None else "4"
        return number if number == "1" else number + ("E" if self.extended else "S")

    @classmethod
    def parse(cls, raw: bytes) -> CommandApdu:
        """Read a command. Raises CodecError (offset of the byte that does not fit)."""
        if len(raw) < 4:
            raise CodecError(
                f"a command APDU has at least 4 bytes, this one {len(raw)}", offset=len(raw)
            )
        head = (raw[0], raw[1], raw[2], raw[3])
        if len(raw) == 4:
            return cls(*head)
        if len(raw) == 5:
            return cls(*head, le=raw[4] or 256)
        if raw[4] == 0:
            return _parse_extended(head, raw)
        end = 5 + raw[4]
        if len(raw) == end:
            return cls(*head, raw[5:end])
        if len(raw) == end + 1:
            return cls(*head, raw[5:end], le=raw[end] or 256)
        raise CodecError(
            f"Lc says {raw[4]} data bytes, {len(raw) - 5} bytes follow it",
            offset=4,
            partial=cls(*head, raw[5:end]),
        )

    def check(self) -> None:
        """Raise CodecError for what does not fit."""
        if not 0 <= self.cla | self.ins | self.p1 | self.p2 <= 0xFF:
            header = {"CLA": self.cla, "INS": self.ins, "P1": self.p1, "P2": self.p2}
            name = next(name for name, value in header.items() if not 0 <= value <= 0xFF)
            raise CodecError(f"{name} is {header[name]}, not a byte")
        limit, top = (0xFFFF, 0x10000) if self.extended else (0xFF, 0x100)
        if len(self.data) > limit:
            raise CodecError(
                f"{len(self.data)} data bytes do not fit, at most {limit} do",
                offset=4,
                todo="" if self.extended else N_("use extended length, or chain commands"),
            )
        if self.le is not None and not 0 < self.le <= top:
            raise CodecError(f"Le is {self.le}, must be 1 to {top}", offset=4)


def _parse_extended(head: tuple[int, int, int, int], raw: bytes) -> CommandApdu:
    """Cases 2E, 3E and 4E: byte 5 is zero and more follow."""
    if len(raw) < 7:
        raise CodecError("extended length field cut off", offset=4)
    number = raw[5] << 8 | raw[6]
    if len(raw) == 7:
        return CommandApdu(*head, le=number or 65536, extended=True)
    end = 7 + number
    if number and len(raw) == end:
        return CommandApdu(*head, raw[7:end], extended=True)
    if number and len(raw) == end + 2:
        le = raw[end] << 8 | raw[end + 1]
        return CommandApdu(*head, raw[7:end], le=le or 65536, extended=True)
    raise CodecError(
        f"extended Lc says {number} data bytes, {len(raw) - 7} bytes follow it",
        offset=5,
        partial=CommandApdu(*head, raw[7:end], extended=True),
    )


@dataclass(frozen=True, slots=True)
class ResponseApdu:
    """Data and status word of an answer."""

    data: bytes
    sw: StatusWord

    @classmethod
    def parse(cls, raw: bytes) -> ResponseApdu:
        """Read an answer; fewer than two bytes raise CodecError."""
        if len(raw) < 2:
            raise CodecError(
                f"a response APDU has at least 2 bytes, this one {len(raw)}", offset=len(raw)
            )
        return cls(raw[:-2], StatusWord(raw[-2] << 8 | raw[-1]))

    def to_bytes(self) -> bytes:
        """Data and SW1 SW2."""
        return self.data + int(self.sw).to_bytes(2, "big")

    @property
    def ok(self) -> bool:
        """True for 9000 only."""
        return self.sw == 0x9000

    def require(self, mask: str = "9000") -> ResponseApdu:
        """Itself when the status word fits ``mask``; otherwise raises StatusError."""
        if not self.sw.matches(mask):
            meaning = self.sw.meaning()
            raise StatusError(
                _("the card answered {sw}, {mask} was required").format(sw=self.sw, mask=mask)
                + (f": {meaning}" if meaning else "")
            )
        return self
