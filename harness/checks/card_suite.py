"""The card suite as one job: read the card, judge it, and let it complete a transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from harness.checks.card.acquire import ReadThrough
from harness.checks.card.chain import Chain, build_chain
from harness.checks.card.expected import judge_profile
from harness.checks.card.facts import ApplicationFacts, CardFacts
from harness.checks.card.interpret import interpret
from harness.checks.card.view import CardView, TransactionFacts
from harness.checks.card_job import Attempt, CardSuiteOptions
from harness.checks.card_judging import empty_application, judge_application
from harness.checks.card_subject import card_subject
from harness.checks.coverage.features import features_of, refusals
from harness.checks.events import CheckStarted, Notice, SubjectSeen
from harness.checks.expectation import expecting
from harness.checks.finding import Finding, merge, not_examined
from harness.checks.guard import GuardedLink
from harness.checks.judge import finding_of, judge, result_of
from harness.checks.registry import CheckDef, Scope, all_checks
from harness.checks.tape import last_command, on_tape
from harness.core.errors import LinkError, LinkTimeout
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.verdict import Verdict
from harness.link.api import Link, Reader, ResetKind, is_virtual
from harness.link.recording import recording_of, trusts_own_keys
from harness.profiles.terminal_config import TerminalConfig, load_terminal
from harness.profiles.terminal_keys import key_store
from harness.records.exchange import Exchange

if TYPE_CHECKING:
    from harness.checks.card.transaction import ListeningHost
    from harness.link.replay import ReplayReader
    from harness.terminal.transaction import TransactionResult

READ_THROUGH, TRANSACTION = "READ-01", "TXN-01"


def run_card_suite(
    reader: Reader, emit: Callable[[object], None], *, options: CardSuiteOptions
) -> Attempt:
    """Judge the card in ``reader``: every card check gives one ``CheckResult`` through ``emit``.

    A command without an answer is TIMEOUT for the check under way; the card is then reset and
    read once more, so that the rest is judged.
    """
    return _Run(reader, emit, options).run()


class _Run:
    """One card: its link, what was read, and what was judged."""

    def __init__(
        self, reader: Reader, emit: Callable[[object], None], options: CardSuiteOptions
    ) -> None:
        self._reader = reader
        self._emit = expecting(reader.image, emit)
        self._options = options
        self._clock = options.clock
        self._config: TerminalConfig = load_terminal(options.config)
        self._recording = recording_of(reader)
        own = options.own_test_keys or trusts_own_keys(reader)
        self._keys = key_store(self._config, own_test=own, path=options.ca_keys)
        self._tape: list[Exchange] = []
        self._link: GuardedLink | None = None
        self._checks = {entry.id: entry for entry in all_checks("card")}
        self._partial = CardFacts()
        self._transaction: TransactionFacts | None = None
        self._notes: dict[str, str] = {}
        self._spent: dict[str, float] = {}
        self._state = ("not-tried", _("no transaction was run"))
        self._features: tuple[str, ...] = ()
        self._prints: frozenset[str] = frozenset()
        self._tried: list[tuple[str, str, str]] = []
        self._subject = card_subject(reader, CardFacts(), b"")

    def run(self) -> Attempt:
        """The whole job."""
        began = self._clock.monotonic()
        try:
            facts = self._read()
            self._spent[READ_THROUGH] = self._ms_since(began)
            self._subject = card_subject(self._reader, facts, self._options.salt)
            self._emit(SubjectSeen(self._subject))
            began = self._clock.monotonic()
            self._transact(facts)
            self._spent[TRANSACTION] = self._ms_since(began)
            if self._options.judge_card:
                self._judge(facts)
        finally:
            self._close()
        aids = tuple(app.df_name or app.aid for app in facts.applications)
        state, why = self._state
        if state != "not-tried":
            said = refusals(facts, self._clock.today(), accepted=state == "accepted")
            self._features += said
        return Attempt(
            self._subject, aids, state, why, self._features, self._prints, tuple(self._tried)
        )

    def _ms_since(self, began: float) -> float:
        return (self._clock.monotonic() - began) * 1000

    # Reading

    def _read(self) -> CardFacts:
        """Read the card; after a failure judge that, recover, and read once more."""
        entry = self._checks[READ_THROUGH]
        began = self._clock.monotonic()
        if self._options.judge_card:
            self._started(entry)
        if self._recording is not None:
            return self._from_transcript(self._recording)
        try:
            return self._once()
        except LinkError as error:
            label, index = last_command(self._tape)
            finding = finding_of(error, label, index)
            broken = self._partial
            self._result(entry, finding, began)
            self._notes[READ_THROUGH] = "judged"
        if finding.verdict is Verdict.ERROR or not self._recover():
            return broken
        self._emit(Notice(_("the card is read once more"), self._reader.name))
        try:
            return self._once()
        except LinkError:
            return max((broken, self._partial), key=lambda facts: len(facts.replies))

    @staticmethod
    def _from_transcript(recording: ReplayReader) -> CardFacts:
        """What was read when it was recorded, whatever read it then; nothing is sent."""
        known = recording.recorded
        facts = interpret(known.exchanges, recording.transcript.atr)
        facts.unread = known.lost + known.masked
        return facts

    def _once(self) -> CardFacts:
        reading = ReadThrough(
            on_tape(self._open(), self._clock, self._tape), self._config, self._clock.today()
        )
        try:
            return reading.run()
        except LinkError:
            self._partial = reading.facts
            raise

    def _open(self) -> Link:
        if self._link is None:
            self._link = GuardedLink(self._reader.connect())
        return self._link

    def _recover(self) -> bool:
        """Cold reset, else a new connection."""
        if self._link is not None:
            try:
                on_tape(self._link, self._clock, self._tape).reset(ResetKind.COLD)
            except LinkError:
                self._close()
            else:
                return True
        try:
            self._open()
        except LinkError as error:
            self._emit(Notice(_("no way back to the card: {what}").format(what=error.what)))
            return False
        return True

    def _close(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    # Transaction

    def _transact(self, facts: CardFacts) -> None:
        """Let the card complete a transaction, where that is wanted and allowed."""
        entry = self._checks[TRANSACTION]
        if not self._options.transaction:
            self._notes["transaction"] = _("only the read-through was asked for")
            return
        if self._recording is not None:
            self._notes["transaction"] = _("a transcript is judged as it is: no transaction is run")
            self._state = ("not-tried", self._notes["transaction"])
            return
        if not self._options.allow_state_change and not is_virtual(self._reader):
            self._state = ("not-tried", _("state change not allowed (--allow-state-change)"))
            return
        app = next((app for app in facts.applications if app.select.ok and app.complete), None)
        if app is None:
            self._notes["transaction"] = _("no application could be read completely")
            self._state = ("rejected", self._notes["transaction"])
            return
        if entry.id in self._options.done:
            self._notes["transaction"] = _("the transaction did not end")
            self._state = ("rejected", self._notes["transaction"])
            return
        kinds = self._options.transactions
        announce = _(
            "transaction counter +{n}, up to {m} cryptograms, issuer authentication"
        ).format(n=len(kinds), m=2 * len(kinds))
        self._started(entry, announce)
        self._run_transaction(entry, app)
        self._tried.append((kinds[0], *self._state))
        for kind in kinds[1:] if self._transaction is not None else ():
            self._another(entry, app, kind)

    def _another(self, entry: CheckDef, app: ApplicationFacts, kind: str) -> None:
        """A transaction of another type, of which only the outcome is wanted."""
        from harness.checks.card.transaction import ListeningHost
        from harness.issuer.host import own_test_host

        try:
            tape = on_tape(self._open(), self._clock, self._tape)
            tape.reset(ResetKind.COLD)
            result = self._with(ListeningHost(own_test_host("approve")), tape, entry, app, kind)
        except LinkError as error:
            self._tried.append((kind, "rejected", error.what))
            self._recover()
            return
        finally:
            self._allow(frozenset())
        self._features = tuple(sorted({*self._features, *features_of(result)}))
        state = "accepted" if result.outcome.approved else "rejected"
        self._tried.append((kind, state, result.text))

    def _with(
        self,
        host: ListeningHost,
        tape: Link,
        entry: CheckDef,
        app: ApplicationFacts,
        kind: str,
    ) -> TransactionResult:
        """The transaction itself. A card in this process gets its PIN, as its cardholder would
        enter it; nobody enters one for a card in a reader."""
        from harness.checks.card.transaction import image_pin, transact

        virtual = is_virtual(self._reader)
        pin = image_pin(self._reader.image, app.aid) if virtual else ""
        self._allow(frozenset(entry.sends) | ({"VERIFY"} if pin else set()))
        return transact(
            tape, self._config, self._keys, host, app.aid, clock=self._clock, kind=kind, pin=pin
        )

    def _run_transaction(self, entry: CheckDef, app: ApplicationFacts) -> None:
        from harness.checks.card.transaction import ListeningHost, transaction_facts
        from harness.issuer.host import own_test_host

        began = self._clock.monotonic()
        host = ListeningHost(own_test_host("approve"))
        chain = self._chain(app)
        try:
            link = self._open()
            tape = on_tape(link, self._clock, self._tape)
            tape.reset(ResetKind.COLD)
            start = len(self._tape)
            result = self._with(host, tape, entry, app, self._options.transactions[0])
            self._transaction = transaction_facts(result, host, self._tape[start:], app, chain)
            self._features = features_of(result)
            broken = result.link_error
        except LinkError as error:
            broken = error
        finally:
            self._allow(frozenset())
        if broken is not None:
            finding = finding_of(broken, *last_command(self._tape))
            self._transaction = None
            self._notes["transaction"] = finding.message
            self._result(entry, finding, began)
            self._notes[TRANSACTION] = "judged"
            self._state = ("rejected", finding.message)
            if isinstance(broken, LinkTimeout):
                self._recover()
        elif self._transaction is not None:
            state = "accepted" if self._transaction.completed else "rejected"
            self._state = (state, self._transaction.text)

    def _allow(self, sends: frozenset[str]) -> None:
        if self._link is not None:
            self._link.allowed = sends

    # Judging

    def _judge(self, facts: CardFacts) -> None:
        views = [self._view(facts, app) for app in facts.applications]
        for entry in self._checks.values():
            if entry.id in self._options.done or entry.id in self._notes:
                continue
            self._started(entry)
            result = judge(
                entry,
                partial(self._finding, entry, facts, views),
                self._clock,
                subject=self._subject.id,
                reader=self._reader.name,
            )
            # The rule itself takes no time: what it judges was done before.
            done_before = self._spent.get(entry.id, 0.0)
            self._emit(replace(result, elapsed_ms=result.elapsed_ms + done_before))
        profile = self._options.profile
        if profile is not None:
            for result in judge_profile(profile, views, self._subject.id, self._reader.name):
                if result.id not in self._options.done:
                    self._emit(result)

    def _view(self, facts: CardFacts, app: ApplicationFacts) -> CardView:
        chain = self._chain(app)
        if chain is not None and chain.key_print:
            self._prints |= {chain.key_print}
        return CardView(
            card=facts,
            app=app,
            today=self._clock.today(),
            chain=chain,
            transaction=self._transaction,
            notes=dict(self._notes),
            stripe=self._options.stripe,
            embossed=self._options.embossed,
            seen_keys=self._options.seen_keys,
        )

    def _chain(self, app: ApplicationFacts) -> Chain | None:
        revoked = self._config.revoked
        return build_chain(app, self._keys, self._clock.today(), revoked=revoked)

    def _finding(self, entry: CheckDef, facts: CardFacts, views: list[CardView]) -> Finding:
        if entry.scope is Scope.CARD:
            app = views[0].app if views else empty_application()
            return entry.function(CardView(facts, app, self._clock.today()))
        if not views:
            return not_examined(_("no application was read"))
        return merge([(to_hex(view.app.aid), judge_application(entry, view)) for view in views])

    # Telling

    def _started(self, entry: CheckDef, announce: str = "") -> None:
        self._emit(
            CheckStarted(
                "card", entry.id, _(entry.title), self._subject.id, self._reader.name, announce
            )
        )

    def _result(self, entry: CheckDef, finding: Finding, began: float) -> None:
        if self._options.judge_card and entry.id not in self._options.done:
            ms = self._ms_since(began)
            self._emit(result_of(entry, finding, self._subject.id, self._reader.name, ms))
