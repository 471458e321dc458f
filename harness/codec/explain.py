"""The tag dictionary for people: one tag with all its meanings and bits, or a search."""

from __future__ import annotations

from typing import Any

from harness.codec.bits import bit_field
from harness.codec.data import section
from harness.codec.decoded import SCHEMA
from harness.codec.tags import TagInfo, all_entries, meanings
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.core.retranslate import said
from harness.core.typeset import cell_width, pad

_FORMATS = {"b": N_("binary"), "n": N_("numeric (BCD, left zeros)"), "cn": N_("digits, right F")}
_FORMATS |= {"an": N_("letters and digits"), "ans": N_("text"), "var": N_("variable")}


def explain(text: str) -> dict[str, Any]:
    """``text`` (a tag in hex) as a JSON object: ``tag`` and ``entries``, one for each scope, with
    ``bits`` or ``values`` where the coding has names. Raises ConfigError for what is no tag, or
    none of the dictionary."""
    bare = text.strip().upper().removeprefix("0X").replace(" ", "")
    try:
        tag = int(bare, 16)
    except ValueError as error:
        raise ConfigError(
            _("not a tag in hex: {text!r}").format(text=text),
            where="--explain",
            todo=_("give a tag (9F10), or search for a word: decode --tags amount"),
        ) from error
    found = meanings(tag)
    if not found:
        raise ConfigError(
            _("tag {tag} is not in the dictionary").format(tag=f"{tag:02X}"),
            where="--explain",
            todo=_("search for a word of its name: decode --tags amount"),
        )
    return {"schema": SCHEMA, "tag": f"{tag:02X}", "entries": [_entry(info) for info in found]}


def explain_lines(found: dict[str, Any]) -> list[str]:
    """``explain`` as text."""
    lines: list[str] = []
    for entry in found["entries"]:
        scope = f"  [{entry['scope']}]" if entry["scope"] else ""
        lines += [*([""] if lines else []), f"{found['tag']} {_(entry['name'])}{scope}"]
        length = _("{length} bytes").format(length=entry["length"] or _("any number of"))
        facts = [_(_FORMATS.get(entry["format"], entry["format"])), length]
        if entry["source"]:
            facts.append(_("from the {source}").format(source=_(entry["source"])))
        if entry["templates"]:
            facts.append(_("in {tags}").format(tags=", ".join(entry["templates"])))
        if entry["sensitive"]:
            facts.append(_("masked in every output"))
        lines += ["      " + ", ".join(facts), "      " + said(entry["spec"])]
        for bit in entry.get("bits", []):
            name = _(bit["name"]) if bit["name"] else _("RFU")
            where = _("byte {byte} bit {bit}: {name}")
            lines.append("      " + where.format(byte=bit["byte"], bit=bit["bit"], name=name))
        lines += [f"      {key}  {_(name)}" for key, name in entry.get("values", {}).items()]
    return lines


def search(word: str) -> dict[str, Any]:
    """Entries whose tag, name or scope holds ``word`` (every entry for an empty one), as JSON:
    ``word`` and ``entries`` without bits."""
    wanted = word.strip().casefold()
    entries = [
        _entry(info, bits=False)
        for info in all_entries()
        if wanted in info.name.casefold()
        or wanted in _(info.name).casefold()
        or info.tag_hex.casefold().startswith(wanted)
        or wanted in info.scope.casefold()
    ]
    return {"schema": SCHEMA, "word": word, "entries": entries}


def search_lines(found: dict[str, Any]) -> list[str]:
    """``search`` as aligned text."""
    entries = found["entries"]
    if not entries:
        return [_("no tag has {word!r} in its name").format(word=found["word"])]
    tags = max(len(entry["tag"]) for entry in entries)
    names = max(cell_width(_(entry["name"])) for entry in entries)
    return [
        f"{entry['tag']:<{tags}}  {pad(_(entry['name']), names)}  {entry['format']:<3} "
        f"{entry['length']:<6} {entry['scope']}".rstrip()
        for entry in entries
    ]


def _entry(info: TagInfo, *, bits: bool = True) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "tag": info.tag_hex,
        "name": info.name,
        "scope": info.scope,
        "format": info.format,
        "length": _length(info),
        "source": info.source,
        "templates": [f"{tag:02X}" for tag in info.templates],
        "sensitive": info.sensitive,
        "spec": str(info.spec),
    }
    kind, _colon, name = info.show.partition(":")
    if bits and kind == "bits" and name:
        entry["bits"] = [
            {"byte": bit.byte, "bit": bit.bit, "name": bit.name} for bit in bit_field(name).bits()
        ]
    elif bits and kind == "code" and name:
        entry["values"] = dict(section("bitfields")["codes"][name]["values"])
    return entry


def _length(info: TagInfo) -> str:
    if info.max_len is None:
        return f"{info.min_len}-" if info.min_len else ""
    return str(info.min_len) if info.min_len == info.max_len else f"{info.min_len}-{info.max_len}"
