"""Status words as data (rule 2): ISO/IEC 7816-4, 5.6, and what EMV makes of them by command."""

from __future__ import annotations

from functools import lru_cache

from harness.core.i18n import N_, _


class StatusWord(int):
    """SW1 SW2 as one number, 0 to 65535; ``str()`` gives four hex digits."""

    __slots__ = ()

    @property
    def sw1(self) -> int:
        """First byte."""
        return self >> 8

    @property
    def sw2(self) -> int:
        """Second byte."""
        return self & 0xFF

    def matches(self, mask: str) -> bool:
        """True when the word fits ``mask``: four characters, hex digits or ``x`` for any nibble.

        ``StatusWord(0x63C2).matches("63Cx")`` is true. A mask of another length never fits.
        """
        text = str(self)
        return len(mask) == 4 and all(
            want in "xX?" or want.upper() == have for want, have in zip(mask, text, strict=True)
        )

    def meaning(self, ins: int | None = None) -> str:
        """What it says, in words; ``ins`` (instruction byte) chooses the meaning for a command.

        Empty where neither ISO/IEC 7816-4 nor EMV gives one.
        """
        return _meaning(int(self), ins)

    def __str__(self) -> str:
        return f"{int(self):04X}"

    def __repr__(self) -> str:
        return f"StatusWord({self})"


@lru_cache(maxsize=256)
def _meaning_raw(word: int, ins: int | None) -> tuple[str, int | None]:
    """The untranslated text and the number that belongs in it."""
    from harness.codec.data import section

    table = section("status_words")
    sw1, sw2 = word >> 8, word & 0xFF
    if ins is not None:
        by_command: dict[str, dict[str, str]] = table["command"]
        special = by_command.get(f"{ins:02X}", {}).get(f"{word:04X}")
        if special is not None:
            return special, None
    words: dict[str, str] = table["word"]
    if f"{word:04X}" in words:
        return words[f"{word:04X}"], None
    if sw1 == 0x61:
        return N_("{} more bytes available: GET RESPONSE"), sw2 or 256
    if sw1 == 0x6C:
        return N_("wrong Le: exactly {} bytes available"), sw2 or 256
    if sw1 == 0x63 and sw2 & 0xF0 == 0xC0:
        text = (
            N_("verification failed, {} tries left")
            if ins in (0x20, 0x24, 0x2C)
            else N_("counter is {}")
        )
        return text, sw2 & 0x0F
    if sw1 == 0x9F:
        return "SIM: {} bytes of the answer wait: GET RESPONSE", sw2 or 256
    if sw1 == 0x91:
        return "UICC: a proactive command of {} bytes waits", sw2 or 256
    if sw1 == 0x92 and sw2 < 0x10:
        return "SIM: successful after {} internal retries", sw2
    if sw1 in (0x62, 0x64) and 0x02 <= sw2 <= 0x80:
        return N_("triggering by the card: {} bytes of query"), sw2
    classes: dict[str, str] = table["class"]
    return classes.get(f"{sw1:02X}", "" if sw1 >> 4 != 9 else classes.get("9X", "")), None


def _meaning(word: int, ins: int | None) -> str:
    text, number = _meaning_raw(word, ins)
    if not text:
        return ""
    return _(text).format(number) if number is not None else _(text)
