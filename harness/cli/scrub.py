"""Masking of free text that nobody structured: messages, tracebacks, logs (rule 9)."""

from __future__ import annotations

import re

from harness.core.masking import luhn_ok, mask_pan

_DIGITS = re.compile(r"\d(?:[ -]?\d){12,}")
_PAN = re.compile(r"(?<![0-9A-Za-z])[2-9]\d{12,18}(?![0-9A-Za-z])")
_LONG_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[ :]?){8,}(?![0-9A-Za-z])")


def hide_pans(text: str) -> str:
    """``text`` with every number masked that can be a PAN: 13 to 19 digits with a check digit that
    fits. Unlike ``scrub`` it leaves hex alone, which a configuration is full of."""
    return _PAN.sub(lambda match: _mask_number(match) if luhn_ok(match[0]) else match[0], text)


def scrub(text: str) -> str:
    """``text`` without anything that could be a PAN or hold one.

    Of 13 digits and more, spaced or not, the first six and the last four stay; hex of eight
    bytes and more keeps only its length, since a PAN may sit anywhere in it. A message loses
    little by that, and nobody has to know beforehand what it quotes.
    """
    return _DIGITS.sub(_mask_number, _LONG_HEX.sub(_mask_hex, text))


def _mask_hex(match: re.Match[str]) -> str:
    found = match.group()
    digits = re.sub(r"[ :]", "", found)
    if digits.isdigit() and len(digits) <= 19:
        return found  # the next pattern shows its ends
    tail = found[len(found.rstrip(" :")) :]
    return f"<{len(digits) // 2} bytes of hex>{tail}"


def _mask_number(match: re.Match[str]) -> str:
    return mask_pan(re.sub(r"[ -]", "", match.group()))
