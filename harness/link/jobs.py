"""What a supervised job is, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from importlib import import_module
from typing import Any, Literal

from harness.core.errors import ConfigError, HarnessError, LinkTimeout
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.link.api import LinkOptions, Reader
from harness.link.flight import Flight
from harness.records.exchange import Exchange

WHO_HOLDS = N_("`emv-harness doctor` says who holds the reader")
"""What to do about a job that hung."""
EndKind = Literal["done", "hung", "crashed", "interrupted"]
Emit = Callable[[object], None]
JobFunction = Callable[..., object]
"""``f(reader: Reader, emit: Emit, **kwargs)``: a module-level function, found by its name."""


@dataclass(frozen=True, slots=True)
class JobSpec:
    """``function`` is ``module:name``; ``reader_selector`` is what ``find_readers`` understands and
    must mean one reader; ``kwargs`` and everything emitted or returned must pickle.

    ``limit_s`` bounds the whole job (None: only single calls are bounded, by the options'
    ``deadline_s``).
    """

    function: str
    reader_selector: str
    options: LinkOptions
    kwargs: dict[str, Any] = field(default_factory=dict)
    limit_s: float | None = None


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended.

    ``done``: ``value`` is what the function returned. ``hung``: a call passed its deadline, and
    ``in_flight`` says which. ``crashed``: ``exception`` is the HarnessError that the function let
    through, or ``error`` says how the worker died. ``interrupted``: Ctrl-C. ``exchanges`` are
    those of the whole job in every case, but the ``dropped`` oldest of a very long one.
    """

    kind: EndKind
    value: Any = None
    exchanges: tuple[Exchange, ...] = ()
    in_flight: Exchange | None = None
    error: str = ""
    exception: HarnessError | None = None
    dropped: int = 0

    def result(self) -> Any:  # noqa: ANN401 - what the job function returns
        """``value`` of a job that is done; otherwise raises what ended it."""
        if self.kind == "done":
            return self.value
        if self.kind == "interrupted":
            raise KeyboardInterrupt
        if self.exception is not None:
            raise self.exception
        if self.kind == "hung":
            raise LinkTimeout(self.error, todo=_(WHO_HOLDS))
        raise HarnessError(
            _("the worker that drives the reader ended: {why}").format(why=self.error),
            todo=_("repeat; if it comes back, report it with the report of this run"),
        )


def with_flight(end: JobEnd, flight: Flight) -> JobEnd:
    """The end of a job beside what its log holds."""
    return replace(
        end,
        exchanges=flight.exchanges,
        in_flight=end.in_flight or flight.in_flight,
        dropped=flight.dropped,
    )


def resolve(function: str) -> JobFunction:
    """The function called ``module:name``. Raises ConfigError."""
    module, _colon, name = function.partition(":")
    try:
        found: JobFunction = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            _("no such job function: {function}").format(function=function)
        ) from error
    return found


def one_reader(selector: str, options: LinkOptions) -> Reader:
    """The one reader that ``selector`` means. Raises ConfigError when it means several."""
    from harness.link.find import find_readers

    readers = find_readers(selector, options)
    if len(readers) != 1:
        raise ConfigError(
            _("{selector!r} means {count} readers, a job runs on one").format(
                selector=selector, count=len(readers)
            ),
            todo="; ".join(reader.name for reader in readers),
        )
    return readers[0]
