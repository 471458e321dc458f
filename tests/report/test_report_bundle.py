"""Scripts of an evidence bundle: which failures get one, and what it sends and prints."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path

import pytest

from harness.core.masking import Masker
from harness.core.verdict import Verdict
from harness.records.result import CheckResult, Evidence
from harness.records.run import RunRecord, Trace
from harness.report.bundle import write_bundle
from harness.report.reproduce import tells
from tests.report.conftest import EXCHANGES, PAN, READER, exchange, result

SELECT, GPO, RECORD = "00A4040007A0000000031010", "80A80000058303052822", "00B2010C00"
READ = (
    exchange(0, "", "3B6600008031C1525643", kind="reset"),
    exchange(1, SELECT, "9000"),
    exchange(2, "", "3B6600008031C1525643", kind="reset"),
    exchange(3, SELECT, "6A82"),
    exchange(4, GPO, "6F00"),
    exchange(5, RECORD, "700A5A08" + PAN + "9000"),
)


def scripts(record: RunRecord, tmp_path: Path, *results: CheckResult) -> dict[str, str]:
    """The scripts of a bundle of a card that was read as READ, by the id of their check."""
    traces = (
        Trace("other", READER, "card suite", EXCHANGES),
        Trace("visa-credit", READER, "card suite", READ),
    )
    path = tmp_path / "b.zip"
    record = dataclasses.replace(record, results=results, traces=traces)
    write_bundle(record, path, Masker(enabled=True))
    with zipfile.ZipFile(path) as opened:
        names = [name for name in opened.namelist() if name.startswith("reproduce/")]
        return {name[14:-3]: opened.read(name).decode() for name in names}


def fail(name: str, place: int) -> CheckResult:
    return result(name, Verdict.FAIL, evidence=(Evidence("x", place),))


def test_a_script_of_a_card_selects_first(record: RunRecord, tmp_path: Path) -> None:
    text = scripts(record, tmp_path, fail("GPO-01", 4))["GPO-01"]
    steps = text[text.index("STEPS = [") : text.index("]\nBOTH")].splitlines()[1:]
    assert steps == [
        "    ('reset', '', ''),",
        f"    ('apdu', '{SELECT}', '6A82'),",
        f"    ('apdu', '{GPO}', '6F00'),",
    ]


def test_a_failure_that_the_answer_does_not_show_gets_no_script(
    record: RunRecord, tmp_path: Path
) -> None:
    assert set(scripts(record, tmp_path, fail("TRK-02", 5), fail("GPO-01", 4))) == {"GPO-01"}


@pytest.mark.parametrize(
    ("answer", "shows"),
    [("6F00", True), ("", True), ("*25:1454", True), ("6F0084019000", True),
     ("9000", False), ("6114", False), ("*82:9000", False)],
)  # fmt: skip
def test_what_an_answer_tells(answer: str, shows: bool) -> None:
    assert tells(("apdu", GPO, answer)) is shows


class Scard:
    """As much of smartcard.scard as a script uses; every answer holds a PAN."""

    def __getattr__(self, name: str) -> object:
        if name == "SCardTransmit":
            return lambda *_: (0, list(bytes.fromhex("700A5A08" + PAN + "9000")))
        if name == "SCardListReaders":
            return lambda *_: (0, [READER])
        if name == "SCardConnect":
            return lambda *_: (0, 1, 1)
        if name.startswith("SCARD_"):
            return 0 if name == "SCARD_S_SUCCESS" else 1
        return lambda *_: (0, 1)


def test_a_script_prints_no_card_data_that_nobody_masked(
    record: RunRecord,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = scripts(record, tmp_path, fail("GPO-01", 4))["GPO-01"]
    monkeypatch.setitem(__import__("sys").modules, "smartcard.scard", Scard())
    monkeypatch.setattr("sys.argv", ["script"])
    with pytest.raises(SystemExit) as end:
        exec(compile(text.replace("watch.start()", ""), "script", "exec"), {"__name__": "x"})
    said = capsys.readouterr().out
    assert end.value.code == 0
    assert "-> *14:9000" in said
    assert PAN not in said
