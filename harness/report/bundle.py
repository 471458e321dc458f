"""The evidence bundle: one ZIP file that a reader vendor can work with.

Report, masked transcripts, versions, the reader's profile, hashes of it all, and for each failure
a script that shows it again with nothing but plain pyscard.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

from harness.core.atomic import replace_file
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.masking import Masker
from harness.core.verdict import Verdict
from harness.profiles.reader_profile import profiles_folder
from harness.records.exchange import Exchange
from harness.records.jsonl import transcript_lines
from harness.records.result import CheckResult
from harness.records.run import RunRecord, Trace
from harness.report.reproduce import script, steps_of, tells
from harness.report.write import SINKS, learn

_FAILED = (Verdict.FAIL, Verdict.TIMEOUT)
_STAMP = (1980, 1, 1, 0, 0, 0)
MOST_STEPS = 400
"""Exchanges of one script: the last ones of a long test show the failure as well."""


def write_bundle(record: RunRecord, path: Path, masker: Masker) -> Path:
    """Write the bundle and return its path. Raises ConfigError when it cannot be written."""
    learn(record, masker)
    files = _files(record, masker)
    sums = [f"{hashlib.sha256(text.encode()).hexdigest()}  {name}" for name, text in files.items()]
    files["SHA256SUMS"] = "\n".join(sums) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, _packed(files))
    except OSError as error:
        raise ConfigError(
            _("cannot write the bundle: {reason}").format(reason=error.strerror), where=str(path)
        ) from error
    return path


def _packed(files: dict[str, str]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in files.items():
            bundle.writestr(zipfile.ZipInfo(name, _STAMP), text)
    return whole.getvalue()


def _files(record: RunRecord, masker: Masker) -> dict[str, str]:
    files = {}
    for sink in SINKS:
        name, text = sink(record, masker)
        files[name] = text
    files["versions.json"] = json.dumps(dict(record.run.versions), indent=1, sort_keys=True) + "\n"
    for number, trace in enumerate(record.traces):
        files[f"traces/{number:02d}-{_safe(trace.reader)}.jsonl"] = _transcript(trace, masker)
    for facts in record.run.readers:
        profile = profiles_folder() / f"{facts.get('profile', '')}.toml"
        if profile.is_file():
            files[f"profile/{profile.name}"] = profile.read_text("utf-8")
    for number, result in enumerate(record.results):
        if result.verdict in _FAILED:
            text = _script(record, result, masker)
            if text:
                files[f"reproduce/{number:03d}-{_safe(result.id)}.py"] = text
    return files


def _transcript(trace: Trace, masker: Masker) -> str:
    atrs = [one.response for one in trace.exchanges if one.kind == "reset" and one.response]
    lines = transcript_lines(
        trace.exchanges,
        atr=atrs[0] if atrs else b"",
        protocol="",
        facts={"reader": trace.reader, "title": trace.title},
        unmask=not masker.enabled,
    )
    return "\n".join(lines) + "\n"


def _script(record: RunRecord, result: CheckResult, masker: Masker) -> str:
    """The script for one failure; empty where no exchange belongs to it, or where a card without
    the failure answers the same."""
    steps = steps_of(_exchanges(record, result))[-MOST_STEPS:]
    if not steps or (result.suite != "reader" and not tells(steps[-1])):
        return ""
    said = f"{result.id} {result.title}: {result.verdict.value}: {result.message}"
    return script(_reader_name(result.reader), masker.text(said), steps)


def _reader_name(name: str) -> str:
    """A virtual card over PC/SC is in vpcd's slot; others are called by their own name."""
    return "Virtual PCD" if name.startswith(("vpcd", "virtual ")) else name


def _exchanges(record: RunRecord, result: CheckResult) -> list[Exchange]:
    """What leads to the evidence: of a reader's check what crossed the link while it ran; of a
    card's everything since the reset before, without which no application is selected."""
    places = [one.exchange for one in result.evidence if one.exchange is not None]
    if not places:
        return []
    traces = [one for one in record.traces if one.reader == result.reader]
    for trace in sorted(traces, key=lambda one: one.subject != result.subject):
        first = min(places)
        if result.suite != "reader":
            resets = [one.index for one in trace.exchanges if one.kind == "reset"]
            first = max((at for at in resets if at <= first), default=0)
        found = [one for one in trace.exchanges if first <= one.index <= max(places)]
        if any(one.index == max(places) for one in found):
            return found
    return []


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
