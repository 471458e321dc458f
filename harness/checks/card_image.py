"""From what was read of a card to the text of a card image (``card from-transcript``).

What was read becomes the data of the image; what cannot be read is ours and says so: private keys
and certificates are those of the own test CA, master keys are made from the image's id, the PIN is
the public test value. Unless ``exact``, the number, the name and the rest of the tracks are test
values too.
"""

from __future__ import annotations

import re
from datetime import date

from harness.checks.card.facts import ApplicationFacts, CardFacts
from harness.codec import tlv
from harness.codec.aid import product_of
from harness.codec.redact import is_sensitive, redact_tlv
from harness.codec.track2 import Track2, parse_track2
from harness.core.errors import CodecError, ConfigError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.crypto.cryptogram import find_scheme
from harness.profiles.card_types import CardType, types_by_aid
from harness.profiles.image_new import first_cvn, repr_toml, shipped_keys, test_pan

CERTIFIED = frozenset((0x8F, 0x90, 0x92, 0x93, 0x9F32, 0x9F46, 0x9F47, 0x9F48))
"""Made anew under the own test CA."""
_NO_KEY = frozenset((0x9F2D, 0x9F2E, 0x9F2F))
"""A key of its own for the enciphered PIN: an image has none."""
_FIELDS = frozenset((0x5A, 0x57, 0x5F20, 0x5F24, 0x5F25, 0x5F28, 0x5F30, 0x5F34, 0x82, 0x8C, 0x8D,
                     0x8E, 0x9F07, 0x9F0D, 0x9F0E, 0x9F0F, 0x9F42, 0x9F49))  # fmt: skip
"""Tags that an image computes from named keys."""
_FCI_FIELDS = frozenset((0x50, 0x87, 0x9F38, 0x5F2D, 0x9F11, 0x9F12))
_HEX_FIELDS = (
    ("usage_control", 0x9F07), ("cvm_list", 0x8E), ("iac_denial", 0x9F0E), ("iac_online", 0x9F0F),
    ("iac_default", 0x9F0D), ("pdol", 0x9F38), ("cdol1", 0x8C), ("cdol2", 0x8D), ("ddol", 0x9F49),
)  # fmt: skip
_ODA_BITS = 0x61
_ISSUERS = {"": "own-test-issuer-spare-1152", "768": "own-test-issuer-768"}
_ICCS = {"": "own-test-icc-1024", "768": "own-test-icc-768"}


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """How the image is to be: ``exact`` keeps number, name and tracks as they were read; ``keys``
    is empty, or 768 for the shortest keys."""

    id: str
    exact: bool = False
    keys: str = ""


def image_text(facts: CardFacts, order: ImageOrder) -> str:
    """The TOML text of an image of the card. Raises ConfigError for a card of which too little was
    read, saying what is missing."""
    usable = _best(facts)
    if not usable:
        raise ConfigError(
            _("no application was read to its processing options"),
            todo=_("record a session that reads the card: emv-harness record"),
        )
    for app in usable:
        _require_read(app)
    kinds = (found for app in usable for found in types_by_aid(app.df_name or app.aid))
    kind = next(kinds, None)
    lines = [*_head(usable, order, kind), *_atr(facts), *_pse(facts)]
    for app in usable:
        lines += _application(app, order)
    return "\n".join(lines) + "\n"


def _best(facts: CardFacts) -> list[ApplicationFacts]:
    """Each application once: of several readings the one that has most."""
    found: dict[bytes, ApplicationFacts] = {}
    for app in facts.applications:
        if not app.select.ok or app.gpo is None:
            continue
        name = app.df_name or app.aid
        before = found.get(name)
        if before is None or len(app.data) > len(before.data):
            found[name] = app
    return list(found.values())


def _require_read(app: ApplicationFacts) -> None:
    aid = product_of(app.df_name or app.aid) or to_hex(app.aid, " ")
    for tag, value in ((0x82, app.aip), (0x94, app.afl)):
        if value is None:
            text = _("{aid}: {tag:02X} was not read, or cannot be taken apart")
            raise ConfigError(text.format(aid=aid, tag=tag))
    have = {(record.sfi, record.number) for record in app.records if record.reply.ok}
    for entry in app.afl or ():
        for number in range(entry.first, entry.last + 1):
            if (entry.sfi, number) not in have:
                raise ConfigError(
                    _("{aid}: record {sfi}.{number} is not in the transcript").format(
                        aid=aid, sfi=entry.sfi, number=number
                    ),
                    todo=_("masked as a whole, lost or never read: record the card again"),
                )
    for tag in (0x8C, 0x8D):
        if app.get(tag) is None:
            raise ConfigError(_("{aid}: {tag:02X} was not read").format(aid=aid, tag=tag))


def _head(apps: list[ApplicationFacts], order: ImageOrder, kind: CardType | None) -> list[str]:
    name = kind.name if kind else to_hex(apps[0].df_name or apps[0].aid)
    who = (
        "Number and name as they were read: keep this file to yourself."
        if order.exact
        else "TEST number and name in place of those that were read."
    )
    note = f"An image of a card that was read. {who} Keys are the harness's own test keys."
    return [
        "# Private keys, master keys and PIN of a card cannot be read: those here are public test",
        "# values, and every certificate is made anew under the own test CA.",
        "schema     = 1",
        f"id         = {repr_toml(order.id)}",
        f"name       = {repr_toml(f'{name}, read')}",
        'kind       = "emv"',
        f"scheme     = {repr_toml(kind.scheme if kind else 'unknown')}",
        f"type       = {repr_toml(_product(kind))}",
        *([f"card_type  = {repr_toml(kind.id)}"] if kind else []),
        'basis      = "none"',
        'interfaces = ["contact"]',
        f"note       = {repr_toml(note)}",
        'source     = "emv-harness card from-transcript"',
    ]


def _product(kind: CardType | None) -> str:
    others = ("credit", "prepaid", "charge", "cash")
    return kind.product if kind and kind.product in others else "debit"


def _atr(facts: CardFacts) -> list[str]:
    atr = facts.atr or bytes.fromhex("3B6600008031C1525643")
    said = "" if facts.atr else "  # not in the transcript"
    return ["", "[atr]", f"cold = {repr_toml(to_hex(atr, ' '))}{said}"]


def _pse(facts: CardFacts) -> list[str]:
    if facts.pse is None or not facts.pse.select.ok:
        return ["", "[pse]", "present = false"]
    fci = facts.pse.fci
    lines = ["", "[pse]", f"sfi      = {_byte(fci, 0x88) or 1}"]
    return lines + _language(fci)


def _language(fci: tlv.TlvTree) -> list[str]:
    text = _text(fci, 0x5F2D).lower()
    return [f"language = {repr_toml(text)}"] if re.fullmatch("([a-z]{2}){1,4}", text) else []


def _application(app: ApplicationFacts, order: ImageOrder) -> list[str]:
    aid = app.df_name or app.aid
    label = re.sub("[^ -~]", "?", _text(app.fci, 0x50))[:16] or "CARD"
    lines = [
        "",
        "[[application]]",
        f"aid = {repr_toml(to_hex(aid))}",
        f"label = {repr_toml(label)}",
    ]
    preferred = re.sub("[\x00-\x1f\x7f]", "?", _text(app.fci, 0x9F12))
    if preferred.strip():
        lines.append(f"preferred_name = {repr_toml(preferred)}")
    for key, tag in (("priority", 0x87), ("code_table", 0x9F11)):
        number = _byte(app.fci, tag)
        if number and not (tag == 0x9F11 and number > 10):
            lines.append(f"{key} = {number}")
    lines += _language(app.fci)
    lines += _holder(app, order)
    lines += [f"aip = {repr_toml(to_hex(app.aip or b'', ' '))}"]
    lines += [
        f"{key} = {repr_toml(to_hex(value))}"
        for key, tag in _HEX_FIELDS
        if (value := app.get(tag)) is not None
    ]
    format_1 = bool(app.gpo_tree and app.gpo_tree.nodes and app.gpo_tree.nodes[0].tag == 0x80)
    lines += [
        f"cvn = {repr_toml(_cvn(app, aid))}",
        'pin = "1234"  # public test value',
        f"gpo_format = {1 if format_1 else 2}",
        f"ac_format  = {1 if format_1 else 2}",
    ]
    lines += _keys(app, order)
    lines += _data(app, order, aid)
    lines += _fci_data(app, order, aid)
    lines += _records(app)
    return lines


def _holder(app: ApplicationFacts, order: ImageOrder) -> list[str]:
    """Number, name, dates and what the tracks say beside them."""
    track = _track2(app)
    expiry = _day(app.get(0x5F24)) or date(2049, 12, 31)
    lines = []
    if order.exact:
        pan = _pan(app)
        lines.append(f"pan = {repr_toml(pan)}")
        name = (app.get(0x5F20) or b"").decode("latin-1")
        if re.fullmatch("[ -~]{2,26}", name):
            lines.append(f"cardholder = {repr_toml(name)}")
        if track and len(track.discretionary) <= 13:
            lines.append(f"discretionary = {repr_toml(track.discretionary)}")
    else:
        pan = test_pan(app.df_name or app.aid, order.id)
        lines.append(f"pan = {repr_toml(pan)}  # TEST PAN")
        lines += ['cardholder = "TESTCARD/READ"', 'discretionary = "0000000000"']
    service = (app.get(0x5F30) or b"").hex()[-3:] or (track.service_code if track else "201")
    known = re.fullmatch("[0-9]{3}", service) and service != "000"
    lines.append(f"service_code = {repr_toml(service if known else '201')}")
    lines.append(f"expiry = {expiry.isoformat()}")
    effective = _day(app.get(0x5F25))
    lines += [f"effective = {effective.isoformat()}"] if effective else []
    for key, tag, top in (("psn", 0x5F34, 99), ("country", 0x5F28, 999), ("currency", 0x9F42, 999)):
        digits = (app.get(tag) or b"").hex()
        if digits.isdigit() and int(digits) <= top:
            lines.append(f"{key} = {int(digits)}")
    return lines


def _pan(app: ApplicationFacts) -> str:
    track = _track2(app)
    pan = (app.get(0x5A) or b"").hex().rstrip("f") or (track.pan if track else "")
    if not pan.isdigit():
        raise ConfigError(_("the PAN was not read, or has other characters than digits"))
    return pan


def _keys(app: ApplicationFacts, order: ImageOrder) -> list[str]:
    lines = ["", "[application.keys]  # TEST KEYS, PUBLIC ON PURPOSE: not those of the card"]
    shipped = shipped_keys(_pan(app)) if order.exact else None
    if shipped is not None:
        for key in ("imk_ac", "imk_smi", "imk_smc"):
            lines.append(f"{key} = {repr_toml(to_hex(getattr(shipped, key)))}")
    if not (app.aip or b"\0")[0] & _ODA_BITS:
        return lines
    return [
        *lines,
        'ca = "own-test-ca-1408"',
        'ca_index = "E1"',
        f"issuer = {repr_toml(_ISSUERS[order.keys])}",
        f"icc = {repr_toml(_ICCS[order.keys])}",
    ]


def _data(app: ApplicationFacts, order: ImageOrder, aid: bytes) -> list[str]:
    """What no named key gives; and of the named ones what they would not give as it was read."""
    lines = ["", "[application.data]"]
    own = CERTIFIED | _NO_KEY | {0x94} | _FIELDS
    in_records = [d for d in app.data if d.where.startswith("record")]
    seen: set[int] = set()
    for datum in in_records:
        tag = datum.tag
        kept = tag not in own or (order.exact and tag in (0x57, 0x5F20, 0x5F24, 0x5F30))
        if not kept or tag in seen or (is_sensitive(tag, aid) and not order.exact):
            continue
        seen.add(tag)
        lines.append(f"{repr_toml(f'{tag:02X}')} = {repr_toml(to_hex(datum.value))}")
    return lines


def _fci_data(app: ApplicationFacts, order: ImageOrder, aid: bytes) -> list[str]:
    """What else stands in the FCI: each object once; one with a number or a name in it only where
    the image is exact."""
    node = app.fci.find(0xA5)
    kept: dict[str, bytes] = {}
    for child in node.children if node else ():
        shown = order.exact or not redact_tlv(child, aid=aid)[1]
        if shown and child.tag not in _FCI_FIELDS:
            kept.setdefault(child.tag_hex, child.value)
    lines = [f'"{tag}" = "{to_hex(value)}"' for tag, value in kept.items()]
    return ["", "[application.fci_data]", *lines] if lines else []


def _records(app: ApplicationFacts) -> list[str]:
    lines: list[str] = []
    done: set[tuple[int, int]] = set()
    for record in app.records:
        tags = _tags(record.tree)
        if not record.listed or not record.reply.ok or (record.sfi, record.number) in done:
            continue
        done.add((record.sfi, record.number))
        signed = record.signed and not {0x93, 0x9F46} & set(tags)
        shown = ", ".join(repr_toml(f"{tag:02X}") for tag in tags if tag not in _NO_KEY)
        lines += ["", "[[application.record]]", f"sfi    = {record.sfi}"]
        lines += [f"number = {record.number}", *(["signed = true"] if signed else [])]
        lines.append(f"tags   = [{shown}]" if shown else f"raw    = {repr_toml('7000')}")
    return lines


def _tags(tree: tlv.TlvTree) -> list[int]:
    return [node.tag for top in tree.nodes for node in (top.children or ())]


def _cvn(app: ApplicationFacts, aid: bytes) -> str:
    """Cryptogram version of the issuer application data, where a cryptogram was recorded."""
    for reply in app.cryptograms:
        tree = tlv.parse(reply.data)
        node = tree.find(0x9F10)
        first = tree.nodes[0] if tree.nodes else None
        iad = node.value if node else first.value[11:] if first and first.tag == 0x80 else b""
        found = find_scheme(iad, aid) if iad else None
        if found is not None:
            return found.cvn
    return first_cvn(aid)


def _track2(app: ApplicationFacts) -> Track2 | None:
    try:
        return parse_track2(app.get(0x57) or b"")
    except CodecError:
        return None


def _day(value: bytes | None) -> date | None:
    text = (value or b"").hex()
    try:
        year = int(text[:2])
        return date(year + (2000 if year < 50 else 1900), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _text(tree: tlv.TlvTree, tag: int) -> str:
    node = tree.find(tag)
    return node.value.decode("latin-1") if node is not None else ""


def _byte(tree: tlv.TlvTree, tag: int) -> int:
    node = tree.find(tag)
    return node.value[0] if node is not None and len(node.value) == 1 else 0
