"""Faults of the card itself: its image is changed before the card is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from harness.codec.tlv import encode, parse
from harness.core.errors import ConfigError
from harness.crypto.keys import key_names, own_test_public_key
from harness.profiles.image import Application, CardImage, RecordLayout
from harness.virtualcard.faults import Fault
from harness.virtualcard.personalise import Personalised, signed_part, track2

PAST, FUTURE = date(2019, 12, 31), date(2048, 12, 31)
WEAK_KEY = "own-test-icc-short-768"
OF_THE_CARD = {0x93, 0x9F46, 0x9F47, 0x9F48}
SIGNED = {0x90, 0x92, 0x93, 0x9F32, 0x9F46, 0x9F47, 0x9F48}


class OfApplications(Fault):
    """A change that every payment application of the card gets."""

    def personalise(self, image: CardImage) -> CardImage:
        if not image.is_emv:
            return image
        return replace(image, applications=tuple(self.change(app) for app in image.applications))

    def change(self, app: Application) -> Application:
        """The application, changed."""
        return app


class NamedChange(OfApplications):
    """One of ``CHANGES``."""

    def change(self, app: Application) -> Application:
        return CHANGES[self.file.change](app)


class ObjectChange(OfApplications):
    """A data object is missing, has another value, or more of it."""

    def change(self, app: Application) -> Application:
        tag = self.file.tag
        if self.file.drop:
            return replace(app, records=tuple(_without(record, tag) for record in app.records))
        perso = Personalised(app)
        value = perso.afl if tag == 0x94 else perso.values.get(tag, b"")
        return replace(app, data={**app.data, tag: (self.file.value or value) + self.file.append})


class RecordChange(OfApplications):
    """The record with ``tag`` (the first one where it is not given) is coded in another way. The
    card signs what it then says."""

    def change(self, app: Application) -> Application:
        coded = Personalised(app).records
        for record in app.records:
            if record.tags and (not self.file.tag or self.file.tag in record.tags):
                data = RECODINGS[self.file.recode](coded[record.sfi, record.number], self.file.tag)
                raw = replace(record, tags=(), raw=data)
                records = tuple(raw if item is record else item for item in app.records)
                return replace(app, records=records)
        return app


class AtrChange(Fault):
    """Another answer to reset: cold, warm or both."""

    def personalise(self, image: CardImage) -> CardImage:
        atr, reset = self.file.atr, self.file.reset
        return replace(
            image,
            atr=image.atr if reset == "warm" else atr,
            warm_atr=image.warm_atr if reset == "cold" else atr,
        )


CARD_CLASSES: dict[str, type[Fault]] = {
    "image": NamedChange,
    "object": ObjectChange,
    "record": RecordChange,
    "atr": AtrChange,
}


def _without(record: RecordLayout, tag: int) -> RecordLayout:
    kept = tuple(item for item in record.tags if item != tag)
    # A record that would be empty stays, as an empty template: the AFL names it.
    return replace(record, tags=kept) if kept else replace(record, tags=(), raw=encode(0x70, b""))


def _expired(app: Application) -> Application:
    return replace(app, expiry=PAST, effective=date(2010, 1, 1) if app.effective else None)


def _effective_tomorrow(app: Application) -> Application:
    return replace(app, effective=FUTURE, expiry=date(2049, 12, 31))


def _wrong_check_digit(app: Application) -> Application:
    return replace(app, pan=app.pan[:-1] + str((int(app.pan[-1]) + 1) % 10))


def _track2_of_another(app: Application) -> Application:
    other = _wrong_check_digit(app)
    return replace(app, data={**app.data, 0x57: track2(other)})


def _certificate_expired(app: Application) -> Application:
    return replace(app, keys=replace(app.keys, certificate_expiry=bytes.fromhex("1219")))


def _with_certificates_of(app: Application, certified: Application) -> Application:
    """``app``, carrying the ICC certificate (and signed static data) of ``certified``."""
    values = signed_objects(Personalised(certified))
    kept = {tag: value for tag, value in values.items() if tag in OF_THE_CARD}
    return replace(app, data={**app.data, **kept})


def signed_objects(perso: Personalised) -> dict[int, bytes]:
    """Certificates, remainders, exponents and signed static data as the records hold them."""
    found: dict[int, bytes] = {}
    for record in perso.records.values():
        for node in parse(record).nodes:
            found |= {child.tag: child.value for child in node.children if child.tag in SIGNED}
    return found


def static_data(perso: Personalised) -> bytes:
    """The static data to be authenticated of a card (EMV Book 3, 10.3)."""
    layouts = sorted(perso.app.records, key=lambda record: (record.sfi, record.number))
    signed = [(record.sfi, record.number) for record in layouts if record.signed]
    data = b"".join(signed_part(perso.records[place], place[0]) for place in signed)
    return data + (perso.app.aip if perso.values.get(0x9F4A) == b"\x82" else b"")


def _key_of_another(app: Application) -> Application:
    """The card signs with a key that its certificate is not about."""
    if not app.keys.icc:
        return app
    other = _another_key(app.keys.icc)
    return _with_certificates_of(replace(app, keys=replace(app.keys, icc=other)), app)


def _another_key(name: str) -> str:
    """A card key as long as ``name``, which therefore fits under the same issuer key."""
    length = own_test_public_key(name).length
    cards = (other for other in key_names() if other.startswith("own-test-icc-"))
    return next(
        (other for other in cards if other != name and own_test_public_key(other).length == length),
        WEAK_KEY,
    )


def _static_data_changed(app: Application) -> Application:
    """A signed data object is changed after it was signed: the usage control, or the country."""
    changed = app.usage_control[:1] + bytes([(app.usage_control[1:] or b"\0")[0] ^ 0x40])
    if not app.usage_control:
        return _with_certificates_of(replace(app, country=(app.country or 0) + 1), app)
    return _with_certificates_of(replace(app, usage_control=changed), app)


def _weak_key(app: Application) -> Application:
    return replace(app, keys=replace(app.keys, icc=WEAK_KEY)) if app.keys.icc else app


CHANGES: dict[str, Callable[[Application], Application]] = {
    "application-blocked": lambda app: replace(app, blocked=True),
    "certificate-expired": _certificate_expired,
    "effective-tomorrow": _effective_tomorrow,
    "expired": _expired,
    "key-of-another-card": _key_of_another,
    "pin-blocked": lambda app: replace(app, pin=app.pin or "1234", pin_tries=0),
    "static-data-changed": _static_data_changed,
    "track2-of-another-card": _track2_of_another,
    "weak-key": _weak_key,
    "wrong-check-digit": _wrong_check_digit,
}


def _non_minimal(record: bytes, tag: int) -> bytes:
    """The length of the template in one byte more than needed."""
    body = parse(record).nodes[0].value
    if len(body) < 0x80:
        return b"\x70\x81" + bytes([len(body)]) + body
    return b"\x70\x82\x00" + bytes([len(body)]) + body


def _indefinite(record: bytes, tag: int) -> bytes:
    """The indefinite form of BER, which EMV does not have: 80, and two zeros at the end."""
    return b"\x70\x80" + parse(record).nodes[0].value + b"\x00\x00"


def _repeat(record: bytes, tag: int) -> bytes:
    """``tag`` once more, with another value."""
    template = parse(record).nodes[0]
    for node in template.children:
        if node.tag == tag and node.value:
            again = encode(tag, node.value[:-1] + bytes([node.value[-1] ^ 0x10]))
            return encode(0x70, template.value + again)
    raise ConfigError(f"no tag {tag:X} in the record to repeat")


def _drop(record: bytes, tag: int) -> bytes:
    """The last byte of the record is missing, so that its last object is cut."""
    return record[:-1]


RECODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "non-minimal": _non_minimal,
    "indefinite": _indefinite,
    "repeat": _repeat,
    "drop": _drop,
}
