"""APDU sequences with expectations (``vectors/apdu/*.toml``): run by ``apdu FILE`` and by tests."""

from __future__ import annotations

import re
from pathlib import Path

from harness.core import paths
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.fields import REQUIRED, Fields, tag_number
from harness.profiles.files import SCHEMA, find, ids, read_toml

STATUS_MASK = "[0-9A-Fa-fxX]{4}"


@dataclass(frozen=True, slots=True)
class Step:
    """One command. ``expect`` masks the status word, ``data`` the answer's data: hex digits, ``x``
    for any nibble, and ``...`` at the end for any more bytes; empty: not looked at. ``tags`` maps
    a tag to the mask of its value in the answer (``*``: any value, but it must be there).
    ``reset`` is ``cold`` or ``warm`` where the card is reset before the command."""

    command: bytes
    expect: str = "9000"
    data: str = ""
    tags: dict[int, str] | None = None
    note: str = ""
    reset: str = ""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A named list of steps. ``image`` is the card image that it was written for, ``spec`` the
    document and clause that it comes from; ``changes_state`` announces that it sends one of the
    commands that change a card for good."""

    schema: int
    id: str
    name: str
    description: str
    spec: str
    image: str
    changes_state: bool
    steps: tuple[Step, ...]
    path: Path | None = None


def sequences_folder() -> Path:
    """Where the shipped sequences are."""
    return paths.vectors() / "apdu"


def sequence_ids() -> list[str]:
    """Ids (file names without suffix) of the shipped sequences."""
    return ids(sequences_folder())


def load_sequence(name: str | Path) -> Sequence:
    """The sequence with this id, or in this file. Raises ConfigError, ConfigErrors."""
    path = find(_("APDU sequence"), name, sequences_folder())
    return parse(read_toml(path), path)


def parse(table: dict[str, object], path: Path) -> Sequence:
    """A Sequence from the dictionary of its file. Raises ConfigErrors."""
    top = Fields(table)
    steps = tuple(_step(item) for item in top.tables("step", REQUIRED))
    made = Sequence(
        schema=top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA),
        id=path.stem,
        name=top.text("name", REQUIRED),
        description=top.text("description"),
        spec=top.text("spec"),
        image=top.text("image"),
        changes_state=top.flag("changes_state"),
        steps=steps,
        path=path,
    )
    if "step" in table and not steps:
        top.problem("step", _("at least one [[step]] is needed"))
    top.finish(_("the APDU sequence has mistakes"), str(path))
    return made


def matches(mask: str, data: bytes) -> bool:
    """Does ``data`` fit the mask: hex digits, ``x`` for any nibble, spaces ignored, ``...`` at the
    end for any further bytes? An empty mask fits everything, ``*`` too."""
    wanted = mask.replace(" ", "").upper()
    if wanted in {"", "*"}:
        return True
    open_end = wanted.endswith("...")
    wanted = wanted.removesuffix("...")
    found = data.hex().upper()
    if len(found) < len(wanted) or (not open_end and len(found) != len(wanted)):
        return False
    return all(want in ("X", have) for want, have in zip(wanted, found, strict=False))


def _step(item: Fields) -> Step:
    made = Step(
        command=item.octets("command", REQUIRED, sizes=range(1, 65545)),
        expect=item.text("expect", "9000", pattern=STATUS_MASK, shape=_("four hex digits or x")),
        data=_mask(item, "data", item.text("data")),
        tags=_tags(item),
        note=item.text("note"),
        reset=item.text("reset", choices=("", "cold", "warm")),
    )
    item.done()
    return made


def _tags(item: Fields) -> dict[int, str]:
    table = item.table("tags")
    if table is None:
        return {}
    found = {}
    for name, mask in table.strings().items():
        tag = tag_number(name)
        if tag is None:
            table.problem(name, _("{value!r} is not a tag in hex").format(value=name))
            continue
        found[tag] = _mask(table, name, mask)
    return found


def _mask(item: Fields, key: str, mask: str) -> str:
    plain = mask.replace(" ", "").removesuffix("...")
    if plain not in {"", "*"} and (not re.fullmatch("[0-9A-Fa-fxX]+", plain) or len(plain) % 2):
        item.problem(key, _("{value!r} is not a mask: pairs of hex digits or x").format(value=mask))
        return ""
    return mask
