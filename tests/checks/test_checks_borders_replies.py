"""From exchanges to answers: what comes in pieces is joined."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks.card.replies import Reply, Reset, replies
from harness.records.exchange import Exchange


def exchanges(*pairs: tuple[str, str | None], first: int = 10) -> list[Exchange]:
    return [
        Exchange(first + at, bytes.fromhex(command), bytes.fromhex(answer or "") or None, 0.0, 0.0)
        for at, (command, answer) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([("00A40400", "AA6102"), ("00C0000002", "BB9000")], [("aabb", 0x9000, 10)]),
        ([("00A40400", "AA6102"), ("00C0000002", "BB6101"), ("00C0000001", "CC9000")],
         [("aabbcc", 0x9000, 10)]),
        ([("00A40400", "AA6102"), ("00B2010C00", "BB9000")],
         [("aa", 0x6102, 10), ("bb", 0x9000, 11)]),
        ([("00A40400", "AA9000"), ("00C0000002", "BB9000")],
         [("aa", 0x9000, 10), ("bb", 0x9000, 11)]),
        ([("00B2010C00", "6C02"), ("00B2010C02", "AABB9000")], [("aabb", 0x9000, 10)]),
        ([("00B2010C00", "6C02"), ("00B2020C02", "AABB9000")],
         [("", 0x6C02, 10), ("aabb", 0x9000, 11)]),
        ([("00B2010C00", "AA6D02"), ("00B2010C02", "BB9000")],
         [("aa", 0x6D02, 10), ("bb", 0x9000, 11)]),
        ([("00B2010C00", "90")], [("", None, 10)]),
        ([("00B2010C00", None), ("00C0000002", "BB9000")],
         [("", None, 10), ("bb", 0x9000, 11)]),
    ],
)  # fmt: skip
def test_pieces_are_joined(pairs, found):
    made = [(each.data.hex(), each.sw, each.index) for each in replies(exchanges(*pairs))]
    assert made == found


def test_the_error_is_that_of_the_last_piece():
    rows = exchanges(("00A40400", "AA6102"), ("00C0000002", "BB9000"))
    rows[1] = replace(rows[1], error="masked")
    (found,) = replies(rows)
    assert (found.error, found.ok, found.whole) == ("masked", True, False)
    rows = exchanges(("00B2010C00", "6C02"), ("00B2010C02", "AA9000"))
    rows[1] = replace(rows[1], error="masked")
    assert replies(rows)[0].error == "masked"


def test_resets_are_kept_where_they_gave_an_atr():
    rows = [
        Exchange(3, b"", b"\x3b\x00", 0.0, 0.0, "reset"),
        Exchange(4, b"", None, 0.0, 0.0, "reset"),
    ]
    assert replies(rows) == [Reset(b"\x3b\x00", 3)]


@pytest.mark.parametrize(
    ("sw", "error", "status"),
    [
        (0x9000, "", "9000"),
        (0x6A, "", "006A"),
        (None, "it left", "it left"),
        (None, "", "no answer"),
    ],
)
def test_the_status_of_an_answer(sw, error, status):
    assert Reply(b"\x00\xa4\x04\x00", b"", sw, 0, error).status == status


def test_the_label_is_the_command_with_what_it_is_about():
    assert Reply(bytes.fromhex("00B2020C00"), b"", 0, 0).label == "READ RECORD SFI 1 record 2"
    assert Reply(bytes.fromhex("0084000000"), b"", 0, 0).label == "GET CHALLENGE"
