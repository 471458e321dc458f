"""``emv-harness replay``: a transcript as a card."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.options import own_test_keys as own_keys_option
from harness.cli.settings import Settings, common_options, current, unmask
from harness.core.i18n import N_, _
from harness.link.api import DEFAULT_DEADLINE_S, LinkOptions

if TYPE_CHECKING:
    from harness.cli.transact_job import Order
    from harness.link.replay import ReplayReader

_ANY_PIN = "0000"
"""PINs are masked in every transcript, and any fits what is masked."""


@click.command("replay", cls=Command, example="emv-harness replay session.jsonl --check")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--check", is_flag=True, help=N_("Judge the card that was read (the default)."))
@click.option(
    "--transact", is_flag=True, help=N_("The recorded transaction again, with our kernel.")
)
@click.option(
    "--apdu",
    "apdus",
    metavar="HEX|FILE",
    multiple=True,
    help=N_("Send these commands (or a sequence file) to the recorded card; repeatable."),
)
@click.option(
    "--config",
    "config_name",
    metavar="NAME",
    help=N_("Terminal configuration. Default: that of the recording, or attended-eu."),
)
@own_keys_option
@unmask
@common_options
def command(
    *,
    file: Path,
    check: bool,
    transact: bool,
    apdus: tuple[str, ...],
    config_name: str | None,
    own_test_keys: bool,
) -> int:
    """Play a transcript as a card: one of `record`, lines of hex, or the log of a tool.

    The date is that of the recording, where it says one and --clock does not. What is masked or
    was never recorded is not examined. Other commands take the card too: --reader replay:FILE.
    """
    from harness.link.replay import ReplayReader
    from harness.records.logs import open_transcript

    if check + transact + bool(apdus) > 1:
        raise click.UsageError(_("--check, --transact and --apdu exclude each other"))
    settings = current()
    reader = ReplayReader(open_transcript(file), str(file), LinkOptions())
    facts = reader.transcript.facts
    _set_clock(settings, facts.get("clock", ""))
    config = config_name or facts.get("config", "attended-eu")
    if transact:
        return _transact(settings, reader, config, own_test_keys)
    if apdus:
        from harness.cli.apdu import send_and_show, steps_of

        return send_and_show(settings, steps_of(apdus), reader.name, _options(settings))
    from harness.cli.acceptance import run_suites

    return run_suites(
        ("card",),
        readers=(reader.name,),
        images=(),
        faults=(),
        timeout=DEFAULT_DEADLINE_S,
        allow_state_change=False,
        own_test_keys=own_test_keys,
        config_name=config,
        ca_keys=None,
        plan="default",
        out=None,
        strict=False,
        operator="",
        seed=0,
    )


def _options(settings: Settings) -> LinkOptions:
    return LinkOptions(clock=settings.clock)


def _set_clock(settings: Settings, day: str) -> None:
    """The recording's date, where nobody asked for another."""
    from harness.core.clock import SystemClock, parse_date

    if day and settings.clock.date_override is None:
        settings.clock = SystemClock(parse_date(day))


def _transact(settings: Settings, reader: ReplayReader, config: str, own_test_keys: bool) -> int:
    from harness.cli.transact import check_order
    from harness.cli.transact_view import run_and_show

    order = _order(settings, reader, config, own_test_keys)
    check_order(config, order.currency, order.online, order.amount)
    return run_and_show(settings, order, reader.name, _options(settings))


def _order(settings: Settings, reader: ReplayReader, config: str, own_test_keys: bool) -> Order:
    """The transaction of the recording: its amounts, and the options that it was run with."""
    from harness.cli.transact_job import Order
    from harness.terminal.amounts import by_number
    from harness.terminal.context import TYPES
    from harness.terminal.recorded import session_amounts

    facts = reader.transcript.facts
    seen = session_amounts(reader.recorded.exchanges)
    money = by_number(seen.currency) if seen and seen.currency else None
    names = {code: name for name, code in reversed(TYPES.items())}
    return Order(
        amount=(money.major(seen.amount) if money else Decimal(seen.amount).scaleb(-2))
        if seen
        else Decimal(1),
        cashback=Decimal(0),
        currency=f"{money.code}" if money else None,
        type=names.get(seen.type, "goods") if seen else "goods",
        online=facts.get("online", "approve"),
        pin=_ANY_PIN if facts.get("pin") == "yes" else "",
        aid=None,
        force_online=facts.get("force_online") == "yes",
        config=config,
        own_test_keys=own_test_keys,
        allow_state_change=True,
        last_pin_try=True,
        clock=settings.clock,
        seed=facts.get("seed", ""),
    )
