"""Track 2 of a magnetic stripe, typed or scanned in: prompted for, never an option's value."""

from __future__ import annotations

import sys

import click

from harness.codec.track2 import Track2, parse_track2
from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import _


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
