"""A script that shows one failure again, with plain pyscard and nothing of this harness."""

from __future__ import annotations

from collections.abc import Sequence

from harness.codec.redact import mask_command, mask_response
from harness.records.exchange import Exchange

Step = tuple[str, str, str]
"""Kind (``apdu`` or ``reset``), command in hex, answer in hex as it was seen (empty: none); of an
answer with cardholder data only its length and status word: ``*70:9000``."""

_HEAD = '''#!/usr/bin/env python3
"""Shows a failure again with plain pyscard (pip install pyscard).

What was observed: {said}

Usage: python {{script}} [PART OF THE READER'S NAME]
Exit code 1: the same was seen again. 0: it was not. 2: it could not be tried.
"""
import os
import sys
import threading

from smartcard.scard import (
    SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_PCI_T0, SCARD_PCI_T1, SCARD_RESET_CARD,
    SCARD_SCOPE_USER, SCARD_SHARE_EXCLUSIVE, SCARD_S_SUCCESS, SCARD_UNPOWER_CARD,
    SCardConnect, SCardDisconnect, SCardEstablishContext, SCardListReaders, SCardReconnect,
    SCardTransmit,
)

READER = {reader!r}
DEADLINE_S = 10.0
STEPS = [
'''

_TAIL = """
]
BOTH = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1


def need(code, doing):
    if code != SCARD_S_SUCCESS:
        print(f"cannot be tried: {doing}: 0x{code & 0xFFFFFFFF:08X}")
        sys.exit(2)


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else READER
    code, context = SCardEstablishContext(SCARD_SCOPE_USER)
    need(code, "SCardEstablishContext")
    code, names = SCardListReaders(context, [])
    need(code, "SCardListReaders")
    found = sorted(name for name in names if wanted in name)
    if not found:
        print(f"no reader called {wanted!r} among {names}")
        sys.exit(2)
    code, card, protocol = SCardConnect(context, found[0], SCARD_SHARE_EXCLUSIVE, BOTH)
    need(code, "SCardConnect")
    same = True
    for number, (kind, command, seen) in enumerate(STEPS, 1):
        if kind == "reset":
            code, protocol = SCardReconnect(card, SCARD_SHARE_EXCLUSIVE, BOTH, SCARD_RESET_CARD)
            need(code, "SCardReconnect")
            continue
        pci = SCARD_PCI_T0 if protocol == SCARD_PROTOCOL_T0 else SCARD_PCI_T1
        code, answer = SCardTransmit(card, pci, list(bytes.fromhex(command)))
        got = bytes(answer or ()).hex().upper() if code == SCARD_S_SUCCESS else ""
        size = f"*{len(got) // 2}:{got[-4:]}"
        same = (size if seen.startswith("*") else got) == seen
        if not same or number == len(STEPS):
            # An answer that nobody masked is not printed: length and SW1 SW2 only.
            shown = got if got == seen or len(got) <= 4 else size
            print(f"step {number}: {command[:40]} -> {shown[-40:] or 'no answer'}"
                  f" (0x{code & 0xFFFFFFFF:08X}), observed before: {seen[-40:] or 'no answer'}")
    SCardDisconnect(card, SCARD_UNPOWER_CARD)
    print("REPRODUCED: the last answer is the one that was observed" if same else "NOT REPRODUCED")
    return 1 if same else 0


def hung():
    print("REPRODUCED: no answer" if not STEPS[-1][2] else "NOT REPRODUCED: no answer")
    sys.stdout.flush()
    os._exit(0 if STEPS[-1][2] else 1)


watch = threading.Timer(DEADLINE_S, hung)
watch.daemon = True
watch.start()
sys.exit(main())
"""


def steps_of(exchanges: Sequence[Exchange]) -> list[Step]:
    """Exchanges as steps; a command that holds what must not be written (a PIN) is left out."""
    steps: list[Step] = []
    for one in exchanges:
        answer = _answer(one)
        if one.kind == "reset":
            steps.append(("reset", "", ""))
        elif one.kind == "apdu" and "*" not in mask_command(one.command):
            steps.append(("apdu", one.command.hex().upper(), answer))
    return steps


def tells(step: Step) -> bool:
    """Does the answer alone show a failure of a card? Success without data, or with data that are
    masked and so compared by length only, does not: a card without the failure answers alike."""
    kind, _command, answer = step
    if kind != "apdu":
        return False
    bare = answer.startswith("*") or len(answer) == 4
    return not (bare and (answer.endswith("9000") or answer[-4:-2] == "61"))


def _answer(exchange: Exchange) -> str:
    response = exchange.response
    if response is None:
        return ""
    if "*" in mask_response(response, exchange.command, transcript=True):
        return f"*{len(response)}:{response[-2:].hex().upper()}"
    return response.hex().upper()


def script(reader: str, said: str, steps: Sequence[Step]) -> str:
    """The whole script. ``said`` is what was observed, in words."""
    clean = " ".join(said.split()).replace("\\", "/").replace('"', "'")
    body = "\n".join(f"    {step!r}," for step in steps)
    return _HEAD.format(said=clean, reader=reader).replace("{script}", "this file") + body + _TAIL
