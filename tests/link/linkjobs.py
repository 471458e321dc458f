"""Job functions for the tests of the worker."""

from __future__ import annotations

import ctypes
import os
import signal
import time

import linkfakes  # noqa: F401 - registers the reader of kind ``fake``

from harness.core.errors import ConfigErrors, NoCard

CASE_1 = bytes.fromhex("00300000")


def counting(reader, emit, *, rounds):
    link = reader.connect()
    for number in range(rounds):
        link.transmit(CASE_1)
        emit(f"round {number}")
    link.close()
    return {"rounds": rounds, "pid": os.getpid()}


def busy(reader, emit, *, rounds):
    link = reader.connect()
    for _number in range(rounds):
        link.transmit(CASE_1)


def slow_but_in_time(reader, emit):
    link = reader.connect()
    link.transmit(bytes.fromhex("003C0000"))
    time.sleep(1.5)
    return "done"


def hanging(reader, emit):
    emit("before")
    link = reader.connect()
    link.transmit(CASE_1)
    emit(os.getpid())
    link.transmit(bytes.fromhex("003A0000"))


def hanging_with_the_gil(reader, emit):
    link = reader.connect()
    link.transmit(bytes.fromhex("003B0000"))


def stopped(reader, emit):
    emit(os.getpid())
    os.kill(os.getpid(), signal.SIGSTOP)


def sleeping(reader, emit):
    time.sleep(60)


def refusing(reader, emit):
    raise NoCard("no card", todo="insert one")


def many_mistakes(reader, emit):
    raise ConfigErrors("mistakes", [("a.b", "wrong")])


def defective(reader, emit):
    return 1 / 0


def dying(reader, emit):
    reader.connect().transmit(CASE_1)
    os.kill(os.getpid(), signal.SIGKILL)


def where_am_i(reader, emit):
    link = reader.connect()
    link.transmit(bytes.fromhex("80300000"))
    link.close()
    return os.getpid()


def interrupted(reader, emit):
    link = reader.connect()
    link.transmit(bytes.fromhex("80300000"))
    raise KeyboardInterrupt


def hold_the_interpreter() -> None:
    """Sleep in C without releasing the interpreter lock."""
    ctypes.PyDLL(None).sleep(60)
