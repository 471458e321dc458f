"""Runs the command line in this process, as a user would see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.cli.main import main
from harness.core import paths
from harness.core.i18n import set_language


@dataclass
class Ran:
    """Exit code and what was written."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def emv(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Ran]:
    """``emv("card", "list")`` runs that command in an empty directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Ran:
        capfd.readouterr()
        try:
            code = main(list(arguments))
        finally:
            set_language("en")
        written = capfd.readouterr()
        return Ran(code, written.out, written.err)

    return run


@pytest.fixture(scope="session")
def valid() -> Callable[[object, str], None]:
    """``valid(data, "readers")`` holds ``data`` against a published schema."""

    def check(data: object, name: str) -> None:
        schema = json.loads((paths.data("schemas") / f"{name}.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(data, schema)

    return check
