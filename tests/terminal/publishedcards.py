"""Published test cards on a terminal that has read them."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import Any

from termcards import config, context, record

from harness.codec.tlv import parse
from harness.core.clock import ManualClock
from harness.core.paths import vectors
from harness.crypto.capk import CaKeyStore
from harness.profiles.terminal_config import TerminalAid
from harness.terminal.candidates import Candidate
from harness.terminal.context import Context
from harness.terminal.initiation import Processing

PARTS = (
    (0x90, "issuer", "certificate"),
    (0x92, "issuer", "remainder"),
    (0x9F32, "issuer", "exponent"),
    (0x9F46, "icc", "certificate"),
    (0x9F48, "icc", "remainder"),
    (0x9F47, "icc", "exponent"),
    (0x93, "sda", "signature"),
)


def case(name: str) -> dict[str, Any]:
    """A card of ``vectors/crypto``."""
    path = vectors() / "crypto" / f"oda-{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def prepared(published: dict[str, Any], method: int, answer: str = "6D00") -> Context:
    """A terminal that has read this card. What is empty in the vector, the card does not have."""
    ctx = context(table={"0088": answer, "80AE": answer}, terminal=config())
    ctx.clock = ManualClock(datetime.fromisoformat(published["today"]).replace(tzinfo=UTC))
    aid = bytes.fromhex(published["rid"]) + b"\x01"
    ctx.chosen = Candidate(aid, "PUBLISHED", 1, TerminalAid(aid, "", True, ()), "AID list")
    # The AIP counts twice: for what it says, and as static data. Here one method is picked.
    ctx.processing = Processing(b"", b"", method.to_bytes(2, "big"))
    ctx.card.add(0x82, bytes.fromhex(published["aip"]), "GPO")
    for one in published["signed_record"]:
        read = record(one["sfi"], one["record"], one["data"], signed=True)
        ctx.records.append(read)
        ctx.card.take(parse(read.data).nodes, read.name)
    for tag, where, what in PARTS:
        value = published.get(where, {}).get(what, "")
        if value:
            ctx.card.replace(tag, bytes.fromhex(value), "record")
    ctx.card.replace(0x8F, bytes.fromhex(published["index"]), "record")
    ctx.card.replace(0x9F49, bytes.fromhex("9F3704"), "record")
    if published["tag_list"]:
        ctx.card.replace(0x9F4A, bytes.fromhex(published["tag_list"]), "record")
    ctx.keys = CaKeyStore.default(own_test=False)
    return ctx


def ok(ctx: Context, published: dict[str, Any]) -> None:
    """Every step of the authentication went through, under the published test key."""
    assert ctx.oda is not None
    assert ctx.oda.ok, ctx.oda.text
    assert ctx.oda.key == f"{published['rid']}/{published['index']}"
    assert ctx.oda.kind == "test"
    assert all(step.ok for step in ctx.oda.steps)
