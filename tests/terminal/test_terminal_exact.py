"""Texts to the letter, and commands that are sent once: what a test of a part of it lets pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
import test_terminal_authentication as auth
import test_terminal_card_log as log
import test_terminal_completion as end
import test_terminal_cryptogram as ac
import test_terminal_enciphered as pin
import test_terminal_reading as reads
import test_terminal_scripts as script
import test_terminal_selection as sel
from termcards import OK, VISA, config, context, fci, link_of, record, said, tlv, with_risk
from termchain import chain, without
from test_terminal_transaction import A1, A2, plain, scripted

from harness.codec.apdu import verify_plaintext
from harness.codec.cvm import CvmList, CvmRule
from harness.core.errors import LinkTimeout
from harness.profiles.terminal_config import TerminalAid
from harness.terminal import completion, conditions, restrictions, scripts, selection
from harness.terminal.authentication import AIP_CDA, AIP_DDA, AIP_SDA, SPEC_CDA_FAILURE
from harness.terminal.bits import TvrBit
from harness.terminal.candidates import preferred_name
from harness.terminal.carddata import CardData
from harness.terminal.channel import StateChangeRefused
from harness.terminal.context import Context
from harness.terminal.enciphered_pin import verify_command
from harness.terminal.online import request
from harness.terminal.outcome import Ending
from harness.terminal.records import MAX_RECORDS, ReadFaultKind, read_records, take

FULL = (TerminalAid(VISA, "visa", False, (b"\x00\xa0",)),)
BOTH = tuple(TerminalAid(bytes.fromhex(aid), "visa", False, ()) for aid in (sel.A1, sel.A2))


def text(ending: Ending | None) -> str:
    assert ending is not None
    return ending.text


# ---------------------------------------------------------------- selection


@pytest.mark.parametrize(
    ("aids", "name", "status"),
    [
        (FULL, sel.A1, "6A82"),  # not there
        (FULL, sel.A1, OK),
        (FULL, sel.A1 + "01", OK),  # longer, and wanted in full
        ((replace(FULL[0], partial=True),), sel.A1, OK),  # the whole name, and wanted as it begins
    ],
)
def test_a_name_is_asked_for_once(aids: tuple[TerminalAid, ...], name: str, status: str) -> None:
    answer = fci(name) + OK if status == OK else status
    again: dict[str, sel.Answer] = {sel.select(sel.A1): answer, sel.select_next(sel.A1): answer}
    ctx, _ending = sel.build(again, aids=aids, pse=False)
    assert link_of(ctx).sent == [sel.select(sel.A1) + "00"]


def unconfirmed() -> Ending | None:
    directory = sel.directory(sel.entry(sel.A1, priority="81"))
    ctx, _ending = sel.build(directory, aids=sel.PARTIAL, cardholder_confirms=False)
    return selection.select_next(ctx)


def last_one(answer: str) -> Ending | None:
    ctx, _ending = sel.build(sel.directory(sel.entry(sel.A1)), aids=sel.PARTIAL)
    link_of(ctx).table[sel.select(sel.A1)] = answer
    return selection.select_next(ctx)


def blocked() -> Ending | None:
    answers = {sel.select(aid): fci(aid) + "6283" for aid in (sel.A1, sel.A2)}
    return sel.build(dict(answers), aids=BOTH, pse=False)[1]


def without_data() -> Ending | None:
    return reads.run([tlv("70", reads.PAN, reads.EXPIRY) + OK], afl="08010100")[1]


def returned_aac() -> Ending | None:
    return completion.after_first(end.context_after("AAC"))


ENDINGS: dict[str, tuple[Callable[[], Ending | None], str]] = {
    "nobody to confirm": (unconfirmed, "not completed: no candidate is left"),
    "words for SELECT": (
        lambda: last_one("6A82"),
        f"not completed: no candidate is left; {sel.A1} SCRIPTED cannot be used: "
        "SELECT answered 6A82, no such application",
    ),
    "no words": (
        lambda: last_one("8001"),
        f"not completed: no candidate is left; {sel.A1} SCRIPTED cannot be used: "
        "SELECT answered 8001",
    ),
    "blocked": (blocked, f"terminated: application blocked: {sel.A1}, {sel.A2}"),
    "no CDOLs": (without_data, "terminated: mandatory data missing: 8C CDOL1, 8D CDOL2"),
    "words for GENERATE AC": (
        lambda: ac.run("ARQC", "6A86")[1],
        "terminated: GENERATE AC answered 6A86 cryptogram kind not accepted",
    ),
    "AAC": (
        returned_aac,
        "declined offline: AAC ACACACACACACACAC returned (by the card)",
    ),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_how_it_ends(name: str) -> None:
    make, wanted = ENDINGS[name]
    assert text(make()) == wanted


def test_an_application_that_refused_is_chosen_no_more() -> None:
    once: sel.Answer = [fci(A2) + OK, "6A82"]
    link, result = scripted(plain(**{"80A8": "6985", f"00A4040007{A2}": once}))
    assert link.sent[-1] == f"00A4040007{A2}00"
    assert result.aid == b""
    assert scripted(plain())[1].aid.hex().upper() == A1


def test_a_preferred_name_that_is_not_there_or_not_all_letters() -> None:
    without_name = fci(sel.A1, more=tlv("9F11", "01")) + OK
    ctx, _ending = sel.build({sel.select(sel.A1): without_name}, aids=FULL, pse=False)
    assert [(one.preferred, one.name) for one in ctx.candidates] == [("", "SCRIPTED")]
    latin3 = config(additional_capabilities=bytes.fromhex("6000F0A004"))
    assert preferred_name(latin3, b"\xa6\xa5", b"\x03") == "\u0124\N{REPLACEMENT CHARACTER}"


# ---------------------------------------------------------------- data of the card and terminal


@pytest.mark.parametrize("first", ["6A83", "6985", "2611" + OK])
def test_a_log_that_has_ended_is_read_no_further(first: str) -> None:
    link, found = log.run(log.given(row1=first, row2=log.ROW + OK))
    assert link.count("00B2") == 1
    assert found.records == ()


def test_the_fault_of_a_list_that_is_too_long() -> None:
    ctx = context(table={"00B2": tlv("70", tlv("DF01", "00")) + OK})
    entries = reads.parse_afl(bytes.fromhex("0801FF00" + "1001FF00"))
    records, faults = read_records(ctx.channel, entries, ctx.card)
    assert len(records) == MAX_RECORDS
    last = faults[-1]
    assert (last.kind, last.place, last.fatal) == (ReadFaultKind.LIMIT, "AFL", True)
    assert last.text == "the AFL lists more than 255 records"


CODING, REPEAT, EMPTY = ReadFaultKind.CODING, ReadFaultKind.REPEAT, ReadFaultKind.EMPTY


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (reads.PAN + tlv("A5", ""), []),
        (tlv("DF01", ""), [(EMPTY, False)]),
        (reads.PAN * 2, [(CODING, True), (REPEAT, True)]),
        (tlv("DF7E", "00") * 2, [(CODING, False), (REPEAT, False)]),  # a terminal knows no DF7E
        ("DF7E0500", [(CODING, True)]),
    ],
)
def test_which_faults_of_a_record_are_fatal(
    content: str, faults: list[tuple[ReadFaultKind, bool]]
) -> None:
    found = take(record(1, 1, tlv("70", content)), CardData())
    assert [(fault.kind, fault.fatal) for fault in found] == faults


def test_the_amounts_that_four_bytes_do_not_hold() -> None:
    over = Decimal(0x100000000) / 100
    ctx = context(
        amount=str(over),
        type="cashback",
        cashback=over,
        terminal=with_risk(config(), floor_limit=0x100000000),
    )
    assert {ctx.terminal[tag].hex() for tag in (0x81, 0x9F04, 0x9F1B)} == {"ffffffff"}


def test_a_merchants_name_in_the_letters_that_a_card_knows() -> None:
    ctx = context(terminal=config(merchant_name="Café"))
    assert ctx.terminal[0x9F4E] == b"Caf?"


@pytest.mark.parametrize(("taken", "wanted"), [(True, b"\x01"), (False, None)])
def test_electronic_cash_is_taken_where_it_was_asked_for(taken: bool, wanted: bytes | None) -> None:
    assert context(electronic_cash=taken).terminal.get(0x9F7A) == wanted


def test_a_request_says_when_it_was_sent() -> None:
    ctx = context()
    assert request(ctx).sent_at == f"{ctx.clock.now():%m%d%H%M%S}"


def test_every_tag_and_version_of_a_list_is_named() -> None:
    ctx = context({0x9F08: "0099"})
    ctx.dol_data(bytes.fromhex("DF0101DF0201"))
    two = (TerminalAid(VISA, "visa", False, (b"\0\xa0", b"\0\x96")),)
    ctx.config = config(aids=two)
    restrictions.version(ctx)
    assert ctx.lines == [
        "the DOL asks for DF01 DF02, which this terminal does not have: zeros",
        "card version 0099, terminal versions 00A0 0096",
    ]


@pytest.mark.parametrize(
    ("cashback", "code", "holds"), [(0, 5, False), (1, 5, True), (1, 2, False)]
)
def test_one_cent_is_cashback(cashback: int, code: int, holds: bool) -> None:
    ctx = context(cashback=Decimal(cashback) / 100)
    rule = CvmRule(0x1F, code)
    assert conditions.satisfied(ctx, CvmList(0, 0, (rule,)), rule, True) is holds


# ---------------------------------------------------------------- keys, signatures, cryptograms


def test_keys_that_are_recovered_and_keys_that_are_not_there() -> None:
    assert auth.oda(auth.run(chain(), AIP_CDA)).text == (
        "CDA, key A000000003/E1 (own-test): keys recovered, the signature comes with GENERATE AC"
    )
    missing = auth.run({**chain(), 0x8F: "77"}, AIP_SDA)
    assert auth.oda(missing).text == "SDA failed: CA key A000000003/77 is not known"


def test_a_default_list_is_called_so() -> None:
    terminal = with_risk(config(), default_ddol=bytes.fromhex("9A03"))
    ctx = auth.run(without(chain(), 0x9F49), AIP_DDA, terminal=terminal)
    assert "DDOL (default) does not ask for 9F37" in ctx.lines


def test_a_default_tdol_is_said_to_be_one() -> None:
    ctx, _ending = ac.run("ARQC", ac.format_1("ARQC"), card={0x8C: "9814"})
    assert ctx.lines[0] == "the card has no TDOL (97): the terminal's default"
    ctx, _ending = ac.run("ARQC", ac.format_1("ARQC"), card={0x8C: "9814", 0x97: "9F0206"})
    assert "TDOL" not in said(ctx)


@pytest.mark.parametrize(("cid", "missing"), [("00", True), ("80", False)])
def test_only_a_refusal_shows_its_cryptogram_beside_a_signature(cid: str, missing: bool) -> None:
    raw = bytes.fromhex(tlv("77", tlv("9F27", cid), tlv("9F36", "0007"), tlv("9F4B", "00" * 96)))
    found = ac.cryptogram.read_answer(ac.cryptogram.parse(raw), raw, cda=True)
    assert (found == "no application cryptogram of 8 bytes (9F26)") is missing


@pytest.mark.parametrize(
    ("atc", "warned"),
    [
        ("0007", []),
        ("0109", ["warning: the card counted on within one transaction, ATC 7 and then 265"]),
    ],
)
def test_the_second_cryptogram_takes_the_place_of_the_first(atc: str, warned: list[str]) -> None:
    ctx, _ending = ac.run("ARQC", ac.format_1("ARQC"))
    assert ctx.card.where(0x9F36) == "GENERATE AC 1 offset 0"
    link_of(ctx).table["80AE40"] = ac.format_2("TC").replace("9F36020007", f"9F3602{atc}")
    ctx.terminal[0x8A] = b"00"
    assert ac.cryptogram.run_second(ctx, "TC") is None
    assert [line for line in ctx.lines if "warning" in line] == warned
    assert [datum.where for datum in ctx.card.all(0x9F36)] == ["GENERATE AC 2 offset 6"]


def test_a_signature_that_failed_is_the_end_by_its_own_clause() -> None:
    for failed in (True, False):
        ctx = end.context_after("TC")
        if failed:
            end.cda_failure(ctx)
        completion.after_first(ctx)
        assert (SPEC_CDA_FAILURE in ctx.specs) is failed


# ---------------------------------------------------------------- PIN, gate, scripts


def test_the_key_of_a_pin_is_known_by_its_certificate() -> None:
    """An exponent without the certificate that it belongs to is no key."""
    own = pin.pin_certificate()
    ctx = pin.run({**chain(), 0x9F2E: own[0x9F2E]}, aip=AIP_SDA)
    assert pin.the_pin(ctx, pin.ICC) == "1234"
    assert "PIN encipherment key" not in said(ctx)
    ctx = pin.run({**chain(), **own}, aip=AIP_SDA)
    assert "PIN enciphered under the card's PIN encipherment key" in ctx.lines
    ctx = pin.run(without(chain(), 0x9F46), aip=AIP_SDA)
    assert "no key to encipher a PIN under: the card has neither 9F2D nor 9F46" in ctx.lines


def test_why_no_enciphered_pin_was_sent() -> None:
    ctx = pin.run(chain(), aip=AIP_SDA, **{"0084": "00112233449000"})
    assert "GET CHALLENGE answered 9000 with 5 bytes, must be 8" in ctx.lines
    ctx = context(table=pin.TABLE)
    assert verify_command(ctx, pin.ICC.public, "12") is None
    assert ctx.lines == ["what was entered is no PIN of 4 to 12 digits"]


def test_what_a_shut_gate_says() -> None:
    ctx = context(allow=False)
    with pytest.raises(StateChangeRefused) as caught:
        ctx.channel.send(verify_plaintext("1234"))
    error = caught.value
    assert error.command == "VERIFY"
    assert error.what == "VERIFY changes the card for good and was not allowed"
    assert error.todo == "give --allow-state-change to send it"


def test_a_script_counts_as_failed_while_it_runs() -> None:
    def begun(template: int) -> Context:
        ctx = context(table={"84": LinkTimeout("no answer")})
        with pytest.raises(LinkTimeout):
            scripts.run(ctx, (script.script(f"{template:02X}", script.UNBLOCK),), template)
        return ctx

    before, after = begun(scripts.BEFORE), begun(scripts.AFTER)
    bits = TvrBit.SCRIPT_FAILED_BEFORE, TvrBit.SCRIPT_FAILED_AFTER
    assert [before.tvr.has(bit) for bit in bits] == [True, False]
    assert [after.tvr.has(bit) for bit in bits] == [False, True]
