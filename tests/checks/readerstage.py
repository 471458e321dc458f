"""A reader whose calls are written down and end as a table says: ``Stage``.

The card is the virtual test card, the clock a manual one, and work in threads runs in the test's
own: a table can say when it ends. Names of calls: ``open``, ``readers``, ``state``, ``cancel``,
``connect``, ``release`` (contexts), ``transmit``, ``status``, ``reconnect``, ``begin``, ``end``,
``disconnect`` (connections), ``pull``, ``put_back``, ``swap``, ``turn_round`` (the hand),
``link``, ``raw``, ``reset`` (the exclusive link).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from readerrules import Rule

from harness.core import errors
from harness.core.clock import ManualClock
from harness.link import service as sv
from harness.link.api import Link, ResetKind
from harness.link.service import Leave, Share, SlotState
from harness.link.virtual import VirtualReader


class Stalled(Exception):
    """A call that would wait for ever."""


def shown(data: bytes) -> str:
    """The first bytes of a command or an answer, and how many there are when that is not all."""
    return data.hex().upper() if len(data) <= 7 else f"{data[:6].hex().upper()}..({len(data)})"


def _code(text: str) -> str:
    return "ok" if text == sv.SUCCESS else text.removeprefix("SCARD_").split("_", 1)[-1]


class StageClock(ManualClock):
    """Writes down what is slept."""

    __slots__ = ("note",)

    def sleep(self, seconds: float) -> None:
        self.note(f"sleep({seconds:.4g})")
        self.advance(seconds)


@dataclass
class Stage:
    """What happened (``calls``), and what is to happen (``rules``)."""

    inner: VirtualReader
    clock: StageClock
    rules: list[Rule] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    task: int = -1
    """A task ends when it is asked for the n-th time whether it is done; -1: when its value is."""
    human: bool = False
    others: int = 0
    sizes: list[tuple[int, ...]] = field(default_factory=list)

    def rule(self, name: str) -> Rule:
        """What the table says about this call of ``name``; time passes as it says."""
        count = self.counts[name] = self.counts.get(name, 0) + 1
        found = [rule for rule in self.rules if rule.about(name, count)]
        rule = found[-1] if found else Rule(name)
        self.clock.advance(rule.ms / 1000)
        if rule.error:
            kind = getattr(errors, rule.error)
            raise kind("as told", **({"deadline_s": 3.0} if rule.error == "LinkTimeout" else {}))
        return rule

    def begin(self, rules: list[Rule]) -> None:
        """From now on calls are counted, written down, and end as ``rules`` say."""
        self.calls.clear()
        self.counts.clear()
        self.rules = rules

    def note(self, text: str) -> None:
        self.calls.append(text)

    def footprint(self) -> tuple[int, ...]:
        self.note("footprint")
        return self.sizes.pop(0)

    # The hand

    def move(self, name: str) -> None:
        self.note(name)
        if not self.rule(name).code:
            getattr(self.inner, name)()

    def pull(self) -> None:
        self.move("pull")

    def put_back(self) -> None:
        self.move("put_back")

    def swap(self) -> None:
        self.move("swap")

    def turn_round(self) -> None:
        self.move("turn_round")


class StageReader:
    """The reader as a bench sees it: no hand of its own."""

    image = "test-card"
    name = "virtual test-card"

    def __init__(self, stage: Stage, kind: str, known: dict[str, str]) -> None:
        self._stage = stage
        self.kind = kind
        self.known = known

    def card_present(self) -> bool:
        rule = self._stage.rule("present")
        self._stage.note("present")
        return self._stage.inner.card_present() if not rule.code else rule.code == sv.SUCCESS

    def connect(self) -> Link:
        self._stage.note("link")
        self._stage.rule("link")
        return StageLink(self._stage, self._stage.inner.connect(), self._stage.rule("atr").data)

    def facts(self) -> dict[str, str]:
        return self.known

    @contextmanager
    def watched(self, seconds: float) -> Iterator[None]:
        self._stage.note(f"watched({seconds:g})")
        try:
            yield
        finally:
            self._stage.note("unwatched")

    def service(self) -> StageService:
        return StageService(self._stage)

    def second(self) -> StageSecond:
        return StageSecond(self._stage)


class StageSecond:
    """The second slot."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._reader = stage.inner.second()

    def connect(self) -> Link:
        self._stage.note("second link")
        self._stage.rule("second")
        return StageLink(self._stage, self._reader.connect(), None)

    def close(self) -> None:
        self._stage.note("second closed")
        self._reader.close()


class StageLink:
    """The exclusive link."""

    def __init__(self, stage: Stage, inner: Link, atr: bytes | None) -> None:
        self._stage, self._inner, self._atr = stage, inner, atr

    @property
    def atr(self) -> bytes:
        return self._inner.atr if self._atr is None else self._atr

    @property
    def protocol(self) -> str:
        return self._stage.rule("protocol").name_of_code or self._inner.protocol

    def transmit(self, command: bytes) -> bytes:
        answer = b""
        try:
            rule = self._stage.rule("raw")
            answer = self._inner.transmit(command) if rule.data is None else rule.data
            answer = rule.spoilt(answer)
        finally:
            self._stage.note(f"{shown(command)} -> {shown(answer)}")
        return answer

    def reset(self, kind: ResetKind) -> bytes:
        self._stage.note(f"reset {kind.value}")
        rule = self._stage.rule("reset")
        atr = self._inner.reset(kind)
        return atr if rule.data is None else rule.data

    def close(self) -> None:
        self._stage.note("link closed")
        self._inner.close()


class StageService:
    """The resource manager."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._inner = stage.inner.service()
        self.slot = self._inner.slot

    def open(self) -> tuple[str, StageClient | None]:
        rule = self._stage.rule("open")
        name = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[self._stage.others % 52]
        self._stage.others += 1
        code = rule.code or sv.SUCCESS
        self._stage.note(f"{name} open {_code(code)}")
        if code != sv.SUCCESS or rule.none:
            return code, None
        return code, StageClient(self._stage, self._inner.open()[1], name)


class StageClient:
    """A context, named by a letter."""

    def __init__(self, stage: Stage, inner: Any, name: str) -> None:
        self._stage, self._inner, self.name = stage, inner, name
        self._handles = 0

    def _noted(self, call: str, code: str, told: str = "") -> None:
        self._stage.note(f"{self.name} {call} {_code(code)}{told}")

    def _plain(self, call: str, act: Callable[[], str]) -> str:
        code = self._stage.rule(call).code or act()
        self._noted(call, code)
        return code

    def release(self) -> str:
        return self._plain("release", self._inner.release)

    def cancel(self) -> str:
        return self._plain("cancel", self._inner.cancel)

    def readers(self) -> tuple[str, list[str]]:
        rule = self._stage.rule("readers")
        code, names = self._inner.readers()
        code = rule.code or code
        self._noted("readers", code)
        return code, [] if rule.none else names

    def state(
        self, reader: str, known: SlotState | None = None, timeout_s: float = 0.0
    ) -> tuple[str, SlotState]:
        rule = self._stage.rule("state")
        code, state = self._inner.state(reader)
        if rule.flags is not None:
            state = replace(state, flags=rule.flags)
        if rule.data is not None:
            state = replace(state, atr=rule.data)
        if rule.events is not None:
            state = replace(state, events=rule.events)
        if code == sv.SUCCESS and known is not None and known.events == state.events:
            code = sv.TIMEOUT
            self._stage.clock.advance(timeout_s if rule.wait is None else rule.wait)
        code = rule.code or code
        waits = "" if known is None else f" {known.events}, {timeout_s:g} s"
        told = " ".join(sorted(state.flags - {"CHANGED", "INUSE"}))
        self._noted(f"state({reader[-5:]}{waits})", code, f" {told} {state.events}")
        return code, state

    def connect(
        self, reader: str, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> tuple[str, StageHandle | None]:
        rule = self._stage.rule("connect")
        code, handle = (rule.code, None) if rule.code else self._inner.connect(reader, share)
        self._handles += 1
        name = f"{self.name}{self._handles}"
        self._noted(f"connect({reader[-5:]} {share}) = {name}", code)
        if handle is None or rule.none:
            return code, None
        return code, StageHandle(self._stage, handle, name)


class StageHandle:
    """A connection, named after its context."""

    def __init__(self, stage: Stage, inner: Any, name: str) -> None:
        self._stage, self._inner, self.name = stage, inner, name

    @property
    def protocol(self) -> str:
        rule = self._stage.rule("protocol")
        return self._inner.protocol if rule.name_of_code is None else rule.name_of_code

    def _plain(self, call: str, said: str, act: Callable[[], str]) -> str:
        code = self._stage.rule(call).code or act()
        self._stage.note(f"{self.name} {call}{said} {_code(code)}")
        return code

    def _kept_out(self) -> bool:
        """Is another client's transaction in the way? One that leaks lets this call through."""
        kept = self._inner._slot.lock.taken_by_other(self._inner)
        if kept and self._stage.task < 0:
            raise Stalled(self.name)
        return kept

    def transmit(self, command: bytes) -> tuple[str, bytes]:
        rule = self._stage.rule("transmit")
        code, answer = rule.code or sv.SUCCESS, b""
        if rule.also or (rule.data is None and not rule.code):
            past = self._kept_out()
            told, answer = (self._inner._process if past else self._inner.transmit)(command)
            code = rule.code or told
        answer = answer if rule.data is None else rule.data
        answer = rule.spoilt(answer)
        self._stage.note(f"{self.name} {shown(command)} -> {_code(code)} {shown(answer)}")
        return code, answer

    def status(self) -> tuple[str, bytes]:
        rule = self._stage.rule("status")
        code, atr = self._inner.status()
        code = rule.code or code
        self._stage.note(f"{self.name} status {_code(code)}")
        return code, atr if rule.data is None else rule.data

    def reconnect(
        self, leave: Leave, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> str:
        return self._plain("reconnect", f"({leave})", lambda: self._inner.reconnect(leave, share))

    def begin(self) -> str:
        return self._plain(
            "begin", "", lambda: sv.SUCCESS if self._kept_out() else self._inner.begin()
        )

    def end(self, leave: Leave = Leave.LEAVE) -> str:
        return self._plain("end", f"({leave})", lambda: self._inner.end(leave))

    def disconnect(self, leave: Leave = Leave.LEAVE) -> str:
        return self._plain("disconnect", f"({leave})", lambda: self._inner.disconnect(leave))


class StageTask:
    """Work that runs in the thread of the test, when the stage says."""

    stage: Stage

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._asked = 0
        self._over = False
        self._value: Any = None
        self._error: BaseException | None = None
        self.stage.note("task")
        self._run(self.stage.task == 0)

    def _run(self, now: bool) -> None:
        if now and not self._over:
            self._over = True
            try:
                self._value = self._work()
            except Exception as error:  # noqa: BLE001 - handed to whoever asks for the value
                self._error = error

    def done(self, seconds: float) -> bool:
        self._asked += 1
        self._run(self._asked == self.stage.task)
        self.stage.note(f"done({seconds:g}) {'yes' if self._over else 'no'}")
        return self._over

    def value(self, seconds: float = 10.0) -> Any:
        self._run(True)
        self.stage.note(f"value({seconds:g})")
        if self._error is not None:
            raise self._error
        return self._value
