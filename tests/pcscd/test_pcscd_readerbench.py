"""The reader bench over a real pcscd: every check, other programs, many processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.checks.registry import Tier, all_checks
from harness.cli.main import main
from harness.link.api import LinkOptions
from harness.link.vpcd_reader import VpcdReader
from harness.testing.private_pcscd import PrivatePcscd

pytestmark = pytest.mark.pcscd

HERE = Path(__file__).parent
LATE = {"TIM-02"}
"""Held to 50 ms: a machine that has other work may be later, and then says so."""
SLOTS = ("Virtual PCD 00 00", "Virtual PCD 00 01")


def results(text: str) -> dict[str, dict]:
    return {one["id"]: one for one in json.loads(text)["results"]}


def test_every_check_that_a_virtual_card_allows(
    daemon: PrivatePcscd, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    code = main(["reader", "check", "--reader", "vpcd", "--json"])
    seconds = time.monotonic() - started
    found = results(capsys.readouterr().out)
    bad = {id: one for id, one in found.items() if one["verdict"] not in ("PASS", "SKIP")}
    late = {id for id in LATE if bad.get(id, {}).get("verdict") == "WARN"}
    assert {id: one for id, one in bad.items() if id not in late} == {}
    assert code == 0
    wanted = {entry.id for entry in all_checks("reader") if entry.tier is not Tier.SOAK}
    assert set(found) == wanted
    passed = [id for id, one in found.items() if one["verdict"] == "PASS"]
    assert len(passed) + len(late) >= 75, sorted(wanted - set(passed))
    assert all(one["message"] for one in found.values())
    assert seconds < 180


@pytest.fixture
def served(daemon: PrivatePcscd) -> Iterator[VpcdReader]:
    reader = VpcdReader("test-card", LinkOptions(("test-card",)))
    assert reader.card_present()
    yield reader
    reader.close()


def test_a_client_of_the_test_cards_protocol_completes(served: VpcdReader) -> None:
    argv = [sys.executable, str(HERE / "handlerclient.py"), SLOTS[0]]
    done = subprocess.run(
        [*argv, "1", "2", "3", "4", "2E", "3E", "4E"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts = dict(line.split() for line in done.stdout.splitlines())
    assert counts == {
        "1": "2", "2": "256", "3": "255", "4": "765", "2E": "6", "3E": "6", "4E": "6",
    }  # fmt: skip


def test_four_processes_on_two_slots_are_never_mixed(served: VpcdReader) -> None:
    second = served.second()
    assert second.card_present()
    try:
        argv = [sys.executable, str(HERE / "noncer.py")]
        running = [
            subprocess.Popen(
                [*argv, str(number), "250", *(SLOTS if number % 2 else reversed(SLOTS))],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for number in range(4)
        ]  # fmt: skip
        said = [process.communicate(timeout=60)[0] for process in running]
    finally:
        second.close()
    assert said == ["mixed 0 of 500\n"] * 4
    assert [process.returncode for process in running] == [0] * 4


HOLD = """
import sys
from smartcard import scard
_h, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
code, card, _p = scard.SCardConnect(
    context, sys.argv[1], scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0)
print(code, flush=True)
sys.stdin.read()
"""


def test_a_reader_held_by_another_program_is_a_result(
    served: VpcdReader, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, SLOTS[0]],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout.readline() == "0\n"
        code = main(["reader", "check", "--reader", SLOTS[0], "--tier", "smoke", "--json"])
    finally:
        holder.communicate("")
    found = results(capsys.readouterr().out)
    assert code == 3
    assert found["ENV-01"]["verdict"] == "PASS"
    assert found["EVT-09"]["verdict"] == "ERROR"
    assert "SCARD_E_SHARING_VIOLATION" in found["EVT-09"]["message"]
    assert found["ATR-02"]["verdict"] == "SKIP"
