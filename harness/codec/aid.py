"""Application identifiers: ISO/IEC 7816-4, 12.2.3; which scheme registered one."""

from __future__ import annotations

from functools import lru_cache

from harness.core.errors import CodecError
from harness.core.i18n import _


class Aid(bytes):
    """An AID of 5 to 16 bytes: RID (5) and PIX (0 to 11). Raises CodecError for other lengths."""

    def __new__(cls, value: bytes | str) -> Aid:
        """From bytes, or from hex text."""
        try:
            raw = bytes.fromhex(value) if isinstance(value, str) else bytes(value)
        except ValueError as error:
            raise CodecError(f"not an AID in hex: {value!r}") from error
        if not 5 <= len(raw) <= 16:
            raise CodecError(f"an AID has 5 to 16 bytes, this one {len(raw)}")
        return super().__new__(cls, raw)

    @property
    def rid(self) -> bytes:
        """Registered application provider identifier, 5 bytes."""
        return bytes(self[:5])

    @property
    def pix(self) -> bytes:
        """Proprietary application identifier extension."""
        return bytes(self[5:])

    def __str__(self) -> str:
        return self.hex().upper()

    def __repr__(self) -> str:
        return f"Aid({self})"


def scheme_of(aid: bytes) -> str:
    """Slug of the scheme (``visa``, ``mastercard``, ``unionpay``, ...), or an empty string.

    A product registered under another's RID (Visa/Elo) goes by its own, longer AID first.
    """
    found = _best(bytes(aid[:16]))
    return found["scheme"] if found else ""


def product_of(aid: bytes) -> str:
    """Name of the product (``Visa Electron``), or an empty string."""
    found = _best(bytes(aid[:16]))
    return found["name"] if found else ""


def provider_of(aid: bytes) -> str:
    """Who registered it, as far as that can be said: the product or scheme of a known RID, else
    what the first digit says of the registration (ISO/IEC 7816-5: A international, D national with
    the country's number, F proprietary, without a register)."""
    from harness.codec.codes import country

    known = product_of(aid) or scheme_of(aid)
    if known:
        return known
    first, digits = aid[:1].hex()[:1], aid[:2].hex()[1:4]
    if first == "d" and digits.isdigit():
        found = country(digits)
        name = f"{found[1]} ({digits})" if found else digits
        return _("a national registration, {country}").format(country=name)
    return {
        "a": _("an international registration, of nobody that is listed here"),
        "f": _("proprietary: nobody registers these"),
    }.get(first, _("no registration category that is known here"))


def kernel_of(aid: bytes) -> int | None:
    """EMVCo contactless kernel that the RID implies (2 to 7), None where none is known."""
    from harness.codec.data import section

    kernels: dict[str, int] = section("aids")["kernel"]
    return kernels.get(bytes(aid[:5]).hex().upper())


@lru_cache(maxsize=256)
def _best(aid: bytes) -> dict[str, str] | None:
    from harness.codec.data import section

    table: dict[str, dict[str, str]] = section("aids")["aid"]
    text = aid.hex().upper()
    for length in range(len(text), 9, -1):
        found = table.get(text[:length])
        if found is not None:
            return found
    return None
