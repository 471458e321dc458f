"""Terminal parameters as rows: a table in CSV, or objects in JSON, under whatever headings.

A heading is recognised without regard to case, spaces and punctuation, by its usual names or by its
tag. A column that nobody here knows is kept with its heading.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.profiles.terminal_draft import AidDraft, BadValue, Draft, Kept, octets

_NAMES: dict[str, tuple[str, ...]] = {
    "aid": ("aid", "applicationid", "applicationidentifier", "dfname", "9f06", "4f", "84"),
    "scheme": ("scheme", "brand", "label", "name", "application", "cardscheme", "paymentsystem"),
    "versions": ("version", "versions", "applicationversion", "applicationversionnumber", "avn",
                 "appversion", "terminalapplicationversion", "9f09"),
    "partial": ("partial", "partialmatch", "partialselection", "partialaid", "allowpartial"),
    "asi": ("asi", "applicationselectionindicator", "df01"),
    "kernel": ("kernel", "kernelid", "contactlesskernel"),
    "floor_limit": ("floorlimit", "terminalfloorlimit", "floor", "contactfloorlimit"),
    "floor_limit_hex": ("9f1b",),
    "tac_denial": ("tacdenial", "tacdecline", "tacden", "terminalactioncodedenial", "denial"),
    "tac_online": ("taconline", "taconl", "terminalactioncodeonline", "online"),
    "tac_default": ("tacdefault", "tacdef", "terminalactioncodedefault", "default"),
    "random_threshold": ("threshold", "thresholdvalue", "randomthreshold",
                         "thresholdvalueforbiasedrandomselection", "biasedrandomthreshold"),
    "random_target": ("target", "targetpercentage", "targetpercent", "randomtarget",
                      "targetpercentageforrandomselection"),
    "random_maximum": ("maximumtargetpercentage", "maxtargetpercentage", "maxtarget",
                       "randommaximum", "maximumtargetpercentageforbiasedrandomselection"),
    "default_ddol": ("ddol", "defaultddol"),
    "default_tdol": ("tdol", "defaulttdol"),
    "rid": ("rid", "registeredapplicationproviderid"),
    "index": ("index", "keyindex", "capkindex", "publickeyindex", "capki", "9f22"),
    "modulus": ("modulus", "keymodulus", "capkmodulus", "publickey", "publickeymodulus"),
    "exponent": ("exponent", "keyexponent", "capkexponent", "publickeyexponent"),
    "expires": ("expires", "expiry", "expirydate", "expirationdate"),
}  # fmt: skip
_KEY_OF = {alias: key for key, aliases in _NAMES.items() for alias in aliases}
_GENERAL: dict[str, tuple[str, ...]] = {
    "country": ("country", "countrycode", "terminalcountrycode", "9f1a"),
    "currency": ("currency", "currencycode", "transactioncurrencycode", "5f2a"),
    "currency_exponent": ("currencyexponent", "transactioncurrencyexponent", "5f36"),
    "capabilities": ("capabilities", "terminalcapabilities", "9f33"),
    "additional_capabilities": ("additionalcapabilities", "additionalterminalcapabilities", "9f40"),
    "terminal_type": ("terminaltype", "9f35"),
    "category_code": ("mcc", "merchantcategorycode", "categorycode", "9f15"),
    "merchant_id": ("merchantid", "mid", "merchantidentifier", "9f16"),
    "terminal_id": ("terminalid", "tid", "terminalidentification", "9f1c"),
    "merchant_name": ("merchantname", "9f4e"),
    "id": ("id",),
    "title": ("title", "description"),
}
_GENERAL_OF = {alias: key for key, aliases in _GENERAL.items() for alias in aliases}


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def looks_like_csv(text: str) -> bool:
    """Is the first line a row of headings, one of them for an AID or a CA key?"""
    head = next((line for line in text.splitlines() if line.strip()), "")
    known = {_KEY_OF.get(_plain(cell)) for cell in re.split(r"[,;\t]", head)}
    return "aid" in known or {"rid", "index"} <= known


def read_csv(text: str) -> Draft:
    """A table with headings; comma, semicolon or tab between cells."""
    draft = Draft("csv")
    text = text.lstrip("\ufeff")
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=head.count)
    table = csv.DictReader(io.StringIO(text), delimiter=separator)
    for row in table:
        name = f"line {table.line_num}"
        spare = row.pop(None, None)
        if spare:
            draft.problems.append((name, _("more cells than headings")))
        _row(draft, {key: value or "" for key, value in row.items()}, name)
    return draft


def read_json(data: object) -> Draft:
    """Objects anywhere in ``data`` that name an AID, or a RID with an index; what is said beside
    them is said of the terminal."""
    draft = Draft("json")
    _walk(draft, data, "")
    return draft


def _walk(draft: Draft, data: object, path: str) -> None:
    if isinstance(data, list):
        for place, item in enumerate(data):
            _walk(draft, item, f"{path}[{place}]")
    elif isinstance(data, dict):
        known = {_KEY_OF.get(_plain(key)) for key in data}
        if "aid" in known or {"rid", "index"} <= known:
            _row(draft, _flat(data), path or "top")
            return
        for key, value in data.items():
            _walk(draft, value, f"{path}.{key}".lstrip("."))
    elif not _general(draft.general, path.rpartition(".")[2], data, draft, path):
        draft.kept.append(Kept("", path, _said(data)))


def _flat(data: Mapping[str, object], before: str = "") -> dict[str, str]:
    """``{"tac": {"denial": ..}}`` as ``{"tac denial": ..}``; lists of texts with spaces between."""
    found: dict[str, str] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{key} ")
        else:
            found[f"{before}{key}"] = _said(value)
    return found


def _said(value: object) -> str:
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return " ".join(str(item) for item in value)
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value)


def _row(draft: Draft, row: Mapping[str, str], name: str) -> None:
    cells: dict[str, str] = {}
    left: list[tuple[str, str]] = []
    for heading, text in row.items():
        key = _KEY_OF.get(_plain(heading))
        if text.strip() and key is not None and key not in cells:
            cells[key] = text.strip()
        elif text.strip():
            left.append((heading, text.strip()))
    if "aid" not in cells and "modulus" not in cells and "index" not in cells:
        if cells or left:
            draft.problems.append((name, _("no AID")))
        return
    try:
        if "aid" in cells:
            made = AidDraft(octets(cells.pop("aid"), range(5, 17)), name)
            draft.aids.append(made)
            where = to_hex(made.aid)
            _values(draft, made, cells, name)
        else:
            where = _ca_key(draft, cells)
            made = AidDraft(b"", name)
    except BadValue as error:
        draft.problems.append((name, str(error)))
        return
    for heading, text in left:
        if not _general(made.general, heading, text, draft, name):
            draft.kept.append(Kept(where, heading, text))


def _general(
    target: dict[str, object], heading: str, value: object, draft: Draft, name: str
) -> bool:
    """Take a value that is the terminal's; False for a heading that is none of them."""
    key = _GENERAL_OF.get(_plain(heading))
    if key is None:
        return False
    text = _said(value)
    try:
        if key in ("country", "currency", "category_code", "terminal_type", "currency_exponent"):
            target["exponent" if key == "currency_exponent" else key] = _whole(text)
        elif key in ("capabilities", "additional_capabilities"):
            target[key] = to_hex(octets(text, (3,) if key == "capabilities" else (5,)))
        else:
            target["name" if key == "title" else key] = text
    except BadValue as error:
        draft.problems.append((f"{name}, {heading}", str(error)))
    return True


def _ca_key(draft: Draft, cells: dict[str, str]) -> str:
    rid = octets(cells.get("rid", ""), (5,))
    index = octets(cells.get("index", ""), (1,))
    text = cells.get("exponent", "3")
    exponent = int.from_bytes(octets(text.zfill(len(text) + len(text) % 2)), "big")
    made: dict[str, object] = {
        "rid": to_hex(rid),
        "index": to_hex(index),
        "modulus": to_hex(octets(cells.get("modulus", ""))),
        # 65537 is written as a number in some files, and as 010001 in others
        "exponent": 65537 if text == "65537" else exponent,
        "expires": cells.get("expires", ""),
    }
    draft.keys.append(made)
    return f"{made['rid']}/{made['index']}"


def _values(draft: Draft, made: AidDraft, cells: dict[str, str], name: str) -> None:
    for key, text in cells.items():
        read = _READ.get(key)
        if read is None:
            draft.kept.append(Kept(to_hex(made.aid), key, text))
            continue
        try:
            target, value = read(text)
        except (BadValue, ValueError, InvalidOperation) as error:
            said = str(error) if isinstance(error, BadValue) else _("not a number")
            draft.problems.append((f"{name}, {key}", said))
            continue
        made.values[target] = value


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,12}", text.strip()):
        raise BadValue(_("not a number"))
    return int(text)


def _amount(text: str) -> int:
    """Minor units; with a decimal point, major units of a currency with two places."""
    if re.fullmatch(r"\d+[.]\d{1,2}", text):
        return int(Decimal(text) * 100)
    return _whole(text)


def _versions(text: str) -> list[str]:
    return [to_hex(octets(part, (2,))) for part in re.split(r"[\s,;|/]+", text) if part]


def _true(text: str) -> bool:
    said = text.strip().lower()
    if said in ("1", "01", "true", "yes", "y", "partial"):
        return True
    if said in ("0", "00", "false", "no", "n", "exact", "full"):
        return False
    raise BadValue(_("not yes or no"))


def _read(target: str, convert: Callable[[str], Any]) -> Callable[[str], tuple[str, Any]]:
    return lambda text: (target, convert(text))


_READ: dict[str, Callable[[str], tuple[str, Any]]] = {
    "scheme": _read("scheme", str),
    "versions": _read("versions", _versions),
    "partial": _read("partial", _true),
    # The indicator is 00 where a part of the name is enough, 01 where the whole has to match.
    "asi": _read("partial", lambda text: not _true(text)),
    "kernel": _read("kernel", lambda text: _whole(re.sub(r"^[A-Za-z -]+", "", text))),
    "floor_limit": _read("floor_limit", _amount),
    "floor_limit_hex": _read("floor_limit", lambda text: int.from_bytes(octets(text, (4,)), "big")),
    "random_threshold": _read("random_threshold", _amount),
    "random_target": _read("random_target", _whole),
    "random_maximum": _read("random_maximum", _whole),
    **{
        key: _read(key, lambda text: to_hex(octets(text, (5,))))
        for key in ("tac_denial", "tac_online", "tac_default")
    },
    **{
        key: _read(key, lambda text: to_hex(octets(text)))
        for key in ("default_ddol", "default_tdol")
    },
}
