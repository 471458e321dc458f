"""Made-up runs for a history."""

from __future__ import annotations

from harness.core.verdict import Verdict
from harness.records.result import CheckResult, Measurement
from harness.records.run import Coverage, CoverageRow, FeatureRow, Provenance, RunRecord, Subject

READER = "ACS ACR39U 00 00"


def run(
    name: str,
    state: str = "",
    *,
    card: str = "blue visa",
    p95: float | None = None,
    config: str = "attended-eu",
    faults: str = "",
    feature: str = "",
    kinds: tuple[str, ...] = ("goods",),
) -> RunRecord:
    """A made-up run on a physical reader: one card of one type, one measurement."""
    conditions = {"terminal configuration": config, "plan": "retail-eu", "suites": "coverage"}
    if faults:
        conditions["faults"] = faults
    rows, features = [], []
    went = tuple((kind, state) for kind in kinds)
    if state:
        rows = [
            CoverageRow(
                "visa-credit",
                "visa",
                "contact",
                READER,
                state,
                (name,),
                "",
                "why",
                went,
                ("card in R",),
                state,
            )
        ]
    if feature:
        features = [FeatureRow(feature, "oda", feature, "accepted", ("card in R",), "card")]
    measured = () if p95 is None else (Measurement("SELECT p95", p95, "ms", high=60.0),)
    result = CheckResult(
        "PER-02", "Latency", Verdict.PASS, "reader", READER, READER, measurements=measured
    )
    return RunRecord(
        run=Provenance(
            id=name,
            started=f"{name[:10]}T12:00:00+00:00",
            finished="",
            tool="emv-harness 0",
            commit="",
            vectors_hash="",
            clock="",
            command="",
            conditions=conditions,
            readers=({"name": READER, "kind": "pcsc", "profile": "x"},),
        ),
        results=(result,),
        coverage=Coverage(rows=tuple(rows), features=tuple(features)),
        subjects=(Subject("card in R", card, "emv", READER, known_as=card),),
    )
