"""A PIN is in no output, whatever is asked for."""

from __future__ import annotations

import pytest

from harness.codec.redact import hide_secrets

BLOCK = "241234FFFFFFFFFF"


@pytest.mark.parametrize("options", [("-vv",), ("-vv", "--unmask"), ("--json", "--unmask")])
def test_transact_with_a_pin(options, emv, tmp_path, monkeypatch):
    pin = tmp_path / "pin"
    pin.write_text("1234\n", encoding="utf-8")
    pin.chmod(0o600)
    monkeypatch.setenv("EMV_PIN_FILE", str(pin))
    ran = emv("transact", "--amount", "62.34", "--card", "mastercard-debit", "--pin", *options)
    assert ran.code == 0
    shown = (ran.out + ran.err).replace(" ", "")
    assert "0020008008" in shown  # VERIFY was sent
    assert BLOCK not in shown


def test_only_the_data_of_pin_commands_are_hidden():
    assert hide_secrets(bytes.fromhex("0020008008" + BLOCK)) == "0020008008" + "*" * 16
    assert hide_secrets(bytes.fromhex("00B2010C00")) == "00B2010C00"
    assert hide_secrets(bytes.fromhex("80AE400002303000")) == "80AE400002303000"
