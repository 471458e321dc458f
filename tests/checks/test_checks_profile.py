"""A card against the profile of its product."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checkviews import drop, good_view, put, reader_of

from harness.checks.card.expected import judge, judge_profile
from harness.checks.card_suite import CardSuiteOptions, run_card_suite
from harness.core.clock import ManualClock
from harness.core.errors import ConfigErrors
from harness.core.verdict import SkipReason, Verdict
from harness.profiles.card_profile import CardProfile, Expectation, load_card_profile
from harness.profiles.image import load_image
from harness.records.result import CheckResult

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats" / "card-profile.md"


@pytest.fixture
def profile(tmp_path: Path) -> CardProfile:
    """The worked file of the page."""
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "p.toml"
    path.write_text(text, encoding="utf-8")
    return load_card_profile(path)


def test_the_worked_file_of_the_page_fits_the_virtual_card(profile: CardProfile) -> None:
    found = judge_profile(profile, [good_view()], "card", "reader")
    assert [(r.id, r.verdict.value) for r in found] == [
        ("PROFILE-9F07", "PASS"),
        ("PROFILE-5F28", "PASS"),
        ("PROFILE-5F24", "PASS"),
        ("PROFILE-5A", "PASS"),
        ("PROFILE-9F4D", "PASS"),
    ]


@pytest.mark.parametrize(
    ("tag", "value", "verdict", "says"),
    [
        (0x9F07, "0100", "FAIL", "0100: expected FF00, FF80"),
        (0x5F24, "261231", "FAIL", "below 270101"),
        (0x5F24, "500101", "FAIL", "above 491231"),
        (0x9F4D, "0B0A", "WARN", "the product has none"),
        (0x5A, "4012888888881881", "FAIL", "not as expected"),
    ],
)
def test_what_differs_is_named(
    profile: CardProfile, tag: int, value: str, verdict: str, says: str
) -> None:
    view = good_view()
    put(view, tag, value)
    found = {r.id: r for r in judge_profile(profile, [view], "card", "reader")}
    result = found[f"PROFILE-{tag:02X}"]
    assert result.verdict.value == verdict
    assert says in result.message
    assert "4012888888881881" not in result.message


def test_a_datum_that_is_missing_fails_but_not_where_the_card_was_not_read() -> None:
    view = good_view()
    drop(view, 0x9F07)
    wanted = Expectation(0x9F07, ("FF00",))
    assert judge(wanted, view).verdict is Verdict.FAIL
    view.app.gpo = None
    assert judge(wanted, view).reason is SkipReason.NOT_EXAMINED


def test_a_counter_comes_from_get_data() -> None:
    assert judge(Expectation(0x9F17, ("03",)), good_view()).verdict is Verdict.PASS


def test_another_application_is_not_held_to_it(profile: CardProfile) -> None:
    (result,) = judge_profile(profile, [good_view("mastercard-debit")], "card", "reader")
    assert result.reason is SkipReason.NOT_APPLICABLE


def test_every_mistake_of_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        'schema = 1\nid = "x"\nname = "x"\naid = "A0000000031010"\n'
        '[[expect]]\ntag = "9F0"\n[[expect]]\ntag = "82"\nvalues = ["ZZ"]\nabsent = true\n'
    )
    with pytest.raises(ConfigErrors) as refused:
        load_card_profile(path)
    assert len(refused.value.problems) >= 3


def test_a_card_check_holds_the_card_to_the_profile(profile: CardProfile) -> None:
    events: list[object] = []
    clock = ManualClock()
    run_card_suite(
        reader_of(load_image("visa-credit"), clock),
        events.append,
        options=CardSuiteOptions(clock=clock, profile=profile, transaction=False),
    )
    ids = [e.id for e in events if isinstance(e, CheckResult)]
    assert ids.count("PROFILE-5A") == 1
