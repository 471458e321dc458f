"""Card images: what a virtual card is personalised from (``vectors/cards/*.toml``).

An image is a synthetic card under a scheme's AID with test keys. The loader is in
``image_load``; these classes are plain so that a transaction starts quickly.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from harness.core.plain import dataclass

AIP_SDA = 0x40
AIP_DDA = 0x20
AIP_CARDHOLDER_VERIFICATION = 0x10
AIP_RISK_MANAGEMENT = 0x08
AIP_ISSUER_AUTHENTICATION = 0x04
AIP_CDA = 0x01


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """One record of an application: which tags it holds, and whether offline data authentication
    covers it. ``raw`` replaces the whole record (for cards that are wrong on purpose)."""

    sfi: int
    number: int
    signed: bool
    tags: tuple[int, ...]
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class CardKeys:
    """Names of the RSA keys in ``vectors/keys`` and the issuer master keys (16 bytes each).

    ``certificate_expiry`` is MMYY in BCD, as in the certificates.
    """

    imk_ac: bytes
    imk_smi: bytes
    imk_smc: bytes
    ca: str = ""
    ca_index: int = 0
    issuer: str = ""
    icc: str = ""
    certificate_expiry: bytes = b"\x12\x49"


@dataclass(frozen=True, slots=True)
class RiskParameters:
    """Card risk management. Amounts are in minor units of the application currency; the limits
    of consecutive offline transactions are tags 9F14 and 9F23; ``lower_amount_limit`` and
    ``upper_amount_limit`` are for what was spent offline altogether. ``new_card_online``: a card
    that has never been online asks for it; ``issuer_authentication_mandatory``: without it the
    second cryptogram is an AAC; ``pin_blocked_declines``: an exhausted PIN try counter ends in an
    AAC."""

    offline_amount_limit: int = 0
    lower_offline_limit: int = 0
    upper_offline_limit: int = 0
    new_card_online: bool = True
    issuer_authentication_mandatory: bool = False
    pin_blocked_declines: bool = False
    lower_amount_limit: int = 0
    upper_amount_limit: int = 0


@dataclass(frozen=True, slots=True)
class LogLayout:
    """Transaction log: 9F4D (SFI, number of records) and 9F4F (a DOL)."""

    sfi: int
    records: int
    format: bytes


@dataclass(frozen=True, slots=True)
class Purse:
    """Electronic cash: balance 9F79, its limit 9F77, the limit of one transaction 9F78 and the
    threshold 9F6D below which the card goes online to be loaded, all in minor units. With
    ``always`` the application spends from it without being told so by 9F7A in its PDOL."""

    balance: int
    limit: int
    single_limit: int
    threshold: int = 0
    always: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """One application of the card. ``data`` holds further data objects by tag; a tag given there
    wins over the same tag computed from a named field. ``fci_data`` goes into A5 as it is.
    ``listed`` is the AID in the directory where that is not the application's own (a card that is
    wrong on purpose)."""

    aid: bytes
    label: str
    preferred_name: str
    code_table: int
    priority: int
    language: str
    pan: str
    psn: int | None
    effective: date | None
    expiry: date
    service_code: str
    discretionary: str
    name: str
    country: int | None
    currency: int | None
    aip: bytes
    usage_control: bytes
    cvm_list: bytes
    iac_denial: bytes
    iac_online: bytes
    iac_default: bytes
    pdol: bytes
    cdol1: bytes
    cdol2: bytes
    ddol: bytes
    cvn: str
    key_index: int
    pin: str
    pin_tries: int
    gpo_format: int
    ac_format: int
    blocked: bool
    keys: CardKeys
    risk: RiskParameters
    log: LogLayout | None
    purse: Purse | None
    listed: bytes
    data: dict[int, bytes]
    fci_data: dict[int, bytes]
    records: tuple[RecordLayout, ...]

    @property
    def authentication(self) -> tuple[str, ...]:
        """Offline data authentication methods that the AIP claims (EMV Book 3, Annex C1)."""
        flags = self.aip[0] if self.aip else 0
        methods = (("sda", AIP_SDA), ("dda", AIP_DDA), ("cda", AIP_CDA))
        return tuple(name for name, bit in methods if flags & bit)


@dataclass(frozen=True, slots=True)
class PlainFile:
    """An elementary file of a card of plain files (ISO/IEC 7816-4): short identifier, structure
    ``transparent``, ``linear`` or ``cyclic``, ``size`` of it or of a record, number of records,
    what is in it at first, and whether writing needs the issuer's key (EXTERNAL AUTHENTICATE) or
    the cardholder's PIN (VERIFY)."""

    sfi: int
    structure: str
    size: int
    records: int
    content: bytes
    write: str


@dataclass(frozen=True, slots=True)
class Pse:
    """Payment system environment: the directory file's SFI, language preference, code table."""

    sfi: int = 1
    language: str = ""
    code_table: int = 0


@dataclass(frozen=True, slots=True)
class CardImage:
    """A card. ``kind`` is ``emv``, ``testcard`` or ``files``; ``scheme`` a slug; ``type`` the
    product (credit, debit, ...); ``basis`` says where its behaviour comes from: ``public`` (public
    text or vectors), ``generic`` (the EMV books only) or ``none``. ``expect`` is ``completes``, or
    ``refused`` for a card that is wrong on purpose: ``fails`` then names the checks that have to
    say so. ``product`` is its card type where scheme and type do not tell."""

    schema: int
    id: str
    name: str
    kind: str
    scheme: str
    type: str
    basis: str
    legacy: bool
    interfaces: tuple[str, ...]
    note: str
    source: str
    atr: bytes
    warm_atr: bytes
    pse: Pse | None
    applications: tuple[Application, ...]
    files: tuple[PlainFile, ...] = ()
    product: str = ""
    expect: str = "completes"
    fails: tuple[str, ...] = ()
    path: Path | None = None

    @property
    def authentication(self) -> tuple[str, ...]:
        """Offline data authentication methods over all applications, without repeats."""
        found = [method for app in self.applications for method in app.authentication]
        return tuple(dict.fromkeys(found))

    @property
    def cvn(self) -> tuple[str, ...]:
        """Cryptogram version numbers over all applications, two hex digits each."""
        return tuple(dict.fromkeys(app.cvn for app in self.applications if app.cvn))

    @property
    def card_type(self) -> str:
        """Id in ``harness/data/card_types.toml``; empty for a card that is no payment card, or
        that is there to be refused."""
        if self.kind != "emv" or self.expect != "completes":
            return ""
        return self.product or f"{self.scheme}-{self.type}"

    @property
    def is_emv(self) -> bool:
        """False for the co-operating test card and for cards of plain files."""
        return self.kind == "emv"


def load_image(name: str | Path) -> CardImage:
    """The image with this id, or in this file.

    Raises ConfigError for an unknown id (listing those that there are) or an unreadable file, and
    ConfigErrors with all mistakes of the file and their key paths.
    """
    from harness.profiles.image_load import images_folder, load

    image = load(name)
    if image.path is not None and image.path.parent != images_folder():
        _OWN_FILES[image.path] = image
    return image


_OWN_FILES: dict[Path, CardImage] = {}


def own_files() -> list[CardImage]:
    """Images of the user's own that this process has loaded: the simulated issuer knows the keys
    of those cards too."""
    return list(_OWN_FILES.values())


def list_images() -> list[CardImage]:
    """Every shipped image, payment cards first, by id."""
    from harness.profiles.image_load import images_folder, load

    found = [load(path) for path in images_folder().glob("*.toml")]
    return sorted(found, key=lambda image: (not image.is_emv, image.id))
