"""Rebuilds ``CardFacts`` from the exchanges of a read-through."""

from __future__ import annotations

from collections.abc import Iterable

from harness.checks.card.facts import (
    AFL,
    AIP,
    ApplicationFacts,
    CardFacts,
    Datum,
    PseFacts,
    RecordFacts,
)
from harness.checks.card.replies import Reply, Reset, replies
from harness.codec import tlv
from harness.records.exchange import Exchange

PSE_NAME, PPSE_NAME = b"1PAY.SYS.DDF01", b"2PAY.SYS.DDF01"
_SELECT, _GPO, _READ, _GET_DATA, _INTERNAL, _GENERATE = 0xA4, 0xA8, 0xB2, 0xCA, 0x88, 0xAE

_CHECKSUM = bytes.fromhex("2A8E80")
"""COMPUTE CRYPTOGRAPHIC CHECKSUM (Mastercard, magnetic-stripe mode): INS, P1, P2."""


def interpret(exchanges: Iterable[Exchange], atr: bytes = b"") -> CardFacts:
    """Facts from what crossed the link, in order. Never raises for what a card sent."""
    card = CardFacts(atr=atr)
    current: PseFacts | ApplicationFacts | None = None
    for reply in replies(exchanges):
        if isinstance(reply, Reset):
            card.atr = reply.atr
            current = None
            continue
        if len(reply.command) < 4:
            continue  # in a log only: what has no INS, P1 and P2 is no command
        card.replies.append(reply)
        if reply.sw is None:
            card.ended = reply
        if reply.command[1] == _SELECT:
            current = _selected(card, reply)
        elif isinstance(current, PseFacts):
            if reply.command[1] == _READ and _of_directory(current, reply):
                current.records.append(_record(reply))
            elif reply.command[1] == _GPO:
                current = None  # a log from which the SELECT of the application is missing
        elif current is not None:
            _inside(current, reply)
    return card


def _selected(card: CardFacts, reply: Reply) -> PseFacts | ApplicationFacts | None:
    name = reply.command[5 : 5 + reply.command[4]] if len(reply.command) > 5 else b""
    tree = tlv.parse(reply.data)
    if any(len(app.aid) > len(name) == 5 and app.aid[:5] == name for app in card.applications):
        card.partial_rid = name
        node = tree.find(0x84)
        if reply.sw in {0x9000, 0x6283} and node is not None:
            card.partial.append(node.value)
        return None
    if name == PPSE_NAME:
        card.contactless = card.contactless or reply.ok
        return None  # a directory is no application
    if name == PSE_NAME:
        card.pse = PseFacts(reply, tree)
        return card.pse if reply.ok else None
    if not reply.ok and reply.sw != 0x6283:
        if reply.command[3] & 0x02:
            return None  # the end of a list is no refusal
        if any(app.aid == name for app in card.applications) or _in_directory(card, name):
            card.applications.append(ApplicationFacts(name, reply, tree))
        return None
    # A candidate is selected twice: to see whether it is there, and to be read.
    card.applications = [
        a for a in card.applications if a.gpo is not None or name not in (a.aid, a.df_name)
    ]
    application = ApplicationFacts(name, reply, tree)
    application.data.extend(_data(tree, "FCI", reply.index))
    card.applications.append(application)
    return application


def _in_directory(card: CardFacts, name: bytes) -> bool:
    if card.pse is None:
        return False
    return any(
        node is not None and node.value == name
        for node in (entry.find(0x4F) for _, entry in card.pse.entries)
    )


def _of_directory(pse: PseFacts, reply: Reply) -> bool:
    """Is it a record of the directory file, where the PSE says which that is?"""
    node = pse.fci.find(0x88)
    return node is None or len(node.value) != 1 or reply.command[3] >> 3 == node.value[0]


def _inside(application: ApplicationFacts, reply: Reply) -> None:
    instruction = reply.command[1]
    if instruction == _GPO and application.gpo is None:
        application.gpo = reply
        application.gpo_tree = tlv.parse(reply.data)
        application.data.extend(_gpo_data(application.gpo_tree, reply))
    elif instruction == _READ:
        record = _record(reply, application)
        entry = application.log_entry
        if not record.listed and entry is not None and record.sfi == entry[0]:
            application.log.append(record)  # entries of the log are no data objects
            return
        application.records.append(record)
        if reply.ok:
            application.data.extend(_data(record.tree, record.where, reply.index))
    elif instruction == _GET_DATA:
        tag = reply.command[2] << 8 | reply.command[3]
        application.get_data[tag] = reply
    elif reply.command[1:4] == _CHECKSUM:
        application.checksum = True
    elif instruction == _GENERATE and reply.ok:
        application.cryptograms.append(reply)
    elif instruction == _INTERNAL:
        application.internal_authenticate.append(reply)


def _record(reply: Reply, application: ApplicationFacts | None = None) -> RecordFacts:
    number, sfi = reply.command[2], reply.command[3] >> 3
    signed, listed = False, application is None
    for entry in (application.afl or ()) if application else ():
        if entry.sfi == sfi and entry.first <= number <= entry.last:
            listed = True
            signed = number < entry.first + entry.signed
    return RecordFacts(sfi, number, reply, tlv.parse(reply.data), signed, listed)


def _gpo_data(tree: tlv.TlvTree, reply: Reply) -> list[Datum]:
    """Format 1 (80) holds AIP and AFL without tags (EMV Book 3, 6.5.8.4)."""
    first = tree.nodes[0] if tree.nodes else None
    if first is None or first.tag != 0x80:
        return _data(tree, "GPO", reply.index)
    start = first.offset + first.header
    found = [Datum(AIP, first.value[:2], "GPO", start, reply.index)]
    if len(first.value) > 2:
        found.append(Datum(AFL, first.value[2:], "GPO", start + 2, reply.index))
    return found


def _data(tree: tlv.TlvTree, where: str, index: int) -> list[Datum]:
    return [
        Datum(node.tag, node.value, where, node.offset, index)
        for top in tree.nodes
        for node in top.walk()
        if not node.constructed
    ]
