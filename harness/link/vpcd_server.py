"""Plugging a virtual card into the vpcd driver of a local pcscd (``card serve``)."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.link.cardport import CardPort
from harness.link.serve_control import ServeControl
from harness.link.vpcd_slot import OnEvent, SlotServer

DEFAULT_PORT = 35963
PORT_VARIABLE = "EMV_VPCD_PORT"
MUTE_LIMIT_S = 30.0


def default_port() -> int:
    """vpcd's first slot: ``EMV_VPCD_PORT``, or 35963. Raises ConfigError."""
    text = os.environ.get(PORT_VARIABLE, "")
    if not text:
        return DEFAULT_PORT
    try:
        port = int(text, 0)
    except ValueError:
        port = 0
    if not 0 < port < 65536:
        raise ConfigError(
            _("not a TCP port: {text!r}").format(text=text),
            where=PORT_VARIABLE,
            todo=_("give a number from 1 to 65535, or unset it"),
        )
    return port


def serve(
    card: CardPort,
    port: int | None = None,
    host: str = "127.0.0.1",
    on_ready: Callable[[], None] | None = None,
    *,
    on_event: OnEvent | None = None,
    control: ServeControl | None = None,
    reinsert_after: float | None = None,
    mute_limit_s: float | None = MUTE_LIMIT_S,
    allow_remote: bool = False,
    insert_after: float | None = None,
    following: Callable[[], CardPort] | None = None,
) -> None:
    """Keep ``card`` in the vpcd slot that listens on ``port`` until Ctrl-C, SIGTERM or
    ``control.stop()``; returns then. ``on_ready`` is called when the driver has taken the card.

    A card that leaves (its own fault, or ``control.remove()``) stays out until
    ``control.reinsert()`` (or SIGUSR1), or ``reinsert_after`` seconds. vpcd waits for ever for a
    mute card and blocks its slot, where a real reader gives up: after ``mute_limit_s`` seconds
    without an answer the card is pulled and put back (None: never). When pcscd goes away, the card
    waits for it to come back. ``insert_after`` seconds pass before the card goes in at first;
    ``following`` gives the card that ``control.next()`` puts in (None: the same again).

    Raises ServiceDown when nothing listens, SharingViolation when another card is in the slot,
    ConfigError for a host that is not this machine (the protocol has no authentication).
    """
    require_loopback(host, allow_remote=allow_remote)
    own = control or ServeControl()
    server = SlotServer(
        card,
        (host, port or default_port()),
        own,
        on_ready=on_ready,
        on_event=on_event,
        reinsert_after=reinsert_after,
        mute_limit_s=mute_limit_s,
        insert_after=insert_after,
        following=following,
    )
    with _signals(own), suppress(KeyboardInterrupt):
        server.run()
    if control is None:
        own.close()


def require_loopback(host: str, *, allow_remote: bool = False) -> None:
    """Raise ConfigError unless ``host`` is this machine or ``allow_remote`` is set."""
    try:
        address = ipaddress.ip_address(socket.gethostbyname(host))
    except OSError as error:
        raise ConfigError(
            _("no such host: {host}").format(host=host), where="--host", todo="127.0.0.1"
        ) from error
    if not address.is_loopback and not allow_remote:
        raise ConfigError(
            _("{host} is another machine; the vpcd protocol has no authentication").format(
                host=host
            ),
            where="--host",
            todo=_("serve on 127.0.0.1, or allow it explicitly on a closed network"),
        )


class _signals:  # noqa: N801 - used like a function
    """SIGTERM stops and SIGUSR1 re-inserts while the card is served (main thread only)."""

    def __init__(self, control: ServeControl) -> None:
        self._actions = {signal.SIGTERM: control.stop}
        if hasattr(signal, "SIGUSR1"):
            self._actions[signal.SIGUSR1] = control.reinsert
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number, action in self._actions.items():
                self._before[number] = signal.signal(number, lambda *_a, act=action: act())

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # what signal.signal gave
