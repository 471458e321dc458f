"""docs/reader-tests.md is what register and faults say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.checks.reader.elsewhere import ELSEWHERE
from harness.checks.registry import all_checks

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date() -> None:
    argv = [sys.executable, str(ROOT / "scripts" / "make_reader_page.py"), "--check"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


CATALOGUE = ROOT.parent / "shared" / "catalogue" / "reader-tests.md"
ROW = re.compile(r"^\|([A-Z0-9]{2,4})-([A-Z0-9/]+)\|", re.MULTILINE)


@pytest.mark.skipif(
    not CATALOGUE.is_file(), reason="the catalogue does not lie beside the checkout"
)
def test_every_test_of_the_catalogue_is_run_or_listed_with_a_reason() -> None:
    rows = ROW.findall(CATALOGUE.read_text(encoding="utf-8"))
    wanted = {f"{group}-{part}" for group, parts in rows for part in parts.split("/")}
    assert len(wanted) > 100
    have = {entry.id for entry in all_checks("reader")} | {id for id, _what, _why in ELSEWHERE}
    assert wanted - have == set()
    # RST-01S is the catalogue's "session state lost" of RST-01, as a check of its own.
    assert have - wanted == {"RST-01S"}


def test_a_test_is_run_or_listed_as_not_run() -> None:
    run = {entry.id for entry in all_checks("reader")}
    listed = [id for id, _what, _why in ELSEWHERE]
    assert len(set(listed)) == len(listed)
    assert not run & set(listed)
    assert all(what and why for _id, what, why in ELSEWHERE)
