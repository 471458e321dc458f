"""``emv-harness card serve``: a virtual card in the local pcscd, seen by every PC/SC program."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json
from harness.cli.settings import common_options, current
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode


@click.command("serve", cls=Command, example="emv-harness card serve visa-credit")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "--slot",
    type=click.Choice(["1", "2", "both"]),
    default="1",
    show_default=True,
    help=N_("vpcd's slot; both: the first card in the first, the second in the second."),
)
@click.option(
    "--port",
    type=click.IntRange(1, 65534),
    help=N_("TCP port of the vpcd driver's first slot. Default: EMV_VPCD_PORT, or 35963."),
)
@click.option(
    "--fault",
    "faults",
    metavar="NAME[@STEP]",
    multiple=True,
    help=N_("Misbehaviour of the card: mute, slow, removed, ...; `card faults` lists all."),
)
@click.option(
    "--insert-after",
    type=click.FloatRange(0.0, 3600.0),
    metavar="SECONDS",
    help=N_("Begin with an empty slot, and put the card in after so long."),
)
@click.option(
    "--reinsert-after",
    type=click.FloatRange(0.0, 3600.0),
    metavar="SECONDS",
    help=N_("Put a card that was removed back after so long. Default: when told to."),
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
    images: tuple[str, ...],
    slot: str,
    port: int | None,
    faults: tuple[str, ...],
    insert_after: float | None,
    reinsert_after: float | None,
    seed: int,
    state: Path | None,
    ephemeral: bool,
) -> int:
    """Plug a virtual card into the local pcscd, on loopback, until Ctrl-C.

    Needs pcscd with the vpcd driver (Debian and Ubuntu: vsmartcard-vpcd). The card is then in the
    reader "Virtual PCD" for every PC/SC program of this machine. What it remembers outlives it.

    Several cards take turns: the key n, or `card control next` from another shell, changes them;
    i and r (`card control insert` and `remove`) put the card in and take it out.
    """
    from harness.cli.serve_cards import ServeOrder, hint, open_decks, serve_decks
    from harness.link.vpcd_server import default_port

    if state is not None and ephemeral:
        raise click.UsageError(_("--state and --ephemeral exclude each other"))
    settings = current()
    order = ServeOrder(faults, seed, settings.clock, state, ephemeral, insert_after, reinsert_after)
    first = port or default_port()
    decks = open_decks(_by_slot(images, slot), order)
    ports = [first, first + 1] if slot == "both" else [first + int(slot) - 1]
    if not settings.json:
        for deck, number in zip(decks, ports, strict=True):
            served = ", ".join(deck.ids)
            note(_("serving {image} on 127.0.0.1:{port}").format(image=served, port=number))
            for kept in deck.memories:
                note(_("the card's memory: {path}").format(path=kept))
        if faults:
            note(_("faults: {faults}").format(faults=", ".join(faults)))
        if hint():
            note(hint())

    def tell(number: int, event: str, text: str, card: str) -> None:
        if settings.json:
            print_json({"schema": SCHEMA, "kind": "served", "event": event, "text": text,
                        "card": card, "port": number})  # fmt: skip
        elif event == "ready":
            note(_("{text}; Ctrl-C takes it out").format(text=f"{card}: {text}"))
        else:
            note(f"{card}: {text}")

    serve_decks(decks, ports, order, tell)
    if not settings.json:
        note(_("card taken out"))
    return ExitCode.OK


def _by_slot(images: tuple[str, ...], slot: str) -> list[tuple[str, ...]]:
    if slot != "both":
        return [images]
    if len(images) < 2:
        raise ConfigError(
            _("two slots need two cards"),
            where="--slot both",
            todo=_("name one for each, and then those that follow in the second"),
        )
    return [images[:1], images[1:]]
