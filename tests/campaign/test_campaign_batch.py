"""A batch of cards: interrupted and resumed, nothing tested twice, nothing lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.campaign import batch as batches
from harness.campaign.batch import Batch, run_batch
from harness.campaign.bench_salt import Salt
from harness.campaign.options import AcceptanceOptions
from harness.core.clock import ManualClock
from harness.core.errors import ConfigError
from harness.profiles.image import list_images
from harness.records.run import RunRecord

IMAGES = tuple(image.id for image in list_images() if image.is_emv)
FORTY = IMAGES[:40]
SALT = Salt(bytes(range(16)))


def options(images: tuple[str, ...] = FORTY) -> AcceptanceOptions:
    return AcceptanceOptions(images=images, clock=ManualClock())


class Counting:
    """Counts the cards that are checked, and is interrupted after some."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stop_after: int = 10**6) -> None:
        self.seen: list[str] = []
        self._stop = stop_after
        self._run = batches.run_acceptance
        monkeypatch.setattr(batches, "run_acceptance", self)

    def __call__(self, wanted: AcceptanceOptions, progress: object = None) -> RunRecord:
        record = self._run(wanted, progress)
        self.seen += wanted.images
        return replace(record, interrupted=len(self.seen) > self._stop)


def test_forty_cards_interrupted_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "batch.jsonl"
    first = Counting(monkeypatch, stop_after=17)
    assert not run_batch(options(), Batch.open(path))
    assert len(Batch.open(path).rows) == 17
    monkeypatch.undo()
    second = Counting(monkeypatch)
    again = Batch.open(path)
    assert run_batch(options(), again)
    # The card that was under way when it was interrupted is the first one again.
    assert first.seen[:17] + second.seen == list(FORTY)
    assert list(Batch.open(path).rows) == list(FORTY)
    lines = [json.loads(line)["card"] for line in path.read_text().splitlines()[1:]]
    assert sorted(lines) == sorted(set(lines))


def test_a_line_that_was_cut_off_is_no_card_that_was_done(tmp_path: Path) -> None:
    path = tmp_path / "batch.jsonl"
    assert run_batch(options(FORTY[:2]), Batch.open(path))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    again = Batch.open(path)
    assert list(again.rows) == [FORTY[0]]
    assert run_batch(options(FORTY[:2]), again)
    assert list(Batch.open(path).rows) == list(FORTY[:2])


def test_a_card_with_a_finding_keeps_it(tmp_path: Path) -> None:
    batch = Batch.open(tmp_path / "b")
    faulty = replace(options(("visa-credit",)), faults=("wrong-sw@internal-authenticate",))
    assert run_batch(faulty, batch)
    assert batch.rows["visa-credit"].verdict == "FAIL"
    assert "ODA-24" in batch.rows["visa-credit"].failed
    assert "4761739001010119" not in (tmp_path / "b").read_text()


def test_a_physical_card_is_recognised_and_not_counted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = batches.run_acceptance

    def physical(wanted: AcceptanceOptions, progress: object = None) -> RunRecord:
        record = run(replace(wanted, images=("visa-credit",)), progress)
        return record

    monkeypatch.setattr(batches, "run_acceptance", physical)
    answers = iter([True, True, False])
    path = tmp_path / "b"
    assert run_batch(options(()), Batch.open(path, SALT), ask=lambda _number: next(answers))
    (row,) = Batch.open(path, SALT).rows.values()
    assert len(row.card) == 16
    answers = iter([True, False])
    assert run_batch(options(()), Batch.open(path, SALT), ask=lambda _number: next(answers))
    assert len(Batch.open(path, SALT).rows) == 1


@pytest.mark.parametrize(("batch_salt", "used"), [(None, b"of the run"), (SALT, SALT.value)])
def test_virtual_cards_are_recognised_with_the_salt_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_salt: Salt | None, used: bytes
) -> None:
    """What drawer and history know cards by; the batch has one of its own for physical cards."""
    seen: list[bytes] = []
    run = batches.run_acceptance
    monkeypatch.setattr(
        batches, "run_acceptance", lambda one, *more: seen.append(one.salt) or run(one, *more)
    )
    wanted = replace(options(FORTY[:1]), salt=b"of the run")
    assert run_batch(wanted, Batch.open(tmp_path / "b", batch_salt))
    assert seen == [used]


def test_a_batch_tells_its_salt_apart_and_does_not_give_it_away(tmp_path: Path) -> None:
    """With the salt, the masked PAN beside the hash would be no secret."""
    path = tmp_path / "b"
    Batch.open(path, SALT)
    assert json.loads(path.read_text())["salt_id"] == SALT.id
    assert SALT.value.hex() not in path.read_text()
    other = Salt(bytes(16))
    with pytest.raises(ConfigError, match=f"salt {SALT.id}, this bench has {other.id}"):
        Batch.open(path, other)
    Batch.open(tmp_path / "virtual")
    with pytest.raises(ConfigError, match="were hashed with salt"):
        Batch.open(tmp_path / "virtual", SALT)


@pytest.mark.parametrize("text", ["hello\n", "{}\n", '{"kind": "run", "schema": 1}\n'])
def test_another_file_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other"
    path.write_text(text)
    with pytest.raises(ConfigError):
        Batch.open(path)
    assert path.read_text() == text
