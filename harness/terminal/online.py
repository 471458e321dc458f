"""Online processing: authorisation request, issuer authentication (EMV 4.4 Book 3, 10.9)."""

from __future__ import annotations

from harness.codec.apdu import external_authenticate
from harness.codec.dol import parse_dol
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.issuer.messages import AuthorisationRequest, AuthorisationResponse, HostState
from harness.terminal import owed
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, stopped
from harness.terminal.risk import pan, sequence_number

SPEC_ONLINE = Spec("EMV 4.4 Book 3", "10.9")
SPEC_REQUEST = Spec("EMV 4.4 Book 4", "12.1", verified=True)

AIP_ISSUER_AUTHENTICATION = 0x0400

FIELD_55 = (
    0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x9F03, 0x5F2A, 0x82,
    0x9F1A, 0x9F33, 0x9F34, 0x9F35, 0x9F1E, 0x84, 0x9F09, 0x9F41, 0x5F34, 0x9F07, 0x9B, 0x8A,
)  # fmt: skip
"""Chip data of an authorisation request, in this order; 8A there is from the first decision on."""

APPROVING = ("00", "10", "11")
"""Response codes (tag 8A) by which an issuer approves (EMV 4.4 Book 4, Annex A6)."""

MAX_ISSUER_DATA = 16
MIN_ISSUER_DATA = 8

STATES = (N_("unreachable"), N_("no-answer"), N_("malformed"))
"""How a connection ends that gave no answer, as ``HostState`` has it."""


def run(ctx: Context) -> Ending | None:
    """Ask the issuer; authenticate it to the card where the AIP says so. Raises LinkError."""
    ctx.cite(SPEC_ONLINE, SPEC_REQUEST)
    answer = ctx.answer = _authorise(ctx)
    for line in answer.log:
        ctx.say(line)
    ctx.approved_by_issuer = answer.state is HostState.ANSWERED and answer.arc in APPROVING
    owed.note(ctx)
    if answer.state is not HostState.ANSWERED:
        ctx.say(_("unable to go online: {state}").format(state=_(answer.state.value)))
        return None
    ctx.terminal[0x8A] = arc_bytes(answer.arc)
    return authenticate_issuer(ctx, answer.issuer_authentication_data)


def _authorise(ctx: Context) -> AuthorisationResponse:
    if ctx.config.offline_only:
        text = _("an offline-only terminal cannot ask")
        return AuthorisationResponse(HostState.UNREACHABLE, log=(text,))
    if ctx.host is None:
        return AuthorisationResponse(HostState.UNREACHABLE, log=(_("this run has no issuer"),))
    ctx.sent = request(ctx)
    owed.note(ctx)
    answer = ctx.host.authorise(ctx.sent)
    if answer.state is HostState.ANSWERED and not _arc_ok(answer.arc):
        return AuthorisationResponse(
            HostState.MALFORMED,
            log=(*answer.log, _("the response code is not two characters")),
            name=answer.name,
        )
    return answer


def request(ctx: Context) -> AuthorisationRequest:
    """Field-55 data, PAN and sequence number as the terminal sends them."""
    data = chip_data(ctx)
    return AuthorisationRequest(
        aid=ctx.aid,
        pan=pan(ctx),
        psn=sequence_number(ctx),
        data=data,
        pin_block=ctx.pin_block,
        reference=to_hex(data.get("9F37", b"") + data.get("9F36", b"")),
        terminal=ctx.config.terminal_id,
        sent_at=f"{ctx.clock.now():%m%d%H%M%S}",
    )


def chip_data(ctx: Context) -> dict[str, bytes]:
    """Field-55 data as they stand now, by hex tag."""
    values = ctx.values()
    data = {f"{tag:02X}": values[tag] for tag in FIELD_55 if tag in values}
    data.setdefault("84", ctx.aid)
    if 0x9F5B in values:
        data["9F5B"] = values[0x9F5B]
    return data


def authenticate_issuer(ctx: Context, data: bytes) -> Ending | None:
    """Give tag 91 to the card: by EXTERNAL AUTHENTICATE where the AIP says so, else with CDOL2."""
    if not data:
        ctx.say(_("no issuer authentication data (91) in the answer"))
        return None
    ctx.terminal[0x91] = data
    if not ctx.aip & AIP_ISSUER_AUTHENTICATION and not asks_for(ctx, 0x91):
        ctx.say(
            _(
                "the card wants no issuer authentication data (AIP, CDOL2): {data} is not used"
            ).format(data=to_hex(data))
        )
        return None
    if not ctx.aip & AIP_ISSUER_AUTHENTICATION:
        ctx.arpc = _("ARPC given to the card with the second GENERATE AC")
        ctx.say(
            _("issuer authentication data {data} go to the card with CDOL2").format(
                data=to_hex(data)
            )
        )
        return None
    command = ctx.channel.refuses(0x82)
    if command:
        return stopped(command)
    ctx.tvr = ctx.tvr.begin(Open.ISSUER_AUTH)
    ctx.performed(TsiBit.ISSUER_AUTH)
    if not MIN_ISSUER_DATA <= len(data) <= MAX_ISSUER_DATA:
        return _refused(
            ctx,
            _("issuer authentication data of {count} bytes, must be 8 to 16").format(
                count=len(data)
            ),
        )
    ctx.listener.notice(_("EXTERNAL AUTHENTICATE: the card remembers the result"))
    answer = ctx.channel.send(external_authenticate(data))
    if not answer.ok:
        return _refused(ctx, _("EXTERNAL AUTHENTICATE answered {sw}").format(sw=answer.sw))
    ctx.settle(Open.ISSUER_AUTH)
    ctx.arpc = _("ARPC accepted by the card")
    ctx.say(_("EXTERNAL AUTHENTICATE answered 9000: ARPC accepted by the card"))
    return None


def asks_for(ctx: Context, tag: int) -> bool:
    """Does CDOL2 ask for this datum? A list that is malformed asks for nothing."""
    try:
        entries = parse_dol(ctx.card.get(0x8D) or b"")
    except CodecError:
        return False
    return any(entry.tag == tag for entry in entries)


def _refused(ctx: Context, why: str) -> Ending | None:
    ctx.settle(Open.ISSUER_AUTH, TvrBit.ISSUER_AUTH_FAILED)
    ctx.arpc = _("ARPC refused by the card")
    ctx.say(_("issuer authentication failed: {why}").format(why=why))
    return None


def _arc_ok(arc: str) -> bool:
    return len(arc) == 2 and arc.isascii() and arc.isalnum()


def arc_bytes(arc: str) -> bytes:
    """Tag 8A: two ASCII characters."""
    return arc.encode("ascii")
