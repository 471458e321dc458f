"""Edits of a good card by name and argument, as the tables of borders call them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import cardcases
import cardcases_more as more
from checkviews import break_chain, break_stage, stage, swap_directory, swap_record

from harness.checks.card.facts import Datum, RecordFacts
from harness.checks.card.view import CardView
from harness.codec import tlv
from harness.codec.track2 import parse_track2
from harness.crypto.rsa import RsaPublicKey
from harness.issuer.messages import HostState


def _split(argument: str) -> tuple[int, str]:
    name, _equals, value = argument.partition("=")
    return int(name, 16), value


def _at(argument: str) -> tuple[int, str]:
    at, _equals, value = argument.partition("=")
    return int(at), value


def fci(view: CardView, body: str) -> None:
    cardcases.fci(body)(view)


def psefci(view: CardView, body: str) -> None:
    cardcases.pse_fci(body)(view)


def gpo(view: CardView, body: str) -> None:
    more.gpo(body)(view)


def gposw(view: CardView, sw: str) -> None:
    """The answer to GET PROCESSING OPTIONS; without an argument there was none."""
    cardcases.app_reply("gpo", sw=int(sw, 16) if sw else None)(view)


def selectsw(view: CardView, sw: str) -> None:
    cardcases.app_reply("select", sw=int(sw, 16))(view)


def psesw(view: CardView, sw: str) -> None:
    """The answer to SELECT of the PSE; without an argument there was none."""
    view.card.pse.select = replace(view.card.pse.select, sw=int(sw, 16) if sw else None)


def nopse(view: CardView, _argument: str) -> None:
    view.card.pse = None


def directory(view: CardView, body: str) -> None:
    swap_directory(view, body)


def aid(view: CardView, name: str) -> None:
    """What was selected, and the DF name that came."""
    view.app.aid = bytes.fromhex(name)
    fci(view, f"6F{len(name) // 2 + 4:02X}84{len(name) // 2:02X}{name}A500")


def sent(view: CardView, name: str) -> None:
    view.app.aid = bytes.fromhex(name)


def atr(view: CardView, raw: str) -> None:
    view.card.atr = bytes.fromhex(raw)


def record(view: CardView, argument: str) -> None:
    """``0=7000``: another answer for the first record."""
    at, body = _at(argument)
    swap_record(view, at, body)


def recordsw(view: CardView, argument: str) -> None:
    """``0=6A83``, with the data; ``0=`` for no answer."""
    at, sw = _at(argument)
    known = view.app.records[at]
    view.app.records[at] = replace(
        known, reply=replace(known.reply, sw=int(sw, 16) if sw else None)
    )


def unlisted(view: CardView, at: str) -> None:
    view.app.records[int(at)] = replace(view.app.records[int(at)], listed=False)


def sfi(view: CardView, argument: str) -> None:
    at, number = _at(argument)
    view.app.records[at] = replace(view.app.records[at], sfi=int(number))


def norecords(view: CardView, _argument: str) -> None:
    view.app.records = []


def nodata(view: CardView, _argument: str) -> None:
    view.app.data = []


def again(view: CardView, argument: str) -> None:
    """``5A=11``: a second datum with this tag, in record 9.9."""
    tag, value = _split(argument)
    view.app.data.append(Datum(tag, bytes.fromhex(value), "record 9.9", 2))


def get(view: CardView, argument: str) -> None:
    """``9F36=9F36020001``: what GET DATA answered."""
    tag, body = _split(argument)
    _answered(view, tag, bytes.fromhex(body), 0x9000)


def refuse(view: CardView, tag: str) -> None:
    _answered(view, int(tag, 16), b"", 0x6A88)


def _answered(view: CardView, tag: int, data: bytes, sw: int) -> None:
    like = view.app.get_data.get(tag, view.app.get_data[0x9F36])
    view.app.get_data[tag] = replace(like, data=data, sw=sw)


def unasked(view: CardView, tag: str) -> None:
    view.app.get_data.pop(int(tag, 16), None)


def reply(view: CardView, argument: str) -> None:
    """``2=6F00``: another status word of an answer of the read-through; ``2=`` for none."""
    at, sw = _at(argument)
    known = view.card.replies[at]
    view.card.replies[at] = replace(known, sw=int(sw, 16) if sw else None)


def long(view: CardView, argument: str) -> None:
    """``2=257``: so many bytes of data."""
    at, size = _at(argument)
    view.card.replies[at] = replace(view.card.replies[at], data=bytes(int(size)))


def noreplies(view: CardView, _argument: str) -> None:
    view.card.replies = []


def today(view: CardView, day: str) -> None:
    view.today = date.fromisoformat(day)


def expires(view: CardView, argument: str) -> None:
    """``issuer=1249``: month and year of a certificate."""
    which, _equals, value = argument.partition("=")
    found = getattr(view.chain, which)
    changed = replace(found, fields={**found.fields, "expiry": bytes.fromhex(value)})
    view.chain = replace(view.chain, **{which: changed})


def nochain(view: CardView, _argument: str) -> None:
    view.chain = None


def step(view: CardView, argument: str) -> None:
    """``issuer=hash``: a step that fails; ``issuer=`` for a stage that was not reached."""
    which, _equals, name = argument.partition("=")
    if name:
        break_chain(view, which, name.replace("_", " "))
    else:
        view.chain = replace(view.chain, **{which: None})


def sda(view: CardView, broken: str) -> None:
    view.chain = replace(view.chain, sda=stage(*cardcases.FORM, broken=broken))


def pin(view: CardView, broken: str) -> None:
    more.pin_stage(broken.replace("_", " "))(view)


def cda(view: CardView, name: str) -> None:
    """A step of the combined signature that fails; without an argument there is none."""
    if not name:
        view.transaction = replace(view.transaction, cda=None)
        return
    broken = break_stage(view.transaction.cda, name.replace("_", " "))
    view.transaction = replace(view.transaction, cda=broken)


def ca(view: CardView, argument: str) -> None:
    """``kind=live``, ``expiry=2030-01-01``, ``sha1=00``."""
    name, _equals, value = argument.partition("=")
    new = bytes.fromhex(value) if name == "sha1" else value
    view.chain = replace(view.chain, ca=replace(view.chain.ca, **{name: new}))


def face(view: CardView, argument: str) -> None:
    """``4761739001010119/4912``."""
    number, _slash, expiry = argument.partition("/")
    view.embossed = (number, expiry)


def stripe(view: CardView, raw: str) -> None:
    view.stripe = parse_track2(bytes.fromhex(raw))


def log(view: CardView, argument: str) -> None:
    """``9``: one entry of so many bytes that was read, in a log of three whose format has 9."""
    more.log_of(int(argument))(view)


def entry(view: CardView, argument: str) -> None:
    """``11=6A83``: one more answer of the log, without data."""
    number, sw = argument.split("=")
    like = view.app.records[0]
    answer = replace(like.reply, data=b"", sw=int(sw, 16))
    view.app.log.append(RecordFacts(int(number), 2, answer, tlv.parse(b""), listed=False))


def cash(view: CardView, argument: str) -> None:
    """Electronic cash: ``BALANCE/ONE/RESET`` of at most 12 digits, limit 100000."""
    amounts = [part.rjust(12, "0") for part in argument.split("/")] if argument else []
    more.cash(*amounts)(view)


def ac(view: CardView, argument: str) -> None:
    """``9F27=40``: a field of the first GENERATE AC; ``9F27=`` takes it away."""
    tag, value = _split(argument)
    cardcases.generate_ac(**{f"t{tag:04X}": value or None})(view)


def acsw(view: CardView, sw: str) -> None:
    first, *rest = view.transaction.generate_ac
    first = replace(first, sw=int(sw, 16) if sw else None)
    view.transaction = replace(view.transaction, generate_ac=(first, *rest))


def asked(view: CardView, kind: str) -> None:
    """What the first GENERATE AC asked for."""
    first, *rest = view.transaction.generate_ac
    first = replace(first, requested=kind)
    view.transaction = replace(view.transaction, generate_ac=(first, *rest))


def acs(view: CardView, count: str) -> None:
    """Only so many GENERATE AC."""
    found = view.transaction.generate_ac[: int(count)]
    view.transaction = replace(view.transaction, generate_ac=found)


def second(view: CardView, cid: str) -> None:
    """9F27 of the second GENERATE AC."""
    first, *_rest = view.transaction.generate_ac
    other = replace(first, fields={**first.fields, 0x9F27: bytes.fromhex(cid)})
    view.transaction = replace(view.transaction, generate_ac=(first, other))


def external(view: CardView, sw: str) -> None:
    """What EXTERNAL AUTHENTICATE answered; without an argument it was not sent."""
    answer = int(sw, 16) if sw else None
    view.transaction = replace(view.transaction, external_authenticate_sw=answer)


def txn(view: CardView, argument: str) -> None:
    """``text=declined``, ``error=``, ``outcome=``; ``off=`` for one that did not complete,
    ``exchange=`` for one without GENERATE AC."""
    name, _equals, value = argument.partition("=")
    changes = {"completed": False} if name == "off" else {name: value.replace("_", " ") or None}
    if name in {"text", "error"}:
        changes = {name: value.replace("_", " ")}
    view.transaction = replace(view.transaction, **changes)


def notxn(view: CardView, why: str) -> None:
    view.transaction = None
    if why:
        view.notes["transaction"] = why.replace("_", " ")


def issuer(view: CardView, argument: str) -> None:
    """``none``: nobody was asked; ``unreachable``: nobody answered; ``ok=1``, ``ok=0``, ``ok=``:
    what it says about the cryptogram; ``name=``; ``data=``: its authentication data."""
    name, _equals, value = argument.partition("=")
    response = view.transaction.response
    if name == "none":
        response = None
    elif name == "unreachable":
        response = replace(response, state=HostState.UNREACHABLE)
    elif name == "ok":
        response = replace(response, cryptogram_ok=bool(int(value)) if value else None)
    elif name == "name":
        response = replace(response, name=value)
    else:
        response = replace(response, issuer_authentication_data=bytes.fromhex(value))
    view.transaction = replace(view.transaction, response=response)


def partial(view: CardView, names: str) -> None:
    """DF names that selection by the RID gave."""
    view.card.partial = [bytes.fromhex(name) for name in names.split("/") if name]


def norid(view: CardView, _argument: str) -> None:
    view.card.partial_rid = b""


def unread(view: CardView, count: str) -> None:
    """The card is a transcript, and so many answers are masked in it."""
    view.card.unread = int(count)


def noapplications(view: CardView, _argument: str) -> None:
    view.card.applications = []


def dirsw(view: CardView, argument: str) -> None:
    """``0=6A83``: another status of a directory record; ``0=`` for none."""
    at, sw = _at(argument)
    known = view.card.pse.records[at]
    answer = replace(known.reply, sw=int(sw, 16) if sw else None)
    view.card.pse.records[at] = replace(known, reply=answer)


def longrecord(view: CardView, argument: str) -> None:
    """``0=254``: so many bytes in the first record."""
    at, size = _at(argument)
    known = view.app.records[at]
    view.app.records[at] = replace(known, reply=replace(known.reply, data=bytes(int(size))))


def recorderror(view: CardView, argument: str) -> None:
    """``0=masked``: what is wrong with the first record, beside its status word."""
    at, text = _at(argument)
    known = view.app.records[at]
    view.app.records[at] = replace(known, reply=replace(known.reply, error=text))


def noselectdata(view: CardView, _argument: str) -> None:
    view.app.select = replace(view.app.select, data=b"")


def verify(view: CardView, sw: str) -> None:
    """One more command: VERIFY, and what it answered."""
    like = view.card.replies[0]
    command = bytes.fromhex("0020008008")
    view.card.replies.append(replace(like, command=command, sw=int(sw, 16)))


def noca(view: CardView, _argument: str) -> None:
    """The CA key is not known."""
    view.chain = replace(view.chain, ca=None)


def untrusted(view: CardView, _argument: str) -> None:
    """The CA key is our own test CA's, and not trusted."""
    view.chain = replace(view.chain, ca=None, untrusted=view.chain.ca)


def key(view: CardView, argument: str) -> None:
    """``icc=128``: a modulus of so many bytes, all bits set."""
    which, _equals, size = argument.partition("=")
    found = getattr(view.chain, which)
    new = replace(found, key=RsaPublicKey(b"\xff" * int(size), 3))
    view.chain = replace(view.chain, **{which: new})


def roca(view: CardView, _argument: str) -> None:
    cardcases.icc_key(lambda _view: cardcases.ROCA_KEY)(view)


def samekey(view: CardView, which: str) -> None:
    """The ICC key is the issuer's, or the CA's."""
    other = getattr(view.chain, which).key
    view.chain = replace(view.chain, icc=replace(view.chain.icc, key=other))


def seenkey(view: CardView, _argument: str) -> None:
    view.seen_keys = frozenset({view.chain.key_print})


def cut(view: CardView, argument: str) -> None:
    """``issuer=hash``: the stage failed at this step, and no later one was reached."""
    which, _equals, name = argument.partition("=")
    step(view, argument)
    found = getattr(view.chain, which)
    at = [one.name for one in found.steps].index(name.replace("_", " "))
    view.chain = replace(view.chain, **{which: replace(found, steps=found.steps[: at + 1])})


def dynamic(view: CardView, count: str) -> None:
    """Only so many dynamic signatures."""
    view.chain = replace(view.chain, dynamic=view.chain.dynamic[: int(count)])


def dynamicbad(view: CardView, at: str) -> None:
    """One of the dynamic signatures does not verify."""
    found = list(view.chain.dynamic)
    index, signature, result = found[int(at)]
    found[int(at)] = (index, signature, break_stage(result, "hash"))
    view.chain = replace(view.chain, dynamic=tuple(found))


def samesign(view: CardView, _argument: str) -> None:
    cardcases.same_signature(view)


def authsw(view: CardView, argument: str) -> None:
    at, sw = _at(argument)
    known = view.app.internal_authenticate[at]
    view.app.internal_authenticate[at] = replace(known, sw=int(sw, 16))


def long10(view: CardView, size: str) -> None:
    """9F10 of so many bytes."""
    first, *rest = view.transaction.generate_ac
    first = replace(first, fields={**first.fields, 0x9F10: bytes(int(size))})
    view.transaction = replace(view.transaction, generate_ac=(first, *rest))
