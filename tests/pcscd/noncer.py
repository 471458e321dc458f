"""One of several processes that echo nonces on two slots, each exchange under slot lock and
transaction. ``python noncer.py NUMBER ROUNDS READER...`` prints what was mixed up."""

from __future__ import annotations

import os
import sys

from harness.link.daemon import daemon_identity
from harness.link.lock import ReaderLock
from harness.link.pcsc_service import PcscService


def main(arguments: list[str]) -> int:
    number, rounds, *slots = int(arguments[0]), int(arguments[1]), *arguments[2:]
    _code, client = PcscService(slots[0]).open()
    handles = [(ReaderLock(f"nonce {slot}", daemon_identity()), client.connect(slot)[1])
               for slot in slots]  # fmt: skip
    mixed = 0
    for round_ in range(rounds):
        for lock, handle in handles:
            lock.acquire(wait_s=20.0)
            nonce = bytes((number,)) + round_.to_bytes(3, "big") + os.urandom(8)
            begun = handle.begin()
            code, answer = handle.transmit(b"\x80\x3c\x00\x00\x0c" + nonce + b"\x00")
            ended = handle.end()
            lock.release()
            good = begun == code == ended == "SCARD_S_SUCCESS"
            mixed += not good or answer != nonce + b"\x90\x00"
    client.release()
    print(f"mixed {mixed} of {rounds * len(handles)}")
    return 1 if mixed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
