"""BER-TLV coding of every answer, one rule a check (EMV Book 3, annex B)."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.card.cites import book1, book3
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_examined, ok, warn
from harness.checks.registry import check
from harness.codec.tags import lookup
from harness.codec.tlv import Tlv, TlvTree
from harness.codec.tlv_lenient import Rule
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.records.result import Evidence

_ANNEX_B = book3("annex B")


def answers(view: CardView) -> Iterator[tuple[str, int, TlvTree]]:
    """FCI, processing options and EMV records (SFI 1 to 10) that were answered: name, exchange,
    tree."""
    if view.app.select.data:
        yield "FCI", view.app.select.index, view.app.fci
    if view.app.gpo is not None and view.app.gpo_tree is not None and view.app.gpo.ok:
        yield "GPO", view.app.gpo.index, view.app.gpo_tree
    for record in view.app.records:
        if record.reply.ok and record.sfi <= 10:
            yield record.where, record.reply.index, record.tree


def nodes(view: CardView) -> Iterator[tuple[str, int, Tlv, int]]:
    """Every data object with its answer, exchange, and the tag that it stands in (0 at the top)."""
    for where, index, tree in answers(view):
        stack = [(node, 0) for node in reversed(tree.nodes)]
        while stack:
            node, parent = stack.pop()
            yield where, index, node, parent
            stack.extend((child, node.tag) for child in reversed(node.children))


def _faults(view: CardView, hard: frozenset[Rule], soft: frozenset[Rule], good: str) -> Finding:
    looked = 0
    weak: Finding | None = None
    for where, index, tree in answers(view):
        looked += 1
        for fault in tree.errors:
            if fault.rule not in hard | soft:
                continue
            seen = Evidence(f"{where} offset {fault.offset}", index, fault.offset)
            text = _("{where} offset {at}: {what}").format(
                where=where, at=fault.offset, what=fault.text
            )
            if fault.rule in hard:
                return fail(text, seen)
            weak = weak or warn(text, seen)
    if not looked:
        return not_examined(_("no answer with data was read"))
    return weak or ok(good.format(n=looked))


@check("TLV-01", N_("Tags are well coded"), suite="card", spec=(_ANNEX_B,))
def tags(view: CardView) -> Finding:
    """At most three bytes, no second byte 80, none cut off."""
    return _faults(view, frozenset({Rule.BAD_TAG}), frozenset(), _("{n} answers: tags well coded"))


@check("TLV-02", N_("Lengths are well coded"), suite="card", spec=(_ANNEX_B,))
def lengths(view: CardView) -> Finding:
    """Definite form only (FAIL), in as few bytes as will do (WARN)."""
    return _faults(
        view,
        frozenset({Rule.INDEFINITE, Rule.BAD_LENGTH}),
        frozenset({Rule.NON_MINIMAL}),
        _("{n} answers: lengths definite and short"),
    )


@check("TLV-03", N_("Values are complete"), suite="card", spec=(_ANNEX_B,))
def values(view: CardView) -> Finding:
    """Each value ends inside what encloses it, and nothing is left over."""
    return _faults(
        view,
        frozenset({Rule.OVERRUN, Rule.LEFTOVER}),
        frozenset(),
        _("{n} answers: values complete"),
    )


@check(
    "TLV-04",
    N_("No padding with FF between data objects"),
    suite="card",
    severity=Verdict.WARN,
    spec=(_ANNEX_B,),
)
def padding(view: CardView) -> Finding:
    """Padding with 00 is allowed between data objects, with FF it is not."""
    return _faults(
        view, frozenset(), frozenset({Rule.PADDING_FF}), _("{n} answers: no FF between objects")
    )


@check(
    "TLV-05",
    N_("Templates are templates, and the rest is not"),
    suite="card",
    severity=Verdict.WARN,
    spec=(_ANNEX_B,),
)
def form(view: CardView) -> Finding:
    """An unknown tag that would be a known one with the other form bit looks like a slip."""
    count = 0
    for where, index, node, _parent in nodes(view):
        count += 1
        size = len(node.tag_hex) // 2
        twin = node.tag ^ (0x20 << (8 * (size - 1)))
        if lookup(node.tag) is None and lookup(twin) is not None:
            return warn(
                _("{where} offset {at}: {tag} is not known, {twin:02X} is").format(
                    where=where, at=node.offset, tag=node.tag_hex, twin=twin
                ),
                Evidence(f"{where} offset {node.offset}", index, node.offset),
            )
    return ok(_("data objects: {n}").format(n=count)) if count else not_examined(_("nothing read"))


@check(
    "TLV-06",
    N_("No data object is empty"),
    suite="card",
    severity=Verdict.WARN,
    spec=(_ANNEX_B,),
)
def empty(view: CardView) -> Finding:
    """A template without content, or a primitive object of length zero."""
    count = 0
    for where, index, node, _parent in nodes(view):
        count += 1
        if not node.value:
            return warn(
                _("{where} offset {at}: {tag} is empty").format(
                    where=where, at=node.offset, tag=node.tag_hex
                ),
                Evidence(f"{where} offset {node.offset}", index, node.offset),
            )
    return ok(_("data objects: {n}").format(n=count)) if count else not_examined(_("nothing read"))


@check("TLV-07", N_("No tag twice in one template"), suite="card", spec=(book3("7.5"), _ANNEX_B))
def repeats(view: CardView) -> Finding:
    """A primitive tag stands once in its template; entries of a directory may repeat."""
    return _faults(view, frozenset({Rule.REPEAT}), frozenset(), _("{n} answers: no tag twice"))


@check(
    "TLV-09",
    N_("Data objects stand where they belong"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("annex A1"),),
)
def places(view: CardView) -> Finding:
    """The template that the dictionary names for a tag; private ones may stand anywhere."""
    count = 0
    for where, index, node, parent in nodes(view):
        count += 1
        known = lookup(node.tag, aid=view.aid)
        if known is None or not known.templates or parent in known.templates or not parent:
            continue
        if known.guess:  # whose tag it is under this AID nobody here knows
            continue
        return warn(
            _("{where} offset {at}: {tag} ({name}) in {parent:02X}").format(
                where=where, at=node.offset, tag=node.tag_hex, name=known.name, parent=parent
            ),
            Evidence(f"{where} offset {node.offset}", index, node.offset),
        )
    return ok(_("data objects: {n}").format(n=count)) if count else not_examined(_("nothing read"))


@check("TLV-10", N_("Answers fit into a short APDU"), suite="card", spec=(book1("9.4"),))
def sizes(view: CardView) -> Finding:
    """At most 256 bytes of data, and no 61xx or 6Cxx that is left at the end."""
    for reply in view.card.replies:
        seen = Evidence(reply.label, reply.index)
        if len(reply.data) > 256:
            return fail(
                _("{cmd}: {n} bytes of data, more than 256").format(
                    cmd=reply.label, n=len(reply.data)
                ),
                seen,
            )
        if reply.sw is not None and reply.sw >> 8 in (0x61, 0x6C):
            return fail(
                _("{cmd} ended with {sw}: more was announced and did not come").format(
                    cmd=reply.label, sw=reply.status
                ),
                seen,
            )
    if not view.card.replies:
        return not_examined(_("nothing was answered"))
    return ok(_("{n} answers").format(n=len(view.card.replies)))
