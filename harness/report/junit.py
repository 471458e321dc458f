"""The run as JUnit XML, for CI. SKIP is skipped, FAIL and TIMEOUT are failures, ERROR is error."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from harness.core.masking import Masker
from harness.core.verdict import Verdict
from harness.records.result import CheckResult
from harness.records.run import RunRecord
from harness.report.summary import NOTICE, Group, conditions, groups

# Characters that XML 1.0 does not allow, escaped or not (W3C XML 1.0, 2.2).
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(record: RunRecord, masker: Masker) -> str:
    """``record`` as a JUnit document: one test suite for each suite, reader and card."""
    found = groups(record)
    root = ET.Element("testsuites", {"name": "emv-harness"} | _counts(record.results))
    for group in found:
        root.append(_suite(record, group, masker))
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + body + "\n"


def _suite(record: RunRecord, group: Group, masker: Masker) -> ET.Element:
    parts = dict.fromkeys((group.suite, group.reader, group.subject))
    name = " · ".join(part for part in parts if part)
    attributes = {"name": _text(name, masker), "timestamp": record.run.started}
    suite = ET.Element("testsuite", attributes | _counts(group.results))
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(record):
        ET.SubElement(properties, "property", {"name": key, "value": _text(value, masker)})
    for result in group.results:
        suite.append(_case(result, masker))
    return suite


def _properties(record: RunRecord) -> list[tuple[str, str]]:
    run = record.run
    pairs = [("run", run.id), ("tool", run.tool), ("commit", run.commit)]
    pairs += [("vectors", run.vectors_hash), ("operator", run.operator)]
    pairs += [(f"version.{name}", version) for name, version in run.versions.items()]
    pairs += [(f"condition.{name}", value) for name, value in conditions(record)]
    for reader in run.readers:
        name = reader.get("name", "reader")
        pairs += [(f"reader.{name}.{key}", text) for key, text in reader.items() if key != "name"]
    return [(key, value) for key, value in [*pairs, ("notice", NOTICE)] if value]


def _case(result: CheckResult, masker: Masker) -> ET.Element:
    parts = dict.fromkeys((result.suite, result.reader, result.subject))
    place = ".".join(part for part in parts if part)
    case = ET.Element(
        "testcase",
        {
            "classname": _text(place, masker),
            "name": _text(f"{result.id} {result.title}", masker),
            "time": f"{result.elapsed_ms / 1000:.6f}",
        },
    )
    details = _text(_details(result), masker)
    message = _text(result.message or result.title, masker)
    if result.verdict is Verdict.SKIP:
        reason = result.reason.value if result.reason is not None else ""
        text = f"{reason}: {message}" if result.message else reason
        ET.SubElement(case, "skipped", {"message": text})
    elif result.verdict in (Verdict.FAIL, Verdict.TIMEOUT):
        kind = {"type": result.verdict.value, "message": message}
        ET.SubElement(case, "failure", kind).text = details
    elif result.verdict is Verdict.ERROR:
        ET.SubElement(case, "error", {"type": "ERROR", "message": message}).text = details
    elif details:
        ET.SubElement(case, "system-out").text = f"{result.verdict.value}\n{details}"
    return case


def _details(result: CheckResult) -> str:
    lines = [result.message] if result.message else []
    for item in result.measurements:
        limits = f" (limits {item.low} to {item.high})" if not item.within else ""
        lines.append(f"measured: {item.name} {item.value} {item.unit}".rstrip() + limits)
    lines += [f"evidence: {item.text}" for item in result.evidence]
    lines += [f"spec: {spec}" for spec in result.spec]
    if result.advice:
        lines.append(f"what to do: {result.advice}")
    return "\n".join(lines)


def _counts(results: tuple[CheckResult, ...]) -> dict[str, str]:
    verdicts = [result.verdict for result in results]
    failures = sum(verdict in (Verdict.FAIL, Verdict.TIMEOUT) for verdict in verdicts)
    return {
        "tests": str(len(verdicts)),
        "failures": str(failures),
        "errors": str(verdicts.count(Verdict.ERROR)),
        "skipped": str(verdicts.count(Verdict.SKIP)),
        "time": f"{sum(result.elapsed_ms for result in results) / 1000:.6f}",
    }


def _text(text: str, masker: Masker) -> str:
    return _FORBIDDEN.sub("\ufffd", masker.text(text))
