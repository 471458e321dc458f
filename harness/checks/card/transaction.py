"""One online transaction with the simulated issuer, and the facts that it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from decimal import Decimal

from harness.checks.card.chain import Chain, signed_data
from harness.checks.card.facts import ApplicationFacts
from harness.checks.card.replies import Reply, replies
from harness.checks.card.variations import explain
from harness.checks.card.view import GenerateAc, TransactionFacts
from harness.codec.apdu import CommandApdu
from harness.codec.dol import parse_dol, split_dol
from harness.codec.tlv import parse
from harness.core.clock import Clock
from harness.core.errors import CodecError
from harness.core.plain import dataclass
from harness.crypto.capk import CaKeyStore
from harness.crypto.cryptogram import find_scheme
from harness.crypto.oda import Recovered
from harness.crypto.recover import verify_cda
from harness.crypto.signed_data import cda_transaction_data
from harness.issuer.keys import own_test_keys
from harness.issuer.messages import AuthorisationRequest, AuthorisationResponse, Host
from harness.link.api import Link
from harness.profiles.terminal_config import TerminalConfig
from harness.records.exchange import Exchange
from harness.terminal.context import TransactionRequest
from harness.terminal.transaction import TransactionResult, run_transaction

AMOUNT = Decimal("12.34")
CASHBACK = Decimal("5.00")
"""Part of the amount that is paid out, where the transaction is one with cashback."""
_KINDS = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC"}
_GPO, _GENERATE_AC, _EXTERNAL = 0xA8, 0xAE, 0x82


@dataclass(slots=True)
class ListeningHost:
    """Passes requests on to ``host`` and keeps what was asked and answered."""

    host: Host
    seen: list[tuple[AuthorisationRequest, AuthorisationResponse]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The host's own name."""
        return self.host.name

    @name.setter
    def name(self, value: str) -> None:
        self.host.name = value

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
        """As the host."""
        response = self.host.authorise(request)
        self.seen.append((request, response))
        return response


def transact(
    link: Link,
    config: TerminalConfig,
    keys: CaKeyStore,
    host: ListeningHost,
    aid: bytes,
    *,
    clock: Clock,
    kind: str = "goods",
    pin: str = "",
) -> TransactionResult:
    """Run the transaction: 12.34 in the terminal's currency, forced online; a purchase, or another
    ``kind`` (cash, cashback, refund). Without ``pin`` nobody enters one."""
    return run_transaction(
        link,
        config=config,
        keys=keys,
        host=host,
        request=TransactionRequest(
            amount=AMOUNT,
            aid=aid,
            force_online=True,
            type=kind,
            cashback=CASHBACK if kind == "cashback" else Decimal(0),
            pin=(lambda: pin) if pin else None,
        ),
        clock=clock,
        allow_state_change=True,
    )


def image_pin(image: str, aid: bytes) -> str:
    """The PIN of a virtual card's application, or nothing: what its cardholder would enter."""
    from harness.profiles.image import load_image

    return next((app.pin for app in load_image(image).applications if app.aid == aid), "")


def transaction_facts(
    result: TransactionResult,
    host: ListeningHost,
    exchanges: Sequence[Exchange],
    app: ApplicationFacts,
    chain: Chain | None,
) -> TransactionFacts:
    """Facts from what crossed the link in ``exchanges`` and what the host saw."""
    answered = [reply for reply in replies(exchanges) if isinstance(reply, Reply)]
    commands = [reply for reply in answered if reply.command[1] == _GENERATE_AC]
    external = [reply.sw for reply in answered if reply.command[1] == _EXTERNAL]
    request, response = host.seen[-1] if host.seen else (None, None)
    return TransactionFacts(
        outcome=str(result.outcome),
        completed=result.outcome.approved,
        text=result.text,
        error=result.link_error.what if result.link_error is not None else "",
        generate_ac=tuple(_generate_ac(reply) for reply in commands),
        request=request,
        response=response,
        external_authenticate_sw=external[-1] if external else None,
        cda=_verify_cda(answered, app, chain),
        exchange=commands[0].index if commands else None,
        variation=_variation(request, response),
    )


def _variation(request: AuthorisationRequest | None, response: AuthorisationResponse | None) -> str:
    """What makes a wrong cryptogram right, of a card whose issuer keys are known; else nothing."""
    if request is None or response is None or response.cryptogram_ok is not False:
        return ""
    keys = own_test_keys().find(request.pan)
    iad = request.data.get("9F10", b"")
    scheme = find_scheme(iad, request.aid)
    if keys is None or scheme is None:
        return ""
    values = {int(tag, 16): value for tag, value in request.data.items()}
    cryptogram = request.data.get("9F26", b"")
    return explain(scheme, keys.ac, request.pan, request.psn, values, iad, cryptogram)


def _generate_ac(reply: Reply) -> GenerateAc:
    """Fields of a GENERATE AC answer, format 1 (80) or 2 (77) (EMV Book 3, 6.5.5.4)."""
    p1 = reply.command[2]
    tree = parse(reply.data)
    first = tree.nodes[0] if tree.nodes else None
    fields: dict[int, bytes] = {}
    form = 0
    if first is not None and first.tag == 0x80:
        form, value = 1, first.value
        fields = {0x9F27: value[:1], 0x9F36: value[1:3], 0x9F26: value[3:11]}
        if len(value) > 11:
            fields[0x9F10] = value[11:]
    elif first is not None and first.tag == 0x77:
        form, fields = 2, {node.tag: node.value for node in first.children}
    return GenerateAc(
        requested=_KINDS.get(p1 & 0xC0, "RFU"),
        sw=reply.sw,
        fields=fields,
        format=form,
        index=reply.index,
        cda_requested=bool(p1 & 0x10),
    )


def _verify_cda(
    answered: list[Reply], app: ApplicationFacts, chain: Chain | None
) -> Recovered | None:
    """Verify the last combined signature of the transaction, or None where there is none."""
    if chain is None or chain.icc is None or chain.icc.key is None:
        return None
    commands = [reply for reply in answered if reply.command[1] == _GENERATE_AC]
    cdols = [_data(reply) for reply in commands]
    for at in reversed(range(len(commands))):
        reply = commands[at]
        fields = _generate_ac(reply).fields
        if 0x9F4B not in fields:
            continue
        return verify_cda(
            chain.icc.key,
            signed_data(reply.data),
            unpredictable_number=_number(app.get(0x8D if at else 0x8C), cdols[at])
            or _number(app.get(0x8C), cdols[0]),
            cid=(fields.get(0x9F27) or b"\x00")[0],
            transaction_data=cda_transaction_data(
                _pdol(answered), cdols[0], cdols[at] if at else b"", reply.data
            ),
        )
    return None


def _data(reply: Reply) -> bytes:
    try:
        return CommandApdu.parse(reply.command).data
    except CodecError:
        return b""


def _pdol(answered: list[Reply]) -> bytes:
    """Values sent in GET PROCESSING OPTIONS, without the header of template 83."""
    for reply in answered:
        if reply.command[1] == _GPO:
            node = parse(_data(reply)).find(0x83)
            return node.value if node is not None else b""
    return b""


def _number(cdol: bytes | None, data: bytes) -> bytes:
    """The unpredictable number (9F37) among the data sent for ``cdol``."""
    try:
        return dict(split_dol(parse_dol(cdol or b""), data)).get(0x9F37, b"")
    except CodecError:
        return b""
