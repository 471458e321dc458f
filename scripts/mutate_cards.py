"""Mutations of valid cards: does the check that ought to see one change its verdict?

python scripts/mutate_cards.py [--count 1000] [--seed 1]

Each mutation changes one thing in one answer of a card that is otherwise good (a byte, a tag, a
length, a date, a key, a counter), and lets the whole card check run on it, with a transaction. At
the end every mutation that no check noticed is listed with why nothing could.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.checks.card.interpret import interpret
from harness.checks.card_suite import CardSuiteOptions, run_card_suite
from harness.codec import tlv
from harness.core.clock import ManualClock
from harness.link.api import LinkOptions
from harness.link.recorder import RecordingLink
from harness.link.virtual import VirtualReader
from harness.profiles.image import load_image
from harness.records.result import CheckResult
from harness.virtualcard.card import Answer, open_card

IMAGES = ("visa-credit", "mastercard-debit", "mastercard-credit-sda", "unionpay-credit", "vpay")
KINDS = ("byte", "tag", "length", "date", "key", "counter")
DATES = (0x5F24, 0x5F25)
KEYS = (0x8F, 0x90, 0x92, 0x9F32, 0x9F46, 0x9F47, 0x9F48, 0x93)
COUNTERS = (0x9F36, 0x9F13, 0x9F17)
CODING = ("TLV", "REC", "DAT", "GPO", "FCI", "SEL", "ODA", "AIP", "AFL", "READ", "PSE", "GD", "TXN")
OUGHT: dict[int, tuple[str, ...]] = {
    0x5A: ("PAN", "TRK", "ODA"),
    0x57: ("TRK",),
    0x9F44: ("CTRY",),
    0x5F24: ("DATE", "TRK", "ODA"),
    0x5F25: ("DATE", "ODA"),
    0x8C: ("DOL", "AC", "TXN"),
    0x8D: ("DOL", "AC", "TXN"),
    0x8E: ("CVM", "ODA"),
    0x82: ("AIP", "ODA", "GPO"),
    0x94: ("AFL", "REC", "GPO", "ODA"),
    0x9F38: ("FCI", "DOL", "GPO"),
    0x9F36: ("ATC",),
    0x9F13: ("ATC",),
    0x9F17: ("PTC",),
    0x50: ("FCI", "TLV"),
    0x84: ("FCI", "SEL", "PSE"),
    0x9F49: ("DOL", "AIP", "ODA"),
    0x9F20: ("TRK",),
    **dict.fromkeys(KEYS, ("ODA",)),
}
"""Families of checks that ought to see a change of a value, by its tag."""

UNSEEN = {
    0x57: "discretionary data of track 2 hold nothing that the chip repeats",
    0x5F20: "any letters are a name, and the record is not signed",
    0x50: "any letters are a label",
    0x9F12: "any letters are a name of the application",
    0x5F2D: "any two letters may be a language",
    0x9F4D: "where the log is, is the issuer's own choice",
    0x9F11: "any number from 1 to 10 is a code table",
    0x9F13: "any number up to the transaction counter is a last online counter",
    0x9F17: "any number but zero is a number of PIN tries",
    0x9F36: "before the first transaction any number is a counter",
    0x8D: "the order of data in CDOL2 is the issuer's own choice",
    0x8C: "another length of a datum is the issuer's own choice",
    0x87: "any number is a priority",
}

PADDING = "what follows reads as padding, or the byte that was taken in is as good as the others"


@dataclass(frozen=True)
class Mutation:
    """One changed answer: to ``command``, of ``image``, at the datum ``tag``."""

    image: str
    kind: str
    tag: int
    command: bytes
    answer: bytes
    text: str

    @property
    def ought(self) -> tuple[str, ...]:
        """Families of checks that ought to see it."""
        own = OUGHT.get(self.tag, CODING)
        return (*CODING, *own) if self.kind in ("tag", "length") else own


class _Changed:
    """A card whose answer to one command is another one."""

    def __init__(self, image: str, mutation: Mutation | None, clock: ManualClock) -> None:
        self._card = open_card(load_image(image), (), clock=clock)
        self._mutation = mutation
        self._directory = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the card's own attribute
        return getattr(self._card, name)

    def process(self, command: bytes) -> Answer:
        """As the card, but for the one answer."""
        answer = self._card.process(command)
        change = self._mutation
        if command[1] == 0xA4:
            self._directory = b"1PAY" in command
        if (
            self._directory
            or change is None
            or command != change.command
            or answer.response is None
        ):
            return answer
        return Answer(change.answer)


def _reader(image: str, mutation: Mutation | None, clock: ManualClock) -> VirtualReader:
    options = LinkOptions(images=(image,), clock=clock, deadline_s=0.1)
    return VirtualReader(image, options, opener=lambda: _Changed(image, mutation, clock))


def verdicts(image: str, mutation: Mutation | None) -> dict[str, str]:
    """Verdict (and reason of a SKIP) of every card check."""
    events: list[object] = []
    clock = ManualClock()
    options = CardSuiteOptions(clock=clock, own_test_keys=True)
    run_card_suite(_reader(image, mutation, clock), events.append, options=options)
    return {
        event.id: f"{event.verdict.value} {event.reason or ''}"
        for event in events
        if isinstance(event, CheckResult)
    }


@cache
def _good(image: str) -> dict[str, str]:
    return verdicts(image, None)


@cache
def _places(image: str) -> tuple[tuple[bytes, bytes, tlv.Tlv], ...]:
    """Every primitive data object with the command and the answer that it came in."""
    from harness.checks.card.acquire import ReadThrough
    from harness.profiles.terminal_config import load_terminal

    clock = ManualClock()
    link = RecordingLink(_reader(image, None, clock).connect(), clock)
    ReadThrough(link, load_terminal(), clock.today()).run()
    facts = interpret(link.exchanges)
    directory = {record.reply.index for record in facts.pse.records} if facts.pse else set()
    found = []
    for reply in facts.replies:
        # The directory and the selection by RID only lead to the application.
        probe = reply.command[1] == 0xA4 and reply.command[4] in (5, 14)
        if not reply.ok or reply.command[1] == 0x88 or probe or reply.index in directory:
            continue
        answer = reply.data + b"\x90\x00"
        for top in tlv.parse(reply.data).nodes:
            found += [(reply.command, answer, n) for n in top.walk() if not n.constructed]
    return tuple(found)


def mutations(count: int, seed: int) -> list[Mutation]:
    """``count`` mutations, the same for the same ``seed``."""
    source = random.Random(seed)
    made: list[Mutation] = []
    while len(made) < count:
        image = IMAGES[len(made) % len(IMAGES)]
        kind = KINDS[len(made) // len(IMAGES) % len(KINDS)]
        mutation = _mutation(image, kind, source)
        if mutation is not None:
            made.append(mutation)
    return made


def _mutation(image: str, kind: str, source: random.Random) -> Mutation | None:
    wanted = {"date": DATES, "key": KEYS, "counter": COUNTERS}.get(kind)
    places = [p for p in _places(image) if (wanted is None or p[2].tag in wanted) and p[2].value]
    if not places:
        places = [p for p in _places(image) if p[2].tag in KEYS or p[2].tag in DATES]
    command, answer, node = source.choice(places)
    data = bytearray(answer)
    if kind == "tag":
        at = node.offset + len(node.tag_hex) // 2 - 1
        data[at] ^= 1 << source.randrange(5)
    elif kind == "length":
        data[node.start - 1] = max(0, data[node.start - 1] + source.choice((-1, 1)))
    elif kind == "date":
        year, month, day = source.randrange(50), source.randrange(1, 13), source.randrange(1, 29)
        new = f"{year:02d}{month:02d}{day:02d}"
        data[node.start : node.end] = bytes.fromhex(new)[: len(node.value)].ljust(len(node.value))
    elif kind == "counter":
        data[node.start : node.end] = (
            source.randbytes(len(node.value)) if node.tag != 0x9F17 else b"\0"
        )
    else:
        data[source.randrange(node.start, node.end)] ^= source.randrange(1, 256)
    if bytes(data) == answer:
        return None
    text = f"{image}: {kind} of {node.tag_hex}"
    return Mutation(image, kind, node.tag, command, bytes(data), text)


def seen(mutation: Mutation) -> tuple[str, ...]:
    """Ids of the checks whose verdict changed."""
    good, now = _good(mutation.image), verdicts(mutation.image, mutation)
    return tuple(sorted(name for name in good if now.get(name) != good[name]))


def noticed(mutation: Mutation, changed: tuple[str, ...]) -> bool:
    """Did a check that ought to see it change its verdict?"""
    return any(name.partition("-")[0] in mutation.ought for name in changed)


def main(arguments: list[str]) -> int:
    """Run, print, and return 1 when fewer than 95 % were noticed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args(arguments)
    kinds: Counter[str] = Counter()
    missed: list[tuple[Mutation, tuple[str, ...]]] = []
    for mutation in mutations(chosen.count, chosen.seed):
        changed = seen(mutation)
        kinds[mutation.kind] += 1
        if not noticed(mutation, changed):
            missed.append((mutation, changed))
    share = 1 - len(missed) / chosen.count
    print(
        f"{chosen.count} mutations, seed {chosen.seed}: {share:.1%} noticed; by kind {dict(kinds)}"
    )
    for mutation, changed in missed:
        why = PADDING if mutation.kind == "length" else UNSEEN.get(mutation.tag, "")
        print(f"  {mutation.text}: {why or 'not explained'} {','.join(changed)}")
    return 0 if share >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
