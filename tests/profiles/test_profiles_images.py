"""Card images: loading, all mistakes at once, and what the shipped ones must be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from harness.core.errors import ConfigError, ConfigErrors
from harness.core.masking import luhn_ok
from harness.crypto.capk import OWN_TEST_KEYS
from harness.profiles.card_types import card_types
from harness.profiles.image import list_images, load_image
from harness.profiles.image_load import images_folder
from harness.virtualcard.personalise import Personalised

EMV = [image for image in list_images() if image.is_emv]


def test_shipped_images() -> None:
    images = list_images()
    order = [(not image.is_emv, image.id) for image in images]
    assert order == sorted(order)
    assert len(EMV) >= 40
    assert len({image.scheme for image in EMV}) >= 16
    assert len([image for image in EMV if image.basis == "public"]) >= 6
    assert {image.scheme for image in EMV if image.basis == "public"} <= {"visa", "mastercard"}
    shown = {image.id: (image.authentication, image.cvn) for image in list_images()}
    assert shown["visa-credit"] == (("dda",), ("12",))
    assert shown["mastercard-debit"] == (("dda", "cda"), ("14",))
    assert shown["test-card"] == ((), ())


@pytest.mark.parametrize("image", list_images(), ids=lambda image: image.id)
def test_id_is_the_file_name_and_the_note_says_what_it_is(image) -> None:
    assert image.path == images_folder() / f"{image.id}.toml"
    assert "synthetic card" in image.note or image.scheme == "test"
    assert "synthetic card under a" in image.note or not image.is_emv
    assert not image.is_emv or "test keys" in image.note


@pytest.mark.parametrize("image", EMV, ids=lambda image: image.id)
def test_payment_images_are_consistent(image) -> None:
    assert image.card_type in card_types() or image.expect == "refused"
    if image.card_type:
        beginning = card_types()[image.card_type].aid
        assert any(app.aid.startswith(beginning) for app in image.applications)
    for app in image.applications:
        values = Personalised(app).values
        assert luhn_ok(app.pan)
        track = values[0x57].hex().upper()
        assert track.startswith(f"{app.pan}D{app.expiry:%y%m}{app.service_code}")
        assert len(values[0x57]) <= 19
        assert values[0x5F25] < values[0x5F24]
        if image.expect == "completes":
            assert app.expiry.year == 2049, "far enough that no run turns red by itself"
        if app.authentication:
            assert app.keys.certificate_expiry.hex() == "1249"
            assert OWN_TEST_KEYS[app.keys.ca_index] == app.keys.ca


@pytest.mark.parametrize("image", EMV, ids=lambda image: image.id)
def test_payment_images_carry_the_mandatory_and_the_usual_data(image) -> None:
    for app in image.applications:
        held = {tag for record in app.records for tag in record.tags}
        mandatory = {0x5A, 0x5F24, 0x8C, 0x8D}
        usual = {0x57, 0x5F20, 0x5F25, 0x5F28, 0x5F30, 0x5F34, 0x8E, 0x9F07, 0x9F08}
        usual |= {0x9F0D, 0x9F0E, 0x9F0F, 0x9F42}
        if app.authentication:
            usual |= {0x8F, 0x90, 0x9F32, 0x9F4A}
        if app.keys.icc:
            usual |= {0x9F46, 0x9F47, 0x9F49}
        assert mandatory | usual <= held
        made = {0x90, 0x92, 0x93, 0x9F32, 0x9F46, 0x9F47, 0x9F48}
        assert held <= set(Personalised(app).values) | made


def test_no_two_applications_share_a_pan() -> None:
    pans = [app.pan for image in EMV for app in image.applications]
    assert len(pans) == len(set(pans)), "the issuer finds its keys by PAN"


def test_unknown_image_names_the_nearest_and_what_lists_them() -> None:
    with pytest.raises(ConfigError) as caught:
        load_image("diners")
    assert "diners-credit" in caught.value.todo
    assert "emv-harness card list" in caught.value.todo


def test_missing_file_and_broken_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_image(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("schema = \n")
    with pytest.raises(ConfigError, match="line 1"):
        load_image(broken)
    broken.write_bytes(b"note = '\xff'")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_image(str(broken))


BAD = """
    schema = 2
    id = "Bad Id"
    scheme = "visa"
    type = "gold"
    basis = "public"
    interfaces = ["contact", "radio"]
    note = 5
    legacy = "no"
    colour = "blue"
    [atr]
    cold = "3B6"
    [[application]]
    aid = "A000"
    label = "VISA"
    pan = "4761 7390"
    expiry = "2049-12-31"
    service_code = "201"
    aip = "7C00"
    cdol1 = "9F02"
    cdol2 = "8A02"
    cvn = "12"
    pine = "1234"
    log = { sfi = 11, format = "9A03" }
    data = { "9F" = "00", "9F08" = "0" }
    [application.keys]
    imk_ac = "00"
    imk_smi = "00112233445566778899AABBCCDDEEFF"
    ca = "nobody"
    issuer = "own-test-issuer-visa-1152"
    [application.risk]
    lower_offline_limit = 5
    upper_offline_limit = 2
    [[application.record]]
    sfi = 11
    number = 1
    signed = true
    tags = ["93", "GG"]
    [[application.record]]
    sfi = 11
    number = 1
"""


def test_all_mistakes_of_an_image_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(dedent(BAD))
    with pytest.raises(ConfigErrors) as caught:
        load_image(path)
    keys = [key for key, _message in caught.value.problems]
    assert sorted(set(keys)) == sorted(
        [
            "schema",
            "id",
            "name",
            "type",
            "interfaces",
            "note",
            "legacy",
            "colour",
            "atr.cold",
            "application[0].aid",
            "application[0].pan",
            "application[0].expiry",
            "application[0].cdol1",
            "application[0].pine",
            "application[0].data.9F",
            "application[0].data.9F08",
            "application[0].keys.imk_ac",
            "application[0].keys.ca",
            "application[0].keys.icc",
            "application[0].risk.lower_offline_limit",
            "application[0].record[0].tags",
            "application[0].record[0].signed",
            "application[0].record[1].tags",
            "application[0].record[1]",
            "application[0].log.sfi",
        ]
    )
    text = str(caught.value)
    assert "did you mean 'pin'?" in text
    assert str(path) in text


def test_empty_file_names_everything_that_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("")
    with pytest.raises(ConfigErrors) as caught:
        load_image(path)
    keys = {key for key, _message in caught.value.problems}
    assert {"schema", "id", "name", "scheme", "atr", "application", "note"} <= keys


def test_no_heavy_library_on_the_happy_path() -> None:
    code = """
        import sys
        from harness.profiles.image import list_images
        from harness.profiles.plan import load_plan
        from harness.profiles.reader_profile import list_profiles
        from harness.profiles.sequence import load_sequence, sequence_ids
        from harness.profiles.terminal_config import load_terminal
        from harness.virtualcard.card import open_card
        list_images(), load_plan(), list_profiles(), load_terminal()
        [load_sequence(name) for name in sequence_ids()]
        open_card("visa-credit", ["mute@3"]).power_on()
        heavy = {"pydantic", "click", "rich", "importlib.metadata", "smartcard", "jinja2"}
        print(sorted(heavy & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
