"""``emv-harness record``: a session with a card to a transcript."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import Command
from harness.cli.options import config, reader_options, safety_options, selected
from harness.cli.settings import common_options, current, unmask
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.link.api import LinkOptions


@click.command("record", cls=Command, example="emv-harness record --card visa-credit -o t.jsonl")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=N_("Where the transcript goes. Default: stdout."),
)
@click.option("--transact", is_flag=True, help=N_("Record a transaction, not a reading."))
@click.option(
    "--amount", default="1.00", show_default=True, metavar="AMOUNT", help=N_("Of --transact.")
)
@click.option(
    "--online",
    metavar="RULE",
    default="approve",
    show_default=True,
    help=N_("What the simulated issuer does in --transact: approve, decline, unreachable, ..."),
)
@click.option("--force-online", is_flag=True, help=N_("The merchant asks for an authorisation."))
@click.option(
    "--pin", is_flag=True, help=N_("Ask for the PIN, or take it from the file in EMV_PIN_FILE.")
)
@click.option(
    "--apdu",
    "apdus",
    metavar="HEX|FILE",
    multiple=True,
    help=N_("Record these commands (or a sequence file), not a reading; repeatable."),
)
@reader_options
@safety_options
@config
@unmask
@common_options
def command(
    *,
    out: Path | None,
    transact: bool,
    amount: str,
    online: str,
    force_online: bool,
    pin: bool,
    apdus: tuple[str, ...],
    readers: tuple[str, ...],
    images: tuple[str, ...],
    faults: tuple[str, ...],
    timeout: float,
    allow_state_change: bool,
    own_test_keys: bool,
    config_name: str,
) -> int:
    """Write down what crosses the link, as JSON Lines that `replay` plays back.

    By default it reads the card as `card check` does, which leaves it as it is. PANs, names, PINs
    and what gives the PAN away (certificates, signatures) are masked; --unmask writes an exact
    transcript, PINs still masked, that only its owner can read.
    """
    from harness.cli.pin_entry import read_pin
    from harness.cli.record_job import Wanted, record
    from harness.cli.transact import check_order, decimal_amount

    settings = current()
    if transact and apdus:
        raise click.UsageError(_("--transact and --apdu exclude each other"))
    if settings.unmask and out is None:
        raise ConfigError(
            _("an unmasked transcript is not written to stdout"),
            where="--unmask",
            todo=_("name a file with -o; only its owner will be able to read it"),
        )
    if settings.json and out is None:
        raise ConfigError(
            _("--json tells about the transcript, which itself needs a file"),
            where="--json",
            todo=_("name a file with -o"),
        )
    total = decimal_amount(amount, "--amount")
    check_order(config_name, None, online, total)
    wanted = Wanted(
        session="transaction" if transact else "apdu" if apdus else "reading",
        amount=total,
        online=online,
        force_online=force_online,
        pin=read_pin() if pin else "",
        apdus=apdus,
        config=config_name,
        own_test_keys=own_test_keys,
        allow_state_change=allow_state_change,
        clock=settings.clock,
    )
    options = LinkOptions(images, faults, timeout, clock=settings.clock)
    selector, options = selected(readers, options, default="visa-credit")
    return record(wanted, selector, options, settings, out)
