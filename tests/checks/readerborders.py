"""Tables of what reader checks find (``borders_reader/*.tsv``): a staged reader, changes, and the
whole finding with every call that was made for it.

Columns: check, changes, verdict (or the reason of a SKIP, or the error), message with advice and
measurements, calls. Changes are words: ``@NAME:VALUE`` sets up the bench (``SETTINGS``), all others
are rules for calls (``readerrules``). Repeated calls are written once with ``xN``.

``python tests/checks/readerborders.py FILE...`` says what the checks find now and writes it into
the files: read every changed line before it is committed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch
from zlib import crc32

from readerbenches import AtrPort
from readerrules import parsed
from readerstage import Stage, StageClock, StageReader, StageTask

from harness.checks.finding import Finding, Unjudged
from harness.checks.reader.bench import Bench, Limits
from harness.checks.registry import CHECKS, all_checks
from harness.core.errors import LinkError
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.reader_profile import load_profile
from harness.records.result import Measurement
from harness.virtualcard.card import open_card

FOLDER = Path(__file__).parent / "borders_reader"
THREADED = ("sharing", "concurrency", "timing", "removal", "swaps", "events")
MANY, HEAD, TAIL = 48, 12, 4
LIMITS = Limits("test", 5.0, resets=2, samples=4, rounds=2, soak=3)


@dataclass(frozen=True)
class Border:
    """One line of a table."""

    check: str
    changes: str = ""
    verdict: str = ""
    said: str = ""
    calls: str = ""

    @property
    def name(self) -> str:
        """For the list of tests."""
        return f"{self.check} {self.changes or 'as it is'}"[:80]

    def line(self) -> str:
        cells = (self.check, self.changes, self.verdict, self.said, self.calls)
        return "\t".join(cells).rstrip("\t")


def rows(path: Path) -> Iterator[Border]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield Border(*line.split("\t"))


class Daemon:
    """A service of one's own; killing it is only written down."""

    def __init__(self, stage: Stage) -> None:
        self._note = stage.note

    def kill(self) -> None:
        self._note("kill")

    def restart(self) -> None:
        self._note("restart")


def _limit(name: str) -> Callable[[Bench, str], None]:
    def change(bench: Bench, value: str) -> None:
        number = None if value == "none" else type(getattr(LIMITS, name) or 0.0)(value)
        bench.limits = replace(bench.limits, **{name: number})

    return change


def _sets(name: str, read: Callable[[str], object]) -> Callable[[Bench, str], None]:
    return lambda bench, value: setattr(bench, name, read(value))


SETTINGS: dict[str, Callable[[Bench, str], None]] = {
    **{name: _limit(name) for name in Limits.__dataclass_fields__ if name != "name"},
    "cold_atr": _sets("cold_atr", bytes.fromhex),
    "test_card": _sets("test_card", lambda value: value == "yes"),
    "emv_card": _sets("emv_card", lambda value: value == "yes"),
    "profile": _sets("profile", load_profile),
    "operator": _sets("operator", lambda _value: None),
    "own": _sets("own", lambda _value: lambda: None),
}
"""What a word ``@NAME:VALUE`` may set. Before the bench is made: ``kind``, ``atr`` (the card has
this one), ``task`` (when work in a thread is over), ``human``, what the reader tells of itself as
``fact``, and KiB and open descriptors before and after as ``footprint``."""


def staged(changes: str) -> tuple[Bench, Stage]:
    """A bench on a staged reader, and its stage."""
    reader, stage, said = set_up(changes)
    bench = Bench(reader, stage.clock, LIMITS, listed=(reader.name,), operator=stage)
    bench.own = lambda: Daemon(stage)
    bench.power()
    bench.identify()
    for name, value in said.items():
        SETTINGS[name](bench, value)
    stage.begin([parsed(word) for word in changes.split() if word[0] != "@"])
    return bench, stage


def set_up(changes: str) -> tuple[StageReader, Stage, dict[str, str]]:
    """A reader, its stage without rules yet, and what the changes say of the bench."""
    words = changes.split()
    said = dict(word[1:].partition(":")[::2] for word in words if word[0] == "@")
    clock = StageClock(elapsed=0.5)  # a difference of times is not one of them
    raw = said.pop("atr", "")
    opener = (lambda: AtrPort(open_card("test-card"), bytes.fromhex(raw))) if raw else None
    options = LinkOptions(("test-card",), deadline_s=3.0, clock=clock)
    stage = Stage(VirtualReader("test-card", options, opener=opener), clock)
    clock.note = stage.note
    fact = said.pop("fact", "")
    known = dict([fact.split("=")]) if fact else {}
    reader = StageReader(stage, said.pop("kind", "virtual"), known)
    stage.task = int(said.pop("task", "-1"))
    stage.human = said.pop("human", "no") != "no"
    sizes = said.pop("footprint", "100,5-100,5").split("-")
    stage.sizes = [tuple(map(int, size.split(","))) for size in sizes]
    return reader, stage, said


def measured(one: Measurement) -> str:
    """`` [waited=300.0 ms, 300.0..]``."""
    value = f"{one.name}={one.value} {one.unit}".rstrip()
    limits = "" if one.low is None else f"{one.low}"
    limits += "" if one.low is one.high is None else ".."
    limits += "" if one.high is None else f"{one.high}"
    return f" [{value}, {limits}]" if limits else f" [{value}]"


def told(finding: Finding) -> str:
    """Message, advice, measurements and samples of a finding."""
    said = finding.message + (f" || {finding.advice}" if finding.advice else "")
    said += "".join(map(measured, finding.measurements))
    for one in finding.samples:
        values = " ".join(f"{value:.4g}" for value in one.values)
        said += f" {{{one.name}: {folded(values, ' ')} {one.unit}, ..{one.high}}}"
    return said


def folded(text: str, gap: str = "; ") -> str:
    """Repeated groups of at most eight calls once, with their number."""
    items, out, at = text.split(gap), [], 0
    while at < len(items):
        size, times = _repeats(items, at)
        group = gap.join(items[at : at + size])
        out.append(
            group if times == 1 else f"({group}) x{times}" if size > 1 else f"{group} x{times}"
        )
        at += size * times
    return gap.join(out)


def _repeats(items: list[str], at: int) -> tuple[int, int]:
    """Size of the group at ``at`` that covers most by repeating itself, and how often it does."""
    best = (1, 1)
    for size in range(1, 9):
        times = 1
        group = items[at : at + size]
        while items[at + times * size : at + (times + 1) * size] == group:
            times += 1
        if times > 1 and size * times > best[0] * best[1]:
            best = (size, times)
    return best


def found(border: Border) -> Border:
    """The same line with what the check finds."""
    bench, stage = staged(border.changes)
    before = len(bench.exchanges)
    task = type("Task", (StageTask,), {"stage": stage})
    patches = [patch(f"harness.checks.reader.{name}.Task", task) for name in THREADED]
    patches.append(patch("harness.checks.reader.endurance.footprint", stage.footprint))
    for one in patches:
        one.start()
    try:
        finding = CHECKS["reader", border.check].function(bench)
    except Unjudged as stopped:
        finding = stopped.finding
    except (LinkError, LookupError) as error:
        said = getattr(error, "what", str(error))
        return _row(border, f"!{type(error).__name__}", said, stage)
    finally:
        for one in patches:
            one.stop()
    kept = len(bench.exchanges) - before
    if kept != stage.counts.get("raw", 0) + stage.counts.get("reset", 0):
        stage.note(f"{kept} on the tape")
    verdict = finding.reason.value if finding.reason else finding.verdict.value
    return _row(border, verdict, told(finding), stage)


def _row(border: Border, verdict: str, said: str, stage: Stage) -> Border:
    return replace(border, verdict=verdict, said=said, calls=brief(folded("; ".join(stage.calls))))


def brief(calls: str) -> str:
    """Of very many calls the first and the last, and a checksum over those between."""
    items = calls.split("; ")
    if len(items) <= MANY:
        return calls
    between = "; ".join(items[HEAD:-TAIL])
    told = f".. {len(items) - HEAD - TAIL} more, {crc32(between.encode()):08X} .."
    return "; ".join([*items[:HEAD], told, *items[-TAIL:]])


def main(paths: list[str]) -> None:
    all_checks("reader")
    for path in map(Path, paths):
        lines = []
        for text in path.read_text(encoding="utf-8").splitlines():
            fresh = text and text[0] != "#"
            lines.append(found(Border(*text.split("\t"))).line() if fresh else text)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
