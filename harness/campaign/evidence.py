"""What the log of a real terminal shows of the card types that *it* took.

It stands beside what the harness's kernel did, and is never put together with it: a terminal that
sent a request says nothing of this kernel, and this kernel nothing of that terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.campaign.evidence_read import Log, Message, message_class, read_log
from harness.checks.coverage.features import CVM_METHODS, KINDS
from harness.codec.aid import provider_of
from harness.core.errors import ConfigError, ConfigErrors
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.card_types import types_by_aid
from harness.profiles.files import read_foreign
from harness.records.run import EvidenceRow

CRYPTOGRAMS = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC"}
APPROVED = ("00", "000", "08", "10", "11", "001")
"""Answers that approve (field 39 of ISO 8583:1987, three digits in the edition of 1993)."""

_AIDS = (0x84, 0x4F, 0x9F06)
_CID, _CVM, _TVR, _TYPE, _DATE, _ARC, _TERMINAL, _ENTRY = (
    0x9F27, 0x9F34, 0x95, 0x9C, 0x9A, 0x8A, 0x9F1C, 0x9F39,
)  # fmt: skip
_INTERFACES = {"05": "contact", "95": "contact", "07": "contactless", "91": "contactless",
               "02": "stripe", "80": "stripe", "90": "stripe"}  # fmt: skip
MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """``rows`` of a file, and how many of its lines were something else."""

    rows: tuple[EvidenceRow, ...]
    skipped: int


def load_evidence(path: Path) -> Evidence:
    """The transactions in ``path``. Raises ConfigErrors with line and byte of every mistake, and
    ConfigError for a file that has none; neither quotes what the file holds."""
    log = read_log(read_foreign(path, MAX_BYTES))
    if log.problems:
        raise ConfigErrors(
            _("the terminal's log has mistakes"),
            log.problems,
            where=str(path),
            todo=_("correct the places listed above, or leave those messages out"),
        )
    rows = tuple(_rows(log, path.name))
    if not rows:
        raise ConfigError(
            _("no transaction was found in this file"),
            where=str(path),
            todo=_("give field 55 in hex, one a line; see docs/formats/terminal-evidence.md"),
        )
    return Evidence(rows, log.skipped)


def _rows(log: Log, name: str) -> Iterable[EvidenceRow]:
    """One row a transaction: a request with the answer that came for it."""
    answers = {key: one for one in log.messages if _is_answer(one) and (key := _key(one))}
    for message in log.messages:
        if _is_answer(message) or not message.nodes or message_class(message) == "reversal":
            continue
        key = _key(message)
        yield _row(message, answers.get(key) if key else None, f"{name}:{message.line}")


def _is_answer(message: Message) -> bool:
    kind = message_class(message)
    return kind == "answer" or (not kind and not message.value(_CID) and not message.value(_TVR))


def _key(message: Message) -> tuple[str, str] | None:
    """Terminal and number of a transaction, the same in request and answer."""
    number = message.fields.get(11) or message.fields.get(37)
    return (message.fields.get(41, "").strip(), number) if number else None


def _row(message: Message, reply: Message | None, source: str) -> EvidenceRow:
    aid = next((value for tag in _AIDS if (value := message.value(tag))), b"")
    cid = message.value(_CID)
    cryptogram = CRYPTOGRAMS.get(cid[0] & 0xC0, "RFU") if cid else ""
    mode = (message.fields.get(22, "") or message.value(_ENTRY).hex())[:2]
    answer = _answer(message, reply)
    outcome = _outcome(message, cryptogram, answer)
    terminal = message.fields.get(41, "").strip() or message.value(_TERMINAL).decode(
        "ascii", "replace"
    )
    kind = message.value(_TYPE).hex() or message.fields.get(3, "")[:2]
    types = tuple(known.id for known in types_by_aid(aid)) if aid else ()
    return EvidenceRow(
        types=types,
        aid=to_hex(aid),
        interface=_INTERFACES.get(mode, ""),
        terminal=terminal,
        date=message.date or _day(message.value(_DATE)),
        transaction=KINDS.get(int(kind, 16), "other") if kind else "",
        cvm=_cvm(message.value(_CVM)),
        tvr=to_hex(message.value(_TVR)),
        cryptogram=cryptogram,
        answer=answer,
        outcome=outcome,
        text=_text(terminal, message, cryptogram, answer, outcome, known=bool(types)),
        source=source,
        entry_mode=mode,
    )


def _answer(message: Message, reply: Message | None) -> str:
    for one in (reply, message):
        if one is not None:
            code = one.fields.get(39, "").strip() or one.value(_ARC).decode("ascii", "replace")
            if code:
                return code
    return ""


def _outcome(message: Message, cryptogram: str, answer: str) -> str:
    """As far as the log goes: a request without its answer is not an approval."""
    if answer[:1] in ("Y", "Z"):
        return "offline-approved" if answer[0] == "Y" else "offline-declined"
    if cryptogram == "ARQC":
        if not answer:
            return "online-requested"
        return "online-approved" if answer in APPROVED else "online-declined"
    if cryptogram == "TC" and message_class(message) == "request" and answer:
        return "online-approved" if answer in APPROVED else "online-declined"
    return {"TC": "offline-approved", "AAC": "offline-declined"}.get(cryptogram, "unknown")


def _cvm(value: bytes) -> str:
    return CVM_METHODS.get(value[0] & 0x3F, "other") if len(value) == 3 else ""


def _day(value: bytes) -> str:
    text = value.hex()
    return f"20{text[:2]}-{text[2:4]}-{text[4:]}" if len(text) == 6 and text.isdigit() else ""


def _text(
    terminal: str, message: Message, cryptogram: str, answer: str, outcome: str, *, known: bool
) -> str:
    """One sentence that says what the log shows, and nothing more."""
    who = (
        _("terminal {id}").format(id=terminal)
        if terminal
        else _("a terminal that it does not name")
    )
    when = message.date or _day(message.value(_DATE)) or _("a day that it does not say")
    if outcome.startswith("online"):
        said = _("{who} sent an online request for {what} on {when}, {answer}").format(
            who=who,
            what=_("this type") if known else _("this application"),
            when=when,
            answer=_("answered {code}").format(code=answer)
            if answer
            else _("answer not in the log"),
        )
    elif cryptogram:
        said = _("{who} has a {cryptogram} of {when} and no online request").format(
            who=who, cryptogram=cryptogram, when=when
        )
    else:
        said = _("{who} has data of {when}, without a cryptogram type (9F27)").format(
            who=who, when=when
        )
    return said


@dataclass(frozen=True, slots=True)
class Seen:
    """What the logs show of one card type over one interface: number of transactions, of those
    that were answered with an approval or approved offline, and one of them in words."""

    count: int
    approved: int
    example: EvidenceRow


def seen(rows: Sequence[EvidenceRow], card_type: str, interface: str) -> Seen | None:
    """None where no log has this type over this interface. A row that does not say its interface
    counts for none: it is not known which it was."""
    found = [row for row in rows if card_type in row.types and row.interface == interface]
    if not found:
        return None
    approved = [row for row in found if row.outcome in ("online-approved", "offline-approved")]
    return Seen(len(found), len(approved), (approved or found)[-1])


def unknown_aids(rows: Sequence[EvidenceRow]) -> dict[str, str]:
    """AIDs in the logs that no card type has, each with what is known of its provider."""
    found: dict[str, str] = {}
    for row in rows:
        if row.aid and not row.types:
            raw = bytes.fromhex(row.aid)
            found[row.aid] = provider_of(raw)
    return found
