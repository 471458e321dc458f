"""A bundle's script, run alone over plain pyscard, shows the failure again."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.link.api import LinkOptions
from harness.link.vpcd_reader import VpcdReader
from harness.testing.private_pcscd import PrivatePcscd

pytestmark = pytest.mark.pcscd

FAULT = "wrong-sw@get-response"


def test_the_script_of_a_bundle_shows_the_failure(
    daemon: PrivatePcscd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "evidence.zip"
    code = main(
        ["reader", "check", "--reader", "vpcd", "--fault", FAULT, "--only", "APD-61",
         "--only", "APD-1", "--bundle", str(bundle), "--timeout", "2"]
    )  # fmt: skip
    out = capsys.readouterr().out
    assert code == 1, out
    assert "APD-61" in out
    with zipfile.ZipFile(bundle) as opened:
        opened.extractall(tmp_path)
        names = opened.namelist()
    assert {"report.html", "report.json", "junit.xml", "versions.json", "SHA256SUMS"} <= set(names)
    assert any(name.startswith("profile/vpcd") for name in names)
    for line in (tmp_path / "SHA256SUMS").read_text().splitlines():
        digest, _space, name = line.partition("  ")
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
    (script,) = [tmp_path / name for name in names if name.startswith("reproduce/")]
    text = script.read_text()
    assert "harness" not in text.partition("STEPS")[0].replace("of this harness", "")
    assert run_alone(script, FAULT).startswith("1 ")
    assert "REPRODUCED" in run_alone(script, FAULT)
    assert run_alone(script, "").startswith("0 ")


def run_alone(script: Path, fault: str) -> str:
    """Exit code and output of the script beside a served card, with or without the fault."""
    faults = (fault,) if fault else ()
    reader = VpcdReader("test-card", LinkOptions(("test-card",), faults))
    assert reader.card_present()
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(script)],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    finally:
        reader.close()
    return f"{done.returncode} {done.stdout}{done.stderr}"
