"""Edits of a good card by name and argument, as the tables of borders call them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import cardcases
import cardcases_more as more
from checkviews import put, swap_directory, swap_record

from harness.checks.card.facts import ApplicationFacts, Datum, RecordFacts
from harness.checks.card.view import CardView
from harness.codec import tlv
from harness.codec.track2 import parse_track2


def split(argument: str) -> tuple[int, str]:
    name, _equals, value = argument.partition("=")
    return int(name, 16), value


def indexed(argument: str) -> tuple[int, str]:
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
    at, body = indexed(argument)
    swap_record(view, at, body)


def recordsw(view: CardView, argument: str) -> None:
    """``0=6A83``, with the data; ``0=`` for no answer."""
    at, sw = indexed(argument)
    known = view.app.records[at]
    view.app.records[at] = replace(
        known, reply=replace(known.reply, sw=int(sw, 16) if sw else None)
    )


def unlisted(view: CardView, at: str) -> None:
    view.app.records[int(at)] = replace(view.app.records[int(at)], listed=False)


def sfi(view: CardView, argument: str) -> None:
    at, number = indexed(argument)
    view.app.records[at] = replace(view.app.records[at], sfi=int(number))


def norecords(view: CardView, _argument: str) -> None:
    view.app.records = []


def nodata(view: CardView, _argument: str) -> None:
    view.app.data = []


def again(view: CardView, argument: str) -> None:
    """``5A=11``: a second datum with this tag, in record 9.9."""
    tag, value = split(argument)
    view.app.data.append(Datum(tag, bytes.fromhex(value), "record 9.9", 2))


def get(view: CardView, argument: str) -> None:
    """``9F36=9F36020001``: what GET DATA answered."""
    tag, body = split(argument)
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
    at, sw = indexed(argument)
    known = view.card.replies[at]
    view.card.replies[at] = replace(known, sw=int(sw, 16) if sw else None)


def long(view: CardView, argument: str) -> None:
    """``2=257``: so many bytes of data."""
    at, size = indexed(argument)
    view.card.replies[at] = replace(view.card.replies[at], data=bytes(int(size)))


def noreplies(view: CardView, _argument: str) -> None:
    view.card.replies = []


def today(view: CardView, day: str) -> None:
    view.today = date.fromisoformat(day)


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


def partial(view: CardView, names: str) -> None:
    """DF names that selection by the RID gave."""
    view.card.partial = [bytes.fromhex(name) for name in names.split("/") if name]


def norid(view: CardView, _argument: str) -> None:
    view.card.partial_rid = b""


def unread(view: CardView, count: str) -> None:
    """The card is a transcript, and so many answers are masked in it."""
    view.card.unread = int(count)


def ended(view: CardView, error: str) -> None:
    """SELECT of the application was not answered."""
    view.card.ended = replace(view.card.replies[3], sw=None, error=error.replace("_", " "))


def noapplications(view: CardView, _argument: str) -> None:
    view.card.applications = []


def dirsw(view: CardView, argument: str) -> None:
    """``0=6A83``: another status of a directory record; ``0=`` for none."""
    at, sw = indexed(argument)
    known = view.card.pse.records[at]
    answer = replace(known.reply, sw=int(sw, 16) if sw else None)
    view.card.pse.records[at] = replace(known, reply=answer)


def longrecord(view: CardView, argument: str) -> None:
    """``0=254``: so many bytes in the first record."""
    at, size = indexed(argument)
    known = view.app.records[at]
    view.app.records[at] = replace(known, reply=replace(known.reply, data=bytes(int(size))))


def recorderror(view: CardView, argument: str) -> None:
    """``0=masked``: what is wrong with the first record, beside its status word."""
    at, text = indexed(argument)
    known = view.app.records[at]
    view.app.records[at] = replace(known, reply=replace(known.reply, error=text))


def noselectdata(view: CardView, _argument: str) -> None:
    view.app.select = replace(view.app.select, data=b"")


def verify(view: CardView, sw: str) -> None:
    """One more command: VERIFY, and what it answered."""
    like = view.card.replies[0]
    command = bytes.fromhex("0020008008")
    view.card.replies.append(replace(like, command=command, sw=int(sw, 16)))


def afl(view: CardView, count: str) -> None:
    """So many entries of one record each."""
    put(view, 0x94, "08010100" * int(count))


def application(view: CardView, name: str) -> None:
    """One more application that was selected, with nothing else read of it."""
    size = len(name) // 2
    tree = tlv.parse(bytes.fromhex(f"6F{size + 4:02X}84{size:02X}{name}A500"))
    view.card.applications.append(ApplicationFacts(bytes.fromhex(name), view.app.select, tree))
