"""What the reader suite of a run is told: the profile that fits, its limits, what is kept."""

from __future__ import annotations

from harness.campaign.options import AcceptanceOptions, Progress
from harness.checks.events import Notice
from harness.checks.reader.bench import Limits
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.link.api import Reader
from harness.profiles.reader_match import Match
from harness.profiles.reader_profile import ReaderProfile
from harness.records.result import CheckResult


def match_facts(match: Match, name: str, progress: Progress) -> dict[str, str]:
    """For the report: the profile, what decided, and what fits as well, which is also told."""
    known = {"profile": match.profile.id}
    if match.by:
        known["matched by"] = match.by
    if match.ambiguous:
        known["several profiles fit"] = ", ".join(match.others)
        text = _("several profiles fit, none is taken: {names}; `--profile NAME` names one")
        progress(Notice(text.format(names=", ".join(match.others)), name))
    return known


def limits_of(profile: ReaderProfile) -> Limits:
    """What the checks hold this model to."""
    own = profile.limits
    return Limits(
        profile.id,
        own.apdu_ms_p95,
        insert_ms=own.insert_ms,
        remove_ms=own.remove_ms,
        reset_ms=own.reset_ms,
        connect_ms=own.connect_ms,
        apdu_p50_ms=own.apdu_ms_p50,
        extended=own.extended,
        max_data=own.max_data,
    )


def kept_results(
    options: AcceptanceOptions, reader: Reader, progress: Progress
) -> tuple[CheckResult, ...]:
    """What an earlier run judged of this reader. Raises ConfigError when it was another one."""
    earlier = options.kept
    if earlier is None:
        return ()
    found = earlier.of(reader.name)
    if earlier.results and not found:
        raise ConfigError(
            _("run {run} judged another reader: {name}").format(
                run=earlier.run, name=earlier.results[0].reader
            ),
            where="--resume",
            todo=_("name that reader, or leave --resume out"),
        )
    note = _("{n} results of run {run} are kept").format(n=len(found), run=earlier.run)
    progress(Notice(note, reader.name))
    return found
