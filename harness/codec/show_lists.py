"""Lists in words: AFL, DOL, tag list, CVM list and results. Damaged ones as far as they go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from harness.codec import codes
from harness.codec.afl import parse_afl
from harness.codec.cvm import CvmList, condition_name, method_name, parse_cvm_list
from harness.codec.dol import dol_length, parse_dol, parse_tag_list
from harness.codec.tags import lookup
from harness.core.errors import CodecError
from harness.core.i18n import _, ngettext

T = TypeVar("T")


def show_afl(value: bytes) -> list[str]:
    """Files and records of an AFL."""
    if not value:
        return [_("empty: no record to read")]
    entries, fault = _as_far_as_it_goes(parse_afl, value)
    lines = []
    for entry in entries:
        span = f"{entry.first}" if entry.first == entry.last else f"{entry.first}-{entry.last}"
        line = _("SFI {sfi}: record {span}").format(sfi=entry.sfi, span=span)
        if entry.signed:
            line += _(", {count} signed").format(count=entry.signed)
        lines.append(line)
    return lines + fault


def show_dol(value: bytes, aid: bytes | None) -> list[str]:
    """Tags and lengths of a DOL, named in the context of ``aid``."""
    entries, fault = _as_far_as_it_goes(parse_dol, value)
    lines = []
    for entry in entries:
        info = lookup(entry.tag, aid=aid)
        name = _(info.name) if info else _("unknown")
        length = ngettext("{n} byte", "{n} bytes", entry.length).format(n=entry.length)
        lines.append(f"{entry.tag:02X} {name}: {length}")
    if entries:
        total = dol_length(entries)
        lines.append(ngettext("{n} byte in all", "{n} bytes in all", total).format(n=total))
    return lines + fault


def show_tag_list(value: bytes, aid: bytes | None) -> list[str]:
    """Tags of a tag list, named in the context of ``aid``."""
    tags, fault = _as_far_as_it_goes(parse_tag_list, value)
    lines = []
    for tag in tags:
        info = lookup(tag, aid=aid)
        lines.append(f"{tag:02X} {_(info.name) if info else _('unknown')}")
    return lines + fault


def show_cvm_list(value: bytes) -> list[str]:
    """Amounts and rules of a CVM list."""
    try:
        found = parse_cvm_list(value)
        fault = None
    except CodecError as error:
        if not isinstance(error.partial, CvmList):
            raise
        found = error.partial
        fault = error
    lines = [f"X {found.amount_x}, Y {found.amount_y} " + _("minor units")]
    lines += [
        f"{number}. {rule.code:02X}{rule.condition:02X} {rule.describe()}"
        for number, rule in enumerate(found.rules, 1)
    ]
    if not found.rules:
        lines.append(_("no rule"))
    if fault is not None:
        lines.append(_("does not follow its coding: {what}").format(what=fault.what))
    return lines


def show_cvm_results(value: bytes) -> list[str]:
    """Method, condition and result (9F34)."""
    if len(value) != 3:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=3)]
    result = codes.code_name("cvm-result", f"{value[2]:X}") or _("{code}: RFU").format(
        code=f"{value[2]:02X}"
    )
    return [
        _("method: {name}").format(name=method_name(value[0] & 0x3F)),
        _("condition: {name}").format(name=condition_name(value[1])),
        _("result: {name}").format(name=result),
    ]


def _as_far_as_it_goes(
    parse: Callable[[bytes], tuple[T, ...]], value: bytes
) -> tuple[tuple[T, ...], list[str]]:
    """What ``parse`` could make of ``value``, and the line that says where it had to stop."""
    try:
        return parse(value), []
    except CodecError as error:
        partial = error.partial if isinstance(error.partial, tuple) else ()
        return partial, [_("does not follow its coding: {what}").format(what=error.what)]
