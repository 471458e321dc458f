"""GENERATE AC and its answer: EMV 4.4 Book 3, 6.5.5 and 9; CDA by Book 2, 6.6."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from harness.codec.apdu import generate_ac
from harness.codec.dol import parse_dol
from harness.codec.tlv import TlvTree, parse
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.authentication import explain_steps, signature_failed, signature_ok
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, stopped, terminated
from harness.terminal.terminal_data import before_cryptogram

if TYPE_CHECKING:
    from harness.codec.apdu import ResponseApdu

SPEC_GENERATE = Spec("EMV 4.4 Book 3", "6.5.5")
SPEC_CDA = Spec("EMV 4.4 Book 2", "6.6")

Kind = Literal["AAC", "TC", "ARQC"]
KINDS: dict[int, Kind] = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC"}
RANK = {"AAC": 0, "ARQC": 1, "TC": 2}
"""A card may answer with what was asked for or less, never with more."""


MAX_IAD = 32


@dataclass(frozen=True, slots=True)
class Cryptogram:
    """One answer to GENERATE AC. ``kind`` is AAC, TC or ARQC; ``raw`` the answer without status;
    ``ac`` is empty where a CDA answer hides it and the signature did not hold."""

    kind: Kind
    cid: int
    atc: bytes
    ac: bytes
    iad: bytes
    raw: bytes
    signature: bytes = b""


def run_first(ctx: Context) -> Ending | None:
    """The first GENERATE AC, for what action analysis asked for."""
    before_cryptogram(ctx)
    cdol = ctx.card.get(0x8C) or b""
    cda = wants_cda(ctx) and ctx.asked != "AAC"
    answer = _send(ctx, ctx.asked, cdol, cda=cda, number=1)
    if not isinstance(answer, Cryptogram):
        return answer
    ctx.first = answer
    if cda and answer.kind != "AAC":
        answer = ctx.first = verify_signature(ctx, answer, b"")
    ctx.performed(TsiBit.CARD_RISK)
    return None


def run_second(ctx: Context, kind: str) -> Ending | None:
    """The second GENERATE AC: TC or AAC."""
    cdol = ctx.card.get(0x8D) or b""
    cda = wants_cda(ctx) and kind != "AAC"
    answer = _send(ctx, kind, cdol, cda=cda, number=2)
    if not isinstance(answer, Cryptogram):
        return answer
    if answer.kind == "ARQC":
        return terminated(_("the card answered the second GENERATE AC with an ARQC"))
    ctx.second = answer
    if cda and answer.kind != "AAC":
        ctx.second = verify_signature(ctx, answer, ctx.cdol2_data)
    return None


def wants_cda(ctx: Context) -> bool:
    """CDA was chosen, its keys were recovered, and no signature has failed yet."""
    return ctx.oda is not None and ctx.oda.method == "CDA" and ctx.oda.icc_key is not None


def _send(ctx: Context, kind: str, cdol: bytes, *, cda: bool, number: int) -> Cryptogram | Ending:
    """Build the CDOL data, announce, send, read. Raises LinkError."""
    ctx.cite(SPEC_GENERATE)
    wanted = KINDS[{"AAC": 0x00, "TC": 0x40}.get(kind, 0x80)]
    command = ctx.channel.refuses(0xAE)
    if command:
        return stopped(command)
    try:
        data = cdol_data(ctx, cdol)
    except CodecError as error:
        return terminated(_("CDOL{number} or TDOL: {why}").format(number=number, why=error.what))
    if len(data) > 255:
        return terminated(
            _("CDOL{number} asks for {count} bytes, one command holds 255").format(
                number=number, count=len(data)
            )
        )
    if number == 1:
        ctx.cdol1_data = data
        ctx.listener.notice(_("GENERATE AC: the card's ATC goes up by one (ATC +1)"))
    else:
        ctx.cdol2_data = data
    ctx.cda_sent = ctx.cda_sent or cda
    response = ctx.channel.send(generate_ac(wanted, data, cda=cda))
    if not response.ok:
        return terminated(
            _("GENERATE AC answered {sw} {meaning}")
            .format(sw=response.sw, meaning=response.sw.meaning(0xAE))
            .rstrip()
        )
    return _read(ctx, response, wanted, number, cda=cda)


def cdol_data(ctx: Context, cdol: bytes) -> bytes:
    """Data for a CDOL. Where it asks for the TC hash value (98), that is computed first, by the
    card's TDOL or the terminal's default one (EMV 4.4 Book 3, 9.2.2)."""
    entries = parse_dol(cdol)
    if any(entry.tag == 0x98 for entry in entries):
        from hashlib import sha1

        tdol = ctx.card.get(0x97)
        if tdol is None:
            tdol = ctx.risk.default_tdol
            ctx.tvr = ctx.tvr.set(TvrBit.DEFAULT_TDOL)
            ctx.say(_("the card has no TDOL (97): the terminal's default"))
        hashed = ctx.dol_data(tdol)
        ctx.terminal[0x98] = sha1(hashed, usedforsecurity=False).digest()
    return ctx.dol_data(entries)


def _read(
    ctx: Context, response: ResponseApdu, asked: str, number: int, *, cda: bool
) -> Cryptogram | Ending:
    tree = parse(response.data)
    found = read_answer(tree, response.data, cda=cda)
    if isinstance(found, str):
        return terminated(_("answer to GENERATE AC: {why}").format(why=found))
    source = f"GENERATE AC {number}"
    for tag, value in (
        (0x9F27, bytes((found.cid,))),
        (0x9F36, found.atc),
        (0x9F26, found.ac),
        (0x9F10, found.iad),
    ):
        ctx.card.forget(tag)
        if value:
            node = tree.find(tag)
            ctx.card.add(tag, value, source, node.offset if node else 0)
    ctx.say(
        _("asked for {asked}, the card returned {kind} {ac}, ATC {atc}").format(
            asked=asked,
            kind=found.kind,
            ac=to_hex(found.ac) or _("(inside its signature)"),
            atc=int.from_bytes(found.atc, "big"),
        )
    )
    if ctx.first is not None and ctx.first.atc != found.atc:
        ctx.say(
            _(
                "warning: the card counted on within one transaction, ATC {first} and then {then}"
            ).format(
                first=int.from_bytes(ctx.first.atc, "big"), then=int.from_bytes(found.atc, "big")
            )
        )
    if RANK[found.kind] > RANK[asked]:
        return terminated(
            _("the card returned {kind} where {asked} was asked for: more than it may").format(
                kind=found.kind, asked=asked
            )
        )
    return found


def read_answer(tree: TlvTree, raw: bytes, *, cda: bool) -> Cryptogram | str:
    """Format 1 (80: CID, ATC, AC, IAD) or format 2 (77); a text says why it is neither.

    ``cda``: a signature was asked for, so that 9F26 may be missing beside 9F4B.
    """
    if tree.errors:
        return tree.errors[0].message
    if len(tree.nodes) != 1 or tree.nodes[0].tag not in (0x80, 0x77):
        return _("neither template 80 nor 77")
    top = tree.nodes[0]
    if top.tag == 0x80:
        value = top.value
        if not 11 <= len(value) <= 43:
            return _("template 80 has {count} bytes, must be 11 to 43").format(count=len(value))
        fields = [value[:1], value[1:3], value[3:11], value[11:], b""]
    else:
        tags = (0x9F27, 0x9F36, 0x9F26, 0x9F10, 0x9F4B)
        twice = [tag for tag in tags if len(top.find_all(tag)) > 1]
        if twice:
            return _("tag {tag:04X} stands there twice").format(tag=twice[0])
        found = [top.find(tag) for tag in tags]
        fields = [node.value if node else b"" for node in found]
    cid, atc, ac, iad, signature = fields
    if len(cid) != 1 or len(atc) != 2:
        return _("no cryptogram information data (9F27) or no ATC (9F36)")
    kind = KINDS.get(cid[0] & 0xC0)
    if kind is None:
        return _("cryptogram information data {cid:02X} name no cryptogram").format(cid=cid[0])
    if len(iad) > MAX_IAD:
        return _("issuer application data (9F10) of {count} bytes, at most 32").format(
            count=len(iad)
        )
    hidden = cda and signature and kind != "AAC"
    if len(ac) != 8 and not hidden:
        return _("no application cryptogram of 8 bytes (9F26)")
    if cid[0] & 0x07 == 0x01:
        return _("service not allowed (cryptogram information data {cid:02X})").format(cid=cid[0])
    return Cryptogram(kind, cid[0], atc, ac, iad, raw, signature)


def verify_signature(ctx: Context, answer: Cryptogram, cdol2_data: bytes) -> Cryptogram:
    """CDA: verify the signature over this answer. The TVR shows CDA failed until it held."""
    from harness.crypto.recover import verify_cda
    from harness.crypto.signed_data import cda_transaction_data

    base = ctx.oda
    if base is None or base.icc_key is None:  # pragma: no cover - ``wants_cda`` was asked before
        return answer
    ctx.cite(SPEC_CDA)
    ctx.tvr = ctx.tvr.begin(Open.CDA)
    pdol_data = ctx.processing.pdol_data if ctx.processing else b""
    verified = verify_cda(
        base.icc_key,
        answer.signature or None,
        unpredictable_number=ctx.terminal[0x9F37],
        cid=answer.cid,
        transaction_data=cda_transaction_data(pdol_data, ctx.cdol1_data, cdol2_data, answer.raw),
    )
    ctx.performed(TsiBit.ODA)
    explain_steps(ctx, verified.steps)
    if not verified.ok:
        # It holds no ICC key: nothing is asked to be signed any more.
        result = ctx.oda = signature_failed(base, _("dynamic signature"), verified)
        ctx.settle(Open.CDA, TvrBit.CDA_FAILED)
        ctx.say(result.text)
        return answer
    result = ctx.oda = signature_ok(base, verified, ctx.terminal[0x9F37])
    ctx.settle(Open.CDA)
    ctx.say(result.text)
    ac = verified.fields["cryptogram"]
    ctx.card.replace(0x9F26, ac, "recovered from 9F4B")
    ctx.card.replace(0x9F4C, verified.fields["dynamic-number"], "recovered from 9F4B")
    return replace(answer, ac=ac)
