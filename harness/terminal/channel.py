"""The terminal's way to the card: gate for state-changing commands, live trace."""

from __future__ import annotations

from harness.codec.apdu import CommandApdu, ResponseApdu, command_name
from harness.core.clock import Clock
from harness.core.errors import CodecError, HarnessError, LinkError
from harness.core.i18n import _
from harness.link.api import Link
from harness.link.recorder import RecordingLink
from harness.link.session import CardSession
from harness.records.exchange import Exchange
from harness.terminal.steps import Listener, Silent

OPTION = "--allow-state-change"

STATE_CHANGING = {
    0x20: "VERIFY",
    0x82: "EXTERNAL AUTHENTICATE",
    0xDA: "PUT DATA",
    0x24: "PIN CHANGE/UNBLOCK",
    0xAE: "GENERATE AC",
    0x16: "CARD BLOCK",
    0x18: "APPLICATION UNBLOCK",
    0x1E: "APPLICATION BLOCK",
    0xDC: "UPDATE RECORD",
}
"""By instruction byte. The first five are the terminal's own; the others come in scripts, which
a terminal reaches only after GENERATE AC."""


class StateChangeRefused(HarnessError):
    """A command that changes the card for good was about to leave without permission."""

    def __init__(self, command: str) -> None:
        super().__init__(
            _("{command} changes the card for good and was not allowed").format(command=command),
            todo=_("give {option} to send it").format(option=OPTION),
        )
        self.command = command


class Channel:
    """One card session with one gate.

    ``send`` follows 61xx and 6Cxx (bounded, by CardSession), records every exchange and tells the
    listener. Without ``allow_state_change`` a command of ``STATE_CHANGING`` never reaches the
    link: ``StateChangeRefused`` is raised instead. Raises LinkError as the link does.
    """

    def __init__(
        self,
        link: Link,
        clock: Clock,
        *,
        allow_state_change: bool,
        listener: Listener | None = None,
    ) -> None:
        self._recorder = RecordingLink(link, clock)
        self._session = CardSession(self._recorder)
        self._listener = listener or Silent()
        self._told = 0
        self.allow_state_change = allow_state_change

    @property
    def exchanges(self) -> list[Exchange]:
        """Everything that crossed the link so far."""
        return self._recorder.exchanges

    def label(self, step: str) -> None:
        """Name the step for the exchanges that follow."""
        self._recorder.step = step

    def refuses(self, ins: int) -> str:
        """Name of the command when the gate is closed for it, else an empty string."""
        return "" if self.allow_state_change else STATE_CHANGING.get(ins, "")

    def send(self, command: CommandApdu) -> ResponseApdu:
        """Send one command and return the whole answer."""
        if self.refuses(command.ins):
            raise StateChangeRefused(self.refuses(command.ins))
        command.check()  # what does not fit is our fault and raises before the link is touched
        try:
            return self._session.exchange(command)
        except CodecError as error:
            raise LinkError(
                _("the answer has no status word: {what}").format(what=error.what),
                todo=_("swap the card and the reader, one at a time, to find which one does it"),
            ) from error
        finally:
            self._tell()

    def send_raw(self, command: bytes) -> ResponseApdu:
        """Send a script command as the issuer wrote it. Raises CodecError when it is no APDU."""
        if len(command) >= 2 and self.refuses(command[1]):
            raise StateChangeRefused(command_name(command))
        return self.send(CommandApdu.parse(command))

    def _tell(self) -> None:
        exchanges = self._recorder.exchanges
        while self._told < len(exchanges):
            self._told += 1
            self._listener.exchange(exchanges[self._told - 1])
