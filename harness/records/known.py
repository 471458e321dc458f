"""What of a transcript can be judged: masked and lost answers are not examined, never made up."""

from __future__ import annotations

from harness.codec import tlv
from harness.core.plain import dataclass
from harness.records.exchange import Exchange
from harness.records.jsonl import Line, Transcript

_SELECT = b"\xa4"
MASKED = "masked"
"""``Exchange.error`` of an answer from which masked data objects were taken out."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The exchanges whose answer is known, and how many answers are not: ``lost`` were never
    written down, ``masked`` are masked in part or as a whole."""

    exchanges: tuple[Exchange, ...]
    lost: int
    masked: int


def recorded(transcript: Transcript, *, places: bool = False) -> Recorded:
    """The exchanges of ``transcript``. Of an answer that is masked in part, the data objects that
    are not; such an exchange has the error ``masked``. A failure of the link is an exchange like
    any other; an answer that nobody wrote down is none. With ``places`` masked objects stay in
    their places, their masked nibbles zero: for whoever wants the layout and not the values."""
    kept: list[Exchange] = []
    lost = masked = 0
    adrift = False
    for line in transcript.lines:
        command = bytes.fromhex(line.command.replace("*", "0"))
        response, error = _response(line, places)
        if line.kind != "apdu" or command[1:2] == _SELECT:
            adrift = False
        unknown = response is None and error in ("", MASKED)
        lost += adrift or (unknown and error == "" and line.kind == "apdu")
        masked += error == MASKED and not adrift
        if unknown:
            # After a SELECT whose answer is not known, nobody can say whose data follow.
            adrift = adrift or _drop(kept, command)[1:2] == _SELECT
        if unknown or adrift:
            continue
        lost += _cut_short(kept, command)
        kept.append(
            Exchange(
                index=line.index,
                command=command,
                response=response,
                started_ms=line.started_ms,
                elapsed_ms=line.elapsed_ms,
                kind=line.kind,
                error=error,
                step=line.step,
            )
        )
    lost += _cut_short(kept, b"")
    return Recorded(tuple(kept), lost, masked)


def _goes_on(last: Exchange, command: bytes) -> bool:
    """Does ``command`` fetch what the last answer announced (61xx, 6Cxx)?"""
    if last.sw is None:
        return False
    fetched = last.sw >> 8 == 0x61 and command[1:2] == b"\xc0"
    return fetched or (last.sw >> 8 == 0x6C and command[:4] == last.command[:4])


def _drop(kept: list[Exchange], command: bytes) -> bytes:
    """The answer to ``command`` is not known; take out what announced it too, or the card would
    seem to have left it at that. The command that began it."""
    if kept and _goes_on(kept[-1], command):
        return kept.pop().command
    return command


def _cut_short(kept: list[Exchange], command: bytes) -> bool:
    """Take out an answer that announced more, where ``command`` does not fetch it: whoever wrote
    the log left that out."""
    last = kept[-1] if kept else None
    if last is None or last.sw is None or last.sw >> 8 not in (0x61, 0x6C):
        return False
    if _goes_on(last, command):
        return False
    kept.pop()
    return True


def _response(line: Line, places: bool) -> tuple[bytes | None, str]:
    text = line.response
    if text is None or "*" not in text:
        return (None if text is None else bytes.fromhex(text)), line.error
    data, status = text[:-4], text[-4:]
    raw = bytes.fromhex(data.replace("*", "0"))
    tree = tlv.parse(raw)
    left = raw if places else b"".join(_clear(node, data) for node in tree.nodes)
    if not tree.ok or not left or "*" in status:
        return None, MASKED
    return left + bytes.fromhex(status), MASKED


def _clear(node: tlv.Tlv, text: str) -> bytes:
    """``node`` without the masked objects in it; nothing where none is left."""
    if "*" not in text[2 * node.offset : 2 * node.end]:
        return node.encoded
    if not node.constructed:
        return b""
    inner = b"".join(_clear(child, text) for child in node.children)
    return tlv.encode(node.tag, inner) if inner else b""
