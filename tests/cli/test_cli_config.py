"""``config import`` and ``config compare`` as a user sees them."""

from __future__ import annotations

CSV = "AID,Brand,Version,TAC Denial,Colour\nA0000000031010,visa,00A0,0010000000,4761739001010119\n"


def test_import_writes_what_coverage_takes(emv, valid, tmp_path):
    (tmp_path / "aids.csv").write_text(CSV)
    ran = emv("config", "import", "aids.csv", "--out", "mine.toml", "--json")
    assert ran.code == 0
    valid(ran.json, "config-import")
    assert ran.json["written"] == "mine.toml"
    assert ran.json["kept"][0]["key"] == "Colour"
    assert "476173******0119" in ran.out  # a number that can be a PAN is masked
    assert emv("config", "validate", "mine.toml").code == 0
    ran = emv("coverage", "--config", "mine.toml", "--card", "visa-credit", "--json")
    assert ran.code == 0
    (row,) = ran.json["coverage"]["rows"]
    assert row["state"] == "accepted"
    ran = emv("coverage", "--config", "mine.toml", "--card", "maestro", "--json")
    assert ran.code == 1  # this terminal has no Maestro


def test_import_to_standard_output(emv, tmp_path):
    (tmp_path / "aids.csv").write_text(CSV)
    ran = emv("config", "import", "aids.csv")
    assert ran.out.startswith("schema = 1\n")
    assert "4761739001010119" not in ran.out + ran.err
    assert "taken from attended-eu" in ran.err


def test_import_of_a_file_with_mistakes(emv, tmp_path):
    (tmp_path / "aids.csv").write_text(CSV.replace("0010000000", "00100000ZZ"))
    ran = emv("config", "import", "aids.csv")
    assert ran.code == 4
    assert "line 2, tac_denial" in ran.err
    assert "Traceback" not in ran.err


def test_compare(emv, valid, tmp_path):
    (tmp_path / "aids.csv").write_text(CSV)
    ran = emv("config", "compare", "attended-eu", "aids.csv", "--json")
    assert ran.code == 1
    valid(ran.json, "config-compare")
    assert not ran.json["same"]
    ran = emv("config", "compare", "attended-eu", "atm-eu")
    assert ran.code == 1
    assert "enciphered PIN online" in ran.out
    assert max(len(line) for line in ran.out.splitlines()) <= 100
    ran = emv("config", "compare", "attended-eu", "attended-eu", "--json")
    assert (ran.code, ran.json["same"]) == (0, True)
    valid(ran.json, "config-compare")
    assert emv("config", "compare", "attended-eu", "nowhere").code == 4
