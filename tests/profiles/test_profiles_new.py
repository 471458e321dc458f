"""``card new``: every scheme, every authentication, every key length gives a card that works."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from harness.checks.card_suite import CardSuiteOptions, run_card_suite
from harness.core.clock import ManualClock
from harness.core.errors import ConfigError
from harness.core.masking import luhn_ok
from harness.core.verdict import Verdict
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.card_types import card_types
from harness.profiles.image import CardImage, list_images, load_image
from harness.profiles.image_new import KEY_SIZES, ODA_AIP, NewCard, find_type, new_pan, text_of
from harness.profiles.schema import second_opinion
from harness.records.result import CheckResult

SCHEMES = sorted({known.scheme for known in card_types().values()})


def written(card: NewCard, folder: Path) -> CardImage:
    path = folder / f"{card.id}.toml"
    path.write_text(text_of(card), encoding="utf-8")
    assert second_opinion("card-image", tomllib.loads(path.read_text())) == []
    return load_image(path)


def completes(image: CardImage) -> None:
    reader = VirtualReader(str(image.path), LinkOptions(clock=ManualClock()))
    seen: list[object] = []
    attempt = run_card_suite(reader, seen.append, options=CardSuiteOptions(clock=ManualClock()))
    results = {event.id: event for event in seen if isinstance(event, CheckResult)}
    assert attempt.state == "accepted", attempt.why
    assert not [r for r in results.values() if r.verdict in (Verdict.FAIL, Verdict.ERROR)]
    assert results["AC-05"].verdict is Verdict.PASS, "the issuer knows the user's own card"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme(scheme: str, tmp_path: Path) -> None:
    image = written(NewCard("mine", find_type(scheme, "")), tmp_path)
    assert image.scheme == scheme
    assert image.authentication == ("dda",)
    assert luhn_ok(image.applications[0].pan)
    completes(image)


@pytest.mark.parametrize("scheme", ["visa", "mastercard", "unionpay", "interac", "rupay"])
@pytest.mark.parametrize("oda", ODA_AIP)
def test_every_authentication(scheme: str, oda: str, tmp_path: Path) -> None:
    image = written(NewCard("mine", find_type(scheme, ""), oda), tmp_path)
    wanted = {"none": (), "cda": ("dda", "cda")}
    assert image.authentication == wanted.get(oda, (oda,))
    completes(image)


@pytest.mark.parametrize("keys", KEY_SIZES)
@pytest.mark.parametrize("oda", ["dda", "cda"])
def test_every_key_length(keys: str, oda: str, tmp_path: Path) -> None:
    completes(written(NewCard("mine", "visa-credit", oda, keys=keys), tmp_path))


@pytest.mark.parametrize(
    ("card_type", "cvn"),
    [
        *(("visa-debit", cvn) for cvn in ("0A", "12", "22", "A5", "a6")),
        *(("maestro", cvn) for cvn in ("10", "11", "14", "15", "A6")),
    ],
)
def test_every_cryptogram_version(card_type: str, cvn: str, tmp_path: Path) -> None:
    image = written(NewCard("mine", card_type, cvn=cvn), tmp_path)
    assert image.cvn == (cvn.upper(),)
    completes(image)


def test_without_a_directory(tmp_path: Path) -> None:
    image = written(NewCard("mine", "jcb-credit", pse=False), tmp_path)
    assert image.pse is None
    completes(image)


def test_new_pans_are_nobody_elses() -> None:
    shipped = {app.pan for image in list_images() for app in image.applications}
    made = {new_pan(pan, serial) for pan in shipped if pan for serial in (1, 2, 99999)}
    assert not made & shipped


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: find_type("vis", ""), "--scheme"),
        (lambda: find_type("visa", "gold"), "--type"),
        (lambda: text_of(NewCard("x", "visa-credit", cvn="99")), "--cvn"),
        (lambda: text_of(NewCard("x", "visa-credit", cvn="10")), "--cvn"),
        (lambda: text_of(NewCard("x", "visa-credit", "sda", keys="896")), "--keys"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(make, where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make()
    assert caught.value.where == where
    assert caught.value.todo
