"""The modules that hold card checks, in the order in which a report lists them."""

from __future__ import annotations

MODULES = tuple(
    f"harness.checks.card.{name}"
    for name in (
        "reading",
        "atr",
        "atr_detail",
        "selection",
        "directory",
        "fci",
        "initiation",
        "initiation_more",
        "records",
        "records_more",
        "coding",
        "mandatory",
        "data_rules",
        "pan_track",
        "track_more",
        "printed",
        "dates",
        "dols",
        "dol_more",
        "cvm_risk",
        "cvm_more",
        "oda_issuer",
        "oda_icc",
        "counting",
        "oda_dynamic",
        "oda_more",
        "cryptograms",
        "issuer_answer",
        "cash",
        "outcome",
    )
)
