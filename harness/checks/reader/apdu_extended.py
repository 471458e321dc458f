"""Extended APDUs: intact where the reader is expected to carry them, a clean error elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from harness.checks.finding import Finding, fail, not_applicable, ok
from harness.checks.reader.bench import Bench
from harness.checks.registry import Needs, check
from harness.core.errors import CardRemoved, LinkError, LinkTimeout
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.profiles.testcard import CLA, TestIns, counting
from harness.records.result import Measurement

SPEC = (Spec("ISO/IEC 7816-3", "12.1, APDU cases"), Spec("ISO/IEC 7816-4", "5.1, extended length"))
LENGTHS = (256, 257, 1000, 4096, 32767, 65528)
GOOD = bytes((CLA, TestIns.CASE_1, 0, 0))


def _two(number: int) -> bytes:
    return (number & 0xFFFF).to_bytes(2, "big")


def _case_2(length: int) -> tuple[bytes, bytes]:
    return (
        bytes((CLA, TestIns.CASE_2)) + _two(length) + b"\0" + _two(length),
        counting(length) + b"\x90\x00",
    )


def _case_3(length: int) -> tuple[bytes, bytes]:
    return bytes((CLA, TestIns.CASE_3, 0, 0, 0)) + _two(length) + counting(length), b"\x90\x00"


def _case_4(length: int) -> tuple[bytes, bytes]:
    head = bytes((CLA, TestIns.ECHO, 0, 0, 0)) + _two(length)
    return head + counting(length) + b"\0\0", counting(length) + b"\x90\x00"


def _sweep(bench: Bench, make: Callable[[int], tuple[bytes, bytes]], longest: int) -> Finding:
    """Every length up to ``longest``; beyond what the reader carries, a clean error."""
    bench.select_test_card()
    passed, refused = [], []
    top = min(longest, bench.limits.max_data)
    for length in sorted(one for one in {*LENGTHS, longest} if one <= longest):
        command, wanted = make(length)
        try:
            answer = bench.raw(command)
        except (LinkTimeout, CardRemoved):
            raise
        except LinkError as error:
            if bench.limits.extended and length <= top:
                return fail(_("{n} bytes: {what}").format(n=length, what=error.what))
            refused.append(length)
            bench.recover()
        else:
            if answer == wanted:
                passed.append(length)
            elif bench.limits.extended and length <= top:
                return fail(
                    _("{n} bytes: {got} came back, ending {sw}").format(
                        n=length, got=len(answer), sw=answer[-2:].hex().upper()
                    )
                )
            else:
                refused.append(length)
        if bench.raw(GOOD) != b"\x90\x00":
            return fail(_("after {n} bytes a short command no longer works").format(n=length))
    if not passed:
        return not_applicable(_("no extended APDU is expected, and none passed; short ones go on"))
    text = _("{list} bytes intact").format(list=", ".join(map(str, passed)))
    if refused:
        text += _("; {list} refused cleanly").format(list=", ".join(map(str, refused)))
    return ok(text, measurements=(Measurement("longest", max(passed), "bytes"),))


@check("APD-2E", N_("APDU case 2, extended"), suite="reader", needs=Needs.TEST_CARD, spec=SPEC)
def case_2(bench: Bench) -> Finding:
    """Answers of 256 to 65,536 bytes; a frame of the virtual reader holds 65,533 and SW1 SW2."""
    return _sweep(bench, _case_2, 65533 if bench.reader.kind == "vpcd" else 65536)


@check("APD-3E", N_("APDU case 3, extended"), suite="reader", needs=Needs.TEST_CARD, spec=SPEC)
def case_3(bench: Bench) -> Finding:
    """Commands with 256 to 65,535 bytes, compared by the card."""
    return _sweep(bench, _case_3, 65528 if bench.reader.kind == "vpcd" else 65535)


@check("APD-4E", N_("APDU case 4, extended"), suite="reader", needs=Needs.TEST_CARD, spec=SPEC)
def case_4(bench: Bench) -> Finding:
    """256 to 65,535 bytes there and back."""
    return _sweep(bench, _case_4, 65526 if bench.reader.kind == "vpcd" else 65535)
