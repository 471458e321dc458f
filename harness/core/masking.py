"""Masking of cardholder data in text (rule 9). Finding it in APDUs is ``codec.redact``.

A PAN is shown as its first six and last four digits; anything else that is secret is shown as
``*`` of the same length, so that offsets and lengths still read true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

Replacement = tuple[re.Pattern[str], str]
"""What is looked for, and what is written in its place."""

_SHORTEST = 4
"""No secret is shorter."""
_REMEMBERED = 500
_MOST_REMEMBERED = 20_000
"""Length and number of the texts whose masked form is kept."""
_NOT_IN_DIGITS = str.maketrans("", "", " -")
_NOT_IN_HEX = str.maketrans("", "", " :")
_SOME_DIGITS = re.compile(r"\d{13}")
_SOME_ASCII = re.compile(r"(?:3\d){13}")


def mask_pan(pan: str) -> str:
    """``4761739001010119`` becomes ``476173******0119``; shorter than 13 digits: all masked."""
    if len(pan) < 13:
        return "*" * len(pan)
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:]


def mask_all(text: str) -> str:
    """Every letter and digit becomes ``*``."""
    return "".join("*" if char.isalnum() else char for char in text)


def luhn_ok(digits: str) -> bool:
    """Check digit by ISO/IEC 7812-1 annex B (the Luhn formula)."""
    if not digits.isdigit() or len(digits) < 2:
        return False
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


class Masker:
    """Knows the secrets of a run and masks them wherever they turn up in text.

    It is the safety net under structural masking: the same PAN is found as digits, with spaces
    or dashes, and as the hex of its ASCII digits; a name as text and as the hex of its text. A run
    knows many PANs and passes every text through here, so each is looked for only in a text that
    has enough digits in a row.
    """

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._pans: dict[str, Replacement] = {}
        self._ascii: dict[str, Replacement] = {}
        self._names: dict[str, list[Replacement]] = {}
        self._seen: dict[str, str] = {}

    def learn_pan(self, pan: str) -> None:
        """Remember a PAN (digits only). Shorter than 13 digits is not a PAN and is ignored."""
        if not pan.isdigit() or len(pan) < 13 or pan in self._pans:
            return
        self._seen.clear()
        masked = mask_pan(pan)
        self._pans[pan] = (re.compile(r"[ -]?".join(pan)), masked)
        pairs = [f"{ord(char):02X}" for char in pan]
        hidden = "".join("2A" if char == "*" else f"3{char}" for char in masked)
        self._ascii["".join(pairs)] = (re.compile("[ :]?".join(pairs), re.IGNORECASE), hidden)

    def learn_text(self, text: str) -> None:
        """Remember a secret text (a cardholder name) of four characters or more."""
        stripped = text.strip()
        if len(stripped) < 4 or stripped in self._names:
            return
        self._seen.clear()
        raw = stripped.encode("latin-1", "replace").hex()
        self._names[stripped] = [
            (re.compile(re.escape(stripped)), mask_all(stripped)),
            (re.compile(raw, re.IGNORECASE), "2A" * (len(raw) // 2)),
        ]

    def text(self, text: str) -> str:
        """``text`` with every known secret masked (unchanged when masking is off)."""
        if not self.enabled or len(text) < _SHORTEST:
            return text
        seen = self._seen.get(text)
        if seen is not None:
            return seen
        masked = text
        for pattern, replacement in self._possible(text):
            masked = pattern.sub(partial(_fit, replacement=replacement), masked)
        if len(text) < _REMEMBERED and len(self._seen) < _MOST_REMEMBERED:
            # A report says the same titles and clauses for every card.
            self._seen[text] = masked
        return masked

    def _possible(self, text: str) -> list[Replacement]:
        """Replacements whose secret may be in ``text``."""
        found: list[Replacement] = []
        for known, separators, shape in (
            (self._pans, _NOT_IN_DIGITS, _SOME_DIGITS),
            (self._ascii, _NOT_IN_HEX, _SOME_ASCII),
        ):
            dense = text.translate(separators)
            if shape.search(dense):
                found += [entry for secret, entry in known.items() if secret in dense]
        return [*found, *(entry for pair in self._names.values() for entry in pair)]


def mask_values(data: object, masker: Masker) -> object:
    """``data`` with every text in it passed through ``masker``; keys stay."""
    if isinstance(data, str):
        return masker.text(data)
    if isinstance(data, dict):
        return {key: mask_values(value, masker) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [mask_values(value, masker) for value in data]
    return data


def mask_object(data: Mapping[str, object], masker: Masker) -> dict[str, Any]:
    """As ``mask_values``, of one object."""
    return {key: mask_values(value, masker) for key, value in data.items()}


def _fit(match: re.Match[str], replacement: str) -> str:
    """Keep the separators of what was found while its digits are replaced."""
    found = match.group()
    if len(found) == len(replacement):
        return replacement
    wanted = iter(replacement)
    return "".join(next(wanted, "*") if char.isalnum() else char for char in found)
