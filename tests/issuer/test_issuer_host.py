"""The simulated issuer: verifies, decides, answers."""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.errors import ConfigError
from harness.crypto.cryptogram import (
    SCHEMES,
    AcInput,
    CryptogramScheme,
    IssuerMasterKeys,
    generate_ac,
)
from harness.crypto.iad import (
    INTERAC,
    MASTERCARD,
    UNIONPAY,
    VISA,
    ccd_iad,
    interac_iad,
    mchip_iad,
    unionpay_iad,
    visa_iad,
    visa_long_iad,
)
from harness.issuer.decision import Policy, policy, response_code
from harness.issuer.host import IssuerHost, own_test_host
from harness.issuer.keys import IssuerKeys, own_test_keys
from harness.issuer.messages import AuthorisationRequest, HostState

PAN = "4761739001010119"
MASTER = IssuerMasterKeys(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))
KEYS = IssuerKeys({PAN: MASTER})
VALUES = {
    0x9F02: bytes.fromhex("000000001234"),
    0x9F03: bytes(6),
    0x9F1A: bytes.fromhex("0528"),
    0x95: bytes(5),
    0x5F2A: bytes.fromhex("0978"),
    0x9A: bytes.fromhex("261120"),
    0x9C: b"\0",
    0x9F37: b"\x11" * 4,
    0x82: bytes.fromhex("3C00"),
    0x9F36: b"\0\x07",
}


def iad(method: CryptogramScheme) -> bytes:
    if method.rid == MASTERCARD:
        return mchip_iad(method.cvn, 1, bytes(6), dac=bytes(2), counters=bytes(8))
    if method.rid == INTERAC:
        return interac_iad(method.cvn, 1, bytes.fromhex("0400000000"))
    if method.rid == UNIONPAY:
        return unionpay_iad(method.cvn, 1, bytes.fromhex("03A00000"))
    if "ccd" in method.layouts:
        return ccd_iad(method.cvn, 1, bytes(5))
    if "visa-2" in method.layouts:
        return visa_long_iad(method.cvn, 1, bytes(5))
    return visa_iad(method.cvn, 1, bytes.fromhex("03A00000"))


def request(method: CryptogramScheme, **changes: Any) -> AuthorisationRequest:
    keys = method.derive_all(MASTER, PAN, 1)
    aid = (method.rid or VISA) + b"\x10\x10"
    ac = generate_ac(method.cvn, aid, keys, AcInput(VALUES, iad(method)))
    data = {f"{tag:02X}": value for tag, value in VALUES.items()}
    data |= {"9F26": ac, "9F10": iad(method), "9F27": b"\x80"}
    data |= changes.pop("data", {})
    for gone in changes.pop("gone", ()):
        del data[gone]
    return AuthorisationRequest(aid=aid, pan=changes.pop("pan", PAN), psn=1, data=data, **changes)


CVN_18 = next(one for one in SCHEMES if one.cvn == "12")
CVN_20 = next(one for one in SCHEMES if one.cvn == "14")


@pytest.mark.parametrize("method", SCHEMES, ids=lambda one: one.name)
@pytest.mark.parametrize(("wanted", "arc"), [("approve", "00"), ("decline", "05")])
def test_every_cryptogram_version(method: CryptogramScheme, wanted: str, arc: str) -> None:
    answer = IssuerHost(wanted, KEYS).authorise(request(method))
    assert answer.state is HostState.ANSWERED
    assert answer.arc == arc
    assert answer.cryptogram_ok is True
    assert method.name in "\n".join(answer.log)
    keys = method.derive_all(MASTER, PAN, 1)
    assert method.verify_arpc(
        keys.ac,
        request(method).data["9F26"],
        atc=VALUES[0x9F36],
        un=VALUES[0x9F37],
        received=answer.issuer_authentication_data,
    )


def test_method_1_carries_the_response_code_and_method_2_a_status_update() -> None:
    first = IssuerHost("approve", KEYS).authorise(request(CVN_20)).issuer_authentication_data
    assert (len(first), first[8:]) == (10, b"00")
    second = IssuerHost("approve", KEYS).authorise(request(CVN_18)).issuer_authentication_data
    assert (len(second), second[4:].hex()) == (8, "00800000")
    declined = IssuerHost("decline", KEYS).authorise(request(CVN_18)).issuer_authentication_data
    assert declined[4:].hex() == "00000000"


WRONG: list[dict[str, Any]] = [
    {"data": {"9F26": bytes(8)}},
    {"data": {"9F26": b""}},
    {"data": {"9F02": bytes.fromhex("000000001235")}},
    {"data": {"9F02": b""}},
    {"gone": ["9F37"]},
    {"gone": ["9F26"]},
]


@pytest.mark.parametrize("changes", WRONG)
@pytest.mark.parametrize("method", [CVN_18, CVN_20], ids=lambda one: one.name)
def test_a_wrong_cryptogram_is_never_approved(
    method: CryptogramScheme, changes: dict[str, Any]
) -> None:
    answer = IssuerHost("approve", KEYS).authorise(request(method, **changes))
    assert answer.cryptogram_ok is False
    assert answer.arc == "05"
    assert answer.issuer_authentication_data == b""


UNKNOWN: list[dict[str, Any]] = [
    {"pan": "4761739001010127"},
    {"pan": ""},
    {"data": {"9F10": b""}},
    {"data": {"9F10": bytes.fromhex("06017703A00000")}},
    {"gone": ["9F10"]},
]


@pytest.mark.parametrize("changes", UNKNOWN)
@pytest.mark.parametrize(("declared", "arc"), [(True, "00"), (False, "05")])
def test_a_card_that_cannot_be_judged(changes: dict[str, Any], declared: bool, arc: str) -> None:
    host = IssuerHost("approve", KEYS, approve_unknown=declared)
    answer = host.authorise(request(CVN_18, **changes))
    assert answer.cryptogram_ok is None
    assert answer.arc == arc
    assert answer.issuer_authentication_data == b""
    assert "not judged" in "\n".join(answer.log)


def test_unreachable() -> None:
    answer = IssuerHost("unreachable", KEYS).authorise(request(CVN_18))
    assert answer.state is HostState.UNREACHABLE
    assert (answer.arc, answer.issuer_authentication_data) == ("", b"")
    assert answer.log


def test_scripts_and_name_are_passed_on() -> None:
    host = IssuerHost("approve", KEYS, scripts=(b"\x71\x00",), name="another issuer")
    answer = host.authorise(request(CVN_18))
    assert answer.scripts == (b"\x71\x00",)
    assert answer.name == "another issuer"


def test_the_pan_is_masked_and_no_key_is_written() -> None:
    for method in SCHEMES:
        text = "\n".join(IssuerHost("approve", KEYS).authorise(request(method)).log).upper()
        assert PAN not in text
        assert "476173******0119" in text
        for key in (MASTER.ac, method.derive(MASTER.ac, PAN, 1)):
            assert key.hex().upper() not in text


@pytest.mark.parametrize(
    ("wanted", "ok", "declared", "arc"),
    [
        (Policy.APPROVE, True, True, "00"),
        (Policy.APPROVE, True, False, "00"),
        (Policy.APPROVE, False, True, "05"),
        (Policy.APPROVE, None, True, "00"),
        (Policy.APPROVE, None, False, "05"),
        (Policy.DECLINE, True, True, "05"),
        (Policy.DECLINE, None, True, "05"),
    ],
)
def test_response_codes(wanted: Policy, ok: bool | None, declared: bool, arc: str) -> None:
    assert response_code(wanted, ok, declared) == arc


def test_an_unknown_policy_lists_the_known() -> None:
    with pytest.raises(ConfigError, match="unreachable"):
        policy("maybe")


def test_the_own_test_issuer_knows_every_shipped_image() -> None:
    assert own_test_keys().find(PAN) is not None
    assert own_test_keys().find("5413330089020011") is not None
    assert own_test_host("decline").policy is Policy.DECLINE
    assert own_test_keys().find("4000000000000002") is None


def test_the_rids_of_the_table_are_the_schemes() -> None:
    assert {one.rid for one in SCHEMES} == {VISA, MASTERCARD, INTERAC, UNIONPAY, b""}
