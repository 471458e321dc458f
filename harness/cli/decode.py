"""``emv-harness decode``: what these bytes mean, offline."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.output import paint, print_json, print_lines
from harness.cli.settings import common_options, current, unmask
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex
from harness.core.i18n import N_, _
from harness.core.retranslate import said
from harness.core.typeset import colon
from harness.core.verdict import ExitCode

if TYPE_CHECKING:
    from harness.codec.decoded import Decoded

MAX_INPUT = 10_000_000
_TAG_LINE = re.compile(r"(\s*(?:> )?)([0-9A-F]{2,8}) (.*)\Z")
_TURN = re.compile(r"\s*\d{1,5}  [A-Z(]")


@click.command(
    "decode",
    cls=Command,
    example="emv-harness decode 6F1A840E315041592E5359532E4444463031A5088801025F2D02656E",
)
@click.argument("data", nargs=-1, metavar="[HEX | TEXT | FILE | -]")
@click.option(
    "--as",
    "kind",
    metavar="KIND",
    help=N_("tlv, atr, sw, dol, command, response, trace, qr, ..., or a tag. Default: find out."),
)
@click.option("--aid", metavar="HEX", help=N_("The selected application: scopes its own tags."))
@click.option(
    "--kernel",
    type=click.IntRange(1, 8),
    metavar="N",
    help=N_("The contactless kernel (2 to 8): scopes its own tags."),
)
@click.option("--command", "asked", metavar="HEX", help=N_("The command that a response answers."))
@click.option("--explain", metavar="TAG", help=N_("The dictionary entry of a tag, with its bits."))
@click.option(
    "--tags",
    "word",
    is_flag=False,
    flag_value="",
    metavar="[WORD]",
    help=N_("Tags with WORD in their name; without a word, all."),
)
@unmask
@common_options
def command(
    *,
    data: tuple[str, ...],
    kind: str | None,
    aid: str | None,
    kernel: int | None,
    asked: str | None,
    explain: str | None,
    word: str | None,
) -> int:
    """Decode what a bench meets: TLV data, ATRs, status words, APDUs, DOLs, whole pasted logs,
    QR codes, payer codes, PC/SC error codes, field 55, or the value of a tag.

    "-" reads stdin, a file name reads that file. Spaces, colons, 0x and line ends in hex are
    ignored. Exit code 1 when the data breaks its coding, 4 when the input is nothing known.
    """
    if explain is not None or word is not None:
        return _dictionary(explain, word)
    if not data:
        raise ConfigError(
            _("nothing to decode"), todo=_("give hex digits, a file, or - to read stdin")
        )
    from harness.codec.decode import decode
    from harness.codec.decoded import Context

    settings = current()
    context = Context(
        aid=parse_hex(aid, where="--aid") if aid else None,
        kernel=kernel,
        command=parse_hex(asked, where="--command") if asked else b"",
    )
    found = decode(_input(data), kind, mask=not settings.unmask, context=context)
    if settings.json:
        print_json(found.to_json())
    else:
        _print(found)
    return ExitCode.FAILED if found.errors else ExitCode.OK


def _print(found: Decoded) -> None:
    """The tree, then the coding faults, then what else the input could be."""
    print_lines(_coloured(line) for line in found.lines)
    for error in found.errors:
        place = _("offset {offset}").format(offset=error["offset"])
        if error.get("path"):
            place += _(", in {path}").format(path=error["path"])
        if "exchange" in error:
            place = _("exchange {number}").format(number=error["exchange"]) + ", " + place
        print_lines([paint(f"{place}{colon()}{said(error['message'])}", "red")])
    for other in found.also:
        text = _("could also be {kind} (--as {kind}): {why}")
        print_lines([paint(text.format(kind=other["kind"], why=other["why"]), "dim")])


def _coloured(line: str) -> str:
    """A little colour where it is welcome: tags bold, notes yellow, masked values magenta."""
    if _TURN.match(line):
        return paint(line, "bold")
    match = _TAG_LINE.match(line)
    if match is not None:
        return match.group(1) + paint(match.group(2), "bold") + " " + match.group(3)
    if line.lstrip().startswith(_("note: ").strip()):
        return paint(line, "yellow")
    return paint(line, "magenta") if "***" in line else line


def _dictionary(tag: str | None, word: str | None) -> int:
    """``--explain`` and ``--tags``."""
    from harness.codec import explain

    if tag is not None:
        found = explain.explain(tag)
        lines = explain.explain_lines(found)
    else:
        found = explain.search(word or "")
        lines = explain.search_lines(found)
    if current().json:
        print_json(found)
    else:
        print_lines(_coloured(line) for line in lines)
    return ExitCode.OK


def _input(data: tuple[str, ...]) -> str | bytes:
    """The arguments as text; stdin for ``-``; a file where one argument names one that exists and
    is no hex."""
    if data == ("-",):
        stream = getattr(sys.stdin, "buffer", None)
        raw = stream.read(MAX_INPUT + 1) if stream else sys.stdin.read(MAX_INPUT + 1).encode()
        return _text_or_bytes(raw, "stdin")
    text = " ".join(data)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        # The shell's bytes were no UTF-8: they are taken as what they are.
        return text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace")
    if len(data) == 1 and not re.fullmatch(r"[0-9A-Fa-f\s]*", text) and len(text) < 4096:
        path = Path(text)
        try:
            if path.is_file():
                with path.open("rb") as file:
                    return _text_or_bytes(file.read(MAX_INPUT + 1), text)
        except (OSError, ValueError):
            return text  # not a name that this system can have: it is text
    return text


def _escaped(text: str) -> bool:
    """Are all surrogates in ``text`` bytes that Python could not decode (PEP 383)?"""
    return all("\udc80" <= char <= "\udcff" for char in text if "\ud800" <= char <= "\udfff")


def _text_or_bytes(raw: bytes, where: str) -> str | bytes:
    if len(raw) > MAX_INPUT:
        raise ConfigError(
            _("more than {count} bytes of input").format(count=MAX_INPUT),
            where=where,
            todo=_("decode a part of it"),
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw
    return text if all(char.isprintable() or char in "\t\r\n" for char in text) else raw
