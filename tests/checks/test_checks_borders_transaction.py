"""What the transaction is asked for, and the facts that its exchanges leave."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest
from checkviews import MASTERCARD, VISA, good_view, put, tape

from harness.checks.card import transaction as module
from harness.checks.card.transaction import ListeningHost, image_pin, transact, transaction_facts
from harness.checks.card.view import CardView, GenerateAc, TransactionFacts
from harness.codec import tlv
from harness.core.clock import ManualClock
from harness.core.errors import CardRemoved
from harness.records.exchange import Exchange

VISA_AID = bytes.fromhex("A0000000031010")


# What is asked for


def asked(monkeypatch, **options: object) -> dict[str, object]:
    """The arguments of the terminal's transaction."""
    seen: dict[str, object] = {}

    def run(link: object, **arguments: object) -> object:
        seen.update(arguments, link=link)
        return "result"

    monkeypatch.setattr(module, "run_transaction", run)
    clock = ManualClock()
    seen["clock given"] = clock
    made = transact("link", "config", "keys", "host", VISA_AID, clock=clock, **options)
    assert made == "result"
    return seen


def test_a_purchase_of_12_34_online_and_no_pin(monkeypatch):
    seen = asked(monkeypatch)
    request = seen["request"]
    assert (request.amount, request.cashback) == (Decimal("12.34"), Decimal(0))
    assert (request.aid, request.force_online, request.type) == (VISA_AID, True, "goods")
    assert request.pin is None
    assert [seen[name] for name in ("link", "config", "keys", "host")] == [
        "link",
        "config",
        "keys",
        "host",
    ]
    assert seen["clock"] is seen["clock given"]
    assert seen["allow_state_change"] is True


@pytest.mark.parametrize(
    ("kind", "cashback"), [("cashback", "5.00"), ("cash", "0"), ("refund", "0")]
)
def test_only_cashback_pays_out(monkeypatch, kind, cashback):
    request = asked(monkeypatch, kind=kind)["request"]
    assert (request.type, request.cashback) == (kind, Decimal(cashback))


def test_a_pin_is_entered_where_there_is_one(monkeypatch):
    assert asked(monkeypatch, pin="1234")["request"].pin() == "1234"


def test_the_pin_of_an_image_is_that_of_its_application():
    assert image_pin(VISA, VISA_AID).isdigit()
    assert image_pin(VISA, VISA_AID + b"\x01") == ""


# The host that listens


def test_the_host_passes_on_and_keeps():
    inner = SimpleNamespace(name="host", authorise=lambda request: f"answer to {request}")
    host = ListeningHost(inner)
    assert host.authorise("one") == "answer to one"
    assert host.seen == [("one", "answer to one")]
    assert host.name == "host"
    host.name = "other"
    assert inner.name == "other"


# The facts


def exchanges(*pairs: tuple[str, str | None], first: int = 10) -> list[Exchange]:
    return [
        Exchange(first + at, bytes.fromhex(command), bytes.fromhex(answer or "") or None, 0.0, 0.0)
        for at, (command, answer) in enumerate(pairs)
    ]


def facts(*pairs: tuple[str, str | None], **result: object) -> TransactionFacts:
    view = good_view()
    outcome = result.get("outcome", SimpleNamespace(approved=False))
    made = SimpleNamespace(outcome=outcome, text="said", link_error=result.get("link_error"))
    host = SimpleNamespace(seen=result.get("seen", []))
    return transaction_facts(made, host, exchanges(*pairs), view.app, view.chain)


GENERATE = "80AE800000"
FORMAT_1 = "800B80000711223344556677889000"


def test_nothing_was_sent():
    assert facts() == TransactionFacts(
        outcome=str(SimpleNamespace(approved=False)), completed=False, text="said"
    )


def test_words_of_the_outcome_and_of_a_broken_link():
    class Approved:
        approved = True

        def __str__(self) -> str:
            return "approved online"

    found = facts(outcome=Approved(), link_error=CardRemoved("it left"))
    assert (found.outcome, found.completed, found.error) == ("approved online", True, "it left")


@pytest.mark.parametrize(
    ("answer", "form", "fields"),
    [
        (FORMAT_1, 1, {0x9F27: "80", 0x9F36: "0007", 0x9F26: "1122334455667788"}),
        (
            "800C80000711223344556677880A9000",
            1,
            {0x9F27: "80", 0x9F36: "0007", 0x9F26: "1122334455667788", 0x9F10: "0a"},
        ),
        ("800240009000", 1, {0x9F27: "40", 0x9F36: "00", 0x9F26: ""}),
        ("77099F2701809F360200079000", 2, {0x9F27: "80", 0x9F36: "0007"}),
        ("70049F2701809000", 0, {}),
        ("6985", 0, {}),
    ],
)
def test_fields_of_a_cryptogram(answer, form, fields):
    (found,) = facts((GENERATE, answer)).generate_ac
    assert found.format == form
    assert {tag: value.hex() for tag, value in found.fields.items()} == fields
    assert (found.index, found.sw) == (10, int(answer[-4:], 16))


@pytest.mark.parametrize(
    ("p1", "kind", "cda"),
    [
        ("00", "AAC", False),
        ("40", "TC", False),
        ("80", "ARQC", False),
        ("C0", "RFU", False),
        ("90", "ARQC", True),
        ("50", "TC", True),
        ("8F", "ARQC", False),
        ("BF", "ARQC", True),
        ("20", "AAC", False),
    ],
)
def test_what_was_asked_for(p1, kind, cda):
    (found,) = facts((f"80AE{p1}0000", FORMAT_1)).generate_ac
    assert (found.requested, found.cda_requested) == (kind, cda)


def test_the_exchange_is_the_first_cryptogram_and_the_answer_the_last_authentication():
    found = facts(
        ("00A40400", "9000"),
        (GENERATE, FORMAT_1),
        ("0082000000", "9000"),
        ("0082000000", "6300"),
        ("80AE400000", FORMAT_1),
    )
    assert found.exchange == 11
    assert found.external_authenticate_sw == 0x6300
    assert [each.requested for each in found.generate_ac] == ["ARQC", "TC"]
    assert isinstance(found.generate_ac[0], GenerateAc)


def test_the_last_thing_that_the_host_saw():
    request, response = SimpleNamespace(pan="1"), SimpleNamespace(cryptogram_ok=True)
    found = facts(seen=[(None, None), (request, response)])
    assert (found.request, found.response, found.variation) == (request, response, "")


def refused(**changes: object) -> str:
    """Why the cryptogram of the good card is wrong, with another request and a refusal."""
    known = good_view().transaction
    request = replace(known.request, **changes)
    response = replace(known.response, cryptogram_ok=False)
    return facts(seen=[(request, response)]).variation


def test_a_refused_cryptogram_is_explained_where_the_keys_and_the_method_are_known():
    known = good_view().transaction.request
    assert known.psn == 1
    assert refused(psn=2) == "personalised with PSN 01"
    assert refused(psn=2, pan="4761739001010127") == ""
    assert refused(psn=2, data={**known.data, "9F10": b"\x01"}) == ""
    assert refused(psn=2, data={**known.data, "9F26": bytes(8)}) == ""
    for tag in ("9F10", "9F26"):
        less = {name: value for name, value in known.data.items() if name != tag}
        assert refused(psn=2, data=less) == ""


@pytest.mark.parametrize("verdict", [True, None])
def test_what_was_not_refused_needs_no_explanation(verdict):
    known = good_view().transaction
    request, response = (
        replace(known.request, psn=2),
        replace(known.response, cryptogram_ok=verdict),
    )
    assert facts(seen=[(request, response)]).variation == ""


# The combined signature


def with_cda(change=lambda row: row, image: str = MASTERCARD, cdol2: str = "") -> CardView:
    """The tape of a card with CDA, each exchange changed by ``change``, judged again."""
    view = good_view(image)
    if cdol2:
        put(view, 0x8D, cdol2)
    rows = [change(row) for row in tape(image)]
    start = next(at for at, row in enumerate(rows) if row.kind == "reset")
    made = SimpleNamespace(outcome=SimpleNamespace(approved=True), text="", link_error=None)
    host = SimpleNamespace(seen=[])
    view.transaction = transaction_facts(made, host, rows[start:], view.app, view.chain)
    return view


def failed(view: CardView) -> list[str]:
    return [step.name for step in view.transaction.cda.steps if not step.ok]


def test_the_signature_of_the_second_cryptogram_covers_both_lists():
    assert failed(with_cda()) == []


@pytest.mark.parametrize(("at", "step"), [(0, "transaction data hash"), (1, "hash")])
def test_data_that_were_sent_are_covered(at, step):
    """A byte of the amount in the first command, of the unpredictable number in the second."""
    commands = [row for row in tape(MASTERCARD) if row.command[1:2] == b"\xae"]

    def change(row: Exchange) -> Exchange:
        if row.index != commands[at].index:
            return row
        raw = bytearray(row.command)
        place = 5 if at == 0 else 5 + 10 + 2 + 5
        raw[place] ^= 1
        return replace(row, command=bytes(raw))

    assert failed(with_cda(change))[0] == step


WITH_PDOL = "visa-credit-cvn-22"


def test_processing_options_are_covered_too():
    assert failed(with_cda(image=WITH_PDOL)) == []

    def change(row: Exchange) -> Exchange:
        if row.command[1:2] != b"\xa8":
            return row
        raw = bytearray(row.command)
        raw[7] ^= 1
        return replace(row, command=bytes(raw))

    assert failed(with_cda(change, WITH_PDOL)) == ["transaction data hash"]


def test_a_log_without_processing_options_has_no_data_of_them():
    def change(row: Exchange) -> Exchange:
        return replace(row, command=b"\x80\xca\x9f\x36") if row.command[1:2] == b"\xa8" else row

    assert failed(with_cda(change)) == []
    assert failed(with_cda(change, WITH_PDOL)) == ["transaction data hash"]


def test_processing_options_without_their_template_have_no_data():
    def change(row: Exchange) -> Exchange:
        return replace(row, command=row.command[:4]) if row.command[1:2] == b"\xa8" else row

    assert failed(with_cda(change)) == []


def test_a_command_that_cannot_be_read_covers_nothing():
    first = next(row for row in tape(MASTERCARD) if row.command[1:2] == b"\xae")

    def change(row: Exchange) -> Exchange:
        cut = row.command[:5] + row.command[6:]
        return replace(row, command=cut) if row.index == first.index else row

    assert failed(with_cda(change)) == ["transaction data hash"]


def test_a_list_that_does_not_ask_for_the_number_takes_that_of_the_first():
    """The card signs one unpredictable number in a transaction."""
    assert failed(with_cda(cdol2="910A8A0295059F01049F4C08")) == []
    assert failed(with_cda(cdol2="9F")) == []


@pytest.mark.parametrize("cid", ["", "9F2700"])
def test_a_signature_without_cryptogram_information_does_not_verify(cid):
    last = [row for row in tape(MASTERCARD) if row.response[:1] == b"\x77"][-1]

    def change(row: Exchange) -> Exchange:
        if row.index != last.index:
            return row
        (template,) = tlv.parse(row.response[:-2]).nodes
        kept = b"".join(
            row.response[c.offset : c.end] for c in template.children if c.tag != 0x9F27
        )
        body = bytes.fromhex(cid) + kept
        return replace(row, response=tlv.encode(0x77, body) + row.response[-2:])

    view = with_cda(change)
    step = next(one for one in view.transaction.cda.steps if one.name == "cryptogram information")
    assert (step.ok, step.detail) == (False, "signed 40, sent 00")


def test_without_the_key_of_the_card_there_is_nothing_to_verify():
    view = good_view(MASTERCARD)
    made = SimpleNamespace(outcome=SimpleNamespace(approved=True), text="", link_error=None)
    for chain in (None, replace(view.chain, icc=None), replace(view.chain, icc=keyless(view))):
        found = transaction_facts(made, SimpleNamespace(seen=[]), tape(MASTERCARD), view.app, chain)
        assert found.cda is None


def keyless(view: CardView):
    return replace(view.chain.icc, key=None)


def test_a_cryptogram_without_a_signature_has_none():
    assert good_view(VISA).transaction.cda is None


def test_a_signature_in_the_first_answer_counts_where_the_second_has_none():
    commands = [row for row in tape(MASTERCARD) if row.command[1:2] == b"\xae"]
    second = commands[1].index
    view = with_cda(
        lambda row: row if row.index != second else replace(row, response=bytes.fromhex("6985")),
        cdol2="9F3704DF7F27",  # as long as the first list, and the number elsewhere
    )
    assert failed(view) == []
