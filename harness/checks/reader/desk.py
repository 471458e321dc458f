"""What checks of the service's own calls share: contexts that are given back, codes that are
compared, work in threads that is waited for with a bound."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from functools import wraps
from typing import Generic, TypeVar

from harness.checks.finding import Finding, fail
from harness.checks.reader.bench import Bench, Hand
from harness.checks.registry import Needs, Tier, Wants, check
from harness.core.errors import LinkTimeout, ServiceDown
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.link import service as sv
from harness.link.service import Client, Handle, Share, SlotState
from harness.profiles.testcard import CLA, TestIns

MANAGER = Spec("PC/SC Specification Part 5", "resource manager")
T = TypeVar("T")
SEEN_S = 5.0
"""Longest wait for the service to notice a card; slower is a FAIL whatever the profile says."""


class Broken(Exception):
    """A rule is broken: becomes the FAIL of the check."""


def service_check(
    id: str,
    title: str,
    *,
    needs: Needs = Needs.ANY_CARD,
    tier: Tier = Tier.FULL,
    wants: tuple[Wants, ...] = (),
    limit_s: float = 60.0,
    spec: tuple[Spec, ...] = (MANAGER,),
) -> Callable[[Callable[[Bench], Finding]], Callable[[Bench], Finding]]:
    """Register a check of the service's calls; ``Broken`` inside it is its FAIL."""

    def register(function: Callable[[Bench], Finding]) -> Callable[[Bench], Finding]:
        @wraps(function)
        def judged(bench: Bench) -> Finding:
            try:
                with bench.watched(limit_s):
                    return function(bench)
            except Broken as broken:
                return fail(str(broken))

        check(
            id,
            title,
            suite="reader",
            needs=needs,
            tier=tier,
            wants=(Wants.SERVICE, *wants),
            limit_s=limit_s,
            spec=spec,
        )(judged)
        return judged

    return register


def expect(code: str, *wanted: str, doing: str) -> None:
    """Raise Broken unless ``code`` is one of ``wanted``."""
    if code not in wanted:
        raise Broken(
            _("{doing}: {code}, expected {wanted}").format(
                doing=doing, code=code, wanted=" / ".join(wanted)
            )
        )


@dataclass()
class Desk:
    """Contexts and connections on one slot, all given back at the end."""

    bench: Bench
    _clients: list[Client] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = self.bench.service()
        self.slot = self.service.slot

    @property
    def hand(self) -> Hand:
        """Whoever moves cards here. Raises Broken when nobody does."""
        found = self.bench.hand
        if found is None:
            raise Broken(_("nobody to move the card"))
        return found

    def client(self) -> Client:
        """A new context. Raises ServiceDown when there is none to be had."""
        code, client = self.service.open()
        if client is None:
            raise ServiceDown(_("no context: {code}").format(code=code))
        self._clients.append(client)
        return client

    def handle(self, share: Share = Share.SHARED) -> Handle:
        """A connection from a context of its own. Raises Broken."""
        return self.connected(self.client(), share)

    def connected(self, client: Client, share: Share = Share.SHARED) -> Handle:
        """A connection of ``client``. Raises Broken."""
        code, handle = client.connect(self.slot, share)
        expect(code, sv.SUCCESS, doing=_("connect ({share})").format(share=share))
        if handle is None:
            raise Broken(_("a connection without a handle"))
        return handle

    def close(self) -> None:
        """Release every context; a failure here says nothing more."""
        for client in self._clients:
            client.release()


@contextmanager
def desk(bench: Bench) -> Iterator[Desk]:
    """A desk for one check."""
    made = Desk(bench)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def card_out(bench: Bench) -> Iterator[Desk]:
    """A desk whose card is put back at the end, whatever happened."""
    with desk(bench) as made:
        try:
            yield made
        finally:
            made.hand.put_back()
            settle(made, made.client(), present=True)


def settle(made: Desk, client: Client, *, present: bool) -> SlotState:
    """Wait (5 s at most) until the service shows a card, or none. Raises Broken."""
    clock = made.bench.clock
    end = clock.monotonic() + SEEN_S
    code, state = client.state(made.slot)
    while code == sv.SUCCESS and state.present != present and clock.monotonic() < end:
        code, state = client.state(made.slot, state, 0.5)
        if code == sv.TIMEOUT:
            code = sv.SUCCESS
    expect(code, sv.SUCCESS, doing=_("state of the reader"))
    if state.present != present:
        what = _("a card that was put in") if present else _("a card that was taken out")
        raise Broken(_("{what} is not noticed in {s:g} s").format(what=what, s=SEEN_S))
    return state


def echo(handle: Handle, data: bytes) -> bytes:
    """What the test card echoes, 61xx followed; the status word at the end of a bad answer.

    Raises Broken when the exchange fails.
    """
    raw = bytes((CLA, TestIns.ECHO, 0, 0, len(data))) + data
    answer = ask(handle, raw if handle.protocol == "T=0" else raw + b"\0")
    if len(answer) == 2 and answer[0] == 0x61:
        answer = ask(handle, bytes((0, TestIns.GET_RESPONSE, 0, 0, answer[1])))
    return answer[:-2] if answer[-2:] == b"\x90\x00" else answer


def ask(handle: Handle, command: bytes) -> bytes:
    """One exchange that has to work. Raises Broken."""
    code, answer = handle.transmit(command)
    expect(code, sv.SUCCESS, doing=_("exchange {apdu}").format(apdu=to_hex(command[:5])))
    if len(answer) < 2:
        raise Broken(_("an answer of {n} bytes").format(n=len(answer)))
    return answer


class Task(Generic[T]):
    """Work in a thread of its own, with a bound on how long it is waited for."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._values: list[T] = []
        self._errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._values.append(self._work())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self._errors.append(error)

    def done(self, seconds: float) -> bool:
        """Is it over within ``seconds`` of real time?"""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def value(self, seconds: float = 10.0) -> T:
        """What it returned or raised. Raises LinkTimeout when it does not end."""
        if not self.done(seconds):
            raise LinkTimeout(
                _("a call did not come back in {ms:,.0f} ms").format(ms=seconds * 1000),
                deadline_s=seconds,
            )
        if self._errors:
            raise self._errors[0]
        return self._values[0]
