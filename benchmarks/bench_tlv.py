"""BER-TLV parse of genuine records, beside pyemv, ber-tlv and python-emv on the same bytes.

Ours keeps order, repeats, padding and offsets; none of the others keeps all of them. What is
measured is a caller who reads tag and value of every object. Run this file for a table, or
``make bench`` for all benchmarks.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# Records of the public UnionPay contact test card (emv-bertlv test transcript, MIT).
DATA_RECORD = bytes.fromhex(
    "7081885F24033010315A0862109480000000115F3401019F0702FF008E0E00000000000000005E0342031F009F0D"
    "05D8609CA8009F0E0500100000009F0F05D8689CF8005F280201568C1E9F02069F03069F1A0295055F2A029A039C"
    "019F37049F21039F4E149F34038D1C8A029F02069F03069F1A0295055F2A029A039C019F37049F21039B029F4A01"
    "82"
)
FCI = bytes.fromhex(
    "6F3B8408A000000333010102A52F500B55494343204352454449548701015F2D02636E9F1101019F120B5549434320"
    "435245444954BF0C059F4D020B0A"
)
RECORD_238 = bytes.fromhex(
    "7081EB9F4681B0032EC93EF022299080E099AA0869FB6820ABA12A3B83F839261A8BFA562F385E95E32F2D3EDCD1"
    "F34D76B46A36EC84F540D2B6A6B5DC1F78A2A834B29459062A8E16F86D141EF88D3ABF57A1AB49925682BAA7A307"
    "4E918448889820E7209727059987F2CEAED39B23304D8A2BF52E532D36583F611FEEC09099EA01D4057A4F85408C"
    "87572885F767F5AA8989B33376DF45758B90B9BC735EAFC2EFB91786171282385258C282B962B2CDD7996012009F"
    "47030100019F482ABE5E4213706106D4F32861D52BDF8F3D35419A5441EE069BCF439B2DF42F0254C369128493DD"
    "305B1BED5F340101"
)
"""ICC certificate, its exponent and remainder, and the PAN sequence number, in one record."""


def best(call: Callable[[], object], repeats: int = 7, rounds: int = 2000) -> float:
    """Microseconds of the quickest round: what the code costs when nothing disturbs it."""
    found = []
    for _repeat in range(repeats):
        started = time.perf_counter()
        for _round in range(rounds):
            call()
        found.append((time.perf_counter() - started) / rounds * 1e6)
    return min(found)


def peers() -> dict[str, Callable[[bytes], object] | str]:
    """Other Python parsers by name: the call that gives every tag and value of an input, or why
    it is left out."""
    from pyemv import tlv as pyemv_tlv

    found: dict[str, Callable[[bytes], object] | str] = {"pyemv": pyemv_tlv.decode}
    try:
        from ber_tlv.tlv import Tlv as BerTlv

        found["ber-tlv"] = BerTlv.parse
    except ImportError as error:
        found["ber-tlv"] = f"not installed ({error.name}); make bench installs it"
    try:
        from emv.protocol.structures import TLV as EmvTlv  # noqa: N811 - their class

        found["python-emv"] = lambda data: EmvTlv.unmarshal(list(data))
    except ImportError as error:
        found["python-emv"] = f"not installed ({error.name}); make bench installs it"
    return found


def run() -> list[dict[str, Any]]:
    """Rows of ours beside each peer, on the same bytes in the same run; the budget is to be faster
    than the peer although order, repeats, padding and offsets are kept as well."""
    from harness.codec.tlv import parse

    rows = []
    for name, data in (
        (f"record of {len(RECORD_238)} bytes, 6 objects", RECORD_238),
        (f"record of {len(DATA_RECORD)} bytes, 13 objects", DATA_RECORD),
        (f"FCI of {len(FCI)} bytes, nested", FCI),
    ):
        assert parse(data).ok
        work = f"BER-TLV {name}: parsed, every tag and value read"
        calls = {"ours": reader(), **peers()}
        times = fastest({key: call for key, call in calls.items() if callable(call)}, data)
        for peer, call in calls.items():
            if peer == "ours":
                continue
            if not callable(call):
                rows.append({"work": f"{work}, beside {peer}", "skipped": call, "ok": None})
                continue
            rows.append(
                {
                    "work": work,
                    "ours_us": times["ours"],
                    "peer": peer,
                    "peer_us": times[peer],
                    "ratio": times["ours"] / times[peer],
                    "budget": "< 1.00 x",
                    "ok": times["ours"] < times[peer],
                }
            )
    return rows


def fastest(calls: dict[str, Callable[[bytes], object]], data: bytes) -> dict[str, float]:
    """Microseconds of each call's quickest round, taken in turns so that all see the same load."""
    times = dict.fromkeys(calls, float("inf"))
    for _turn in range(5):
        for name, call in calls.items():
            found = best(lambda call=call: call(data), repeats=3, rounds=1000)
            times[name] = min(times[name], found)
    return times


def reader() -> Callable[[bytes], None]:
    """Ours: parse, and read tag and value of every object, as the peers' answers hold them."""
    from harness.codec.tlv import parse

    def read_all(data: bytes) -> None:
        for node in parse(data).walk():
            node.tag  # noqa: B018 - reading is what is measured
            node.value  # noqa: B018

    return read_all


def main() -> int:
    """Print the table; 1 when a budget is missed."""
    rows = run()
    for row in rows:
        if "skipped" in row:
            print(f"{row['work']}: left out, {row['skipped']}")
            continue
        verdict = "within" if row["ok"] else "OVER"
        print(
            f"{row['work']:72} {row['ours_us']:6.2f} us   {row['peer']:10} {row['peer_us']:7.2f} us"
            f"   {row['ratio']:.2f} x   {row['budget']}   {verdict}"
        )
    return int(any(row["ok"] is False for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
