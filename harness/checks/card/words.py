"""The three words of a card report, kept apart: well-formed, consistent, authentic.

*Well-formed*: the coding follows the books. *Consistent*: the data agree with each other and with
what the card does. *Authentic*: a dynamic signature over a fresh number under a trusted CA key, or
a cryptogram under the issuer's key - never under our own test keys, which are public.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.records.result import CheckResult


class Word(StrEnum):
    """What a passed check speaks for."""

    WELL_FORMED = N_("well-formed")
    CONSISTENT = N_("consistent")
    AUTHENTIC = N_("authentic")


READ_THROUGH = "READ-01"
"""The check that every command of the reading was answered."""
KEY_KIND = N_("CA key kind")
"""Name of the measurement that says under which kind of key a signature was verified."""
RECORDED = N_("recorded signature")
"""Name of the measurement that says that the signature comes from a transcript: nothing in it was
made for a fresh number."""

_WELL_FORMED_FAMILIES = frozenset(
    {"ATR", "PSE", "SEL", "FCI", "GPO", "AFL", "TLV", "READ", "DAT", "NAM", "SW", "GD", "SEC"}
)
_CONSISTENT = frozenset(
    {"PSE-05", "PSE-07", "SEL-02", "FCI-02", "FCI-04", "FCI-07", "AFL-05", "DAT-01", "DAT-02"}
)
WORDS: dict[str, Word] = {
    "ODA-24": Word.AUTHENTIC,
    "ODA-25": Word.AUTHENTIC,
    "AC-05": Word.AUTHENTIC,
    **dict.fromkeys(
        ("REC-01", "REC-02", "REC-04", "REC-05", "REC-06", "PAN-01", "PAN-04", "TRK-01", "DATE-01",
         "DOL-01", "CVM-01", "CVM-02", "AIP-01", "AC-01", "AC-02", "AC-03", "AC-04", "EC-02",
         "ODA-04", "ODA-05", "ODA-06", "ODA-07", "ODA-12", "ODA-13", "ODA-14", "ODA-15", "ODA-21",
         "IAC-01", "VER-01", "LOG-01"),
        Word.WELL_FORMED,
    ),
}  # fmt: skip
"""Checks whose word does not follow from their family."""


def word_of(check: str) -> Word:
    """The word that a card check speaks for."""
    if check in WORDS:
        return WORDS[check]
    family = check.partition("-")[0]
    well = family in _WELL_FORMED_FAMILIES and check not in _CONSISTENT
    return Word.WELL_FORMED if well else Word.CONSISTENT


def standing(results: Iterable[CheckResult]) -> dict[Word, str]:
    """For each word, what the results of one card say, as a sentence: how many checks looked, and
    how many speak against it. *Authentic* needs a dynamic signature under a CA key that is not our
    own test CA's."""
    seen = list(results)
    return {word: _said(word, seen) for word in Word}


def _broke_off(result: CheckResult) -> bool:
    """Did the reading fail? That is card, reader, driver or a hand, and says nothing of the
    coding."""
    return result.id == READ_THROUGH and result.verdict is Verdict.FAIL


def _said(word: Word, results: list[CheckResult]) -> str:
    mine = [one for one in results if word_of(one.id) is word and not _broke_off(one)]
    count = Counter(result.verdict for result in mine)
    bad = count[Verdict.FAIL]
    looked = count[Verdict.PASS] + count[Verdict.WARN] + bad
    if bad:
        return _("no: {bad} of {n} checks say otherwise").format(bad=bad, n=looked)
    if not looked:
        return _("not examined")
    if word is not Word.AUTHENTIC:
        return _("nothing against it, checks examined: {n}").format(n=looked)
    recorded = any(measured.name == RECORDED for result in mine for measured in result.measurements)
    proved = [
        f"{result.id} ({measured.value})"
        for result in mine
        for measured in result.measurements
        if result.verdict is Verdict.PASS
        and measured.name == KEY_KIND
        and measured.value in ("live", "test", "unknown")
    ]
    if recorded:
        return _("not shown: recorded signatures answer no fresh number")
    if proved:
        return _("yes: {ids}").format(ids=", ".join(proved))
    return _("not shown: keys whose private halves are public prove nothing")
