"""What the ``validate`` commands have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.cli.boundary import tell_error
from harness.cli.output import SCHEMA, print_json
from harness.cli.settings import current
from harness.core.errors import ConfigError, ConfigErrors
from harness.core.i18n import _
from harness.core.verdict import ExitCode


def report_validity(names: Iterable[str], load: Callable[[str], str], kind: str) -> int:
    """Load each file and say what is wrong with it; exit code 4 when any has a mistake.

    ``load`` returns the id and raises ConfigError; ``kind`` is shown, translated.
    """
    rows = []
    for name in names:
        problems: list[tuple[str, str]] = []
        identity = ""
        try:
            identity = load(name)
        except ConfigErrors as error:
            problems = error.problems
            _tell(error)
        except ConfigError as error:
            problems = [("", error.what)]
            _tell(error)
        rows.append((name, identity, problems))
        if not problems and not current().json:
            print(_("{name}: a well-formed {kind}").format(name=name, kind=_(kind)))  # noqa: T201
    if current().json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "validation",
                "files": [
                    {
                        "name": name,
                        "id": identity,
                        "problems": [{"key": key, "message": text} for key, text in problems],
                    }
                    for name, identity, problems in rows
                ],
            }
        )
    return ExitCode.USAGE if any(problems for _n, _i, problems in rows) else ExitCode.OK


def _tell(error: ConfigError) -> None:
    if not current().json:
        tell_error(error)
