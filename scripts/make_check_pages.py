"""Writes docs/checks.md from the register of checks; ``--check`` says whether it is up to date.

python scripts/make_check_pages.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from harness.campaign.scope import NOT_EXERCISED, OUT_OF_SCOPE
from harness.checks.card.catalogue import EXCLUDED
from harness.checks.card.words import word_of
from harness.checks.registry import CheckDef, all_checks

PAGE = Path(__file__).resolve().parent.parent / "docs" / "checks.md"

HEAD = """# The checks

Generated from the register by `scripts/make_check_pages.py`: do not edit by hand.

A check says beforehand which card it needs, which data it reads, and which state-changing commands
it sends. *Worst* is the verdict that a broken rule gives. A clause that nobody here has read in the
document itself is marked "clause not verified".

## How a verdict comes about

- A datum that was **not read** gives SKIP "not examined", one that a completely read card **does
  not have** gives SKIP "not applicable". Neither is ever FAIL. Rules about missing data are judged
  on a complete reading only.
- **No answer before the deadline** is TIMEOUT, with the command and no cause. The card is then
  reset (or a new worker takes over) and the rest is judged. After three silences of one reader the
  checks that need its card are "not examined".
- **The card went away, was reset by somebody, or stayed mute** while a check ran: FAIL, with the
  swap test as advice. Card, contacts, reader and driver cannot be told apart over PC/SC.
- **No card, no reader, no service, a reader held by another process**: ERROR, the bench's fault.
- **FAIL and WARN say what to do now**: in the finding's own words, or else in those that
  `harness/checks/advice_card.py` and `advice_reader.py` have for the check.
- Three words are kept apart: *well-formed* (coding), *consistent* (data agree with each other), and
  *authentic* (a dynamic signature under a trusted CA key that is not our own test CA's, or a
  cryptogram under the issuer's key). The table names the word that a card check speaks for.
- *Worst* PASS: the check only informs, and never counts against a card.
- Each card check has, in `tests/checks/cardcases*.py`, a card that it passes and one that it does
  not, and a test that notices when the check is switched off.
- Of a physical card only the AID is known. Card types that share an AID are covered together, and
  the coverage row says so.
"""

TITLES = {
    "reader": "Reader health",
    "card": "Card validity",
    "coverage": "Coverage of card types",
}


def cell(text: str) -> str:
    """``text`` on one line of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def row(entry: CheckDef) -> str:
    """One line of the table of a suite."""
    reads = " ".join(f"{tag:02X}" for tag in entry.reads)
    sends = ", ".join(sorted(entry.sends))
    spec = "; ".join(str(clause) for clause in entry.spec)
    title = f"{entry.title}. {entry.doc}"
    if entry.suite == "card":
        title += f" *{word_of(entry.id).value}*"
    cells = (
        entry.id if entry.suite != "coverage" else f"{entry.id}-*type*",
        title,
        entry.severity.value,
        entry.needs.value,
        reads,
        sends,
        spec,
    )
    return "| " + " | ".join(cell(text) or "-" for text in cells) + " |"


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for suite, title in TITLES.items():
        entries = all_checks(suite)
        parts.append(f"## {title}\n\n{len(entries)} checks.\n")
        parts.append("| id | what | worst | needs | reads | sends | rule |\n|-|-|-|-|-|-|-|")
        parts.append("\n".join(row(entry) for entry in entries) + "\n")
    parts.append("## Card checks that are left out\n\n| id | why |\n|-|-|")
    parts.append("\n".join(f"| {name} | {why} |" for name, why in EXCLUDED.items()) + "\n")
    parts.append("## Out of scope over PC/SC\n\nListed in every report, never as passed.\n")
    parts.append("| what | why |\n|-|-|")
    parts.append("\n".join(f"| {what} | {why} |" for what, why in OUT_OF_SCOPE) + "\n")
    parts.append("Virtual cards, in process or behind pcscd, do not exercise: ")
    parts[-1] += "; ".join(NOT_EXERCISED) + ".\n"
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it: 1 when it is out of date."""
    text = page()
    if "--check" in arguments:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
        if not same:
            print("docs/checks.md is out of date: run python scripts/make_check_pages.py")
        return 0 if same else 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE}: {len(all_checks())} checks")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
