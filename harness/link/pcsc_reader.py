"""Physical readers, and anything else that the local PC/SC service lists."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from harness.core.errors import ConfigError, LinkError, SharingViolation
from harness.core.i18n import _
from harness.link.api import LinkOptions
from harness.link.culprits import running_culprits
from harness.link.daemon import daemon_identity
from harness.link.forked import Forked, ask_forked
from harness.link.lock import ReaderLock
from harness.link.patience import QUESTION_S, within
from harness.link.pcsc_facts import describe_attributes
from harness.link.wrapped import WrappedLink

if TYPE_CHECKING:
    from harness.link.api import Reader
    from harness.link.pcsc import PcscLink, ReaderState
    from harness.link.service import Service

PIP_EXTRA = "pip install 'emv-harness[pcsc]'"


def pcsc() -> ModuleType:
    """The module over pyscard. Raises ConfigError that says how to install pyscard."""
    try:
        from harness.link import pcsc as module
    except ImportError as error:
        raise ConfigError(
            _("PC/SC readers need pyscard, which cannot be imported: {why}").format(why=error),
            todo=_(
                "`{pip}` (it compiles: on Debian and Ubuntu first "
                "`sudo apt-get install gcc swig libpcsclite-dev python3-dev`); "
                "`--reader virtual` works without it"
            ).format(pip=PIP_EXTRA),
        ) from error
    return module


def reader_names() -> list[str]:
    """Names of the readers that PC/SC lists. Raises ServiceDown, ConfigError."""
    module = pcsc()

    def ask() -> list[str]:
        with module.Context() as context:
            names: list[str] = context.readers()
            return names

    return within(QUESTION_S, ask, "SCardListReaders")


def reader_state(name: str) -> ReaderState:
    """State of the reader called ``name``. Raises LinkError, ConfigError."""
    module = pcsc()

    def ask() -> ReaderState:
        with module.Context() as context:
            state: ReaderState = context.state(name)
            return state

    return within(QUESTION_S, ask, "SCardGetStatusChange")


class PcscReader:
    """One slot of a PC/SC reader. While a link is open, the reader's cross-process lock is held."""

    kind = "pcsc"
    image = ""

    def __init__(self, name: str, options: LinkOptions, *, shared: bool = False) -> None:
        self.name = name
        self._options = options
        self._shared = shared
        self._links: list[LockedLink] = []

    def lock(self) -> ReaderLock:
        """The lock that keeps other harness processes away from this reader."""
        return ReaderLock(self.name, daemon_identity())

    def card_present(self) -> bool:
        """Does PC/SC see a card?"""
        return reader_state(self.name).present

    def connect(self) -> LockedLink:
        """Power the card. Raises NoCard, CardMute, SharingViolation (with who may hold it),
        ProtocolMismatch, ServiceDown."""
        module = pcsc()
        lock = self.lock()
        lock.acquire()
        try:
            link = LockedLink(module.PcscLink(self.name, shared=self._shared), lock)
        except SharingViolation as error:
            lock.release()
            raise _with_culprits(error) from error
        except BaseException:
            lock.release()
            raise
        self._links = [*(one for one in self._links if not one.closed), link]
        return link

    def service(self) -> Service:
        """The resource manager's calls, for checks that judge their codes. Raises ConfigError."""
        pcsc()
        from harness.link.pcsc_service import PcscService

        return PcscService(self.name)

    def forked(self) -> Forked:
        """What a child process makes of its parent's context. Raises as ``ask_forked``."""
        return ask_forked()

    def facts(self) -> dict[str, str]:
        """Vendor, firmware, serial, USB ids, as far as the driver tells them. Never raises."""
        facts = {"driver": "PC/SC"}
        try:
            module = pcsc()
            values = within(QUESTION_S, lambda: module.attributes(self.name), "SCardGetAttrib")
        except (LinkError, ConfigError):
            return facts
        return facts | describe_attributes(values)

    def close(self) -> None:
        """Close the links that are still open."""
        for link in self._links:
            link.close()
        self._links = []


class LockedLink(WrappedLink):
    """A PC/SC link together with the lock that it was opened under."""

    def __init__(self, link: PcscLink, lock: ReaderLock) -> None:
        super().__init__(link)
        self._lock = lock
        self.closed = False
        # No layer of Python between caller and PC/SC on the hot path.
        self.transmit = link.transmit

    def close(self) -> None:
        """Let card and lock go. Safe to call twice."""
        self.closed = True
        self._link.close()
        self._lock.release()


def _with_culprits(error: SharingViolation) -> SharingViolation:
    """Name the processes that usually hold readers; which of them does is not known."""
    suspects = running_culprits()
    if not suspects:
        return error
    todo = _("close the application that holds it; running here: {names}").format(
        names="; ".join(f"{one.name} (pid {one.pid}): {one.todo}" for one in suspects)
    )
    return SharingViolation(error.what, where=error.where, todo=todo, code=error.code)


def provider(options: LinkOptions, name: str) -> list[Reader]:
    """PC/SC readers whose name contains ``name``, case ignored."""
    return [PcscReader(found, options) for found in reader_names() if name.lower() in found.lower()]
