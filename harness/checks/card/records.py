"""The records that the AFL lists."""

from __future__ import annotations

from harness.checks.card.cites import book1, book3
from harness.checks.card.facts import Datum
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_examined, ok, warn
from harness.checks.registry import check
from harness.core.i18n import N_, _
from harness.records.result import Evidence


@check(
    "REC-01",
    N_("Every record that the AFL lists is readable"),
    suite="card",
    spec=(book3("6.5.11"), book1("11.2")),
)
def records_readable(view: CardView) -> Finding:
    """READ RECORD answers 9000 for each; a record that was not asked for is not judged."""
    records = [record for record in view.app.records if record.listed]
    answered = [record for record in records if record.reply.sw is not None]
    for record in answered:
        if not record.reply.ok:
            return fail(
                _("{where} answered {sw}").format(where=record.where, sw=record.reply.status),
                record.evidence,
            )
    if not answered or len(answered) < len(records):
        return not_examined(_("not every record of the AFL was read"))
    return ok(_("{n} records read").format(n=len(answered)))


@check(
    "REC-02",
    N_("Records of SFI 1 to 10 are one template 70"),
    suite="card",
    spec=(book3("6.5.11"), book3("7.1")),
)
def records_template(view: CardView) -> Finding:
    """The whole record is exactly one well-formed template 70, nothing before or after."""
    seen = [r for r in view.app.records if r.listed and r.reply.ok and r.sfi <= 10]
    if not seen:
        return not_examined(_("no record of SFI 1 to 10 was read"))
    for record in seen:
        if record.tree.errors:
            fault = record.tree.errors[0]
            return fail(
                _("{where} offset {at}: {what}").format(
                    where=record.where, at=fault.offset, what=fault.message
                ),
                Evidence(f"{record.where} offset {fault.offset}", record.reply.index, fault.offset),
            )
        if len(record.tree.nodes) != 1 or record.tree.nodes[0].tag != 0x70:
            tags = " ".join(node.tag_hex for node in record.tree.nodes) or _("nothing")
            return fail(
                _("{where} holds {tags} at the top, not one template 70").format(
                    where=record.where, tags=tags
                ),
                record.evidence,
            )
    return ok(_("{n} records well-formed").format(n=len(seen)))


@check("REC-03", N_("No data object twice"), suite="card", spec=(book3("7.5"),))
def no_repeats(view: CardView) -> Finding:
    """A primitive tag in two places: with one value WARN (redundant), with two values FAIL."""
    if not view.app.records:
        return not_examined(_("no record was read"))
    by_tag: dict[int, list[Datum]] = {}
    for datum in view.app.data:
        if datum.where.startswith("record"):
            by_tag.setdefault(datum.tag, []).append(datum)
    repeated = {tag: found for tag, found in by_tag.items() if len(found) > 1}
    for tag, found in repeated.items():
        if len({datum.value for datum in found}) > 1:
            return fail(
                _("{tag:02X} has different values at {places}").format(
                    tag=tag, places=", ".join(datum.place for datum in found)
                ),
                *(datum.evidence for datum in found),
            )
    for tag, found in repeated.items():
        return warn(
            _("{tag:02X} is there more than once, with one value: {places}").format(
                tag=tag, places=", ".join(datum.place for datum in found)
            ),
            *(datum.evidence for datum in found),
        )
    return ok(_("{n} data objects, each once").format(n=len(by_tag)))
