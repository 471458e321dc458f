"""What the messages say: authorisation, reversal, advice, totals, status, echo.

The message types are those of ISO 8583:1987; which field carries what follows common practice,
and is written down in docs/issuer-host.md. Field 55 holds the chip data as BER-TLV.
"""

from __future__ import annotations

from datetime import datetime

from harness.codec.tlv import encode, parse
from harness.issuer.decision import APPROVING
from harness.issuer.iso_wire import Message
from harness.issuer.ledger import Fate, Totals
from harness.issuer.messages import (
    AuthorisationRequest,
    AuthorisationResponse,
    HostState,
    Notice,
    NoticeKind,
)

AUTHORISATION, REVERSAL, ADVICE, CAPTURE = "0100", "0400", "0120", "0220"
RECONCILIATION, STATUS, NETWORK = "0500", "0600", "0800"
MTI_OF = {
    NoticeKind.REVERSAL: REVERSAL,
    NoticeKind.ADVICE: ADVICE,
    NoticeKind.CAPTURE: CAPTURE,
}
KIND_OF = {mti: kind for kind, mti in MTI_OF.items()}
ECHO, SIGN_ON = "301", "001"

CHIP_READ, NORMAL = "051", "00"
"""Fields 22 (chip, PIN entry possible) and 25 (normal presentment)."""


def answer_type(mti: str) -> str:
    """0100 is answered by 0110, 0400 by 0410."""
    return mti[:2] + f"{int(mti[2:]) + 10:02d}"


def stan_of(request: AuthorisationRequest) -> str:
    """Field 11, out of the transaction sequence counter."""
    return request.data.get("9F41", b"").hex()[-6:].rjust(6, "0")


def from_request(request: AuthorisationRequest, now: datetime, mti: str = AUTHORISATION) -> Message:
    """An authorisation request, or with another ``mti`` a notice about one."""
    data = request.data
    stamp = f"{now:%m%d%H%M%S}"
    message = {
        "t": mti,
        "2": request.pan,
        "3": data.get("9C", b"\0").hex() + "0000",
        "4": data.get("9F02", bytes(6)).hex(),
        "7": (request.sent_at or stamp) if mti == AUTHORISATION else stamp,
        "11": stan_of(request),
        "12": f"{now:%H%M%S}",
        "13": f"{now:%m%d}",
        "22": CHIP_READ,
        "25": NORMAL,
        "37": request.reference.rjust(12, "0")[:12],
        "41": request.terminal.ljust(8)[:8],
        "49": data.get("5F2A", b"\x09\x99").hex()[-3:],
        "55": chip(data),
    }
    if request.psn is not None:
        message["23"] = f"{request.psn:03d}"
    if request.pin_block:
        message["52"] = request.pin_block.hex().upper()
    return {name: value for name, value in message.items() if value}


def from_notice(notice: Notice, now: datetime) -> Message:
    """A reversal names the message that it takes back in field 90."""
    message = from_request(notice.request, now, MTI_OF[notice.kind])
    if notice.data:
        message["55"] = chip(notice.data)
    message.pop("52", None)
    if notice.kind is NoticeKind.REVERSAL:
        original = AUTHORISATION + stan_of(notice.request)
        original += notice.request.sent_at or message["7"]
        message["90"] = original.ljust(42, "0")
    return message


def to_request(message: Message) -> AuthorisationRequest:
    """The request in a message of a terminal; what is missing is empty."""
    tree = parse(bytes.fromhex(message.get("55", "")))
    data = {node.tag_hex: node.value for node in tree.nodes}
    psn = message.get("23", "")
    return AuthorisationRequest(
        aid=data.get("84", b""),
        pan=message.get("2", ""),
        psn=int(psn) if psn.isdigit() else None,
        data=data,
        pin_block=bytes.fromhex(message.get("52", "")),
        reference=message.get("37", ""),
        terminal=message.get("41", ""),
    )


def from_response(asked: Message, answer: AuthorisationResponse) -> Message:
    """The answer to an authorisation request; the chip gets 91, 71 and 72 in field 55."""
    chip_data = b"".join(
        [
            encode(0x91, answer.issuer_authentication_data)
            if answer.issuer_authentication_data
            else b"",
            *answer.scripts,
        ]
    )
    message = reply(asked, answer.arc)
    if chip_data:
        message["55"] = chip_data.hex().upper()
    if answer.arc in APPROVING:
        message["38"] = asked.get("11", "000000")
    return message


def to_response(message: Message, name: str) -> AuthorisationResponse:
    """What the host answered, for the terminal."""
    tree = parse(bytes.fromhex(message.get("55", "")))
    found = tree.find(0x91)
    scripts = tuple(encode(node.tag, node.value) for node in tree.nodes if node.tag in (0x71, 0x72))
    state = HostState.MALFORMED if tree.errors else HostState.ANSWERED
    return AuthorisationResponse(
        state,
        arc=message.get("39", ""),
        issuer_authentication_data=found.value if found else b"",
        scripts=scripts,
        name=name,
    )


def reply(asked: Message, code: str) -> Message:
    """The answer to ``asked`` with its own fields of reference and a response code."""
    kept = {name: asked[name] for name in ECHOED if name in asked}
    return {**kept, "t": answer_type(asked["t"]), "39": code}


ECHOED = ("3", "4", "7", "11", "12", "13", "37", "41", "49", "70", "90")


def answers(asked: Message, given: Message) -> bool:
    """Is ``given`` the answer to ``asked``, and not that to an earlier message?"""
    return given.get("t") == answer_type(asked["t"]) and all(
        given.get(name) == asked.get(name) for name in ("11", "37", "41")
    )


def network(now: datetime, terminal: str, stan: int, code: str = ECHO) -> Message:
    """A network management request: echo test or sign-on."""
    return _bare(NETWORK, now, terminal, stan) | {"70": code}


def totals_request(now: datetime, terminal: str, stan: int, totals: Totals) -> Message:
    """A reconciliation request with the terminal's own totals."""
    return _bare(RECONCILIATION, now, terminal, stan) | totals_fields(totals)


def totals_fields(totals: Totals) -> Message:
    """Batch totals: how many approved (76) and reversed (74), what amount (88 or, where the sum
    is a credit, 86); everything as text in 63."""
    return {
        "74": f"{totals.reversed:010d}",
        "76": f"{totals.approved + totals.captured:010d}",
        "86" if totals.amount < 0 else "88": f"{abs(totals.amount):016d}",
    }


def status_request(now: datetime, terminal: str, stan: int, reference: str) -> Message:
    """What became of the transaction called ``reference``?"""
    return _bare(STATUS, now, terminal, stan) | {"37": reference.rjust(12, "0")[:12]}


def fate_of(message: Message) -> Fate:
    """Field 63 of the answer to a status query."""
    try:
        return Fate(message.get("63", ""))
    except ValueError:
        return Fate.UNKNOWN


def _bare(mti: str, now: datetime, terminal: str, stan: int) -> Message:
    return {
        "t": mti,
        "7": f"{now:%m%d%H%M%S}",
        "11": f"{stan % 1_000_000:06d}",
        "41": terminal.ljust(8)[:8],
    }


def chip(data: dict[str, bytes]) -> str:
    """Field 55: BER-TLV, in hex."""
    return b"".join(encode(int(tag, 16), value) for tag, value in data.items()).hex().upper()
