"""What a step writes into the log: every line of it, and the clauses that it follows, so that
none is lost or turned round."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import test_terminal_action as act
import test_terminal_completion as end
import test_terminal_initiation as gpo
import test_terminal_online as host
import test_terminal_pin as pins
import test_terminal_scripts as script
import test_terminal_selection as sel
from termcards import VISA, capable, config, context, steady
from test_terminal_restrictions import ATM, VALID
from test_terminal_risk import LIMITS, RANDOM, TRM, counter, counters

from harness.core.errors import LinkTimeout
from harness.profiles.terminal_config import TerminalAid
from harness.terminal import action, cardholder, online, restrictions, risk
from harness.terminal.bits import TvrBit
from harness.terminal.context import Context
from harness.terminal.sales_log import SalesLog

with Path(__file__).with_name("step_log.toml").open("rb") as stream:
    LOG: dict[str, dict[str, list[str]]] = tomllib.load(stream)

PAN = {0x5A: "4761739001010119"}


def after(step: Callable[[Context], object], ctx: Context) -> Context:
    step(ctx)
    return ctx


def at_risk(card: dict[int, str] | None = None, **more: object) -> Context:
    more.setdefault("aip", TRM)
    more.setdefault("entropy", steady(0))
    return after(risk.run, context(card, **more))  # type: ignore[arg-type]


def with_counters(atc: str, last: str) -> Context:
    return at_risk(LIMITS, table=counters(atc, last))


def earlier(amount: int) -> SalesLog:
    log = SalesLog()
    log.add(PAN[0x5A], amount)
    return log


def restricted(card: dict[int, str], **more: object) -> Context:
    return after(restrictions.run, context(card, **more))  # type: ignore[arg-type]


def decided(*bits: TvrBit, **more: object) -> Context:
    return after(action.decide, act.ready(*bits, **more))  # type: ignore[arg-type]


def unable(**more: object) -> Context:
    return after(action.unable_online, act.ready(TvrBit.FLOOR_LIMIT, **more))  # type: ignore[arg-type]


def verified(rules: str, *, aip: int | None = None) -> Context:
    card = {0x8E: "0000000000000000" + rules} if rules else {}
    wanted = cardholder.AIP_CARDHOLDER_VERIFICATION if aip is None else aip
    return after(cardholder.run, context(card, aip=wanted))


def listed() -> Context:
    terminal = replace(config(), exceptions=frozenset({("4761739001010127", None)}))
    return at_risk(PAN, terminal=terminal, sales_log=earlier(765))


def chosen(table: dict[str, sel.Answer], **changes: object) -> Context:
    changes.setdefault("aids", sel.PARTIAL)
    return sel.build(table, **changes)[0]


def pinless(pin: str) -> Context:
    terminal = capable(config(), 0x40)
    wanted = cardholder.AIP_CARDHOLDER_VERIFICATION
    card = {**PAN, 0x8E: "0000000000000000" + "0200"}
    return after(cardholder.run, context(card, aip=wanted, terminal=terminal, pin=lambda: pin))


def bypassed(rules: str = "42004100") -> Context:
    terminal = capable(config(), 0xC8)
    wanted = cardholder.AIP_CARDHOLDER_VERIFICATION
    card = {**PAN, 0x8E: "0000000000000000" + rules}
    return after(
        cardholder.run,
        context(
            card,
            aip=wanted,
            terminal=terminal,
            table={"80CA9F17": pins.left(3)},
            pin=lambda: "",
        ),
    )


def offline_only() -> Context:
    ctx = context(host.CARD, terminal=replace(config(), terminal_type=23))
    desk = ctx.host = host.Desk(host.answered("00"))
    online.run(ctx)
    assert desk.seen == []
    return ctx


def asked(answer: bool) -> Context:
    """Two applications, of which the first needs the cardholder's word."""
    entries = sel.entry(sel.A1, "ONE", "81") + sel.entry(sel.A2, "TWO", "02")
    table = {**sel.directory(entries), sel.select(sel.A1): sel.fci(sel.A1) + "9000"}
    table[sel.select(sel.A2)] = sel.fci(sel.A2) + "9000"
    terminal = config(aids=sel.PARTIAL, cardholder_confirms=True)
    ctx = context(table=table, terminal=terminal, confirm=lambda name: answer and name == "ONE")
    sel.selection.build_list(ctx)
    ctx.lines.clear()
    sel.selection.select_next(ctx)
    assert len(ctx.candidates) == answer
    return ctx


def refused_by_directory() -> Context:
    table = sel.directory(sel.entry("B00000000101"))
    return chosen({**table, sel.select(sel.A1): sel.fci(sel.A1) + "9000"}, aids=sel.config().aids)


def completed(
    arc: str,
    returned: str = "TC",
    *scripts: bytes,
    cda: bool = False,
    call: Callable[[str], bool] | None = None,
) -> Context:
    table: dict[str, sel.Answer] = {"80AE": end.second(returned), "84": LinkTimeout("no answer")}
    ctx = end.context_after("ARQC", table, referral=call)
    if cda:
        end.cda_failure(ctx)
    ctx.terminal[0x8A] = arc.encode()
    ctx.answer = end.answer(arc, *scripts)
    return after(end.completion.run, ctx)


UNVERSIONED = config(aids=(TerminalAid(VISA, "visa", False, ()),))
FLOOR = act.codes(online=act.FLOOR, default=act.FLOOR)

CASES: dict[str, Callable[[], Context]] = {
    "risk, not asked for": lambda: at_risk(PAN, aip=0, force_online=True),
    "risk, below the limit": listed,
    "risk, at the limit": lambda: at_risk(PAN, amount="20.00"),
    "risk, selected": lambda: at_risk(terminal=RANDOM, amount="12.50", entropy=steady(29)),
    "risk, not selected": lambda: at_risk(terminal=RANDOM, amount="12.34", entropy=steady(30)),
    "risk, counted": lambda: with_counters(counter("9F36", 10), counter("9F13", 8)),
    "risk, counted backwards": lambda: with_counters(counter("9F36", 10), counter("9F13", 11)),
    "risk, another currency": lambda: at_risk(PAN, terminal=replace(RANDOM, currency=840)),
    "risk, not counted": lambda: with_counters("6A88", counter("9F13", 1)),
    "restrictions, none": lambda: restricted(VALID),
    "restrictions, a bare card": lambda: restricted({}),
    "restrictions, version": lambda: restricted({**VALID, 0x9F08: "0099"}),
    "restrictions, no version here": lambda: restricted(
        {**VALID, 0x9F08: "0099"}, terminal=UNVERSIONED
    ),
    "restrictions, short": lambda: restricted({**VALID, 0x9F07: "FF"}),
    "restrictions, place": lambda: restricted({**VALID, 0x9F07: "FE00"}),
    "restrictions, atm": lambda: restricted({**VALID, 0x9F07: "8100"}, terminal=ATM, type="cash"),
    "restrictions, country": lambda: restricted({**VALID, 0x9F07: "0100"}),
    "restrictions, at home": lambda: restricted({**VALID, 0x9F07: "1100", 0x5F28: "0528"}),
    "restrictions, abroad": lambda: restricted({**VALID, 0x9F07: "2100", 0x5F28: "0250"}),
    "restrictions, dates": lambda: restricted({**VALID, 0x5F25: "261121", 0x5F24: "261119"}),
    "restrictions, no dates": lambda: restricted({**VALID, 0x5F25: "26AA01", 0x5F24: "261301"}),
    "action, denied": lambda: decided(
        TvrBit.FLOOR_LIMIT, tac=act.codes(denial=act.FLOOR), iac=(act.FLOOR, act.NONE, act.NONE)
    ),
    "action, two bits": lambda: decided(
        TvrBit.FLOOR_LIMIT, TvrBit.EXPIRED, tac=act.codes(online="FFFFFFFFFF")
    ),
    "action, online only": lambda: decided(kind=21),
    "action, nothing": decided,
    "action, offline only refused": lambda: decided(TvrBit.FLOOR_LIMIT, tac=FLOOR, kind=23),
    "action, offline only": lambda: decided(kind=23),
    "action, unable refused": lambda: unable(tac=FLOOR),
    "action, unable": unable,
    "cardholder, not supported": lambda: verified("", aip=0),
    "cardholder, no list": lambda: verified(""),
    "cardholder, rules": lambda: verified("4109" + "4100" + "4500" + "5E01" + "1F00"),
    "cardholder, signature": lambda: verified("1E00"),
    "cardholder, fail": lambda: verified("0000"),
    "pin, tries": lambda: pins.run(pins.left(3), ["63C2", "9000"], "1111", "1234")[0],
    "pin, none left": lambda: pins.run(pins.left(0), "9000", "1234")[0],
    "pin, unreadable": lambda: pins.run("6A88", "9000", "1234", risk_last_pin_try=True)[0],
    "pin, no other": lambda: pins.run(pins.left(3), "63C2", "1111", "")[0],
    "pin, none": lambda: pins.run(pins.left(3), "9000", "")[0],
    "pin, no digits": lambda: pins.run(pins.left(3), "9000", "12AB")[0],
    "pin, nobody": lambda: pins.run(pins.left(3), "9000", pin=None)[0],
    "pin, blocked": lambda: pins.run(pins.left(3), "6983", "1234")[0],
    "pin, refused": lambda: pins.run(pins.left(3), "6985", "1234")[0],
    "online, no issuer": lambda: host.run(None)[0],
    "online, malformed": lambda: host.run(host.answered("0"))[0],
    "online, no data": lambda: host.run(host.answered())[0],
    "online, with cdol2": lambda: host.run(
        host.answered("00", host.ARPC), aip=0, card={**host.CARD, 0x8D: "910A8A02"}
    )[0],
    "online, accepted": lambda: host.run(host.answered("00", host.ARPC))[0],
    "online, refused": lambda: host.run(host.answered("00", host.ARPC), external="6300")[0],
    "online, too long": lambda: host.run(host.answered("00", bytes(17)))[0],
    "online, not wanted": lambda: host.run(host.answered("00", host.ARPC), aip=0)[0],
    "online, CDOL2 malformed": lambda: host.run(
        host.answered("00", host.ARPC), aip=0, card={**host.CARD, 0x8D: "910A8A"}
    )[0],
    "online, offline only": offline_only,
    "gpo, no pdol": lambda: gpo.run(gpo.FORMAT_1)[0],
    "gpo, pdol": lambda: gpo.run(gpo.FORMAT_2, "9F1A029A03")[0],
    "gpo, not here": lambda: gpo.run("6985")[0],
    "pin, the same again": lambda: pins.run(pins.left(3), "63C2", "1111", "1111")[0],
    "online PIN, none": lambda: pinless(""),
    "online PIN, no digits": lambda: pinless("12"),
    "online PIN": lambda: pinless("1234"),
    "pin, bypassed before": bypassed,
    "online PIN, bypassed before": lambda: bypassed("41004200"),
    "cardholder, not recognised": lambda: verified("6000" + "1F00"),
    "scripts, done": lambda: script.run(script.script("71", script.UNBLOCK, script.PUT)),
    "scripts, empty": lambda: script.run(script.script("71")),
    "scripts, no command": lambda: script.run(script.script("71", "84")),
    "scripts, malformed": lambda: script.run(bytes.fromhex("7105860384")),
    "completion, approved": lambda: completed("00"),
    "completion, declined": lambda: completed("05", "AAC"),
    "completion, referral": lambda: completed("01", "AAC"),
    "completion, referral approved": lambda: completed("01", "TC", call=lambda _arc: True),
    "completion, referral declined": lambda: completed("02", "AAC", call=lambda _arc: False),
    "completion, combined signature": lambda: completed("00", "AAC", cda=True),
    "completion, link failed in the script": lambda: completed(
        "00", "TC", script.script("72", "841E000000")
    ),
    "selection, directory": lambda: chosen(
        sel.directory(
            sel.entry(sel.A2, "TWO", "81") + sel.entry(sel.A1, "ONE"), sel.entry("B00000000101")
        )
    ),
    "selection, no directory": lambda: chosen(
        {sel.select(sel.A1): sel.fci(sel.A1, "ONE", priority="02") + "9000", sel.PSE: "6A82"},
        aids=sel.config().aids,
    ),
    "selection, nothing in the directory": refused_by_directory,
    "selection, confirmed": lambda: asked(True),
    "selection, not wanted": lambda: asked(False),
    "selection, without": lambda: chosen(
        {sel.select(sel.A1): sel.fci(sel.A1) + "6283"}, aids=sel.config().aids, pse=False
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_line(name: str) -> None:
    ctx = CASES[name]()
    assert ctx.lines == LOG[name]["lines"]
    assert [f"{spec.document}, {spec.clause}" for spec in ctx.specs] == LOG[name].get("spec", [])


def test_a_link_that_failed_in_a_script_leaves_its_bit() -> None:
    ctx = CASES["completion, link failed in the script"]()
    assert ctx.tvr.has(TvrBit.SCRIPT_FAILED_AFTER)
    assert ctx.tvr.settled & TvrBit.SCRIPT_FAILED_AFTER.mask


def test_every_case_has_its_lines() -> None:
    assert list(CASES) == list(LOG)
