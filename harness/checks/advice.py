"""What to do now about a check that found something, where its finding does not say more.

A text stands for FAIL and WARN alike: it says what to look at, and who can mend it. A finding's
own advice goes before it.
"""

from __future__ import annotations

from harness.checks.advice_card import CARD
from harness.checks.advice_reader import READER
from harness.checks.finding import Finding
from harness.core.i18n import _
from harness.core.verdict import Verdict

_BY_CHECK = {
    (suite, name): text
    for suite, texts in (("card", CARD), ("reader", READER))
    for names, text in texts
    for name in names.split()
}
_AMISS = (Verdict.FAIL, Verdict.WARN)


def advice_for(suite: str, check: str, finding: Finding) -> str:
    """The finding's own advice, else what stands here for its check when something is amiss."""
    if finding.advice or finding.verdict not in _AMISS:
        return finding.advice
    text = _BY_CHECK.get((suite, check), "")
    return _(text) if text else ""
