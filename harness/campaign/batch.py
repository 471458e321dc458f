"""Card after card against the same checks: nothing tested twice, nothing lost.

The state of a batch is a file of JSON Lines: a header with the id of the salt that recognises
cards (never the salt itself: it would give away what the masked PANs hide), then one line a card,
on the disk before the next card is asked for. The same command again goes on where it was
interrupted. A line that was cut off in the middle was no card that was done: it is dropped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, field, replace
from pathlib import Path

from harness.campaign.acceptance import run_acceptance
from harness.campaign.bench_salt import Salt, require_salt
from harness.campaign.options import AcceptanceOptions, Progress
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.verdict import Verdict
from harness.profiles.image import list_images
from harness.records.run import RunRecord, Subject

SCHEMA = 1
_WORST = (Verdict.ERROR, Verdict.FAIL, Verdict.TIMEOUT, Verdict.WARN, Verdict.PASS, Verdict.SKIP)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One card that was done. ``card`` is the image, or the salted hash of a physical card;
    ``failed`` are ids of checks with FAIL, TIMEOUT or ERROR; ``run`` the id of its run."""

    card: str
    label: str
    pan: str
    verdict: str
    totals: dict[str, int]
    failed: tuple[str, ...]
    run: str


@dataclass()
class Batch:
    """The file of a batch: ``rows`` are the cards that are done, by ``card``."""

    path: Path
    salt: Salt | None = None
    rows: dict[str, BatchRow] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, salt: Salt | None = None) -> Batch:
        """The batch in ``path``; where there is no such file a new one. Physical cards are
        recognised with ``salt``; virtual ones need none.

        Raises ConfigError for a file that is no batch, or whose hashes another salt made.
        """
        if not path.exists():
            batch = cls(path, salt)
            known_by = salt.id if salt is not None else ""
            batch._write({"schema": SCHEMA, "kind": "batch", "salt_id": known_by}, new=True)
            return batch
        whole = _whole_lines(path)
        try:
            head, *lines = [json.loads(line) for line in whole]
            if head["kind"] != "batch" or head["schema"] != SCHEMA:
                raise ValueError(head["kind"])
            known_by = str(head["salt_id"])
            rows = [BatchRow(**{**line, "failed": tuple(line["failed"])}) for line in lines]
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                _("this file is no batch of cards"), where=str(path), todo=_("name another file")
            ) from error
        if salt is not None:
            text = _(
                "the cards of this batch were hashed with salt {theirs}, this bench has {ours}"
            )
            require_salt(known_by or _("(none)"), salt, path, text)
        return cls(path, salt, {row.card: row for row in rows})

    def add(self, row: BatchRow) -> None:
        """Keep a card that is done; it is on the disk when this returns."""
        self._write(asdict(row))
        self.rows[row.card] = row

    def _write(self, line: dict[str, object], *, new: bool = False) -> None:
        with self.path.open("w" if new else "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _whole_lines(path: Path) -> list[str]:
    """The lines of the file; what was cut off at the end is taken out of it."""
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if whole != text:
        path.write_bytes(whole)
    return whole.decode("utf-8", "replace").splitlines()


def run_batch(
    options: AcceptanceOptions,
    batch: Batch,
    *,
    progress: Progress | None = None,
    ask: Callable[[int], bool] | None = None,
    keep: Callable[[RunRecord], None] | None = None,
) -> bool:
    """Check every card that ``batch`` has not got yet; False when it was interrupted.

    Virtual cards come one image after the other (those of ``options.images``, or all). With a
    physical reader ``ask`` (number of the card) has to give True when the next card is in, False
    when there is none; a card that is done already is recognised and not counted again. ``keep``
    gets each record. Raises as ``run_acceptance``.
    """
    wanted = replace(options, suites=("card",))
    if batch.salt is not None:
        wanted = replace(wanted, salt=batch.salt.value)
    for one in _cards(wanted, batch, ask):
        record = run_acceptance(one, progress)
        if keep is not None:
            keep(record)
        if record.interrupted:
            return False
        row = _row(record, one.images[0] if one.images else "")
        if row.card not in batch.rows:
            batch.add(row)
    return True


def _cards(
    options: AcceptanceOptions, batch: Batch, ask: Callable[[int], bool] | None
) -> Iterator[AcceptanceOptions]:
    if ask is not None:
        while ask(len(batch.rows) + 1):
            yield options
        return
    for image in options.images or tuple(i.id for i in list_images() if i.is_emv):
        if image not in batch.rows:
            yield replace(options, images=(image,))


def _row(record: RunRecord, image: str) -> BatchRow:
    subject = record.subjects[-1] if record.subjects else Subject("", "", "", "")
    bad = (Verdict.FAIL, Verdict.TIMEOUT, Verdict.ERROR)
    seen = set(record.verdicts)
    return BatchRow(
        card=image or subject.card_hash or f"unread card of run {record.run.id}",
        label=subject.label,
        pan=subject.pan,
        verdict=next((v.value for v in _WORST if v in seen), Verdict.SKIP.value),
        totals=record.totals,
        failed=tuple(result.id for result in record.results if result.verdict in bad),
        run=record.run.id,
    )
