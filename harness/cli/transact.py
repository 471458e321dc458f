"""``emv-harness transact``: one transaction with a step-by-step log."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from harness.cli.group import Command
from harness.cli.options import ca_keys as shared_ca_keys
from harness.cli.options import check_ca_keys, config, reader_options, safety_options, selected
from harness.cli.settings import common_options, current, unmask
from harness.cli.tls_options import tls_files, tls_options
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex
from harness.core.i18n import N_, _
from harness.link.api import LinkOptions

if TYPE_CHECKING:
    from harness.issuer.tls import TlsFiles

DEFAULT_CARD = "visa-credit"


@click.command("transact", cls=Command, example="emv-harness transact --amount 12.34 -v")
@click.option("--amount", required=True, metavar="AMOUNT", help=N_("In major units: 12.34."))
@click.option("--cashback", default="0", metavar="AMOUNT", help=N_("Part of the amount."))
@click.option(
    "--currency", metavar="CODE", help=N_("EUR or 978. Default: the terminal configuration's.")
)
@click.option(
    "--type",
    "kind",
    type=click.Choice(["goods", "services", "cash", "cashback", "refund", "inquiry"]),
    default="goods",
    show_default=True,
    help=N_("Transaction type (tag 9C)."),
)
@click.option(
    "--online",
    metavar="RULE",
    default="approve",
    show_default=True,
    help=N_(
        "What the simulated issuer does: approve, decline, decline:51, refer, unreachable, "
        "no-answer, malformed, wrong-arpc."
    ),
)
@click.option(
    "--script",
    default="",
    metavar="SCRIPT",
    help=N_("Issuer script that goes with the answer: counter:71, pin-unblock:72, failing, ..."),
)
@click.option("--host", metavar="HOST:PORT", help=N_("Ask this ISO 8583 host instead."))
@tls_options
@click.option(
    "--referral",
    type=click.Choice(["approve", "decline"]),
    help=N_("What the issuer says when it is called. Default: nobody calls."),
)
@shared_ca_keys
@click.option("--force-online", is_flag=True, help=N_("The merchant asks for an authorisation."))
@click.option(
    "--pin", is_flag=True, help=N_("Ask for the PIN, or take it from the file in EMV_PIN_FILE.")
)
@click.option(
    "--allow-last-pin-try",
    is_flag=True,
    help=N_("VERIFY even with one PIN try left, or where the tries left cannot be read."),
)
@click.option("--aid", metavar="HEX", help=N_("Choose this application."))
@click.option(
    "--confirm/--no-confirm",
    default=True,
    help=N_("Does the cardholder want an application that asks for confirmation? Default: yes."),
)
@reader_options
@safety_options
@config
@unmask
@common_options
def command(
    *,
    amount: str,
    cashback: str,
    currency: str | None,
    kind: str,
    online: str,
    script: str,
    host: str | None,
    referral: str | None,
    ca_keys: str | None,
    force_online: bool,
    pin: bool,
    allow_last_pin_try: bool,
    aid: str | None,
    confirm: bool,
    readers: tuple[str, ...],
    images: tuple[str, ...],
    faults: tuple[str, ...],
    timeout: float,
    allow_state_change: bool,
    own_test_keys: bool,
    config_name: str,
    **tls: Any,  # noqa: ANN401
) -> int:
    """Run one contact transaction and log every step: APDUs, decisions, TVR and TSI.

    The terminal is the harness's own kernel; the issuer is simulated, or reached by --host. Exit
    code 0 when approved, 1 when declined or not completed, 5 when it stopped because a state
    change was not allowed.
    """
    from harness.cli.pin_entry import read_pin
    from harness.cli.transact_job import Order
    from harness.cli.transact_view import run_and_show

    settings = current()
    total, part = decimal_amount(amount, "--amount"), decimal_amount(cashback, "--cashback")
    check_order(config_name, currency, online, total, part)
    files = tls_files(**tls)
    check_ca_keys(ca_keys)
    _check_issuer(script, host, files)
    order = Order(
        amount=total,
        cashback=part,
        currency=currency,
        type=kind,
        online=online,
        pin=read_pin() if pin else "",
        aid=parse_hex(aid, where="--aid") if aid else None,
        force_online=force_online,
        config=config_name,
        own_test_keys=own_test_keys,
        allow_state_change=allow_state_change,
        last_pin_try=allow_last_pin_try,
        clock=settings.clock,
        script=script,
        host=host,
        referral=referral,
        ca_keys=ca_keys,
        tls=files,
        confirm=confirm,
    )
    options = LinkOptions(images, faults, timeout, clock=settings.clock)
    selector, options = selected(readers, options, default=DEFAULT_CARD)
    return run_and_show(settings, order, selector, options)


def decimal_amount(text: str, where: str) -> Decimal:
    """An amount as typed. Raises ConfigError."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ConfigError(
            _("not an amount: {text!r}").format(text=text),
            where=where,
            todo=_("give digits and a point: 12.34"),
        )
    return value


def _check_issuer(script: str, host: str | None, tls: TlsFiles | None) -> None:
    """Say what is wrong with the issuer's options before a card is touched. Raises ConfigError."""
    if script:
        from harness.issuer.scripting import plan

        plan(script)
    if host:
        from harness.issuer.client import parse_address

        parse_address(host)
    if tls is not None:
        from harness.issuer.tls import client_context

        if not host:
            raise ConfigError(
                _("TLS is for a host"), where="--tls", todo=_("give --host HOST:PORT as well")
            )
        client_context(tls)


def check_order(name: str, code: str | None, online: str, *values: Decimal) -> None:
    """Say what is wrong with the configuration, the issuer's rule or an amount before a card is
    touched. Raises ConfigError."""
    from harness.issuer.decision import rule
    from harness.profiles.terminal_config import load_terminal
    from harness.terminal import amounts

    rule(online)
    config = load_terminal(name)
    money = amounts.currency(code) if code else amounts.by_number(config.currency, config.exponent)
    for value in values:
        money.minor(value)
