"""``reader check`` with its own options, ``reader compare``."""

from __future__ import annotations

import json
import random
from pathlib import Path

import jsonschema
import pytest

from harness.cli.main import main
from harness.cli.reader_check import worst
from harness.core import paths
from harness.report.compare import compare, flaky, mann_whitney, shift

Capture = pytest.CaptureFixture[str]


def verdicts(text: str) -> dict[str, str]:
    return {one["id"]: one["verdict"] for one in json.loads(text)["results"]}


def test_smoke_is_quick_and_without_the_rest(capsys: Capture) -> None:
    assert main(["reader", "check", "--tier", "smoke", "--json"]) == 0
    found = verdicts(capsys.readouterr().out)
    assert "ATR-03" in found
    assert "LEN-01" not in found


def test_only_and_a_reader_fault(capsys: Capture) -> None:
    argv = ["reader", "check", "--only", "apd-6c", "--reader-fault", "hide-wrong-le", "--json"]
    assert main(argv) == 1
    assert verdicts(capsys.readouterr().out) == {"APD-6C": "FAIL"}


@pytest.mark.parametrize(
    "argv", [["--only", "NO-1"], ["--only", "APD-1", "--reader-fault", "no-such"]]
)
def test_unknown_names_are_told(argv: list[str], capsys: Capture) -> None:
    assert main(["reader", "check", *argv]) == 4
    assert "no" in capsys.readouterr().err


def test_repeat_tells_what_is_flaky(capsys: Capture) -> None:
    assert main(["reader", "check", "--only", "APD-1", "--repeat", "3"]) == 0
    told = capsys.readouterr()
    assert told.out == "3 runs, 0 checks flaky\n"
    assert "run 2 of 3: 1 pass" in told.err
    assert flaky([{"A": "PASS", "B": "PASS"}, {"A": "FAIL", "B": "PASS"}]) == {
        "A": ("PASS", "FAIL")
    }
    assert worst([0, 1, 3, 1]) == 3
    assert worst([0, 0]) == 0


def test_repeat_is_one_object_with_what_ended_otherwise(tmp_path: Path, capsys: Capture) -> None:
    only = ["--only", "APD-1", "--only", "APD-BAD", "--reader-fault", "accept-malformed"]
    argv = ["reader", "check", *only, "--repeat", "2"]
    assert main([*argv, "--json", "--out", str(tmp_path)]) == 1
    found = json.loads(capsys.readouterr().out)
    schema = json.loads((paths.data("schemas") / "reader-repeat.json").read_text())
    jsonschema.validate(found, schema)
    assert [len(run["results"]) for run in found["runs"]] == [2, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run-1", "run-2"]
    assert main(argv) == 1
    assert "every time: APD-BAD: FAIL" in capsys.readouterr().out


def test_a_baseline_and_a_reader_with_a_fault(tmp_path: Path, capsys: Capture) -> None:
    only = ["--tier", "smoke"]
    main(["reader", "check", *only, "--out", str(tmp_path)])
    capsys.readouterr()
    baseline = str(tmp_path / "report.json")
    argv = ["reader", "compare", baseline, "virtual", *only, "--json"]
    assert main([*argv, "--reader-fault", "any-protocol"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in found["differences"]] == ["PRO-01"]
    assert found["regressed"] is True
    schema = json.loads((paths.data("schemas") / "reader-comparison.json").read_text())
    jsonschema.validate(found, schema)
    (tmp_path / "other.json").write_text("{}")
    assert main(["reader", "compare", str(tmp_path / "other.json"), "virtual"]) == 4


def test_what_was_not_run_on_one_side_is_no_regression() -> None:
    one = {"id": "APD-1", "verdict": "PASS", "message": ""}
    before = {"results": [one]}
    assert not compare(before, {"results": []}).regressed
    assert compare(before, {"results": [{**one, "verdict": "FAIL"}]}).regressed
    assert not compare(before, {"results": [{**one, "verdict": "SKIP"}]}).regressed


def test_what_a_check_timed_is_compared_too() -> None:
    def timed(times: list[float]) -> dict[str, object]:
        samples = [{"name": "reset", "unit": "ms", "high": None, "values": times}]
        return {"results": [{"id": "RST-06", "verdict": "PASS", "message": "", "samples": samples}]}

    found = compare(timed([1.0 + n / 100 for n in range(30)]), timed([5.0] * 30))
    assert [(one.command, one.moved) for one in found.shifts] == [("RST-06 reset", True)]


def test_a_comparison_with_no_reader_is_the_bench_s_fault(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"kind": "run", **report([])}))
    assert main(["reader", "compare", str(path), "no such reader"]) == 3
    assert "what to do" in capsys.readouterr().err
    assert main(["reader", "compare", str(tmp_path / "gone.json"), "virtual"]) == 4
    assert "report.json that" in capsys.readouterr().err


def test_repeat_and_resume_exclude_each_other(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "report.json"
    path.write_text("{}")
    assert main(["reader", "check", "--repeat", "2", "--resume", str(path)]) == 4
    assert "--repeat wants them again" in capsys.readouterr().err
    assert main(["reader", "check", "--resume", str(path)]) == 4
    assert "not the report of a run" in capsys.readouterr().err


def report(times: list[float]) -> dict[str, object]:
    exchanges = [
        {"kind": "apdu", "command": "80300000", "response": "9000", "elapsed_ms": time}
        for time in times
    ]
    return {"results": [], "traces": [{"exchanges": exchanges}]}


def test_a_slower_reader_is_noticed_and_the_same_one_is_not() -> None:
    rng = random.Random(1)
    base = [rng.gauss(10, 1) for _ in range(200)]
    same = [rng.gauss(10, 1) for _ in range(200)]
    slow = [rng.gauss(11, 1) for _ in range(200)]
    assert not compare(report(base), report(same)).regressed
    found = compare(report(base), report(slow))
    assert found.regressed
    assert found.shifts[0].delta > 0.4
    assert not compare(report(slow), report(base)).regressed


def test_mann_whitney_by_hand() -> None:
    u, p = mann_whitney([1, 2, 3], [4, 5, 6])
    assert u == 9
    assert 0.05 < p < 0.2
    assert mann_whitney([1, 1], [1, 1]) == (2.0, 1.0)
    assert shift("x", [1, 2, 3], [4, 5, 6]).delta == 1.0


@pytest.fixture
def strict(tmp_path: Path) -> str:
    """A profile of one's own with limits that nothing keeps, and a quirk."""
    path = tmp_path / "mine.toml"
    path.write_text(
        'schema = 1\nname = "Mine"\nkind = "contact"\n[match]\nname = "x"\n'
        "[limits]\napdu_ms_p50 = 0.000001\napdu_ms_p95 = 900.0\n"
        '[[quirk]]\ntest = "APD-1"\nexpect = "it hums"\nwhy = "it is old"\n'
    )
    return str(path)


def test_a_profile_of_one_s_own_is_what_the_reader_is_held_to(strict: str, capsys: Capture) -> None:
    argv = ["reader", "check", "--only", "PER-02", "--only", "APD-1", "--profile", strict, "--json"]
    assert main(argv) == 0
    run = json.loads(capsys.readouterr().out)
    found = {one["id"]: one for one in run["results"]}
    assert run["run"]["readers"][0]["profile"] == "mine"
    assert run["run"]["readers"][0]["matched by"] == "the option --profile"
    assert found["PER-02"]["verdict"] == "WARN"
    assert "p50" in found["PER-02"]["message"]
    assert found["APD-1"]["advice"] == "known of this model: it hums (it is old)"
    assert main(["reader", "check", "--profile", "no-such"]) == 4
    assert "no-such" in capsys.readouterr().err


def test_a_profile_that_cannot_be_written_is_told(capsys: Capture) -> None:
    argv = ["profile", "new", "--reader", "virtual test-card", "--out", "/proc/none/x.toml"]
    assert main(argv) == 4
    assert "/proc/none" in capsys.readouterr().err


def test_only_a_command_that_has_resume_says_how_to_go_on(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.checks.runner.run_reader_suite", stop)
    assert main(["run", "--suite", "reader", "--out", str(tmp_path / "run")]) == 2
    assert "--resume" not in capsys.readouterr().err
    assert main(["reader", "check", "--out", str(tmp_path / "check")]) == 2
    assert "--resume" in capsys.readouterr().err
