"""Tables of borders (``borders/*.tsv``): a card, one change, and the whole finding of a check.

Columns: check, image, change, verdict (or the reason of a SKIP), message with advice and
measurements, places with the command that was answered there. A change is words:

    5F24=491231     a datum gets this value, or is added
    -5F24           a datum is taken away
    @name:ARGUMENT  an edit of ``cardedits`` or ``cardedits_live``

``python tests/checks/cardborders.py FILE...`` says what the checks find now and writes it into the
files: read every changed line before it is committed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cardedits
import cardedits_live
from checkviews import MASTERCARD, VISA, drop, good_view, put, tape

from harness.checks.card.replies import Reply, replies
from harness.checks.card.view import CardView
from harness.checks.card_judging import judge_application
from harness.checks.finding import Finding
from harness.checks.registry import CHECKS, Scope, all_checks
from harness.records.result import Evidence

EDITS = {**vars(cardedits), **vars(cardedits_live)}
FOLDER = Path(__file__).parent / "borders"
RANDOM = re.compile(r"\b(TC|ARQC|AAC) [0-9A-F]{16}\b")
"""A cryptogram: over an unpredictable number, another one in every run."""
IMAGES = {"visa": VISA, "mastercard": MASTERCARD, "unionpay": "unionpay-credit"}


@dataclass(frozen=True)
class Border:
    """One line of a table."""

    check: str
    image: str
    change: str
    verdict: str
    said: str
    places: str

    @property
    def name(self) -> str:
        """For the list of tests."""
        return f"{self.check} {self.change or 'as it is'}"[:80]


def rows(path: Path) -> Iterator[Border]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield border(line)


def border(line: str) -> Border:
    """A line of a table; cells at its end may be left out."""
    cells = line.split("\t")
    return Border(*cells, *[""] * (6 - len(cells)))


def change(view: CardView, words: str) -> None:
    for word in words.split():
        if word.startswith("@"):
            name, _colon, argument = word[1:].partition(":")
            EDITS[name](view, argument)
        elif word.startswith("-"):
            drop(view, int(word[1:], 16))
        else:
            tag, _equals, value = word.partition("=")
            put(view, int(tag, 16), value)


def judged(check: str, view: CardView) -> Finding:
    entry = CHECKS["card", check]
    return entry.function(view) if entry.scope is Scope.CARD else judge_application(entry, view)


@cache
def labels(image: str) -> dict[int, str]:
    """What was asked in each exchange of the card's tape, by its number."""
    return {each.index: each.label for each in replies(tape(image)) if isinstance(each, Reply)}


def place(seen: Evidence, image: str) -> str:
    """``94 at GPO offset 6 <GET PROCESSING OPTIONS>``."""
    text = seen.text
    if seen.offset is not None and not text.endswith(f"offset {seen.offset}"):
        text += f" (offset {seen.offset})"
    return text if seen.exchange is None else f"{text} <{labels(image)[seen.exchange]}>"


def found(border: Border) -> Border:
    """The same line with what the check finds."""
    image = IMAGES[border.image]
    view = good_view(image)
    change(view, border.change)
    finding = judged(border.check, view)
    said = RANDOM.sub(r"\1 (16 digits)", finding.message)
    said += f" || {finding.advice}" if finding.advice else ""
    said += "".join(f" [{each.name}={each.value}]" for each in finding.measurements)
    return Border(
        border.check,
        border.image,
        border.change,
        finding.reason.value if finding.reason else finding.verdict.value,
        said.replace("\n", "\\n"),
        "; ".join(place(seen, image) for seen in finding.evidence),
    )


def line(border: Border) -> str:
    cells = (border.check, border.image, border.change, border.verdict, border.said, border.places)
    return "\t".join(cells).rstrip("\t")


def main(paths: list[str]) -> None:
    all_checks()
    for path in map(Path, paths):
        lines = []
        for text in path.read_text(encoding="utf-8").splitlines():
            lines.append(line(found(border(text))) if text and text[0] != "#" else text)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
