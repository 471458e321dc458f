"""Which applications card and terminal share: the candidate list.

EMV 4.4 Book 1, 12.3 (building the list, by PSE or by the terminal's AIDs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.codec.apdu import select
from harness.codec.tlv import Tlv, TlvTree, parse
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.channel import Channel
from harness.terminal.pse import Directory

if TYPE_CHECKING:
    from harness.profiles.terminal_config import TerminalAid, TerminalConfig

SPEC_LIST = Spec("EMV 4.4 Book 1", "12.3.3")

MAX_NEXT = 16
"""SELECT next occurrences for one AID."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One application that both sides know.

    ``priority`` is the byte of tag 87 (0 where absent), ``source`` is ``PSE`` or ``AID list``;
    ``preferred`` is the application preferred name where the terminal can show it.
    """

    aid: bytes
    label: str
    priority: int
    terminal_aid: TerminalAid
    source: str
    preferred: str = ""

    @property
    def name(self) -> str:
        """What a cardholder is shown: the preferred name, else the label, else the AID (EMV 4.4
        Book 1, 12.4)."""
        return self.preferred or self.label or to_hex(self.aid)

    @property
    def needs_confirmation(self) -> bool:
        """Bit 8 of tag 87: not without the cardholder's confirmation."""
        return bool(self.priority & 0x80)

    @property
    def rank(self) -> int:
        """Low four bits of tag 87: 1 comes first, 0 (no priority) last."""
        return self.priority & 0x0F or 16

    def __str__(self) -> str:
        return f"{to_hex(self.aid)} {self.preferred or self.label}".rstrip()


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates in the order of the terminal's preference, and what was noticed on the way.
    ``blocked`` lists applications that answered 6283; ``card_blocked`` is set by 6A81."""

    candidates: tuple[Candidate, ...]
    lines: tuple[str, ...] = ()
    blocked: tuple[bytes, ...] = ()
    card_blocked: bool = False


def match(config: TerminalConfig, aid: bytes) -> TerminalAid | None:
    """The terminal application that accepts ``aid``: the longest AID that it starts with, in full
    or, where the terminal allows partial selection, as a beginning."""
    best: TerminalAid | None = None
    for known in config.aids:
        if known.matches(aid) and (best is None or len(known.aid) > len(best.aid)):
            best = known
    return best


def from_directory(config: TerminalConfig, directory: Directory) -> Found:
    """Candidates among the entries of the PSE, repeats dropped (EMV 4.4 Book 1, 12.3.2)."""
    seen: dict[bytes, Candidate] = {}
    lines: list[str] = []
    table = _value(directory.fci, 0x9F11) if directory.fci else b""
    for entry in directory.entries:
        known = match(config, entry.aid)
        if known is None:
            lines.append(
                _("{aid} is not among the terminal's applications").format(aid=to_hex(entry.aid))
            )
        elif entry.aid in seen:
            lines.append(_("{aid} is listed twice").format(aid=to_hex(entry.aid)))
        else:
            seen[entry.aid] = Candidate(
                entry.aid,
                printable(entry.label),
                entry.priority or 0,
                known,
                "PSE",
                preferred_name(config, entry.preferred_name, table),
            )
    return Found(tuple(seen.values()), tuple(lines))


def from_list(channel: Channel, config: TerminalConfig) -> Found:
    """Candidates by selecting each of the terminal's AIDs (12.3.3). Raises LinkError."""
    found: dict[bytes, Candidate] = {}
    lines: list[str] = []
    blocked: list[bytes] = []
    for known in config.aids:
        names: set[bytes] = set()
        for occurrence in range(MAX_NEXT + 1):
            answer = channel.send(select(known.aid, next_occurrence=occurrence > 0))
            if answer.sw == 0x6A81 and not occurrence:
                return Found((), tuple(lines), tuple(blocked), card_blocked=True)
            if not answer.ok and answer.sw.sw1 not in (0x62, 0x63):
                break
            tree = parse(answer.data)
            name = df_name(tree)
            if answer.sw == 0x6283 and not name:
                name = known.aid  # a blocked application may keep its FCI to itself
            if name in names or not name.startswith(known.aid):
                lines.append(_bad_name(known.aid, name, repeated=name in names))
                break
            names.add(name)
            if answer.sw == 0x6283:
                blocked.append(name)
                lines.append(_("{aid} is blocked (6283)").format(aid=to_hex(name)))
            elif answer.ok and (known.partial or name == known.aid):
                found.setdefault(name, _candidate(tree, name, known, config))
            elif answer.ok:
                lines.append(
                    _("{aid} is longer than {wanted}, which the terminal wants in full").format(
                        aid=to_hex(name), wanted=to_hex(known.aid)
                    )
                )
            if name == known.aid or not known.partial:
                break
        else:
            lines.append(
                _("{aid}: more than {count} occurrences, the rest is not asked for").format(
                    aid=to_hex(known.aid), count=MAX_NEXT
                )
            )
    return Found(tuple(found.values()), tuple(lines), tuple(blocked))


def df_name(fci: TlvTree) -> bytes:
    """Tag 84 of an FCI, empty where it is missing from its place in the template 6F, or has no
    possible length."""
    node = in_template(fci, 0x84)
    return node.value if node and 5 <= node.length <= 16 else b""


def in_template(fci: TlvTree, tag: int) -> Tlv | None:
    """What stands directly in the template 6F, not somewhere below it."""
    top = fci.nodes[0] if fci.nodes else None
    return next((node for node in top.children if node.tag == tag), None) if top else None


def printable(label: bytes) -> str:
    """A label as text, whatever the card put there."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in label).strip()


def preferred_name(config: TerminalConfig, name: bytes, table: bytes) -> str:
    """9F12 in the part of ISO/IEC 8859 that 9F11 names; empty where either is missing or the
    terminal does not have that part (EMV 4.4 Book 1, 12.4; Book 4, Annex A3)."""
    part = table[0] if len(table) == 1 else 0
    if not name or not config.has_code_table(part):
        return ""
    text = name.decode(f"iso8859-{part}", "replace")
    return "".join(char if char.isprintable() else "?" for char in text).strip()


def _value(tree: TlvTree, tag: int) -> bytes:
    node = tree.find(tag)
    return node.value if node else b""


def _candidate(tree: TlvTree, name: bytes, known: TerminalAid, config: TerminalConfig) -> Candidate:
    label, priority = tree.find(0x50), tree.find(0x87)
    return Candidate(
        name,
        printable(label.value) if label else "",
        priority.value[0] if priority and priority.length == 1 else 0,
        known,
        "AID list",
        preferred_name(config, _value(tree, 0x9F12), _value(tree, 0x9F11)),
    )


def _bad_name(aid: bytes, name: bytes, *, repeated: bool) -> str:
    if repeated:
        return _("{aid}: the same application again, the card does not advance").format(
            aid=to_hex(name)
        )
    return _("{aid} was asked for, the card selected {name}").format(
        aid=to_hex(aid), name=to_hex(name) or _("a file without a name")
    )
