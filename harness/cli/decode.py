"""``emv-harness decode``: what these bytes mean, offline."""

from __future__ import annotations

import sys

import click

from harness.cli.group import Command
from harness.cli.output import note, print_json, print_lines
from harness.cli.settings import common_options, current, unmask
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode

MAX_INPUT = 10_000_000


@click.command(
    "decode",
    cls=Command,
    example="emv-harness decode 6F1A840E315041592E5359532E4444463031A5088801025F2D02656E",
)
@click.argument("data", nargs=-1, required=True, metavar="HEX | -")
@click.option(
    "--as",
    "kind",
    metavar="KIND",
    help=N_("tlv, atr, sw, dol, command, response, tvr, aip, ..., or a tag. Default: find out."),
)
@click.option("--aid", metavar="HEX", help=N_("The selected application: scopes its own tags."))
@unmask
@common_options
def command(*, data: tuple[str, ...], kind: str | None, aid: str | None) -> int:
    """Decode hex: TLV data, an ATR, a status word, a DOL, an APDU, or the value of a tag.

    "-" reads stdin. Spaces, colons, 0x and line ends are ignored. Exit code 1 when the data
    breaks its coding, 4 when the input is not hex.
    """
    from harness.codec.decode import decode

    settings = current()
    scope = parse_hex(aid, where="--aid") if aid else None
    found = decode(_input(data), kind, aid=scope, mask=not settings.unmask)
    if settings.json:
        print_json(found.to_json())
    else:
        print_lines(found.lines)
        for error in found.errors:
            note(
                _("offset {offset}: {message}").format(
                    offset=error["offset"], message=error["message"]
                )
            )
    return ExitCode.FAILED if found.errors else ExitCode.OK


def _input(data: tuple[str, ...]) -> str:
    if data != ("-",):
        return " ".join(data)
    text = sys.stdin.read(MAX_INPUT + 1)
    if len(text) > MAX_INPUT:
        raise ConfigError(
            _("more than {count} characters of input").format(count=MAX_INPUT),
            where="stdin",
            todo=_("decode a part of it"),
        )
    return text
