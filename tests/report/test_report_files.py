"""JSON, JUnit and HTML of a run: shape, escaping, masking, and that files are whole."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from harness.core import paths
from harness.core.errors import ConfigError
from harness.core.masking import Masker
from harness.records.exchange import Exchange
from harness.records.run import RunRecord, Trace
from harness.records.samples import Samples, percentile
from harness.report.bundle import write_bundle
from harness.report.files import write_atomic
from harness.report.histogram import LIMIT, Mark, histogram, latencies
from harness.report.html import MAX_EXCHANGES, html_page, matrix
from harness.report.json_report import run_json
from harness.report.junit import junit_xml
from harness.report.write import SINKS, learn, write_all


def schema(name: str) -> dict:
    return json.loads((paths.data("schemas") / f"{name}.json").read_text())


def test_report_json_follows_its_schema(record):
    data = json.loads(json.dumps(run_json(record, Masker())))
    jsonschema.validate(data, schema("run"))
    assert [r["verdict"] for r in data["results"]].count("PASS") == 2
    assert data["totals"] == {"PASS": 2, "WARN": 1, "FAIL": 1, "SKIP": 2, "ERROR": 1, "TIMEOUT": 1}
    assert data["results"][1]["measurements"][0]["within"] is False
    assert data["coverage"]["required"] == ["visa-credit", "vpay", "maestro"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["results"][0].update(verdict="OK"),
        lambda d: d["results"][5].update(reason=None),
        lambda d: d["results"][0].update(reason="not examined"),
        lambda d: d.pop("totals"),
        lambda d: d["totals"].pop("TIMEOUT"),
        lambda d: d["coverage"]["rows"][0].update(state="fine"),
        lambda d: d.update(schema=2),
        lambda d: d["traces"][0]["exchanges"][0].update(command="zz"),
    ],
)
def test_report_schema_refuses_what_is_wrong(record, spoil):
    data = json.loads(json.dumps(run_json(record, Masker())))
    spoil(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema("run"))


def test_report_every_schema_is_a_schema():
    names = sorted(path.stem for path in paths.data("schemas").glob("*.json"))
    assert {"run", "readers", "card-list", "transact", "apdu", "decode", "doctor"} <= set(names)
    for name in names:
        jsonschema.Draft202012Validator.check_schema(schema(name))
        assert schema(name)["title"], name


def test_report_junit_maps_verdicts(record):
    root = ET.fromstring(junit_xml(record, Masker()))
    assert root.attrib["tests"] == "8"
    assert (root.attrib["failures"], root.attrib["errors"], root.attrib["skipped"]) == (
        "2",
        "1",
        "2",
    )
    cases = {case.attrib["name"].split()[0]: case for case in root.iter("testcase")}
    assert cases["TRK-03"].find("failure").attrib["type"] == "FAIL"
    assert cases["RST-01"].find("failure").attrib["type"] == "TIMEOUT"
    assert cases["ENV-01"].find("error") is not None
    assert cases["AC-05"].find("skipped").attrib["message"] == "state change not allowed"
    assert "clause not verified" in cases["TRK-03"].find("failure").text
    assert len(cases["CRD-01"]) == 0
    assert "measured: p95 71.25 ms" in cases["PER-02"].find("system-out").text
    for suite in root.iter("testsuite"):
        count = len(list(suite.iter("testcase")))
        assert suite.attrib["tests"] == str(count)
        assert suite.find("properties/property[@name='commit']").attrib["value"] == "abc"


def test_report_junit_survives_control_characters(record):
    bad = replace(record.results[4], message="\x00\x1b[2J\ufffe\ud800")
    text = junit_xml(replace(record, results=(bad,)), Masker())
    root = ET.fromstring(text.encode("utf-8", "strict"))
    assert len(list(root.iter("failure"))) == 1


class Page(HTMLParser):
    """Collects tags and what they refer to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.references: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action", "data") or name.startswith("on"):
                self.references.append(f"{name}={value}")

    def handle_data(self, data):
        self.text += data


def test_report_html_is_self_contained_and_escaped(record):
    text = html_page(record, Masker())
    page = Page(text)
    assert page.references == []
    assert "script" not in page.tags
    assert {"iframe", "img", "link", "object"}.isdisjoint(page.tags)
    assert "<script>alert(1)</script>" in page.text
    assert "ACME <Reader> & Co 00 00" in page.text
    assert "url(" not in text
    assert "@import" not in text


def test_report_html_says_what_it_must(record):
    text = Page(html_page(record, Masker())).text
    assert "Not an EMVCo-qualified tool" in text
    assert "gives no approval" in text
    assert "EMV is a registered trademark of EMVCo" in text
    assert "PC/SC cannot tell card from reader from driver" in text
    assert "electrical, RF and block level not observable" in text
    assert "clause not verified" in text
    assert "LinkTimeout: no answer in 5,000 ms" in text
    assert "6A82" in text
    assert "0123456789abcdef" in text


def test_report_html_verdicts_are_words_not_colours(record):
    page = Page(html_page(record, Masker()))
    for verdict in ("PASS", "WARN", "FAIL", "SKIP", "ERROR", "TIMEOUT"):
        assert verdict in page.text


def test_report_html_matrix(record):
    made = matrix(record)
    assert [name for name, _cells in made.rows][:2] == ["visa-credit · contact", "vpay · contact"]
    text = html_page(record, Masker())
    assert [
        re.search(f'class="cell {state}"[^>]*>(.)<', text).group(1)
        for state in ("accepted", "rejected", "not-tried", "not-required")
    ] == ["C", "R", "?", "–"]


def test_report_html_bounds_long_traces(record):
    many = tuple(
        Exchange(n, bytes.fromhex("0084000000"), b"\x90\0", n, 0.1)
        for n in range(MAX_EXCHANGES + 7)
    )
    text = html_page(replace(record, traces=(Trace("s", "r", "sweep", many),)), Masker())
    assert "7 more exchanges are in report.json" in text
    assert text.count('<details class="apdu">') == MAX_EXCHANGES


def test_report_html_decodes_and_masks_the_trace(record):
    text = html_page(record, learn(record, Masker()))
    assert "Application Primary Account Number" in text
    assert "476173******0119" in text
    assert "4761739001010119" not in text
    assert "SECRET" not in text


def test_report_empty_run(record):
    empty = RunRecord(run=replace(record.run, readers=()), results=())
    assert "nothing" not in html_page(empty, Masker()).lower()[:20]
    jsonschema.validate(run_json(empty, Masker()), schema("run"))
    assert ET.fromstring(junit_xml(empty, Masker())).attrib["tests"] == "0"


def test_report_histogram_counts_every_value():
    values = sorted([0.05, 0.05, 0.3, 7.0, 5000.0])
    svg = histogram(values, (Mark("p50", 0.3), Mark(LIMIT, 60.0)))
    ET.fromstring(svg)
    assert sum(int(n) for n in re.findall(r"ms: (\d+)<", svg)) == len(values)
    assert svg.count("<rect") == 4
    assert ">p50 0.300 ms<" in svg
    assert ">limit 60.0 ms<" in svg


def test_report_histogram_points_to_a_limit_far_away():
    svg = histogram([0.1, 0.2, 0.3], (Mark(LIMIT, 60.0),))
    assert ">limit 60.0 ms, beyond this axis<" in svg
    assert ">50<" not in svg


@pytest.mark.parametrize("values", [[0.1] * 50, [0.0], [0.1, 90_000.0], [3.0, 3.1]])
def test_report_histogram_of_any_spread_is_drawn_inside_its_frame(values):
    svg = ET.fromstring(histogram(values, (Mark("max", max(values)), Mark(LIMIT, 25.0))))
    width = float(svg.attrib["viewBox"].split()[2])
    places = [float(node.attrib["x"]) for node in svg if "x" in node.attrib]
    assert all(0 <= place <= width for place in places)
    ticks = [node for node in svg if node.tag == "text" and node.attrib.get("class") is None]
    assert len(ticks) >= 5  # two counts, the axis, two places at least


def test_report_has_a_histogram_for_each_check_that_timed_something(record):
    timed = Samples("reset", (1.0, 2.0, 30.0), high=25.0)
    results = (replace(record.results[0], samples=(timed,)), *record.results[1:])
    shown = latencies(replace(record, results=results))
    assert "reset" in shown[0].title
    assert shown[0].figures == (
        "3 samples · p50 2.00 ms · p95 30.0 ms · p99 30.0 ms · max 30.0 ms · limit of p95 25.0 ms"
    )
    page = html_page(replace(record, results=results), Masker())
    assert page.count("<svg") == len(shown)
    assert "<script" not in page


def test_report_percentile_is_nearest_rank():
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 95) == 95.0
    assert percentile(values, 50) == 50.0
    assert percentile([3.0], 95) == 3.0


def test_report_write_all(record, tmp_path):
    made = write_all(record, tmp_path / "deep" / "out", Masker())
    assert sorted(path.name for path in made) == ["junit.xml", "report.html", "report.json"]
    assert sorted(p.name for p in (tmp_path / "deep" / "out").iterdir()) == sorted(
        path.name for path in made
    )
    assert len(made) == len(SINKS.names())


def test_report_write_all_unmasked_is_private(record, tmp_path):
    for path in write_all(record, tmp_path, Masker(enabled=False)):
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_report_files_are_whole_or_absent(tmp_path, monkeypatch):
    target = tmp_path / "report.json"
    write_atomic(target, "old")

    def broken(_source, _target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.report.files.os.replace", broken)
    with pytest.raises(ConfigError, match="No space left"):
        write_atomic(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_report_out_is_a_file(record, tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(ConfigError, match="--out"):
        write_all(record, tmp_path / "taken", Masker())


def test_a_bundle_that_cannot_be_written_leaves_nothing_behind(record, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.core.atomic.os.replace", full)
    with pytest.raises(ConfigError, match="cannot write the bundle"):
        write_bundle(record, tmp_path / "evidence.zip", Masker())
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert write_bundle(record, tmp_path / "evidence.zip", Masker()).stat().st_size > 1000
