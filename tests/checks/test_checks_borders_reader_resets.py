"""Resets, protocols, connections: what is asked of reader and service, and every odd answer."""

from __future__ import annotations

from typing import Any

import pytest
from readerbenches import SpoiledReader, atr, bench, card_with_atr, resets, virtual
from readerscript import Over, run, sent, serving

from harness.checks.reader.bench import Bench
from harness.core.errors import CardMute
from harness.link import service as sv
from harness.link.api import ResetKind
from harness.link.service import Leave, Share

CARD = "3B6700008031C173C02140"
OTHER = "3B600000"
DUAL = "3B9011800100"


def mute(_link: Any, _kind: ResetKind) -> bytes:
    raise CardMute("the card gave no answer to reset")


def silent() -> Bench:
    return bench(SpoiledReader(virtual(), wrap=lambda link: Over(link, {"reset": mute})))


CHANGED = "the card was changed, or card, contacts or reader are unstable"
SILENT = "the card gave no answer to reset"
RESETS = (
    ("RST-01", bench, f"PASS: ATR {CARD}"),
    ("RST-02", bench, f"PASS: ATR {CARD}"),
    ("RST-01", silent, f"FAIL: no ATR after a warm reset: {SILENT}"),
    ("RST-02", silent, f"FAIL: no ATR after a cold reset: {SILENT}"),
    ("RST-01", lambda: resets(""), "FAIL: an empty ATR after a warm reset"),
    (
        "RST-01",
        lambda: resets(OTHER),
        f"PASS: ATR {OTHER} || differs from the cold one, as EMV allows",
    ),
    ("RST-02", lambda: resets(OTHER), f"FAIL: ATR {OTHER}, at first {CARD} || {CHANGED}"),
    ("RST-02", lambda: resets(""), f"FAIL: ATR , at first {CARD} || {CHANGED}"),
    (
        "ATR-16",
        bench,
        "PASS: 3 cold and 3 warm resets, one ATR each [resets of each kind=3]",
    ),
    (
        "ATR-16",
        lambda: resets(CARD, CARD, OTHER),
        f"FAIL: cold resets gave 2 different ATRs in 3: {CARD} x2, {OTHER} x1",
    ),
    (
        "ATR-16",
        lambda: resets(*[CARD] * 3, OTHER, CARD, OTHER),
        f"FAIL: warm resets gave 2 different ATRs in 3: {OTHER} x2, {CARD} x1",
    ),
    (
        "ATR-16",
        lambda: resets(*[CARD] * 3, *[OTHER] * 3),
        "PASS: 3 cold and 3 warm resets, one ATR each [resets of each kind=3]",
    ),
)


@pytest.mark.parametrize(("id", "make", "wanted"), RESETS)
def test_what_comes_of_a_reset(id: str, make: Any, wanted: str) -> None:
    assert run(id, make()) == wanted


@pytest.mark.parametrize(("id", "kinds"), [("RST-01", "w"), ("RST-02", "c"), ("ATR-16", "cccwww")])
def test_the_resets_that_are_asked_for(id: str, kinds: str) -> None:
    seen: list[ResetKind] = []
    told = {"reset": lambda one, kind: seen.append(kind) or one.reset(kind)}
    made = bench(SpoiledReader(virtual(), wrap=lambda link: Over(link, told)))
    assert run(id, made).startswith("PASS")
    assert "".join(kind.value[0] for kind in seen) == kinds
    assert sent(made)[-len(kinds) :] == [""] * len(kinds)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("3B600000", "PASS: direct convention"),
        ("3F600000", "PASS: inverse convention"),
        ("3B", "PASS: direct convention"),
        ("03600000", "FAIL: TS is 03: no convention"),
        ("", "FAIL: TS is : no convention"),
    ],
)
def test_the_convention_is_told(raw: str, wanted: str) -> None:
    assert run("PRO-08", atr(raw)) == wanted


def connects(*answers: Any) -> Any:
    """Answers of ``connect`` in turn: a code, a protocol under which the good handle comes, or
    None for the good answer."""
    turns = iter(answers)

    def connect(client: Any, slot: str, share: Share, wanted: tuple[str, ...]) -> Any:
        answer = next(turns)
        if isinstance(answer, str) and answer.startswith("SCARD"):
            return answer, None
        code, handle = client.connect(slot, share, () if answer is not None else wanted)
        return code, handle if answer is None else Over(handle, {"protocol": answer})

    return connect


def matrix(*answers: Any, card: str = "", handle: Any = None) -> Bench:
    return serving(handle, {"connect": connects(*answers)}, card)


MISMATCH = "SCARD_E_PROTO_MISMATCH"
MATRIX = (
    (lambda: matrix(None, None, None), f"PASS: T=0: T=0; T=1: {MISMATCH}; T=0|T=1: T=0"),
    (
        lambda: matrix(None, None, None, card=DUAL),
        "PASS: T=0: T=0; T=1: T=1; T=0|T=1: T=1",
    ),
    (
        lambda: matrix(None, None, None, card="3BE000FF81317C4192"),
        f"PASS: T=0: {MISMATCH}; T=1: T=1; T=0|T=1: T=1",
    ),
    (lambda: matrix(sv.SHARING), "FAIL: T=0: SCARD_E_SHARING_VIOLATION, expected SCARD_S_SUCCESS"),
    (lambda: matrix(None, "T=1"), f"FAIL: T=1: SCARD_S_SUCCESS, expected {MISMATCH}"),
    (
        lambda: matrix(None, sv.UNPOWERED),
        f"FAIL: T=1: SCARD_W_UNPOWERED_CARD, expected {MISMATCH}",
    ),
    (lambda: matrix("T=1"), "FAIL: T=0 gave T=1, the ATR offers T=0"),
    (lambda: matrix("", card=DUAL), "FAIL: T=0 gave -, the ATR offers T=0, T=1"),
    (lambda: matrix("raw", card=DUAL), "FAIL: T=0 gave raw, the ATR offers T=0, T=1"),
    (
        lambda: matrix(None, None, "T=1"),
        "FAIL: T=0|T=1 gave T=1, the ATR offers T=0",
    ),
    (
        lambda: matrix(None, handle={"disconnect": lambda _one, _leave: sv.NOT_TRANSACTED}),
        "FAIL: disconnect: SCARD_E_NOT_TRANSACTED, expected SCARD_S_SUCCESS",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), MATRIX)
def test_each_protocol_is_connected_with(make: Any, wanted: str) -> None:
    assert run("PRO-01", make()) == wanted


def test_connections_are_shared_and_leave_the_card_without_power() -> None:
    seen: list[Any] = []

    def connect(client: Any, *args: Any) -> Any:
        seen.append(args[1:])
        return client.connect(*args)

    def disconnect(handle: Any, leave: Leave = Leave.LEAVE) -> str:
        seen.append(leave)
        return handle.disconnect(leave)

    made = serving({"disconnect": disconnect}, {"connect": connect}, DUAL)
    assert run("PRO-01", made).startswith("PASS")
    assert seen == [
        (Share.SHARED, ("T=0",)),
        Leave.UNPOWER,
        (Share.SHARED, ("T=1",)),
        Leave.UNPOWER,
        (Share.SHARED, ("T=0", "T=1")),
        Leave.UNPOWER,
    ]
    seen.clear()
    assert run("PRO-09", made) == "PASS: connected directly: no protocol"
    assert seen == [(Share.DIRECT,), Leave.LEAVE]


def test_an_answer_without_a_protocol_offers_none() -> None:
    made = serving()
    made.cold_atr = b""
    assert run("PRO-01", made) == f"FAIL: T=0: SCARD_S_SUCCESS, expected {MISMATCH}"
    assert run("PRO-02", made) == "not applicable: the card offers  only"


def again(code: str = sv.SUCCESS, protocol: str = "") -> Any:
    """A handle that reconnects with this code, and stays on this protocol."""
    changed: dict[str, Any] = {}
    if code != sv.SUCCESS:
        changed["reconnect"] = lambda _one, *_args: code
    if protocol:
        changed["protocol"] = protocol
    return lambda: serving(changed, None, DUAL)


def test_both_protocols_are_tried_after_a_reset() -> None:
    seen: list[Any] = []

    def reconnect(handle: Any, *args: Any) -> str:
        seen.append(args)
        return handle.reconnect(*args)

    assert run("PRO-02", serving({"reconnect": reconnect}, None, DUAL)) == "PASS: both usable"
    assert seen == [
        (Leave.RESET, Share.SHARED, ("T=0",)),
        (Leave.RESET, Share.SHARED, ("T=1",)),
    ]


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (bench, "not applicable: the card offers T=0 only"),
        (
            lambda: bench(card_with_atr("3BE000FF81317C4192")),
            "not applicable: the card offers T=1 only",
        ),
        (
            lambda: bench(cold_atr=bytes.fromhex("3B80800E8E")),
            "not applicable: the card offers T=0, T=14 only",
        ),
        (again(sv.SHARING), "FAIL: T=0: SCARD_E_SHARING_VIOLATION, expected SCARD_S_SUCCESS"),
        (again(protocol="T=1"), "FAIL: T=0 gave T=1"),
        (again(protocol="T=0"), "FAIL: T=1 gave T=0"),
    ],
)
def test_what_comes_of_both_protocols(make: Any, wanted: str) -> None:
    assert run("PRO-02", make()) == wanted


@pytest.mark.parametrize(
    ("handle", "client", "wanted"),
    [
        ({"protocol": "raw"}, None, "PASS: connected directly: raw"),
        (
            {"disconnect": lambda _one: sv.INVALID_HANDLE},
            None,
            "FAIL: disconnect: SCARD_E_INVALID_HANDLE, expected SCARD_S_SUCCESS",
        ),
        (
            None,
            {"connect": lambda _one, *_args: (sv.SHARING, None)},
            "FAIL: connect (direct): SCARD_E_SHARING_VIOLATION, expected SCARD_S_SUCCESS",
        ),
        (
            None,
            {"connect": lambda _one, *_args: (sv.SUCCESS, None)},
            "FAIL: a connection without a handle",
        ),
    ],
)
def test_what_comes_of_a_direct_connection(handle: Any, client: Any, wanted: str) -> None:
    assert run("PRO-09", serving(handle, client)) == wanted
