"""BER-TLV parse of genuine records, beside ``pyemv.tlv.decode`` on the same bytes, in one run.

Ours keeps order, repeats, padding and offsets; pyemv's keeps none of them. Run this file for a
table, or ``make bench`` for all benchmarks.
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


def run() -> list[dict[str, Any]]:
    """One row a record: ours, the peer, the ratio ours / peer, and whether it is below 1."""
    from pyemv import tlv as pyemv_tlv

    from harness.codec.tlv import parse

    rows = []
    for name, data in (
        (f"record of {len(RECORD_238)} bytes, 5 objects", RECORD_238),
        (f"record of {len(DATA_RECORD)} bytes, 12 objects", DATA_RECORD),
        (f"FCI of {len(FCI)} bytes, nested", FCI),
    ):
        assert parse(data).ok
        ours = peer = float("inf")
        for _turn in range(3):
            ours = min(ours, best(lambda data=data: parse(data)))
            peer = min(peer, best(lambda data=data: pyemv_tlv.decode(data)))
        rows.append(
            {
                "work": f"BER-TLV parse, {name}",
                "ours_us": ours,
                "peer": "pyemv.tlv.decode",
                "peer_us": peer,
                "ratio": ours / peer,
                "budget": "< 1.00 x",
                "ok": ours < peer,
            }
        )
    ours = best(lambda: read_all(RECORD_238))
    peer = best(lambda: pyemv_tlv.decode(RECORD_238))
    rows.append(
        {
            "work": "BER-TLV parse, same record, every value read",
            "ours_us": ours,
            "peer": "pyemv.tlv.decode",
            "peer_us": peer,
            "ratio": ours / peer,
            "budget": "for information",
            "ok": None,
        }
    )
    return rows


def read_all(data: bytes) -> list[tuple[int, int, bytes]]:
    """Parse, and make every object and its value: what a caller who looks at all of it pays."""
    from harness.codec.tlv import parse

    return [(node.tag, node.offset, node.value) for node in parse(data).walk()]


def main() -> int:
    """Print the table; 1 when a budget is missed."""
    rows = run()
    for row in rows:
        verdict = {True: "within", False: "OVER", None: ""}[row["ok"]]
        print(
            f"{row['work']:48} {row['ours_us']:7.2f} us   {row['peer']} {row['peer_us']:7.2f} us"
            f"   {row['ratio']:.2f} x   {row['budget']}   {verdict}"
        )
    return int(any(row["ok"] is False for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
