"""From exchanges to facts: joined answers, places, and cards that send anything at all."""

from __future__ import annotations

import random
from dataclasses import replace

from checkviews import VISA, tape_of

from harness.checks.card.chain import build_chain
from harness.checks.card.interpret import interpret
from harness.checks.card.replies import Reply, Reset, replies
from harness.checks.card.view import CardView
from harness.checks.card_judging import judge_application
from harness.checks.registry import all_checks
from harness.core.clock import ManualClock
from harness.core.verdict import Verdict
from harness.crypto.capk import CaKeyStore
from harness.records.exchange import Exchange


def test_answers_in_pieces_are_joined() -> None:
    def exchange(index: int, command: str, answer: str | None, kind: str = "apdu") -> Exchange:
        raw = bytes.fromhex(answer) if answer is not None else None
        return Exchange(index, bytes.fromhex(command), raw, 0.0, 0.0, kind)

    found = replies(
        [
            exchange(0, "", "3B00", "reset"),
            exchange(1, "00A4040000", "AA6102"),
            exchange(2, "00C0000002", "BBCC9000"),
            exchange(3, "00B2010C00", "6C03"),
            exchange(4, "00B2010C03", "0102039000"),
            exchange(5, "00B2020C00", None),
        ]
    )
    assert isinstance(found[0], Reset)
    select, record, lost = found[1:]
    assert isinstance(select, Reply)
    assert (select.data.hex(), select.sw, select.index) == ("aabbcc", 0x9000, 1)
    assert (record.data.hex(), record.sw, record.index) == ("010203", 0x9000, 3)
    assert lost.sw is None


def test_evidence_finds_its_exchange() -> None:
    exchanges, facts, _end = tape_of(VISA)
    datum = facts.applications[0].find(0x57)
    assert datum is not None
    assert datum.place == f"record 1.1 offset {datum.offset}"
    found = exchanges[datum.exchange]
    assert found.index == datum.exchange
    assert found.command[1:4] == bytes.fromhex("B2010C")
    assert datum.value in found.response
    assert found.response[datum.offset] == 0x57


def spoilt(exchanges: tuple[Exchange, ...], chance: random.Random) -> list[Exchange]:
    """One to four bytes of the answers changed, dropped, or cut off."""
    changed = list(exchanges)
    for _round in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        answer = bytearray(changed[at].response or b"\x90\x00")
        place = chance.randrange(len(answer))
        kind = chance.randrange(3)
        if kind == 0:
            answer[place] = chance.randrange(256)
        elif kind == 1:
            del answer[place]
        else:
            answer = answer[:place] + b"\x90\x00"
        changed[at] = replace(changed[at], response=bytes(answer))
    return changed


def test_no_spoilt_card_breaks_a_check() -> None:
    """Whatever a card sends, a rule gives a verdict: never an exception."""
    chance = random.Random(7816)
    keys = CaKeyStore.default(own_test=True)
    today = ManualClock().today()
    noticed = 0
    for image in (VISA, "mastercard-debit"):
        exchanges = tape_of(image)[0]
        for _round in range(150):
            facts = interpret(spoilt(exchanges, chance), b"\x3b\x00")
            verdicts = set()
            for app in facts.applications:
                view = CardView(facts, app, today, build_chain(app, keys, today))
                for entry in all_checks("card"):
                    if entry.scope.value == "application":
                        verdicts.add(judge_application(entry, view).verdict)
                    else:
                        verdicts.add(entry.function(view).verdict)
            noticed += Verdict.FAIL in verdicts or not facts.applications
    assert noticed > 200
