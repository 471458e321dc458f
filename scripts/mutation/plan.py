"""What the tests run, and how long each takes: one pass with coverage, one without."""

from __future__ import annotations

import os
import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import coverage
import pytest
from _pytest.runner import runtestprotocol

from mutation import swap

T = TypeVar("T")

EXAMPLES = 25
"""Examples of a property test: enough to reach every line, few enough for thousands of runs."""


@dataclass
class Plan:
    """``lines``: file, line, tests that run it. ``cost``: processor seconds of each test."""

    lines: dict[str, dict[int, set[int]]] = field(default_factory=dict)
    cost: dict[int, float] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def tests(self, file: str, ranges: tuple[range, ...]) -> list[int]:
        """The tests that run the first of ``ranges`` that any test runs, quickest first."""
        covered = self.lines.get(file, {})
        for lines in ranges:
            found = set().union(*(covered.get(line, ()) for line in lines)) & self.cost.keys()
            if found:
                return sorted(found, key=lambda test: (self.cost[test], test))
        return []


def in_fork(work: Callable[[], T]) -> T:
    """What ``work`` returns, done in a child so that nothing of it stays."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        with os.fdopen(writer, "wb") as stream:
            pickle.dump(work(), stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read()
    _, status = os.waitpid(pid, 0)
    if status or not answer:
        raise RuntimeError(f"the tests ended their process (status {status})")
    done: T = pickle.loads(answer)
    return done


def quieten(items: list[pytest.Item]) -> None:
    """The same few examples in every run of a property test, and no search for a smaller one."""
    import hypothesis

    for item in items:
        test = getattr(item, "obj", None)
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if own is not None:
            few = hypothesis.settings(
                own,
                max_examples=min(EXAMPLES, own.max_examples),
                derandomize=True,
                database=None,
                deadline=None,
                phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
                suppress_health_check=list(hypothesis.HealthCheck),
            )
            target = getattr(test, "__func__", test)
            target._hypothesis_internal_use_settings = few


def passes(item: pytest.Item) -> bool:
    """Run one test with fixtures of its own, from set-up to tear-down."""
    reports = runtestprotocol(item, log=False, nextitem=None)
    return all(report.passed or report.skipped for report in reports)


def silence() -> None:
    """What tests print goes nowhere, from here to the end of the process."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    sys.stdout = sys.stderr = os.fdopen(nowhere, "w")


def make(items: list[pytest.Item], package: str, files: list[Path], slow: float) -> Plan:
    """Run every test twice, each pass in a fork. A test that fails, starts processes or takes
    longer than ``slow`` seconds is left out, with the reason."""
    begun = time.perf_counter()
    plan = Plan()
    lines, modules, busy = in_fork(lambda: _cover(items, package, files))
    plan.lines, plan.modules = lines, modules
    swap.imported(modules)
    results = in_fork(
        lambda: _time(items, package, [i for i in range(len(items)) if i not in busy])
    )
    for index, item in enumerate(items):
        if index in busy:
            plan.left_out[item.nodeid] = busy[index]
        elif not results[index][0]:
            plan.left_out[item.nodeid] = "fails without any change"
        elif results[index][2] > slow:
            plan.left_out[item.nodeid] = f"takes {results[index][2]:.1f} s"
        else:
            plan.cost[index] = results[index][1]
    plan.seconds = time.perf_counter() - begun
    return plan


def _cover(
    items: list[pytest.Item], package: str, files: list[Path]
) -> tuple[dict[str, dict[int, set[int]]], list[str], dict[int, str]]:
    os.environ["COVERAGE_CORE"] = "ctrace"
    tracer = coverage.Coverage(
        data_file=None, config_file=False, include=[str(file) for file in files]
    )
    starting = {"now": False}

    def watch(event: str, _: object) -> None:
        if event in {"subprocess.Popen", "os.posix_spawn"}:
            starting["now"] = True

    sys.addaudithook(watch)
    busy: dict[int, str] = {}
    caches, known = swap.caches(package), len(sys.modules)
    silence()
    tracer.start()
    for index, item in enumerate(items):
        if len(sys.modules) != known:
            caches, known = swap.caches(package), len(sys.modules)
        for cache in caches:
            cache.cache_clear()
        starting["now"] = False
        tracer.switch_context(str(index))
        if not passes(item):
            busy[index] = "fails without any change"
        elif starting["now"]:
            busy[index] = "starts a process, which runs the code as it is"
    tracer.stop()
    data = tracer.get_data()
    lines: dict[str, dict[int, set[int]]] = {}
    for file in files:
        by_line = data.contexts_by_lineno(str(file))
        lines[str(file)] = {
            line: {int(context) for context in contexts if context}
            for line, contexts in by_line.items()
        }
    return lines, list(sys.modules), busy


def _time(
    items: list[pytest.Item], package: str, indexes: list[int]
) -> dict[int, tuple[bool, float, float]]:
    """Passed, processor seconds, seconds by the clock."""
    results = {}
    silence()
    for cache in swap.caches(package):
        cache.cache_clear()
    for index in indexes:
        cpu, clock = time.process_time(), time.perf_counter()
        passed = passes(items[index])
        results[index] = passed, time.process_time() - cpu, time.perf_counter() - clock
    return results
