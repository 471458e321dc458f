"""The certificate chain as it is followed, and what a wrong cryptogram is tried with."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checkviews import MASTERCARD, VISA, good_view

from harness.checks.card import variations
from harness.checks.card.chain import Chain, build_chain, signed_data
from harness.checks.card.variations import _variations, explain
from harness.checks.card.view import CardView
from harness.codec import tlv
from harness.crypto.capk import CaKeyStore
from harness.crypto.cryptogram import AC_TAGS, scheme
from harness.crypto.iad import visa_iad
from harness.crypto.oda import Recovered
from harness.crypto.recover import verify_sda

KEYS = CaKeyStore.default(own_test=True)
STAGES = ("issuer", "static", "icc", "sda", "pin")


def follow(view: CardView, keys: CaKeyStore = KEYS, **options: object) -> Chain:
    chain = build_chain(view.app, keys, view.today, **options)
    assert chain is not None
    return chain


def reached(chain: Chain) -> list[str]:
    return [name for name in STAGES if getattr(chain, name) is not None]


def put(view: CardView, tag: int, value: bytes) -> None:
    kept = [datum for datum in view.app.data if datum.tag != tag]
    like = view.app.data[0]
    view.app.data = [*kept, replace(like, tag=tag, value=value)]


def test_a_good_chain_from_end_to_end():
    view = good_view()
    chain = follow(view)
    assert (chain.rid.hex(), chain.index) == ("a000000003", 0xE1)
    assert reached(chain) == ["issuer", "static", "icc"]
    assert chain.ca is not None
    assert chain.untrusted is None
    assert all(getattr(chain, name).ok for name in reached(chain))
    assert [result.ok for _index, _signature, result in chain.dynamic] == [True, True]
    assert [index for index, _s, _r in chain.dynamic] == [
        reply.index for reply in view.app.internal_authenticate
    ]


def test_the_chain_needs_the_index_of_a_key():
    view = good_view()
    assert build_chain(view.app, KEYS, view.today).ca is not None
    for value in (b"", b"\xe1\xe1"):
        view.app.data = [
            replace(datum, value=value) if datum.tag == 0x8F else datum for datum in view.app.data
        ]
        assert build_chain(view.app, KEYS, view.today) is None


def test_a_key_that_is_not_trusted_is_known_all_the_same():
    chain = follow(good_view(), CaKeyStore.default(own_test=False))
    assert chain.ca is None
    assert chain.untrusted is not None
    assert chain.untrusted.kind == "own-test"
    assert (chain.index, reached(chain), chain.dynamic) == (0xE1, [], ())


def test_an_index_that_no_key_has():
    view = good_view()
    put(view, 0x8F, b"\x7e")
    chain = follow(view)
    assert (chain.ca, chain.untrusted, chain.index) == (None, None, 0x7E)


def test_the_rid_is_that_of_the_name_or_of_what_was_selected():
    view = good_view()
    view.app.aid = bytes.fromhex("A0000000041010")
    assert follow(view).rid.hex() == "a000000003"
    view.app.fci = tlv.parse(b"")
    assert follow(view).rid.hex() == "a000000004"


@pytest.mark.parametrize("tag", [0x90, 0x92, 0x9F32, 0x5A])
def test_what_the_issuers_certificate_needs(tag):
    view = good_view()
    put(view, tag, b"")
    chain = follow(view)
    assert reached(chain) == ["issuer"]
    assert chain.ca is not None
    assert not chain.issuer.ok


def test_a_revoked_certificate_ends_the_chain():
    view = good_view()
    serial = follow(view).issuer.fields["serial"]
    chain = follow(view, revoked=[(view.aid[:5], 0xE1, serial)])
    assert reached(chain) == ["issuer"]
    assert [step.name for step in chain.issuer.steps if not step.ok] == ["revocation"]


def test_an_incomplete_reading_ends_the_chain_at_the_issuer():
    view = good_view()
    view.app.records.pop()
    assert reached(follow(view)) == ["issuer"]


@pytest.mark.parametrize("tag", [0x9F46, 0x9F48, 0x9F47, 0x5F34, 0x9F4A, 0x82])
def test_what_the_cards_certificate_covers(tag):
    """The sequence number is in a signed record only if that record is; 9F4A brings the AIP in."""
    view = good_view()
    put(view, tag, b"\x82" if tag == 0x9F4A else b"")
    chain = follow(view)
    assert chain.icc.ok == (tag in {0x5F34, 0x9F4A})


def test_without_a_certificate_there_is_no_key_of_the_card():
    view = good_view()
    view.app.data = [datum for datum in view.app.data if datum.tag != 0x9F46]
    chain = follow(view)
    assert (reached(chain), chain.dynamic, chain.key_print) == (["issuer", "static"], (), "")


def test_a_tag_list_with_more_than_the_aip_ends_the_chain_before_the_card():
    view = good_view()
    put(view, 0x9F4A, b"\x82\x8e")
    put(view, 0x93, b"\x00" * 144)
    assert reached(follow(view)) == ["issuer", "static"]


def test_signed_static_data_are_verified_where_there_are_any():
    view = good_view()
    put(view, 0x93, bytes(144))
    chain = follow(view)
    assert reached(chain) == ["issuer", "static", "icc", "sda"]
    data = chain.static.fields["static-data"]
    assert chain.sda == verify_sda(chain.issuer.key, bytes(144), data)


def test_a_key_for_the_pin_has_the_steps_of_the_cards_key_over_no_static_data():
    view = good_view()
    for mine, other in ((0x9F2D, 0x9F46), (0x9F2E, 0x9F47), (0x9F2F, 0x9F48)):
        put(view, mine, view.app.get(other))
    chain = follow(view)
    assert reached(chain) == ["issuer", "static", "icc", "pin"]
    broken = [step.name for step in chain.pin.steps if not step.ok]
    assert broken == ["hash"]  # the same certificate, but its hash is over the static data


def test_a_refused_signature_verifies_as_none():
    view = good_view()
    first, second = view.app.internal_authenticate
    view.app.internal_authenticate = [replace(first, sw=0x6985), second]
    one, two = follow(view).dynamic
    assert (one[1], one[2].ok, two[2].ok) == (b"", False, True)


def test_the_number_that_was_sent_is_what_is_signed():
    view = good_view()
    first, second = view.app.internal_authenticate
    command = bytearray(first.command)
    command[8] ^= 1
    view.app.internal_authenticate = [replace(first, command=bytes(command)), second]
    assert [result.ok for _i, _s, result in follow(view).dynamic] == [False, True]


def test_the_length_at_the_end_of_a_command_is_not_signed():
    view = good_view()
    view.app.internal_authenticate = [
        replace(reply, command=reply.command[:9] + b"\x00")
        for reply in view.app.internal_authenticate
    ]
    assert [result.ok for _i, _s, result in follow(view).dynamic] == [True, True]


@pytest.mark.parametrize(
    ("answer", "signature"),
    [
        ("8002AABB", "aabb"),
        ("77059F4B02AABB", "aabb"),
        ("77039F3600", ""),
        ("7005 8002AABB50".replace(" ", ""), ""),
        ("", ""),
    ],
)
def test_signed_data_of_an_answer(answer, signature):
    assert signed_data(bytes.fromhex(answer)).hex() == signature


@pytest.mark.parametrize(
    ("expiry", "found"),
    [
        ("1249", (2049, 12)),
        ("0150", (1950, 1)),
        ("0100", (2000, 1)),
        ("1299", (1999, 12)),
        ("12", None),
        ("12A9", None),
        ("124900", None),
        ("", None),
    ],
)
def test_the_month_of_a_certificate(expiry, found):
    stage = Recovered((), fields={"expiry": bytes.fromhex(expiry)})
    assert Chain(b"", 0, issuer=stage).expiries == ({"issuer": found} if found else {})
    assert Chain(b"", 0, icc=stage).expiries == ({"ICC": found} if found else {})


def test_a_stage_without_an_expiry_has_none():
    assert Chain(b"", 0, issuer=Recovered(())).expiries == {}


def test_the_print_of_a_key_is_short_and_its_own():
    prints = {follow(good_view(image)).key_print for image in (VISA, MASTERCARD)}
    assert len(prints) == 2
    assert {len(each) for each in prints} == {24}
    chain = follow(good_view())
    assert replace(chain, icc=replace(chain.icc, key=None)).key_print == ""


# Variations of a cryptogram

VISA_18 = scheme("12", bytes.fromhex("A000000003"))
PAN, IAD = "4761739001010119", visa_iad("12", 1, bytes.fromhex("03A00000"))
VALUES = {tag: bytes(size) for tag, size in AC_TAGS} | {0x9F36: b"\x00\x07"}


def tried(psn: int | None) -> list[str]:
    return [text.removeprefix("personalised with ") for text, _s, _n in _variations(VISA_18, psn)]


@pytest.mark.parametrize("psn", [0, 1, 99, None])
def test_every_other_sequence_number_first(psn):
    numbers = [text for text in tried(psn) if text.startswith("PSN")]
    assert numbers == [f"PSN {number:02d}" for number in range(100) if number != (psn or 0)]
    assert tried(psn)[: len(numbers)] == numbers


def test_then_each_single_change_and_none_that_is_the_scheme_itself():
    others = [text for text in tried(1) if not text.startswith("PSN")]
    expected = [f"master key option {o}" for o in "AB" if o != VISA_18.key_option]
    paddings = {"visa": 1, "emv": 2}
    expected += [f"padding method {n}" for p, n in paddings.items() if p != VISA_18.padding]
    sessions = ("none", "common", "mastercard", "unionpay")
    expected += [f"session keys: {s}" for s in sessions if s != VISA_18.session]
    covers = ("cvr", "cvr+counters", "iad")
    expected += [f"a cryptogram over {c}" for c in covers if c != VISA_18.covers]
    assert others[: len(expected)] == expected
    orders = others[len(expected) :]
    assert len(orders) == len(VISA_18.tags) - 1
    first, second = VISA_18.tags[:2]
    assert orders[0] == f"the data in another order ({second[0]:02X} {first[0]:02X})"


def test_each_variation_changes_one_thing():
    for text, changed, number in _variations(VISA_18, 1):
        fields = ("cipher", "key_option", "padding", "session", "covers", "tags")
        differs = [name for name in fields if getattr(changed, name) != getattr(VISA_18, name)]
        assert len(differs) + (number != 1) == 1, text
    for _text, changed, _number in _variations(VISA_18, 1):
        assert sorted(changed.tags) == sorted(VISA_18.tags)


def test_a_cipher_without_options_has_none_to_try():
    aes = replace(VISA_18, cipher="aes")
    assert not [text for text, _s, _n in _variations(aes, 1) if "option" in text]


def test_one_that_cannot_be_computed_does_not_end_the_search(monkeypatch):
    class Broken:
        def derive(self, *_arguments: object) -> bytes:
            raise KeyError("9F37")

    cryptogram = VISA_18.ac(VISA_18.derive(bytes(16), PAN, 1), VALUES, IAD)
    tries = [("first", Broken(), 1), ("second", VISA_18, 1)]
    monkeypatch.setattr(variations, "_variations", lambda *_arguments: tries)
    assert explain(VISA_18, bytes(16), PAN, 1, VALUES, IAD, cryptogram) == "second"


def test_what_cannot_be_computed_is_passed_over():
    assert explain(VISA_18, bytes(16), PAN, 1, {}, b"", bytes(8)) == ""
