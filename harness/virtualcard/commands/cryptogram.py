"""GENERATE AC, first and second, with and without CDA (EMV Book 3, 6.5.5; Book 2, 6.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu
from harness.codec.dol import build_dol, dol_length, split_dol
from harness.codec.tlv import encode
from harness.crypto.certificates import cda_dynamic_data, sign_dynamic
from harness.profiles.image import AIP_CDA
from harness.virtualcard.answers import Reply, status
from harness.virtualcard.card_results import issuer_application_data
from harness.virtualcard.issuer_data import check_issuer
from harness.virtualcard.risk import UNABLE_ONLINE, decide_first, decide_second, spend
from harness.virtualcard.state import AcType, Phase

if TYPE_CHECKING:
    from harness.virtualcard.application import CardApplication
    from harness.virtualcard.emv_card import EmvCard

CDA_REQUESTED = 0x10
_KINDS = {int(kind): kind for kind in AcType}
_NO_VALUES = {
    0x9F02: 6,
    0x9F03: 6,
    0x9F1A: 2,
    0x95: 5,
    0x5F2A: 2,
    0x9A: 3,
    0x9C: 1,
    0x9F37: 4,
}
"""What a cryptogram covers although this card's CDOL may not ask for it: zeros then."""


def generate_ac(card: EmvCard, command: CommandApdu) -> Reply:
    """First after GET PROCESSING OPTIONS, second only after an ARQC; 6985 otherwise.

    6A86 for a reserved reference control parameter, an ARQC at the second, or CDA that the AIP
    does not claim; 6700 where the data does not have the CDOL's length.
    """
    app = card.current
    if app is None or app.txn.phase not in (Phase.INITIATED, Phase.ONLINE):
        return status(0x6985)
    first = app.txn.phase is Phase.INITIATED
    requested = _KINDS.get(command.p1 & 0xC0)
    cda = bool(command.p1 & CDA_REQUESTED)
    if requested is None or command.p1 & 0x2F or command.p2:
        return status(0x6A86)
    if (cda and not app.app.aip[0] & AIP_CDA) or (requested is AcType.ARQC and not first):
        return status(0x6A86)
    cdol = app.perso.cdol1 if first else app.perso.cdol2
    if len(command.data) != dol_length(cdol):
        return status(0x6700)
    app.txn.values.update(split_dol(cdol, command.data))
    kind = _first(app, requested, command.data) if first else _second(app, requested, command.data)
    return Reply(_answer(card, app, kind, cda), 0x9000)


def _first(app: CardApplication, requested: AcType, data: bytes) -> AcType:
    txn = app.txn
    txn.cdol1_data = data
    txn.first = decide_first(app, requested)
    if txn.first is AcType.TC:
        spend(app)
    if txn.first is AcType.ARQC:
        txn.phase = Phase.ONLINE
    else:
        txn.phase = Phase.DONE
    return txn.first


def _second(app: CardApplication, requested: AcType, data: bytes) -> AcType:
    txn, memory = app.txn, app.memory
    txn.cdol2_data = data
    txn.unable_online = app.value(0x8A) in UNABLE_ONLINE
    issuer_data = app.value(0x91)
    if any(issuer_data) and txn.issuer_authentication is None and not txn.unable_online:
        check_issuer(app, issuer_data)
    txn.second = decide_second(app, requested)
    txn.phase = Phase.DONE
    if not txn.unable_online:
        _was_online(app)
    memory.online_not_completed = False
    return txn.second


def _was_online(app: CardApplication) -> None:
    """The issuer was heard: unless its authentication failed, the counters start anew."""
    memory, tried = app.memory, app.txn.issuer_authentication
    memory.issuer_authentication_missing = tried is None
    if tried is not False:
        memory.last_online_atc = memory.atc
        memory.offline_amount = 0


def _answer(card: EmvCard, app: CardApplication, kind: AcType, cda: bool) -> bytes:
    txn = app.txn
    signed = cda and kind is not AcType.AAC
    if signed:
        txn.dynamic_number = card.random_bytes(8)
        if txn.second is None:
            txn.cda_first = True
        else:
            txn.cda_second = True
    iad = issuer_application_data(app)
    atc = app.memory.atc.to_bytes(2, "big")
    cryptogram = _cryptogram(app, atc, iad)
    if txn.second is None:
        txn.cryptogram = cryptogram
    if txn.phase is Phase.ONLINE:
        app.memory.online_not_completed = True
    if kind is AcType.TC:
        _log(app)
    if signed:
        return _combined(app, kind, atc, cryptogram, iad)
    if app.app.ac_format == 1:
        return encode(0x80, bytes([kind]) + atc + cryptogram + iad)
    objects = ((0x9F27, bytes([kind])), (0x9F36, atc), (0x9F26, cryptogram), (0x9F10, iad))
    return encode(0x77, b"".join(encode(tag, value) for tag, value in objects))


def _cryptogram(app: CardApplication, atc: bytes, iad: bytes) -> bytes:
    values = {tag: bytes(length) for tag, length in _NO_VALUES.items()}
    values.update(app.txn.values)
    values[0x82] = app.app.aip
    values[0x9F36] = atc
    return app.perso.cryptograms.ac(app.perso.master_key, values, iad)


def _combined(
    app: CardApplication, kind: AcType, atc: bytes, cryptogram: bytes, iad: bytes
) -> bytes:
    """Template 77 of CDA: the cryptogram is inside the signature, which also covers what was
    sent for PDOL and CDOLs and the other objects of the answer in their order."""
    txn = app.txn
    before = encode(0x9F27, bytes([kind])) + encode(0x9F36, atc)
    after = encode(0x9F10, iad)
    covered = txn.pdol_data + txn.cdol1_data + txn.cdol2_data + before + after
    dynamic = cda_dynamic_data(txn.dynamic_number, kind, cryptogram, covered)
    signature = sign_dynamic(app.perso.icc_key, dynamic, app.value(0x9F37))
    return encode(0x77, before + encode(0x9F4B, signature) + after)


def _log(app: CardApplication) -> None:
    """Newest first, as many as the log holds (EMV Book 3, Annex D)."""
    if app.app.log is None:
        return
    values = {tag: value for tag, value in app.txn.values.items() if value}
    values[0x9F36] = app.memory.atc.to_bytes(2, "big")
    entry = build_dol(app.perso.log_format, values)
    app.memory.log[:] = [entry, *app.memory.log][: app.app.log.records]
