"""Running the session that is recorded, and writing what the link saw."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from secrets import token_hex

from harness import __version__
from harness.cli.apdu_steps import Opened
from harness.cli.output import SCHEMA, note, print_json
from harness.cli.settings import Settings
from harness.cli.transact_job import Begun, Order
from harness.core.clock import Clock
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.verdict import ExitCode
from harness.link.api import LinkOptions, Reader
from harness.link.cardport import offered_protocol
from harness.link.recording import OWN_KEYS
from harness.link.supervise import JobEnd, JobSpec, run_job
from harness.records.exchange import Exchange
from harness.records.jsonl import transcript_lines, write_transcript


@dataclass(frozen=True, slots=True)
class Wanted:
    """The session: ``reading``, ``transaction`` or ``apdu``, and its options."""

    session: str
    amount: Decimal
    online: str
    force_online: bool
    pin: str
    apdus: tuple[str, ...]
    config: str
    own_test_keys: bool
    allow_state_change: bool
    clock: Clock


def read_card(reader: Reader, emit: Callable[[object], None], *, config: str, clock: Clock) -> None:
    """Job function: everything that a card gives without being changed. Raises LinkError."""
    from harness.checks.card.acquire import ReadThrough
    from harness.link.recorder import RecordingLink
    from harness.profiles.terminal_config import load_terminal

    link = RecordingLink(reader.connect(), clock)
    try:
        emit(Opened(reader.name, reader.kind, link.atr, link.protocol))
        ReadThrough(link, load_terminal(config), clock.today()).run()
    finally:
        link.close()


def record(
    wanted: Wanted, selector: str, options: LinkOptions, settings: Settings, out: Path | None
) -> int:
    """Run the session and write its transcript; what was recorded is written whatever ended it.

    Exit code 0; 1 when the card or the reader hung, 5 when a transaction stopped because a state
    change was not allowed. Raises ConfigError, and what kept the card from being reached.
    """
    seed = token_hex(8)
    met: list[object] = []
    end = run_job(_spec(wanted, selector, options, seed), met.append)
    begun = next((thing for thing in met if isinstance(thing, Opened | Begun)), None)
    exchanges, atr = _session(end)
    if not exchanges:
        end.result()
    lines = transcript_lines(
        exchanges,
        atr=atr,
        protocol=begun.protocol if begun else offered_protocol(atr),
        facts=_facts(wanted, begun, options, seed),
        unmask=settings.unmask,
    )
    _write(lines, out, unmask=settings.unmask)
    code = _told(wanted, end, exchanges, settings, out)
    if end.kind not in ("done", "hung"):
        end.result()
    return code


def _spec(wanted: Wanted, selector: str, options: LinkOptions, seed: str) -> JobSpec:
    if wanted.session == "reading":
        job = "harness.cli.record_job:read_card"
        return JobSpec(job, selector, options, {"config": wanted.config, "clock": wanted.clock})
    if wanted.session == "transaction":
        order = Order(
            amount=wanted.amount,
            cashback=Decimal(0),
            currency=None,
            type="goods",
            online=wanted.online,
            pin=wanted.pin,
            aid=None,
            force_online=wanted.force_online,
            config=wanted.config,
            own_test_keys=wanted.own_test_keys,
            allow_state_change=wanted.allow_state_change,
            last_pin_try=False,
            clock=wanted.clock,
            seed=seed,
        )
        return JobSpec("harness.cli.transact_job:transact", selector, options, {"order": order})
    from harness.cli.apdu import steps_of

    kwargs = {
        "steps": steps_of(wanted.apdus),
        "clock": wanted.clock,
        "raw": False,
        "allow_state_change": wanted.allow_state_change,
    }
    return JobSpec("harness.cli.apdu_steps:send_steps", selector, options, kwargs)


def _session(end: JobEnd) -> tuple[list[Exchange], bytes]:
    """What crossed the link, numbered from 0, and the ATR. The command without an answer is part
    of it."""
    seen = [*end.exchanges, *([end.in_flight] if end.in_flight is not None else [])]
    atr = next((one.response for one in seen if one.kind == "power" and one.response), b"")
    kept = [one for one in seen if one.kind != "power"]
    return [replace(one, index=number) for number, one in enumerate(kept)], atr or b""


def _facts(
    wanted: Wanted, begun: Opened | Begun | None, options: LinkOptions, seed: str
) -> dict[str, str]:
    """What the first line says of the session: it can be replayed under the same options."""
    kind = begun.kind if begun else ""
    own = kind == "virtual" or wanted.own_test_keys
    facts = {
        "tool": f"emv-harness {__version__}",
        "session": wanted.session,
        "recorded": wanted.clock.now().isoformat(timespec="seconds"),
        "clock": wanted.clock.today().isoformat(),
        "reader": begun.reader if begun else "",
        "card": ", ".join(options.images) if kind in ("virtual", "vpcd") else "",
        "config": wanted.config,
        OWN_KEYS: "yes" if own else "no",
    }
    if wanted.session == "transaction":
        facts |= {
            "online": wanted.online,
            "force_online": "yes" if wanted.force_online else "no",
            "pin": "yes" if wanted.pin else "no",
            "seed": seed,
        }
    return {key: value for key, value in facts.items() if value}


def _write(lines: list[str], out: Path | None, *, unmask: bool) -> None:
    if out is None:
        sys.stdout.writelines(line + os.linesep for line in lines)
        return
    try:
        write_transcript(out, lines, unmask=unmask)
    except OSError as error:
        raise ConfigError(
            _("cannot write the file: {reason}").format(reason=error.strerror), where=str(out)
        ) from error


def _told(
    wanted: Wanted, end: JobEnd, exchanges: list[Exchange], settings: Settings, out: Path | None
) -> int:
    answered = sum(one.response is not None for one in exchanges)
    code = _code(end)
    if settings.unmask:
        note(_("UNMASKED: the transcript holds cardholder data in clear; keep it to yourself"))
    if settings.json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "recorded",
                "path": str(out),
                "session": wanted.session,
                "exchanges": len(exchanges),
                "answered": answered,
                "given_up": end.dropped,
                "masked": not settings.unmask,
                "complete": end.kind == "done" and code == ExitCode.OK,
            }
        )
        return code
    text = getattr(end.value, "text", "")
    if text:
        note(text)
    note(_("{n} exchanges recorded").format(n=len(exchanges)) + (f": {out}" if out else ""))
    if end.dropped:
        note(_("the first {n} of a very long session are not in it").format(n=end.dropped))
    if end.kind == "hung":
        note(end.error)
    if out is not None:
        note(_("try: emv-harness replay {path}").format(path=out))
    return code


def _code(end: JobEnd) -> int:
    if end.kind == "hung":
        return ExitCode.FAILED
    if getattr(getattr(end.value, "outcome", None), "value", "") == "stopped":
        return ExitCode.NOTHING_RAN
    return ExitCode.OK
