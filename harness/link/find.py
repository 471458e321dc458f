"""From what the user typed after ``--reader`` to readers."""

from __future__ import annotations

from dataclasses import replace

from harness.core.errors import ConfigError, LinkError, NoReader
from harness.core.i18n import N_, _
from harness.core.registry import Registry
from harness.link.api import LinkOptions, Provider, Reader

LINKS: Registry[Provider] = Registry(
    N_("way to reach a card"),
    "harness.links",
    {
        "virtual": "harness.link.virtual:provider",
        "vpcd": "harness.link.vpcd_reader:provider",
        "pcsc": "harness.link.pcsc_reader:provider",
        "replay": "harness.link.replay:provider",
    },
)
"""Providers by name. More come by entry point, group ``harness.links``."""

_BY_KIND = ("virtual", "vpcd")


def find_readers(selector: str, options: LinkOptions) -> list[Reader]:
    """Readers that ``selector`` means.

    ``virtual`` or ``vpcd`` alone: one reader an image; followed by an image id (as in the
    readers' own names): that one. ``KIND:TEXT``: what the link called KIND finds for TEXT.
    Anything else: the PC/SC readers whose name contains it; an exact name wins, and of several the
    only one with a card. Raises NoReader with the readers there are, ConfigError when the choice
    is open, or what the link raises (ServiceDown, ...).
    """
    kind, _sep, rest = selector.partition(" ")
    if kind in _BY_KIND:
        return _by_image(kind, rest.strip(), options)
    kind, colon, text = selector.partition(":")
    if colon and kind.isidentifier() and kind.islower() and kind in LINKS.names():
        return LINKS.get(kind)(options, text)
    return [_one_pcsc(selector, options)]


def all_readers(options: LinkOptions) -> tuple[list[Reader], list[LinkError | ConfigError]]:
    """Every virtual and PC/SC reader, and why a way to reach cards could not be asked."""
    readers: list[Reader] = []
    problems: list[LinkError | ConfigError] = []
    for name in ("pcsc", "virtual"):
        try:
            readers += LINKS.get(name)(options, "")
        except (LinkError, ConfigError) as error:
            problems.append(error)
    return readers, problems


def _by_image(kind: str, image: str, options: LinkOptions) -> list[Reader]:
    if not image:
        return LINKS.get(kind)(options, "")
    return LINKS.get(kind)(replace(options, images=(image,)), "")


def _one_pcsc(selector: str, options: LinkOptions) -> Reader:
    provider = LINKS.get("pcsc")
    found = provider(options, selector)
    exact = [reader for reader in found if reader.name == selector]
    if exact:
        return exact[0]
    if not found:
        raise _none(selector, provider(options, ""))
    if len(found) == 1:
        return found[0]
    holding = [reader for reader in found if _has_card(reader)]
    if len(holding) == 1:
        return holding[0]
    raise ConfigError(
        _("{count} readers match {selector!r}, {cards} of them with a card").format(
            count=len(found), selector=selector, cards=len(holding)
        ),
        where="--reader",
        todo=_("put the card into one of them, or give more of the name: {names}").format(
            names="; ".join(reader.name for reader in found)
        ),
    )


def _has_card(reader: Reader) -> bool:
    try:
        return reader.card_present()
    except LinkError:
        return False


def _none(selector: str, readers: list[Reader]) -> NoReader:
    names = "; ".join(reader.name for reader in readers)
    return NoReader(
        _("no reader matches {selector!r}").format(selector=selector),
        where="--reader",
        todo=_("the readers there are: {names}").format(names=names)
        if names
        else _(
            "PC/SC lists no reader at all: plug one in, or look at `emv-harness doctor`; "
            "`--reader virtual` needs no hardware"
        ),
    )
