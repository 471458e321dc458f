"""The read-through: everything that a card gives without being changed.

Unlike a terminal it does not stop at what is wrong: it reads on, so that one run shows every
fault. It sends SELECT, READ RECORD, GET PROCESSING OPTIONS (once an application), GET DATA and
INTERNAL AUTHENTICATE, and everything that a card can repeat is bounded.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date

from harness.checks.card.facts import ApplicationFacts, CardFacts
from harness.checks.card.initiation import DDA
from harness.checks.card.interpret import PSE_NAME, interpret
from harness.codec.afl import parse_afl
from harness.codec.apdu import (
    CommandApdu,
    ResponseApdu,
    get_data,
    get_processing_options,
    internal_authenticate,
    read_record,
    select,
)
from harness.codec.dol import build_dol, parse_dol
from harness.codec.tlv import parse
from harness.core.errors import CodecError
from harness.link.recorder import RecordingLink
from harness.link.session import CardSession
from harness.profiles.terminal_config import TerminalConfig

MAX_APPLICATIONS = 8
MAX_DIRECTORY_RECORDS = 20
MAX_RECORDS = 120
MAX_LOG_RECORDS = 5
RID_BYTES = 5
UNIONPAY = bytes.fromhex("A000000333")
GET_DATA_TAGS = (0x9F17, 0x9F36, 0x9F13, 0x9F4F)
"""The PIN try counter first: it is known before anything could touch it."""
CASH_TAGS = (0x9F79, 0x9F77, 0x9F78, 0x9F6D)
"""Electronic cash: balance, its limit, the limit of one transaction, the reset threshold."""


def _given(app: ApplicationFacts, tag: int) -> bool:
    """Did GET DATA give this tag?"""
    reply = app.get_data.get(tag)
    return reply is not None and reply.ok


class ReadThrough:
    """Reads a card over ``link``; ``facts`` shows what was read, also after a failure."""

    def __init__(self, link: RecordingLink, config: TerminalConfig, today: date) -> None:
        self._link = link
        self._session = CardSession(link)
        self._config = config
        self._today = today
        self._start = len(link.exchanges)

    @property
    def facts(self) -> CardFacts:
        """What the exchanges so far say."""
        return interpret(self._link.exchanges[self._start :], self._link.atr)

    def run(self) -> CardFacts:
        """Read everything. Raises a LinkError when the way to the card fails."""
        for aid in self._applications():
            self._application(aid)
        self._by_rid()
        return self.facts

    def _send(self, command: CommandApdu) -> ResponseApdu:
        return self._session.exchange(command)

    def _applications(self) -> list[bytes]:
        """AIDs of the directory, or those of the terminal's list that the card answers to."""
        if self._send(select(PSE_NAME)).ok:
            self._directory()
            pse = self.facts.pse
            found = [
                node.value
                for _record, entry in (pse.entries if pse else [])
                if (node := entry.find(0x4F)) is not None and 5 <= len(node.value) <= 16
            ]
            if found:
                return list(dict.fromkeys(found))[:MAX_APPLICATIONS]
        return self._by_list()

    def _by_rid(self) -> None:
        """SELECT with the RID alone and next occurrence, until the card has no more."""
        found = next((app for app in self.facts.applications if app.select.ok), None)
        if found is None or len(found.aid) <= RID_BYTES:
            return
        for number in range(MAX_APPLICATIONS):
            if not self._send(select(found.aid[:RID_BYTES], next_occurrence=number > 0)).ok:
                return

    def _directory(self) -> None:
        pse = self.facts.pse
        sfi = pse.fci.find(0x88) if pse else None
        if sfi is None or len(sfi.value) != 1 or not 1 <= sfi.value[0] <= 30:
            return
        for number in range(1, MAX_DIRECTORY_RECORDS + 1):
            if not self._send(read_record(sfi.value[0], number)).ok:
                return

    def _by_list(self) -> list[bytes]:
        """Candidates without a directory: the DF names that SELECT gives for each AID of the
        terminal, with next occurrence where the AID may be the beginning of several."""
        found: list[bytes] = []
        for known in self._config.aids:
            for number in range(MAX_APPLICATIONS):
                answer = self._send(select(known.aid, next_occurrence=number > 0))
                node = parse(answer.data).find(0x84)
                if answer.sw not in {0x9000, 0x6283} or len(found) == MAX_APPLICATIONS:
                    break
                found.append(node.value if node is not None else known.aid)
                if not known.partial or node is None:
                    break
        return list(dict.fromkeys(found))

    def _application(self, aid: bytes) -> None:
        self._send(select(aid))
        app = self._last()
        if app is None or app.aid != aid or not app.select.ok:
            return
        self._send(get_processing_options(self._dol(app.get(0x9F38) or b"")))
        app = self._last()
        if app is not None and app.gpo is not None and app.gpo.ok:
            self._records(app)
        for tag in self._counters(aid):
            self._send(get_data(tag))
        self._log()
        self._dynamic_signatures(aid)

    @staticmethod
    def _counters(aid: bytes) -> tuple[int, ...]:
        return GET_DATA_TAGS + (CASH_TAGS if aid.startswith(UNIONPAY) else ())

    def _log(self) -> None:
        """Entries of the transaction log, where the card names one and gives its format."""
        app = self._last()
        entry = app.log_entry if app is not None else None
        if app is None or entry is None or not _given(app, 0x9F4F):
            return
        for number in range(1, min(entry[1], MAX_LOG_RECORDS) + 1):
            if not self._send(read_record(entry[0], number)).ok:
                return

    def _last(self) -> ApplicationFacts | None:
        applications = self.facts.applications
        return applications[-1] if applications else None

    def _records(self, app: ApplicationFacts) -> None:
        """Every record of the AFL; of a faulty one, the entries before the fault."""
        try:
            entries = parse_afl(app.get(0x94) or b"")
        except CodecError as error:
            entries = error.partial if isinstance(error.partial, tuple) else ()
        wanted = [(e.sfi, n) for e in entries for n in range(e.first, e.last + 1)]
        for sfi, number in wanted[:MAX_RECORDS]:
            self._send(read_record(sfi, number))

    def _dynamic_signatures(self, aid: bytes) -> None:
        """Two signatures over two unpredictable numbers, from a card that announces DDA."""
        app = self._last()
        if app is None or app.aip is None or not app.aip[0] & DDA or app.get(0x9F46) is None:
            return
        ddol = app.get(0x9F49) or self._config.risk_for(aid).default_ddol
        for _round in range(2):
            self._send(internal_authenticate(self._dol(ddol)))

    def _dol(self, dol: bytes) -> bytes:
        """Data for a DOL from the terminal's side; a DOL that cannot be read gets none."""
        try:
            return build_dol(parse_dol(dol), self._values())
        except CodecError:
            return b""

    def _values(self) -> Mapping[int, bytes]:
        """What is not here is zeros: 9F03, 95, 9C."""
        config = self._config
        return {
            0x9F02: bytes.fromhex("000000000100"),
            0x9F1A: bytes.fromhex(f"{config.country:04d}"),
            0x5F2A: bytes.fromhex(f"{config.currency:04d}"),
            0x9F33: config.capabilities,
            0x9F35: bytes.fromhex(f"{config.terminal_type:02d}"),
            0x9F40: config.additional_capabilities,
            0x9A: bytes.fromhex(self._today.strftime("%y%m%d")),
            0x9F37: secrets.token_bytes(4),
        }
