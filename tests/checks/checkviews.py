"""Good cards for the check tests, read once, and small ways to break a copy of them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache

from harness.checks.card.acquire import ReadThrough
from harness.checks.card.chain import build_chain
from harness.checks.card.facts import CardFacts, Datum
from harness.checks.card.transaction import ListeningHost, transact, transaction_facts
from harness.checks.card.view import CardView
from harness.checks.tape import on_tape
from harness.codec import tlv
from harness.core.clock import ManualClock
from harness.core.spec import Spec
from harness.crypto.capk import CaKeyStore
from harness.crypto.oda import OdaFailure, OdaStep, Recovered
from harness.issuer.host import own_test_host
from harness.link.api import LinkOptions, ResetKind
from harness.link.virtual import VirtualReader
from harness.profiles.image import CardImage, load_image
from harness.profiles.terminal_config import load_terminal
from harness.records.exchange import Exchange
from harness.virtualcard.card import open_card

VISA, MASTERCARD = "visa-credit", "mastercard-debit"


def reader_of(image: CardImage, clock: ManualClock, faults: tuple[str, ...] = ()) -> VirtualReader:
    """A virtual reader with a card of ``image``, which need not be in a file."""
    options = LinkOptions(images=(image.id,), clock=clock, deadline_s=0.1)
    opener = lambda: open_card(image, faults, clock=clock)  # noqa: E731
    return VirtualReader(image.id, options, opener=opener)


@cache
def tape_of(image: str) -> tuple[tuple[Exchange, ...], CardFacts, int]:
    """Exchanges of a read-through and a transaction, the facts, and where the latter begins."""
    clock = ManualClock()
    config = load_terminal()
    tape: list[Exchange] = []
    link = on_tape(reader_of(load_image(image), clock).connect(), clock, tape)
    facts = ReadThrough(link, config, clock.today()).run()
    return tuple(tape), facts, len(tape)


@cache
def _taped(image: str) -> tuple[CardView, list[Exchange]]:
    clock = ManualClock()
    config = load_terminal()
    tape: list[Exchange] = []
    link = on_tape(reader_of(load_image(image), clock).connect(), clock, tape)
    facts = ReadThrough(link, config, clock.today()).run()
    link.reset(ResetKind.COLD)
    start = len(tape)
    keys = CaKeyStore.default(own_test=True)
    app = facts.applications[0]
    chain = build_chain(app, keys, clock.today())
    host = ListeningHost(own_test_host("approve"))
    result = transact(link, config, keys, host, app.aid, clock=clock)
    done = transaction_facts(result, host, tape[start:], app, chain)
    return CardView(facts, app, clock.today(), chain, done), tape


@cache
def _pickled(image: str) -> bytes:
    return pickle.dumps(_taped(image)[0])


def tape(image: str) -> list[Exchange]:
    """The exchanges that ``good_view`` of this image was made from."""
    return _taped(image)[1]


def good_view(image: str = VISA) -> CardView:
    """A view of a good card that completed its transaction; a copy, to be broken at will."""
    view: CardView = pickle.loads(_pickled(image))
    return view


def put(view: CardView, tag: int, value: str, where: str = "record 9.9") -> None:
    """Give ``tag`` another value in place, or add it."""
    for at, datum in enumerate(view.app.data):
        if datum.tag == tag:
            view.app.data[at] = replace(datum, value=bytes.fromhex(value))
            return
    view.app.data.append(Datum(tag, bytes.fromhex(value), where))


def drop(view: CardView, tag: int) -> None:
    """Take a datum away."""
    view.app.data = [datum for datum in view.app.data if datum.tag != tag]


def swap_record(view: CardView, at: int, body: str, *, sw: int = 0x9000) -> None:
    """Another answer to a READ RECORD of the application."""
    record = view.app.records[at]
    data = bytes.fromhex(body)
    view.app.records[at] = replace(
        record, reply=replace(record.reply, data=data, sw=sw), tree=tlv.parse(data)
    )


def swap_directory(view: CardView, body: str) -> None:
    """Another first directory record."""
    assert view.card.pse is not None
    record = view.card.pse.records[0]
    data = bytes.fromhex(body)
    view.card.pse.records[0] = replace(
        record, reply=replace(record.reply, data=data), tree=tlv.parse(data)
    )


def step(name: str, *, ok: bool = True) -> OdaStep:
    """A step of a signature verification."""
    return OdaStep(name, ok, "as the test wants it", Spec("test", ""))


def stage(*names: str, broken: str = "") -> Recovered:
    """A verification with these steps, one of them broken."""
    steps = tuple(step(name, ok=name != broken) for name in names)
    return Recovered(steps, OdaFailure.HASH if broken else None)


def break_stage(found: Recovered, name: str) -> Recovered:
    """``found`` with the step called ``name`` failed."""
    assert any(known.name == name for known in found.steps), name
    steps = tuple(replace(s, ok=False) if s.name == name else s for s in found.steps)
    return replace(found, steps=steps, failure=OdaFailure.HASH)


def break_chain(view: CardView, which: str, name: str) -> None:
    """Let one step of the issuer's or the ICC's certificate fail."""
    assert view.chain is not None
    found = getattr(view.chain, which)
    view.chain = replace(view.chain, **{which: break_stage(found, name)})
