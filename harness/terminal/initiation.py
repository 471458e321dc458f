"""Initiate application processing: GET PROCESSING OPTIONS (EMV 4.4 Book 3, 6.5.8 and 10.1)."""

from __future__ import annotations

from harness.codec.afl import AflEntry, parse_afl
from harness.codec.apdu import ResponseApdu, get_processing_options
from harness.codec.dol import parse_dol
from harness.codec.tlv import parse
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, Outcome, terminated

SPEC_GPO = Spec("EMV 4.4 Book 3", "6.5.8")
SPEC_INITIATE = Spec("EMV 4.4 Book 3", "10.1")

MAX_PDOL_DATA = 252
"""What is left of 255 data bytes after tag 83 and a length of up to two bytes."""


@dataclass(frozen=True, slots=True)
class Processing:
    """Answer to GPO. ``aip`` and ``afl`` are the bare values, ``entries`` the AFL read;
    ``pdol_data`` is what was sent; ``fault`` is empty where the answer can be used."""

    raw: bytes
    pdol_data: bytes
    aip: bytes = b""
    afl: bytes = b""
    entries: tuple[AflEntry, ...] = ()
    fault: str = ""

    @property
    def aip_number(self) -> int:
        """The two bytes as a number."""
        return int.from_bytes(self.aip, "big")


class NotHere(Ending):
    """6985: this application cannot be used now, another may."""


def run(ctx: Context) -> Ending | None:
    """Send GPO. ``NotHere`` asks for the next candidate."""
    ctx.cite(SPEC_GPO, SPEC_INITIATE)
    pdol = ctx.card.get(0x9F38)
    if pdol is None:
        data = b""
        ctx.say(_("no PDOL: the command template is empty"))
    else:
        try:
            entries = parse_dol(pdol)
            data = ctx.dol_data(entries, early=True)
        except CodecError as error:
            return terminated(_("the PDOL is malformed: {why}").format(why=error.what))
        ctx.say(
            _("PDOL {tags} -> {data}").format(
                tags=" ".join(f"{entry.tag:02X}" for entry in entries), data=to_hex(data)
            )
        )
        if len(data) > MAX_PDOL_DATA:
            return terminated(
                _("the PDOL asks for {count} bytes, one command holds {top}").format(
                    count=len(data), top=MAX_PDOL_DATA
                )
            )
    ctx.listener.notice(_("GET PROCESSING OPTIONS, once: some cards count it (ATC +1)"))
    answer = ctx.channel.send(get_processing_options(data))
    if answer.sw == 0x6985:
        ctx.say(_("6985: conditions of use not satisfied, back to the candidate list"))
        return NotHere(Outcome.NOT_COMPLETED, _("the application refused GPO (6985)"))
    if not answer.ok:
        return terminated(_("GET PROCESSING OPTIONS answered {sw}").format(sw=answer.sw))
    processing = read_answer(answer, data)
    ctx.processing = processing
    if processing.fault:
        return terminated(processing.fault)
    ctx.say(
        _("AIP {aip}, AFL {afl}").format(aip=to_hex(processing.aip), afl=to_hex(processing.afl))
    )
    _keep(ctx, processing)
    return None


def read_answer(answer: ResponseApdu, pdol_data: bytes) -> Processing:
    """Read format 1 (80) or format 2 (77); the fault names what is wrong (6.5.8.4)."""
    raw = answer.data
    tree = parse(raw)
    if tree.errors:
        return Processing(raw, pdol_data, fault=_gpo(tree.errors[0].message))
    if len(tree.nodes) != 1 or tree.nodes[0].tag not in (0x80, 0x77):
        return Processing(raw, pdol_data, fault=_gpo(_("neither template 80 nor 77")))
    top = tree.nodes[0]
    if top.tag == 0x80:
        aip, afl = top.value[:2], top.value[2:]
    else:
        aips, afls = top.find_all(0x82), top.find_all(0x94)
        if len(aips) > 1 or len(afls) > 1:
            return Processing(raw, pdol_data, fault=_gpo(_("82 or 94 stands there twice")))
        aip = aips[0].value if aips else b""
        afl = afls[0].value if afls else b""
    if len(aip) != 2:
        return Processing(raw, pdol_data, aip, afl, fault=_gpo(_("no AIP of two bytes")))
    try:
        entries = parse_afl(afl)
    except CodecError as error:
        return Processing(raw, pdol_data, aip, afl, fault=_("AFL: {why}").format(why=error.what))
    return Processing(raw, pdol_data, aip, afl, entries)


def _gpo(why: str) -> str:
    return _("answer to GET PROCESSING OPTIONS: {why}").format(why=why)


def _keep(ctx: Context, processing: Processing) -> None:
    top = parse(processing.raw).nodes[0]
    if top.tag == 0x80:
        ctx.card.add(0x82, processing.aip, "GPO", top.offset + top.header)
        ctx.card.add(0x94, processing.afl, "GPO", top.offset + top.header + 2)
    else:
        ctx.card.take([top], "GPO")
