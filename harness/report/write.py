"""All report files of a run, by the registry of formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.core.i18n import N_, speaking
from harness.core.masking import Masker
from harness.core.registry import Registry
from harness.records.learned import learn
from harness.records.run import RunRecord
from harness.report.files import write_atomic
from harness.report.json_report import dumps, run_json

__all__ = ["SINKS", "learn", "write_all"]

Sink = Callable[[RunRecord, Masker], tuple[str, str]]
"""A format: from the record, a file name and the text of that file."""

SINKS: Registry[Sink] = Registry(
    N_("report format"),
    "harness.reports",
    {
        "html": "harness.report.write:html_sink",
        "json": "harness.report.write:json_sink",
        "junit": "harness.report.write:junit_sink",
    },
)


def html_sink(record: RunRecord, masker: Masker) -> tuple[str, str]:
    """``report.html``."""
    from harness.report.html import html_page

    return "report.html", html_page(record, masker)


def json_sink(record: RunRecord, masker: Masker) -> tuple[str, str]:
    """``report.json``, which ``run --json`` prints as well."""
    with speaking("en"):
        return "report.json", dumps(run_json(record, masker))


def junit_sink(record: RunRecord, masker: Masker) -> tuple[str, str]:
    """``junit.xml``."""
    from harness.report.junit import junit_xml

    with speaking("en"):
        return "junit.xml", junit_xml(record, masker)


def write_all(record: RunRecord, out_dir: Path, masker: Masker) -> list[Path]:
    """Write every format into ``out_dir`` (made when missing) and return the paths.

    Each file is written whole or not at all, with mode 0600 when ``masker`` is off. Raises
    ConfigError when the place cannot be written to.
    """
    learn(record, masker)
    paths = []
    for sink in SINKS:
        name, text = sink(record, masker)
        paths.append(write_atomic(out_dir / name, text, private=not masker.enabled))
    return paths
