"""More about records: what must not be in them, what is not known, and the transaction log."""

from __future__ import annotations

from harness.checks.card.cites import book1, book3
from harness.checks.card.mandatory import MANDATORY
from harness.checks.card.replies import Reply
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import Scope, check
from harness.codec.dol import parse_dol
from harness.codec.status_word import StatusWord
from harness.codec.tags import lookup
from harness.codec.tlv import parse
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.records.result import Evidence

TERMINAL_TAGS = frozenset(
    {0x81, 0x8A, 0x95, 0x9A, 0x9B, 0x9C, 0x9F01, 0x9F02, 0x9F03, 0x9F04, 0x9F06, 0x9F15, 0x9F16}
    | {0x9F1A, 0x9F1B, 0x9F1C, 0x9F1E, 0x9F21, 0x9F33, 0x9F34, 0x9F35, 0x9F37, 0x9F39, 0x9F40}
    | {0x9F41, 0x9F4E, 0x5F2A, 0x5F36, 0x91, 0x71, 0x72}
)
LOG_FORMAT = 0x9F4F
_MAX_RECORD = 254


def given(view: CardView, tag: int) -> bytes | None:
    """Value of ``tag`` as GET DATA gave it, or None when it gave none."""
    reply = view.app.get_data.get(tag)
    node = parse(reply.data).find(tag) if reply is not None and reply.ok else None
    return node.value if node is not None else None


def never_asked(view: CardView, tag: int) -> bool:
    """Was GET DATA for ``tag`` not part of the session? A recorded one need not have it."""
    return tag not in view.app.get_data


@check("REC-04", N_("Records hold card data only"), suite="card", spec=(book3("annex A1"),))
def card_data_only(view: CardView) -> Finding:
    """No data object that the terminal or the issuer supplies, and no mandatory one empty."""
    if not view.app.records:
        return not_examined(_("no record was read"))
    found = [datum for datum in view.app.data if datum.where.startswith("record")]
    for datum in found:
        if datum.tag in TERMINAL_TAGS:
            return fail(
                _("{tag:02X} is no card datum, at {place}").format(
                    tag=datum.tag, place=datum.place
                ),
                datum.evidence,
            )
        if datum.tag in MANDATORY and not datum.value:
            return fail(_("{tag:02X} is empty").format(tag=datum.tag), datum.evidence)
    return ok(_("data objects: {n}").format(n=len(found)))


@check(
    "REC-05",
    N_("Data objects that the dictionary does not know"),
    suite="card",
    severity=Verdict.PASS,
    spec=(book3("7.5"),),
)
def unknown_data(view: CardView) -> Finding:
    """Unknown tags are the issuer's or the scheme's own business: listed, never judged."""
    if not view.app.data:
        return not_examined(_("nothing was read"))
    odd = [d for d in view.app.data if lookup(d.tag) is None]
    names = ", ".join(dict.fromkeys(f"{d.tag:02X}" for d in odd))
    if odd:
        return ok(_("not in the dictionary: {tags}").format(tags=names), *(d.evidence for d in odd))
    return ok(_("{n} data objects, all known").format(n=len(view.app.data)))


@check("REC-06", N_("Records have an allowed size"), suite="card", spec=(book1("11.2"),))
def record_size(view: CardView) -> Finding:
    """At most 254 bytes, and data only with 9000. Of a record that is masked in a transcript the
    size is not known."""
    seen = [
        r for r in view.app.records if r.listed and r.reply.sw is not None and not r.reply.error
    ]
    if not seen:
        return not_examined(_("no record was read"))
    for record in seen:
        size = len(record.reply.data)
        if size > _MAX_RECORD:
            return fail(
                _("{where}: {n} bytes, more than 254").format(where=record.where, n=size),
                record.evidence,
            )
        if not record.reply.ok and size:
            return fail(
                _("{where}: data with {sw}").format(where=record.where, sw=record.reply.status),
                record.evidence,
            )
    return ok(
        _("{n} records, {b} bytes the longest").format(
            n=len(seen), b=max(len(record.reply.data) for record in seen)
        )
    )


@check(
    "LOG-01",
    N_("The transaction log has its format"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("annex D"),),
)
def log(view: CardView) -> Finding:
    """9F4D names the log, 9F4F its format; the entries that were read are as long as that says."""
    entry = view.app.log_entry
    if entry is None:
        return not_applicable(_("the card names no transaction log (9F4D)"))
    value = given(view, LOG_FORMAT)
    if never_asked(view, LOG_FORMAT):
        return not_examined(_("GET DATA {tag} was not sent").format(tag="9F4F"))
    if value is None:
        return warn(_("9F4D names a log, but GET DATA 9F4F gives no format"))
    try:
        size = sum(field.length for field in parse_dol(value))
    except CodecError as error:
        return warn(_("9F4F: {what}").format(what=error.what))
    for record in view.app.log:
        if record.reply.ok and len(record.reply.data) != size:
            return warn(
                _("{where} has {n} bytes, the log format {m}").format(
                    where=record.where, n=len(record.reply.data), m=size
                ),
                record.evidence,
            )
    read = sum(record.reply.ok for record in view.app.log)
    return ok(_("{n} of {m} entries read, {b} bytes each").format(n=read, m=entry[1], b=size))


@check(
    "GD-01",
    N_("GET DATA gives what was asked for"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("6.5.7"),),
)
def get_data(view: CardView) -> Finding:
    """An answer is exactly the data object that was asked for, in a length that it may have. A
    refused counter is no fault: GET DATA is optional for most of them."""
    if not view.app.get_data:
        return not_examined(_("GET DATA was not sent"))
    for tag, reply in view.app.get_data.items():
        if not reply.ok:
            continue
        tree = parse(reply.data)
        known = lookup(tag, aid=view.aid)
        size = len(tree.nodes[0].value) if tree.nodes else 0
        one = len(tree.nodes) == 1 and not tree.errors and tree.nodes[0].tag == tag
        sure = known is not None and not known.guess
        if not one or (sure and known is not None and not known.length_ok(size)):
            return warn(
                _("GET DATA {tag:02X} gave {hex}").format(tag=tag, hex=to_hex(reply.data[:12])),
                Evidence(reply.label, reply.index),
            )
    yes = [f"{tag:02X}" for tag, reply in view.app.get_data.items() if reply.ok]
    no = [f"{tag:02X} {reply.status}" for tag, reply in view.app.get_data.items() if not reply.ok]
    return ok(
        _("given: {yes}; refused: {no}").format(yes=", ".join(yes) or "-", no=", ".join(no) or "-")
    )


_NOT_SUPPORTED = frozenset({0x6D00, 0x6E00, 0x6F00})
_MUST_SUPPORT = frozenset({0xA4, 0xA8, 0xB2})


@check(
    "SW-01",
    N_("Status words are known, and the commands supported"),
    suite="card",
    scope=Scope.CARD,
    severity=Verdict.WARN,
    spec=(book3("6.3.5"),),
)
def status_words(view: CardView) -> Finding:
    """63Cx comes from VERIFY only; 6D00, 6E00 or 6F00 to SELECT, GET PROCESSING OPTIONS or READ
    RECORD says that the card does not do what a payment card must."""
    answered = [reply for reply in view.card.replies if reply.sw is not None]
    if not answered:
        return not_examined(_("nothing was answered"))
    for reply in answered:
        text = _odd(reply)
        if text:
            return warn(text, Evidence(reply.label, reply.index))
    met = sorted({reply.status for reply in answered})
    return ok(", ".join(met))


def _odd(reply: Reply) -> str:
    sw = reply.sw or 0
    if sw & 0xFFF0 == 0x63C0 and reply.command[1] != 0x20:
        return _("{cmd} answered {sw}: a PIN counter").format(cmd=reply.label, sw=reply.status)
    if sw in _NOT_SUPPORTED and reply.command[1] in _MUST_SUPPORT:
        return _("{cmd} answered {sw}").format(cmd=reply.label, sw=reply.status)
    if not StatusWord(sw).meaning():
        return _("{cmd} answered {sw}, which has no meaning").format(
            cmd=reply.label, sw=reply.status
        )
    return ""


@check(
    "SEC-01",
    N_("What a card gives to anybody"),
    suite="card",
    severity=Verdict.PASS,
)
def exposure(view: CardView) -> Finding:
    """Name, track 2 and log are readable without any secret: said, not judged."""
    if not view.app.data:
        return not_examined(_("nothing was read"))
    words = {0x5F20: _("cardholder name"), 0x57: _("track 2"), 0x9F4D: _("transaction log")}
    open_data = [text for tag, text in words.items() if view.app.get(tag)]
    return ok(_("readable by anybody: {list}").format(list=", ".join(open_data) or "-"))
