"""For each bit of TVR and TSI one case that sets it and one that does not, as a table; the step is
run and nothing else, so that a bit is seen where it is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from termcards import OK, Answer, capable, config, context, steady, tlv, with_risk
from termchain import PAN, cda_answer, chain, dda_signature, records, trusted

from harness.codec.tlv import parse
from harness.issuer.messages import AuthorisationResponse, HostState
from harness.terminal import (
    authentication,
    cardholder,
    cryptogram,
    online,
    restrictions,
    risk,
    scripts,
)
from harness.terminal.authentication import AIP_CDA, AIP_DDA, AIP_SDA
from harness.terminal.bits import TsiBit, TvrBit
from harness.terminal.context import Context

Case = Callable[[], Context]
UN = b"\x11" * 4
CV, TRM = cardholder.AIP_CARDHOLDER_VERIFICATION, risk.AIP_RISK_MANAGEMENT
DATES = {0x5F24: "491231", 0x5F25: "200101", 0x9F08: "00A0", 0x9F07: "FF00", 0x5F28: "0528"}
LIMITS = {0x9F14: "02", 0x9F23: "04"}
GOOD_DDA = tlv("80", dda_signature(UN)) + OK
BAD_DDA = tlv("80", "00" * 128) + OK


def oda(aip: int, internal: Answer = GOOD_DDA, *, card: dict[int, str] | None = None) -> Case:
    def run() -> Context:
        ctx = context(chain() if card is None else card, aip=aip, table={"0088": internal})
        ctx.keys, ctx.records = trusted(), records()
        authentication.run(ctx)
        return ctx

    return run


def cda(*, good: bool) -> Case:
    def run() -> Context:
        cdol_data = bytes.fromhex("000000001234")
        answer = cda_answer(UN, cdol_data if good else bytes(6)) + OK
        card = {**chain(), 0x8C: "9F0206"}
        ctx = context(card, aip=AIP_CDA, table={"80AE": answer})
        ctx.keys, ctx.records, ctx.asked = trusted(), records(), "ARQC"
        authentication.run(ctx)
        cryptogram.run_first(ctx)
        return ctx

    return run


def limits(**card: str) -> Case:
    def run() -> Context:
        changed = {**DATES, **{int(tag[1:], 16): value for tag, value in card.items()}}
        ctx = context(changed)
        restrictions.run(ctx)
        return ctx

    return run


def verify(
    rules: str, *, cvm: int = 0xF8, pin: str | None = "1234", aip: int = CV, **table: Answer
) -> Case:
    def run() -> Context:
        ctx = context(
            {0x8E: "00" * 8 + rules, 0x5A: PAN},
            aip=aip,
            table={"80CA9F17": "9F1701039000", "00200080": "9000", **table},
            terminal=capable(config(), cvm),
            pin=None if pin is None else lambda: pin,
        )
        cardholder.run(ctx)
        return ctx

    return run


def managed(
    amount: str = "1.00",
    atc: int = 3,
    last: int = 2,
    *,
    aip: int = TRM,
    target: int = 0,
    listed: str = "5413330089020011",
    force_online: bool = False,
) -> Case:
    def run() -> Context:
        terminal = with_risk(config(), random_target=target, random_maximum=99)
        ctx = context(
            {**LIMITS, 0x5A: PAN},
            aip=aip,
            amount=amount,
            terminal=replace(terminal, exceptions=frozenset({(listed, None)})),
            entropy=steady(10),
            table={
                "80CA9F36": f"9F3602{atc:04X}9000",
                "80CA9F13": f"9F1302{last:04X}9000",
            },
            force_online=force_online,
        )
        risk.run(ctx)
        return ctx

    return run


def tdol(*, own: bool) -> Case:
    def run() -> Context:
        card = {0x8C: "9814", 0x97: "9F0206"} if own else {0x8C: "9814"}
        ctx = context(card, table={"80AE": tlv("80", "00", "0007", "AC" * 8) + OK})
        ctx.asked = "AAC"
        cryptogram.run_first(ctx)
        return ctx

    return run


class Desk:
    name = "the desk"

    def authorise(self, request: object) -> AuthorisationResponse:
        return AuthorisationResponse(
            HostState.ANSWERED, arc="00", issuer_authentication_data=bytes(10)
        )


def issuer(sw: str, *, aip: int = online.AIP_ISSUER_AUTHENTICATION) -> Case:
    def run() -> Context:
        ctx = context({0x5A: PAN}, aip=aip, table={"0082": sw})
        ctx.host = Desk()  # type: ignore[assignment]
        online.run(ctx)
        return ctx

    return run


def script(tag: str, sw: str | None) -> Case:
    def run() -> Context:
        ctx = context(table={"84": sw or ""})
        given = (bytes.fromhex(tlv(tag, tlv("86", "8424000008" + "00" * 8))),) if sw else ()
        scripts.run(ctx, given, int(tag, 16))
        return ctx

    return run


def second(kind: str) -> Case:
    def run() -> Context:
        ctx = context({0x8C: "9F0206"}, table={"80AE": kind})
        ctx.asked = "ARQC"
        cryptogram.run_first(ctx)
        return ctx

    return run


TVR: dict[TvrBit, tuple[Case, Case]] = {
    # bit: (a case that sets it, one that does not)
    TvrBit.ODA_NOT_PERFORMED: (oda(0), oda(AIP_DDA)),
    TvrBit.SDA_FAILED: (
        oda(AIP_SDA, card={**chain(), 0x93: "00" * 144}),
        oda(AIP_SDA),
    ),
    TvrBit.ICC_DATA_MISSING: (oda(AIP_DDA, card={}), oda(AIP_DDA)),
    TvrBit.EXCEPTION_FILE: (managed(listed=PAN), managed()),
    TvrBit.DDA_FAILED: (oda(AIP_DDA, BAD_DDA), oda(AIP_DDA)),
    TvrBit.CDA_FAILED: (cda(good=False), cda(good=True)),
    TvrBit.SDA_SELECTED: (oda(AIP_SDA), oda(AIP_DDA | AIP_SDA)),
    TvrBit.VERSIONS_DIFFER: (limits(t9F08="00A1"), limits()),
    TvrBit.EXPIRED: (limits(t5F24="200131"), limits()),
    TvrBit.NOT_YET_EFFECTIVE: (limits(t5F25="490101"), limits()),
    TvrBit.SERVICE_NOT_ALLOWED: (limits(t9F07="0000"), limits()),
    TvrBit.NEW_CARD: (managed(last=0), managed()),
    TvrBit.CVM_FAILED: (verify("0000"), verify("1F00")),
    TvrBit.CVM_UNRECOGNISED: (verify("2A00"), verify("1F00")),
    TvrBit.PIN_TRIES_EXCEEDED: (
        verify("0100", **{"80CA9F17": "9F1701009000"}),
        verify("0100"),
    ),
    TvrBit.PIN_PAD_MISSING: (verify("0100", cvm=0x08), verify("0100")),
    TvrBit.PIN_NOT_ENTERED: (verify("0100", pin=""), verify("0100")),
    TvrBit.ONLINE_PIN: (verify("0200"), verify("0100")),
    TvrBit.FLOOR_LIMIT: (managed("20.00"), managed("19.99")),
    TvrBit.LOWER_OFFLINE_LIMIT: (managed(atc=5), managed(atc=4)),
    TvrBit.UPPER_OFFLINE_LIMIT: (managed(atc=7), managed(atc=6)),
    TvrBit.RANDOM_ONLINE: (managed(target=11), managed(target=10)),
    TvrBit.FORCED_ONLINE: (managed(force_online=True), managed()),
    TvrBit.DEFAULT_TDOL: (tdol(own=False), tdol(own=True)),
    TvrBit.ISSUER_AUTH_FAILED: (issuer("6300"), issuer("9000")),
    TvrBit.SCRIPT_FAILED_BEFORE: (script("71", "6985"), script("71", "9000")),
    TvrBit.SCRIPT_FAILED_AFTER: (script("72", "6985"), script("72", "9000")),
}

TSI: dict[TsiBit, tuple[Case, Case]] = {
    TsiBit.ODA: (oda(AIP_DDA), oda(0)),
    TsiBit.CARDHOLDER: (verify("1F00"), verify("1F00", aip=0)),
    TsiBit.CARD_RISK: (second(tlv("80", "80", "0007", "AC" * 8) + OK), second("6985")),
    TsiBit.ISSUER_AUTH: (issuer("9000"), issuer("9000", aip=0)),
    TsiBit.RISK: (managed(), managed(aip=0)),
    TsiBit.SCRIPT: (script("71", "9000"), script("71", None)),
}


@pytest.mark.parametrize("bit", TvrBit)
def test_a_case_sets_it(bit: TvrBit) -> None:
    assert TVR[bit][0]().tvr.settled & bit.mask


@pytest.mark.parametrize("bit", TvrBit)
def test_a_case_does_not_set_it(bit: TvrBit) -> None:
    assert not TVR[bit][1]().tvr.settled & bit.mask


@pytest.mark.parametrize("bit", TsiBit)
def test_a_case_sets_it_in_the_tsi(bit: TsiBit) -> None:
    assert TSI[bit][0]().tsi.has(bit)


@pytest.mark.parametrize("bit", TsiBit)
def test_a_case_does_not_set_it_in_the_tsi(bit: TsiBit) -> None:
    assert not TSI[bit][1]().tsi.has(bit)


def test_the_tables_are_complete() -> None:
    assert set(TVR) == set(TvrBit)
    assert set(TSI) == set(TsiBit)


def test_the_two_cases_of_a_bit_are_not_the_same() -> None:
    assert all(sets is not clears for sets, clears in (*TVR.values(), *TSI.values()))


def test_the_bad_signature_is_no_signature() -> None:
    assert parse(bytes.fromhex(BAD_DDA)[:-2]).nodes[0].length == len(dda_signature(UN)) // 2
