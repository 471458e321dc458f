"""The acceptance run through a real pcscd with the vpcd driver, in a namespace of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.testing.private_pcscd import available

pytestmark = [
    pytest.mark.pcscd,
    pytest.mark.skipif(not available()[0], reason=available()[1] or "available"),
]
LATE = (["TIM-02", "WARN"],)
"""Held to 50 ms: a machine that has other work may be later, and then says so."""
ROOT = Path(__file__).resolve().parents[2]
RUN = """
import json, sys
from harness.campaign.acceptance import run_acceptance
from harness.campaign.options import AcceptanceOptions
given = json.loads(sys.argv[1])
given["faults"] = tuple(given.get("faults", ()))
given["images"] = tuple(given["images"])
record = run_acceptance(AcceptanceOptions(**{"readers": ("vpcd",), **given}))
print(json.dumps({
    "results": [[r.id, r.verdict.value, r.message] for r in record.results],
    "versions": record.run.versions,
    "conditions": record.run.conditions,
    "states": [row.state for row in record.coverage.rows],
}))
"""


def acceptance(**options: object) -> dict[str, object]:
    """Run in the namespace of a private pcscd, with two cards; what the record says."""
    options = {"images": ("mastercard-debit", "visa-credit"), **options}
    done = subprocess.run(
        [
            sys.executable, "-m", "harness.testing.private_pcscd", "--",
            sys.executable, "-c", RUN, json.dumps(options),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


ALLOWED = {"allow_state_change": True, "own_test_keys": True}


def test_both_cards_pass_through_pcscd() -> None:
    found = acceptance(**ALLOWED)
    bad = [r for r in found["results"] if r[1] not in {"PASS", "SKIP"}]
    assert [r for r in bad if r[:2] not in LATE] == []
    assert found["states"] == ["accepted", "accepted"]
    assert found["versions"]["pyscard"]
    assert "protocol analyser" in found["conditions"]["out of scope over PC/SC"]


def test_without_permission_nothing_is_changed_and_nothing_is_covered() -> None:
    found = acceptance()
    by_id = {r[0]: r for r in found["results"]}
    assert by_id["TXN-01"][1] == "SKIP"
    assert by_id["ODA-05"][1] == "SKIP"
    assert found["states"] == ["not-tried", "not-tried"]
    assert "--allow-state-change" in by_id["COV-visa-credit"][2]


def test_a_mute_card_is_a_timeout_and_the_rest_is_judged() -> None:
    found = acceptance(**ALLOWED, faults=["mute@3"], deadline_s=1.0)
    timed_out = [r for r in found["results"] if r[1] == "TIMEOUT"]
    assert len(timed_out) == 3
    assert all("no answer in 1,000 ms" in r[2] for r in timed_out)
    assert not [r for r in found["results"] if r[1] in {"FAIL", "ERROR"}]
    assert found["states"] == ["accepted", "accepted"]
