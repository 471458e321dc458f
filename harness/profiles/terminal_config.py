"""Terminal configurations (``harness/data/terminals/*.toml``): what the harness's kernel claims
to be, by which the coverage answer is qualified."""

from __future__ import annotations

from pathlib import Path

from harness.core import paths
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, find, ids, read_toml

DEFAULT = "attended-eu"

CAPABILITY_BITS = {
    "plaintext_pin": (1, 0x80),
    "online_pin": (1, 0x40),
    "signature": (1, 0x20),
    "enciphered_pin": (1, 0x10),
    "no_cvm": (1, 0x08),
    "sda": (2, 0x80),
    "dda": (2, 0x40),
    "card_capture": (2, 0x20),
    "cda": (2, 0x08),
}
"""Byte and bit in Terminal Capabilities 9F33 (EMV Book 4, Annex A2)."""


@dataclass(frozen=True, slots=True)
class ActionCodes:
    """Terminal action codes, five bytes each, in the shape of the TVR."""

    denial: bytes
    online: bytes
    default: bytes


@dataclass(frozen=True, slots=True)
class TerminalAid:
    """One AID that the terminal supports. ``partial``: a card application whose DF name starts
    with it matches too; ``versions`` are application version numbers (9F09), two bytes each;
    ``kernel`` is the contactless kernel that the terminal names for it, None where it does not."""

    aid: bytes
    scheme: str
    partial: bool
    versions: tuple[bytes, ...]
    kernel: int | None = None

    def matches(self, name: bytes) -> bool:
        """Does a card application with this DF name match (EMV Book 1, 12.3.1)?"""
        return name == self.aid or (self.partial and name.startswith(self.aid))


@dataclass(frozen=True, slots=True)
class SchemeRisk:
    """Risk parameters and action codes of one RID, or of one AID (``rid`` then holds all of it).
    Amounts are in minor units of the terminal's currency; ``random_*`` are percentages and the
    threshold of EMV Book 3, 10.6.2."""

    rid: bytes
    scheme: str
    floor_limit: int
    random_threshold: int
    random_target: int
    random_maximum: int
    tac: ActionCodes
    default_ddol: bytes
    default_tdol: bytes


@dataclass(frozen=True, slots=True)
class TerminalKey:
    """A CA public key that the terminal holds. ``modulus`` may be empty: the published key with
    this RID and index is meant then. ``expires`` is text, as the source has it."""

    rid: bytes
    index: int
    modulus: bytes = b""
    exponent: int = 3
    expires: str = ""

    @property
    def name(self) -> str:
        """``A000000003/92``."""
        return f"{self.rid.hex().upper()}/{self.index:02X}"


@dataclass(frozen=True, slots=True)
class TerminalConfig:
    """A terminal. ``capabilities`` is 9F33, ``additional_capabilities`` 9F40, ``country`` and
    ``currency`` are numeric ISO 3166 and ISO 4217 codes, ``exponent`` is 5F36. ``revoked`` lists
    issuer certificates (RID, CA key index, serial number), ``exceptions`` cards (PAN digits, PAN
    sequence number or None for every one). ``ca_keys`` are the only CA keys that it has (empty:
    nothing is known, every shipped one counts); ``kept`` are (key, value) pairs of an imported
    file that this kernel has no use for."""

    schema: int
    id: str
    name: str
    note: str
    terminal_type: int
    country: int
    currency: int
    exponent: int
    capabilities: bytes
    additional_capabilities: bytes
    category_code: int
    merchant_id: str
    terminal_id: str
    merchant_name: str
    acquirer_id: str
    languages: tuple[str, ...]
    cardholder_confirms: bool
    pse: bool
    aids: tuple[TerminalAid, ...]
    schemes: tuple[SchemeRisk, ...]
    path: Path | None = None
    revoked: frozenset[tuple[bytes, int, bytes]] = frozenset()
    exceptions: frozenset[tuple[str, int | None]] = frozenset()
    ca_keys: tuple[TerminalKey, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()

    def can(self, ability: str) -> bool:
        """Is the named bit of 9F33 set? Names are the keys of CAPABILITY_BITS."""
        place, bit = CAPABILITY_BITS[ability]
        return bool(self.capabilities[place] & bit)

    def has_code_table(self, part: int) -> bool:
        """Can it show ISO/IEC 8859-``part``? Bytes 4 and 5 of 9F40 say so for parts 1 to 10."""
        shown = int.from_bytes(self.additional_capabilities[3:5], "big")
        return 1 <= part <= 10 and bool(shown >> (part - 1) & 1)

    def excepts(self, pan: str, psn: int | None) -> bool:
        """Is this card on the exception file?"""
        return (pan, None) in self.exceptions or (pan, psn) in self.exceptions

    @property
    def attended(self) -> bool:
        """False for unattended terminals (types 24 to 26, 34 to 36)."""
        return self.terminal_type % 10 <= 3

    @property
    def offline_only(self) -> bool:
        """True for terminal types 23, 26, 33 and 36 (EMV Book 4, Annex A1)."""
        return self.terminal_type % 10 in (3, 6)

    @property
    def online_only(self) -> bool:
        """True for terminal types 21, 24, 31 and 34."""
        return self.terminal_type % 10 in (1, 4)

    def risk_for(self, aid: bytes) -> SchemeRisk:
        """Parameters of the AID, else of its RID (the longest that it begins with); where there
        are none, action codes that go online for everything, and a floor limit of zero."""
        fitting = [scheme for scheme in self.schemes if aid.startswith(scheme.rid)]
        if not fitting:
            return _cautious(aid[:5])
        return max(fitting, key=lambda one: len(one.rid))

    def versions_for(self, aid: bytes) -> tuple[bytes, ...]:
        """Application version numbers that the terminal knows for this AID, preferred first."""
        return next((known.versions for known in self.aids if known.matches(aid)), ())


def _cautious(rid: bytes) -> SchemeRisk:
    tac = ActionCodes(denial=bytes(5), online=b"\xff" * 5, default=b"\xff" * 5)
    return SchemeRisk(rid, "", 0, 0, 0, 0, tac, bytes.fromhex("9F3704"), b"")


def terminals_folder() -> Path:
    """Where the shipped configurations are."""
    return paths.data("terminals")


def terminal_ids() -> list[str]:
    """Ids of the shipped configurations."""
    return ids(terminals_folder())


def load_terminal(name: str | Path = DEFAULT) -> TerminalConfig:
    """The configuration with this id, or in this file. Raises ConfigError, ConfigErrors."""
    path = find(_("terminal configuration"), name, terminals_folder(), "emv-harness config list")
    return parse(read_toml(path), path)


def parse(table: dict[str, object], path: Path) -> TerminalConfig:
    """A TerminalConfig from the dictionary of its file. Raises ConfigErrors."""
    top = Fields(table)
    made = TerminalConfig(
        schema=top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA),
        id=top.text("id", REQUIRED, pattern="[a-z0-9-]+", shape=_("an id such as attended-eu")),
        name=top.text("name", REQUIRED),
        note=top.text("note"),
        terminal_type=_terminal_type(top),
        country=top.number("country", REQUIRED, low=1, high=999),
        currency=top.number("currency", REQUIRED, low=1, high=999),
        exponent=top.number("exponent", 2, low=0, high=9),
        capabilities=top.octets("capabilities", REQUIRED, sizes=(3,)),
        additional_capabilities=top.octets("additional_capabilities", REQUIRED, sizes=(5,)),
        category_code=top.number("category_code", 5999, low=0, high=9999),
        merchant_id=top.text("merchant_id", "", pattern="[ -~]{0,15}", shape=_("0-15 characters")),
        terminal_id=top.text("terminal_id", "", pattern="[ -~]{8}", shape=_("8 characters")),
        merchant_name=top.text("merchant_name"),
        acquirer_id=top.text("acquirer_id", "0", pattern=r"\d{1,11}", shape=_("1-11 digits")),
        languages=top.texts("languages", ("en",)),
        cardholder_confirms=top.flag("cardholder_confirms"),
        pse=top.flag("pse", default=True),
        aids=tuple(_aid(item) for item in top.tables("aid", REQUIRED)),
        schemes=tuple(_scheme(item) for item in top.tables("scheme")),
        path=path,
        revoked=frozenset(_revoked(item) for item in top.tables("revoked")),
        exceptions=frozenset(_exception(item) for item in top.tables("exception")),
        ca_keys=tuple(_ca_key(item) for item in top.tables("ca_key")),
        kept=_kept(top),
    )
    _contradictions(top, made)
    top.finish(_("the terminal configuration has mistakes"), str(path))
    return made


TERMINAL_TYPES = (11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 26, 34, 35, 36)
"""9F35 (EMV Book 4, Annex A1)."""

_NUMERIC_KEYS = 0x80


def _contradictions(top: Fields, made: TerminalConfig) -> None:
    """What each key allows, and all of them together do not."""
    if made.terminal_type not in TERMINAL_TYPES:
        top.problem("terminal_type", _("is not one of {all}").format(all=TERMINAL_TYPES))
    if len(made.capabilities) == 3:
        if not made.attended and made.can("signature"):
            top.problem("capabilities", _("an unattended terminal takes no signature"))
        if made.offline_only and made.can("online_pin"):
            top.problem("capabilities", _("an offline-only terminal takes no online PIN"))
        pins = any(made.can(name) for name in ("plaintext_pin", "online_pin", "enciphered_pin"))
        more = made.additional_capabilities
        if pins and len(more) == 5 and not more[2] & _NUMERIC_KEYS:
            top.problem("additional_capabilities", _("a PIN needs numeric keys (byte 3 bit 8)"))
    aids = [known.aid for known in made.aids]
    if len(set(aids)) < len(aids):
        top.problem("aid", _("an AID is there twice"))
    rids = [one.rid for one in made.schemes]
    if len(set(rids)) < len(rids):
        top.problem("scheme", _("a RID is there twice"))
    keys = [(one.rid, one.index) for one in made.ca_keys]
    if len(set(keys)) < len(keys):
        top.problem("ca_key", _("a CA key is there twice"))


def _terminal_type(top: Fields) -> int:
    """9F35 is written as it reads in the books: 22 is the two BCD digits 2 and 2."""
    return top.number("terminal_type", REQUIRED, low=11, high=36)


def _revoked(item: Fields) -> tuple[bytes, int, bytes]:
    """One issuer certificate that must not be used (EMV Book 2, 5.3 step 10)."""
    rid = item.octets("rid", REQUIRED, sizes=(5,))
    index = item.octets("index", REQUIRED, sizes=(1,))
    serial = item.octets("serial", REQUIRED, sizes=(3,))
    item.done()
    return rid, int.from_bytes(index, "big"), serial


def _exception(item: Fields) -> tuple[str, int | None]:
    """One card of the exception file; without ``psn``, every card with this PAN."""
    pan = item.text("pan", REQUIRED, pattern=r"\d{8,19}", shape=_("8-19 digits"))
    psn = item.number("psn", -1, low=-1, high=99)
    item.done()
    return pan, None if psn < 0 else psn


def _ca_key(item: Fields) -> TerminalKey:
    """One CA key that the terminal holds; without ``modulus``, the published one is meant."""
    rid = item.octets("rid", REQUIRED, sizes=(5,))
    index = item.octets("index", REQUIRED, sizes=(1,))
    modulus = item.octets("modulus", b"", sizes=(0, *range(64, 249)))
    exponent = item.number("exponent", 3, low=3, high=65537)
    if exponent not in (3, 65537):
        item.problem("exponent", _("an exponent is 3 or 65537"))
    expires = item.text("expires")
    item.done()
    return TerminalKey(rid, int.from_bytes(index, "big"), modulus, exponent, expires)


def _kept(top: Fields) -> tuple[tuple[str, str], ...]:
    """What an imported file said beside: any key with a text."""
    table = top.table("kept")
    return tuple(table.strings().items()) if table is not None else ()


def _aid(item: Fields) -> TerminalAid:
    aid = item.octets("aid", REQUIRED, sizes=range(5, 17))
    scheme = item.text("scheme", REQUIRED)
    partial = item.flag("partial", default=True)
    versions = []
    for text in item.texts("versions", REQUIRED):
        if len(text) == 4 and all(char in "0123456789ABCDEFabcdef" for char in text):
            versions.append(bytes.fromhex(text))
        else:
            item.problem("versions", _("{value!r} is not four hex digits").format(value=text))
    kernel = item.number("kernel", -1, low=-1, high=255)
    item.done()
    return TerminalAid(aid, scheme, partial, tuple(versions), None if kernel < 0 else kernel)


def _scheme(item: Fields) -> SchemeRisk:
    tac = item.table("tac")
    codes = ActionCodes(bytes(5), bytes(5), bytes(5))  # absent: zeros (EMV Book 3, 10.7)
    if tac is not None:
        codes = ActionCodes(
            denial=tac.octets("denial", bytes(5), sizes=(5,)),
            online=tac.octets("online", bytes(5), sizes=(5,)),
            default=tac.octets("default", bytes(5), sizes=(5,)),
        )
        tac.done()
    made = SchemeRisk(
        rid=item.octets("rid", REQUIRED, sizes=range(5, 17)),
        scheme=item.text("scheme", REQUIRED),
        floor_limit=item.number("floor_limit", REQUIRED, low=0, high=10**12 - 1),
        random_threshold=item.number("random_threshold", 0, low=0, high=10**12 - 1),
        random_target=item.number("random_target", 0, low=0, high=99),
        random_maximum=item.number("random_maximum", 0, low=0, high=99),
        tac=codes,
        default_ddol=item.octets("default_ddol", bytes.fromhex("9F3704")),
        default_tdol=item.octets("default_tdol"),
    )
    if made.random_target > made.random_maximum:
        item.problem("random_target", _("is above random_maximum"))
    if made.random_threshold > made.floor_limit:
        item.problem("random_threshold", _("is above floor_limit"))
    item.done()
    return made
