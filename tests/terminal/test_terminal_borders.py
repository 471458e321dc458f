"""The borders of the terminal's rules, each on both sides, and data that nothing else looks at."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import test_terminal_cryptogram as ac
import test_terminal_initiation as gpo
import test_terminal_online as host
import test_terminal_pin as pins
import test_terminal_reading as reads
import test_terminal_scripts as script
import test_terminal_selection as sel
from termcards import OK, VISA, config, context, fci, link_of, said, tlv
from termchain import cda_answer, chain
from test_terminal_authentication import oda
from test_terminal_authentication import run as authenticate

from harness.core.errors import ConfigError
from harness.profiles.terminal_config import TerminalAid
from harness.terminal import authentication, cryptogram, online, restrictions, risk, scripts
from harness.terminal.amounts import by_number
from harness.terminal.bits import TvrBit
from harness.terminal.candidates import printable
from harness.terminal.carddata import CardData
from harness.terminal.sales_log import SalesLog
from harness.terminal.terminal_data import bcd

TERMINAL_DATA = {
    0x9F02: "000000001234",
    0x9F03: "000000000100",
    0x81: "000004D2",
    0x9F04: "00000064",
    0x5F2A: "0978",
    0x5F36: "02",
    0x9C: "09",
    0x9A: "261120",
    0x9F1A: "0528",
    0x9F35: "22",
    0x9F1E: b"HARNESS1".hex(),
    0x9F34: "3F0000",
    0x9F37: "11111111",
    0x9F41: "00000001",
    0x9F09: "00A0",
}


def test_the_terminals_own_data() -> None:
    ctx = context(type="cashback", cashback=Decimal(1))
    made = config()
    wanted = {tag: bytes.fromhex(value) for tag, value in TERMINAL_DATA.items()}
    wanted |= {
        0x9F21: f"{ctx.clock.now():%H%M%S}",
        0x9F33: made.capabilities,
        0x9F40: made.additional_capabilities,
        0x9F15: bcd(made.category_code, 2),
        0x9F16: f"{made.merchant_id:15}".encode(),
        0x9F1C: f"{made.terminal_id:8}".encode(),
        0x9F01: bcd(int(made.acquirer_id), 6),
        0x9F4E: made.merchant_name.encode(),
        0x9F1B: (2000).to_bytes(4, "big"),
    }
    wanted[0x9F21] = bytes.fromhex(str(wanted[0x9F21]))
    assert ctx.terminal == wanted
    assert ctx.values() == {**wanted, 0x95: ctx.tvr.value, 0x9B: ctx.tsi.value}


def test_binary_amounts_end_at_four_bytes() -> None:
    ctx = context(amount="42949672.96", type="cashback", cashback=Decimal("42949672.95"))
    assert (ctx.terminal[0x81].hex(), ctx.terminal[0x9F04].hex()) == ("ffffffff", "ffffffff")


def test_what_the_card_gave() -> None:
    data = CardData()
    assert (0x5A in data, len(data), data.where(0x5A)) == (False, 0, "")
    data.add(0x5A, b"A", "here")
    data.add(0x5A, b"B", "there", 7)
    assert (0x5A in data, len(data), data.get(0x5A)) == (True, 1, b"A")
    assert [datum.where for datum in data.all(0x5A)] == ["here offset 0", "there offset 7"]
    data.replace(0x5A, b"C", "again")
    assert [datum.where for datum in data.all(0x5A)] == ["again offset 0"]


@pytest.mark.parametrize(("exponent", "taken"), [(-1, False), (0, True), (9, True), (10, False)])
def test_exponents_of_a_currency_that_the_table_has_not(exponent: int, taken: bool) -> None:
    if taken:
        assert by_number(999, exponent).exponent == exponent
        return
    with pytest.raises(ConfigError):
        by_number(999, exponent)


# ---------------------------------------------------------------- selection


@pytest.mark.parametrize(("size", "taken"), [(4, False), (5, True), (16, True), (17, False)])
def test_an_aid_has_5_to_16_bytes(size: int, taken: bool) -> None:
    aid = ("A000000003" + "01" * 12)[: size * 2]
    listed, _ending = sel.build(sel.directory(sel.entry(aid)), aids=sel.PARTIAL)
    assert (sel.aids(listed) == [aid]) is taken
    answers = {sel.select("A000000003"): fci(aid) + OK, sel.PSE: "6A82"}
    selected, _ending = sel.build(answers, aids=sel.PARTIAL)
    assert (sel.aids(selected) == [aid]) is taken


@pytest.mark.parametrize(("sfi", "found"), [(0, False), (1, True), (10, True), (11, False)])
def test_the_directory_is_a_file_from_1_to_10(sfi: int, found: bool) -> None:
    content = tlv("84", "315041592E5359532E4444463031"), tlv("A5", tlv("88", f"{sfi:02X}"))
    table: dict[str, sel.Answer] = {
        sel.PSE: tlv("6F", *content) + OK,
        f"00B201{sfi << 3 | 4:02X}": tlv("70", sel.entry(sel.A1)) + OK,
        f"00B202{sfi << 3 | 4:02X}": "6A83",
    }
    ctx, _ending = sel.build(table, aids=sel.PARTIAL)
    assert (sel.aids(ctx) == [sel.A1]) is found


@pytest.mark.parametrize("name", ["", tlv("84", "315041592E5359532E4444463032")])
def test_a_directory_under_another_name_is_not_used(name: str) -> None:
    table = sel.directory(sel.entry(sel.A1))
    table[sel.PSE] = tlv("6F", name, tlv("A5", tlv("88", "01"))) + OK
    ctx, _ending = sel.build(table, aids=sel.PARTIAL)
    assert sel.aids(ctx) == []
    assert "no usable PSE" in said(ctx)


def test_labels_are_shown_as_far_as_they_can_be() -> None:
    assert printable(b" \x1f ~\x7fA\xff ") == "? ~?A?"
    assert printable(b"") == ""


def test_what_the_directory_and_the_fci_say_of_an_application() -> None:
    more = tlv("9F12", b"BEST".hex())
    record = tlv("61", tlv("4F", sel.A1), tlv("50", b"ONE".hex()), more)
    ctx, _ending = sel.build(sel.directory(record), aids=sel.PARTIAL)
    assert ctx.directory is not None
    (entry,) = ctx.directory.entries
    assert (entry.label, entry.preferred_name, entry.priority) == (b"ONE", b"BEST", None)
    assert [(number, str(sw)) for number, sw, _data in ctx.directory.records] == [
        (1, "9000"),
        (2, "6A83"),
    ]
    ctx, _ending = sel.build(sel.directory(tlv("61", tlv("4F", sel.A1))), aids=sel.PARTIAL)
    assert ctx.directory is not None
    assert [(one.label, one.preferred_name) for one in ctx.directory.entries] == [(b"", b"")]
    bare = tlv("6F", tlv("84", sel.A1), tlv("A5", tlv("87", "0102")))
    ctx, _ending = sel.build({sel.select(sel.A1): bare + OK, sel.PSE: "6A82"})
    assert [(one.label, one.priority, one.rank) for one in ctx.candidates] == [("", 0, 16)]


def test_a_full_name_is_asked_for_once() -> None:
    ctx, _ending = sel.build({sel.select(sel.A1): fci(sel.A1) + OK, sel.PSE: "6A82"})
    assert link_of(ctx).sent == [sel.PSE + "00", sel.select(sel.A1) + "00"]


@pytest.mark.parametrize("first", ["6200", "6283", "6300"])
def test_a_warning_is_no_candidate_and_no_end(first: str) -> None:
    """EMV 4.4 Book 1, 12.3.3: the next occurrence is asked for behind a blocked one."""
    rid = "A000000003"
    table: dict[str, sel.Answer] = {
        sel.PSE: "6A82",
        sel.select(rid): fci(sel.A1) + first,
        sel.select_next(rid): [fci(sel.A2) + OK, "6A82"],
    }
    ctx, _ending = sel.build(table, aids=sel.PARTIAL)
    assert sel.aids(ctx) == [sel.A2]
    assert (f"{sel.A1} is blocked" in said(ctx)) is (first == "6283")


def test_a_file_without_a_name_is_no_candidate() -> None:
    nameless = tlv("6F", tlv("A5", tlv("50", "41")))
    ctx, _ending = sel.build({sel.select(sel.A1): nameless + OK, sel.PSE: "6A82"})
    assert sel.aids(ctx) == []
    assert "a file without a name" in said(ctx)


# ---------------------------------------------------------------- data of the card


@pytest.mark.parametrize(("size", "fits"), [(252, True), (253, False)])
def test_the_longest_pdol(size: int, fits: bool) -> None:
    ctx, ending = gpo.run(gpo.FORMAT_1, f"DF7E{size:02X}")
    assert (ending is None) is fits
    assert link_of(ctx).count("80A8") == (1 if fits else 0)


@pytest.mark.parametrize("tag", ["82", "94"])
def test_processing_options_stand_once_at_any_depth(tag: str) -> None:
    values = {"82": "3900", "94": gpo.AFL}
    nested = tlv("A5", tlv(tag, values[tag]))
    _ctx, ending = gpo.run(tlv("77", *(tlv(*item) for item in values.items()), nested) + OK)
    assert ending is not None
    assert ending.text.endswith("82 or 94 stands there twice")


def test_the_place_of_the_afl_in_format_1() -> None:
    ctx, _ending = gpo.run(gpo.FORMAT_1)
    assert ctx.card.where(0x94) == "GPO offset 4"


def test_a_cryptogram_stands_once_at_any_depth() -> None:
    _ctx, ending = ac.run("ARQC", ac.format_2("ARQC", tlv("A5", tlv("9F26", "00" * 8))))
    assert ending is not None
    assert ending.text.endswith("tag 9F26 stands there twice")


@pytest.mark.parametrize(("size", "fits"), [(255, True), (256, False)])
def test_the_longest_cdol(size: int, fits: bool) -> None:
    card = {0x8C: f"DF7E{size - 200:02X}DF7FC8"}
    _ctx, ending = ac.run("ARQC", ac.format_1("ARQC"), card=card)
    assert (ending is None) is fits


@pytest.mark.parametrize(("size", "used"), [(255, True), (256, False)])
def test_the_longest_ddol(size: int, used: bool) -> None:
    ddol = f"9F3704DF7E{size - 204:02X}DF7FC8"
    ctx = authenticate({**chain(), 0x9F49: ddol}, authentication.AIP_DDA)
    assert link_of(ctx).count("0088") == (1 if used else 0)


@pytest.mark.parametrize(("sfi", "fatal"), [(10, True), (11, False)])
def test_a_file_of_the_issuers_own_may_hold_anything(sfi: int, fatal: bool) -> None:
    afl = f"08010100{sfi << 3:02X}010100"
    table = {"00B2010C": reads.tlv("70", reads.PAN, reads.EXPIRY, reads.CDOL1, reads.CDOL2) + OK}
    ctx = context(table={**table, f"00B201{sfi << 3 | 4:02X}": "0102" + OK})
    raw = bytes.fromhex(afl)
    ctx.processing = reads.Processing(b"", b"", b"\0\0", raw, reads.parse_afl(raw))
    assert (reads.reading.run(ctx) is not None) is fatal


# ---------------------------------------------------------------- signatures


def second_with(answer: str) -> ac.Context:
    ctx, ending = ac.with_cda(cda_answer(ac.UN, ac.CDA_DATA, iad="0102") + OK)
    assert ending is None
    link_of(ctx).table["80AE50"] = answer
    ctx.terminal[0x8A] = b"00"
    assert cryptogram.run_second(ctx, "TC") is None
    assert link_of(ctx).sent[-1].startswith("80AE5000")
    return ctx


def test_the_signature_of_the_second_cryptogram_is_verified() -> None:
    data = ac.CDA_DATA + b"00" + ac.UN
    ctx = second_with(cda_answer(ac.UN, data, cid="40", ac="BC" * 8) + OK)
    assert ctx.second is not None
    assert ctx.second.ac == ctx.card.get(0x9F26) == b"\xbc" * 8
    assert not ctx.tvr.has(TvrBit.CDA_FAILED)
    ctx = second_with(cda_answer(ac.UN, data + b"!", cid="40", ac="BC" * 8) + OK)
    assert ctx.tvr.has(TvrBit.CDA_FAILED)
    assert oda(ctx).failure == "tdh"
    assert [spec.clause for spec in ctx.specs].count("6.6") == 2
    assert any(line.startswith("FAILED") for line in ctx.details)
    assert not cryptogram.wants_cda(ctx)


def test_a_second_aac_carries_no_signature() -> None:
    ctx, _ending = ac.with_cda(cda_answer(ac.UN, ac.CDA_DATA, iad="0102") + OK)
    for kind, asked in (("AAC", "80AE0000"), ("TC", "80AE5000")):
        link_of(ctx).table[asked] = ac.format_2("AAC")
        assert cryptogram.run_second(ctx, kind) is None
        assert link_of(ctx).sent[-1].startswith(asked)
        assert not ctx.tvr.has(TvrBit.CDA_FAILED)


def test_the_dynamic_number_comes_out_of_the_signature() -> None:
    ctx, _ending = ac.with_cda(cda_answer(ac.UN, ac.CDA_DATA) + OK)
    number = ctx.card.all(0x9F4C)
    assert [datum.source for datum in number] == ["recovered from 9F4B"]
    assert ctx.card.all(0x9F26)[0].source == "recovered from 9F4B"


@pytest.mark.parametrize("aip", [authentication.AIP_SDA, authentication.AIP_DDA])
def test_a_result_names_its_key_and_every_step(aip: int) -> None:
    good = oda(authenticate(chain(), aip))
    assert good.ok
    bad = oda(authenticate({**chain(), 0x93: "00" * 176, 0x9F46: "00" * 176}, aip))
    assert not bad.ok
    for result in (good, bad):
        assert (result.key, result.kind) == (good.key, good.kind) != ("", "")
        assert len({step.name for step in result.steps}) > 5
    assert all(step.ok for step in good.steps)
    assert not all(step.ok for step in bad.steps)


def test_every_step_is_in_the_details_of_the_log() -> None:
    ctx = authenticate(chain(), authentication.AIP_SDA)
    steps = oda(ctx).steps
    assert ctx.details == [f"ok  {step.spec.clause}, {step.name}: {step.detail}" for step in steps]
    bad = authenticate({**chain(), 0x93: "00" * 176}, authentication.AIP_SDA)
    assert [line for line in bad.details if line.startswith("FAILED ")]


# ---------------------------------------------------------------- risk and restrictions


def test_a_byte_from_198_on_is_thrown_away() -> None:
    for byte, drawn in ((197, 99), (198, 6), (255, 6)):
        ctx = context(entropy=lambda size, byte=byte: bytes((byte, 5)) + bytes(size - 2))
        assert risk.draw(ctx) == drawn


@pytest.mark.parametrize(
    ("kind", "atm"), [(13, False), (14, True), (15, True), (16, True), (17, False)]
)
def test_which_terminals_are_atms(kind: int, atm: bool) -> None:
    more = {"terminal_type": kind, "additional_capabilities": bytes.fromhex("E000F0A001")}
    assert restrictions.is_atm(context(terminal=replace(config(), **more))) is atm  # type: ignore[arg-type]


def test_the_version_of_the_card_is_the_terminals_from_there_on() -> None:
    two = (TerminalAid(VISA, "visa", False, (b"\0\xa0", b"\0\x96")),)
    ctx = context({0x9F08: "0096"}, terminal=config(aids=two))
    assert ctx.terminal[0x9F09] == b"\0\xa0"
    assert restrictions.version(ctx) == []
    assert ctx.terminal[0x9F09] == b"\0\x96"


def test_an_inquiry_is_no_service() -> None:
    ctx = context({0x9F07: "0100", 0x5F28: "0528"}, type="inquiry")
    assert restrictions.usage(ctx) == []


def test_a_sale_again_is_the_most_recent() -> None:
    log = SalesLog(capacity=2)
    for pan, amount in (("1", 10), ("2", 20), ("1", 30), ("3", 40)):
        log.add(pan, amount)
    assert [log.recent(pan) for pan in "123"] == [30, 0, 40]
    log.add("3", 45)
    assert [log.recent(pan) for pan in "13"] == [30, 45]  # nobody had to make room


# ---------------------------------------------------------------- cardholder, issuer, scripts


def test_fifteen_wrong_pins_are_no_right_one() -> None:
    numbers = iter(range(1000, 9999))
    ctx, _ending = pins.run(pins.left(15), "63CF", pin=lambda: str(next(numbers)))
    assert link_of(ctx).count("0020") == 15
    assert ctx.tvr.has(TvrBit.CVM_FAILED)


@pytest.mark.parametrize(
    ("tries", "why"),
    [
        (pins.left(1), "only one PIN try is left"),
        ("6A88", "the remaining PIN tries cannot be read"),
    ],
)
def test_why_a_pin_was_kept(tries: str, why: str) -> None:
    _ctx, ending = pins.run(tries, "9000", "1234")
    assert ending is not None
    assert why in ending.text


def test_without_a_list_of_methods_none_was_performed() -> None:
    ctx = context()
    ctx.terminal[0x9F34] = b""
    assert pins.cardholder.run(ctx) is None
    assert ctx.terminal[0x9F34].hex() == "3f0000"


@pytest.mark.parametrize(("size", "sent"), [(7, 0), (8, 1), (16, 1), (17, 0)])
def test_issuer_authentication_data_of_8_to_16_bytes(size: int, sent: int) -> None:
    ctx, _ending = host.run(host.answered("00", bytes(size)))
    assert link_of(ctx).count("0082") == sent
    notices = ctx.listener.notices  # type: ignore[attr-defined]
    assert len([text for text in notices if "EXTERNAL" in text]) == sent


@pytest.mark.parametrize(
    ("external", "words"), [("9000", "accepted by the card"), ("6300", "refused by the card")]
)
def test_what_became_of_the_arpc(external: str, words: str) -> None:
    ctx, _ending = host.run(host.answered("00", host.ARPC), external=external)
    assert ctx.arpc == f"ARPC {words}"
    card = {**host.CARD, 0x8D: "910A8A02"}
    ctx, _ending = host.run(host.answered("00", host.ARPC), aip=0, card=card)
    assert ctx.arpc == "ARPC given to the card with the second GENERATE AC"


def test_script_results_go_to_the_issuer() -> None:
    ctx = context(host.CARD)
    assert "9F5B" not in online.chip_data(ctx)
    ctx.terminal[0x9F5B] = b"\x20\1\2\3\4"
    assert online.chip_data(ctx)["9F5B"] == b"\x20\1\2\3\4"


@pytest.mark.parametrize(("count", "result"), [(0, "00"), (1, "20"), (60, "20"), (61, "00")])
def test_a_script_has_1_to_60_commands(count: int, result: str) -> None:
    ctx = script.run(script.script("71", *["8424000000"] * count))
    assert script.results(ctx) == f"{result}01020304"


def test_results_of_scripts_before_and_after_stand_together() -> None:
    ctx = context(table={"84": "9000"})
    scripts.run(ctx, (script.script("71", "8424000000"),), scripts.BEFORE)
    after = script.script("72", "8424000000", name="0A0B0C0D")
    scripts.run(ctx, (after,), scripts.AFTER)
    assert script.results(ctx) == "2001020304" + "200a0b0c0d"
