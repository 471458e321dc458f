"""A card as a list of commands and answers, for tests of what is made of them."""

from __future__ import annotations

from harness.checks.card.facts import ApplicationFacts, CardFacts
from harness.checks.card.interpret import interpret
from harness.records.exchange import Exchange

PSE = "00A404000E315041592E5359532E444446303100"
PPSE = "00A404000E325041592E5359532E444446303100"
PSE_FCI = "6F15840E315041592E5359532E4444463031A503880101"
DIRECTORY = "700B61094F07A0000000031010"
VISA, VISA_2, VISA_3 = "A0000000031010", "A0000000032010", "A0000000033010"
GPO = "80A8000002830000"
AFL_1 = "770A82023C00940408010100"


def select(name: str, p2: str = "00") -> str:
    return f"00A404{p2}{len(name) // 2:02X}{name}00"


def fci(name: str, more: str = "A500") -> str:
    size = len(name + more) // 2 + 2
    return f"6F{size:02X}84{len(name) // 2:02X}{name}{more}"


def card(*pairs: tuple[str, str | None]) -> CardFacts:
    """``(command, answer)``; a command without digits is a reset; no answer: the link failed."""
    exchanges = []
    for number, (command, answer) in enumerate(pairs):
        raw = None if answer is None else bytes.fromhex(answer)
        kind = "apdu" if command else "reset"
        exchanges.append(Exchange(number, bytes.fromhex(command), raw, 0.0, 0.0, kind))
    return interpret(exchanges, b"\x3b\x00")


def aids(facts: CardFacts) -> list[str]:
    return [app.aid.hex().upper() for app in facts.applications]


def read(sfi: int, number: int) -> str:
    return f"00B2{number:02X}{sfi << 3 | 4:02X}00"


def inside(*pairs: tuple[str, str | None]) -> ApplicationFacts:
    """The application of a card that was selected and then asked ``pairs``."""
    (app,) = card((select(VISA), fci(VISA) + "9000"), *pairs).applications
    return app
