"""The run on a terminal: nothing by colour alone, nothing wider than 100 columns."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.i18n import set_language
from harness.core.masking import Masker
from harness.core.verdict import Verdict, worst
from harness.records.run import RunRecord
from harness.report.console import print_run, run_lines
from harness.report.layout import cell_width, columns, indented, milliseconds, packed, pad, wrap
from harness.report.summary import groups, limits, measured, statement


def shown(record, **more) -> str:
    return "\n".join(text for text, _style in run_lines(record, **more))


def test_console_failures_say_what_and_what_to_do(record):
    text = shown(record)
    assert re.search(r"^  FAIL    TRK-03", text, re.M)
    assert "-> ask the issuer & personaliser" in text
    assert "57 at record 1.1 offset 4" in text
    assert re.search(r"^  TIMEOUT RST-01", text, re.M)
    assert re.search(r"^  ERROR   ENV-01", text, re.M)
    assert "p95 71.2 ms (limit <= 60 ms)" in text
    assert "PC/SC cannot tell card from reader from driver" in text


def test_console_totals_keep_fail_and_error_apart(record):
    line = next(line for line in shown(record).splitlines() if " pass " in line)
    assert line.split("   ")[0].startswith("ERROR")
    for part in ("2 pass", "1 warn", "1 fail", "2 skip", "1 error", "1 timeout"):
        assert part in line


def test_console_skips_have_reasons(record):
    text = shown(record)
    assert re.search(r"^  SKIP    2 .*1 state change not allowed · 1 not examined", text, re.M)
    assert "AC-05" not in text
    assert "AC-05" in shown(record, verbose=1)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("verbose", [0, 1])
def test_console_fits_100_columns(record, language, verbose):
    set_language(language)
    try:
        lines = shown(record, verbose=verbose, files=[Path("out/report.html")]).splitlines()
    finally:
        set_language("en")
    assert max(cell_width(line) for line in lines) <= 100


def test_console_no_colour_into_a_file(record):
    stream = io.StringIO()
    print_run(record, stream, masker=Masker())
    assert "\033" not in stream.getvalue()
    assert "TRK-03" in stream.getvalue()


def test_console_names_the_files(record):
    assert "report  out/report.html" in shown(record, files=[Path("out/report.html")])


def test_console_interrupted_and_empty(record):
    assert "interrupted" in shown(replace(record, interrupted=True))
    text = shown(RunRecord(run=record.run, results=()))
    assert "nothing ran" in text
    assert "no check was run" in text


def test_console_words_of_the_statements(record):
    reader, card = groups(record)[:2]
    assert statement(reader, virtual=False).startswith("no fault observed in 3 tests over PC/SC")
    assert "1 check ended without an answer" in statement(reader, virtual=False)
    assert "could not be judged" in statement(reader, virtual=False)
    assert statement(card, virtual=False) == (
        "1 non-conformity in 2 of 4 applicable checks, 2 not examined"
    )
    for words in (statement(reader, virtual=True), statement(card, virtual=True)):
        assert "valid" not in words
        assert "healthy" not in words


def test_console_worst_verdict_order():
    order = [Verdict.ERROR, Verdict.FAIL, Verdict.TIMEOUT, Verdict.WARN, Verdict.PASS, Verdict.SKIP]
    for place, verdict in enumerate(order):
        assert worst(order[place:]) is verdict
    assert worst([]) is Verdict.SKIP


def test_console_limits_and_values(record):
    item = record.results[1].measurements[0]
    assert measured(item) == "71.2 ms"
    assert limits(item) == "<= 60 ms"
    assert limits(replace(item, high=None)) == ""
    assert measured(replace(item, value=True, unit="")) == "yes"
    assert measured(replace(item, value="T=0", unit="")) == "T=0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123, "0.012 ms"),
        (1.234, "1.23 ms"),
        (12.34, "12.3 ms"),
        (123.4, "123 ms"),
        (1234, "1.23 s"),
        (12345, "12.3 s"),
    ],
)
def test_layout_milliseconds(value, text):
    assert milliseconds(value) == text


def test_layout_wide_characters():
    assert cell_width("卡片 a") == 6
    assert pad("卡", 4) == "卡  "
    assert columns("卡", "右", 10) == "卡" + " " * 6 + "右"
    assert wrap("交易过程中卡片被拔出", 8) == ["交易过程", "中卡片被", "拔出"]
    assert wrap("交易过程，卡片（拔）出", 8) == ["交易过", "程，卡片", "（拔）出"]


def test_layout_wrap_keeps_every_word():
    text = "one two three " + "x" * 50
    lines = wrap(text, 20)
    assert max(map(len, lines)) <= 20
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert wrap("", 10) == [""]


def test_layout_indented_and_packed():
    assert indented("a b c", "12: ", 24)[0] == "12: a b c"
    lines = indented("word " * 20, "> ", 40)
    assert all(line.startswith(("> ", "  ")) for line in lines)
    assert packed(["aa", "bb", "cc"], " · ", 8) == ["aa · bb", "cc"]
