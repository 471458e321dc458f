"""What a transaction looks like: each step with its APDUs, decisions, TVR and TSI; the outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.cli.output import SCHEMA, note, paint, print_json, print_lines
from harness.cli.settings import Settings
from harness.cli.trace_view import exchange_lines
from harness.cli.transact_job import Begun, Order, Owed
from harness.cli.transact_settle import describe, settle
from harness.codec.redact import secrets_in
from harness.core.errors import LinkTimeout
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.masking import Masker, mask_values
from harness.core.typeset import colon
from harness.core.verdict import ExitCode
from harness.link.api import LinkOptions
from harness.link.supervise import JobEnd, JobSpec, run_job
from harness.records.exchange import Exchange
from harness.report.exchanges import TraceReader, exchange_json
from harness.report.layout import indented, milliseconds
from harness.terminal.steps import StepRecord

if TYPE_CHECKING:
    from harness.terminal.followup import FollowUp
    from harness.terminal.transaction import TransactionResult

_INDENT = " " * 6
JOB = "harness.cli.transact_job:transact"


def run_and_show(settings: Settings, order: Order, selector: str, options: LinkOptions) -> int:
    """Run the transaction, show it as it goes, and return the exit code.

    Raises what kept the card from being reached.
    """
    view = TransactionView(settings)
    spec = JobSpec(JOB, selector, options, {"order": order})
    end = run_job(spec, view.event)
    if end.kind == "hung" and end.in_flight is not None:
        view.event(replace(end.in_flight, index=len(view.exchanges)))
    result: TransactionResult | None = end.value if end.kind == "done" else None
    view.flush()
    if result is None:
        view.settle(order)
    view.finish(result, end)
    if end.kind == "hung":
        return ExitCode.FAILED
    return exit_code(end.result())


def exit_code(result: TransactionResult) -> int:
    """0 approved, 1 declined or not completed, 5 stopped, 3 when the way to the card failed."""
    from harness.terminal.outcome import Outcome

    if result.link_error is not None and not isinstance(result.link_error, LinkTimeout):
        return ExitCode.ERROR
    if result.outcome.approved:
        return ExitCode.OK
    return ExitCode.NOTHING_RAN if result.outcome is Outcome.STOPPED else ExitCode.FAILED


class TransactionView:
    """Takes what the job emits and prints it, or keeps it for JSON."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.masker = Masker(enabled=not settings.unmask)
        self.trace = TraceReader(mask=not settings.unmask)
        self.exchanges: list[Exchange] = []
        self.steps: list[StepRecord] = []
        self.begun: Begun | None = None
        self.owed: Owed | None = None
        self.follow_ups: tuple[FollowUp, ...] = ()
        self._shown = 0
        self._tvr_tsi = (b"", b"")

    def event(self, thing: object) -> None:
        """One thing that the job emitted."""
        if isinstance(thing, Exchange):
            if thing.kind == "apdu":
                self.exchanges.append(thing)
                self._learn(thing)
        elif isinstance(thing, StepRecord):
            self.steps.append(thing)
            self._step(thing)
        elif isinstance(thing, Begun):
            self.begun = thing
            self._head(thing)
        elif isinstance(thing, Owed):
            self.owed = thing
        elif isinstance(thing, str):
            note(self.masker.text(thing))

    def settle(self, order: Order) -> None:
        """The job did not come to its end: tell the host what it has to know."""
        done = settle(order, self.owed, self.event)
        if done is None:
            return
        self.follow_ups = (done,)
        if not self.settings.json:
            self._print(["", paint(_("Follow-up to the host"), "bold")])
            self._print(indented(describe(done), _INDENT))

    def _learn(self, exchange: Exchange) -> None:
        for data in (exchange.command, exchange.response or b""):
            pans, names = secrets_in(data)
            for pan in pans:
                self.masker.learn_pan(pan)
            for name in names:
                self.masker.learn_text(name)

    def _head(self, begun: Begun) -> None:
        if self.settings.json:
            return
        self._print(
            [paint(begun.reader, "bold") + f"   ATR {to_hex(begun.atr, ' ')}   {begun.protocol}"]
        )
        if begun.kind == "virtual":
            text = _("a card in this process: --allow-state-change and --own-test-keys are implied")
            self._print([text])

    def _step(self, step: StepRecord) -> None:
        if self.settings.json:
            return
        self._print(["", paint(step.title, "bold")])
        self.flush()
        for line in step.lines:
            self._print(indented(line, _INDENT))
        self._bits(step)
        if self.settings.verbose:
            self._teach(step)

    def _teach(self, step: StepRecord) -> None:
        """The single steps of a verification, and the clauses that were followed."""
        for detail in step.details:
            self._print(indented(detail, f"{_INDENT}  "))
        clauses = "; ".join(f"{spec.document}, {spec.clause}" for spec in step.spec)
        if clauses:
            self._print(indented(_("by {clauses}").format(clauses=clauses), _INDENT))

    def _bits(self, step: StepRecord) -> None:
        """TVR and TSI, where the step changed them; what was set is said in words."""
        if (step.tvr, step.tsi) == self._tvr_tsi or not step.tvr:
            return
        self._tvr_tsi = (step.tvr, step.tsi)
        self._print([f"{_INDENT}TVR {to_hex(step.tvr, ' ')}   TSI {to_hex(step.tsi, ' ')}"])
        for name, bits in (("TVR", step.tvr_set), ("TSI", step.tsi_set)):
            for text in bits:
                self._print(indented(text, f"{_INDENT}  {name} "))

    def flush(self) -> None:
        """Print the exchanges that came since the last step."""
        if self.settings.json:
            return
        verbose = self.settings.verbose
        for exchange in self.exchanges[self._shown :]:
            shown = self.trace.read(exchange)
            self._print(exchange_lines(exchange, shown, hexes=verbose > 1, data=verbose > 0))
        self._shown = len(self.exchanges)

    def _print(self, lines: list[str]) -> None:
        print_lines(lines, self.masker)

    def finish(self, result: TransactionResult | None, end: JobEnd) -> None:
        """The outcome, or what ended the transaction before it had one."""
        if self.settings.json:
            print_json(mask_values(self._json(result, end), self.masker))
            return
        label = _("Outcome")
        if result is None:
            if end.kind == "hung":
                self._print(
                    ["", *indented(_("not completed: {why}").format(why=end.error), f"{label}   ")]
                )
            return
        ours = max(0.0, result.elapsed_ms - result.card_ms - result.issuer_ms)
        style = ("green", "bold") if result.outcome.approved else ("red", "bold")
        self._print(["", *indented(result.text, paint(label, *style) + "   ")])
        times = _("{total}: card and link {card} · harness {ours} · issuer {issuer}").format(
            total=milliseconds(result.elapsed_ms),
            card=milliseconds(result.card_ms),
            ours=milliseconds(ours),
            issuer=milliseconds(result.issuer_ms),
        )
        self._print([" " * (len(label) + 3) + times])
        if result.link_error is not None and result.link_error.todo:
            note(self.masker.text(f"{_('what to do')}{colon()}{result.link_error.todo}"))

    def _json(self, result: TransactionResult | None, end: JobEnd) -> dict[str, object]:
        begun = self.begun
        oda = result.oda if result else None
        return {
            "schema": SCHEMA,
            "kind": "transaction",
            "reader": begun.reader if begun else "",
            "implied": ["allow-state-change", "own-test-keys"]
            if begun and begun.kind == "virtual"
            else [],
            "outcome": result.outcome.value if result else "not-completed",
            "approved": bool(result and result.outcome.approved),
            "text": result.text if result else end.error,
            "aid": to_hex(result.aid) if result else "",
            "tvr": to_hex(result.tvr) if result else "",
            "tsi": to_hex(result.tsi) if result else "",
            "oda": None
            if oda is None
            else {
                "method": oda.method,
                "state": oda.state,
                "text": oda.text,
                "failure": oda.failure,
                "key": oda.key,
                "key_kind": oda.kind,
                "steps": [{"name": s.name, "ok": s.ok, "detail": s.detail} for s in oda.steps],
            },
            "follow_ups": [
                {"kind": one.kind.value, "reason": one.reason, "delivered": one.delivered}
                for one in (result.follow_ups if result else self.follow_ups)
            ],
            "steps": [_step_json(step) for step in self.steps],
            "exchanges": [exchange_json(exchange, self.masker) for exchange in self.exchanges],
            "elapsed_ms": round(result.elapsed_ms, 3) if result else None,
            "card_ms": round(result.card_ms, 3) if result else None,
            "issuer_ms": round(result.issuer_ms, 3) if result else None,
            "masked": self.masker.enabled,
        }


def _step_json(step: StepRecord) -> dict[str, object]:
    return {
        "number": step.number,
        "title": step.title,
        "lines": list(step.lines),
        "tvr": to_hex(step.tvr),
        "tsi": to_hex(step.tsi),
        "tvr_set": list(step.tvr_set),
        "tsi_set": list(step.tsi_set),
        "spec": [
            {"document": s.document, "clause": s.clause, "verified": s.verified} for s in step.spec
        ],
        "exchanges": list(step.exchanges),
        "details": list(step.details),
    }
