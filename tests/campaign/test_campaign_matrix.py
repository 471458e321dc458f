"""Every virtual card against every behaviour of the issuer ends as the books have it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.campaign import matrix
from harness.campaign.matrix import COLUMNS, Cell, expect, run_matrix
from harness.core.clock import ManualClock
from harness.profiles.image import list_images
from harness.profiles.terminal_config import load_terminal, terminal_ids
from harness.terminal.outcome import Outcome

IMAGES = [image for image in list_images() if image.is_emv]


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    return run_matrix(IMAGES, load_terminal(), ManualClock())


def test_every_card_and_every_column_is_there(cells: list[Cell]) -> None:
    assert {(cell.image, cell.column) for cell in cells} == {
        (image.id, column.id) for image in IMAGES for column in COLUMNS
    }


def test_every_cell_is_what_the_books_give(cells: list[Cell]) -> None:
    assert [f"{cell.image} {cell.column}: {cell.text}" for cell in cells if not cell.ok] == []


@pytest.mark.parametrize("name", [name for name in terminal_ids() if name != "attended-eu"])
def test_under_every_other_terminal_too(name: str) -> None:
    wanted = {"visa-credit", "mastercard-credit", "mastercard-us-debit", "vpay", "unionpay-debit"}
    images = [image for image in IMAGES if image.id in wanted]
    cells = run_matrix(images, load_terminal(name), ManualClock())
    assert len(cells) == len(wanted) * len(COLUMNS)
    assert [f"{cell.image} {cell.column}: {cell.text}" for cell in cells if not cell.ok] == []


def test_every_column_makes_a_difference_somewhere(cells: list[Cell]) -> None:
    by_column = {
        column.id: [cell.seen for cell in cells if cell.column == column.id] for column in COLUMNS
    }
    seen = list(by_column.values())
    assert all(a != b for n, a in enumerate(seen) for b in seen[n + 1 :])
    outcomes = {cell.seen.outcome for cell in cells}
    assert outcomes >= {
        Outcome.APPROVED_ONLINE,
        Outcome.APPROVED_OFFLINE,
        Outcome.DECLINED_ONLINE,
        Outcome.DECLINED_OFFLINE,
    }


def test_a_card_that_believes_a_wrong_arpc_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    lenient = tuple(
        replace(column, rule="approve") if column.id == "wrong-arpc" else column
        for column in COLUMNS
    )
    monkeypatch.setattr(matrix, "COLUMNS", lenient)
    image = next(image for image in IMAGES if image.id == "visa-credit")
    (wrong,) = [cell for cell in run_matrix([image], load_terminal(), ManualClock()) if not cell.ok]
    assert wrong.column == "wrong-arpc"


def test_the_oracle_does_not_ask_the_terminal() -> None:
    image = next(image for image in IMAGES if image.id == "unionpay-credit")
    column = next(column for column in COLUMNS if column.id == "unreachable")
    due = expect(image, column, load_terminal(), ManualClock())
    assert due.outcome is Outcome.DECLINED_OFFLINE  # floor limit 0: TAC default
    assert due.tvr == matrix.FLOOR_LIMIT
