"""Masking of free text that nobody structured: messages, tracebacks, logs (rule 9)."""

from __future__ import annotations

import re

from harness.core.masking import luhn_ok, mask_pan

_DIGITS = re.compile(r"\d(?:[ -]?\d){11,}")
_LONG_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[ :]?){12,}")


def scrub(text: str) -> str:
    """``text`` without anything that could be a PAN or hold one.

    Runs of 13 to 19 digits that pass the Luhn check are masked as PANs, spaced or not; hex of
    twelve bytes and more keeps only its length, since a PAN may sit anywhere in it.
    """
    return _DIGITS.sub(_mask_number, _LONG_HEX.sub(_mask_hex, text))


def _mask_hex(match: re.Match[str]) -> str:
    found = match.group()
    digits = re.sub(r"[ :]", "", found)
    if digits.isdigit() and len(digits) <= 19 and not luhn_ok(digits):
        return found
    if digits.isdigit() and 13 <= len(digits) <= 19:
        return mask_pan(digits) + found[len(found.rstrip()) :]
    return f"<{len(digits) // 2} bytes of hex>" + found[len(found.rstrip(" :")) :]


def _mask_number(match: re.Match[str]) -> str:
    digits = re.sub(r"[ -]", "", match.group())
    if 13 <= len(digits) <= 19 and not luhn_ok(digits):
        return match.group()
    return mask_pan(digits) if len(digits) >= 13 else match.group()
