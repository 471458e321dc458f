"""Cardholder verification rules: CVM list (8E), EMV 4.4 Book 3, 10.5 and Annex C3."""

from __future__ import annotations

from harness.core.errors import CodecError
from harness.core.i18n import N_, _
from harness.core.plain import dataclass

METHODS = {
    0x00: N_("fail CVM processing"),
    0x01: N_("plaintext PIN checked by the card"),
    0x02: N_("PIN enciphered online"),
    0x03: N_("plaintext PIN checked by the card, and signature"),
    0x04: N_("enciphered PIN checked by the card"),
    0x05: N_("enciphered PIN checked by the card, and signature"),
    0x06: N_("facial biometric checked by the card"),
    0x07: N_("facial biometric checked online"),
    0x08: N_("finger biometric checked by the card"),
    0x09: N_("finger biometric checked online"),
    0x0A: N_("palm biometric checked by the card"),
    0x0B: N_("palm biometric checked online"),
    0x0C: N_("iris biometric checked by the card"),
    0x0D: N_("iris biometric checked online"),
    0x0E: N_("voice biometric checked by the card"),
    0x0F: N_("voice biometric checked online"),
    0x1E: N_("signature"),
    0x1F: N_("no CVM required"),
    0x3F: N_("no CVM performed"),
}
"""Low six bits of a CVM code. 06 to 0F came with EMV 4.4; 3F stands only in CVM results."""

CONDITIONS = {
    0x00: N_("always"),
    0x01: N_("if unattended cash"),
    0x02: N_("if not unattended cash, not manual cash, not purchase with cashback"),
    0x03: N_("if the terminal supports the CVM"),
    0x04: N_("if manual cash"),
    0x05: N_("if purchase with cashback"),
    0x06: N_("if in the application currency and under X"),
    0x07: N_("if in the application currency and over X"),
    0x08: N_("if in the application currency and under Y"),
    0x09: N_("if in the application currency and over Y"),
}


@dataclass(frozen=True, slots=True)
class CvmRule:
    """One rule: ``code`` (method and what follows when it fails) and ``condition``."""

    code: int
    condition: int

    @property
    def method(self) -> int:
        """Low six bits of the code."""
        return self.code & 0x3F

    @property
    def fail_if_unsuccessful(self) -> bool:
        """True: verification has failed when this CVM fails. False: the next rule applies."""
        return not self.code & 0x40

    def describe(self) -> str:
        """The rule in words."""
        after = _("else fail") if self.fail_if_unsuccessful else _("else the next rule")
        if self.method in (0x00, 0x3F):
            after = ""
        rfu = _(", bit 8 is RFU and set") if self.code & 0x80 else ""
        parts = [method_name(self.method) + rfu, condition_name(self.condition)]
        return ", ".join([*parts, after] if after else parts)


@dataclass(frozen=True, slots=True)
class CvmList:
    """Amounts X and Y in minor units of the application currency, and the rules in order."""

    amount_x: int
    amount_y: int
    rules: tuple[CvmRule, ...]


def parse_cvm_list(value: bytes) -> CvmList:
    """Read tag 8E: X (4 bytes), Y (4 bytes), then two bytes a rule.

    Raises CodecError where the length is below 8 or odd; ``partial`` then holds the whole rules.
    A list without any rule is returned as such: EMV 4.4 Book 3, 10.5 treats it as absent.
    """
    if len(value) < 8:
        raise CodecError(f"a CVM list has at least 8 bytes, this one {len(value)}", path="8E")
    x, y = int.from_bytes(value[:4], "big"), int.from_bytes(value[4:8], "big")
    rules = tuple(CvmRule(value[at], value[at + 1]) for at in range(8, len(value) - 1, 2))
    found = CvmList(x, y, rules)
    if len(value) % 2:
        raise CodecError(
            "the last rule of the CVM list is cut off",
            offset=len(value) - 1,
            path="8E",
            partial=found,
        )
    return found


def method_name(method: int) -> str:
    """Name of a CVM by the low six bits of its code."""
    known = METHODS.get(method)
    if known is not None:
        return _(known)
    if 0x20 <= method <= 0x2F:
        return _("CVM {code:02X} reserved for the payment system").format(code=method)
    if 0x30 <= method <= 0x3E:
        return _("CVM {code:02X} reserved for the issuer").format(code=method)
    return _("CVM {code:02X}, RFU").format(code=method)


def condition_name(condition: int) -> str:
    """Name of a CVM condition code."""
    known = CONDITIONS.get(condition)
    if known is not None:
        return _(known)
    if condition >= 0x80:
        return _("condition {code:02X} of the payment system").format(code=condition)
    return _("condition {code:02X}, RFU").format(code=condition)
