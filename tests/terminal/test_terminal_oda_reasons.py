"""Every reason for which an offline data authentication fails, told apart by the terminal: by a
named fault of the virtual card, or, where no card of ours can be made to do it, by a card that is
made for the test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from termcards import OK, Answer, context, record, tlv
from termchain import ICC, ISSUER, PAN, STATIC, UN, cda_answer, chain, records, trusted
from test_terminal_transaction import virtual

from harness.core.clock import ManualClock
from harness.crypto.certificates import icc_certificate, sign_dynamic
from harness.crypto.oda import OdaFailure
from harness.crypto.rsa import RsaPublicKey
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.terminal import authentication, cryptogram
from harness.terminal.authentication import AIP_CDA, AIP_DDA, AIP_SDA
from harness.terminal.bits import TvrBit
from harness.terminal.records import RecordRead

FAULTS = {
    OdaFailure.LENGTH: ("issuer-certificate-length", "icc-certificate-length"),
    OdaFailure.TRAILER: ("issuer-certificate-trailer", "icc-certificate-trailer", "wrong-sdad"),
    OdaFailure.HEADER: ("issuer-certificate-header", "icc-certificate-header"),
    OdaFailure.FORMAT: ("issuer-certificate-format", "icc-certificate-format"),
    OdaFailure.HASH_ALGORITHM: ("issuer-certificate-hash-algorithm",),
    OdaFailure.HASH: ("issuer-certificate-hash", "icc-certificate-hash", "wrong-exponent"),
    OdaFailure.IDENTIFIER: ("issuer-certificate-identifier",),
    OdaFailure.PAN: ("icc-certificate-pan",),
    OdaFailure.EXPIRED: ("issuer-certificate-expired", "icc-certificate-expired"),
    OdaFailure.REVOKED: ("issuer-certificate-revoked",),
    OdaFailure.ALGORITHM: ("issuer-certificate-algorithm", "icc-certificate-algorithm"),
    OdaFailure.MODULUS: ("issuer-certificate-modulus", "icc-certificate-modulus"),
}
BY_CDA = {OdaFailure.TDH: ("wrong-transaction-data-hash",)}


@pytest.mark.parametrize(
    ("reason", "fault"), [(reason, fault) for reason, all_ in FAULTS.items() for fault in all_]
)
def test_by_a_fault_of_the_virtual_card(reason: OdaFailure, fault: str) -> None:
    judge("visa-credit", reason, fault, TvrBit.DDA_FAILED)


@pytest.mark.parametrize(("reason", "faults"), BY_CDA.items())
def test_by_a_fault_of_a_card_with_cda(reason: OdaFailure, faults: tuple[str, ...]) -> None:
    for fault in faults:
        judge("mastercard-debit", reason, fault, TvrBit.CDA_FAILED)


def judge(image: str, reason: OdaFailure, fault: str, bit: TvrBit) -> None:
    options = LinkOptions(clock=ManualClock(), faults=(fault,))
    result = virtual(image, link=VirtualReader(image, options).connect(), force_online=True)
    assert result.oda is not None
    assert (result.oda.state, result.oda.failure) == ("failed", reason.value)
    number = int.from_bytes(result.tvr, "big")
    assert number & bit.mask


def failure(
    card: dict[int, str], aip: int, internal: Answer = "6D00", read: list[RecordRead] | None = None
) -> str:
    ctx = context(card, aip=aip, table={"0088": internal})
    ctx.keys, ctx.records = trusted(), records() if read is None else read
    authentication.run(ctx)
    assert ctx.oda is not None
    return ctx.oda.failure


def another_exponent() -> str:
    made = icc_certificate(
        ISSUER,
        RsaPublicKey(ICC.public.modulus, 17),
        pan=bytes.fromhex(PAN.ljust(20, "F")),
        expiry=bytes.fromhex("1249"),
        serial=bytes(3),
        static_data=bytes.fromhex(STATIC),
    )
    card = {0x9F46: made.certificate, 0x9F48: made.remainder, 0x9F47: made.exponent}
    return failure({**chain(), **{tag: value.hex() for tag, value in card.items()}}, AIP_DDA)


def signed_with(dynamic_data: bytes) -> str:
    signature = sign_dynamic(ICC, dynamic_data, UN).hex()
    return failure(chain(), AIP_DDA, tlv("80", signature) + OK)


def another_cid() -> str:
    answer = cda_answer(UN, bytes.fromhex("000000001234"), cid="40")
    ctx = context(
        {**chain(), 0x8C: "9F0206"},
        aip=AIP_CDA,
        table={"80AE": answer.replace(tlv("9F27", "40"), tlv("9F27", "80")) + OK},
    )
    ctx.keys, ctx.records, ctx.asked = trusted(), records(), "ARQC"
    authentication.run(ctx)
    cryptogram.run_first(ctx)
    assert ctx.oda is not None
    return ctx.oda.failure


MADE: dict[OdaFailure, Callable[[], str]] = {
    OdaFailure.MISSING: lambda: failure(chain(), AIP_DDA, tlv("77", tlv("9F36", "0001")) + OK),
    OdaFailure.EXPONENT: another_exponent,
    OdaFailure.DYNAMIC_NUMBER: lambda: signed_with(b"\x09" + bytes(8)),
    OdaFailure.CID: another_cid,
    OdaFailure.STATIC_DATA: lambda: failure(
        chain(), AIP_SDA, read=[record(1, 1, tlv("71", STATIC), signed=True)]
    ),
    OdaFailure.TAG_LIST: lambda: failure(chain(tag_list="825A"), AIP_SDA),
}


@pytest.mark.parametrize("reason", MADE)
def test_by_a_card_made_for_it(reason: OdaFailure) -> None:
    assert MADE[reason]() == reason.value


def test_every_reason_is_reached() -> None:
    assert {*FAULTS, *BY_CDA, *MADE} == set(OdaFailure)
