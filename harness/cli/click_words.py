"""What click says itself: its English messages as templates of the catalogue, so that they can be
said in the language in force (``harness.core.retranslate``)."""

from __future__ import annotations

from harness.core.i18n import N_

USAGE = N_("Usage: ")
OPTIONS = N_("Options")
HELP = (N_("Show this message and exit."), N_("Show the version and exit."))
DEFAULT = N_("default: {value}")

MESSAGES = (
    N_("Missing option {option}."),
    N_("Missing argument {argument}."),
    N_("Missing command."),
    N_("No such option {option}."),
    N_("No such option {option}. Did you mean {other}?"),
    N_("No such option {option}. (Did you mean one of: {others}?)"),
    N_("Got unexpected extra argument ({arguments})"),
    N_("Got unexpected extra arguments ({arguments})"),
    N_("Option {option} requires an argument."),
    N_("Option {option} does not take a value."),
    N_("Invalid value: {why}"),
    N_("Invalid value for {option}: {why}"),
    N_("{value} is not one of {choices}."),
    N_("{value} is not a valid integer."),
    N_("{value} is not a valid float."),
    N_("{value} is not a valid integer range."),
    N_("{value} is not a valid float range."),
    N_("{value} is not in the range {range}."),
    N_("File {name} does not exist."),
    N_("File {name} is a directory."),
    N_("Directory {name} does not exist."),
    N_("Directory {name} is a file."),
    N_("Path {name} does not exist."),
)
