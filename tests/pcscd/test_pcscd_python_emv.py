"""python-emv, an independent client in an environment of its own, reads the card and computes a CAP
value from it; ours, computed here from the same transaction in process, is the same.

It is a client for T=0 that sends no PDOL data, so the image for authentication devices it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from harness.codec import apdu
from harness.codec.dol import build_dol, parse_dol
from harness.codec.tlv import parse
from harness.link.api import LinkOptions
from harness.link.vpcd_reader import VpcdReader
from harness.profiles.image import load_image
from harness.testing.private_pcscd import PrivatePcscd
from harness.virtualcard.card import open_card

pytestmark = pytest.mark.pcscd

IMAGE, PIN, CHALLENGE = "mastercard-cap", "1234", "12345678"
INSTALL_S = 240
MASK = bytes.fromhex("0000FFFFFF0000000000000000000020B938")
"""Which bits of cryptogram information, counter, cryptogram and issuer data a CAP value takes where
the card does not say: a fact of the EMVCAP program that python-emv names as its source."""

CLIENT = """
import json, sys
from smartcard.CardConnectionDecorator import CardConnectionDecorator
from smartcard.scard import SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1
for name, value in (("T0_protocol", SCARD_PROTOCOL_T0), ("T1_protocol", SCARD_PROTOCOL_T1)):
    if not hasattr(CardConnectionDecorator, name):
        setattr(CardConnectionDecorator, name, value)
from smartcard.System import readers
from emv.card import Card
from emv.protocol.data import Tag
wanted, pin, challenge = sys.argv[1:]
reader = next(reader for reader in readers() if wanted in str(reader))
card = Card(reader.createConnection())
apps = card.list_applications()
card.select_application(apps[0][Tag.ADF_NAME])
meta = card.get_metadata()
options = card.get_processing_options()
data = card.get_application_data(options["AFL"])
value = card.generate_cap_value(pin, challenge=challenge)
print(json.dumps({
    "aids": ["".join("%02X" % byte for byte in app[Tag.ADF_NAME]) for app in apps],
    "pin_retries": meta["pin_retries"], "atc": meta["atc"], "records": len(data),
    "pan": "".join("%02X" % byte for byte in data[Tag.PAN]), "cap": value,
}))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has python-emv, and nothing of ours."""
    folder = tmp_path_factory.mktemp("python-emv")
    venv.create(folder, with_pip=True)
    path = folder / "bin" / "python"
    done = subprocess.run(
        [path, "-m", "pip", "install", "-q", "--disable-pip-version-check", "emv"],
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"python-emv cannot be installed: {done.stderr.strip()[-200:]}")
    return path


def our_cap_value() -> int:
    """The second transaction of a new card, with the data that python-emv sends."""
    app = load_image(IMAGE).applications[0]
    card = open_card(IMAGE)
    card.power_on()
    values = {0x9A: b"\x01\x01\x01", 0x95: bytes.fromhex("8000000000")}
    values[0x9F37] = bytes.fromhex(CHALLENGE)
    for _ in range(2):
        card.process(apdu.select(app.aid).to_bytes())
        card.process(apdu.get_processing_options(b"").to_bytes())
    cdol = build_dol(parse_dol(app.cdol1), values)
    card.process(apdu.verify_plaintext(PIN).to_bytes())
    answer = card.process(apdu.generate_ac("ARQC", cdol).to_bytes()).response
    assert answer is not None
    data = b"".join(child.value for child in parse(answer[:-2]).nodes[0].children)
    bits = ""
    for byte, mask in zip(data, MASK, strict=False):
        bits += "".join(str(byte >> place & 1) for place in range(7, -1, -1) if mask >> place & 1)
    return int(bits, 2)


def test_python_emv_reads_the_card_and_computes_a_cap_value(
    daemon: PrivatePcscd, python: Path
) -> None:
    reader = VpcdReader(IMAGE, LinkOptions(images=(IMAGE,)))
    try:
        assert reader.card_present()
        done = subprocess.run(
            [python, "-c", CLIENT, "Virtual PCD 00 00", PIN, CHALLENGE],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        reader.close()
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    app = load_image(IMAGE).applications[0]
    assert seen["aids"] == [app.aid.hex().upper()]
    assert seen["pan"].rstrip("F") == app.pan
    assert (seen["pin_retries"], seen["atc"]) == (3, 0)
    assert seen["records"] >= 12
    assert seen["cap"] == our_cap_value()
    assert sys.prefix not in str(python)
