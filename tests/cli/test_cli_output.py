"""Tables on stdout: aligned, and no wider than a report."""

from __future__ import annotations

from harness.cli.output import table


def test_a_table_stays_within_the_width_of_a_report() -> None:
    text = " ".join(["word"] * 40)
    lines = table([["one", text], ["three", "short"]], ["name", "what"])
    assert max(map(len, lines)) <= 100
    assert [line[:7].strip() for line in lines] == ["name", "one", "", "", "three"]
    assert " ".join(line[7:] for line in lines[1:4]) == text


def test_colour_takes_no_columns_in_a_table() -> None:
    lines = table([["\033[32mPASS\033[0m", "x"], ["\033[2mSKIP\033[0m", "y"]], ["verdict", "seen"])
    assert lines[1:] == ["\033[32mPASS\033[0m     x", "\033[2mSKIP\033[0m     y"]
