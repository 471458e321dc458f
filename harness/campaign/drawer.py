"""Working with the drawer's file: opening, adding a card, noting what was seen; one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from harness.campaign.bench_salt import Salt, require_salt
from harness.core.atomic import locked, replace_file
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.profiles.card_types import card_types
from harness.profiles.drawer import Drawer, DrawerCard, load_drawer
from harness.profiles.drawer import rows as row_names
from harness.profiles.drawer_write import (
    Value,
    new_file,
    reread,
    with_card,
    with_changes,
    with_salt,
)
from harness.records.run import Subject


def existing(path: Path) -> Drawer:
    """The drawer in ``path``. Raises ConfigError, ConfigErrors."""
    if not path.is_file():
        raise ConfigError(
            _("there is no drawer"),
            where=str(path),
            todo=_('put a card into it: emv-harness drawer add "blue visa" --drawer {path}').format(
                path=path
            ),
        )
    return load_drawer(path)


def open_drawer(path: Path, salt: Salt) -> Drawer:
    """The drawer in ``path``, whose hashes ``salt`` can make. Raises ConfigError."""
    drawer = existing(path)
    _same_salt(drawer, salt)
    return drawer


def ready_to_add(
    path: Path, label: str, card_type: str | None, rows: tuple[str, ...], salt: Salt
) -> None:
    """Say before a card is read what would keep it out of the drawer. Raises ConfigError."""
    for option, given, choices in (
        ("--type", (card_type,) if card_type else (), sorted(card_types())),
        ("--for", rows, row_names()),
    ):
        unknown = [name for name in given if name not in choices]
        if unknown:
            raise ConfigError(
                _("unknown: {names}").format(names=", ".join(unknown)),
                where=option,
                todo=_("choose from: {names}").format(names=", ".join(choices)),
            )
    if not label.strip():
        raise ConfigError(_("the label is empty"), where="LABEL", todo=_("name the card"))
    if path.is_file():
        drawer = open_drawer(path, salt)
        if drawer.labelled(label.strip()) is not None:
            raise _taken(path, label.strip())


def _taken(path: Path, label: str) -> ConfigError:
    return ConfigError(
        _("the label {label!r} is taken").format(label=label),
        where=str(path),
        todo=_("give another one; `drawer seen` notes a card that is in the drawer"),
    )


def _same_salt(drawer: Drawer, salt: Salt) -> None:
    if drawer.salt:
        text = _("the cards of this drawer were hashed with salt {theirs}, this bench has {ours}")
        require_salt(drawer.salt, salt, drawer.path, text)


def known(drawer: Drawer, subject: Subject) -> Subject:
    """``subject`` by its label in the drawer; as it is when the drawer does not know it."""
    card = drawer.recognised(subject.card_hash)
    if card is None:
        return subject
    return replace(subject, label=f"{card.label} ({subject.label})", known_as=card.label)


def add_card(path: Path, card: DrawerCard, salt: Salt) -> None:
    """Put ``card`` into the drawer, which is made when there is none. Raises ConfigError: its
    label is taken, it is there already, or the file cannot be written."""

    def edit(text: str) -> str:
        drawer = reread(text, path) if text.strip() else None
        if drawer is None:
            return with_card(new_file(salt.id), card)
        _same_salt(drawer, salt)
        if drawer.labelled(card.label) is not None:
            raise _taken(path, card.label)
        same = drawer.recognised(card.hash)
        if same is not None:
            raise ConfigError(
                _("this card is in the drawer already, as {label!r}").format(label=same.label),
                where=str(path),
                todo=_("`drawer seen` notes what it says now"),
            )
        return with_card(text if drawer.salt else with_salt(text, salt.id), card)

    _change(path, edit)


def note_seen(path: Path, subject: Subject, today: date) -> dict[str, Value]:
    """Note what the recognised card ``subject`` said; the keys that were written. Raises
    ConfigError."""
    found: dict[str, Value | None] = {
        "expiry": date.fromisoformat(subject.expiry) if subject.expiry else None,
        "pin_tries": subject.pin_tries,
        "atc": subject.atc,
        "last_online_atc": subject.last_online_atc,
        "seen": today,
    }
    changes = {key: value for key, value in found.items() if value is not None}
    return change_card(path, subject.known_as, changes)


def change_card(path: Path, label: str, changes: Mapping[str, Value]) -> dict[str, Value]:
    """Write ``changes`` where they are not what the file says; those that were written. Raises
    ConfigError: no such card, or a file that cannot be changed."""
    written: dict[str, Value] = {}

    def edit(text: str) -> str:
        drawer = reread(text, path)
        place = next((n for n, card in enumerate(drawer.cards) if card.label == label), None)
        if place is None:
            raise _no_such_card(drawer, label)
        card = drawer.cards[place]
        new = {key: value for key, value in changes.items() if getattr(card, key) != value}
        written.update(new)
        return with_changes(text, place, new, path) if new else text

    _change(path, edit)
    return written


def card_called(drawer: Drawer, label: str) -> DrawerCard:
    """The card with this label. Raises ConfigError, which names the labels that there are."""
    card = drawer.labelled(label)
    if card is None:
        raise _no_such_card(drawer, label)
    return card


def _no_such_card(drawer: Drawer, label: str) -> ConfigError:
    return ConfigError(
        _("no card {label!r} in the drawer").format(label=label),
        where=str(drawer.path),
        todo=_("there are: {labels}").format(
            labels=", ".join(repr(card.label) for card in drawer.cards) or "-"
        ),
    )


def _change(path: Path, edit: Callable[[str], str]) -> None:
    """Read, edit and write back, alone and as a whole; what is written is read once more first.
    Raises ConfigError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.resolve().parent):
            before = path.read_text("utf-8") if path.is_file() else ""
            if before.strip():
                load_drawer(path)
            after = edit(before)
            reread(after, path)
            if after != before:
                replace_file(path, after)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            _("the drawer cannot be written: {why}").format(why=error),
            where=str(path),
            todo=_("name another file with --drawer"),
        ) from error
