"""Coverage-guided fuzz target for the decoders (``make fuzz``): atheris, corpus directory first.

Whatever the bytes, the lenient decoders return, the strict ones raise nothing but a CodecError,
what was well formed round-trips, and no single input takes a second.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TypeVar

from harness.testing.pace import within

T = TypeVar("T")
BUDGET_S = 1.0


def timed(call: Callable[[bytes], T], data: bytes) -> T:
    """The answer of ``call``, which must come within the budget of processor time."""
    return within(BUDGET_S, lambda: call(data))


def check(data: bytes) -> None:
    """One input through every decoder; raises AssertionError where a promise is broken."""
    from harness.codec import cvm, dol, redact, track1, track2
    from harness.codec.afl import parse_afl
    from harness.codec.atr import emv_faults, parse_atr
    from harness.codec.ats import describe_ats, parse_ats
    from harness.codec.decode import decode
    from harness.codec.frames import CommandApdu, ResponseApdu
    from harness.codec.show_more import show_dol_data
    from harness.codec.tlv import encode, parse
    from harness.core.errors import CodecError, ConfigError

    tree = timed(parse, data)
    for node in tree.walk():
        if tree.ok:
            assert encode(node.tag, node.value) == node.encoded
        assert 0 <= node.offset < node.end <= len(data) or not node.length
    for strict in (
        dol.parse_dol,
        dol.parse_tag_list,
        track1.parse_track1,
        cvm.parse_cvm_list,
        parse_afl,
        track2.parse_track2,
        CommandApdu.parse,
        ResponseApdu.parse,
    ):
        try:
            strict(data)
        except CodecError:
            continue
    if data:
        assert describe_ats(parse_ats(data))
        assert isinstance(timed(lambda raw: show_dol_data(raw[: len(raw) // 2], raw), data), list)
        atr = parse_atr(data)
        assert len(atr.faults) + len(emv_faults(atr)) < 100
        assert timed(lambda raw: decode(raw).to_json(), data)["schema"] == 1
        assert timed(lambda raw: decode(raw).lines, data)
        with contextlib.suppress(ConfigError):
            assert timed(lambda raw: decode(raw.decode("latin-1")).to_json(), data)
        assert len(redact.mask_response(data, b"\x00\xb2\x01\x0c\x00")) == 2 * len(data)
        assert len(redact.mask_command(data)) == 2 * len(data)


def main() -> None:
    """Hand ``check`` to atheris."""
    import atheris

    with atheris.instrument_imports(include=["harness.codec"]):
        import harness.codec.apdu_view
        import harness.codec.atr_text
        import harness.codec.decode
        import harness.codec.detect
        import harness.codec.iad
        import harness.codec.show
        import harness.codec.show_more
        import harness.codec.tlv_lenient
        import harness.codec.tlv_rules
        import harness.codec.tlv_view  # noqa: F401

    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
