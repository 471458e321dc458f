"""What came of it: counts by file, and the survivors."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from mutation.child import KILLED, MISFIT, SAME, SURVIVED, TIME, UNCOVERED
from mutation.run import Result, Runner

COLUMNS = (KILLED, TIME, SURVIVED, UNCOVERED)


def documented(page: Path) -> set[str]:
    """The keys of the mutants that ``page`` explains: the lines of its code blocks."""
    if not page.is_file():
        return set()
    keys, inside = set(), False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = not inside
        elif inside:
            keys.add(line.strip())
    return keys


def open_keys(file: Path) -> frozenset[str]:
    """Keys of what no test killed, from the list of an earlier run."""
    mutants = json.loads(file.read_text(encoding="utf-8"))["mutants"]
    return frozenset(item["key"] for item in mutants if item["state"] in {SURVIVED, UNCOVERED})


def counts(results: list[Result]) -> dict[str, Counter[str]]:
    """By file; what the compiler makes the same of is no mutant."""
    found: dict[str, Counter[str]] = {}
    for result in results:
        if result.state != SAME:
            found.setdefault(result.mutant.file, Counter())[result.state] += 1
    return found


def table(results: list[Result]) -> list[str]:
    """A table as the page has it."""
    rows = [
        "| file | mutants | killed | by time | survived | not covered |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    total: Counter[str] = Counter()
    for file, row in sorted(counts(results).items()):
        total += row
        cells = " | ".join(str(row[column]) for column in COLUMNS)
        rows.append(f"| `{file}` | {row.total()} | {cells} |")
    cells = " | ".join(str(total[column]) for column in COLUMNS)
    return [*rows, f"| together | {total.total()} | {cells} |"]


def show(runner: Runner, known: set[str]) -> int:
    """Print it; returns how many survivors nobody has explained."""
    by_state: dict[str, list[Result]] = {}
    for result in runner.results:
        by_state.setdefault(result.state, []).append(result)
    news = [item for item in by_state.get(SURVIVED, []) if item.mutant.key not in known]
    for test, why in runner.plan.left_out.items():
        print(f"left out: {test}: {why}")
    print(*table(runner.results), sep="\n")
    for title, items in (
        ("Survived, and nobody has said why that is harmless", news),
        ("Not covered by any test", by_state.get(UNCOVERED, [])),
        ("Not applied", by_state.get(MISFIT, [])),
    ):
        if items:
            print(f"\n{title}:")
        for item in items:
            mutant = item.mutant
            print(
                f"  {mutant.file}:{mutant.line} {mutant.function}: {mutant.source}  "
                f"[{mutant.change}]"
            )
    survived = len(by_state.get(SURVIVED, []))
    print(
        f"\n{len(runner.results)} mutants: {survived} survived, {survived - len(news)} of them "
        f"explained in docs/mutation.md; {runner.seconds:.0f} s"
    )
    return len(news)


def as_json(runners: list[Runner]) -> str:
    """A list for machines, in the order of the source."""
    mutants = [
        {
            "file": item.mutant.file,
            "line": item.mutant.line,
            "function": item.mutant.function,
            "key": item.mutant.key,
            "state": item.state,
        }
        for runner in runners
        for item in runner.results
        if item.state != SAME
    ]
    return json.dumps({"schema": 1, "mutants": mutants}, indent=1, ensure_ascii=False) + "\n"
