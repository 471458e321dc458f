"""Secure messaging of issuer scripts: MAC and encipherment, both ends (EMV Book 2, chapter 9).

All methods are of format 2: the data field is data, then MAC, without tags. How they differ is a
row of ``METHODS``. Source of Visa's, Mastercard's and Interac's: pyemv 1.5 (MIT) and its HSM
values. UnionPay: public code that loads PBOC electronic cash. The books' own (``ccd``): pyemv's
HSM values for 3DES; with AES there is no public vector (docs/cryptograms.md).

The issuer's side builds commands (``protect``, ``pin_change``, ``pin_unblock``), the card's opens
them (``open_command``, ``pin_of_change``). ``arqc`` is the cryptogram of the first GENERATE AC and
``atc`` the counter of the transaction, for every script command in it.
"""

from __future__ import annotations

import hmac

from harness.core.errors import CodecError, ConfigError
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.crypto.cryptogram import CryptogramScheme, IccKeys, check_key, check_length
from harness.crypto.pin import format2, pin_of
from harness.crypto.suites import Suite

MAC_SPEC = Spec("EMV 4.4 Book 2", "9.2", verified=False)
SECRECY_SPEC = Spec("EMV 4.4 Book 2", "9.3", verified=False)

PIN_CHANGE_INS = 0x24
_WITH_CURRENT, _NEW_ONLY = 0x01, 0x02


@dataclass(frozen=True, slots=True)
class Method:
    """``session``: key from ATC (``visa-sm``, ``unionpay``) or ARQC (``common``). ``chained``: the
    MAC also covers ATC and ARQC, between header and data. ``form``: how data are padded before
    encipherment: ``length`` (one length byte, 80 and zeros, ECB), ``if-needed`` (80 and zeros
    unless they are whole blocks, CBC), ``always`` (80 and zeros, CBC). ``pin_block``: ``vis``, or
    ``iso2``; ``iso2+vis`` is ISO 9564-1 format 2 but VIS where the current PIN goes along.
    ``mac``: bytes of the MAC. ``cla``: class byte of script commands."""

    session: str
    chained: bool
    form: str
    pin_block: str
    mac: int = 8
    cla: int = 0x84


METHODS = {
    "visa": Method("visa-sm", True, "length", "vis"),
    "visa-22": Method("common", True, "length", "iso2+vis"),
    "mastercard": Method("common", True, "if-needed", "iso2"),
    "interac": Method("common", False, "if-needed", "iso2"),
    "unionpay": Method("unionpay", True, "length", "vis", mac=4, cla=0x04),
    "ccd": Method("common", False, "always", "iso2"),
}


def method_of(entry: CryptogramScheme) -> Method:
    """The secure messaging that goes with a cryptogram version."""
    return METHODS[entry.messaging]


def session_key(entry: CryptogramScheme, icc_mk: bytes, *, atc: bytes, arqc: bytes) -> bytes:
    """Session key for MACs (from the card's SMI key) or encipherment (from its SMC key), 16 bytes.

    Raises ConfigError (key), CodecError (ATC of 2 bytes, ARQC of 8).
    """
    check_key(icc_mk)
    check_length("9F36", atc, 2)
    check_length("9F26", arqc, 8)
    method = method_of(entry).session
    return entry.suite.session(method, icc_mk, arqc if method == "common" else atc)


def command_mac(
    entry: CryptogramScheme, key: bytes, header: bytes, data: bytes, *, atc: bytes, arqc: bytes
) -> bytes:
    """MAC (8 bytes) of a script command under the session key ``key``.

    ``header``: CLA INS P1 P2 Lc, where Lc counts the MAC too. ``data``: as sent (enciphered
    where it is), without MAC. Raises CodecError.
    """
    check_key(key)
    check_length("command header", header, 5)
    between = atc + arqc if method_of(entry).chained else b""
    return entry.suite.mac(key, header + between + data, "emv", 8)


def encipher(entry: CryptogramScheme, key: bytes, plain: bytes) -> bytes:
    """Command data, padded as the method has it and enciphered under the session key ``key``."""
    check_key(key)
    suite, form = entry.suite, method_of(entry).form
    if form == "length":
        return suite.ecb(key, _padded(suite, bytes([len(plain)]) + plain))
    whole = form == "if-needed" and plain and len(plain) % suite.block == 0
    return suite.cbc(key, plain if whole else _padded(suite, plain))


def decipher(entry: CryptogramScheme, key: bytes, data: bytes) -> bytes:
    """What ``encipher`` was given. Where padding is optional, data that end like padding keep it
    off only if the last block says so. Raises CodecError for anything that is not so built."""
    check_key(key)
    suite, form = entry.suite, method_of(entry).form
    if not data:
        raise CodecError("no enciphered data")
    if form == "length":
        text = _unpadded(suite, suite.ecb(key, data, decrypt=True))
        if text is None or not text or text[0] != len(text) - 1:
            raise CodecError("deciphered data do not begin with their length")
        return text[1:]
    plain = suite.cbc(key, data, decrypt=True)
    text = _unpadded(suite, plain)
    if text is None and form == "always":
        raise CodecError("deciphered data are not padded")
    return plain if text is None else text


def protect(
    entry: CryptogramScheme,
    keys: IccKeys,
    header: bytes,
    plain: bytes = b"",
    *,
    atc: bytes,
    arqc: bytes,
    secret: bool = False,
) -> bytes:
    """A whole script command with its MAC, as the issuer sends it.

    ``header``: CLA INS P1 P2. ``secret``: encipher ``plain``. Raises CodecError, ConfigError.
    """
    check_length("command header", header, 4)
    method, data = method_of(entry), plain
    if secret:
        data = encipher(entry, session_key(entry, keys.smc, atc=atc, arqc=arqc), plain)
    if len(data) + method.mac > 255:
        raise CodecError(f"{len(data)} bytes and a MAC do not fit a command")
    whole = header + bytes([len(data) + method.mac])
    key = session_key(entry, keys.smi, atc=atc, arqc=arqc)
    made = command_mac(entry, key, whole, data, atc=atc, arqc=arqc)
    return whole + data + made[: method.mac]


def open_command(
    entry: CryptogramScheme,
    keys: IccKeys,
    command: bytes,
    *,
    atc: bytes,
    arqc: bytes,
    secret: bool = False,
) -> bytes | None:
    """The data of a script command as the card reads it; None where MAC or padding is wrong.

    ``command``: CLA INS P1 P2 Lc data MAC, without Le. A MAC of 4 to 8 bytes may be used; the
    card here takes the method's own length only.
    """
    method = method_of(entry)
    if len(command) < 5 + method.mac or command[4] != len(command) - 5:
        return None
    header, data, mac = command[:5], command[5 : -method.mac], command[-method.mac :]
    key = session_key(entry, keys.smi, atc=atc, arqc=arqc)
    expected = command_mac(entry, key, header, data, atc=atc, arqc=arqc)[: method.mac]
    if not hmac.compare_digest(expected, mac):
        return None
    if not secret:
        return data
    try:
        return decipher(entry, session_key(entry, keys.smc, atc=atc, arqc=arqc), data)
    except CodecError:
        return None


def pin_unblock(entry: CryptogramScheme, keys: IccKeys, *, atc: bytes, arqc: bytes) -> bytes:
    """PIN CHANGE/UNBLOCK that only sets the PIN try counter (EMV Book 3, 6.5.10)."""
    header = bytes((method_of(entry).cla, PIN_CHANGE_INS, 0, 0))
    return protect(entry, keys, header, atc=atc, arqc=arqc)


def pin_change(
    entry: CryptogramScheme,
    keys: IccKeys,
    pin: str,
    *,
    atc: bytes,
    arqc: bytes,
    current: str = "",
) -> bytes:
    """PIN CHANGE/UNBLOCK with a new PIN. ``current`` only where the scheme's block can have it.

    Raises ConfigError for what is no PIN; PINs are never shown.
    """
    kind = method_of(entry).pin_block
    if current and kind == "iso2":
        raise ConfigError(f"{entry.name}: the current PIN does not go along with a new one")
    block = vis_pin_block(keys.ac, pin, current) if kind == "vis" or current else format2(pin)
    p2 = _WITH_CURRENT if current else _NEW_ONLY
    header = bytes((method_of(entry).cla, PIN_CHANGE_INS, 0, p2))
    return protect(entry, keys, header, block, atc=atc, arqc=arqc, secret=True)


def pin_of_change(
    entry: CryptogramScheme, keys: IccKeys, p2: int, block: bytes, *, current: str = ""
) -> str | None:
    """The new PIN in the 8 deciphered bytes of a PIN CHANGE, or None where there is none.

    ``p2``: of the command, 01 where the current PIN is mixed in. ``current``: what the card knows.
    """
    kind = method_of(entry).pin_block
    if len(block) != 8 or p2 not in (_WITH_CURRENT, _NEW_ONLY):
        return None
    if kind == "iso2" or (kind == "iso2+vis" and p2 == _NEW_ONLY):
        return pin_of(block) if p2 == _NEW_ONLY else None
    mixed = _vis_mask(keys.ac, current if p2 == _WITH_CURRENT else "")
    text = bytes(a ^ b for a, b in zip(block, mixed, strict=True)).hex().upper()
    length = int(text[:2], 16)
    digits, filler = text[2 : 2 + length], text[2 + length :]
    good = 4 <= length <= 12 and digits.isdigit() and not filler.strip("F")
    return digits if good else None


def vis_pin_block(icc_mk_ac: bytes, pin: str, current: str = "") -> bytes:
    """VIS PIN block (8 bytes): length, digits and F, mixed with four bytes of the card's
    cryptogram key and, where given, the current PIN. Raises ConfigError."""
    check_key(icc_mk_ac)
    format2(pin)  # refuses what is no PIN
    if current:
        format2(current)
    block = bytes.fromhex(f"{len(pin):02X}{pin}".ljust(16, "F"))
    mask = _vis_mask(icc_mk_ac, current)
    return bytes(a ^ b for a, b in zip(block, mask, strict=True))


def _vis_mask(icc_mk_ac: bytes, current: str) -> bytes:
    key = b"\0" * 4 + icc_mk_ac[4:8]
    old = bytes.fromhex(current.ljust(16, "0"))
    return bytes(a ^ b for a, b in zip(key, old, strict=True))


def _padded(suite: Suite, data: bytes) -> bytes:
    data += b"\x80"
    return data + bytes(-len(data) % suite.block)


def _unpadded(suite: Suite, data: bytes) -> bytes | None:
    """``data`` without 80 and zeros, or None where the last block does not end in them."""
    text = data.rstrip(b"\0")
    if text[-1:] != b"\x80" or len(data) - len(text) >= suite.block:
        return None
    return text[:-1]
