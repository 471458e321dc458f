"""What a run got to know and nobody else may: its PANs and names, taught to a masker."""

from __future__ import annotations

from harness.codec.redact import secrets_in
from harness.core.masking import Masker
from harness.records.run import RunRecord


def learn(record: RunRecord, masker: Masker) -> Masker:
    """Teach ``masker`` every PAN and name that crossed a link in this run; return it."""
    for trace in record.traces:
        for exchange in trace.exchanges:
            for data in (exchange.command, exchange.response or b""):
                pans, names = secrets_in(data)
                for pan in sorted(pans):
                    masker.learn_pan(pan)
                for name in sorted(names):
                    masker.learn_text(name)
    return masker
