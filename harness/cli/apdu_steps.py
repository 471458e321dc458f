"""Sending APDUs and judging the answers: what ``apdu`` does, on a link, without any terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.codec.apdu import CommandApdu, ResponseApdu, command_name
from harness.codec.status_word import StatusWord
from harness.codec.tlv import parse
from harness.core.clock import Clock
from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.link.api import Reader, ResetKind
from harness.link.recorder import RecordingLink
from harness.link.session import CardSession
from harness.profiles.sequence import Step, matches
from harness.records.exchange import Exchange

READ_ONLY = frozenset(
    (0x22, 0x70, 0x84, 0x88, 0xA2, 0xA4, 0xA8, 0xB0, 0xB1, 0xB2, 0xB3, 0xC0, 0xCA, 0xCB)
)
"""Instructions that leave a card as it is: over PC/SC anything else needs permission. GET
PROCESSING OPTIONS is among them although it may use up a transaction number: it is announced."""

REFUSED = N_("{command} may change the card for good and was not sent")


@dataclass(frozen=True, slots=True)
class Opened:
    """The card answered its reset."""

    reader: str
    kind: str
    atr: bytes
    protocol: str


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step with all its exchanges; ``problems`` are the expectations that were not met."""

    step: Step
    exchanges: tuple[Exchange, ...]
    response: bytes
    problems: tuple[str, ...]


def send_steps(
    reader: Reader,
    emit: Callable[[object], None],
    *,
    steps: Sequence[Step],
    clock: Clock,
    raw: bool,
    allow_state_change: bool,
) -> int:
    """Job function: send ``steps`` one after the other; emits ``Opened``, then ``StepDone``s.

    ``raw``: 61xx and 6Cxx are shown, not followed. Returns the number of steps with an unmet
    expectation. Raises ConfigError before anything is sent when a step is not permitted on a
    real card, LinkError when the link fails.
    """
    _permit(steps, virtual=reader.kind in ("virtual", "replay"), allowed=allow_state_change)
    link = RecordingLink(reader.connect(), clock)
    failed = 0
    try:
        emit(Opened(reader.name, reader.kind, link.atr, link.protocol))
        for step in steps:
            done = _send(link, step, raw=raw)
            failed += bool(done.problems)
            emit(done)
    except BaseException:
        if link.exchanges and link.exchanges[-1].response is None:
            emit(link.exchanges[-1])
        raise
    finally:
        link.close()
    return failed


def _permit(steps: Sequence[Step], *, virtual: bool, allowed: bool) -> None:
    if virtual or allowed:
        return
    for step in steps:
        command = step.command
        if len(command) < 2 or command[1] not in READ_ONLY:
            raise ConfigError(
                _(REFUSED).format(command=command_name(command)),
                where=_("nothing was sent to the card"),
                todo=_("--allow-state-change sends it all the same"),
            )


def _send(link: RecordingLink, step: Step, *, raw: bool) -> StepDone:
    first = len(link.exchanges)
    if step.reset:
        link.reset(ResetKind(step.reset))
    # Who expects 61xx or 6Cxx wants to see it.
    asked = step.expect[:2].upper() in ("61", "6C")
    response = link.transmit(step.command) if raw or asked else _follow(link, step.command)
    return StepDone(step, tuple(link.exchanges[first:]), response, tuple(problems(step, response)))


def _follow(link: RecordingLink, command: bytes) -> bytes:
    try:
        apdu = CommandApdu.parse(command)
    except CodecError:
        return link.transmit(command)  # broken on purpose: the card is to judge it
    if apdu.to_bytes() != command:
        return link.transmit(command)
    return CardSession(link).exchange(apdu).to_bytes()


def problems(step: Step, response: bytes) -> list[str]:
    """The expectations of ``step`` that ``response`` (data and status word) does not meet."""
    try:
        answer = ResponseApdu.parse(response)
    except CodecError as error:
        return [error.what]
    found = []
    if step.expect and not answer.sw.matches(step.expect):
        found.append(
            _("status {sw} ({meaning}), {mask} was expected").format(
                sw=answer.sw,
                meaning=StatusWord(answer.sw).meaning(step.command[1]) or _("no meaning known"),
                mask=step.expect.upper().replace("X", "x"),
            )
        )
    if step.data and not matches(step.data, answer.data):
        found.append(_("the data is not {mask}").format(mask=step.data))
    if step.tags:
        tree = parse(answer.data)
        for tag, mask in step.tags.items():
            node = tree.find(tag)
            if node is None:
                found.append(_("tag {tag} is missing").format(tag=f"{tag:02X}"))
            elif not matches(mask, node.value):
                found.append(_("tag {tag} is not {mask}").format(tag=f"{tag:02X}", mask=mask))
    return found
