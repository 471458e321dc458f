"""Faults of a reader, by name: a layer between the harness and a virtual reader (for tests).

Each stands for something that real readers and drivers do. They are composable (the first named
is nearest to the card) and seeded. ``NAME`` or ``NAME@SEED``. They change what comes back from
links and from the service's calls alike, never the card itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from harness.core.clock import Clock
from harness.core.errors import CardRemoved, ConfigError, LinkError
from harness.core.i18n import N_, _
from harness.core.suggest import known_names
from harness.link.api import Link, Reader, ResetKind
from harness.link.faults_link import (
    AcceptMalformed,
    CorruptUnderLoad,
    DamagedAtr,
    Delay,
    Drop,
    DropWarningData,
    Forward,
    HideWrongLe,
    Jitter,
    LinkFault,
    MaskClass,
    NoChaining,
    NoReset,
    ProcedureBytes,
    RandomRemoval,
    RefuseExtended,
    Reorder,
    SlowReset,
    StuckAfterBad,
    SwallowGetResponse,
    Truncate,
    UnstableAtr,
    WrongLength,
)
from harness.link.faults_service import SERVICE_FAULTS, FaultyService, ServiceFault
from harness.link.service import SUCCESS, Service
from harness.link.wrapped import WrappedLink

LINK_FAULTS: dict[str, tuple[type[LinkFault], str]] = {
    "truncate": (Truncate, N_("answers lose what is beyond 128 bytes")),
    "drop": (Drop, N_("an answer is lost now and then")),
    "delay": (Delay, N_("every answer comes 300 ms later")),
    "jitter": (Jitter, N_("answers come up to 80 ms later now and then")),
    "reorder": (Reorder, N_("the answer before comes once more now and then")),
    "wrong-length": (WrongLength, N_("256 bytes become 257")),
    "swallow-get-response": (SwallowGetResponse, N_("GET RESPONSE does not reach the card")),
    "refuse-extended": (RefuseExtended, N_("extended APDUs are not carried")),
    "corrupt-under-load": (CorruptUnderLoad, N_("bits change after 300 exchanges")),
    "random-removal": (RandomRemoval, N_("the card seems to leave now and then")),
    "procedure-bytes": (ProcedureBytes, N_("data that look like procedure bytes are eaten")),
    "mask-class": (MaskClass, N_("channel bits of the class byte are cleared")),
    "no-chaining": (NoChaining, N_("the chaining bit is cleared")),
    "drop-warning-data": (DropWarningData, N_("data with a warning are thrown away")),
    "hide-wrong-le": (HideWrongLe, N_("6Cxx becomes 6700")),
    "accept-malformed": (AcceptMalformed, N_("malformed commands are answered 9000")),
    "stuck-after-bad": (StuckAfterBad, N_("one bad answer spoils the connection")),
    "damaged-atr": (DamagedAtr, N_("the last byte of the ATR is lost")),
    "unstable-atr": (UnstableAtr, N_("every third ATR ends otherwise")),
    "no-reset": (NoReset, N_("resets do not reach the card")),
    "slow-reset": (SlowReset, N_("resets take 3 s")),
}


def fault_names() -> list[str]:
    """Every reader fault by name."""
    return sorted({*LINK_FAULTS, *SERVICE_FAULTS})


def fault_text(name: str) -> str:
    """What the fault does, in words."""
    return LINK_FAULTS[name][1] if name in LINK_FAULTS else SERVICE_FAULTS[name][1]


def require_names(names: Sequence[str]) -> None:
    """Raise ConfigError, with the list, for a name that no fault has or a seed that is none."""
    for text in names:
        name, _at, own = text.partition("@")
        if name not in fault_names() or (own and not own.isdecimal()):
            raise ConfigError(
                _("unknown reader fault: {name!r}").format(name=text),
                where="--reader-fault",
                todo=known_names(name, fault_names()),
            )


def with_faults(reader: Reader, names: Sequence[str], seed: int, clock: Clock) -> Reader:
    """``reader`` behind these faults; itself without any.

    Raises ConfigError for an unknown name, or for a reader with a physical card in it.
    """
    if not names:
        return reader
    if not reader.image:
        raise ConfigError(
            _("reader faults are for virtual cards only"), where="--reader-fault",
            todo=_("leave it out, or use --reader virtual (or vpcd)"),
        )  # fmt: skip
    require_names(names)
    links: list[LinkFault] = []
    services: list[ServiceFault] = []
    for text in names:
        name, _at, own = text.partition("@")
        if name in LINK_FAULTS:
            rng = random.Random(f"{name} {own or seed}")
            links.append(LINK_FAULTS[name][0](rng, clock))
        else:
            services.append(SERVICE_FAULTS[name][0](clock))
    return FaultyReader(reader, links, services)


class FaultyLink(WrappedLink):
    """A link behind faults."""

    def __init__(self, link: Link, faults: Sequence[LinkFault]) -> None:
        super().__init__(link)
        self._faults = faults
        self._atr = distorted(faults, link.atr)
        self.transmit = chain(faults, link.transmit)

    @property
    def atr(self) -> bytes:
        """ATR of the last reset, as the faults leave it."""
        return self._atr

    def reset(self, kind: ResetKind) -> bytes:
        """As the inner link, through the outermost fault that has a say in resets."""
        own = [one for one in self._faults if type(one).reset is not LinkFault.reset]
        atr = own[-1].reset(kind, self._link) if own else self._link.reset(kind)
        self._atr = distorted(self._faults, atr)
        return self._atr

    def close(self) -> None:
        """As the inner link."""
        for fault in self._faults:
            if isinstance(fault, StuckAfterBad):
                fault.stuck = False
        self._link.close()


def chain(faults: Sequence[LinkFault], inner: Forward) -> Forward:
    """``inner`` with every fault around it."""
    for fault in faults:
        inner = _around(fault, inner)
    return inner


def _around(fault: LinkFault, inner: Forward) -> Forward:
    return lambda command: fault.transmit(command, inner)


def distorted(faults: Sequence[LinkFault], atr: bytes) -> bytes:
    """An ATR as the faults leave it."""
    for fault in faults:
        atr = fault.atr(atr)
    return atr


class FaultyReader:
    """A virtual reader behind faults."""

    def __init__(
        self, reader: Reader, links: Sequence[LinkFault], services: Sequence[ServiceFault]
    ) -> None:
        self.inner = reader
        self.name = reader.name
        self.kind = reader.kind
        self._links = links
        self._services = services

    @property
    def image(self) -> str:
        """As the inner reader."""
        return self.inner.image

    def card_present(self) -> bool:
        """As the inner reader."""
        return self.inner.card_present()

    def connect(self) -> FaultyLink:
        """As the inner reader."""
        return FaultyLink(self.inner.connect(), self._links)

    def facts(self) -> dict[str, str]:
        """As the inner reader."""
        return self.inner.facts()

    def service(self) -> Service:
        """The inner reader's service behind the same faults."""
        reader: object = self.inner
        while not hasattr(type(reader), "service"):
            reader = reader.inner  # type: ignore[attr-defined] # a wrapper, then
        inner: Service = reader.service()  # type: ignore[attr-defined] # asked for above
        return FaultyService(inner, self._services, self._exchange)

    def _exchange(
        self, command: bytes, transmit: Callable[[bytes], tuple[str, bytes]]
    ) -> tuple[str, bytes]:
        """One exchange of the service through the link faults: a LinkError is a code there."""
        codes = [SUCCESS]

        def inner(raw: bytes) -> bytes:
            codes[0], answer = transmit(raw)
            return answer if len(answer) >= 2 else answer + b"\0\0"

        try:
            answer = chain(self._links, inner)(command)
        except CardRemoved:
            return "SCARD_W_REMOVED_CARD", b""
        except LinkError:
            return "SCARD_E_NOT_TRANSACTED", b""
        return (codes[0], answer) if codes[0] == SUCCESS and answer != b"\0\0" else (codes[0], b"")
