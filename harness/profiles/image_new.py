"""Writes a card image: ``emv-harness card new``. What it writes is short, on the shipped bases."""

from __future__ import annotations

from hashlib import sha256

from harness.codec import codes
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.masking import luhn_ok
from harness.core.plain import dataclass
from harness.core.suggest import known_names
from harness.profiles.card_types import CardType, card_types
from harness.profiles.image import AIP_ISSUER_AUTHENTICATION, CardImage, CardKeys, list_images

ODA_AIP = {"none": 0x18, "sda": 0x58, "dda": 0x38, "cda": 0x39}
"""First byte of the AIP, and the name of the base (``oda-none``, ...). CDA is bit 1 of it."""

KEY_SIZES = ("768", "896", "1152", "1408", "1968")
_VISA, _MASTERCARD = "A000000003", "A000000004"
_FAMILIES = {
    _VISA: ("visa", "12", ("0A", "12", "22")),
    _MASTERCARD: ("mastercard", "10", ("10", "11", "14", "15")),
    "A000000333": ("unionpay", "01", ("01",)),
    "A000000277": ("interac", "85", ("85",)),
}
_COMMON = ("ccd", "A5", ("A5", "A6"))
_SERIAL_DIGITS = 6


@dataclass(frozen=True, slots=True)
class NewCard:
    """What the user asked for. ``keys`` is a length of ICC key or empty, ``cvn`` two hex digits or
    empty for the family's first, ``serial`` distinguishes the PANs of several new cards."""

    id: str
    card_type: str
    oda: str = "dda"
    cvn: str = ""
    keys: str = ""
    pse: bool = True
    serial: int = 1


def find_type(scheme: str, product: str) -> str:
    """Id of the card type of a scheme: of ``product`` where given, else its first.

    Raises ConfigError that lists the schemes, or the products of the scheme.
    """
    of_scheme = [known for known in card_types().values() if known.scheme == scheme]
    if not of_scheme:
        schemes = sorted({known.scheme for known in card_types().values()})
        raise ConfigError(
            _("unknown scheme: {name!r}").format(name=scheme),
            where="--scheme",
            todo=known_names(scheme, schemes),
        )
    fitting = [known for known in of_scheme if product in ("", known.product, known.id)]
    if not fitting:
        raise ConfigError(
            _("{scheme} has no {product!r} card").format(scheme=scheme, product=product),
            where="--type",
            todo=known_names(product, [known.id for known in of_scheme]),
        )
    return fitting[0].id


def text_of(card: NewCard) -> str:
    """The TOML text of the image. Raises ConfigError for a version that the scheme has not, or a
    key length without keys."""
    known = card_types()[card.card_type]
    model = _model(known)
    family, cvn, bases = _family(known, card)
    app = model.applications[0]
    authentication = {"none": _("no offline data authentication")}.get(card.oda, card.oda.upper())
    note = f"A synthetic card under a {known.name} AID with test keys: {authentication}, CVN {cvn}."
    lines = [
        f"base   = [{', '.join(repr_toml(base) for base in bases)}]",
        "schema = 1",
        f"id     = {repr_toml(card.id)}",
        f"name   = {repr_toml(known.name)}",
        f"scheme = {repr_toml(known.scheme)}",
        f"type   = {repr_toml(known.product)}",
        f"card_type = {repr_toml(known.id)}",
        f"basis  = {repr_toml('generic')}",
        f"note   = {repr_toml(note)}",
        "source = " + repr_toml(f"emv-harness card new; AID: {known.source}."),
    ]
    if not card.pse:
        lines += ["", "[pse]", "present = false"]
    lines += [
        "",
        "[[application]]",
        f"aid      = {repr_toml(known.aid.hex().upper())}",
        f"label    = {repr_toml(app.label)}",
        f"pan      = {repr_toml(new_pan(app.pan, card.serial))}",
        f"country  = {app.country or 528}",
        f"currency = {app.currency or 978}",
        f"cvn      = {repr_toml(cvn)}",
    ]
    money = codes.currency(f"{app.currency or 978:03d}")
    if money is not None and money.exponent != _USUAL_EXPONENT:
        lines.append(f'data     = {{ "9F44" = "{money.exponent:02X}" }}  # decimal places')
    if family in ("visa", "unionpay"):
        flags = ODA_AIP[card.oda] | AIP_ISSUER_AUTHENTICATION
        lines.append(f"aip      = {repr_toml(f'{flags:02X} 00')}")
        if family == "visa" and card.oda == "cda":
            lines += ["gpo_format = 2", "ac_format  = 2"]
    return "\n".join(lines) + "\n"


_USUAL_EXPONENT = 2
"""What the base of every image says in 9F44."""


def first_cvn(aid: bytes) -> str:
    """Cryptogram version of a new card under ``aid``: the scheme's first, or the common core's."""
    return _FAMILIES.get(aid[:5].hex().upper(), _COMMON)[1]


def test_pan(aid: bytes, name: str) -> str:
    """A test PAN for the card called ``name`` under ``aid``, in the range of a shipped image of its
    scheme; for a scheme that has none, of a range that ISO/IEC 7812 leaves to national use (9).
    Another name gives another PAN: an issuer knows its cards by it."""
    apps = [app for image in list_images() for app in image.applications if app.pan]
    fitting = [app.pan for app in apps if aid.startswith(app.aid[:5])]
    serial = 1000 + int.from_bytes(sha256(name.encode() + aid).digest()[:4], "big") % 98000
    return new_pan((fitting or ["9999990000000000"])[0], serial)


def shipped_keys(pan: str) -> CardKeys | None:
    """Keys of the shipped image with this PAN: the simulated issuer knows the card by it."""
    apps = (app for image in list_images() for app in image.applications)
    return next((app.keys for app in apps if app.pan == pan), None)


def new_pan(pan: str, serial: int) -> str:
    """A PAN in the same range: the digits before the check digit are ``serial``'s, from 900001
    on, which no shipped image uses."""
    body = pan[: -_SERIAL_DIGITS - 1] + f"{900000 + serial:0{_SERIAL_DIGITS}d}"
    return next(body + str(digit) for digit in range(10) if luhn_ok(body + str(digit)))


def repr_toml(text: str) -> str:
    """A basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _family(known: CardType, card: NewCard) -> tuple[str, str, list[str]]:
    family, first, versions = _FAMILIES.get(known.aid[:5].hex().upper(), _COMMON)
    cvn = card.cvn.upper() or first
    if cvn in _COMMON[2]:
        family = "ccd"
    elif cvn not in versions:
        every = (*versions, *_COMMON[2])
        raise ConfigError(
            _("{name} has no cryptogram version {cvn!r}").format(name=known.name, cvn=card.cvn),
            where="--cvn",
            todo=_("known: {names}").format(names=", ".join(dict.fromkeys(every))),
        )
    if card.keys and card.oda in ("none", "sda"):
        raise ConfigError(
            _("only DDA and CDA have an ICC key"),
            where="--keys",
            todo=_("leave --keys out, or give --oda dda or --oda cda"),
        )
    keys = [f"keys-{card.keys}"] if card.keys else []
    return family, cvn, ["contact", f"oda-{card.oda}", *keys, family]


def _model(known: CardType) -> CardImage:
    """The shipped image whose label, PAN range, country and currency the new one takes."""
    images = [image for image in list_images() if image.card_type]
    fitting = [image for image in images if image.card_type == known.id]
    fitting += [image for image in images if image.scheme == known.scheme]
    return fitting[0]
