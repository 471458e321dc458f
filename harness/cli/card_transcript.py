"""``emv-harness card from-transcript``: an image of a card that was recorded."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json
from harness.cli.settings import common_options, current, unmask
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode

if TYPE_CHECKING:
    from harness.checks.card.facts import CardFacts

_SLUG = "abcdefghijklmnopqrstuvwxyz0123456789-"


@click.command(
    "from-transcript",
    cls=Command,
    example="emv-harness card from-transcript session.jsonl -o read.toml",
)
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=N_("Where to write it. Default: the id and .toml, here."),
)
@click.option("--id", "name", default="", help=N_("Id of the image. Default: from the file."))
@click.option("--force", is_flag=True, help=N_("Replace a file that is there."))
@unmask
@common_options
def command(*, file: Path, out: Path | None, name: str, force: bool) -> int:
    """Make a card image of what a transcript shows: directory, applications, records, lists.

    Keys cannot be read: the image has the harness's own test keys and a test PIN. The PAN, name
    and tracks are test values too, whatever the transcript has; --unmask keeps those that were
    read, which a masked transcript does not show, in a file that only its owner can read.
    """
    from harness.checks.card.interpret import interpret
    from harness.records.known import recorded
    from harness.records.logs import open_transcript

    exact = current().unmask
    transcript = open_transcript(file)
    if exact and transcript.masked:
        raise ConfigError(
            _("the transcript is masked: it does not show the PAN"),
            where=str(file),
            todo=_("leave --unmask out for a test PAN, or record with --unmask"),
        )
    chosen = name or _slug(file.stem)
    path = out or Path(f"{chosen}.toml")
    if path.exists() and not force:
        raise ConfigError(
            _("the file is there already"), where=str(path), todo=_("--force replaces it")
        )
    shown = recorded(transcript, places=True).exchanges
    text = _text(interpret(shown, transcript.atr), chosen, path, exact)
    _write(path, text, private=exact)
    if exact:
        note(_("UNMASKED: the image holds cardholder data in clear; keep it to yourself"))
    if current().json:
        print_json({"schema": SCHEMA, "kind": "written", "id": chosen, "path": str(path)})
        return ExitCode.OK
    note(_("keys and PIN are the harness's own test values: those of a card cannot be read"))
    note(_("written: {path}; try: emv-harness transact --amount 1 --card {path}").format(path=path))
    return ExitCode.OK


def _text(facts: CardFacts, name: str, path: Path, exact: bool) -> str:
    """The text of the image, with keys that its records have room for. Raises ConfigError."""
    from harness.checks.card_image import ImageOrder, image_text
    from harness.profiles.image_load import parse
    from harness.virtualcard.card import open_card

    problem: ConfigError | None = None
    for keys in ("", "768"):
        text = image_text(facts, ImageOrder(name, exact, keys))
        image = parse(tomllib.loads(text), path)
        try:
            open_card(image)
        except ConfigError as error:
            problem = problem or error
        else:
            return text
    raise problem or ConfigError(_("the card cannot be made from what was read"))


def _slug(text: str) -> str:
    made = "".join(char if char in _SLUG else "-" for char in text.lower())
    return "-".join(part for part in made.split("-") if part) or "read"


def _write(path: Path, text: str, *, private: bool) -> None:
    try:
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o644
        )
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            if private:
                path.chmod(0o600)
            handle.write(text)
    except OSError as error:
        raise ConfigError(
            _("cannot write the file: {reason}").format(reason=error.strerror), where=str(path)
        ) from error
