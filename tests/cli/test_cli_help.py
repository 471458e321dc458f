"""Help of every command: one example first, in both languages; nothing heavy is imported."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from harness.cli.group import Command, LazyGroup
from harness.cli.main import cli


def all_commands(group: click.Group = cli, path: tuple[str, ...] = ()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))


COMMANDS = dict(all_commands())


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_starts_with_an_example(path, emv):
    ran = emv(*path, "--help")
    assert ran.code == 0
    assert ran.out.splitlines()[0].startswith("Example:  emv-harness ")
    assert max(len(line) for line in ran.out.splitlines()) <= 100


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_in_chinese(path, emv):
    ran = emv(*path, "--help", "--lang", "zh")
    assert ran.code == 0
    assert ran.out.splitlines()[0].startswith("示例")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_every_leaf_has_json_and_language(path):
    command = COMMANDS[path]
    options = {name for param in command.params for name in param.opts}
    assert "--lang" in options
    if not isinstance(command, click.Group):
        assert isinstance(command, Command)
        assert {"--json", "--verbose", "--clock"} <= options
    else:
        assert isinstance(command, LazyGroup)


def test_help_names_of_the_design_are_there():
    wanted = "readers run reader.check card.check coverage transact apdu decode doctor"
    wanted += " card.list card.show card.validate card.serve"
    assert {tuple(name.split(".")) for name in wanted.split()} <= set(COMMANDS)


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from harness.cli.main import main; main(['--help']); "
        "print([m for m in ('rich','pydantic','jinja2','pyemv','gmpy2','smartcard',"
        "'importlib.metadata','cryptography') if m in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"
