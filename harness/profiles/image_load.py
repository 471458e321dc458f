"""Reads a card image; says everything that is wrong with it in one go."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path

from harness.codec.dol import parse_dol
from harness.core import paths
from harness.core.errors import CodecError
from harness.core.i18n import _
from harness.crypto.keys import key_names
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, find, read_toml
from harness.profiles.image import (
    Application,
    CardImage,
    CardKeys,
    LogLayout,
    PlainFile,
    Pse,
    Purse,
    RecordLayout,
    RiskParameters,
)
from harness.profiles.image_base import with_base

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
KINDS = ("emv", "testcard", "files")
TYPES = ("credit", "debit", "prepaid", "charge", "cash", "test")
BASES = ("public", "generic", "none")
EXPECTED = ("completes", "refused")
STRUCTURES = ("transparent", "linear", "cyclic")
ACCESS = ("free", "pin", "issuer", "never")
INTERFACES = ("contact", "contactless")
_DOL = range(0, 253)
_MOST = 10**12 - 1
_DEPENDS_ON_RECORDS = {0x93: "signed static data", 0x9F46: "the ICC certificate"}


def images_folder() -> Path:
    """Where the shipped images are."""
    return paths.vectors() / "cards"


def load(name: str | Path) -> CardImage:
    """See ``image.load_image``."""
    path = find(_("card image"), name, images_folder(), "emv-harness card list")
    return parse(read_toml(path), path)


def parse(table: dict[str, object], path: Path) -> CardImage:
    """A CardImage from the dictionary of its file. Raises ConfigErrors, and ConfigError where the
    base that it names is not there."""
    top = Fields(with_base(table, path))
    kind = top.text("kind", "emv", choices=KINDS)
    cold, warm = _atr(top.table("atr", REQUIRED))
    name = top.text("id", REQUIRED, pattern=SLUG, shape=_("an id such as visa-credit"))
    applications = tuple(
        _application(item, kind, name) for item in top.tables("application", REQUIRED)
    )
    image = CardImage(
        schema=top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA),
        id=name,
        name=top.text("name", REQUIRED),
        kind=kind,
        scheme=top.text("scheme", REQUIRED, pattern=SLUG, shape=_("a slug such as visa")),
        type=top.text("type", REQUIRED, choices=TYPES),
        basis=top.text("basis", REQUIRED, choices=BASES),
        legacy=top.flag("legacy"),
        interfaces=top.texts("interfaces", REQUIRED, choices=INTERFACES),
        note=top.text("note", REQUIRED),
        source=top.text("source"),
        atr=cold,
        warm_atr=warm,
        pse=_pse(top.table("pse")),
        applications=applications,
        files=tuple(
            _file(item) for item in top.tables("file", REQUIRED if kind == "files" else ())
        ),
        product=top.text("card_type", pattern=SLUG, shape=_("an id such as visa-credit")),
        expect=top.text("expect", "completes", choices=EXPECTED),
        fails=top.texts("fails"),
        path=path,
    )
    if bool(image.fails) != (image.expect == "refused"):
        top.problem("fails", _('names the checks that fail, for expect = "refused" and only then'))
    if not applications:
        top.problem("application", _("at least one [[application]] is needed"))
    top.finish(_("the card image has mistakes"), str(path))
    return image


def _atr(atr: Fields | None) -> tuple[bytes, bytes]:
    if atr is None:
        return b"", b""
    cold = atr.octets("cold", REQUIRED, sizes=range(2, 34))
    warm = atr.octets("warm", cold, sizes=range(2, 34))
    atr.done()
    return cold, warm


def _pse(pse: Fields | None) -> Pse | None:
    if pse is None:
        return None
    present = pse.flag("present", default=True)
    made = Pse(
        sfi=pse.number("sfi", 1, low=1, high=10),
        language=_language(pse),
        code_table=pse.number("code_table", 0, low=0, high=10),
    )
    pse.done()
    return made if present else None


def _language(fields: Fields) -> str:
    return fields.text(
        "language",
        pattern="([a-z]{2}){0,4}",
        shape=_("one to four two-letter languages in one word, such as endefr"),
    )


def _application(app: Fields, kind: str, seed: str) -> Application:
    needed: object = REQUIRED if kind == "emv" else None
    made = Application(
        aid=app.octets("aid", REQUIRED, sizes=range(5, 17)),
        label=app.text("label", REQUIRED, pattern="[ -~]{1,16}", shape=_("1 to 16 characters")),
        preferred_name=app.text("preferred_name"),
        code_table=app.number("code_table", 0, low=0, high=10),
        priority=app.number("priority", 0, low=0, high=255),
        language=_language(app),
        pan=app.text("pan", needed, pattern=r"\d{8,19}", shape=_("8 to 19 digits")),
        psn=_optional(app, "psn", 99),
        effective=app.day("effective"),
        expiry=app.day("expiry", needed) or date(2049, 12, 31),
        service_code=app.text("service_code", needed, pattern=r"\d{3}", shape=_("3 digits")),
        discretionary=app.text("discretionary", pattern=r"\d{0,13}", shape=_("up to 13 digits")),
        name=app.text("cardholder", pattern="[ -~]{2,26}", shape=_("2 to 26 characters")),
        country=_optional(app, "country", 999),
        currency=_optional(app, "currency", 999),
        aip=app.octets("aip", needed, sizes=(2,)),
        usage_control=app.octets("usage_control", sizes=(0, 2)),
        cvm_list=app.octets("cvm_list", sizes=(0, *range(8, 253))),
        iac_denial=app.octets("iac_denial", sizes=(0, 5)),
        iac_online=app.octets("iac_online", sizes=(0, 5)),
        iac_default=app.octets("iac_default", sizes=(0, 5)),
        pdol=_dol(app, "pdol"),
        cdol1=_dol(app, "cdol1", needed),
        cdol2=_dol(app, "cdol2", needed),
        ddol=_dol(app, "ddol"),
        cvn=app.text("cvn", needed, pattern="[0-9A-F]{2}", shape=_("two hex digits")),
        key_index=app.number("key_index", 1, low=0, high=255),
        pin=app.text("pin", pattern=r"\d{4,12}", shape=_("4 to 12 digits")),
        pin_tries=app.number("pin_tries", 3, low=0, high=15),
        gpo_format=app.number("gpo_format", 2, low=1, high=2),
        ac_format=app.number("ac_format", 2, low=1, high=2),
        blocked=app.flag("blocked"),
        keys=_keys(app.table("keys", needed), seed),
        risk=_risk(app.table("risk")),
        log=_log(app.table("log")),
        purse=_purse(app.table("purse")),
        listed=app.octets("listed", sizes=(0, *range(5, 17))),
        data=app.tag_values("data"),
        fci_data=app.tag_values("fci_data"),
        records=tuple(_record(item) for item in app.tables("record", needed or ())),
    )
    app.done()
    if kind == "emv":
        _cross_check(app, made)
    return made


def _dol(fields: Fields, key: str, default: object = b"") -> bytes:
    """A data object list, which has to parse: the card itself works with it. A list that is wrong
    on purpose goes into ``data``, which only changes what the records say."""
    data = fields.octets(key, default, sizes=_DOL)
    try:
        parse_dol(data)
    except CodecError as error:
        fields.problem(key, _("is not a data object list: {reason}").format(reason=error.what))
    return data


def _optional(fields: Fields, key: str, high: int) -> int | None:
    value = fields.number(key, -1, low=-1, high=high)
    return None if value < 0 else value


def _keys(keys: Fields | None, seed: str) -> CardKeys:
    if keys is None:
        return CardKeys(b"", b"", b"")
    made = CardKeys(
        imk_ac=keys.octets("imk_ac", master_key("ac", seed), sizes=(16,)),
        imk_smi=keys.octets("imk_smi", master_key("smi", seed), sizes=(16,)),
        imk_smc=keys.octets("imk_smc", master_key("smc", seed), sizes=(16,)),
        ca=keys.text("ca", choices=("", *key_names())),
        ca_index=int(
            keys.text("ca_index", "00", pattern="[0-9A-F]{2}", shape=_("two hex digits")), 16
        ),
        issuer=keys.text("issuer", choices=("", *key_names())),
        icc=keys.text("icc", choices=("", *key_names())),
        certificate_expiry=keys.octets("certificate_expiry", b"\x12\x49", sizes=(2,)),
    )
    keys.done()
    return made


def master_key(use: str, seed: str) -> bytes:
    """Issuer master key (16 bytes, odd parity) of an image that gives none: from its id, so that
    it is the same everywhere. It is public, and protects nothing."""
    digest = sha256(f"emv-harness issuer master key 1/{use}/{seed}".encode()).digest()[:16]
    return bytes(byte & 0xFE | (byte.bit_count() - (byte & 1) + 1) % 2 for byte in digest)


def _risk(risk: Fields | None) -> RiskParameters:
    if risk is None:
        return RiskParameters()
    made = RiskParameters(
        offline_amount_limit=risk.number("offline_amount_limit", 0, low=0, high=_MOST),
        lower_offline_limit=risk.number("lower_offline_limit", 0, low=0, high=255),
        upper_offline_limit=risk.number("upper_offline_limit", 0, low=0, high=255),
        lower_amount_limit=risk.number("lower_amount_limit", 0, low=0, high=_MOST),
        upper_amount_limit=risk.number("upper_amount_limit", 0, low=0, high=_MOST),
        new_card_online=risk.flag("new_card_online", default=True),
        issuer_authentication_mandatory=risk.flag("issuer_authentication_mandatory"),
        pin_blocked_declines=risk.flag("pin_blocked_declines"),
    )
    if made.lower_offline_limit > made.upper_offline_limit:
        risk.problem("lower_offline_limit", _("is above upper_offline_limit"))
    if made.lower_amount_limit > made.upper_amount_limit:
        risk.problem("lower_amount_limit", _("is above upper_amount_limit"))
    risk.done()
    return made


def _purse(purse: Fields | None) -> Purse | None:
    if purse is None:
        return None
    made = Purse(
        balance=purse.number("balance", REQUIRED, low=0, high=_MOST),
        limit=purse.number("limit", REQUIRED, low=0, high=_MOST),
        single_limit=purse.number("single_limit", REQUIRED, low=0, high=_MOST),
        threshold=purse.number("threshold", 0, low=0, high=_MOST),
        always=purse.flag("always"),
    )
    if made.balance > made.limit:
        purse.problem("balance", _("is above limit"))
    purse.done()
    return made


def _file(item: Fields) -> PlainFile:
    made = PlainFile(
        sfi=item.number("sfi", REQUIRED, low=1, high=30),
        structure=item.text("structure", REQUIRED, choices=STRUCTURES),
        size=item.number("size", REQUIRED, low=1, high=255),
        records=item.number("records", 1, low=1, high=254),
        content=item.octets("content"),
        write=item.text("write", "free", choices=ACCESS),
    )
    room = made.size * (1 if made.structure == "transparent" else made.records)
    if len(made.content) > room:
        item.problem("content", _("is longer than the file"))
    item.done()
    return made


def _log(log: Fields | None) -> LogLayout | None:
    if log is None:
        return None
    made = LogLayout(
        sfi=log.number("sfi", 11, low=11, high=30),
        records=log.number("records", 10, low=1, high=30),
        format=_dol(log, "format", REQUIRED),
    )
    log.done()
    return made


def _record(record: Fields) -> RecordLayout:
    made = RecordLayout(
        sfi=record.number("sfi", REQUIRED, low=1, high=30),
        number=record.number("number", REQUIRED, low=1, high=255),
        signed=record.flag("signed"),
        tags=record.tags("tags"),
        raw=record.octets("raw", sizes=range(0, 255)),
    )
    if bool(made.tags) == bool(made.raw):
        record.problem("tags", _("give either tags or raw"))
    for tag, what in _DEPENDS_ON_RECORDS.items():
        if made.signed and tag in made.tags:
            record.problem(
                "signed",
                _("{tag:X}, {what}, cannot be in a signed record").format(tag=tag, what=_(what)),
            )
    record.done()
    return made


def _cross_check(app: Fields, made: Application) -> None:
    """What needs more than one key of the same application to be judged."""
    seen: set[tuple[int, int]] = set()
    for place, record in enumerate(made.records):
        where = (record.sfi, record.number)
        if where in seen:
            app.problem(f"record[{place}]", _("SFI {0} record {1} is given twice").format(*where))
        seen.add(where)
    if made.aip and made.authentication:
        for key in ("ca", "issuer"):
            if not getattr(made.keys, key):
                app.problem(f"keys.{key}", _("is missing, and the AIP claims authentication"))
        if {"dda", "cda"} & set(made.authentication) and not made.keys.icc:
            app.problem("keys.icc", _("is missing, and the AIP claims DDA or CDA"))
    if made.log and any(record.sfi == made.log.sfi for record in made.records):
        app.problem("log.sfi", _("is also the SFI of a record"))
