"""``emv-harness card log``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.options import config, reader_options, selected
from harness.cli.output import SCHEMA, paint, print_json, print_lines
from harness.cli.settings import common_options, current, unmask
from harness.core.clock import Clock
from harness.core.i18n import _, ngettext
from harness.core.plain import dataclass
from harness.core.verdict import ExitCode
from harness.link.api import LinkOptions, Reader

if TYPE_CHECKING:
    from harness.codec.rows import Row
    from harness.terminal.card_log import CardLog

DEFAULT_CARD = "mastercard-debit"


@dataclass(frozen=True, slots=True)
class AppLog:
    """The log of one application."""

    aid: bytes
    name: str
    log: CardLog


def read(
    reader: Reader, _emit: Callable[[object], None], *, config_name: str, clock: Clock
) -> list[AppLog]:
    """Job function: the log of every application that card and terminal share. Reads only: SELECT,
    GET DATA, READ RECORD. Raises LinkError."""
    from decimal import Decimal

    from harness.profiles.terminal_config import load_terminal
    from harness.terminal.card_log import read_log
    from harness.terminal.channel import Channel
    from harness.terminal.context import Context, TransactionRequest
    from harness.terminal.selection import final_select, find_candidates
    from harness.terminal.steps import Silent

    link = reader.connect()
    try:
        channel = Channel(link, clock, allow_state_change=False)
        request = TransactionRequest(Decimal(0))
        ctx = Context(channel, load_terminal(config_name), request, clock, Silent())
        found = []
        for candidate in find_candidates(ctx).candidates:
            chosen = final_select(channel, candidate.aid)
            if not chosen.fault:
                log = read_log(channel, chosen.fci)
                found.append(AppLog(candidate.aid, candidate.name, log))
        return found
    finally:
        link.close()


@click.command("log", cls=Command, example="emv-harness card log")
@reader_options
@config
@unmask
@common_options
def command(
    *,
    readers: tuple[str, ...],
    images: tuple[str, ...],
    faults: tuple[str, ...],
    timeout: float,
    config_name: str,
) -> int:
    """The transactions that a card has kept in its own log (EMV Book 3, Annex D).

    Reads only. The newest transaction comes first. Exit code 5 when no application keeps a log.
    """
    from harness.link.supervise import JobSpec, run_job

    settings = current()
    options = LinkOptions(images, faults, timeout, clock=settings.clock)
    selector, options = selected(readers, options, default=DEFAULT_CARD)
    arguments = {"config_name": config_name, "clock": settings.clock}
    job = JobSpec("harness.cli.card_log:read", selector, options, arguments)
    logs: list[AppLog] = run_job(job, lambda _event: None).result()
    if settings.json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "card-log",
                "applications": [_json(one, mask=not settings.unmask) for one in logs],
                "masked": not settings.unmask,
            }
        )
    else:
        _show(logs, mask=not settings.unmask)
    return ExitCode.OK if any(one.log.sfi for one in logs) else ExitCode.NOTHING_RAN


def _rows(one: AppLog, raw: bytes, *, mask: bool) -> list[Row]:
    from harness.codec.decoded import Context as Where
    from harness.codec.rows import dol_rows

    return dol_rows(one.log.dol, raw, Where(aid=one.aid), mask) or []


def _json(one: AppLog, *, mask: bool) -> dict[str, object]:
    return {
        "aid": one.aid.hex().upper(),
        "name": one.name,
        "sfi": one.log.sfi or None,
        "size": one.log.size,
        "fault": one.log.fault,
        "records": [
            {"number": record.number, "values": _rows(one, record.raw, mask=mask)}
            for record in one.log.records
        ],
    }


def _show(logs: list[AppLog], *, mask: bool) -> None:
    from harness.codec.rows import row_lines

    if not logs:
        print_lines([_("card and terminal have no application in common")])
    for one in logs:
        print_lines([paint(f"{one.aid.hex().upper()} {one.name}", "bold")])
        if one.log.fault:
            print_lines([f"  {one.log.fault}"])
        if not one.log.sfi:
            continue
        count = len(one.log.records)
        text = ngettext(
            "log in SFI {sfi}: {count} transaction, room for {size}",
            "log in SFI {sfi}: {count} transactions, room for {size}",
            count,
        )
        print_lines(["  " + text.format(sfi=one.log.sfi, count=count, size=one.log.size)])
        for record in one.log.records:
            print_lines([f"  {record.number}"])
            print_lines([f"    {line}" for line in row_lines(_rows(one, record.raw, mask=mask))])
