"""A deadline for short PC/SC questions asked outside the killable worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from harness.core.errors import ServiceDown
from harness.core.i18n import _

T = TypeVar("T")

QUESTION_S = 5.0
"""How long pcscd may take to list readers or tell a state; it answers in about a millisecond."""


def within(seconds: float, question: Callable[[], T], doing: str) -> T:
    """The value of ``question()``, or ServiceDown after ``seconds``.

    The call runs in a daemon thread, which is abandoned when it does not come back: the process
    can still go on and end. Only for questions: what moves a card belongs in the worker.
    """
    answers: list[T] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(question())
        except BaseException as error:  # noqa: BLE001 - handed to the asking thread
            errors.append(error)

    thread = threading.Thread(target=ask, name=f"pcsc {doing}", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if answers:
        return answers[0]
    raise ServiceDown(
        _("the PC/SC service did not answer in {ms:,.0f} ms").format(ms=seconds * 1000),
        where=doing,
        todo=_("restart it: `sudo systemctl restart pcscd` (without systemd: kill it, start it)"),
    )
