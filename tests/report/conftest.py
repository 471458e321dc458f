"""A run record with every kind of thing in it."""

from __future__ import annotations

import pytest

from harness.core.spec import Spec
from harness.core.verdict import SkipReason, Verdict
from harness.records.exchange import Exchange
from harness.records.result import CheckResult, Evidence, Measurement
from harness.records.run import Coverage, CoverageRow, Provenance, RunRecord, Subject, Trace

PAN = "4761739001010119"
READER = "ACME <Reader> & Co 00 00"


def exchange(index: int, command: str, response: str | None, elapsed_ms: float = 0.25, **more):
    raw = None if response is None else bytes.fromhex(response)
    return Exchange(index, bytes.fromhex(command), raw, index * 1.0, elapsed_ms, **more)


RECORD = "70225A0847617390010101195713" + PAN + "D49122011234500000" + "0F" + "5F2400"
EXCHANGES = (
    exchange(0, "", "3B6600008031C1525643", kind="reset"),
    exchange(1, "00A404000E315041592E5359532E444446303100", "6A82"),
    exchange(2, "00B2010C00", "700A5A08" + PAN + "9000"),
    exchange(3, "00B2020C00", "70145F2011" + b"TESTCARD/SECRET Q".hex() + "9000"),
    exchange(4, "80A8000002830000", None, 5000.0, error="LinkTimeout: no answer in 5,000 ms"),
    *(exchange(5 + n, "0084000000", "11223344556677889000", 0.2 + n * 0.01) for n in range(20)),
)


def result(name: str, verdict: Verdict, suite: str = "card", **more) -> CheckResult:
    more.setdefault("subject", "visa-credit" if suite == "card" else READER)
    return CheckResult(name, f"title of {name}", verdict, suite, reader=READER, **more)


@pytest.fixture
def record() -> RunRecord:
    """Every verdict, a limit that was passed, markup in texts, a masked and an unanswered APDU."""
    return RunRecord(
        run=Provenance(
            id="run-1",
            started="2026-11-20T12:00:00+00:00",
            finished="2026-11-20T12:00:09+00:00",
            tool="emv-harness 0.1.0",
            commit="abc",
            vectors_hash="0123456789abcdef",
            clock="2026-11-20",
            command="emv-harness run --reader '<b>'",
            versions={"python": "3.11"},
            conditions={"terminal configuration": "attended-eu", "long": "x " * 60},
            readers=({"name": READER, "kind": "pcsc", "profile": "generic-ccid", "driver": "x"},),
        ),
        results=(
            result("APD-1", Verdict.PASS, "reader", elapsed_ms=1.5),
            result(
                "PER-02",
                Verdict.WARN,
                "reader",
                message="slow",
                measurements=(Measurement("p95", 71.25, "ms", None, 60.0),),
            ),
            result("RST-01", Verdict.TIMEOUT, "reader", message="no answer in 5,000 ms"),
            result("ENV-01", Verdict.ERROR, "reader", message="pcscd went away"),
            result(
                "TRK-03",
                Verdict.FAIL,
                message="track 2 says <script>alert(1)</script>",
                advice="ask the issuer & personaliser",
                spec=(Spec("EMV 4.4 Book 3", "Annex A"),),
                evidence=(Evidence("57 at record 1.1 offset 4", 2, 4),),
            ),
            result("AC-05", Verdict.SKIP, reason=SkipReason.STATE_CHANGE),
            result("DAT-01", Verdict.SKIP, reason=SkipReason.NOT_EXAMINED),
            result("CRD-01", Verdict.PASS),
        ),
        coverage=Coverage(
            ("visa-credit", "vpay", "maestro"),
            (
                CoverageRow("visa-credit", "visa", "contact", READER, "accepted", ("run-1",)),
                CoverageRow("vpay", "visa", "contact", READER, "not-tried"),
                CoverageRow("maestro", "mastercard", "contact", READER, "rejected", note="no AID"),
                CoverageRow("amex-charge", "amex", "contact", READER, "not-required"),
            ),
        ),
        subjects=(
            Subject("visa-credit", "Visa credit", "card", READER, pan="476173******0119", atr="3B"),
        ),
        traces=(Trace("visa-credit", READER, "card suite", EXCHANGES),),
    )
