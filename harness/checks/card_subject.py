"""What a report calls the card that was judged: never its PAN."""

from __future__ import annotations

import hashlib

from harness.checks.card.facts import ApplicationFacts, CardFacts
from harness.codec.aid import product_of, scheme_of
from harness.codec.formats import pan_digits, parse_date_yymmdd
from harness.codec.tlv import parse
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.masking import mask_pan
from harness.link.api import Reader
from harness.records.run import Subject


def card_subject(reader: Reader, facts: CardFacts, salt: bytes) -> Subject:
    """The card in ``reader``. Its hash is over the run's salt, PAN and sequence number: it
    recognises the card within a run and tells nothing to anybody who has not the salt."""
    app = next((app for app in facts.applications if app.get(0x5A) is not None), None)
    pan = _pan(app)
    expiry = parse_date_yymmdd((app.get(0x5F24) if app else None) or b"")
    digest = hashlib.sha256(salt + pan.encode() + (app.get(0x5F34) or b"" if app else b""))
    label, basis, kind = _described(reader, facts)
    return Subject(
        id=card_id(reader),
        label=label,
        kind=kind,
        reader=reader.name,
        basis=basis,
        card_hash=digest.hexdigest()[:16] if pan else "",
        pan=mask_pan(pan) if pan else "",
        atr=to_hex(facts.atr),
        expiry=expiry.isoformat() if expiry is not None else "",
        pin_tries=_number(app, 0x9F17, 1),
        atc=_number(app, 0x9F36, 2),
        last_online_atc=_number(app, 0x9F13, 2),
    )


def card_id(reader: Reader) -> str:
    """What results call the card: its image, or the reader that a physical card is in."""
    return reader.image or f"card in {reader.name}"


def _described(reader: Reader, facts: CardFacts) -> tuple[str, str, str]:
    """Label, basis and kind: from the image of a virtual card, else from the AID."""
    if reader.image:
        from harness.profiles.image import load_image

        image = load_image(reader.image)
        return image.name, image.basis, image.kind
    for app in facts.applications:
        name = app.df_name or app.aid
        label = product_of(name) or scheme_of(name) or to_hex(name)
        return _("{label}, contact").format(label=label), "", "emv"
    return _("card in {reader}").format(reader=reader.name), "", "unknown"


def _number(app: ApplicationFacts | None, tag: int, size: int) -> int | None:
    """A binary counter that GET DATA gave, or None."""
    reply = app.get_data.get(tag) if app is not None else None
    node = parse(reply.data).find(tag) if reply is not None and reply.ok else None
    return int.from_bytes(node.value) if node is not None and len(node.value) == size else None


def _pan(app: ApplicationFacts | None) -> str:
    value = app.get(0x5A) if app is not None else None
    if value is None:
        return ""
    try:
        return pan_digits(value)
    except CodecError:
        return ""
