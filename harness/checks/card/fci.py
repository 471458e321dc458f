"""What an application says about itself in its FCI: label, name, languages, PDOL, issuer's data."""

from __future__ import annotations

from harness.checks.card.cites import book1, book3
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import check
from harness.codec.dol import parse_dol
from harness.codec.tags import lookup
from harness.core.errors import CodecError
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict

LABEL, NAME, CODE_TABLE, LANGUAGES, PDOL, LOG = 0x50, 0x9F12, 0x9F11, 0x5F2D, 0x9F38, 0x9F4D
_CARD_ONLY = frozenset({0x5A, 0x57, 0x82, 0x94, 0x9F10, 0x9F26, 0x9F27, 0x9F36})
_DISCRETIONARY = frozenset(
    {0x42, 0x4F, 0x50, 0x61, 0x73, 0x87, 0x9F11, 0x9F12, 0x9F4D, 0x9F5A, 0x9F5D, 0x9F0A}
    | set(range(0x5F50, 0x5F57))
    | {0x9F19, 0x9F24, 0x9F25, 0x9F29, 0x9F2A, 0x9F6E, 0xDF}
)


@check(
    "FCI-03",
    N_("The application label is printable"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book1("11.3.4, table 8"), book3("annex A1")),
)
def label(view: CardView) -> Finding:
    """50 in the FCI: 1 to 16 letters, digits and spaces."""
    node = view.app.fci.find(LABEL)
    if node is None:
        return warn(_("the FCI has no application label (50)"))
    seen = view.app.find(LABEL)
    evidence = (seen.evidence,) if seen else ()
    if not 1 <= len(node.value) <= 16:
        return warn(_("the label has {n} bytes, not 1 to 16").format(n=len(node.value)), *evidence)
    text = node.value.decode("latin-1")
    if not text.isascii() or not all(letter.isalnum() or letter == " " for letter in text):
        return warn(_("the label has characters beyond letters, digits, space"), *evidence)
    if not text.strip():
        return warn(_("the label is all spaces"), *evidence)
    return ok(_("label {text}").format(text=text), *evidence)


@check(
    "FCI-04",
    N_("The preferred name comes with its code table"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book1("12.2.4"),),
    reads=(NAME,),
)
def preferred_name(view: CardView) -> Finding:
    """9F12 needs 9F11, 01 to 10, or no terminal can display it."""
    datum = view.datum(NAME)
    table = view.app.get(CODE_TABLE)
    if table is None:
        return warn(_("9F12 without 9F11: its alphabet is not known"), datum.evidence)
    if len(table) != 1 or not table.hex().isdigit() or not 1 <= int(table.hex()) <= 10:
        return warn(_("9F11 is {v}, not 01 to 10").format(v=table.hex().upper()), datum.evidence)
    if not 1 <= len(datum.value) <= 16:
        return warn(_("9F12 has {n} bytes, not 1 to 16").format(n=len(datum.value)), datum.evidence)
    return ok(_("in ISO/IEC 8859-{n}").format(n=int(table.hex())), datum.evidence)


@check(
    "FCI-05",
    N_("The languages are pairs of letters"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book1("11.3.4, table 8"),),
    reads=(LANGUAGES,),
)
def languages(view: CardView) -> Finding:
    """5F2D: one to four ISO 639 codes of two lower-case letters."""
    datum = view.datum(LANGUAGES)
    value = datum.value
    good = all(0x61 <= byte <= 0x7A for byte in value)
    if len(value) not in {2, 4, 6, 8} or not good:
        return warn(
            _("5F2D is {hex}: not one to four pairs of lower-case letters").format(
                hex=value.hex().upper()
            ),
            datum.evidence,
        )
    text = value.decode("ascii")
    return ok(" ".join(text[at : at + 2] for at in range(0, len(text), 2)), datum.evidence)


@check(
    "FCI-06",
    N_("The PDOL asks for what a terminal has"),
    suite="card",
    spec=(book3("5.4"),),
    reads=(PDOL,),
)
def pdol(view: CardView) -> Finding:
    """9F38: tag and length pairs of 252 bytes at most, no template, nothing that only the card
    knows."""
    datum = view.datum(PDOL)
    try:
        entries = parse_dol(datum.value)
    except CodecError as error:
        return fail(_("9F38: {what}").format(what=error.what), datum.evidence)
    total = sum(entry.length for entry in entries)
    if total > 252:
        return fail(_("9F38 asks for {n} bytes, more than 252").format(n=total), datum.evidence)
    for entry in entries:
        if entry.constructed:
            return fail(_("9F38 asks for template {t:02X}").format(t=entry.tag), datum.evidence)
        if entry.tag in _CARD_ONLY:
            return fail(
                _("9F38 asks the terminal for {t:02X}, which only the card has").format(
                    t=entry.tag
                ),
                datum.evidence,
            )
    return ok(_("{n} data objects, {b} bytes").format(n=len(entries), b=total), datum.evidence)


@check(
    "FCI-07",
    N_("The PDOL fits the application"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("5.4"),),
    reads=(PDOL,),
)
def pdol_tags(view: CardView) -> Finding:
    """Every tag asked for is in the dictionary under this scheme, and none is the card's own."""
    datum = view.datum(PDOL)
    try:
        entries = parse_dol(datum.value)
    except CodecError:
        return not_examined(_("the PDOL is not well-formed (FCI-06)"))
    odd = []
    for entry in entries:
        known = lookup(entry.tag, aid=view.aid)
        if known is None:
            odd.append(_("{t:02X} is not known").format(t=entry.tag))
        elif known.source == "card" and not known.guess:
            odd.append(_("{t:02X} is the card's own").format(t=entry.tag))
    if odd:
        return warn("; ".join(odd), datum.evidence)
    return ok(" ".join(f"{entry.tag:02X}" for entry in entries), datum.evidence)


@check(
    "FCI-08",
    N_("The issuer's discretionary data hold what belongs there"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book1("11.3.4, table 8"), book3("annex A1")),
)
def discretionary(view: CardView) -> Finding:
    """BF0C: known children; a log entry (9F4D) names SFI 11 to 30 and more than no records."""
    node = view.app.fci.find(0xBF0C)
    if node is None:
        return not_applicable(_("the FCI has no BF0C"))
    odd = [
        child.tag_hex
        for child in node.children
        if child.tag not in _DISCRETIONARY and child.tag >> 8 not in {0xDF, 0xBF}
    ]
    if odd:
        return warn(_("BF0C holds {tags}").format(tags=" ".join(odd)))
    log = node.find(LOG)
    if log is not None and view.app.log_entry is None:
        return warn(_("9F4D is {v}: no SFI from 11 to 30").format(v=log.value.hex().upper()))
    return ok(_("data objects: {n}").format(n=len(node.children)))
