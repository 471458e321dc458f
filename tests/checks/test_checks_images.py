"""Cards that are personalised wrongly, from the image to the verdict: what else is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from checkviews import MASTERCARD, VISA, reader_of

from harness.checks.card_suite import Attempt, CardSuiteOptions, run_card_suite
from harness.checks.events import SubjectSeen
from harness.core.clock import ManualClock
from harness.core.verdict import SkipReason, Verdict
from harness.profiles.image import Application, CardImage, load_image
from harness.records.result import CheckResult

Change = Callable[[Application], Application]


def faulty(change: Change, image: str = VISA) -> CardImage:
    known = load_image(image)
    return replace(known, applications=(change(known.applications[0]),))


def run(
    image: CardImage, faults: tuple[str, ...] = (), **options: object
) -> tuple[dict[str, CheckResult], Attempt, list[object]]:
    clock = ManualClock()
    events: list[object] = []
    attempt = run_card_suite(
        reader_of(image, clock, faults),
        events.append,
        options=CardSuiteOptions(clock=clock, **options),
    )
    return {e.id: e for e in events if isinstance(e, CheckResult)}, attempt, events


def failed(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if result.verdict is Verdict.FAIL}


def data(**values: str) -> Change:
    fixed = {int(name[1:], 16): bytes.fromhex(value) for name, value in values.items()}
    return lambda app: replace(app, data={**app.data, **fixed})


@pytest.mark.parametrize("image", [VISA, MASTERCARD])
def test_a_shipped_card_has_no_fault(image: str) -> None:
    results, attempt, _events = run(load_image(image))
    assert {r.id: r.message for r in results.values() if r.verdict.value not in "PASS SKIP"} == {}
    assert attempt.state == "accepted"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (data(t57="4761739001010119D48122011234500000"), {"TRK-03"}),
        (data(t5F30="0999"), {"TRK-04"}),
        (lambda app: replace(app, cdol1=bytes.fromhex("9505")), {"DOL-02"}),
        (lambda app: replace(app, cvm_list=app.cvm_list + b"\x00"), {"CVM-01"}),
        (lambda app: replace(app, aip=b"\x2c\x00"), {"AIP-06"}),
        (lambda app: replace(app, pan="4761739001010118"), {"PAN-02"}),
        (lambda app: replace(app, blocked=True), {"SEL-01"}),
    ],
    ids=["track", "service", "cdol1", "cvm", "aip", "luhn", "blocked"],
)
def test_a_fault_in_the_image_is_found(change: Change, expected: set[str]) -> None:
    results, _attempt, _events = run(faulty(change), transaction=False)
    assert expected <= failed(results)
    assert len(failed(results)) <= len(expected) + 3, failed(results)


def test_an_expired_card_is_judged_by_the_clock() -> None:
    clock = ManualClock()
    clock.moment = clock.moment.replace(year=2050, month=1, day=5)
    events: list[object] = []
    options = CardSuiteOptions(clock=clock, transaction=False)
    run_card_suite(reader_of(load_image(VISA), clock), events.append, options=options)
    results = {e.id: e for e in events if isinstance(e, CheckResult)}
    assert failed(results) == {"DATE-03", "ODA-10"}
    assert results["ODA-20"].reason is SkipReason.NOT_EXAMINED
    assert clock.today() == date(2050, 1, 5)


def test_a_wrong_issuer_key_is_found_by_the_issuer() -> None:
    def other(app: Application) -> Application:
        return replace(app, keys=replace(app.keys, imk_ac=bytes(range(16))))

    results, attempt, _events = run(faulty(other))
    assert {"AC-05", "TXN-01"} <= failed(results)
    assert attempt.state == "rejected"


def test_a_mute_card_times_out_and_is_read_again() -> None:
    results, attempt, _events = run(load_image(VISA), ("mute@3",))
    assert results["READ-01"].verdict is Verdict.TIMEOUT
    assert "READ RECORD SFI 1 record 1" in results["READ-01"].message
    assert results["DAT-01"].verdict is Verdict.PASS
    assert attempt.state == "accepted"


def test_a_card_that_is_pulled_fails_with_the_swap_test_and_is_read_again() -> None:
    results, _attempt, _events = run(load_image(VISA), ("removed@7",))
    assert results["READ-01"].verdict is Verdict.FAIL
    assert "swap test" in results["READ-01"].advice
    assert results["DAT-01"].verdict is Verdict.PASS


def test_a_card_that_is_always_mute_fails_no_rule() -> None:
    results, attempt, _events = run(load_image(VISA), ("mute",))
    assert results["READ-01"].verdict is Verdict.TIMEOUT
    assert failed(results) == set()
    assert attempt.state == "rejected"


def test_a_card_mute_at_generate_ac_times_out_in_the_transaction_alone() -> None:
    results, attempt, _events = run(load_image(VISA), ("mute@generate-ac",))
    assert results["TXN-01"].verdict is Verdict.TIMEOUT
    assert results["AC-05"].reason is SkipReason.NOT_EXAMINED
    assert "GENERATE AC" in attempt.why
    assert failed(results) == set()


def test_a_record_that_is_refused_is_a_fault_of_the_card() -> None:
    results, _attempt, _events = run(load_image(VISA), ("wrong-sw@internal-authenticate",))
    assert failed(results) == {"ODA-24"}


def test_every_check_gives_one_result_whatever_happens() -> None:
    from harness.checks.registry import all_checks

    wanted = sorted(entry.id for entry in all_checks("card"))
    for faults in ((), ("mute",), ("removed",), ("truncated",), ("wrong-sw",), ("mute@9",)):
        _results, _attempt, events = run(load_image(MASTERCARD), faults)
        ids = sorted(e.id for e in events if isinstance(e, CheckResult))
        assert ids == wanted, faults


def test_what_was_judged_before_is_not_judged_again() -> None:
    results, _attempt, _events = run(
        load_image(VISA), done=frozenset({"READ-01", "TXN-01", "PAN-01"})
    )
    assert {"READ-01", "TXN-01", "PAN-01"}.isdisjoint(results)
    assert results["AC-05"].reason is SkipReason.NOT_EXAMINED


def test_the_subject_is_named_without_its_pan() -> None:
    _results, attempt, events = run(load_image(VISA), salt=b"one")
    subject = attempt.subject
    assert subject.pan == "476173******0119"
    assert (subject.id, subject.basis, subject.kind) == (VISA, "public", "emv")
    assert SubjectSeen(subject) in events
    _r, again, _e = run(load_image(VISA), salt=b"one")
    _r, other, _e = run(load_image(VISA), salt=b"two")
    assert again.subject.card_hash == subject.card_hash != other.subject.card_hash
