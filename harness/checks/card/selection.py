"""The payment system environment, its directory, and application selection."""

from __future__ import annotations

from collections import Counter

from harness.checks.card.cites import book1
from harness.checks.card.facts import PseFacts
from harness.checks.card.interpret import PSE_NAME
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import Scope, check
from harness.codec.tlv import Tlv
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.records.result import Evidence

_PSE_STATUS = {0x9000, 0x6A82, 0x6283, 0x6A81}


def _pse(view: CardView) -> PseFacts | Finding:
    pse = view.card.pse
    if pse is None or not pse.select.ok:
        return not_applicable(_("the card has no payment system environment"))
    return pse


@check(
    "PSE-01",
    N_("SELECT of the payment system environment is answered as EMV allows"),
    suite="card",
    scope=Scope.CARD,
    severity=Verdict.WARN,
    spec=(book1("12.3.2"),),
)
def pse_status(view: CardView) -> Finding:
    """9000, 6A82 (no PSE), 6283 (PSE blocked) or 6A81 (card blocked); anything else warns."""
    pse = view.card.pse
    if pse is None or pse.select.sw is None:
        return not_applicable(_("SELECT 1PAY.SYS.DDF01 was not answered"))
    seen = Evidence(pse.select.label, pse.select.index)
    if pse.select.sw not in _PSE_STATUS:
        return warn(
            _(
                "SELECT 1PAY.SYS.DDF01 answered {sw}, which is none of 9000, 6A82, 6283, 6A81"
            ).format(sw=pse.select.status),
            seen,
        )
    return ok(_("SELECT 1PAY.SYS.DDF01 answered {sw}").format(sw=pse.select.status), seen)


@check(
    "PSE-02",
    N_("The FCI of the payment system environment is well-formed"),
    suite="card",
    scope=Scope.CARD,
    spec=(book1("11.3.4, table 8"), book1("12.2.2, table 11")),
)
def pse_fci(view: CardView) -> Finding:
    """Template 6F with 84 = 1PAY.SYS.DDF01 and A5 with 88, an SFI from 1 to 10."""
    pse = _pse(view)
    if isinstance(pse, Finding):
        return pse
    seen = Evidence("FCI of 1PAY.SYS.DDF01", pse.select.index)
    if len(pse.fci.nodes) != 1 or pse.fci.nodes[0].tag != 0x6F:
        return fail(_("the answer is not exactly one FCI template (6F)"), seen)
    name = pse.fci.find(0x84)
    if name is None or name.value != PSE_NAME:
        return fail(_("the DF name (84) is not 1PAY.SYS.DDF01"), seen)
    sfi = pse.fci.find(0x88)
    if sfi is None or len(sfi.value) != 1:
        return fail(_("the SFI of the directory (88) is missing or not one byte"), seen)
    if not 1 <= sfi.value[0] <= 10:
        return fail(
            _("the SFI of the directory is {sfi}, not 1 to 10").format(sfi=sfi.value[0]), seen
        )
    return ok(_("well-formed, directory in SFI {sfi}").format(sfi=sfi.value[0]), seen)


@check(
    "PSE-03",
    N_("Directory records hold application entries only"),
    suite="card",
    scope=Scope.CARD,
    spec=(book1("12.2.3, tables 12 and 13"),),
)
def pse_records(view: CardView) -> Finding:
    """Records from 1 until 6A83, each one template 70 that holds only 61 templates."""
    pse = _pse(view)
    if isinstance(pse, Finding):
        return pse
    if any(record.reply.sw is None for record in pse.records):
        return not_examined(_("a directory record was not answered"))
    good = [record for record in pse.records if record.reply.ok]
    if not good and view.card.unread is not None:
        return not_examined(_("no directory record was recorded"))
    if not good:
        return fail(
            _("the directory has no readable record"), Evidence(pse.select.label, pse.select.index)
        )
    for record in good:
        nodes = record.tree.nodes
        if record.tree.errors or len(nodes) != 1 or nodes[0].tag != 0x70:
            return fail(
                _("{where} is not exactly one template 70").format(where=record.where),
                record.evidence,
            )
        stray = [node.tag_hex for node in nodes[0].children if node.tag != 0x61]
        if stray:
            return fail(
                _("{where} holds {tags} beside application entries (61)").format(
                    where=record.where, tags=" ".join(stray)
                ),
                record.evidence,
            )
    return ok(
        _("directory records: {count}, application entries: {entries}").format(
            count=len(good), entries=len(pse.entries)
        )
    )


@check(
    "PSE-04",
    N_("Each application entry has its AID and label"),
    suite="card",
    scope=Scope.CARD,
    spec=(book1("12.2.3"), book1("12.2.4")),
)
def pse_entries(view: CardView) -> Finding:
    """4F of 5 to 16 bytes (missing: FAIL) and label 50 (missing: WARN) in every 61 template."""
    pse = _pse(view)
    if isinstance(pse, Finding):
        return pse
    weak: list[Finding] = []
    for record, entry in pse.entries:
        where = f"{record.where} offset {entry.offset}"
        seen = Evidence(where, record.reply.index, entry.offset)
        aid = entry.find(0x4F)
        if aid is None or not 5 <= len(aid.value) <= 16:
            return fail(
                _("entry at {where} has no AID (4F) of 5 to 16 bytes").format(where=where), seen
            )
        label = entry.find(0x50)
        if label is None or not label.value.strip():
            weak.append(
                warn(_("entry at {where} has no application label (50)").format(where=where), seen)
            )
    if weak:
        return weak[0]
    entries = len(pse.entries)
    return ok(_("application entries: {n}, each with AID and label").format(n=entries))


@check(
    "PSE-05",
    N_("Directory AIDs are unique and selectable"),
    suite="card",
    scope=Scope.CARD,
    spec=(book1("12.3.2"), book1("12.4")),
)
def pse_aids(view: CardView) -> Finding:
    """No AID twice; each is selectable, and the DF name that comes back starts with it."""
    pse = _pse(view)
    if isinstance(pse, Finding):
        return pse
    nodes: list[Tlv] = [node for _r, entry in pse.entries if (node := entry.find(0x4F))]
    aids = [node.value for node in nodes]
    twice = [to_hex(aid) for aid, count in Counter(aids).items() if count > 1]
    if twice:
        return fail(_("listed more than once: {aids}").format(aids=", ".join(twice)))
    selected = {app.aid: app for app in view.card.applications}
    for aid in aids:
        app = selected.get(aid)
        if app is None or app.select.sw is None:
            continue
        seen = Evidence(app.select.label, app.select.index)
        if app.select.sw not in {0x9000, 0x6283}:
            return fail(
                _("{aid} is listed, but SELECT answered {sw}").format(
                    aid=to_hex(aid), sw=app.select.status
                ),
                seen,
            )
        if not app.df_name.startswith(aid):
            return fail(
                _("{aid} is listed, but SELECT gave DF name {name}").format(
                    aid=to_hex(aid), name=to_hex(app.df_name) or "-"
                ),
                seen,
            )
    return ok(_("AIDs: {count}, each listed once").format(count=len(aids)))


@check(
    "SEL-01",
    N_("The application is selected"),
    suite="card",
    spec=(book1("11.3.5"), book1("12.4")),
)
def application_selected(view: CardView) -> Finding:
    """SELECT by AID answers 9000; 6283 says that the application is blocked."""
    select = view.app.select
    seen = Evidence(select.label, select.index)
    if select.sw == 0x6283:
        return fail(
            _("the application is blocked (6283)"),
            seen,
            advice=_("the issuer blocked it by script, or it was blocked after PIN failures"),
        )
    if not select.ok:
        return fail(_("SELECT answered {sw}").format(sw=select.status), seen)
    return ok(_("{aid} selected").format(aid=to_hex(view.app.df_name or view.app.aid)), seen)


@check(
    "FCI-01",
    N_("The FCI of the application is well-formed"),
    suite="card",
    spec=(book1("11.3.4, table 8"),),
)
def application_fci(view: CardView) -> Finding:
    """One template 6F with 84 (5 to 16 bytes) and A5, and nothing outside it."""
    seen = Evidence("FCI", view.app.select.index)
    fci = view.app.fci
    if fci.errors:
        fault = fci.errors[0]
        return fail(
            _("coding fault at offset {at}: {what}").format(at=fault.offset, what=fault.message),
            seen,
        )
    if len(fci.nodes) != 1 or fci.nodes[0].tag != 0x6F:
        return fail(_("the answer is not exactly one FCI template (6F)"), seen)
    tags = {node.tag for node in fci.nodes[0].children}
    if 0x84 not in tags or not 5 <= len(view.app.df_name) <= 16:
        return fail(_("the DF name (84) is missing or not 5 to 16 bytes"), seen)
    if 0xA5 not in tags:
        return fail(_("the proprietary template (A5) is missing"), seen)
    return ok(_("well-formed: 6F with 84 and A5"), seen)


@check(
    "FCI-02",
    N_("The DF name begins with the AID that was sent"),
    suite="card",
    spec=(book1("12.3.3"),),
    reads=(0x84,),
)
def df_name(view: CardView) -> Finding:
    """Tag 84 equals the AID of SELECT, or begins with it."""
    seen = Evidence("84 in FCI", view.app.select.index)
    if not view.app.df_name.startswith(view.app.aid):
        return fail(
            _("{aid} was selected, the DF name is {name}").format(
                aid=to_hex(view.app.aid), name=to_hex(view.app.df_name)
            ),
            seen,
        )
    return ok(_("DF name {name}").format(name=to_hex(view.app.df_name)), seen)
