"""The cards that ``card serve`` puts into a slot, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path

from harness.cli.serve_keys import keys, usable
from harness.core.clock import Clock
from harness.core.errors import ConfigError, HarnessError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.link.cardport import CardPort
from harness.link.serve_control import ServeControl
from harness.link.serve_desk import ServeDesk
from harness.link.vpcd_server import serve


@dataclass(frozen=True, slots=True)
class ServeOrder:
    """How cards are served; ``state`` None with ``ephemeral`` off: a file an image."""

    faults: tuple[str, ...]
    seed: int
    clock: Clock
    state: Path | None
    ephemeral: bool
    insert_after: float | None
    reinsert_after: float | None


Tell = Callable[[int, str, str, str], None]
"""``tell(port, event, text, card)``."""


@dataclass(slots=True)
class Deck:
    """Cards in turn, the last followed by the first. ``memories`` are their state files."""

    ids: list[str] = field(default_factory=list)
    cards: list[CardPort] = field(default_factory=list)
    memories: list[Path] = field(default_factory=list)
    place: int = 0

    @property
    def id(self) -> str:
        """Id of the card whose turn it is."""
        return self.ids[self.place]

    def following(self) -> CardPort:
        """The next card; it is its turn then."""
        self.place = (self.place + 1) % len(self.cards)
        return self.cards[self.place]


def open_decks(images: Sequence[Sequence[str]], order: ServeOrder) -> list[Deck]:
    """The cards of each slot, personalised. Raises ConfigError: an unknown image, and two cards
    that would share one state file."""
    from harness.profiles.image import load_image
    from harness.virtualcard.card import open_card
    from harness.virtualcard.statefile import default_path

    count = sum(len(names) for names in images)
    if order.state is not None and count > 1:
        raise ConfigError(
            _("one state file is for one card"),
            where="--state",
            todo=_("leave it out: each card then has a file of its own"),
        )
    used: set[Path] = set()
    decks = []
    for names in images:
        deck = Deck()
        for name in names:
            image = load_image(name)
            kept = None if order.ephemeral else order.state or default_path(image.id)
            if kept in used:
                raise ConfigError(
                    _("{image} is named twice, and both would remember in one file").format(
                        image=image.id
                    ),
                    todo=_("--ephemeral makes them two cards"),
                )
            if kept is not None:
                used.add(kept)
                deck.memories.append(kept)
            deck.ids.append(image.id)
            deck.cards.append(
                open_card(
                    image, faults=order.faults, seed=order.seed, clock=order.clock, state=kept
                )
            )
        decks.append(deck)
    return decks


def serve_decks(decks: Sequence[Deck], ports: Sequence[int], order: ServeOrder, tell: Tell) -> None:
    """Serve a deck on each port until Ctrl-C, a key, or an order. Raises what ``serve`` raises."""
    controls = [ServeControl() for _deck in decks]
    failed: list[HarnessError] = []

    def one(number: int) -> None:
        try:
            _serve_one(decks[number], ports[number], controls[number], order, tell)
        except HarnessError as error:
            failed.append(error)
        finally:
            # One slot that ends takes the other with it.
            for control in controls:
                control.stop()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(1, len(decks))]
    for thread in threads:
        thread.start()
    with keys(_actions(controls)):
        one(0)
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def _serve_one(deck: Deck, port: int, control: ServeControl, order: ServeOrder, tell: Tell) -> None:
    desk = ServeDesk(port, control, deck.id)

    def event(name: str, text: str) -> None:
        desk.card = deck.id
        desk.tell(name)
        tell(port, name, text, deck.id)

    desk.open()
    try:
        serve(
            deck.cards[0],
            port,
            on_event=event,
            control=control,
            reinsert_after=order.reinsert_after,
            insert_after=order.insert_after,
            following=deck.following,
        )
    finally:
        desk.close()


def _actions(controls: Sequence[ServeControl]) -> dict[str, Callable[[], None]]:
    """Keys act on the first slot; q on all. `card control --slot 2` reaches the other."""
    first = controls[0]
    return {"i": first.reinsert, "r": first.remove, "n": first.next, "q": first.stop}


def hint() -> str:
    """What the keys do, where there are keys."""
    if not usable():
        return ""
    return _("keys: i insert, r remove, n next card, q quit")
