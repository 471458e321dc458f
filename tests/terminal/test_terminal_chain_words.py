"""What a result of offline data authentication holds: failure, key, and how far the chain went."""

from __future__ import annotations

import pytest
import test_terminal_cryptogram as ac
from termcards import OK, context, said
from termchain import cda_answer, chain, without
from test_terminal_authentication import oda, run

from harness.terminal import authentication
from harness.terminal.authentication import AIP_CDA, AIP_DDA, AIP_SDA, OdaResult
from harness.terminal.context import Context

KEY = ("A000000003/E1", "own-test")
BAD = "00" * 176

CHAINS = {
    "SDA": (AIP_SDA, {}, "ok", "", ["5.3", "10.3", "5.4"]),
    "SDA, issuer": (AIP_SDA, {0x90: BAD}, "failed", "trailer", ["5.3"]),
    "SDA, data": (AIP_SDA, {0x93: BAD}, "failed", "length", ["5.3", "10.3", "5.4"]),
    "DDA": (AIP_DDA, {}, "ok", "", ["5.3", "10.3", "6.4", "6.5.2"]),
    "DDA, card": (AIP_DDA, {0x9F46: BAD}, "failed", "length", ["5.3", "10.3", "6.4"]),
    "DDA, list": (AIP_DDA, {0x9F49: "9A03"}, "failed", "ddol", ["5.3", "10.3", "6.4"]),
    "CDA": (AIP_CDA, {}, "pending", "", ["5.3", "10.3", "6.4"]),
}


def parts(result: OdaResult) -> list[str]:
    """The clauses of the steps, each once."""
    return list(dict.fromkeys(step.spec.clause.split()[0] for step in result.steps))


@pytest.mark.parametrize("name", CHAINS)
def test_how_far_the_chain_went(name: str) -> None:
    aip, more, state, failure, clauses = CHAINS[name]
    ctx = run({**chain(), **more}, aip)  # type: ignore[dict-item]
    result = oda(ctx)
    assert (result.method, result.state, result.failure) == (name[:3], state, failure)
    assert parts(result) == clauses
    assert (result.key, result.kind) == KEY
    assert result.text in said(ctx)


def test_an_answer_without_a_signature() -> None:
    result = oda(run(chain(), AIP_DDA, internal="6985"))
    assert (result.method, result.failure) == ("DDA", "status")
    assert parts(result) == ["5.3", "10.3", "6.4"]
    assert (result.key, result.kind) == KEY


@pytest.mark.parametrize("good", [True, False])
def test_the_chain_of_a_combined_signature(good: bool) -> None:
    data = ac.CDA_DATA if good else ac.CDA_DATA + b"!"
    ctx, _ending = ac.with_cda(cda_answer(ac.UN, data) + OK)
    result = oda(ctx)
    assert result.ok is good
    assert parts(result)[:3] == ["5.3", "10.3", "6.4"]
    assert len(parts(result)) == 4
    assert (result.key, result.kind) == KEY
    assert result.text in said(ctx)
    assert any(step.spec.clause in ctx.details[-1] for step in result.steps)


def test_without_a_method_in_common() -> None:
    ctx = context(aip=0)
    authentication.run(ctx)
    text = "card and terminal have no method of offline data authentication in common"
    assert ctx.lines == [text]
    assert oda(ctx) == OdaResult("", "not-performed", text)


def test_a_run_without_keys_says_so() -> None:
    ctx = context(chain(), aip=AIP_SDA)
    authentication.run(ctx)
    assert oda(ctx).failure == "ca-key"


def test_missing_tags_in_words() -> None:
    result = oda(run(without(without(chain(), 0x90), 0x93), AIP_SDA))
    assert "90 93" in result.text


def test_data_out_of_a_signature_says_where_it_is_from() -> None:
    sda, dda = run(chain(), AIP_SDA), run(chain(), AIP_DDA)
    assert [one.source for one in sda.card.all(0x9F45)] == ["recovered from 93"]
    assert [one.source for one in dda.card.all(0x9F4C)] == ["recovered from 9F4B"]


@pytest.mark.parametrize(
    ("ddol", "line"),
    [
        ("9F", "DDOL (9F49): the DOL ends inside a tag"),
        ("9A03", "DDOL (9F49) does not ask for 9F37"),
    ],
)
def test_why_a_list_is_of_no_use(ddol: str, line: str) -> None:
    ctx: Context = run({**chain(), 0x9F49: ddol}, AIP_DDA)
    assert line in ctx.lines
