"""The worker process: runs one job, and can be killed at any time.

``python -m harness.link.worker LIFE EVENTS BOARD PARENT``: three descriptors and the parent's pid.
LIFE brings the job and then stays open for as long as the parent lives; EVENTS takes what the job
emits; BOARD is the flight recorder. Messages are pickles behind a 4-byte length; both ends are the
same program.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import struct
import sys
import threading
import traceback
from typing import Any

from harness.core.errors import HarnessError
from harness.core.i18n import set_language
from harness.link.board import Board
from harness.link.jobs import JobSpec, one_reader, resolve
from harness.link.watched import WatchedReader

LENGTH = struct.Struct("<I")
BEAT_S = 0.5
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Run the job that comes over LIFE."""
    life, events, board_fd, parent = (int(word) for word in arguments)
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    board = Board(board_fd)
    path = receive(life)
    if path is None:
        return 1
    sys.path[:] = path
    job = receive(life)
    threading.Thread(target=_watch_parent, args=(life, board), daemon=True).start()
    spec, language = job
    set_language(language)
    send(events, run(spec, events, board))
    return 0


def run(spec: JobSpec, events: int, board: Board) -> tuple[str, object]:
    """Run the job; what it returns or raises, as a message."""
    closers = []
    try:
        function = resolve(spec.function)
        reader = one_reader(spec.reader_selector, spec.options)
        closers = [getattr(reader, "close", None)]
        lock = getattr(reader, "lock", None)
        if lock is not None:
            # The whole job has the reader to itself, not only its single links.
            held = lock()
            held.acquire()
            closers.append(held.release)
        watched = WatchedReader(reader, board, spec.options.deadline_s)
        value = function(watched, lambda thing: send(events, ("event", thing)), **spec.kwargs)
        return "done", value
    except HarnessError as error:
        return "error", pack_error(error)
    except Exception:  # noqa: BLE001 - outer boundary of the worker
        return "crashed", traceback.format_exc()
    finally:
        for close in closers:
            if close is not None:
                close()


def send(descriptor: int, message: object) -> None:
    """Write one message."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    data = memoryview(LENGTH.pack(len(body)) + body)
    while data:
        data = data[os.write(descriptor, data) :]


def receive(descriptor: int) -> Any:  # noqa: ANN401 - whatever was sent
    """Read one message; None at the end of the stream."""
    head = _read(descriptor, LENGTH.size)
    if head is None:
        return None
    body = _read(descriptor, LENGTH.unpack(head)[0])
    return None if body is None else pickle.loads(body)  # noqa: S301 - our own parent wrote it


def _read(descriptor: int, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        piece = os.read(descriptor, count - len(data))
        if not piece:
            return None
        data += piece
    return data


def pack_error(error: HarnessError) -> tuple[type[HarnessError], tuple[Any, ...], dict[str, Any]]:
    """An exception as class, arguments and attributes: some have constructors of their own."""
    keep = {key: value for key, value in vars(error).items() if key != "partial"}
    return type(error), error.args, keep


def unpack_error(packed: Any) -> HarnessError:  # noqa: ANN401 - from pack_error
    """The exception that ``pack_error`` took apart."""
    cls, arguments, attributes = packed
    error: HarnessError = cls.__new__(cls, *arguments)
    error.args = arguments
    vars(error).update(attributes)
    return error


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process with its parent (Linux; elsewhere the pipe does it)."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _watch_parent(life: int, board: Board) -> None:
    """Beat while the parent lives; end the process when its end of the pipe closes."""
    while True:
        ready, _, _ = select.select([life], [], [], BEAT_S)
        if ready and not os.read(life, 1):
            os._exit(1)
        board.beat()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
