"""The tier of tests that need hands, as an operator sees it: prompts in a terminal over a real
pcscd, Ctrl-C in the middle, and the rest afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminals import terminal

from harness.link.api import LinkOptions
from harness.link.vpcd_reader import VpcdReader, vpcd_reader_name
from harness.testing.private_pcscd import PrivatePcscd

pytestmark = pytest.mark.pcscd

CHECKS = ("EVT-01", "EVT-02", "EVT-03", "REM-02", "EVT-06", "EVT-10")
PROMPT = re.compile(r"[A-Z]+-\d\d: ([^\r\n]*) \(within 30 s; Ctrl-C keeps what was done\)")


@pytest.fixture
def card(daemon: PrivatePcscd) -> Iterator[VpcdReader]:
    reader = VpcdReader("test-card", LinkOptions(("test-card",)))
    assert reader.card_present()
    yield reader
    reader.close()


def move(card: VpcdReader, wish: str) -> None:
    """The operator's hand."""
    if wish.startswith("take the card out"):
        card.remove()
    elif "another card" in wish:
        card.swap()
    elif "wrong way" in wish:
        card.turn_round()
    else:
        card.put_back()


def attended(card: VpcdReader, arguments: list[str], cwd: Path, stop_after: int) -> tuple:
    """Run a command with its stderr in a terminal; exit code, stdout, prompts, all of stderr.

    After ``stop_after`` prompts comes a Ctrl-C in place of a hand.
    """
    master, slave = terminal()
    command = [sys.executable, "-m", "harness", "reader", "check", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=slave, stdin=slave, text=True, cwd=cwd
    )
    os.close(slave)
    seen, prompts = "", []
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # the other end was closed
            break
        seen += data.decode("utf-8", "replace")
        for wish in PROMPT.findall(seen)[len(prompts) :]:
            prompts.append(wish)
            if len(prompts) > stop_after:
                process.send_signal(signal.SIGINT)
            else:
                move(card, wish)
    out = process.communicate(timeout=60)[0]
    os.close(master)
    return process.returncode, out, prompts, seen


def test_prompts_are_followed_interrupted_and_taken_up_again(
    card: VpcdReader, tmp_path: Path
) -> None:
    name = vpcd_reader_name()
    ids = [word for id in CHECKS for word in ("--only", id)]
    options = ["--reader", name, "--tier", "hands", "--mark", "7", *ids]
    code, out, prompts, seen = attended(card, options, tmp_path, stop_after=4)
    assert code == 2, seen
    assert prompts[:2] == [
        f"take the card out of {name}",
        f"insert the card marked 7 into {name}, chip first, face up",
    ]
    assert "waiting for the operator" in seen
    (report,) = tmp_path.glob("bench-runs/*/report.json")
    kept = {one["id"] for one in json.loads(report.read_text())["results"]}
    assert kept
    assert kept < set(CHECKS)
    assert f"--resume bench-runs/{report.parent.name}/report.json" in seen

    card.put_back()
    again = [*options, "--resume", str(report), "--json"]
    code, out, prompts, seen = attended(card, again, tmp_path, stop_after=100)
    results = {one["id"]: one for one in json.loads(out)["results"]}
    assert {id: one["message"] for id, one in results.items() if one["verdict"] != "PASS"} == {}
    assert code == 0, seen
    assert set(results) == set(CHECKS)
    assert f"{len(kept)} results of run" in seen
    for id in kept:
        assert f"{id} " not in seen
