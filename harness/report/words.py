"""Words that reach gettext through a variable: marked here, so that the catalogue knows them."""

from __future__ import annotations

from harness.core.i18n import N_

VERDICTS = (N_("pass"), N_("warn"), N_("fail"), N_("skip"), N_("error"), N_("timeout"))
"""Verdicts as the totals line has them; the verdicts themselves stay as they are."""

REASONS = (
    N_("not applicable"),
    N_("not examined"),
    N_("unknown key"),
    N_("needs hardware"),
    N_("needs an operator"),
    N_("state change not allowed"),
    N_("dependency missing"),
)
"""Reasons of a SKIP, as ``SkipReason`` has them."""

SUITES = (N_("reader"), N_("card"), N_("coverage"), N_("host"))
"""Parts of a run."""

CITED = N_("{place} (clause not verified)")
"""A citation that nobody has compared with the text."""

STATES = (N_("accepted"), N_("rejected"), N_("refused"))
"""How a card type ended in an earlier run, as the notes of coverage quote it."""

PLACES = (
    N_("record {record} offset {offset}"),
    N_("{tag} at record {record} offset {offset}"),
    N_("{tag} at {place}"),
)
"""Where evidence stands, as checks have it."""

CONDITIONS = (
    N_("clock"),
    N_("suites"),
    N_("terminal configuration"),
    N_("plan"),
    N_("state changes"),
    N_("own test keys"),
    N_("deadline"),
    N_("kernel"),
    N_("faults"),
    N_("reader faults"),
    N_("delays"),
    N_("strict"),
    N_("out of scope over PC/SC"),
    N_("not exercised by a virtual card"),
    N_("driver"),
)
"""Names of conditions and of facts about a reader, as a run records them."""
