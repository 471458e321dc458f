"""What a run remembers and is remembered by: the history and its evidence, the bench's salt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from harness.campaign.drawer import note_seen, open_drawer
from harness.campaign.options import AcceptanceOptions
from harness.cli.boundary import tell_error
from harness.cli.drawer_file import path_in_a_run
from harness.cli.history_file import recording_path, told
from harness.cli.output import note
from harness.core.errors import ConfigError
from harness.core.i18n import _, ngettext, speaking
from harness.core.plain import dataclass
from harness.records.run import RunRecord

if TYPE_CHECKING:
    from harness.campaign.bench_salt import Salt
    from harness.campaign.history.store import History
    from harness.profiles.drawer import Drawer


@dataclass(slots=True)
class Memory:
    """Opened before anything is run, so that a wrong file is said then and not hours later."""

    history: History | None = None
    salt: Salt | None = None
    drawer: Drawer | None = None

    @classmethod
    def open(cls, history: str | None, since: date | None, drawer: str | None) -> Memory:
        """What the options name. Raises ConfigError."""
        path, cards = recording_path(history), path_in_a_run(drawer)
        memory = cls()
        if path is None and since is not None:
            raise ConfigError(
                _("--since chooses earlier runs, and no history is named"),
                where="--since",
                todo=_("add --history FILE"),
            )
        if path is not None or cards is not None:
            from harness.campaign.bench_salt import bench_salt

            memory.salt = bench_salt()
            if cards is not None:
                memory.drawer = open_drawer(cards, memory.salt)
        if path is not None:
            from harness.campaign.history.store import open_history

            memory.history = told(open_history(path, create=True))
        return memory

    def prepared(self, options: AcceptanceOptions, since: date | None) -> AcceptanceOptions:
        """``options`` with the salt, and with what earlier runs showed of the coverage."""
        if self.salt is not None:
            options = replace(options, salt=self.salt.value, drawer=self.drawer)
        if self.history is None or "coverage" not in options.suites:
            return options
        from harness.campaign.history.evidence import earlier_evidence
        from harness.campaign.history.read import Wanted

        with speaking("en"):
            earlier = earlier_evidence(self.history, options.config, Wanted(since=since))
        return replace(options, earlier=earlier)

    def keep(self, record: RunRecord) -> bool:
        """Note the run in the history and its cards in the drawer; False, and said on stderr, when
        that failed: the run itself stands."""
        kept = True
        for keep, lost in (
            (self._record, _("this run is not in the history")),
            (self._note_cards, _("this run's cards are not noted in the drawer")),
        ):
            try:
                keep(record)
            except ConfigError as error:
                tell_error(error)
                note(lost)
                kept = False
        return kept

    def _record(self, record: RunRecord) -> None:
        if self.history is None:
            return
        from harness.campaign.history.write import record_run

        count = record_run(self.history, record, salt=self.salt.id if self.salt else "")
        text = ngettext(
            "history: run {id} kept in {path}, {count} run now",
            "history: run {id} kept in {path}, {count} runs now",
            count,
        )
        note(text.format(id=record.run.id, path=self.history.path, count=count))
        for line in moved(self.history, record):
            note(line)

    def _note_cards(self, record: RunRecord) -> None:
        """What each card of the drawer said; a physical card that it does not know is named."""
        if self.drawer is None or self.drawer.path is None:
            return
        # The day by --clock, as the run's own.
        today = date.fromisoformat(record.run.clock)
        for subject in record.subjects:
            if subject.known_as:
                note_seen(self.drawer.path, subject, today)
                note(_("drawer: {label} seen").format(label=subject.known_as))
            elif subject.card_hash and not subject.basis:
                text = _("drawer: does not know the card in {reader}; `drawer add LABEL` does that")
                note(text.format(reader=subject.reader))


def moved(history: History, record: RunRecord) -> list[str]:
    """For each value of the run outside its limits: what became of it since the first run."""
    from harness.campaign.history.read import Wanted
    from harness.campaign.history.trend import series

    lines = []
    for result in record.results:
        for name in (item.name for item in result.measurements if not item.within):
            for one in series(history, result.id, Wanted(reader=result.reader), name):
                last = one.points[-1]
                exact = (one.name, one.reader, last.run) == (name, result.reader, record.run.id)
                if exact and last.change is not None:
                    text = _("{check}  {name}  {change:+.0f} % since {day}")
                    lines.append(
                        text.format(
                            check=result.id,
                            name=name,
                            change=last.change,
                            day=one.points[0].day,
                        )
                    )
    return lines
