"""Mutation testing (``make mutate PACKAGES="codec crypto"``): which changes does no test notice?

The tests of a package are collected once and mapped to the lines that they run. Then each small
change is made in a fork of that process, where the tests of the changed line run until one fails.
Nothing is written to the checkout. Survivors that docs/mutation.md explains are not listed again.
Exit code 1 when there are others.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

WITHOUT = " and ".join(f"not {word}" for word in ("light", "hostile", "network"))
"""Tests of what an import brings along, and long ones that run every line."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("packages", nargs="+", help="packages below harness/")
    made.add_argument("--file", action="append", default=[], help="only this file of the package")
    made.add_argument("--test", action="append", default=[], help="only this file of its tests")
    made.add_argument("--sample", type=int, default=0, help="only so many mutants, drawn by --seed")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--jobs", type=int, default=2, help="how many run at once")
    made.add_argument("--slow", type=float, default=5.0, help="leave out tests above these seconds")
    made.add_argument(
        "--again", type=Path, help="only what survived or was not covered in this --json file"
    )
    made.add_argument("--json", type=Path, help="write every mutant and its state to this file")
    made.add_argument(
        "--root", type=Path, default=ROOT, help="the tree that holds harness/, tests/"
    )
    made.add_argument("--name", default="harness", help="the Python package in that tree")
    made.add_argument("--page", type=Path, help="where survivors are explained")
    return made


def main() -> int:
    options = parser().parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"  # the same order in every run
        os.execv(sys.executable, [sys.executable, *sys.argv])
    sys.dont_write_bytecode = True
    from mutation import report, run

    root = options.root.resolve()
    page = options.page or root / "docs" / "mutation.md"
    known, news, runners = report.documented(page), 0, []
    for package in options.packages:
        folder = root / options.name / package
        files = [folder / name for name in options.file] or sorted(folder.rglob("*.py"))
        tests = [str(root / "tests" / package / name) for name in options.test]
        tests = tests or [str(root / "tests" / package)]
        settings = run.Options(
            root, options.name, files, options.jobs, options.sample, options.seed, options.slow
        )
        if options.again:
            settings.only = report.open_keys(options.again)
        runner = run.run(settings, tests, WITHOUT)
        news += report.show(runner, known)
        runners.append(runner)
    if options.json:
        options.json.write_text(report.as_json(runners), encoding="utf-8")
    return 1 if news else 0


if __name__ == "__main__":
    sys.exit(main())
