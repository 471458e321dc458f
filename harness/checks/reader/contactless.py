"""What a contactless reader offers over PC/SC: UID and ATS, and how long PPSE takes."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, not_applicable, ok, warn
from harness.checks.reader.bench import Bench
from harness.checks.reader.spread import held
from harness.checks.registry import Needs, check
from harness.codec.apdu import select
from harness.codec.atr import parse_atr
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec

PART3 = "PC/SC Specification Part 3"
PPSE = select(b"2PAY.SYS.DDF01")
GET_UID = bytes.fromhex("FFCA000000")
GET_ATS = bytes.fromhex("FFCA010000")
UIDS = (4, 7, 8, 10)
"""Bytes of a UID: ISO/IEC 14443-3 type A 4, 7, 10, type B 4; ISO/IEC 15693 and FeliCa 8."""
ROUNDS = 20
DEFAULT_MS = 300.0


def _contactless(bench: Bench) -> bool:
    """Is the ATR one that a contactless reader makes up?"""
    return bool(bench.cold_atr) and parse_atr(bench.cold_atr).contactless


@check("CL-01", N_("UID and ATS"), suite="reader", needs=Needs.KNOWN_CARD,
       spec=(Spec(PART3, "3.2.2"),))  # fmt: skip
def uid(bench: Bench) -> Finding:
    """FF CA gives a UID of 4, 7, 8 or 10 bytes, and the ATS or a refusal. The UID itself is not
    written down: it may tell a person."""
    if not _contactless(bench):
        return not_applicable(_("a contact card, by its ATR"))
    answer = bench.raw(GET_UID)
    if answer[-2:] != b"\x90\x00":
        return warn(_("FFCA0000 is refused: {sw}").format(sw=to_hex(answer[-2:])))
    size = len(answer) - 2
    if size not in UIDS:
        return fail(_("a UID of {n} bytes").format(n=size))
    ats = bench.raw(GET_ATS)
    said = _("ATS of {n} bytes").format(n=len(ats) - 2)
    if ats[-2:] != b"\x90\x00":
        said = _("no ATS: {sw}").format(sw=to_hex(ats[-2:]))
    return ok(_("UID of {n} bytes; {ats}").format(n=size, ats=said))


@check("CL-03", N_("Time of SELECT PPSE"), suite="reader", needs=Needs.KNOWN_CARD,
       spec=(Spec(PART3, "3.2.2"),))  # fmt: skip
def ppse(bench: Bench) -> Finding:
    """SELECT 2PAY.SYS.DDF01 on a contactless card, again and again, within the profile's time for
    a short command (300 ms where there is none)."""
    if not _contactless(bench):
        return not_applicable(_("a contact card, by its ATR"))
    times = []
    for _round in range(ROUNDS):
        began = bench.clock.monotonic()
        bench.raw(PPSE.to_bytes())
        times.append((bench.clock.monotonic() - began) * 1000)
    limit = bench.limits.apdu_p95_ms or DEFAULT_MS
    return held("SELECT PPSE", times, limit, _("{n} times, p95 {ms:.3g} ms"))
