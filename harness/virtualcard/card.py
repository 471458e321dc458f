"""The way in: a card from an image, with its contacts, its memory and its faults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from harness.profiles.image import CardImage, load_image
from harness.virtualcard.answers import Answer, Engine

if TYPE_CHECKING:
    from harness.core.clock import Clock
    from harness.virtualcard.faults import Faulty
    from harness.virtualcard.statefile import Remembering

__all__ = ["Answer", "Card", "open_card"]

SILENT = Answer(None)


class Card:
    """A card in a slot. What it keeps across resets it keeps as long as this object lives.

    ``commands`` counts every command APDU since the card was inserted; resets do not change it.
    """

    def __init__(self, image: CardImage, engine: Engine, faults: Faulty | None = None) -> None:
        self.image = image
        self.commands = 0
        self._engine = engine
        self._faults = faults
        self._powered = False
        self._silent = False

    def power_on(self) -> bytes:
        """Cold reset: the ATR. Puts a card that was removed back into the slot."""
        self._restart()
        return self.image.atr

    def warm_reset(self) -> bytes:
        """Warm reset: the ATR, which may differ from that of a cold reset."""
        self._restart()
        return self.image.warm_atr

    def power_off(self) -> None:
        """Volatile state is lost; commands are not answered until the next ``power_on``."""
        self._engine.reset()
        self._powered = False

    def process(self, command: bytes) -> Answer:
        """Answer one command APDU. Never raises for what is in it.

        ``response`` None means silence, which lasts until the next reset.
        """
        if not self._powered or self._silent:
            return SILENT
        self.commands += 1
        if self._faults is None:
            answer = self._engine.process(command)
        else:
            answer = self._faults.process(self._engine, self.commands, command)
        if answer.response is None:
            self._silent = True
            self._powered = not answer.removed
        return answer

    def _restart(self) -> None:
        self._engine.reset()
        self._powered = True
        self._silent = False


def open_card(
    image: str | Path | CardImage,
    faults: Sequence[str] = (),
    *,
    seed: int = 0,
    clock: Clock | None = None,
    state: Path | None = None,
) -> Card:
    """A new card from an image (or its id, or its file), with faults such as ``mute@3``.

    ``seed`` fixes its random numbers, and those of its faults. ``clock`` is taken because every
    way to open a card has one; a chip card knows no time, and its delays are told, not waited
    for. ``state`` is the file that keeps what the card remembers; without it the card object does.
    Raises ConfigError for an unknown image, fault or step, or a state file of another card,
    ConfigErrors for an image with mistakes.
    """
    if not isinstance(image, CardImage):
        image = load_image(image)
    faulty = _faulty(faults, seed)
    if faulty is not None:
        image = faulty.personalise(image)
    engine = _engine(image, seed)
    return Card(image, engine if state is None else _kept(engine, image, state), faulty)


def _engine(image: CardImage, seed: int) -> Engine:
    """Only the kind of card that is wanted is imported: a transaction has to start quickly."""
    if image.is_emv:
        from harness.virtualcard.emv_card import EmvCard

        return EmvCard(image, seed)
    if image.kind == "files":
        from harness.virtualcard.files_card import FilesCard

        return FilesCard(image, seed)
    from harness.virtualcard.testcard import TestCard

    return TestCard(image)


def _kept(engine: Engine, image: CardImage, state: Path) -> Engine:
    """The engine with its memory in ``state``; the test card has none to keep."""
    from harness.virtualcard.statefile import Kept, StateFile

    if not hasattr(engine, "snapshot"):
        return engine
    return Kept(cast("Remembering", engine), StateFile(state, image.id))


def _faulty(faults: Sequence[str], seed: int) -> Faulty | None:
    if not faults:
        return None
    from harness.virtualcard.faults import Faulty, parse_fault

    return Faulty([parse_fault(text, seed) for text in faults])
