"""Which file ``--history`` and ``--drawer`` mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.options import optional_file

OWN = Path("own.db")


@pytest.mark.parametrize(
    ("value", "path"),
    [(None, None), ("", None), ("off", None), ("default", OWN), ("x/y.db", Path("x/y.db"))],
)
def test_the_file_that_is_meant(value: str | None, path: Path | None) -> None:
    assert optional_file(value, lambda: OWN) == path


def test_no_home_directory_is_needed_where_none_is_asked_for() -> None:
    def nowhere() -> Path:
        raise RuntimeError("could not determine home directory")

    assert optional_file("off", nowhere) is None
    with pytest.raises(RuntimeError):
        optional_file("default", nowhere)
