"""Track 2 of a stripe and the number on a card's face, typed or scanned in: prompted for, never an
option's value."""

from __future__ import annotations

import re
import sys

import click

from harness.cli.options import is_virtual_selector
from harness.codec.track2 import Track2, parse_track2
from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import _


def require_one_card(batch: object, readers: tuple[str, ...], images: tuple[str, ...]) -> None:
    """What is typed in is of one card: raises ConfigError where several may be judged."""
    virtual = not readers or any(is_virtual_selector(name) for name in readers)
    named = len(images) == 1 or any(" " in name for name in readers if is_virtual_selector(name))
    if batch is not None or len(readers) > 1 or (virtual and not named):
        raise ConfigError(
            _("what is typed in belongs to one card, and several would be judged"),
            where="--track2, --embossed",
            todo=_("name one card: --card IMAGE, or one reader; leave --batch out"),
        )


def read_embossed() -> tuple[str, str]:
    """The number on the card's face and, where it is typed behind it, the expiry as YYMM.

    Raises ConfigError, which never quotes what was entered.
    """
    if sys.stdin.isatty():
        prompt = _("number on the card, and MM/YY behind it if you like (it is not shown)")
        text = click.prompt(prompt, hide_input=True, err=True)
    else:
        text = sys.stdin.readline()
    return embossed_of(text)


def embossed_of(text: str) -> tuple[str, str]:
    """Number and expiry in ``text``. Raises ConfigError."""
    found = re.fullmatch(r"\s*(\d(?:[ -]?\d){7,18})(?:[ ,;]+(\d\d)\s*/\s*(?:20)?(\d\d))?\s*", text)
    if found is None or (found[2] and not 1 <= int(found[2]) <= 12):
        raise ConfigError(
            _("this is no number of a card"),
            where="--embossed",
            todo=_("type its 8 to 19 digits, and MM/YY behind them where you want it compared"),
        )
    return re.sub(r"\D", "", found[1]), f"{found[3]}{found[2]}" if found[2] else ""


def read_stripe() -> Track2:
    """Track 2 as a stripe reader types it (``;PAN=YYMM...?``, sentinels may be left out).

    Raises ConfigError, which never quotes what was entered.
    """
    if sys.stdin.isatty():
        text = click.prompt(_("track 2 of the stripe (it is not shown)"), hide_input=True, err=True)
    else:
        text = sys.stdin.readline()
    return stripe_of(text)


def stripe_of(text: str) -> Track2:
    """The track in ``text``. Raises ConfigError."""
    digits = text.strip().partition("?")[0].lstrip(";").replace("=", "D").replace(" ", "").upper()
    try:
        return parse_track2(bytes.fromhex(digits + "F" * (len(digits) % 2)))
    except (CodecError, ValueError) as error:
        raise ConfigError(
            _("this is no track 2"),
            where="--track2",
            todo=_("scan or type it as ;PAN=YYMM and service code, to the end sentinel ?"),
        ) from error
