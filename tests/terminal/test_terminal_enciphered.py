"""Enciphered offline PIN: which key, which challenge, and what the card can read."""

from __future__ import annotations

from typing import Any

import pytest
from termcards import Answer, capable, config, context, link_of, said, tlv
from termchain import CA, ICC, ISSUER, PAN, chain, dda_signature, records, trusted, without

from harness.crypto.certificates import icc_certificate
from harness.crypto.keys import own_test_key
from harness.crypto.pin import open_enciphered_pin, pin_of
from harness.crypto.rsa import RsaPrivateKey
from harness.terminal import authentication, cardholder
from harness.terminal.authentication import AIP_DDA, AIP_SDA
from harness.terminal.bits import TvrBit
from harness.terminal.context import Context
from harness.terminal.enciphered_pin import SPEC_ENCIPHERED

CHALLENGE = bytes(range(0x30, 0x38))
CV = cardholder.AIP_CARDHOLDER_VERIFICATION
TABLE: dict[str, Answer] = {
    "80CA9F17": "9F1701039000",
    "0084": CHALLENGE.hex() + "9000",
    "00200088": "9000",
}
PIN_KEY = own_test_key("own-test-icc-short-768")
LONG_PIN_KEY = own_test_key("own-test-icc-spare-1024")  # needs a remainder


def run(card: dict[int, str], *, aip: int, authenticate: bool = True, **table: Answer) -> Context:
    ctx = context(
        {0x8E: "00" * 8 + "0400", **card},
        aip=CV | aip,
        table={**TABLE, **table},
        terminal=capable(config(), 0x10, 0xC8 if authenticate else 0x80),
        pin=lambda: "1234",
        entropy=lambda size: bytes((0x5A,)) * size,
    )
    ctx.keys, ctx.records = trusted(), records()
    authentication.run(ctx)
    assert cardholder.run(ctx) is None
    return ctx


def the_pin(ctx: Context, key: RsaPrivateKey) -> str | None:
    """What the card reads out of the VERIFY that it got."""
    sent = next(text for text in link_of(ctx).sent if text.startswith("00200088"))
    block = open_enciphered_pin(key, bytes.fromhex(sent)[5:], CHALLENGE)
    return pin_of(block) if block else None


def pin_certificate(**changes: Any) -> dict[int, str]:
    made = icc_certificate(
        ISSUER,
        changes.get("key", PIN_KEY).public,
        pan=bytes.fromhex(changes.get("pan", PAN).ljust(20, "F")),
        expiry=bytes.fromhex(changes.get("expiry", "1249")),
        serial=bytes(3),
        static_data=b"",
    )
    return {
        0x9F2D: made.certificate.hex(),
        0x9F2E: made.exponent.hex(),
        0x9F2F: made.remainder.hex(),
    }


def test_under_the_icc_key_that_authentication_recovered() -> None:
    ctx = run(chain(), aip=AIP_DDA, **{"0088": tlv("80", dda_signature(b"\x5a" * 4)) + "9000"})
    assert ctx.oda is not None
    assert ctx.oda.ok
    assert ctx.terminal[0x9F34].hex() == "040002"
    assert the_pin(ctx, ICC) == "1234"
    assert "1234" not in "".join(link_of(ctx).sent)
    assert said(ctx).count("ICC certificate ok") == 1  # recovered once, by authentication


@pytest.mark.parametrize("aip", [AIP_SDA, AIP_DDA, 0])
@pytest.mark.parametrize("key", [PIN_KEY, LONG_PIN_KEY])
def test_under_the_pin_encipherment_key_where_the_card_has_one(
    aip: int, key: RsaPrivateKey
) -> None:
    ctx = run({**chain(), **pin_certificate(key=key)}, aip=aip)
    assert ctx.terminal[0x9F34].hex() == "040002"
    assert the_pin(ctx, key) == "1234"
    assert the_pin(ctx, ICC) is None
    assert SPEC_ENCIPHERED in ctx.specs


@pytest.mark.parametrize("aip", [AIP_SDA, 0])
def test_the_icc_key_is_recovered_for_the_pin_where_authentication_did_not_need_it(
    aip: int,
) -> None:
    ctx = run(chain(), aip=aip)
    assert the_pin(ctx, ICC) == "1234"


@pytest.mark.parametrize(
    ("card", "why"),
    [
        ({}, "neither 9F2D nor 9F46"),
        (without(chain(), 0x90), "cannot be recovered"),
        (without(chain(), 0x8F), "cannot be recovered"),
        ({**chain(), 0x8F: "77"}, "cannot be recovered"),
        ({**chain(), **pin_certificate(expiry="1220")}, "expiry"),
        ({**chain(), **pin_certificate(pan="4761739001010127")}, "pan"),
        ({**without(chain(), 0x90), **pin_certificate()}, "issuer key"),
    ],
)
def test_without_a_key_it_fails_and_nothing_is_sent(card: dict[int, str], why: str) -> None:
    ctx = run(card, aip=AIP_SDA)
    assert ctx.terminal[0x9F34].hex() == "040001"
    assert link_of(ctx).count("0020") == 0
    assert link_of(ctx).count("0084") == 0
    assert why in said(ctx)
    assert not ctx.tvr.has(TvrBit.PIN_PAD_MISSING)


@pytest.mark.parametrize("answer", ["6985", "00112233449000", "9000"])
def test_a_challenge_of_another_length_or_none(answer: str) -> None:
    ctx = run(chain(), aip=AIP_DDA, **{"0084": answer})
    assert ctx.terminal[0x9F34].hex() == "040001"
    assert link_of(ctx).count("0020") == 0


def test_a_new_challenge_for_every_try_and_the_counter_counts() -> None:
    pins = iter(["1111", "2222", "3333"])
    ctx = context(
        {0x8E: "00" * 8 + "0400", **chain()},
        aip=CV | AIP_DDA,
        table={**TABLE, "00200088": ["63C2", "9000"]},
        terminal=capable(config(), 0x10),
        pin=lambda: next(pins),
    )
    ctx.keys, ctx.records = trusted(), records()
    authentication.run(ctx)
    assert cardholder.run(ctx) is None
    assert link_of(ctx).count("0084") == 2
    assert ctx.terminal[0x9F34].hex() == "040002"


def test_with_signature_the_result_is_unknown() -> None:
    ctx = context(
        {0x8E: "00" * 8 + "0500", **chain()},
        aip=CV | AIP_DDA,
        table=TABLE,
        terminal=capable(config(), 0x30),
        pin=lambda: "1234",
    )
    ctx.keys, ctx.records = trusted(), records()
    authentication.run(ctx)
    cardholder.run(ctx)
    assert ctx.terminal[0x9F34].hex() == "050000"


def test_keys_of_this_test_are_not_one_another() -> None:
    assert len({key.public.modulus for key in (CA, ISSUER, ICC, PIN_KEY)}) == 4
