"""What Kernel 2 tells its terminal, in words: outcome, error, message, kinds of cryptograms
(EMV Contactless Book C-2, Annex A; second-hand, from public source code of terminals)."""

from __future__ import annotations

from harness.codec import codes, formats
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _

_STATUS = {
    1: N_("approved"),
    2: N_("declined"),
    3: N_("online request"),
    4: N_("end application"),
    5: N_("select next"),
    6: N_("try another interface"),
    7: N_("try again"),
    15: N_("not applicable"),
}
_CVM = {
    0: N_("no CVM"),
    1: N_("obtain signature"),
    2: N_("online PIN"),
    3: N_("confirmation code verified"),
    15: N_("not applicable"),
}
_PRESENT = (
    (0x80, N_("user interface request on outcome")),
    (0x40, N_("user interface request on restart")),
    (0x20, N_("data record")),
    (0x10, N_("discretionary data")),
    (0x08, N_("receipt")),
)
_LEVEL_1 = ("OK", N_("time-out"), N_("transmission error"), N_("protocol error"))
_LEVEL_2 = (
    "OK",
    N_("card data missing"),
    N_("card authentication failed"),
    N_("status bytes"),
    N_("parsing error"),
    N_("transaction limit exceeded"),
    N_("card data error"),
    N_("mag-stripe mode not supported"),
    N_("no PPSE"),
    N_("PPSE fault"),
    N_("empty candidate list"),
    N_("IDS read error"),
    N_("IDS write error"),
    N_("IDS data error"),
    N_("IDS: no matching cryptogram"),
    N_("terminal data error"),
)
_LEVEL_3 = ("OK", N_("time-out"), N_("stop"), N_("amount not present"))
_MESSAGES = {
    0x03: N_("approved"),
    0x07: N_("not authorised"),
    0x17: N_("card read OK"),
    0x1A: N_("approved, please sign"),
    0x1B: N_("authorising, please wait"),
    0x1C: N_("error, use another card"),
    0x1D: N_("please insert card"),
    0x1E: N_("clear display"),
    0x20: N_("see phone"),
    0x21: N_("present the card again"),
    0xFF: N_("not applicable"),
}
_READER = (
    N_("not ready"),
    N_("idle"),
    N_("ready to read"),
    N_("processing"),
    N_("card read successfully"),
    N_("processing error"),
)
_MAGSTRIPE_CVM = {
    0: N_("no CVM"),
    1: N_("obtain signature"),
    2: N_("online PIN"),
    15: N_("not applicable"),
}


def show_k2(name: str, value: bytes) -> list[str]:
    """``value`` of the Kernel 2 data object called ``name``; empty for a wrong length."""
    size, view = VIEWS[name]
    return view(value) if len(value) == size else []


def _outcome(value: bytes) -> list[str]:
    rfu = N_("RFU")
    start = value[1] >> 4
    lines = [_("status: {name}").format(name=_(_STATUS.get(value[0] >> 4, rfu)))]
    if start < 4:
        lines.append(_("start: {name}").format(name="ABCD"[start]))
    lines.append(_("CVM: {name}").format(name=_(_CVM.get(value[3] >> 4, rfu))))
    lines += [_("present: {name}").format(name=_(name)) for bit, name in _PRESENT if value[4] & bit]
    if value[6] != 0xFF:
        lines.append(_("field off for {count} x 100 ms").format(count=value[6]))
    if value[7]:
        lines.append(_("removal time-out {count} x 100 ms").format(count=value[7]))
    return lines


def _error(value: bytes) -> list[str]:
    def named(table: tuple[str, ...], byte: int) -> str:
        return _(table[byte]) if byte < len(table) else _("RFU")

    return [
        _("level 1: {name}").format(name=named(_LEVEL_1, value[0])),
        _("level 2: {name}").format(name=named(_LEVEL_2, value[1])),
        _("level 3: {name}").format(name=named(_LEVEL_3, value[2])),
        _("status word {word}").format(word=to_hex(value[3:5])),
        _("message: {name}").format(name=_message(value[5])),
    ]


def _message(byte: int) -> str:
    known = _MESSAGES.get(byte)
    return f"{byte:02X} {_(known)}" if known else f"{byte:02X}"


def _user_interface(value: bytes) -> list[str]:
    status = _(_READER[value[1]]) if value[1] < len(_READER) else f"{value[1]:02X}"
    lines = [
        _("message: {name}").format(name=_message(value[0])),
        _("status: {name}").format(name=status),
    ]
    if value[2:5].hex().isdigit() and any(value[2:5]):
        lines.append(_("hold time {count} x 100 ms").format(count=int(value[2:5].hex())))
    language = value[5:13].rstrip(b"\0")
    if language and language.isalnum():
        lines.append(_("languages {text}").format(text=language.decode("ascii", "replace")))
    kind = {1: _("amount"), 2: _("balance")}.get(value[13] >> 4)
    if kind and value[14:20].hex().isdigit():
        minor = int(value[14:20].hex())
        found = codes.currency(value[20:22].hex()[1:])
        amount = (
            formats.format_amount(minor, found.exponent, found.code)
            if found
            else _("{amount} minor units").format(amount=minor)
        )
        lines.append(f"{kind} {amount}")
    return lines


def _kind_of_ac(value: bytes) -> list[str]:
    return [("AAC", "TC", "ARQC", "RFU")[value[0] >> 6]]


def _reference_control(value: bytes) -> list[str]:
    cda = _(", CDA") if value[0] & 0x10 else ""
    return [("AAC", "TC", "ARQC", "RFU")[value[0] >> 6] + cda]


def _magstripe_cvm(value: bytes) -> list[str]:
    return [_(_MAGSTRIPE_CVM.get(value[0] >> 4, N_("RFU")))]


VIEWS = {
    "outcome": (8, _outcome),
    "error": (6, _error),
    "message": (22, _user_interface),
    "ac-type": (1, _kind_of_ac),
    "reference-control": (1, _reference_control),
    "magstripe-cvm": (1, _magstripe_cvm),
}
