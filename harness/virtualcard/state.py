"""What a card remembers: for good (non-volatile), and for one transaction."""

from __future__ import annotations

from dataclasses import field, fields
from enum import IntEnum
from typing import Any, NamedTuple

from harness.core.plain import dataclass


class Phase(IntEnum):
    """Where a transaction stands (EMV Book 3, 10: the order of the functions)."""

    SELECTED = 0
    INITIATED = 1
    ONLINE = 2
    DONE = 3


class AcType(IntEnum):
    """Cryptogram type, as in bits 8 and 7 of CID and of P1 (EMV Book 3, 6.5.5)."""

    AAC = 0x00
    TC = 0x40
    ARQC = 0x80


class Past(NamedTuple):
    """How things stood when this transaction began."""

    online_not_completed: bool = False
    issuer_authentication_failed: bool = False
    issuer_authentication_missing: bool = False
    never_online: bool = True


@dataclass(slots=True)
class Memory:
    """Non-volatile memory of one application. ``atc`` counts transactions: it goes up at GET
    PROCESSING OPTIONS. The flags say how the last online transaction ended. ``offline_amount`` is
    what was spent offline since then, ``scripts`` how many script commands were carried out since
    then. ``objects`` and ``records`` are what the issuer has written over the personalisation."""

    pin_tries: int
    atc: int = 0
    last_online_atc: int = 0
    blocked: bool = False
    online_not_completed: bool = False
    issuer_authentication_failed: bool = False
    issuer_authentication_missing: bool = False
    go_online_next: bool = False
    pin: str = ""
    offline_amount: int = 0
    balance: int = 0
    scripts: int = 0
    script_failed: bool = False
    log: list[bytes] = field(default_factory=list)
    objects: dict[int, bytes] = field(default_factory=dict)
    records: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def past(self) -> Past:
        """What the next transaction has to know of the ones before it."""
        return Past(
            self.online_not_completed,
            self.issuer_authentication_failed,
            self.issuer_authentication_missing,
            not self.last_online_atc,
        )


@dataclass(slots=True)
class Transaction:
    """What is forgotten at the next SELECT or reset.

    ``values`` holds the data that the terminal sent, by tag; ``pdol_data``, ``cdol1_data`` and
    ``cdol2_data`` as they came, for the transaction data hash. ``issuer_authentication`` is None
    until it was tried. ``pin_ok`` is None until VERIFY. ``challenge`` is that of the last GET
    CHALLENGE, good for one VERIFY. ``cryptogram`` is the first one.
    """

    phase: Phase = Phase.SELECTED
    past: Past = field(default_factory=Past)
    pdol_data: bytes = b""
    cdol1_data: bytes = b""
    cdol2_data: bytes = b""
    values: dict[int, bytes] = field(default_factory=dict)
    first: AcType | None = None
    second: AcType | None = None
    cryptogram: bytes = b""
    pin_ok: bool | None = None
    challenge: bytes = b""
    dynamic_number: bytes = b""
    dda_done: bool = False
    cda_first: bool = False
    cda_second: bool = False
    issuer_authentication: bool | None = None
    issuer_approves: bool | None = None
    unable_online: bool = False


def memory_to_json(memory: Memory) -> dict[str, Any]:
    """One application's memory in what JSON can hold: bytes as hex, keys as text."""
    made: dict[str, Any] = {entry.name: getattr(memory, entry.name) for entry in fields(memory)}
    made["log"] = [entry.hex() for entry in memory.log]
    made["objects"] = {f"{tag:X}": value.hex() for tag, value in memory.objects.items()}
    made["records"] = {f"{sfi}.{no}": data.hex() for (sfi, no), data in memory.records.items()}
    return made


def memory_from_json(table: dict[str, Any]) -> Memory:
    """The reverse. Raises KeyError, TypeError, ValueError."""
    given = dict(table)
    given["log"] = [bytes.fromhex(entry) for entry in table["log"]]
    given["objects"] = {int(tag, 16): bytes.fromhex(data) for tag, data in table["objects"].items()}
    given["records"] = {_place(key): bytes.fromhex(data) for key, data in table["records"].items()}
    made = Memory(**given)
    if not 0 <= made.atc <= 0xFFFF or not 0 <= made.pin_tries <= 15:
        raise ValueError("a counter is out of its range")
    return made


def _place(text: str) -> tuple[int, int]:
    sfi, number = text.split(".")
    return int(sfi), int(number)
