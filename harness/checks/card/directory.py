"""More about the directory and about selection by a part of an AID."""

from __future__ import annotations

from collections import Counter

from harness.checks.card.cites import book1
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, not_applicable, not_examined, ok, warn
from harness.checks.registry import Scope, check
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.records.result import Evidence


@check(
    "PSE-06",
    N_("Application priorities use defined bits, and each once"),
    suite="card",
    scope=Scope.CARD,
    severity=Verdict.WARN,
    spec=(book1("12.2.3"),),
)
def priorities(view: CardView) -> Finding:
    """87 of each entry: one byte, bits 7 to 5 zero; the same priority twice leaves the order to
    chance."""
    pse = view.card.pse
    if pse is None or not pse.select.ok:
        return not_applicable(_("the card has no payment system environment"))
    seen: list[int] = []
    for record, entry in pse.entries:
        node = entry.find(0x87)
        if node is None:
            continue
        where = Evidence(f"87 at {record.where} offset {node.offset}", record.reply.index)
        if len(node.value) != 1:
            return warn(_("87 has {n} bytes, not one").format(n=len(node.value)), where)
        if node.value[0] & 0x70:
            return warn(_("87 is {v:02X}: reserved bits are set").format(v=node.value[0]), where)
        seen.append(node.value[0] & 0x0F)
    if not seen:
        return ok(_("no entry has a priority"))
    twice = sorted({str(n) for n, count in Counter(seen).items() if count > 1 and n})
    if twice:
        return warn(_("priority {list} more than once").format(list=", ".join(twice)))
    return ok(_("priorities {list}").format(list=", ".join(map(str, seen))))


@check(
    "PSE-07",
    N_("What was selected is in the directory"),
    suite="card",
    scope=Scope.CARD,
    severity=Verdict.WARN,
    spec=(book1("12.3.3"),),
)
def listed(view: CardView) -> Finding:
    """Every application that answers to SELECT is listed; one that is not is found by list only."""
    pse = view.card.pse
    if pse is None or not pse.select.ok:
        return not_applicable(_("the card has no payment system environment"))
    aids = [node.value for _r, entry in pse.entries if (node := entry.find(0x4F))]
    answered = [app for app in view.card.applications if app.select.ok]
    names = [app.df_name or app.aid for app in answered] + list(view.card.partial)
    hidden = [name for name in names if not any(name.startswith(aid) for aid in aids)]
    if hidden:
        return warn(
            _("answers to SELECT, but is not in the directory: {aids}").format(
                aids=", ".join(dict.fromkeys(map(to_hex, hidden)))
            )
        )
    return ok(_("applications: {n}, all listed").format(n=len(answered)))


@check(
    "SEL-02",
    N_("Selection by the RID finds every application"),
    suite="card",
    scope=Scope.CARD,
    severity=Verdict.WARN,
    spec=(book1("12.3.3"),),
)
def partial_selection(view: CardView) -> Finding:
    """SELECT with the first five bytes, then next occurrence: each application of that RID comes
    up once, then 6A82. A card need not support it; a terminal then misses applications."""
    if view.card.partial_rid == b"":
        return not_examined(_("selection by a part of the AID was not tried"))
    rid = view.card.partial_rid
    known = {app.df_name for app in view.card.applications if app.select.ok}
    wanted = {name for name in known if name.startswith(rid)}
    found = list(view.card.partial)
    missing = wanted - set(found)
    if missing:
        return warn(
            _("SELECT {rid} and next occurrence did not find {aids}").format(
                rid=to_hex(rid), aids=", ".join(sorted(map(to_hex, missing)))
            )
        )
    if len(found) != len(set(found)):
        return _twice(found)
    return ok(_("SELECT {rid}, applications: {n}").format(rid=to_hex(rid), n=len(found)))


def _twice(found: list[bytes]) -> Finding:
    """An application came up twice: the list has no end."""
    twice = sorted({to_hex(name) for name in found if found.count(name) > 1})
    return warn(_("next occurrence gave {aids} again").format(aids=", ".join(twice)))
