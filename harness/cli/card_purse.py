"""``emv-harness card purse``."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from harness.cli import options as shared
from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.core.verdict import exit_code
from harness.link.api import LinkOptions

if TYPE_CHECKING:
    from harness.campaign.purse_report import PurseReport

DEFAULT_CARD = "unionpay-ecash"
_COLUMNS = {
    0x9F79: N_("balance 9F79"),
    0x9F77: N_("limit 9F77"),
    0x9F78: N_("one payment 9F78"),
    0x9F6D: N_("threshold 9F6D"),
    0x9F36: N_("counter 9F36"),
}
_MOMENTS = {
    "before": N_("before"),
    "after load": N_("after load"),
    "after payment": N_("after payment"),
}
_DONE = {"load": N_("load"), "payment": N_("payment")}


@click.command("purse", cls=Command, example="emv-harness card purse --load 800 --amount 12.34")
@click.option(
    "--load",
    metavar="AMOUNT",
    help=N_("Load the purse to this balance, by issuer script. Cards with test keys only."),
)
@click.option("--amount", metavar="AMOUNT", help=N_("Pay this amount from the purse, offline."))
@click.option(
    "--currency", metavar="CODE", default="CNY", show_default=True, help=N_("Of the purse.")
)
@shared.reader_options
@shared.safety_options
@shared.config
@common_options
def command(
    *,
    load: str | None,
    amount: str | None,
    currency: str,
    readers: tuple[str, ...],
    images: tuple[str, ...],
    faults: tuple[str, ...],
    timeout: float,
    allow_state_change: bool,
    own_test_keys: bool,
    config_name: str,
) -> int:
    """Balance, limits and counter of a purse, before and after load and payment.

    Electronic cash (UnionPay), and the virtual cards of a closed loop (canteen, coach, hotel).

    Without --load and --amount it only reads. A payment or load on a PC/SC card needs
    --allow-state-change; a load needs --own-test-keys as well.
    """
    from harness.campaign.purse_report import PurseOrder
    from harness.link.supervise import JobSpec, run_job

    order = PurseOrder(
        load=_minor(load, "--load"),
        spend=_minor(amount, "--amount"),
        currency=currency,
        config=config_name,
        allow_state_change=allow_state_change,
        own_test_keys=own_test_keys,
        clock=current().clock,
    )
    options = LinkOptions(images, faults, timeout, clock=current().clock)
    selector, options = shared.selected(readers, options, default=DEFAULT_CARD)
    spec = JobSpec("harness.campaign.purse:purse_job", selector, options, {"order": order})
    report: PurseReport = run_job(spec, _follow).result()
    if current().json:
        print_json(_json(report))
    else:
        print_lines(_lines(report))
    return exit_code([finding.verdict for _name, finding in report.findings])


def _follow(event: object) -> None:
    if isinstance(event, str):
        note(event)


def _minor(text: str | None, where: str) -> int | None:
    """Minor units of an amount in major ones, two places. Raises ConfigError."""
    if text is None:
        return None
    try:
        scaled = Decimal(text).scaleb(2)
        value = int(scaled)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise ConfigError(_("not an amount: {text!r}").format(text=text), where=where) from error
    if scaled != value or not 0 <= value < 10**12:
        raise ConfigError(_("not an amount: {text!r}").format(text=text), where=where)
    return value


def _lines(report: PurseReport) -> Iterator[str]:
    from harness.report.layout import indented

    if report.readings:
        yield _("purse, application {aid}").format(aid=report.aid.hex().upper())
        shown = {
            tag: text
            for tag, text in _COLUMNS.items()
            if any(tag in one.values for one in report.readings)
        }
        rows = [
            [_(_MOMENTS[one.moment]), *(_shown(tag, one.values.get(tag)) for tag in shown)]
            for one in report.readings
        ]
        yield from table(rows, ["", *(_(text) for text in shown.values())])
    for what, text in report.did:
        yield from indented(text, f"{_(_DONE[what])}: ")
    for name, finding in report.findings:
        yield from indented(finding.message, f"{finding.verdict.value:<8}{name}  ")


def _shown(tag: int, value: int | None) -> str:
    if value is None:
        return "-"
    return str(value) if tag == 0x9F36 else f"{value / 100:.2f}"


def _json(report: PurseReport) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "kind": "purse",
        "aid": report.aid.hex().upper(),
        "readings": [
            {"moment": one.moment, **{f"{tag:04X}": one.values.get(tag) for tag in _COLUMNS}}
            for one in report.readings
        ],
        "did": [{"what": what, "text": text} for what, text in report.did],
        "results": [
            {
                "id": name,
                "verdict": finding.verdict.value,
                "message": finding.message,
                "reason": finding.reason.value if finding.reason is not None else None,
            }
            for name, finding in report.findings
        ],
    }
