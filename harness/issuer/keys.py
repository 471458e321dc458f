"""Which issuer master keys belong to which card: those of the shipped card images, by PAN."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from harness.crypto.cryptogram import IssuerMasterKeys


@dataclass(slots=True)
class IssuerKeys:
    """Master keys by PAN digits. An issuer knows its cards; of others it knows nothing."""

    by_pan: dict[str, IssuerMasterKeys] = field(default_factory=dict)

    def find(self, pan: str) -> IssuerMasterKeys | None:
        """Keys of the issuer of this card, or None."""
        return self.by_pan.get(pan)


@cache
def own_test_keys() -> IssuerKeys:
    """Keys of every shipped payment card image. They are published, and protect nothing.

    Raises ConfigError where a shipped image cannot be read.
    """
    from harness.profiles.image import list_images

    found: dict[str, IssuerMasterKeys] = {}
    for image in list_images():
        if not image.is_emv:
            continue
        for app in image.applications:
            keys = app.keys
            found[app.pan] = IssuerMasterKeys(keys.imk_ac, keys.imk_smi, keys.imk_smc)
    return IssuerKeys(found)
