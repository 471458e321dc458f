"""``emv-harness card serve``: a virtual card in the local pcscd, seen by every PC/SC program."""

from __future__ import annotations

from pathlib import Path

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
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=N_("Where the card keeps its counters. Default: a file an image in ~/.local/state."),
)
@click.option("--ephemeral", is_flag=True, help=N_("Keep the counters in memory: a new card."))
@common_options
def command(
    *,
    image: str,
    port: int | None,
    faults: tuple[str, ...],
    reinsert_after: float | None,
    seed: int,
    state: Path | None,
    ephemeral: bool,
) -> int:
    """Plug a virtual card into the local pcscd, on loopback, until Ctrl-C.

    Needs pcscd with the vpcd driver (Debian and Ubuntu: vsmartcard-vpcd). The card is then in the
    reader "Virtual PCD" for every PC/SC program of this machine. What it remembers outlives it.
    """
    from harness.link.vpcd_server import default_port, serve
    from harness.profiles.image import load_image
    from harness.virtualcard.card import open_card
    from harness.virtualcard.statefile import default_path

    if state is not None and ephemeral:
        raise click.UsageError(_("--state and --ephemeral exclude each other"))
    settings = current()
    loaded = load_image(image)
    kept = None if ephemeral else state or default_path(loaded.id)
    card = open_card(loaded, faults=faults, seed=seed, clock=settings.clock, state=kept)
    chosen = port or default_port()
    if not settings.json:
        note(_("serving {image} on 127.0.0.1:{port}").format(image=image, port=chosen))
        if kept is not None:
            note(_("the card's memory: {path}").format(path=kept))
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
