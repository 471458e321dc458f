"""``emv-harness decode`` as people use it: files, stdin, logs, faults, the dictionary."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli.main import main
from harness.core.paths import vectors

FCI = "6F168407A0000000031010A50B5009564953412054455354"
PAN = "4761739001010119"
LOG = f"> 00 A4 04 00 07 A0 00 00 00 03 10 10 00\n< {FCI} 90 00\n> 80 CA 9F 36 00\n< 6A 88\n"


def qr_sample() -> str:
    with (vectors() / "qr" / "merchant.toml").open("rb") as stream:
        return str(tomllib.load(stream)["case"][0]["text"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("3B6500002063CB6800",), ["direct convention", "EMV contact, cold reset: no fault"]),
        ((FCI,), ["84 Dedicated File (DF) Name", '"VISA TEST"']),
        (("9F100706010A03A4B800", "--aid", "A0000000031010"), ["CVN 0A", "CVR A4 B8 00"]),
        ((qr_sample(),), ["BEST TRANSPORT", "63 CRC  A13A", "right"]),
        ((LOG,), ["2 exchanges", "application A0000000031010", "GET DATA 9F36  6A88"]),
        (("0x8010001D",), ["SCARD_E_NO_SERVICE"]),
        (("134567890123456784",), ["WeChat Pay", "acquirer alone"]),
        (("--as", "country", "NL"), ["Netherlands"]),
        (("--as", "9F1D", "6C7A800000000000"), ["enciphered PIN online (contactless)"]),
        (("--explain", "9F6E"), ["Form Factor Indicator", "Third Party Data"]),
        (("--tags", "amount"), ["9F02  Amount, Authorised (Numeric)"]),
        (("--tags",), ["9F26"]),
        (("--kernel", "4", "9F6E049CD04003"), ["contact mode supported"]),
        (("--command", "80A8000002830000", "800E1C00080101001001010018030400 9000"), ["94  App"]),
    ],
)
def test_cli_decode_prints(arguments, words, emv, valid):
    ran = emv("decode", *arguments)
    assert ran.code == 0, ran.err
    assert ran.err == ""
    for word in words:
        assert word in ran.out
    valid(emv("decode", "--json", *arguments).json, "decode")


def test_cli_decode_faults_stand_below_the_tree(emv, valid):
    ran = emv("decode", "6F0484031020")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0].startswith("6F ")
    assert "offset 2, in 6F: tag 84 has length 3, only 2 bytes are left" in lines
    data = emv("decode", "--json", "6F0484031020")
    assert data.code == 1
    valid(data.json, "decode")
    assert data.json["errors"][0]["offset"] == 2


def test_cli_decode_faults_of_a_log_and_a_qr_code(emv, valid):
    ran = emv("decode", f"> 00B2010C00\n< 70105A08{PAN}9000\n")
    assert ran.code == 1
    assert "exchange 1, offset 0: tag 70 has length 16" in ran.out
    assert PAN not in ran.out
    wrong = emv("decode", qr_sample()[:-4] + "0000")
    assert wrong.code == 1
    assert "CRC says 0000" in wrong.out
    valid(emv("decode", "--json", qr_sample()[:-4] + "0000").json, "decode")


def test_cli_decode_second_reading_is_named(emv):
    assert "could also be afl (--as afl)" in emv("decode", "08010100").out
    assert emv("decode", "8000048000").out.startswith("95 Terminal Verification Results")


def test_cli_decode_a_file_and_stdin(emv, tmp_path, monkeypatch):
    log = tmp_path / "terminal.log"
    log.write_text(LOG, encoding="utf-8")
    assert "2 exchanges" in emv("decode", str(log)).out
    binary = tmp_path / "record.bin"
    binary.write_bytes(bytes.fromhex(FCI))
    assert '"VISA TEST"' in emv("decode", str(binary)).out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(bytes.fromhex(FCI))))
    assert '"VISA TEST"' in emv("decode", "-").out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))
    assert "2 exchanges" in emv("decode", "-").out
    assert emv("decode", str(tmp_path / "none.log")).code == 4
    assert emv("decode", "-").code == 4
    assert emv("decode").code == 4


def test_cli_decode_masks_a_whole_log_unless_told(emv):
    log = f"00B2010C00\n700A5A08{PAN}9000\n0084000000\n{PAN}9000\n"
    assert PAN not in emv("decode", log).out
    assert PAN not in json.dumps(emv("decode", "--json", log).json)
    assert PAN in emv("decode", "--unmask", log).out


def test_cli_decode_colour_only_where_welcome(emv, monkeypatch):
    plain = emv("decode", FCI).out
    monkeypatch.setattr("harness.cli.output.coloured", lambda stream=None: True)
    painted = emv("decode", FCI).out
    assert "\033[1m84\033[0m" in painted
    assert "\033" not in plain


@given(
    st.lists(
        st.one_of(st.text(max_size=60), st.binary(max_size=40).map(bytes.hex)),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=150, deadline=None)
def test_cli_decode_any_arguments_end_in_a_code(texts):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["decode", "--", *texts])
    assert code in (0, 1, 4), err.getvalue()
    assert "Traceback" not in err.getvalue()
    assert "unexpected" not in err.getvalue()


@pytest.mark.parametrize("data", [b"\x00", b"\xff" * 300, bytes(range(256)), b"\xed\xa0\x80 9000"])
def test_cli_decode_any_bytes_on_stdin(data):
    done = subprocess.run(
        [sys.executable, "-c", "from harness.cli.main import main; raise SystemExit(main())",
         "decode", "-"],
        input=data, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1, 4)
    assert b"Traceback" not in done.stderr
