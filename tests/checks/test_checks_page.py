"""docs/checks.md is what the register says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from harness.checks.registry import all_checks

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_checks_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_check_pages.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_check_is_on_the_page() -> None:
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    for entry in all_checks():
        assert f"| {entry.id}" in text
