"""Commands that are imported when they run, and help that begins with an example."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from harness.cli.click_words import DEFAULT, OPTIONS, USAGE
from harness.core.i18n import _, language
from harness.core.suggest import nearest
from harness.core.typeset import cell_width, colon, pad
from harness.report.layout import wrap


class _ExampleFirst(click.Command):
    """Help in the language in force, with one example on top that works without hardware."""

    example: str = ""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:  # noqa: ANN401
        """A context in which ``-h`` is ``--help``."""
        kwargs.setdefault("help_option_names", ["-h", "--help"])
        return super().make_context(*args, **kwargs)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Example, then what click writes."""
        if self.example:
            formatter.write(_("Example:") + f"  {self.example}\n\n")
        super().format_help(ctx, formatter)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click, in the language in force."""
        pieces = self.collect_usage_pieces(ctx)
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=_(USAGE))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The translated help text."""
        if language() == "en":
            super().format_help_text(ctx, formatter)
            return
        for text in filter(None, _(_unfold(self.help or "")).split("\n\n")):
            formatter.write_paragraph()
            formatter.write("".join(f"  {line}\n" for line in wrap(text, formatter.width - 2)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, their texts translated."""
        rows = []
        for option in self.get_params(ctx):
            if not isinstance(option, click.Option):
                continue
            english, option.help = option.help, _(option.help) if option.help else None
            try:
                row = option.get_help_record(ctx)
            finally:
                option.help = english
            if row:
                rows.append((row[0], _DEFAULT.sub(_default, row[1])))
        _list(formatter, _(OPTIONS), rows)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)


_DEFAULT = re.compile(r"\bdefault: ([^;\]]*)(?=[;\]])")
"""What click writes behind the text of an option."""


def _default(found: re.Match[str]) -> str:
    return _(DEFAULT).format(value=found[1])


def _list(formatter: click.HelpFormatter, title: str, rows: list[tuple[str, str]]) -> None:
    """Names and what they mean, in two columns; click counts characters, not their columns."""
    if not rows:
        return
    if language() == "en":
        with formatter.section(title):
            formatter.write_dl(rows)
        return
    formatter.write_paragraph()
    formatter.write(f"{title}{colon()}".rstrip() + "\n")
    at = min(max(cell_width(name) for name, _text in rows), 30) + 4
    for name, text in rows:
        head = pad(f"  {name}", at)
        head = head if head.endswith("  ") else f"{head}\n{' ' * at}"
        lines = wrap(text, formatter.width - at)
        formatter.write(head + f"\n{' ' * at}".join(lines) + "\n")


def _unfold(text: str) -> str:
    """Paragraphs as single lines, which is how the catalogue keeps them."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return "\n\n".join(part for part in paragraphs if part)


class Command(_ExampleFirst):
    """A leaf command; ``example`` is the first line of its help."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.example = example


class LazyGroup(_ExampleFirst, click.Group):
    """A group that knows its commands by ``"module:attribute"`` and a short text.

    The module is imported only when its command runs or its own help is asked for.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        commands_by_name: Mapping[str, tuple[str, str]],
        example: str = "",
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        self.commands_by_name = dict(commands_by_name)
        self.example = example

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the README, not of the alphabet."""
        return list(self.commands_by_name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command called ``cmd_name``; None when there is none."""
        if cmd_name not in self.commands_by_name:
            return None
        module, _colon, attribute = self.commands_by_name[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, with the nearest name in the message."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.commands_by_name:
            near = nearest(name, self.commands_by_name, 1)
            hint = _("did you mean {name}?").format(name=near[0]) if near else ""
            known = ", ".join(self.commands_by_name)
            raise click.UsageError(
                _("no command {name!r}; there are: {known}").format(name=name, known=known)
                + (f"; {hint}" if hint else ""),
                ctx,
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the short texts: nothing is imported for it."""
        rows = [(name, _(text)) for name, (_where, text) in self.commands_by_name.items()]
        _list(formatter, _("Commands"), rows)
