"""What a command is called, and its argument in a few words, for traces and reports."""

from __future__ import annotations

from harness.codec.frames import CommandApdu
from harness.core.errors import CodecError
from harness.core.i18n import N_
from harness.core.retranslate import said

_BY_INS = {
    0x04: "DEACTIVATE FILE",
    0x0C: "ERASE RECORD",
    0x0E: "ERASE BINARY",
    0x16: "CARD BLOCK",
    0x18: "APPLICATION UNBLOCK",
    0x1E: "APPLICATION BLOCK",
    0x20: "VERIFY",
    0x22: "MANAGE SECURITY ENVIRONMENT",
    0x24: "PIN CHANGE/UNBLOCK",
    0x2A: "PERFORM SECURITY OPERATION",
    0x2C: "RESET RETRY COUNTER",
    0x44: "ACTIVATE FILE",
    0x46: "GENERATE ASYMMETRIC KEY PAIR",
    0x70: "MANAGE CHANNEL",
    0x82: "EXTERNAL AUTHENTICATE",
    0x84: "GET CHALLENGE",
    0x86: "GENERAL AUTHENTICATE",
    0x88: "INTERNAL AUTHENTICATE",
    0xA2: "SEARCH RECORD",
    0xA4: "SELECT",
    0xA8: "GET PROCESSING OPTIONS",
    0xAE: "GENERATE AC",
    0xB0: "READ BINARY",
    0xB1: "READ BINARY",
    0xB2: "READ RECORD",
    0xB3: "READ RECORD",
    0xC0: "GET RESPONSE",
    0xC2: "ENVELOPE",
    0xCA: "GET DATA",
    0xCB: "GET DATA",
    0xD0: "WRITE BINARY",
    0xD2: "WRITE RECORD",
    0xD6: "UPDATE BINARY",
    0xDA: "PUT DATA",
    0xDB: "PUT DATA",
    0xDC: "UPDATE RECORD",
    0xE0: "CREATE FILE",
    0xE2: "APPEND RECORD",
    0xE4: "DELETE FILE",
    0xE6: "TERMINATE DF",
    0xE8: "TERMINATE EF",
    0xFE: "TERMINATE CARD USAGE",
}
_PROPRIETARY = {
    0x10: "TERMINAL PROFILE",
    0x12: "FETCH",
    0x14: "TERMINAL RESPONSE",
    0x2A: "COMPUTE CRYPTOGRAPHIC CHECKSUM",
    0x50: "INITIALIZE UPDATE",
    0xD0: "RECOVER AC",
    0xD8: "PUT KEY",
    0xE0: "EXCHANGE RELAY RESISTANCE DATA",
    0xE2: "STORE DATA",
    0xE4: "DELETE",
    0xE6: "INSTALL",
    0xE8: "LOAD",
    0xEA: "EXCHANGE RELAY RESISTANCE DATA",
    0xF0: "SET STATUS",
    0xF2: "GET STATUS",
}
"""Classes 8x: EMV, its kernels, GlobalPlatform, UICC."""
_GSM = {
    0x04: "INVALIDATE",
    0x10: "TERMINAL PROFILE",
    0x12: "FETCH",
    0x14: "TERMINAL RESPONSE",
    0x20: "VERIFY CHV",
    0x24: "CHANGE CHV",
    0x26: "DISABLE CHV",
    0x28: "ENABLE CHV",
    0x2C: "UNBLOCK CHV",
    0x32: "INCREASE",
    0x44: "REHABILITATE",
    0x88: "RUN GSM ALGORITHM",
    0xA2: "SEEK",
    0xF2: "STATUS",
    0xFA: "SLEEP",
}
"""Class A0: a SIM (3GPP TS 51.011, 9)."""
_DESFIRE = {
    0x0A: "AUTHENTICATE",
    0x1A: "AUTHENTICATE ISO",
    0x45: "GET KEY SETTINGS",
    0x51: "GET CARD UID",
    0x54: "CHANGE KEY SETTINGS",
    0x5A: "SELECT APPLICATION",
    0x5F: "CHANGE FILE SETTINGS",
    0x60: "GET VERSION",
    0x64: "GET KEY VERSION",
    0x6A: "GET APPLICATION IDS",
    0x6C: "GET VALUE",
    0x6E: "FREE MEMORY",
    0x6F: "GET FILE IDS",
    0x71: "AUTHENTICATE EV2 FIRST",
    0x77: "AUTHENTICATE EV2 NON-FIRST",
    0xAA: "AUTHENTICATE AES",
    0xAF: "ADDITIONAL FRAME",
    0xBB: "READ RECORDS",
    0xBD: "READ DATA",
    0xC4: "CHANGE KEY",
    0xC7: "COMMIT TRANSACTION",
    0xCA: "CREATE APPLICATION",
    0xCD: "CREATE STANDARD DATA FILE",
    0xDA: "DELETE APPLICATION",
    0xF5: "GET FILE SETTINGS",
    0xFC: "FORMAT",
    0x3B: "WRITE RECORD",
    0x3D: "WRITE DATA",
}
"""Class 90: a native MIFARE DESFire command in an ISO frame."""
_PCSC = {
    0x00: "PC/SC DIRECT TRANSMIT",
    0xB0: "PC/SC READ BINARY",
    0xC0: "PC/SC TRANSPARENT",
    0xC2: "PC/SC MANAGE SESSION",
    0xCA: "PC/SC GET DATA",
    0x20: "PC/SC VERIFY",
    0x82: "PC/SC LOAD KEYS",
    0x86: "PC/SC GENERAL AUTHENTICATE",
    0x88: "PC/SC AUTHENTICATE",
    0xD6: "PC/SC UPDATE BINARY",
}
_INSTALL = {0x02: "load", 0x04: "install", 0x08: "make selectable", 0x10: "extradition"}
_INSTALL |= {0x20: "personalization", 0x40: "registry update"}
_STATUS = {
    0x80: "issuer security domain",
    0x40: "applications and security domains",
    0x20: "executable load files",
    0x10: "executable load files and modules",
}
_AC = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC"}


def command_name(command: bytes) -> str:
    """``SELECT``, ``READ RECORD``, ...; ``INS 5A`` where there is no name; never raises."""
    if len(command) < 2:
        return "?"
    cla, ins = command[0], command[1]
    if cla == 0xFF:
        return _PCSC.get(ins, f"PC/SC INS {ins:02X}")
    if cla == 0x90 and ins in _DESFIRE:
        return f"DESFire {_DESFIRE[ins]}"
    own = _GSM if cla == 0xA0 else _PROPRIETARY if cla & 0x80 else {}
    return own.get(ins) or _BY_INS.get(ins) or f"INS {ins:02X}"


def command_summary(command: bytes) -> str:
    """The argument in a few words: ``1PAY.SYS.DDF01``, ``SFI 1 record 2``, ``9F36``, ``ARQC, CDA``.

    Empty where there is nothing to say. It never holds a PIN or other command data that may be
    secret, and never raises.
    """
    try:
        apdu = CommandApdu.parse(command)
    except CodecError as error:
        if not isinstance(error.partial, CommandApdu):
            return ""
        apdu = error.partial
    if apdu.cla == 0xFF:
        known = {0: "UID", 1: "historical bytes of the ATS"} if apdu.ins == 0xCA else {}
        return known.get(apdu.p1, "")
    if apdu.cla == 0x90 and apdu.ins in _DESFIRE:
        return ""
    if apdu.cla & 0x80 and apdu.ins in _GLOBALPLATFORM and apdu.cla != 0xA0:
        return said(_GLOBALPLATFORM[apdu.ins](apdu))
    describe = _SUMMARIES.get(apdu.ins)
    return "" if describe is None else said(describe(apdu))


def _select(apdu: CommandApdu) -> str:
    data = apdu.data
    if apdu.cla & 0x0C and not apdu.cla & 0x80:
        return ""  # secure messaging: the name stands inside of data objects
    if apdu.p1 & 0x04 and len(data) >= 5 and data.isascii() and data.decode("ascii").isprintable():
        text = data.decode("ascii")
    else:
        text = data.hex().upper()
    return N_(f"{text} (next)") if apdu.p2 & 0x03 == 0x02 else text


def _record(apdu: CommandApdu) -> str:
    sfi = apdu.p2 >> 3
    return N_(f"SFI {sfi} record {apdu.p1}") if sfi else N_(f"record {apdu.p1}")


def _data(apdu: CommandApdu) -> str:
    return f"{apdu.p1:02X}{apdu.p2:02X}" if apdu.p1 else f"{apdu.p2:02X}"


def _generate_ac(apdu: CommandApdu) -> str:
    kind = _AC.get(apdu.p1 & 0xC0, "RFU")
    return kind + (", CDA" if apdu.p1 & 0x18 == 0x10 else "")


def _verify(apdu: CommandApdu) -> str:
    known = {0x80: N_("plaintext PIN"), 0x88: N_("enciphered PIN")}
    name = known.get(apdu.p2, N_(f"reference {apdu.p2:02X}"))
    return name if apdu.data else N_(f"{name} (tries left?)")


def _length(apdu: CommandApdu) -> str:
    return N_(f"{apdu.le} bytes") if apdu.le else ""


def _binary(apdu: CommandApdu) -> str:
    if apdu.p1 & 0x80:
        return f"SFI {apdu.p1 & 0x1F} offset {apdu.p2}"
    return f"offset {apdu.p1 << 8 | apdu.p2}"


def _channel(apdu: CommandApdu) -> str:
    what = {0x00: "open", 0x80: "close"}.get(apdu.p1, f"P1 {apdu.p1:02X}")
    return what + (f" {apdu.p2}" if apdu.p2 else "")


def _install(apdu: CommandApdu) -> str:
    parts = [name for bit, name in _INSTALL.items() if apdu.p1 & bit]
    return "for " + " and ".join(parts) if parts else ""


def _block(apdu: CommandApdu) -> str:
    return f"block {apdu.p2}" + (", last" if apdu.p1 & 0x80 else "")


def _status(apdu: CommandApdu) -> str:
    return _STATUS.get(apdu.p1, "") + (", next" if apdu.p2 & 0x01 else "")


def _key(apdu: CommandApdu) -> str:
    return f"key {apdu.p2 & 0x7F}, version {apdu.p1 & 0x7F}"


def _plain(apdu: CommandApdu) -> str:
    return N_(f"{len(apdu.data)} bytes") if apdu.data else ""


def _gpo(apdu: CommandApdu) -> str:
    empty = apdu.data == b"\x83\x00"
    return N_("no PDOL data") if empty else apdu.data[2:].hex().upper()


_GLOBALPLATFORM = {
    0xD8: _key,
    0xE2: _block,
    0xE6: _install,
    0xE8: _block,
    0xF2: _status,
}
_SUMMARIES = {
    0x70: _channel,
    0xB0: _binary,
    0xD6: _binary,
    0xA4: _select,
    0xB2: _record,
    0xDC: _record,
    0xCA: _data,
    0xDA: _data,
    0xAE: _generate_ac,
    0x20: _verify,
    0xC0: _length,
    0xA8: _gpo,
    0x82: _plain,
    0x88: _plain,
}
