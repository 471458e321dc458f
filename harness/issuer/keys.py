"""Which issuer master keys belong to which card: those of the shipped card images, by PAN."""

from __future__ import annotations

from dataclasses import field
from functools import cache

from harness.core.plain import dataclass
from harness.crypto.cryptogram import IssuerMasterKeys


@dataclass(slots=True)
class IssuerKeys:
    """Master keys and reference PINs by PAN digits. An issuer knows its cards; of others it knows
    nothing."""

    by_pan: dict[str, IssuerMasterKeys] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict, repr=False)

    def find(self, pan: str) -> IssuerMasterKeys | None:
        """Keys of the issuer of this card, or None."""
        return self.by_pan.get(pan)


class ShippedKeys(IssuerKeys):
    """Keys of the shipped payment card images. They are published, and protect nothing.

    Only the image that has the PAN is read: loading all of them would take a transaction longer
    than all the rest of it. Images that the user brought along are known as well. ``find``
    raises ConfigError where that image cannot be read.
    """

    def find(self, pan: str) -> IssuerMasterKeys | None:
        """See ``IssuerKeys``."""
        if pan not in self.by_pan:
            keys, pins = _keys_in_images(pan)
            self.by_pan |= keys
            self.pins |= pins
        return self.by_pan.get(pan)


def _keys_in_images(pan: str) -> tuple[dict[str, IssuerMasterKeys], dict[str, str]]:
    from harness.profiles.image import load_image, own_files
    from harness.profiles.image_load import images_folder

    text = f'"{pan}"'.encode("ascii", "replace")
    found: dict[str, IssuerMasterKeys] = {}
    pins: dict[str, str] = {}
    shipped = [path for path in images_folder().glob("*.toml") if text in path.read_bytes()]
    for image in (*own_files(), *map(load_image, shipped)):
        for app in image.applications if image.is_emv else ():
            keys = app.keys
            found[app.pan] = IssuerMasterKeys(keys.imk_ac, keys.imk_smi, keys.imk_smc)
            if app.pin:
                pins[app.pan] = app.pin
    return found, pins


@cache
def own_test_keys() -> IssuerKeys:
    """Keys of every shipped payment card image, read when they are asked for."""
    return ShippedKeys()
