"""Borders of ``card from-transcript`` (``borders/images.txt``): a card that was read, one change,
and what becomes of the text of its image.

::

    > visa exact 5F24=250131      image, how (``masked``, ``exact``, ``768``), change
    - expiry = 2049-12-31         lines that are gone, and
    + expiry = 2025-01-31         lines that are there instead
    = the same text               or nothing is another,
    ! no application was read     or the error, and what to do

An entry without a change holds the whole text. ``python tests/checks/imageborders.py`` writes what
comes out now into the file: read every changed line before it is committed.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from unittest.mock import patch

from cardborders import EDITS, FOLDER, IMAGES, change
from checkviews import good_view

from harness.checks.card.facts import ApplicationFacts, Datum
from harness.checks.card.view import CardView
from harness.checks.card_image import ImageOrder, image_text
from harness.codec import tlv
from harness.core.errors import ConfigError
from harness.profiles import image_new
from harness.profiles.image import list_images

FILE = FOLDER / "images.txt"
HOW = {"masked": (False, ""), "exact": (True, ""), "768": (False, "768")}


@dataclass(frozen=True)
class Entry:
    image: str
    how: str
    words: str
    lines: tuple[str, ...]

    @property
    def head(self) -> str:
        """As the file has it, and for the list of tests."""
        return f"> {self.image} {self.how} {self.words}".rstrip()


def entries() -> Iterator[Entry]:
    head, lines = "", []
    for line in [*FILE.read_text(encoding="utf-8").splitlines(), "> end end"]:
        if line.startswith("> ") and head:
            image, how, words = f"{head} ".split(" ", 3)[1:]
            yield Entry(image, how, words.strip(), tuple(lines))
            lines = []
        if line.startswith("> "):
            head = line
        elif line:
            lines.append(line)


SHIPPED = list_images()


def text(image: str, how: str, words: str) -> list[str]:
    """The lines of the image of this card; an error is one line. The shipped images, whose PANs
    are looked at, are read once for all."""
    view = good_view(IMAGES[image])
    change(view, words)
    try:
        with patch.object(image_new, "list_images", lambda: SHIPPED):
            made = image_text(view.card, ImageOrder("read", *HOW[how]))
    except ConfigError as error:
        return [f"! {error.what} || {error.todo}".removesuffix(" || ")]
    tomllib.loads(made)
    assert made.endswith("\n")
    return made.removesuffix("\n").split("\n")


@cache
def unchanged(image: str, how: str) -> list[str]:
    """The lines for the card as it is."""
    return text(image, how, "")


def found(entry: Entry) -> Entry:
    """The same entry with what comes out now."""
    lines = text(entry.image, entry.how, entry.words)
    if lines[0][0] == "!":
        return replace(entry, lines=tuple(lines))
    if not entry.words:
        return replace(entry, lines=tuple(f"+ {line}".rstrip() for line in lines))
    before = unchanged(entry.image, entry.how)
    differing = [one.rstrip() for one in difflib.ndiff(before, lines) if one[0] in "+-"]
    return replace(entry, lines=tuple(differing) or ("= the same text",))


def again(view: CardView, argument: str) -> None:
    """``N``: the application was read once more before, with N data; ``-``: without options."""
    if argument == "-":
        fewer = ApplicationFacts(view.app.aid, view.app.select, view.app.fci)
    else:
        fewer = replace(view.app, data=view.app.data[: int(argument)])
    view.card.applications.insert(0, fewer)


def after(view: CardView, count: str) -> None:
    """The same after it."""
    view.card.applications.append(replace(view.app, data=view.app.data[: int(count)]))


def rival(view: CardView, value: str) -> None:
    """The application was read once more with as many data, 5F34 with this value."""
    data = [replace(one, value=bytes.fromhex(value)) if one.tag == 0x5F34 else one
            for one in view.app.data]  # fmt: skip
    view.card.applications.append(replace(view.app, data=data))


def twin(view: CardView, name: str) -> None:
    """The same under another AID; neither FCI has a DF name."""
    view.app.fci = tlv.parse(bytes.fromhex("6F02A500"))
    view.card.applications.append(replace(view.app, aid=bytes.fromhex(name)))


def ac(view: CardView, body: str) -> None:
    """An answer to GENERATE AC."""
    like = view.app.select
    view.app.cryptograms.append(replace(like, data=bytes.fromhex(body)))


def first(view: CardView, argument: str) -> None:
    """``1.1/9F10=AA``: a datum before all others."""
    tag, value = argument.split("=")
    where, _slash, number = tag.partition("/")
    view.app.data.insert(0, Datum(int(number, 16), bytes.fromhex(value), where.replace("_", " ")))


def repeat(view: CardView, at: str) -> None:
    """A record was read twice."""
    view.app.records.append(view.app.records[int(at)])


def unsigned(view: CardView, at: str) -> None:
    """A record that takes no part in authentication."""
    view.app.records[int(at)] = replace(view.app.records[int(at)], signed=False)


def signed(view: CardView, at: str) -> None:
    view.app.records[int(at)] = replace(view.app.records[int(at)], signed=True)


def nogpotree(view: CardView, body: str) -> None:
    """What was answered to processing options: nothing, or this."""
    view.app.gpo_tree = tlv.parse(bytes.fromhex(body)) if body else None


def dfname(view: CardView, body: str) -> None:
    """An FCI, with none of its data among those that were read."""
    view.app.fci = tlv.parse(bytes.fromhex(body))


EDITS.update(
    (f"image-{made.__name__}", made)
    for made in (again, after, rival, twin, ac, first, repeat, unsigned, signed, nogpotree, dfname)
)


def main() -> None:
    lines = []
    for entry in entries():
        lines += [entry.head, *found(entry).lines, ""]
    Path(FILE).write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
