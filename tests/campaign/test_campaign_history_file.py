"""The file of a history: whoever writes beside, whatever it is, and however old."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from historyruns import run

from harness.campaign.history.read import load_run, runs
from harness.campaign.history.store import open_history
from harness.campaign.history.tables import SCHEMA
from harness.campaign.history.write import record_run
from harness.core.errors import ConfigError


def test_history_is_not_made_by_asking(tmp_path):
    with pytest.raises(ConfigError, match="there is no history"):
        open_history(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_history_foreign_files_are_refused_and_left_alone(tmp_path):
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to look like one\n" * 100)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE books (title TEXT)")
    connection.close()
    alike = tmp_path / "alike.db"
    with sqlite3.connect(alike) as connection:
        connection.execute("CREATE TABLE meta (name TEXT)")
    connection.close()
    for path in (text, other, alike):
        before = path.read_bytes()
        for create in (False, True):
            with pytest.raises(ConfigError, match="no history of the harness"):
                open_history(path, create=create)
        assert path.read_bytes() == before
    with pytest.raises(ConfigError):
        open_history(tmp_path, create=True)
    with pytest.raises(ConfigError):
        open_history(text / "below" / "it.db", create=True)


def test_history_damaged_file_is_said(tmp_path, real):
    path = tmp_path / "history.db"
    history = open_history(path, create=True)
    record_run(history, real)
    data = bytearray(path.read_bytes())
    data[4096:-4096] = b"\xa5" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(ConfigError) as refused:
        load_run(open_history(path), "last")
    assert "damaged" in refused.value.todo
    assert refused.value.where == str(path)


def test_history_of_a_newer_harness_is_refused(tmp_path):
    path = tmp_path / "history.db"
    history = open_history(path, create=True)
    with history.writing() as connection:
        connection.execute(sa.text("UPDATE meta SET value = '99' WHERE key = 'schema'"))
    with pytest.raises(ConfigError) as refused:
        open_history(path, create=True)
    assert f"schema 99, this harness knows {SCHEMA}" in refused.value.what
    assert "newer harness" in refused.value.todo


def test_history_of_an_older_harness_is_brought_up(tmp_path):
    path = tmp_path / "history.db"
    record_run(open_history(path, create=True), run("2026-11-02-a"))

    def step(connection):
        connection.execute(sa.text("ALTER TABLE runs ADD COLUMN bench TEXT NOT NULL DEFAULT ''"))

    def broken(connection):
        step(connection)
        raise sa.exc.OperationalError("x", {}, Exception("disk I/O error"))

    with pytest.raises(ConfigError, match="no way from schema 1"):
        open_history(path, schema=2, upgrades={})
    with pytest.raises(ConfigError, match="disk I/O error"):
        open_history(path, schema=2, upgrades={1: broken})
    assert open_history(path).upgraded_from is None
    upgraded = open_history(path, schema=2, upgrades={1: step})
    assert upgraded.upgraded_from == 1
    with upgraded.reading() as connection:
        assert connection.execute(sa.text("SELECT id, bench FROM runs")).all() == [
            ("2026-11-02-a", "")
        ]
    with pytest.raises(ConfigError, match="schema 2, this harness knows 1"):
        open_history(path)


def test_history_is_masked_whatever_the_record_says(history, real):
    spoken = replace(real.results[0], message="PAN 4761739001010119, 4761 7390 0101 0119")
    record_run(history, replace(real, results=(spoken, *real.results[1:])))
    data = history.path.read_bytes()
    assert b"476173******0119" in data
    assert b"4761739001010119" not in data
    assert b"4761 7390 0101 0119" not in data


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_campaign_history import run
from harness.campaign.history.store import open_history
from harness.campaign.history.write import record_run
history = open_history(Path({path!r}), create=True)
for number in range({count}):
    record_run(history, run("2026-11-02-" + {name!r} + str(number)))
"""
KILLED = (
    WRITER
    + """
from harness.campaign.history.tables import RUNS, META
with history.writing() as connection:
    connection.exec_driver_sql("INSERT INTO meta VALUES ('half', 'done')")
    connection.exec_driver_sql("DELETE FROM runs")
    print("in the middle", flush=True)
    sys.stdin.read()
"""
)


def script(text: str, path: Path, name: str, count: int) -> subprocess.Popen[str]:
    code = text.format(folder=str(Path(__file__).parent), path=str(path), name=name, count=count)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def test_history_two_writers_lose_nothing(tmp_path):
    path = tmp_path / "history.db"
    writers = [script(WRITER, path, name, 12) for name in ("a", "b")]
    for writer in writers:
        _out, error = writer.communicate()
        assert writer.returncode == 0, error
    history = open_history(path)
    names = {found.id for found in runs(history)}
    assert names == {f"2026-11-02-{name}{n}" for name in ("a", "b") for n in range(12)}
    with history.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_history_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "history.db"
    writer = script(KILLED, path, "a", 2)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "in the middle\n"
    writer.kill()
    writer.communicate()
    history = open_history(path)
    assert len(runs(history)) == 2
    with history.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM meta").scalar() == 2
    record_run(history, run("2026-11-03-c"))
    assert len(runs(history)) == 3
