"""A purse before and after: what is read, what a load and a payment do, and who may."""

from __future__ import annotations

import pytest

from harness.campaign.purse import purse_job
from harness.campaign.purse_judge import loaded, paid
from harness.campaign.purse_report import (
    BALANCE,
    COUNTER,
    LIMIT,
    TAGS,
    PurseOrder,
    PurseReading,
    PurseReport,
)
from harness.core.clock import ManualClock
from harness.core.verdict import SkipReason, Verdict
from harness.link.api import Link, LinkOptions
from harness.link.virtual import VirtualReader

CLOCK = ManualClock()


class Elsewhere:
    """A virtual card that stands in a PC/SC reader: the policy is that of a physical one."""

    def __init__(self, image: str) -> None:
        self._inner = VirtualReader(image, LinkOptions(clock=CLOCK))
        self.name, self.kind, self.image = "Some Reader 00 00", "pcsc", ""
        self.sent: list[bytes] = []

    def connect(self) -> Link:
        link = self._inner.connect()
        transmit = link.transmit
        sent = self.sent

        class Listening:
            atr, protocol = link.atr, link.protocol
            reset, close = link.reset, link.close

            @staticmethod
            def transmit(command: bytes) -> bytes:
                sent.append(command)
                return transmit(command)

        return Listening()


def run(order: PurseOrder, image: str = "unionpay-ecash", reader: object = None) -> PurseReport:
    reader = reader or VirtualReader(image, LinkOptions(clock=CLOCK))
    return purse_job(reader, lambda _event: None, order=order)


def verdicts(report: PurseReport) -> dict[str, Verdict]:
    return {name: finding.verdict for name, finding in report.findings}


def test_reading_changes_nothing():
    report = run(PurseOrder(clock=CLOCK))
    (before,) = report.readings
    assert before.values == {
        0x9F79: 50000,
        0x9F77: 100000,
        0x9F78: 20000,
        0x9F6D: 5000,
        0x9F36: 0,
    }
    assert verdicts(report) == {"EC-02": Verdict.PASS}


def test_load_and_payment():
    report = run(PurseOrder(load=80000, spend=1234, clock=CLOCK))
    assert [one.moment for one in report.readings] == ["before", "after load", "after payment"]
    assert [one.values[BALANCE] for one in report.readings] == [50000, 80000, 78766]
    assert [one.values[COUNTER] for one in report.readings] == [0, 1, 2]
    assert set(verdicts(report).values()) == {Verdict.PASS}


@pytest.mark.parametrize(
    ("order", "balance", "words"),
    [
        (PurseOrder(load=200000, clock=CLOCK), 50000, "more than its limit"),
        (PurseOrder(spend=25000, clock=CLOCK), 50000, "not paid from the purse"),  # above 9F78
        (PurseOrder(spend=1234, currency="EUR", clock=CLOCK), 50000, "not paid from the purse"),
    ],
)
def test_what_the_card_has_to_refuse(order, balance, words):
    report = run(order)
    assert report.readings[-1].values[BALANCE] == balance
    name, finding = report.findings[-1]
    assert finding.verdict is Verdict.PASS, name
    assert words in finding.message


def reading(balance: int | None, **other: int) -> PurseReading:
    values = dict.fromkeys(TAGS, 100000) | {BALANCE: balance}
    return PurseReading("x", values | {int(tag, 16): value for tag, value in other.items()})


class _Paid:
    class outcome:
        value = "approved-offline"

    text = "TC"


@pytest.mark.parametrize("after", [50000, 48767, 48765, None])
def test_a_payment_that_does_not_come_out_right_fails(after):
    assert paid(reading(50000), reading(48766), 1234, _Paid).verdict is Verdict.PASS
    assert paid(reading(50000), reading(after), 1234, _Paid).verdict is Verdict.FAIL


def test_limits_that_move_fail():
    moved = reading(48766, **{f"{LIMIT:X}": 1})
    assert paid(reading(50000), moved, 1234, _Paid).verdict is Verdict.FAIL
    assert loaded(reading(1), moved, 48766).verdict is Verdict.FAIL
    assert loaded(reading(1), reading(48766), 48766).verdict is Verdict.PASS
    assert loaded(reading(1), reading(1), 48766).verdict is Verdict.FAIL
    assert loaded(reading(1), reading(200000), 200000).verdict is Verdict.FAIL  # > limit


def test_a_card_in_a_reader_is_only_read():
    reader = Elsewhere("unionpay-ecash")
    report = run(PurseOrder(load=80000, spend=1234, clock=CLOCK), reader=reader)
    assert len(report.readings) == 1
    reasons = {name: finding.reason for name, finding in report.findings}
    assert reasons["EC-LOAD"] is SkipReason.STATE_CHANGE
    assert reasons["EC-08"] is SkipReason.STATE_CHANGE
    assert {command[1] for command in reader.sent} <= {0xA4, 0xCA, 0xC0}


def test_with_state_changes_it_is_paid_from_and_loaded_only_under_our_keys():
    report = run(
        PurseOrder(load=80000, spend=1234, allow_state_change=True, clock=CLOCK),
        reader=Elsewhere("unionpay-ecash"),
    )
    found = dict(report.findings)
    assert found["EC-LOAD"].reason is SkipReason.STATE_CHANGE
    assert "--own-test-keys" in found["EC-LOAD"].message
    assert found["EC-08"].verdict is Verdict.PASS
    report = run(
        PurseOrder(load=80000, allow_state_change=True, own_test_keys=True, clock=CLOCK),
        reader=Elsewhere("unionpay-ecash"),
    )
    assert report.readings[-1].values[BALANCE] == 80000


def test_a_card_without_a_purse():
    report = run(PurseOrder(clock=CLOCK), image="visa-credit")
    assert [finding.reason for _name, finding in report.findings] == [SkipReason.NOT_APPLICABLE]
    assert report.readings == []


@pytest.mark.parametrize(
    ("image", "balances"),
    [
        ("canteen", [2500, 900, 700]),
        ("hotel", [10000, 900, 700]),
        ("coach", [1000, 900, 700]),  # rides: nine, of which two are taken
    ],
)
def test_closed_loops(image, balances):
    report = run(PurseOrder(load=900, spend=200, clock=CLOCK), image=image)
    assert [one.values[BALANCE] for one in report.readings] == balances
    assert set(verdicts(report).values()) == {Verdict.PASS}


def test_a_file_that_anybody_writes_fails(tmp_path):
    from harness.core import paths

    text = (paths.vectors() / "cards" / "canteen.toml").read_text()
    file = tmp_path / "open.toml"
    file.write_text(text.replace('write     = "issuer"', 'write     = "free"', 1))
    report = run(PurseOrder(spend=200, clock=CLOCK), image=str(file))
    assert verdicts(report)["FILE-PAY"] is Verdict.FAIL
    assert "without the right" in report.findings[-1][1].message
