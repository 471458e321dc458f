"""Why a cryptogram does not verify: one known change in personalisation after the other is tried.

A wrong cryptogram says only that issuer and card differ. Mostly they differ in one thing: the PAN
sequence number, the option of key derivation, the padding, the session key, or what of the issuer
application data is covered. Each is tried alone; the one that makes the cryptogram right is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import _
from harness.crypto.cryptogram import CryptogramScheme

_OPTIONS = ("A", "B")
_PADDINGS = {"visa": 1, "emv": 2}
"""Name here, and method of ISO/IEC 9797-1."""
_SESSIONS = ("none", "common", "mastercard", "unionpay")
_COVERS = ("cvr", "cvr+counters", "iad")


def explain(  # noqa: PLR0917 - what a cryptogram is made of
    scheme: CryptogramScheme,
    imk: bytes,
    pan: str,
    psn: int | None,
    values: Mapping[int, bytes],
    iad: bytes,
    cryptogram: bytes,
) -> str:
    """``personalised with PSN 00`` where that one change makes ``cryptogram`` right, else an empty
    string.

    ``scheme`` is what the issuer application data name, ``imk`` the issuer's master key for
    cryptograms, ``values`` the data by tag, ``iad`` 9F10. Never raises.
    """
    for text, changed, number in _variations(scheme, psn):
        try:
            key = changed.derive(imk, pan, number)
            if changed.verify_ac(key, values, iad, cryptogram):
                return text
        except (CodecError, ConfigError, KeyError):
            continue
    return ""


def _variations(
    scheme: CryptogramScheme, psn: int | None
) -> Iterator[tuple[str, CryptogramScheme, int | None]]:
    said = _("personalised with {what}")
    for number in range(100):
        if number != (psn or 0):
            yield said.format(what=f"PSN {number:02d}"), scheme, number
    if scheme.cipher == "3des":
        for option in _OPTIONS:
            if option != scheme.key_option:
                what = _("master key option {option}").format(option=option)
                yield said.format(what=what), replace(scheme, key_option=option), psn
    for padding, method in _PADDINGS.items():
        if padding != scheme.padding:
            what = _("padding method {n}").format(n=method)
            yield said.format(what=what), replace(scheme, padding=padding), psn
    for session in _SESSIONS:
        if session != scheme.session:
            what = _("session keys: {name}").format(name=session)
            yield said.format(what=what), replace(scheme, session=session), psn
    for covers in _COVERS:
        if covers != scheme.covers:
            what = _("a cryptogram over {what}").format(what=covers)
            yield said.format(what=what), replace(scheme, covers=covers), psn
    yield from _orders(scheme, psn)


def _orders(
    scheme: CryptogramScheme, psn: int | None
) -> Iterator[tuple[str, CryptogramScheme, int | None]]:
    """Two neighbours of the data elements exchanged."""
    for at in range(len(scheme.tags) - 1):
        tags = list(scheme.tags)
        tags[at], tags[at + 1] = tags[at + 1], tags[at]
        names = f"{tags[at][0]:02X} {tags[at + 1][0]:02X}"
        what = _("the data in another order ({tags})").format(tags=names)
        yield (
            _("personalised with {what}").format(what=what),
            replace(scheme, tags=tuple(tags)),
            psn,
        )
