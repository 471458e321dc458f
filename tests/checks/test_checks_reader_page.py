"""docs/reader-tests.md is what register and faults say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from harness.checks.reader.elsewhere import ELSEWHERE
from harness.checks.registry import all_checks

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date() -> None:
    argv = [sys.executable, str(ROOT / "scripts" / "make_reader_page.py"), "--check"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_test_is_run_or_listed_as_not_run() -> None:
    run = {entry.id for entry in all_checks("reader")}
    listed = [id for id, _what, _why in ELSEWHERE]
    assert len(set(listed)) == len(listed)
    assert not run & set(listed)
    assert all(what and why for _id, what, why in ELSEWHERE)
