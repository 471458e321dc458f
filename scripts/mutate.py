"""Mutation testing (``make mutate PACKAGES="codec crypto"``): which changes does no test notice?

mutmut makes and runs the mutants, in a copy of the tree below ``mutants-work/`` so that the
checkout is never written to. Surviving mutants are listed with their one-line difference.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

WITHOUT = " and ".join(f"not {word}" for word in ("light", "hostile", "network", "interrupted"))
CONFIG = """
[tool.mutmut]
source_paths = ["harness"]
only_mutate = {only}
also_copy = [
  "vectors", "docs", "reader_profiles", "benchmarks", "scripts", "README.md", "CHANGELOG.md",
]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-q", "-k", "{without}"]
do_not_mutate_patterns = ["_\\\\(", "Spec\\\\(", "Error\\\\("]
use_git_change_detection = false
on_dependency_change = "ignore"
"""


def prepare(package: str, where: Path, files: list[str], tests: list[str]) -> None:
    """Copy what git knows (and new files that it does not ignore), with a configuration added.

    Tests called "light" look at what an import brings along, which the mutants' switch changes;
    those of "hostile" input measure time, which it costs; the long ones run every line.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        source = ROOT / name
        if source.is_file():
            target = where / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    only = [f"harness/{package}/{name}" for name in files] or [f"harness/{package}/*"]
    selected = [f"tests/{package}/{name}" for name in tests] or [f"tests/{package}"]
    text = CONFIG.format(only=only, tests=selected, without=WITHOUT).replace("'", '"')
    project = where / "pyproject.toml"
    project.write_text(project.read_text(encoding="utf-8") + text, encoding="utf-8")


def mutmut(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "mutmut"), *arguments], cwd=where, capture_output=True, text=True, check=False
    )


def report(package: str, where: Path) -> int:
    """Print the survivors of ``package``; returns how many there are."""
    names = [
        line.split(":")[0].strip()
        for line in mutmut(where, "results").stdout.splitlines()
        if line.rstrip().endswith(": survived")
    ]
    for name in names:
        shown = mutmut(where, "show", name).stdout.splitlines()
        changes = [
            line for line in shown if line[:1] in "+-" and not line.startswith(("+++", "---"))
        ]
        print(f"  {name}")
        for line in changes:
            print(f"      {line}")
    print(f"{package}: {len(names)} surviving mutants")
    return len(names)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+", help="packages below harness/")
    parser.add_argument("--file", action="append", default=[], help="only this file of the package")
    parser.add_argument("--test", action="append", default=[], help="only this file of its tests")
    parser.add_argument("--keep", action="store_true", help="keep the working copy")
    options = parser.parse_args()
    for package in options.packages:
        where = Path(tempfile.mkdtemp(prefix=f"mutate-{package}-"))
        try:
            prepare(package, where, options.file, options.test)
            done = mutmut(where, "run", "--max-children", "2")
            tail = [line for line in done.stdout.replace("\r", "\n").splitlines() if line.strip()]
            print("\n".join(tail[-3:]))
            if done.returncode != 0:
                print(done.stderr[-2000:], file=sys.stderr)
            report(package, where)
        finally:
            if options.keep:
                print(f"kept: {where}")
            else:
                shutil.rmtree(where, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
