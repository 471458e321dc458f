"""Options that several commands share, spelt the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.link.api import DEFAULT_DEADLINE_S, LinkOptions

Function = TypeVar("Function", bound=Callable[..., Any])

VIRTUAL_KINDS = ("virtual", "vpcd")

_reader = click.option(
    "--reader",
    "readers",
    metavar="NAME",
    multiple=True,
    help=N_("Part of a reader's name; repeatable. virtual (the default) needs no hardware."),
)
_card = click.option(
    "--card",
    "images",
    metavar="IMAGE",
    multiple=True,
    help=N_("Virtual card: an id of `card list`, or a file; repeatable. Default: every one."),
)
_fault = click.option(
    "--fault",
    "faults",
    metavar="NAME[@STEP]",
    multiple=True,
    help=N_("Misbehaviour of the virtual card: mute, slow, removed, ...; `card faults` lists all."),
)
_timeout = click.option(
    "--timeout",
    type=click.FloatRange(0.1, 3600.0),
    default=DEFAULT_DEADLINE_S,
    show_default=True,
    help=N_("Seconds after which a command without an answer counts as hung."),
)
allow_state_change = click.option(
    "--allow-state-change",
    is_flag=True,
    help=N_(
        "Permit commands that change a PC/SC card for good: VERIFY, GENERATE AC, "
        "EXTERNAL AUTHENTICATE, PUT DATA, PIN CHANGE."
    ),
)
own_test_keys = click.option(
    "--own-test-keys",
    is_flag=True,
    help=N_("Trust the harness's own test CA over PC/SC too. Its private key is public."),
)
config = click.option(
    "--config",
    "config_name",
    metavar="NAME",
    default="attended-eu",
    show_default=True,
    help=N_("Terminal configuration: a name of `config list`, or a file."),
)
out = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=N_("Where report.html, report.json and junit.xml go. Default: bench-runs/TIME."),
)
strict = click.option("--strict", is_flag=True, help=N_("A WARN makes the exit code 1."))
ca_keys = click.option(
    "--ca-keys", metavar="FILE", help=N_("CA public keys of this file, not the shipped.")
)
card_types_option = click.option(
    "--card-types",
    "type_files",
    metavar="FILE",
    multiple=True,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help=N_("Card types of your own, beside the shipped ones; repeatable."),
)


def reader_options(function: Function) -> Function:
    """``--reader --card --fault --timeout``."""
    return _reader(_card(_fault(_timeout(function))))


def safety_options(function: Function) -> Function:
    """``--allow-state-change --own-test-keys``."""
    return allow_state_change(own_test_keys(function))


def selected(
    readers: tuple[str, ...], options: LinkOptions, *, default: str
) -> tuple[str, LinkOptions]:
    """Selector and link options for a command that works on one card.

    Where the card is virtual and neither ``--card`` nor the reader's name says which, it is
    ``default``. Raises ConfigError when the options name several cards, or faults for a card that
    is not virtual.
    """
    if len(readers) > 1 or len(options.images) > 1:
        raise ConfigError(
            _("this command works on one card, several were named"),
            where="--reader, --card",
            todo=_("name one"),
        )
    selector = readers[0] if readers else "virtual"
    kind, _space, image = selector.partition(" ")
    if kind in VIRTUAL_KINDS:
        if not image and not options.images:
            options = replace(options, images=(default,))
        return selector, options
    refuse_virtual_options(selector, options.images, options.faults)
    return selector, options


def refuse_virtual_options(selector: str, images: tuple[str, ...], faults: tuple[str, ...]) -> None:
    """Raise ConfigError for ``--fault`` or ``--card`` with a card that is not virtual."""
    for name, given in (("--fault", faults), ("--card", images)):
        if given:
            raise ConfigError(
                _("{option} is for virtual cards only").format(option=name),
                where=f"--reader {selector}",
                todo=_("leave it out, or use --reader virtual (or vpcd)"),
            )


def optional_file(value: str | None, default: Callable[[], Path]) -> Path | None:
    """The file that an option of a run names: ``default`` is the user's own, ``off`` none.

    ``default`` is asked only when it is wanted: a system account may have no home directory.
    """
    if not value or value == "off":
        return None
    return default() if value == "default" else Path(value)


def take_card_types(files: tuple[Path, ...]) -> set[str]:
    """Card types of the user's own, for this command; their ids. Raises ConfigErrors."""
    from harness.profiles.card_types import add_card_types, forget_card_types

    forget_card_types()
    return {made.id for file in files for made in add_card_types(file)}


def check_ca_keys(path: str | None) -> None:
    """Say what is wrong with a file of keys before a card is touched. Raises ConfigErrors."""
    if path is not None:
        from harness.crypto.capk import CaKeyStore

        CaKeyStore.from_file(path)


def is_virtual_selector(selector: str) -> bool:
    """Does ``--reader`` mean a card that the harness plays itself?"""
    return selector.partition(" ")[0].partition(":")[0] in VIRTUAL_KINDS
