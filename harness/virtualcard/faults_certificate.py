"""Faults of certificates: a byte of the block under the signature is changed, and it is signed
again with the published test key of whoever signs it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha1

from harness.core.errors import ConfigError
from harness.crypto.keys import own_test_key
from harness.profiles.image import Application
from harness.virtualcard.faults_image import OfApplications, signed_objects, static_data
from harness.virtualcard.personalise import Personalised

HASH_AND_TRAILER = 21


class Certificate(OfApplications):
    """``certificate`` is ``issuer`` (tag 90) or ``icc`` (9F46). ``value`` is written at ``at``
    (from the end where it is negative) of the recovered block; ``rehash`` makes the hash fit
    again. Without ``value`` the certificate loses its last byte."""

    def change(self, app: Application) -> Application:
        icc = self.file.certificate == "icc"
        tag, signer = (0x9F46, app.keys.issuer) if icc else (0x90, app.keys.ca)
        perso = Personalised(app)
        objects = signed_objects(perso)
        if tag not in objects or not signer:
            return app
        if not self.file.value:
            return replace(app, data={**app.data, tag: objects[tag][:-1]})
        key = own_test_key(signer)
        if len(objects[tag]) != key.public.length:
            return app  # another fault has taken a byte away: there is no block to change
        block = bytearray(key.public.recover(objects[tag]))
        start = self.file.at if self.file.at >= 0 else len(block) + self.file.at
        if start + len(self.file.value) > len(block):
            raise ConfigError(f"{self.file.name}: byte {start} is outside of the certificate")
        block[start : start + len(self.file.value)] = self.file.value
        if self.file.rehash:
            also = _also_hashed(objects, static_data(perso) if icc else b"", icc=icc)
            covered = bytes(block[1:-HASH_AND_TRAILER]) + also
            digest = sha1(covered, usedforsecurity=False).digest()
            block[-HASH_AND_TRAILER:-1] = digest
        return replace(app, data={**app.data, tag: key.sign(bytes(block))})


def _also_hashed(objects: dict[int, bytes], static: bytes, *, icc: bool) -> bytes:
    """What the hash of a certificate covers beside the certificate (EMV Book 2, 5.3 and 6.4)."""
    remainder, exponent = (0x9F48, 0x9F47) if icc else (0x92, 0x9F32)
    return objects.get(remainder, b"") + objects.get(exponent, b"") + static
