"""``emv-harness card serve``: a virtual card in the local pcscd, seen by every PC/SC program."""

from __future__ import annotations

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode


@click.command("serve", cls=Command, example="emv-harness card serve visa-credit")
@click.argument("image")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help=N_("TCP port of the vpcd driver. Default: EMV_VPCD_PORT, or 35963, its first slot."),
)
@click.option(
    "--fault",
    "faults",
    metavar="NAME[@STEP]",
    multiple=True,
    help=N_("Misbehaviour of the card: mute, slow, truncated, wrong-sw, removed."),
)
@click.option(
    "--reinsert-after",
    type=click.FloatRange(0.0, 3600.0),
    metavar="SECONDS",
    help=N_("Put a card that was removed back after so long. Default: only on SIGUSR1."),
)
@click.option("--seed", type=int, default=0, help=N_("Seed of the card's random numbers."))
@common_options
def command(
    *,
    image: str,
    port: int | None,
    faults: tuple[str, ...],
    reinsert_after: float | None,
    seed: int,
) -> int:
    """Plug a virtual card into the local pcscd, on loopback, until Ctrl-C.

    Needs pcscd with the vpcd driver (Debian and Ubuntu: vsmartcard-vpcd). The card is then in the
    reader "Virtual PCD" for every PC/SC program of this machine.
    """
    from harness.link.vpcd_server import default_port, serve
    from harness.virtualcard.card import open_card

    settings = current()
    card = open_card(image, faults=faults, seed=seed, clock=settings.clock)
    chosen = port or default_port()
    if not settings.json:
        note(_("serving {image} on 127.0.0.1:{port}").format(image=image, port=chosen))
        if faults:
            note(_("faults: {faults}").format(faults=", ".join(faults)))

    def tell(event: str, text: str) -> None:
        if settings.json:
            print_json({"schema": SCHEMA, "kind": "served", "event": event, "text": text})
        elif event == "ready":
            note(_("{text}; Ctrl-C takes it out").format(text=text))
        else:
            note(text)

    serve(card, chosen, on_event=tell, reinsert_after=reinsert_after)
    if not settings.json:
        note(_("card taken out"))
    return ExitCode.OK
