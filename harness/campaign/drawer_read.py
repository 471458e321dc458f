"""What a card says about itself when it is put into the drawer: read, and not changed."""

from __future__ import annotations

from dataclasses import replace

from harness.campaign.bench_salt import Salt
from harness.checks.card.facts import ApplicationFacts, CardFacts
from harness.checks.card.interpret import interpret
from harness.checks.coverage.features import CVM_METHODS
from harness.checks.runner import CARD_SUITE, Attempt, CardSuiteOptions
from harness.codec.cvm import parse_cvm_list
from harness.core.errors import CodecError, ConfigError, HarnessError, NoCard
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.link.api import LinkOptions
from harness.link.find import find_readers
from harness.link.supervise import JobSpec, run_job
from harness.profiles.card_types import types_by_aid
from harness.profiles.drawer import rows
from harness.profiles.image import load_image
from harness.records.run import Subject

AIP, CVM_LIST = 0x82, 0x8E
_ODA = ((0x40, "SDA"), (0x20, "DDA"), (0x01, "CDA"))
"""Bits of byte 1 of the AIP (EMV 4.4 Book 3, Annex C1)."""


@dataclass(frozen=True, slots=True)
class SeenCard:
    """``types`` are the card types that it may be (an AID may stand for several); ``rows`` the
    authentication and verification methods that its data name."""

    subject: Subject
    types: tuple[str, ...]
    rows: tuple[str, ...]


def read_card(selector: str, options: LinkOptions, config: str, salt: Salt) -> SeenCard:
    """Read the card in the reader that ``selector`` means, without any state change.

    Sends what ``card check`` sends without a transaction: GET PROCESSING OPTIONS, once an
    application, may use up one transaction number. Raises LinkError, ConfigError, and
    HarnessError for a card that gives no PAN to recognise it by.
    """
    readers = find_readers(selector, options)
    if len(readers) != 1:
        raise ConfigError(_("several cards were meant"), where="--reader", todo=_("name one"))
    reader = readers[0]
    if not reader.card_present():
        raise NoCard(_("no card in the reader"), where=reader.name, todo=_("insert the card"))
    suite = CardSuiteOptions(
        clock=options.clock, config=config, salt=salt.value, judge_card=False, transaction=False
    )
    images = (reader.image,) if reader.image else ()
    spec = JobSpec(CARD_SUITE, reader.name, replace(options, images=images), {"options": suite})
    end = run_job(spec, lambda _event: None)
    attempt: Attempt = end.result()
    if not attempt.subject.card_hash:
        raise HarnessError(
            _("the card gave no PAN (5A): it could not be recognised again"),
            where=reader.name,
            todo=_("see what it answers: emv-harness card check --reader {name!r}").format(
                name=reader.name
            ),
        )
    facts = interpret(end.exchanges)
    return SeenCard(attempt.subject, _types(facts, reader.image), _rows(facts))


def _types(facts: CardFacts, image: str) -> tuple[str, ...]:
    if image:
        known = load_image(image).card_type
        return (known,) if known else ()
    found = [
        known.id for app in facts.applications for known in types_by_aid(app.df_name or app.aid)
    ]
    return tuple(dict.fromkeys(found))


def _rows(facts: CardFacts) -> tuple[str, ...]:
    """Rows of a plan that the card's own data name, in the order of the plan's keys."""
    found = set()
    for app in facts.applications:
        found |= {f"oda:{name}" for bit, name in _ODA if app.aip is not None and app.aip[0] & bit}
        found |= _methods(app)
        if app.select.sw == 0x6283:
            found.add("refused:blocked")
    return tuple(row for row in rows() if row in found)


def _methods(app: ApplicationFacts) -> set[str]:
    try:
        rules = parse_cvm_list(app.get(CVM_LIST) or b"").rules
    except CodecError:
        return set()
    return {f"cvm:{CVM_METHODS.get(rule.method, '')}" for rule in rules}
