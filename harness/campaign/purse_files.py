"""The purse of a closed loop (canteen, coach, hotel): money in a plain file, changed by who may.

There is no standard for these; what is known of such a card is its image: file 1 holds the balance
(twelve digits) or the rides left (one byte), and may be written after a PIN or after the till has
authenticated itself. So this is for a virtual card in this process only.
"""

from __future__ import annotations

from harness.campaign.purse_report import BALANCE, PurseOrder, PurseReading, PurseReport
from harness.checks.finding import Finding, fail, ok
from harness.codec.apdu import (
    CommandApdu,
    ResponseApdu,
    external_authenticate,
    get_challenge,
    select,
    verify_plaintext,
)
from harness.core.i18n import _
from harness.crypto.des import ecb
from harness.link.api import Link, ResetKind
from harness.link.session import CardSession
from harness.profiles.image import CardImage, PlainFile

PURSE_FILE = 1
_BY_SFI = 0x80


def closed_loop(image: CardImage) -> PlainFile | None:
    """The purse file of a closed-loop card, or None for a card that has none."""
    found = next((file for file in image.files if file.sfi == PURSE_FILE), None)
    return found if found is not None and found.structure == "transparent" else None


class FilePurse:
    """One card and its image."""

    def __init__(self, link: Link, order: PurseOrder, image: CardImage, file: PlainFile) -> None:
        self.link, self.order, self.image, self.file = link, order, image, file
        self.report = PurseReport(aid=image.applications[0].aid)

    def run(self) -> PurseReport:
        """Before; load; after it; payment; after it. A write without its right comes first each
        time, and has to be refused."""
        have = self._read("before")
        read = ok(_("the balance can be read")) if have is not None else fail(_("no balance"))
        self.report.findings.append(("FILE-READ", read))
        if self.order.load is not None:
            have = self._change("load", "after load", have, self._unit(self.order.load))
        if self.order.spend is not None and have is not None:
            self._change("payment", "after payment", have, have - self._unit(self.order.spend))
        return self.report

    def _unit(self, minor: int) -> int:
        """What the file counts in: minor units, or in a file of one byte whole rides."""
        return minor if self.file.size > 1 else minor // 100

    def _session(self) -> CardSession:
        self.link.reset(ResetKind.COLD)
        session = CardSession(self.link)
        session.exchange(select(self.report.aid))
        return session

    def _read(self, moment: str) -> int | None:
        command = CommandApdu(0x00, 0xB0, _BY_SFI | PURSE_FILE, 0, b"", 256)
        answer = self._session().exchange(command)
        value = self._number(answer.data) if answer.ok else None
        shown = value if value is None or self.file.size > 1 else value * 100
        self.report.readings.append(PurseReading(moment, {BALANCE: shown}))
        return value

    def _number(self, data: bytes) -> int | None:
        if self.file.size == 1:
            return data[0] if len(data) == 1 else None
        return int(data.hex()) if data.hex().isdigit() else None

    def _change(self, what: str, moment: str, had: int | None, wanted: int) -> int | None:
        stranger = self._write(self._session(), wanted)
        session = self._session()
        self._authorise(session)
        answer = self._write(session, wanted)
        self.report.did.append((what, f"UPDATE BINARY {answer.sw if answer else '-'}"))
        have = self._read(moment)
        name = "FILE-LOAD" if what == "load" else "FILE-PAY"
        self.report.findings.append((name, _judged(had, wanted, have, stranger, answer)))
        return have

    def _write(self, session: CardSession, value: int) -> ResponseApdu | None:
        """None for a value that the file cannot hold: a purse does not go below zero."""
        digits = self.file.size * 2
        if value < 0 or value >= (256 if self.file.size == 1 else 10**digits):
            return None
        data = bytes([value]) if self.file.size == 1 else bytes.fromhex(f"{value:0{digits}d}")
        return session.exchange(CommandApdu(0x00, 0xD6, _BY_SFI | PURSE_FILE, 0, data))

    def _authorise(self, session: CardSession) -> None:
        app = self.image.applications[0]
        if self.file.write == "pin":
            session.exchange(verify_plaintext(app.pin))
        elif self.file.write == "issuer":
            challenge = session.exchange(get_challenge()).data
            session.exchange(external_authenticate(ecb(app.keys.imk_ac, challenge)))


def _judged(
    had: int | None,
    wanted: int,
    have: int | None,
    stranger: ResponseApdu | None,
    answer: ResponseApdu | None,
) -> Finding:
    text = _("{had}, to become {wanted}, then {have}").format(had=had, wanted=wanted, have=have)
    if answer is None:
        return ok(_("{text}: not sent, the purse cannot hold it").format(text=text))
    if stranger is not None and stranger.ok:
        return fail(_("{text}; somebody without the right could write it").format(text=text))
    return ok(text) if answer.ok and have == wanted else fail(text)
