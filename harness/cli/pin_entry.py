"""Where a PIN may come from: a prompt, or the file that ``EMV_PIN_FILE`` names. Never an option."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from harness.core.errors import ConfigError
from harness.core.i18n import _

VARIABLE = "EMV_PIN_FILE"


def read_pin() -> str:
    """4 to 12 digits. Raises ConfigError, which never quotes what was entered."""
    name = os.environ.get(VARIABLE)
    if name:
        try:
            text = Path(name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(_("cannot read the PIN file"), where=f"{VARIABLE}={name}") from error
        where = VARIABLE
    else:
        where = "--pin"
        if sys.stdin.isatty():
            text = click.prompt(_("PIN (it is not shown)"), hide_input=True, err=True)
        else:
            text = sys.stdin.readline()
        text = text.strip()
    if not (text.isascii() and text.isdigit() and 4 <= len(text) <= 12):
        raise ConfigError(
            _("a PIN has 4 to 12 digits"), where=where, todo=_("enter the test card's PIN")
        )
    return text
