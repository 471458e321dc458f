"""Every fault by what it changes: which checks give another verdict than without it.

    .venv/bin/python scripts/fault_matrix.py [NAME ...] [--image ID]

In process, on a clock of its own; some ten seconds for all.
"""

from __future__ import annotations

import argparse
import sys

from harness.campaign.acceptance import run_acceptance
from harness.campaign.options import AcceptanceOptions
from harness.core.clock import ManualClock
from harness.core.verdict import Verdict
from harness.profiles.fault_file import fault_names, load_fault

Verdicts = dict[tuple[str, str], Verdict]


def verdicts(image: str, suite: str, *faults: str) -> Verdicts:
    """Verdict by reader and check of a run of one suite over ``image`` and the test card."""
    options = AcceptanceOptions(
        faults=faults,
        images=tuple(dict.fromkeys((image, "test-card"))),
        clock=ManualClock(),
        suites=(suite,),
    )
    return {(item.reader, item.id): item.verdict for item in run_acceptance(options).results}


def line(name: str, image: str, good: dict[tuple[str, str], Verdicts]) -> tuple[str, bool]:
    """One line of the table, and whether the promise was kept."""
    fault = load_fault(name)
    run = (image or fault.image, fault.suite)
    if run not in good:
        good[run] = verdicts(*run)
    bad = verdicts(*run, fault.example)
    kept = any(key[1] == fault.check and bad[key] == fault.verdict for key in bad)
    changed = {key: value for key, value in bad.items() if good[run].get(key) != value}
    kept = kept and Verdict.ERROR not in changed.values()
    hidden = sum(value is Verdict.SKIP for value in changed.values())
    shown = dict.fromkeys(f"{key[1]} {changed[key]}" for key in changed if changed[key] != "SKIP")
    mark = "kept  " if kept else "BROKEN"
    tail = f", {hidden} not examined" if hidden else ""
    return f"{mark} {name:34} {fault.verdict:7} {fault.check:8} | {', '.join(shown)}{tail}", kept


def main() -> int:
    """Print the table; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description="Every fault by the checks that it changes.")
    parser.add_argument("names", nargs="*", help="faults (default: all)")
    parser.add_argument(
        "--image", default="", help="card image (default: that of the fault's file)"
    )
    given = parser.parse_args()
    good: dict[tuple[str, str], Verdicts] = {}
    broken = 0
    for name in given.names or fault_names():
        text, kept = line(name, given.image, good)
        broken += not kept
        sys.stdout.write(text + "\n")
    sys.stdout.write(f"{len(given.names or fault_names())} faults, {broken} promises broken\n")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
