"""More about processing options, the AIP and the AFL: each rule with its own result."""

from __future__ import annotations

from harness.checks.card.cites import book2, book3
from harness.checks.card.facts import AFL, AIP
from harness.checks.card.initiation import CDA, DDA, SDA, aip_bit
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import check
from harness.codec.dol import parse_dol
from harness.codec.tlv import Tlv
from harness.core.errors import CodecError
from harness.core.i18n import N_, _
from harness.core.verdict import SkipReason, Verdict
from harness.records.result import Evidence

XDA, ISSUER_AUTHENTICATION = 0x80, 0x04
DDOL, CDOL2 = 0x9F49, 0x8D


def _template(view: CardView) -> Tlv | Finding:
    tree = view.app.gpo_tree
    if view.app.gpo is None or not view.app.gpo.ok or tree is None or len(tree.nodes) != 1:
        return not_examined(_("no template in the answer to GET PROCESSING OPTIONS (GPO-01)"))
    return tree.nodes[0]


def _gpo(view: CardView) -> Evidence:
    gpo = view.app.gpo
    return Evidence("GPO", gpo.index if gpo is not None else None)


@check("GPO-02", N_("Format 1: AIP and whole entries"), suite="card", spec=(book3("6.5.8.4"),))
def format_one(view: CardView) -> Finding:
    """Template 80: the AIP of two bytes and an AFL of four bytes an entry, at least one."""
    node = _template(view)
    if isinstance(node, Finding):
        return node
    if node.tag != 0x80:
        return not_applicable(_("the answer is not in format 1"))
    if len(node.value) < 6 or (len(node.value) - 2) % 4:
        return fail(_("{n} bytes, not 2 + 4n").format(n=len(node.value)), _gpo(view))
    return ok(_("{n} bytes").format(n=len(node.value)), _gpo(view))


@check("GPO-03", N_("Format 2: AIP and AFL, each once"), suite="card", spec=(book3("6.5.8.4"),))
def format_two(view: CardView) -> Finding:
    """Template 77 holds 82 and 94, and neither twice."""
    node = _template(view)
    if isinstance(node, Finding):
        return node
    if node.tag != 0x77:
        return not_applicable(_("the answer is not in format 2"))
    for tag in (AIP, AFL):
        count = sum(child.tag == tag for child in node.children)
        if count != 1:
            return fail(_("{tag:02X} is there {n} times").format(tag=tag, n=count), _gpo(view))
    return ok(_("82 and 94, each once"), _gpo(view))


_ON_DEVICE = 0x02
"""AIP byte 1 bit 2: reserved for contactless kernels (EMV 4.4 Book 3, annex C1)."""


@check(
    "AIP-01",
    N_("The AIP uses defined bits"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("annex C1"),),
    reads=(AIP,),
)
def reserved_bits(view: CardView) -> Finding:
    """Byte 2 and bit 2 of byte 1 are zero on a contact card: they belong to contactless kernels or
    are reserved."""
    datum = view.datum(AIP)
    if len(datum.value) != 2:
        return not_examined(_("the AIP is not two bytes (GPO-01)"))
    if datum.value[1]:
        return warn(_("byte 2 is {v:02X}, not 00").format(v=datum.value[1]), datum.evidence)
    if datum.value[0] & _ON_DEVICE:
        text = _("byte 1 bit 2 is set: on-device cardholder verification, of contactless kernels")
        return warn(text, datum.evidence)
    return ok(datum.value.hex().upper(), datum.evidence)


@check(
    "AIP-04",
    N_("DDA: the DDOL asks for the unpredictable number"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book2("6.5.1"),),
    reads=(AIP,),
    judges_absence=True,
)
def ddol(view: CardView) -> Finding:
    """9F49 asks for 9F37; without a DDOL the terminal's default one is used, which does."""
    if not aip_bit(view, DDA | CDA):
        return not_applicable(_("the AIP announces neither DDA nor CDA"))
    datum = view.app.find(DDOL)
    if datum is None:
        return ok(_("no DDOL on the card: the terminal's default one applies"))
    try:
        asked = {entry.tag for entry in parse_dol(datum.value)}
    except CodecError:
        return not_examined(_("the DDOL is not well-formed (DOL-01)"))
    if 0x9F37 not in asked:
        return warn(_("the DDOL does not ask for 9F37: DDA will fail"), datum.evidence)
    return ok(_("9F37 asked for"), datum.evidence)


@check(
    "AIP-05",
    N_("Authentication data are announced"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("7.2"),),
    reads=(AIP,),
    judges_absence=True,
)
def unused_certificates(view: CardView) -> Finding:
    """Certificates on a card whose AIP announces no offline data authentication are unused."""
    if aip_bit(view, SDA | DDA | CDA | XDA):
        return ok(_("the AIP announces offline data authentication"))
    unused = [f"{t:02X}" for t in (0x8F, 0x90, 0x93, 0x9F46) if view.app.get(t) is not None]
    if unused:
        return warn(
            _("{tags} is there, but the AIP announces no offline data authentication").format(
                tags=", ".join(unused)
            ),
            view.datum(AIP).evidence,
        )
    return ok(_("neither announced nor there: an online-only card"))


@check(
    "AIP-07",
    N_("Elliptic-curve authentication (XDA)"),
    suite="card",
    severity=Verdict.PASS,
    spec=(book2("annex B2"),),
    reads=(AIP,),
)
def xda(view: CardView) -> Finding:
    """Byte 1 bit 8. This harness cannot verify XDA: not examined, never FAIL."""
    if aip_bit(view, XDA):
        return Finding(
            Verdict.SKIP,
            _("XDA is announced; the harness verifies RSA only"),
            reason=SkipReason.NOT_EXAMINED,
            evidence=(view.datum(AIP).evidence,),
        )
    return ok(_("XDA is not announced"), view.datum(AIP).evidence)


@check(
    "AIP-08",
    N_("Issuer authentication works as announced"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("10.9"),),
    reads=(AIP,),
    sends=("GENERATE AC", "EXTERNAL AUTHENTICATE"),
)
def issuer_authentication(view: CardView) -> Finding:
    """Byte 1 bit 3: EXTERNAL AUTHENTICATE is accepted; without it CDOL2 asks for 91, or the card
    does not authenticate its issuer."""
    from harness.checks.card.cryptograms import transaction

    if not aip_bit(view, ISSUER_AUTHENTICATION):
        return _in_second_command(view)
    run = transaction(view)
    if isinstance(run, Finding):
        return run
    sw = run.external_authenticate_sw
    if sw is None:
        return not_examined(_("EXTERNAL AUTHENTICATE was not sent: {t}").format(t=run.text))
    if sw != 0x9000:
        return warn(_("EXTERNAL AUTHENTICATE answered {sw:04X}").format(sw=sw))
    return ok(_("EXTERNAL AUTHENTICATE accepted"))


def _in_second_command(view: CardView) -> Finding:
    datum = view.app.find(CDOL2)
    try:
        asked = {entry.tag for entry in parse_dol(datum.value)} if datum is not None else set()
    except CodecError:
        asked = set()
    if 0x91 in asked:
        return ok(_("CDOL2 asks for the issuer authentication data (91)"))
    return not_applicable(_("the card does not authenticate its issuer"))


@check(
    "AFL-05",
    N_("The AFL lists no record twice"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("10.2"),),
    reads=(AFL,),
)
def overlap(view: CardView) -> Finding:
    """A record that is listed twice is read twice, and its data would be there twice."""
    entries = view.app.afl
    if entries is None:
        return not_examined(_("the AFL is not well-formed (AFL-01)"))
    listed = [(e.sfi, n) for e in entries for n in range(e.first, e.last + 1)]
    twice = sorted({f"{sfi}.{n}" for sfi, n in listed if listed.count((sfi, n)) > 1})
    if twice:
        return warn(_("listed twice: {r}").format(r=", ".join(twice)), view.datum(AFL).evidence)
    return ok(_("{n} records, each once").format(n=len(listed)), view.datum(AFL).evidence)
