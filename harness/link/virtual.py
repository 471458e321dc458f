"""A virtual card in the same process: the reader and its link."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.core.clock import Clock
from harness.core.errors import (
    CardMute,
    CardRemoved,
    LinkError,
    LinkTimeout,
    SharingViolation,
)
from harness.core.i18n import N_, _
from harness.link.api import LinkOptions, ResetKind
from harness.link.cardport import CardPort, OtherCard, WrongWayCard, offered_protocol

if TYPE_CHECKING:
    from harness.link.api import Reader
    from harness.link.virtual_service import VirtualService
    from harness.profiles.image import CardImage

OpenCard = Callable[[], CardPort]


class VirtualReader:
    """One slot with one virtual card.

    The card is personalised at the first ``connect`` and lives as long as the reader: counters go
    on from link to link. A card that was removed (the fault ``removed``) is absent until
    ``reinsert`` or the next ``connect``, which both put the same card back.
    """

    kind = "virtual"

    def __init__(self, image: str, options: LinkOptions, *, opener: OpenCard | None = None) -> None:
        self.name = f"virtual {image}"
        self._image = image
        self._options = options
        self._opener = opener or self._open_image
        self._card: CardPort | None = None
        self._inserted: CardPort | None = None
        self._link: VirtualLink | None = None
        self._absent = False
        self._service: VirtualService | None = None
        self.events = 1
        self.clock = options.clock
        self.deadline_s = options.deadline_s

    def service(self) -> VirtualService:
        """A resource manager in this process over the same slot; it counts card events."""
        if self._service is None:
            from harness.link.virtual_service import VirtualService

            self._service = VirtualService(self)
        return self._service

    def card(self) -> CardPort:
        """The card in the slot; the reader's own is personalised when it is first asked for."""
        return self._inserted or self._own_card()

    def _own_card(self) -> CardPort:
        if self._card is None:
            self._card = self._opener()
        return self._card

    def in_use(self) -> bool:
        """Is a link open?"""
        return self._link is not None and not self._link.dead

    def second(self) -> VirtualReader:
        """Another slot with a card of the same image."""
        other = VirtualReader(self._image, self._options)
        other.name = f"{self.name}, slot 2"
        return other

    def pull(self) -> None:
        """Take the card out, without waiting for anybody to notice."""
        self.remove()

    def put_back(self) -> None:
        """Put it back, without waiting; one that is in its place comes out first."""
        if self._inserted is not None:
            self.remove()
        self.reinsert()

    def swap(self) -> None:
        """Take the card out and put another one in at once: the same under another ATR."""
        self._insert(OtherCard(self._own_card()))

    def turn_round(self) -> None:
        """Take the card out and put it in the wrong way round: it gives no ATR."""
        self._insert(WrongWayCard(self._own_card()))

    def _insert(self, card: CardPort) -> None:
        self.remove()
        self.reinsert()
        self._inserted = card

    def _open_image(self) -> CardPort:
        from harness.virtualcard.card import open_card

        options = self._options
        return open_card(self._image, faults=options.faults, seed=options.seed, clock=options.clock)

    @property
    def image(self) -> str:
        """Id of the card image."""
        return self._image

    def card_present(self) -> bool:
        """False only between a removal and the next ``connect`` or ``reinsert``."""
        return not self._absent

    def remove(self) -> None:
        """Pull the card: the open link, if any, fails from now on with CardRemoved."""
        if not self._absent:
            self.events += 1
        self._absent = True
        self._inserted = None
        if self._card is not None:
            self._card.power_off()

    def reinsert(self) -> None:
        """Put the card back. Links that were open when it left stay dead."""
        if self._absent:
            self.events += 1
        self._absent = False

    def connect(self) -> VirtualLink:
        """Power the card. Raises SharingViolation while another link is open, CardMute without ATR,
        ConfigError for an unknown image or fault."""
        if self.in_use():
            raise SharingViolation(
                _("the card is in use by another link of this process"),
                where=self.name,
                todo=_("close the other link first"),
            )
        self.reinsert()
        if self._service is not None:
            self._service.forget()
        self._link = VirtualLink(self, self.card(), self._options.clock, self._options.deadline_s)
        return self._link

    def facts(self) -> dict[str, str]:
        """Says that this is no hardware, and which faults are set."""
        facts = {"driver": N_("in process"), "image": self._image}
        if self._options.faults:
            facts["faults"] = ", ".join(self._options.faults)
        return facts

    def close(self) -> None:
        """Let the card go."""
        if self._link is not None:
            self._link.close()


class VirtualLink:
    """A link to a card in the same process. Delays and deadlines pass on the options' clock."""

    def __init__(
        self, reader: VirtualReader, card: CardPort, clock: Clock, deadline_s: float
    ) -> None:
        self._reader = reader
        self._card = card
        self._clock = clock
        self._deadline_s = deadline_s
        self._closed = False
        self._removed = False
        self._atr = self._require_atr(card.power_on())
        self._protocol = offered_protocol(self._atr)

    @property
    def dead(self) -> bool:
        """Closed, or its card was pulled."""
        return self._closed or self._removed or not self._reader.card_present()

    @property
    def atr(self) -> bytes:
        """ATR of the last reset."""
        return self._atr

    @property
    def protocol(self) -> str:
        """First protocol that the ATR offers."""
        return self._protocol

    def transmit(self, command: bytes) -> bytes:
        """One command. Raises LinkTimeout at the deadline (a mute or too slow card), CardRemoved,
        LinkError for an answer under two bytes."""
        self._require_card()
        answer = self._card.process(command)
        delay_s = answer.delay_s
        if (answer.response is None and not answer.removed) or delay_s > self._deadline_s:
            self._clock.sleep(self._deadline_s)
            raise timed_out(self._deadline_s, self._reader.name)
        if delay_s > 0:
            self._clock.sleep(delay_s)
        if answer.removed:
            self._removed = True
            self._reader.remove()
            raise removed(self._reader.name)
        response = answer.response
        if response is None or len(response) < 2:
            raise short_answer(response or b"", self._reader.name)
        return response

    def reset(self, kind: ResetKind) -> bytes:
        """Cold: off and on; warm: the reset line. Ends a card's silence. The new ATR."""
        self._require_card()
        if kind is ResetKind.COLD:
            self._card.power_off()
            atr = self._card.power_on()
        else:
            atr = self._card.warm_reset()
        self._atr = self._require_atr(atr)
        self._protocol = offered_protocol(self._atr)
        return self._atr

    def close(self) -> None:
        """Power off. Safe to call twice."""
        if not self._closed:
            self._closed = True
            if not self._removed and self._reader.card_present():
                self._card.power_off()

    def _require_card(self) -> None:
        if self._closed:
            raise LinkError(_("the link is closed"), where=self._reader.name)
        if not self._reader.card_present():
            # A reinserted card needs a new link, as over PC/SC.
            self._removed = True
        if self._removed:
            raise removed(self._reader.name)

    def _require_atr(self, atr: bytes) -> bytes:
        if not atr:
            raise CardMute(
                _("the card gave no answer to reset"),
                where=self._reader.name,
                todo=_("try another card in this reader and this card in another reader"),
            )
        return atr


def timed_out(deadline_s: float, where: str) -> LinkTimeout:
    """The error for a card that did not answer within ``deadline_s`` seconds."""
    return LinkTimeout(
        _("no answer in {ms:,.0f} ms, cause not established").format(ms=deadline_s * 1000),
        deadline_s=deadline_s,
        where=where,
        todo=_("repeat with another card and another reader to tell card from reader"),
    )


def removed(where: str) -> CardRemoved:
    """The error for a card that left in the middle of something."""
    return CardRemoved(
        _("the card was removed"), where=where, todo=_("insert the card again and repeat")
    )


def short_answer(response: bytes, where: str) -> LinkError:
    """The error for an answer too short to hold SW1 SW2 while the card is still there."""
    return LinkError(
        _("the answer has {count} bytes; SW1 SW2 alone are two").format(count=len(response)),
        where=where,
        todo=_("repeat; if it comes back, try another reader: card, reader or driver may cause it"),
    )


def provider(options: LinkOptions, name: str) -> list[Reader]:
    """One reader an image of ``options.images`` (all shipped images when there are none), of those
    whose name contains ``name``."""
    readers = [VirtualReader(image, options) for image in image_ids(options)]
    return [reader for reader in readers if name.lower() in reader.name.lower()]


def image_ids(options: LinkOptions) -> list[str]:
    """The images that the options name, or all that are shipped."""
    if options.images:
        return list(options.images)
    from harness.profiles.image import list_images

    return [image.id for image in list_images()]


def one_of_each_scheme(options: LinkOptions) -> list[str]:
    """The images that the options name, or one a scheme and the test card. Of a scheme with images
    from public text one of each type (credit, debit)."""
    return _one_of_each(options, lambda image: (image.scheme,))


def one_of_each_behaviour(options: LinkOptions) -> list[str]:
    """As ``one_of_each_scheme``, but cards that only differ in name and number stand for each
    other: through a service every card takes a second, and the way there is the same."""
    return _one_of_each(options, lambda image: (*image.authentication, *image.cvn))


def _one_of_each(options: LinkOptions, kind: Callable[[CardImage], tuple[str, ...]]) -> list[str]:
    if options.images:
        return list(options.images)
    from harness.profiles.image import list_images

    images = list_images()
    public = {image.scheme for image in images if image.basis == "public"}
    chosen: dict[tuple[str, ...], tuple[bool, bool, str]] = {}
    for image in images:
        if image.is_emv:
            passed_over = image.scheme in public and image.basis != "public"
            if passed_over or image.expect != "completes":
                continue
            key = (image.scheme, image.type) if image.scheme in public else kind(image)
        elif image.kind == "testcard":
            key = (image.kind,)
        else:
            continue
        rank = (image.basis != "public", image.legacy, image.id)
        chosen[key] = min(chosen.get(key, rank), rank)
    return [name for _basis, _legacy, name in chosen.values()]
