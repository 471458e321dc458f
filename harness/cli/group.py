"""Commands that are imported when they run, and help that begins with an example."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from harness.core.i18n import _


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

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The translated help text."""
        english, self.help = self.help, _(_unfold(self.help or ""))
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = english

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, their texts translated."""
        english = [
            (option, option.help) for option in self.params if isinstance(option, click.Option)
        ]
        for option, text in english:
            option.help = _(text) if text else text
        try:
            super().format_options(ctx, formatter)
        finally:
            for option, text in english:
                option.help = text


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
            near = difflib.get_close_matches(name, self.commands_by_name, n=1)
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
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)
