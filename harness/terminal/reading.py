"""Read application data: EMV 4.4 Book 3, 10.2, as a step of a transaction."""

from __future__ import annotations

from harness.core.i18n import _
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, terminated
from harness.terminal.records import SPEC_MISSING, SPEC_READ, missing, read_records


def run(ctx: Context) -> Ending | None:
    """Read what the AFL lists; the first fatal fault ends the transaction. Raises LinkError."""
    ctx.cite(SPEC_READ, SPEC_MISSING)
    entries = ctx.processing.entries if ctx.processing else ()
    records, faults = read_records(ctx.channel, entries, ctx.card)
    ctx.records = records
    signed = sum(record.signed for record in records)
    ctx.say(
        _("{count} records read, {signed} of them signed").format(count=len(records), signed=signed)
    )
    for fault in faults:
        ctx.say(fault.text)
    fatal = next((fault for fault in faults if fault.fatal), None)
    if fatal:
        return terminated(fatal.text)
    absent = missing(ctx.card)
    if absent:
        return terminated(_("mandatory data missing: {tags}").format(tags=", ".join(absent)))
    return None
