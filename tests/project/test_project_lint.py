"""Style, types and layers hold; and each of the contracts notices a violation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)],
    ids=["ruff", "format", "mypy"],
)
def test_tool_is_content(command: tuple[str, ...]) -> None:
    done = run(str(BIN / command[0]), *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    return run(str(BIN / "lint-imports"), "--no-cache", cwd=tree)


def test_import_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


VIOLATIONS = {
    "a lower layer imports a higher one": ("codec/afl.py", "import harness.link.api\n", "Layers"),
    "pyscard outside its module": (
        "link/session.py",
        "import smartcard\n",
        "Only one module speaks to pyscard",
    ),
    "the terminal knows the virtual card": (
        "terminal/outcome.py",
        "import harness.virtualcard.card\n",
        "Terminal and checks share no behaviour with the virtual card",
    ),
    "rich outside the console": ("link/session.py", "import rich\n", "click and rich stay"),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_import_contract_notices(name: str, tmp_path: Path) -> None:
    file, line, contract = VIOLATIONS[name]
    shutil.copytree(ROOT / "harness", tmp_path / "harness", ignore=shutil.ignore_patterns("_*_"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / "harness" / file
    target.write_text(target.read_text(encoding="utf-8") + "\n" + line, encoding="utf-8")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    broken = [text for text in done.stdout.splitlines() if " BROKEN" in text]
    assert any(text.startswith(contract) for text in broken), done.stdout


def test_a_new_package_must_be_placed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "harness", tmp_path / "harness", ignore=shutil.ignore_patterns("_*_"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "harness" / "extra").mkdir()
    (tmp_path / "harness" / "extra" / "__init__.py").write_text("", encoding="utf-8")
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    assert "extra" in done.stdout + done.stderr


def test_rooms_are_small() -> None:
    """No file beyond 400 lines but data, and the median at about 150 or below."""
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "harness").rglob("*.py")
        if "data" not in path.relative_to(ROOT).parts
    }
    assert {name: lines for name, lines in sizes.items() if lines > 400} == {}
    assert sorted(sizes.values())[len(sizes) // 2] <= 160


def test_project_speaks_of_itself_only() -> None:
    """No path of a machine and no download host in a tracked file."""
    hosts = "|".join(["files.python" + "hosted", "pypi" + r"\.org/simple", "deb\\.deb" + "ian"])
    done = run("git", "grep", "-nIE", rf"(^|[^.A-Za-z0-9_])/(work|farm)/|{hosts}", "--", ".")
    assert done.returncode == 1, done.stdout
