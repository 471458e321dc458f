"""Programs that know nothing of this harness complete against a served card."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.link.api import LinkOptions
from harness.link.vpcd_reader import VpcdReader
from harness.profiles.image import load_image
from harness.testing.private_pcscd import PrivatePcscd

pytestmark = pytest.mark.pcscd

READER = "Virtual PCD 00 00"
OUTPUT_LIMIT = 200_000
CARDPEEK_SCRIPTS = Path("/usr/share/cardpeek")
AIDS = {"visa-credit": "A0000000031010", "mastercard-debit": "A0000000041010"}


def need(tool: str, package: str) -> str:
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"{tool} is not installed (package {package})")
    return path


def run(argv: list[str], stdin: str, seconds: float, home: Path | None = None) -> str:
    """What the client says, at most 200,000 characters of it: some print for ever at the end of
    their input. The pipe breaks then, and ends them."""
    env = {**os.environ, "LC_ALL": "C"}
    if home is not None:
        env["HOME"] = str(home)
    client = subprocess.Popen(
        ["timeout", str(seconds), *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=env,
    )
    client.stdin.write(stdin.encode())
    client.stdin.close()
    with client.stdout:
        text = client.stdout.read(OUTPUT_LIMIT)
    client.wait(seconds + 5)
    return re.sub(r"\x1b\[[0-9;]*m", "", text.decode("utf-8", "replace"))


@pytest.fixture(params=sorted(AIDS))
def served(request: pytest.FixtureRequest, daemon: PrivatePcscd) -> Iterator[VpcdReader]:
    """An image in the slot, free for other clients."""
    reader = VpcdReader(request.param, LinkOptions())
    assert reader.card_present()
    yield reader
    reader.close()


def test_scriptor_selects_the_payment_directory(served: VpcdReader):
    scriptor = need("scriptor", "pcsc-tools")
    script = "reset\n00 A4 04 00 0E 31 50 41 59 2E 53 59 53 2E 44 44 46 30 31 00\n00 B2 01 0C 00\n"
    out = run([scriptor, "-r", READER], script, 10)
    hex_only = re.sub(r"[^0-9A-F]", "", out)
    assert "< OK: 3B" in out
    assert out.count("90 00 : Normal processing") == 2, out
    assert AIDS[served.image] in hex_only


def test_pcsc_scan_sees_card_and_atr(served: VpcdReader):
    scanner = need("pcsc_scan", "pcsc-tools")
    out = run([scanner, "-n", "-t", "1"], "", 5)
    first = out.partition("Reader 0: Virtual PCD 00 00")[2].partition("Reader 1:")[0]
    assert "Card inserted" in first
    assert re.search(r"ATR: 3B( [0-9A-F]{2})+", first), out


@pytest.fixture
def cardpeek_home(tmp_path: Path) -> Path:
    """A home in which cardpeek has nothing to ask: its scripts, and a version that is new."""
    if not (CARDPEEK_SCRIPTS / "emv.lua").exists():
        pytest.skip("cardpeek's scripts are not installed (package cardpeek-data)")
    settings = tmp_path / ".cardpeek"
    settings.mkdir()
    shutil.copytree(CARDPEEK_SCRIPTS, settings / "scripts")
    (settings / "version").write_text("2000000000")
    return tmp_path


def test_cardpeek_reads_the_emv_application(served: VpcdReader, cardpeek_home: Path):
    cardpeek = need("cardpeek", "cardpeek")
    tree = cardpeek_home / "tree.xml"
    # The console does not prepare what the window would: the class byte and the APDU library.
    script = f"card.CLA=0 require('lib.apdu') dofile('emv.lua') ui.save_view('{tree}') os.exit(0)"
    answers = "1\n" * 5  # Yes to GET PROCESSING OPTIONS
    argv = [cardpeek, "--console", "--reader", f"pcsc://{READER}", "--exec", script]
    out = run(argv, answers, 30, cardpeek_home)
    assert tree.exists(), out[:3000]
    # Its XML declaration is not well formed: leave that line out.
    root = ET.fromstring(tree.read_text("utf-8", "replace").partition("\n")[2])
    values = {attr.text for attr in root.iter("attr") if attr.get("name") == "val"}
    ids = {attr.text for attr in root.iter("attr") if attr.get("name") == "id"}
    assert f"PSE contains application #{AIDS[served.image]}" in out
    assert "Attempting GPO" in out
    assert "GPO Failed" not in out
    assert {"57", "5A", "5F24", "8C", "8D", "8E", "8F", "9F46"} <= ids
    assert f"8:{load_image(served.image).applications[0].pan}" in values
