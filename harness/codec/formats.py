"""The data element formats of EMV 4.4 Book 3, 4.3: n, cn, an, ans; dates and PANs."""

from __future__ import annotations

from datetime import date

from harness.core.errors import CodecError


def decode_n(value: bytes) -> str:
    """Digits of a numeric (BCD) value, leading zeros kept. Raises CodecError with the offset."""
    text = value.hex()
    for index, char in enumerate(text):
        if not char.isdigit():
            raise CodecError(f"not numeric: nibble {char.upper()}", offset=index // 2)
    return text


def decode_cn(value: bytes) -> str:
    """Digits of a compressed numeric value, right padding F removed. Raises CodecError."""
    text = value.hex().rstrip("f")
    for index, char in enumerate(text):
        if not char.isdigit():
            raise CodecError(f"not compressed numeric: nibble {char.upper()}", offset=index // 2)
    return text


def decode_an(value: bytes) -> str:
    """Text of an alphanumeric value (letters and digits). Raises CodecError."""
    for index, byte in enumerate(value):
        if not chr(byte).isalnum() or byte > 0x7F:
            raise CodecError(f"not alphanumeric: byte {byte:02X}", offset=index)
    return value.decode("ascii")


def decode_ans(value: bytes, code_table: int = 1) -> str:
    """Text of an alphanumeric special value; ``code_table`` is the part of ISO/IEC 8859 (1-16).

    Raises CodecError for a byte that is no printable character there.
    """
    try:
        text = value.decode(f"iso8859_{code_table}")
    except (UnicodeDecodeError, LookupError) as error:
        raise CodecError(f"not text of ISO/IEC 8859-{code_table}") from error
    for index, char in enumerate(text):
        if not char.isprintable() and char != "\xa0":
            raise CodecError(f"not printable: byte {value[index]:02X}", offset=index)
    return text


def parse_date_yymmdd(value: bytes) -> date | None:
    """The date of three BCD bytes YYMMDD, None when there is no such day.

    Years 00-49 are 2000-2049, 50-99 are 1950-1999 (EMV 4.4 Book 4, 6.7.3).
    """
    text = value.hex()
    if len(text) != 6 or not text.isdigit():
        return None
    year = int(text[:2])
    try:
        return date(year + (2000 if year < 50 else 1900), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def pan_digits(value: bytes) -> str:
    """Digits of a PAN as tag 5A codes it (cn, padded with F on the right). Raises CodecError."""
    digits = decode_cn(value)
    if not digits:
        raise CodecError("an empty PAN")
    return digits


def format_amount(minor: int, exponent: int, code: str = "") -> str:
    """``1234`` minor units as ``12.34 EUR``; ``exponent`` is the number of decimal places."""
    if exponent:
        whole, part = divmod(abs(minor), 10**exponent)
        text = f"{'-' if minor < 0 else ''}{whole}.{part:0{exponent}d}"
    else:
        text = str(minor)
    return f"{text} {code}".rstrip()
