"""The text of an image of a card that was read: every line of it, and what each change changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from imageborders import Entry, entries, found, text

from harness.checks import card_image
from harness.profiles.card_types import card_types

ENTRIES = list(entries())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.head[:80])
def test_an_image_of_what_was_read(entry: Entry) -> None:
    assert found(entry).lines == entry.lines


def test_a_product_that_no_image_can_be_is_a_debit_card(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = replace(card_types()["visa-credit"], product="transit")
    monkeypatch.setattr(card_image, "types_by_aid", lambda _aid: [kind])
    assert 'type       = "debit"' in text("visa", "masked", "")
