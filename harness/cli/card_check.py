"""``emv-harness card check``: card validity alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.acceptance import acceptance_options, run_suites
from harness.cli.group import Command
from harness.core.i18n import N_


@click.command("check", cls=Command, example="emv-harness card check --card visa-credit")
@click.option(
    "--batch",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=N_("Card after card; FILE keeps what is done, and the same command goes on with it."),
)
@click.option(
    "--track2",
    is_flag=True,
    help=N_("Ask for track 2 of the magnetic stripe, and compare it with the chip."),
)
@click.option(
    "--embossed",
    is_flag=True,
    help=N_("Ask for the number on the card's face, and compare it with the chip."),
)
@click.option(
    "--profile",
    metavar="FILE",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help=N_("What the issuer expects of the product, tag by tag."),
)
@acceptance_options
def command(
    *,
    batch: Path | None,
    track2: bool,
    embossed: bool,
    profile: Path | None,
    **options: Any,  # noqa: ANN401
) -> int:
    """Does this card follow the EMV books?

    Personalisation, consistency, dates, certificates, and with --allow-state-change a cryptogram.
    Reading a PC/SC card leaves it as it is, but for the transaction number that GET PROCESSING
    OPTIONS may use up.
    """
    stripe = face = None
    if track2 or embossed:
        from harness.cli.stripe_entry import read_embossed, read_stripe, require_one_card

        require_one_card(batch, options["readers"], options["images"])
        stripe = read_stripe() if track2 else None
        face = read_embossed() if embossed else None
    expected = None
    if profile is not None:
        from harness.profiles.card_profile import load_card_profile

        expected = load_card_profile(profile)
    return run_suites(
        ("card",), batch=batch, stripe=stripe, embossed=face, card_profile=expected, **options
    )
