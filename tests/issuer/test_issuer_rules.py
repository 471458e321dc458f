"""Rules, scripts, and the PIN of online PIN."""

from __future__ import annotations

from typing import Any

import pytest
from test_issuer_host import CVN_18, CVN_20, KEYS, MASTER, PAN, request

from harness.codec.tlv import parse
from harness.core.errors import ConfigError
from harness.crypto import messaging
from harness.crypto.host_keys import online_pin_block
from harness.issuer.decision import Policy, rule
from harness.issuer.host import IssuerHost
from harness.issuer.keys import IssuerKeys
from harness.issuer.ledger import Ledger
from harness.issuer.messages import HostState
from harness.issuer.scripting import ScriptKind, plan


@pytest.mark.parametrize(
    ("text", "policy", "code"),
    [
        ("approve", Policy.APPROVE, "00"),
        ("approve:10", Policy.APPROVE, "10"),
        ("decline", Policy.DECLINE, "05"),
        ("decline:51", Policy.DECLINE, "51"),
        ("refer", Policy.REFER, "01"),
        ("refer:02", Policy.REFER, "02"),
        ("wrong-arpc", Policy.WRONG_ARPC, "00"),
    ],
)
def test_rules(text: str, policy: Policy, code: str) -> None:
    made = rule(text)
    assert (made.policy, made.code) == (policy, code)
    answer = IssuerHost(text, KEYS).authorise(request(CVN_18))
    assert answer.arc == code


@pytest.mark.parametrize("text", ["decline:", "decline:5", "decline:é1", "no-answer:05", "maybe"])
def test_rules_that_are_none(text: str) -> None:
    with pytest.raises(ConfigError):
        rule(text)


@pytest.mark.parametrize("text", ["approve:10", "refer"])
def test_a_wrong_cryptogram_is_neither_approved_nor_referred(text: str) -> None:
    answer = IssuerHost(text, KEYS).authorise(request(CVN_18, data={"9F26": bytes(8)}))
    assert answer.arc == "05"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("unreachable", HostState.UNREACHABLE),
        ("no-answer", HostState.NO_ANSWER),
        ("malformed", HostState.MALFORMED),
    ],
)
def test_silence(text: str, state: HostState) -> None:
    assert IssuerHost(text, KEYS).authorise(request(CVN_18)).state is state


@pytest.mark.parametrize("method", [CVN_18, CVN_20], ids=lambda one: one.name)
def test_a_wrong_arpc_is_wrong_and_nothing_else(method: Any) -> None:
    keys = method.derive_all(MASTER, PAN, 1)
    asked = request(method)
    good = IssuerHost("approve", KEYS).authorise(asked).issuer_authentication_data
    bad = IssuerHost("wrong-arpc", KEYS).authorise(asked).issuer_authentication_data
    judge = {"atc": asked.data["9F36"], "un": asked.data["9F37"]}
    assert method.verify_arpc(keys.ac, asked.data["9F26"], received=good, **judge)
    assert not method.verify_arpc(keys.ac, asked.data["9F26"], received=bad, **judge)
    assert good[1:] == bad[1:]


@pytest.mark.parametrize("kind", ScriptKind)
@pytest.mark.parametrize("template", ["71", "72"])
@pytest.mark.parametrize("method", [CVN_18, CVN_20], ids=lambda one: one.name)
def test_scripts_are_protected_for_this_card(kind: str, template: str, method: Any) -> None:
    asked = request(method)
    text = f"{kind}=60000" if kind is ScriptKind.LOAD else kind
    answer = IssuerHost("approve", KEYS, script=f"{text}:{template}").authorise(asked)
    (script,) = answer.scripts
    assert script[:1].hex() == template
    command = parse(script).find(0x86)
    assert command is not None
    opened = messaging.open_command(
        method,
        method.derive_all(MASTER, PAN, 1),
        command.value,
        atc=asked.data["9F36"],
        arqc=asked.data["9F26"],
    )
    assert (opened is None) is (kind is ScriptKind.FAILING)


@pytest.mark.parametrize("changes", [{"data": {"9F26": bytes(8)}}, {"pan": "4761739001010127"}])
def test_no_script_for_a_card_whose_cryptogram_is_not_verified(changes: Any) -> None:
    answer = IssuerHost("approve", KEYS, script="counter").authorise(request(CVN_18, **changes))
    assert answer.scripts == ()


@pytest.mark.parametrize("text", ["nothing", "counter:73", "counter:"])
def test_unknown_scripts(text: str) -> None:
    if text == "counter:":
        assert plan(text).template == 0x72
        return
    with pytest.raises(ConfigError, match="pin-unblock"):
        plan(text)


WITH_PIN = IssuerKeys({PAN: MASTER}, {PAN: "1234"})


def ask_with_pin(host: IssuerHost, pin: str, number: int = 1) -> str:
    made = request(CVN_18, pin_block=online_pin_block(pin, PAN), reference=f"{number:012d}")
    return host.authorise(made).arc


def test_the_pin_is_verified() -> None:
    assert ask_with_pin(IssuerHost("approve", WITH_PIN), "1234") == "00"
    assert ask_with_pin(IssuerHost("approve", WITH_PIN), "1235") == "55"
    assert ask_with_pin(IssuerHost("approve", KEYS), "1235") == "00"  # no reference PIN
    assert ask_with_pin(IssuerHost("decline:51", WITH_PIN), "1235") == "51"


def test_wrong_pins_are_counted_and_a_right_one_resets_the_count() -> None:
    host = IssuerHost("approve", WITH_PIN, ledger=Ledger())
    codes = [ask_with_pin(host, pin, n) for n, pin in enumerate(["0000", "1111", "1234"])]
    assert codes == ["55", "55", "00"]
    codes = [ask_with_pin(host, "9999", n) for n in range(3, 6)]
    assert codes == ["55"] * 3
    assert ask_with_pin(host, "1234", 6) == "75"


def test_no_pin_is_ever_written() -> None:
    made = request(CVN_18, pin_block=online_pin_block("7391", PAN))
    answer = IssuerHost("approve", WITH_PIN).authorise(made)
    assert "7391" not in "\n".join(answer.log)
    assert "1234" not in repr(WITH_PIN)
