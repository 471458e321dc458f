"""Terminal configurations, plans, card types, reader profiles, faults, and their JSON Schemas."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from harness.core import paths
from harness.core.errors import ConfigError, ConfigErrors
from harness.profiles import (
    drawer,
    fault_file,
    image_load,
    plan,
    reader_profile,
    sequence,
    terminal_config,
)
from harness.profiles.card_types import card_types, types_by_aid
from harness.profiles.image import list_images
from harness.profiles.reader_match import find_profile
from harness.profiles.schema import KINDS, json_schema, second_opinion

Loader = Callable[[Path], object]
FILES: dict[str, tuple[list[Path], Loader]] = {
    "card-image": (sorted(image_load.images_folder().glob("*.toml")), image_load.load),
    "apdu-sequence": (sorted(sequence.sequences_folder().glob("*.toml")), sequence.load_sequence),
    "fault": (sorted(fault_file.faults_folder().glob("*.toml")), fault_file.load_fault),
    "reader-profile": (
        sorted(reader_profile.profiles_folder().glob("*.toml")),
        reader_profile.load_profile,
    ),
    "terminal": (
        sorted(terminal_config.terminals_folder().glob("*.toml")),
        terminal_config.load_terminal,
    ),
    "plan": (sorted(plan.plans_folder().glob("*.toml")), plan.load_plan),
    "drawer": ([Path(__file__).with_name("drawer.toml")], drawer.load_drawer),
    "card-types": ([paths.data("card_types.toml")], lambda _path: card_types()),
}
CASES = [
    pytest.param(kind, path, id=f"{kind}-{path.stem}")
    for kind, (files, _) in FILES.items()
    for path in files
]


def test_every_kind_of_file_has_a_schema_and_a_worked_file() -> None:
    assert set(FILES) == set(KINDS)
    assert all(files for files, _ in FILES.values())


@pytest.mark.parametrize(("kind", "path"), CASES)
def test_shipped_file_satisfies_loader_model_and_schema(kind: str, path: Path) -> None:
    FILES[kind][1](path)
    table = tomllib.loads(path.read_text())
    assert second_opinion(kind, table) == []
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    as_json = json.loads(json.dumps(table, default=str))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(as_json)) == []


@pytest.mark.parametrize(("kind", "path"), [case for case in CASES if "card-types" not in case.id])
def test_loader_and_model_agree_on_what_is_wrong(kind: str, path: Path, tmp_path: Path) -> None:
    """Take each key of the file's top level away, and add one: both must notice, or neither."""
    text = path.read_text()
    table = tomllib.loads(text)
    for key in table:
        less = {name: value for name, value in table.items() if name != key}
        assert _refused(kind, less, tmp_path) == bool(second_opinion(kind, less)), key
    more = table | {"unheard": 1}
    assert _refused(kind, more, tmp_path)
    assert second_opinion(kind, more)[0][0] == "unheard"
    assert second_opinion(kind, table | {"schema": 99})[0][0] == "schema"
    assert _refused(kind, table | {"schema": 99}, tmp_path)


def _refused(kind: str, table: dict[str, object], folder: Path) -> bool:
    modules = {
        "card-image": image_load,
        "apdu-sequence": sequence,
        "fault": fault_file,
        "reader-profile": reader_profile,
        "terminal": terminal_config,
        "plan": plan,
        "drawer": drawer,
    }
    try:
        modules[kind].parse(table, folder / "x.toml")
    except ConfigErrors:
        return True
    return False


def test_unknown_kind_of_schema() -> None:
    with pytest.raises(ConfigError, match="unknown kind"):
        json_schema("poem")


class TestTerminal:
    """The configuration that a coverage answer is qualified by."""

    def test_attended(self) -> None:
        config = terminal_config.load_terminal()
        assert (config.id, config.terminal_type, config.currency) == ("attended-eu", 22, 978)
        assert config.attended
        assert not config.offline_only
        assert not config.online_only
        able = [name for name in terminal_config.CAPABILITY_BITS if config.can(name)]
        assert able == ["plaintext_pin", "signature", "no_cvm", "sda", "dda", "cda"]

    def test_unattended(self) -> None:
        config = terminal_config.load_terminal("unattended-eu")
        assert not config.attended
        assert not config.can("signature")

    @pytest.mark.parametrize(
        ("kind", "attended", "offline", "online"),
        [
            (21, True, False, True),
            (23, True, True, False),
            (25, False, False, False),
            (26, False, True, False),
        ],
    )
    def test_terminal_types(self, kind: int, attended: bool, offline: bool, online: bool) -> None:
        from dataclasses import replace

        config = replace(terminal_config.load_terminal(), terminal_type=kind)
        assert (config.attended, config.offline_only, config.online_only) == (
            attended,
            offline,
            online,
        )

    def test_every_shipped_payment_card_finds_its_aid_and_risk(self) -> None:
        config = terminal_config.load_terminal()
        for image in list_images():
            for app in image.applications if image.is_emv else ():
                assert any(known.matches(app.aid) for known in config.aids)
                assert app.data[0x9F08] in config.versions_for(app.aid)
                own = image.scheme if len(image.applications) == 1 and not image.product else ""
                assert not own or config.risk_for(app.aid).scheme in ("", own)

    def test_unknown_scheme_gets_cautious_parameters(self) -> None:
        risk = terminal_config.load_terminal().risk_for(bytes.fromhex("A0000000999999"))
        assert (risk.floor_limit, risk.tac.online) == (0, b"\xff" * 5)

    def test_exact_aid_does_not_match_a_longer_one(self) -> None:
        known = terminal_config.TerminalAid(bytes.fromhex("A000000003"), "visa", False, ())
        assert known.matches(bytes.fromhex("A000000003"))
        assert not known.matches(bytes.fromhex("A0000000031010"))

    def test_mistakes(self, tmp_path: Path) -> None:
        path = tmp_path / "t.toml"
        path.write_text(
            'schema = 1\nid = "x"\nname = "x"\nterminal_type = 7\ncountry = 528\ncurrency = 978\n'
            'capabilities = "20A8"\nadditional_capabilities = "6000F0A001"\n'
            '[[aid]]\naid = "A0"\nscheme = "visa"\nversions = ["1"]\n'
            '[[scheme]]\nrid = "A000000003"\nscheme = "visa"\nfloor_limit = 10\n'
            "random_threshold = 11\nrandom_target = 9\n"
            'tac = { denial = "00", online = "0000000000" }\n'
        )
        with pytest.raises(ConfigErrors) as caught:
            terminal_config.load_terminal(path)
        assert {key for key, _ in caught.value.problems} == {
            "terminal_type",
            "capabilities",
            "aid[0].aid",
            "aid[0].versions",
            "scheme[0].tac.denial",
            "scheme[0].random_target",
            "scheme[0].random_threshold",
        }


class TestPlansAndTypes:
    """What is required, and what an AID can be."""

    def test_default_plan_is_the_shipped_payment_cards(self) -> None:
        required = {item.type for item in plan.load_plan().required}
        assert required == {image.card_type for image in list_images() if image.card_type}

    def test_requires(self) -> None:
        retail = plan.load_plan("retail-eu")
        assert retail.requires("vpay", "contact")
        assert not retail.requires("vpay", "contactless")
        assert len(retail.required) == 9

    def test_unknown_type_in_a_plan(self, tmp_path: Path) -> None:
        path = tmp_path / "p.toml"
        path.write_text(
            'schema = 1\nid = "p"\nname = "p"\n[[required]]\ntype = "sheep"\n'
            '[[required]]\ntype = "vpay"\n[[required]]\ntype = "vpay"\n'
        )
        with pytest.raises(ConfigErrors) as caught:
            plan.load_plan(path)
        assert {key for key, _ in caught.value.problems} == {"required[0].type", "required"}

    @pytest.mark.parametrize(
        ("aid", "ids"),
        [
            ("A0000000031010", {"visa-credit", "visa-debit"}),
            ("A000000003101002", {"visa-credit", "visa-debit"}),
            ("A00000002501FFFF", {"amex-charge"}),
            ("A000000003", set()),
            ("F000000001", set()),
        ],
    )
    def test_types_by_aid(self, aid: str, ids: set[str]) -> None:
        assert {known.id for known in types_by_aid(bytes.fromhex(aid))} == ids

    def test_second_hand_aids_are_marked(self) -> None:
        assert not card_types()["bancontact-debit"].verified
        assert card_types()["visa-credit"].verified


class TestReaderProfiles:
    """Matching by name and USB id, and what is derived."""

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("Virtual PCD 00 00", "vpcd"),
            ("virtual visa-credit", "virtual"),
            ("ACS ACR39U ICC Reader 00 00", "acs-acr39u"),
            ("", "generic-ccid"),
        ],
    )
    def test_match_by_name(self, name: str, expected: str) -> None:
        assert find_profile(name).profile.id == expected

    def test_no_two_profiles_fit_the_same_reader(self) -> None:
        names = ["Virtual PCD 00 00", "virtual test-card", "Gemalto PC Twin Reader 00 00"]
        for name in names:
            fitting = [known for known in reader_profile.list_profiles() if known.matches(name)]
            assert len(fitting) <= 1

    def test_usb_id_has_to_agree_where_both_are_known(self, tmp_path: Path) -> None:
        path = tmp_path / "twin.toml"
        path.write_text(
            'schema = 1\nname = "Gemalto PC Twin"\nkind = "contact"\n'
            '[match]\nusb = "08E6:3437"\nname = "Gemalto PC Twin"\n'
            '[ccid]\nfeatures = 0x00010230\nmax_message = 271\npin = 0\nvoltages = ["5", "1.8"]\n'
        )
        profile = reader_profile.load_profile(path)
        assert profile.matches("Gemalto PC Twin Reader 00 00", "08e6:3437")
        assert profile.matches("Gemalto PC Twin Reader 00 00")
        assert not profile.matches("Gemalto PC Twin Reader 00 00", "072F:B100")
        assert not profile.matches("Other", "08E6:3437")
        ccid = profile.ccid
        assert (ccid.level, ccid.max_input, ccid.automatic_pps, ccid.pin_pad) == (
            "tpdu",
            261,
            False,
            False,
        )

    @pytest.mark.parametrize(
        ("features", "level", "pps"),
        [
            (0x000100B2, "tpdu", True),
            (0x00040040, "extended", True),
            (0x000204BA, "short", True),
            (0x00000230, "character", False),
            (0, "unknown", False),
        ],
    )
    def test_derived_from_features(self, features: int, level: str, pps: bool) -> None:
        ccid = reader_profile.Ccid(features=features)
        assert (ccid.level, ccid.automatic_pps) == (level, pps)

    def test_mistakes(self, tmp_path: Path) -> None:
        path = tmp_path / "r.toml"
        path.write_text(
            'schema = 1\nname = "x"\nkind = "magic"\n[match]\nname = "("\nusb = "1:2"\n'
            '[ccid]\nfeatures = 0x00030000\nmax_message = 3\nvoltages = ["12"]\n'
            "[limits]\napdu_ms_p50 = 9\napdu_ms_p95 = 8\ninsert_ms = -1\n"
        )
        with pytest.raises(ConfigErrors) as caught:
            reader_profile.load_profile(path)
        assert {key for key, _ in caught.value.problems} == {
            "kind",
            "match.name",
            "match.usb",
            "ccid.features",
            "ccid.max_message",
            "ccid.voltages",
            "limits.apdu_ms_p50",
            "limits.insert_ms",
        }


def test_fault_file_needs_the_parameters_of_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    text = (
        'schema = 1\nname = "x"\nkind = "{kind}"\ndescription = "x"\nexample = "x"\n'
        '[expect]\nverdict = "FAIL"\ncheck = "x"\nobserved = "x"\n'
    )
    for kind, key in (("delay", "delay_ms"), ("status", "status")):
        path.write_text(text.format(kind=kind))
        with pytest.raises(ConfigErrors) as caught:
            fault_file.load_fault(path)
        assert [found for found, _ in caught.value.problems] == [key]
