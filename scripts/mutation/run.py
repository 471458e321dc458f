"""Run the mutants, each in a fork of the process that has collected the tests."""

from __future__ import annotations

import ast
import gc
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mutation import child, swap
from mutation import plan as planning
from mutation.mutants import Mutant, load


@dataclass(frozen=True)
class Result:
    mutant: Mutant
    state: str


@dataclass
class Options:
    """``files`` to change; ``sample`` of the mutants (0: all) drawn with ``seed``; tests above
    ``slow`` seconds are left out."""

    root: Path
    package: str
    files: list[Path]
    jobs: int = 2
    sample: int = 0
    seed: int = 1
    slow: float = 5.0
    only: frozenset[str] | None = None
    """Keys of the mutants to run; None: all."""


class Runner:
    """A pytest plugin: instead of running the collected tests it runs the mutants."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.results: list[Result] = []
        self.plan = planning.Plan()
        self.seconds = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        begun = time.perf_counter()
        options = self.options
        planning.quieten(session.items)
        self.plan = planning.make(session.items, options.package, options.files, options.slow)
        swap.imported([self._module(file) for file in options.files])
        print(
            f"{len(self.plan.cost)} tests, mapped in {self.plan.seconds:.0f} s; "
            f"{len(self.plan.left_out)} left out",
            file=sys.stderr,
        )
        with tempfile.TemporaryDirectory(prefix="mutation-") as work:
            self.results = self._all(session.items, Path(work))
        self.seconds = time.perf_counter() - begun
        return True

    def _module(self, file: Path) -> str:
        parts = file.relative_to(self.options.root).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")

    def _chosen(self) -> list[tuple[ast.Module, Path, Mutant]]:
        every = []
        for file in self.options.files:
            shown = file.relative_to(self.options.root / self.options.package).as_posix()
            tree, mutants = load(file, shown)
            every += [(tree, file, mutant) for mutant in mutants if self._wanted(mutant)]
        if 0 < self.options.sample < len(every):
            places = random.Random(self.options.seed).sample(range(len(every)), self.options.sample)
            every = [every[place] for place in sorted(places)]
        return every

    def _wanted(self, mutant: Mutant) -> bool:
        return self.options.only is None or mutant.key in self.options.only

    def _jobs(self, items: list[pytest.Item]) -> list[child.Job]:
        jobs = []
        for number, (tree, file, mutant) in enumerate(self._chosen()):
            tests = self.plan.tests(str(file), mutant.lines)
            limit = child.MORE + child.TIMES * sum(self.plan.cost[test] for test in tests)
            jobs.append(
                child.Job(number, mutant, tree, file, [items[test] for test in tests], limit)
            )
        return jobs

    def _all(self, items: list[pytest.Item], work: Path) -> list[Result]:
        live = swap.functions_by_file({str(file) for file in self.options.files})
        caches = swap.caches(self.options.package)
        jobs = self._jobs(items)
        gc.collect()
        gc.freeze()  # the forks share what is there
        states = {job.number: child.UNCOVERED for job in jobs if not job.tests}
        running: list[child.Child] = []
        killers = Killers()
        for job in jobs:
            if job.tests:
                while len(running) >= self.options.jobs:
                    states.update(_ended(running, killers))
                running.append(killers.first(job).process(live[str(job.path)], caches, work))
            if job.number % 100 == 0:
                where = f"{job.mutant.file}:{job.mutant.line}"
                print(f"{job.number} of {len(jobs)}: {where}", file=sys.stderr)
        while running:
            states.update(_ended(running, killers))
        return [Result(job.mutant, states[job.number]) for job in jobs]


class Killers:
    """The tests that killed the last mutants of a function run first on the next one."""

    KEPT = 8

    def __init__(self) -> None:
        self.tests: dict[tuple[Path, str], list[pytest.Item]] = {}

    def add(self, job: child.Job, test: pytest.Item) -> None:
        tests = self.tests.setdefault((job.path, job.mutant.function), [])
        if test in tests:
            tests.remove(test)
        tests.insert(0, test)
        del tests[self.KEPT :]

    def first(self, job: child.Job) -> child.Job:
        known = self.tests.get((job.path, job.mutant.function), [])
        tests = {test: None for test in known if test in job.tests}
        return replace(job, tests=[*tests, *(test for test in job.tests if test not in tests)])


def _ended(running: list[child.Child], killers: Killers) -> Iterator[tuple[int, str]]:
    """Those that are over, taken from ``running``; waits a moment."""
    for one in list(running):
        state, test = one.poll()
        if state == child.KILLED and test is not None:
            killers.add(one.job, test)
        if state == child.SURVIVED:
            print(f"survived: line {one.job.mutant.line}, {one.job.mutant.key}", file=sys.stderr)
        if state:
            running.remove(one)
            yield one.job.number, state
    time.sleep(0.002)


def run(options: Options, tests: list[str], without: str) -> Runner:
    """Collect ``tests`` once and run every mutant of ``options`` on them."""
    runner = Runner(options)
    arguments = [
        *tests, "-q", "-s", "--no-header", "--no-summary",
        "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:faulthandler",
        "--rootdir", str(options.root),
    ]  # fmt: skip
    if without:
        arguments += ["-k", without]
    status = pytest.main(arguments, plugins=[runner])
    if not runner.results and status not in {0, 5}:
        raise SystemExit(f"mutate: pytest ended with {int(status)}")
    return runner
