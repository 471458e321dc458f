"""``coverage --evidence``: in every output, apart from the harness's own, and masked."""

from __future__ import annotations

PAN = "5413330089020011"
LINE = (
    "date=2026-11-20 terminal=T0000001 entry=051 answer=00 9F2701809505000000800082023900"
    f"9C01008407A00000000410105A08{PAN}57125413330089020011D491220100000000000F5F2004544F4D20\n"
)


def test_console_json_and_html(emv, valid, tmp_path):
    (tmp_path / "t.log").write_text(LINE)
    command = ("coverage", "--plan", "retail-eu", "--card", "visa-credit", "--evidence", "t.log")
    plain = emv(*command[:-2])
    ran = emv(*command, "--out", "out")
    assert ran.code == plain.code == 1
    assert "terminal T0000001 sent an online request for this type on 2026-11-20" in " ".join(
        ran.out.split()
    )
    page = (tmp_path / "out" / "report.html").read_text()
    assert "terminal log" in page
    assert "1 / 1" in page
    found = emv(*command, "--json")
    valid(found.json, "run")
    states = {one["type"]: one["state"] for one in found.json["coverage"]["terminal"]}
    assert states["mastercard-debit"] == "seen-approved"
    assert states["visa-credit"] == "not-seen"
    rows = {row["type"]: row["state"] for row in found.json["coverage"]["rows"]}
    assert rows["mastercard-debit"] == "not-tried"
    (row,) = found.json["coverage"]["evidence"]
    assert row["basis"] == "terminal log"
    everything = ran.out + ran.err + page + found.out
    assert PAN not in everything
    assert PAN.encode().hex() not in everything


def test_malformed_evidence_is_an_error_before_anything_runs(emv, tmp_path):
    (tmp_path / "t.log").write_text("\n" + LINE[:-3] + "\n")
    ran = emv("coverage", "--evidence", "t.log")
    assert ran.code == 4
    assert "line 2, field 55, byte" in ran.err
    assert PAN not in ran.err
    assert ran.out == ""
    assert emv("coverage", "--evidence", "nowhere.log").code == 4
