"""``record``, ``replay`` and ``card from-transcript``: what goes in comes out, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.profiles.image import load_image

PAN = load_image("visa-credit").applications[0].pan
TRACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "transcripts"
published = pytest.mark.skipif(
    not TRACES.is_dir(), reason="the published transcripts are not beside this checkout"
)

NEEDS_A_CRYPTOGRAM = {
    "AC-01", "AC-02", "AC-03", "AC-04", "AC-05", "AC-06", "AC-09", "AIP-08", "ATC-02", "DOL-06",
    "ODA-25", "ODA-26", "TXN-01",
}  # fmt: skip


def verdicts(ran) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in ran.json["results"]}


@pytest.mark.parametrize("image", ["visa-credit", "mastercard-debit", "unionpay-ecash", "no-pse"])
def test_record_unmasked_replays_to_the_same_verdicts(image, emv):
    assert emv("record", "--card", image, "--unmask", "-o", "t.jsonl").code == 0
    replayed = verdicts(emv("replay", "t.jsonl", "--json"))
    live = verdicts(emv("card", "check", "--card", image, "--json"))
    same = {check for check, verdict in live.items() if replayed[check] == verdict}
    rest = {check for check in live if check not in same}
    assert {replayed[check] for check in rest} <= {"SKIP"}
    assert len(same) > 100
    assert rest <= NEEDS_A_CRYPTOGRAM


def test_record_masked_replays_without_a_failure_and_without_a_secret(emv, tmp_path, valid):
    ran = emv("record", "--card", "visa-credit", "-o", "t.jsonl")
    assert ran.code == 0
    text = (tmp_path / "t.jsonl").read_text()
    assert PAN not in text
    assert b"TESTCARD".hex().upper() not in text
    replayed = emv("replay", "t.jsonl", "--json")
    assert replayed.code == 0
    valid(replayed.json, "run")
    found = verdicts(replayed)
    assert set(found.values()) == {"PASS", "SKIP"}
    masked = next(row for row in replayed.json["results"] if row["id"] == "READ-01")
    assert (masked["verdict"], masked["reason"]) == ("SKIP", "not examined")
    # What is not masked is examined all the same.
    assert found["DATE-01"] == "PASS"
    assert found["CVM-01"] == "PASS"


def test_record_unmask_is_private_and_says_so(emv, tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text("there before")
    path.chmod(0o644)
    ran = emv("record", "--card", "visa-credit", "--unmask", "-o", "t.jsonl")
    assert "UNMASKED" in ran.err
    assert path.stat().st_mode & 0o777 == 0o600
    assert PAN in path.read_text()
    assert emv("record", "--unmask").code == 4


def test_record_to_stdout_is_the_transcript_alone(emv, valid):
    ran = emv("record", "--card", "visa-credit")
    for line in ran.out.splitlines():
        valid(json.loads(line), "transcript")
    assert PAN not in ran.out


def test_record_json_follows_its_schema(emv, valid):
    ran = emv("record", "--json", "-o", "t.jsonl")
    valid(ran.json, "recorded")
    assert ran.json["complete"] is True
    broken = emv("record", "--json", "-o", "t.jsonl", "--fault", "removed@9")
    valid(broken.json, "recorded")
    assert broken.code == 3
    assert broken.json["complete"] is False
    assert broken.json["answered"] == broken.json["exchanges"] - 1
    assert emv("record", "--json").code == 4


def test_a_recorded_failure_of_the_link_is_judged(emv):
    emv("record", "--card", "visa-credit", "-o", "t.jsonl", "--fault", "removed@9")
    found = verdicts(emv("replay", "t.jsonl", "--json"))
    assert found["READ-01"] == "FAIL"


@pytest.mark.parametrize("image", ["visa-credit", "mastercard-debit", "unionpay-debit", "no-pse"])
@pytest.mark.parametrize("pin", [False, True])
def test_a_recorded_transaction_comes_to_the_same_cryptogram(
    image, pin, emv, valid, monkeypatch, tmp_path
):
    (tmp_path / "pin").write_text("1234")
    monkeypatch.setenv("EMV_PIN_FILE", str(tmp_path / "pin"))
    options = ("--pin",) if pin else ()
    made = emv(
        "record", "--transact", *options, "--card", image, "--unmask", "-o", "t.jsonl",
        "--amount", "12.34", "--clock", "2026-11-20",
    )  # fmt: skip
    assert made.code == 0
    outcome = made.err.splitlines()[-3]
    assert "TC " in outcome
    replayed = emv("replay", "t.jsonl", "--transact", "--json")
    assert replayed.code == 0
    valid(replayed.json, "transact")
    assert replayed.json["text"] in made.err
    again = emv("transact", "--reader", "replay:t.jsonl", "--amount", "12.34", "--json",
                "--clock", "2026-11-20", *options)  # fmt: skip
    assert again.json["text"] == replayed.json["text"]


def test_another_amount_is_a_mismatch_that_names_the_element(emv):
    emv("record", "--transact", "--unmask", "-o", "t.jsonl", "--amount", "12.34")
    ran = emv("transact", "--reader", "replay:t.jsonl", "--amount", "12.35")
    assert ran.code == 5
    assert "9F02: 000000001235, recorded 000000001234" in ran.out
    assert "approved" not in ran.out


def test_a_masked_transaction_stops_where_it_is_masked(emv):
    emv("record", "--transact", "-o", "t.jsonl")
    ran = emv("replay", "t.jsonl", "--transact")
    assert ran.code == 5
    assert "masked" in ran.out


def test_replay_of_commands(emv):
    emv("record", "--card", "visa-credit", "-o", "t.jsonl")
    found = emv("replay", "t.jsonl", "--apdu", "00A4040007A0000000031010", "--apdu", "80CA9F1700")
    assert found.code == 0
    assert "9F170103" in found.out
    unknown = emv("replay", "t.jsonl", "--apdu", "80CA9F7F00")
    assert unknown.code == 5
    assert "does not have 80 CA 9F 7F" in unknown.err
    assert "Traceback" not in unknown.err


def test_record_of_commands_and_of_a_sequence(emv, tmp_path):
    assert emv("record", "--apdu", "80CA9F1700", "--apdu", "0020008008241234FFFFFFFFFF", "-o",
               "t.jsonl").code == 0  # fmt: skip
    text = (tmp_path / "t.jsonl").read_text()
    assert "241234" not in text
    assert len(text.splitlines()) == 3
    assert emv("record", "--transact", "--apdu", "80CA9F1700").code == 4


def test_a_transcript_is_no_reader(emv):
    emv("record", "-o", "t.jsonl")
    ran = emv("reader", "check", "--reader", "replay:t.jsonl")
    assert ran.code == 4
    assert "emv-harness replay FILE" in ran.err


@pytest.mark.parametrize("text", ["", "hello world\n", "00A4\n"])
def test_what_is_no_transcript_is_said(text, emv, tmp_path):
    (tmp_path / "t.txt").write_text(text)
    ran = emv("replay", "t.txt")
    assert ran.code == 4
    assert "neither a transcript nor a log" in ran.err


LOG = """\
A>> T=1 (4+0014) 00A40400 0E 315041592E5359532E4444463031
A<< (0000+2) (5ms) 6A82
A>> T=1 (4+0007) 00A40400 07 A0000000031010
A<< (0011+2) (5ms) 6F098407A0000000031010 9000
"""


def test_logs_of_other_tools_are_cards_too(emv, tmp_path):
    (tmp_path / "log.txt").write_text(LOG)
    ran = emv("replay", "log.txt", "--json")
    found = verdicts(ran)
    assert found["ATR-01"] == "SKIP"
    assert found["SEL-01"] == "PASS"
    assert found["FCI-01"] == "FAIL"  # 6F without A5, and the whole answer is there


@published
@pytest.mark.parametrize(
    ("name", "day"),
    [("contact-visa", "2016-05-01"), ("contact-unionpay", "2012-05-01"),
     ("amex-magstripe-mode-mobile", "2014-05-01")],
)  # fmt: skip
def test_published_transcripts_are_checked_and_become_images(name, day, emv, tmp_path):
    path = str(TRACES / f"{name}.txt")
    checked = emv("card", "check", "--reader", f"replay:{path}", "--clock", day, "--json")
    assert checked.code == 0
    assert "FAIL" not in verdicts(checked).values()
    assert emv("card", "from-transcript", path, "-o", "x.toml").code == 0
    assert emv("card", "validate", "x.toml").code == 0
    ran = emv("transact", "--card", "x.toml", "--amount", "1", "--clock", day, "--json")
    assert ran.json["outcome"].startswith(("approved", "declined"))


@published
def test_our_kernel_parts_from_a_published_terminal_where_it_says(emv):
    ran = emv("replay", str(TRACES / "contact-unionpay.txt"), "--transact", "--clock", "2012-05-01")
    assert ran.code == 5
    assert "dynamic signature" in ran.out
    assert "95: 0000008000, recorded 0000008040" in ran.out


@pytest.mark.parametrize(
    "image",
    [
        "visa-credit", "mastercard-credit", "interac-debit", "jcb-credit", "multi-application",
        "no-pse", "unionpay-debit",
    ],
)  # fmt: skip
@pytest.mark.parametrize("unmask", [False, True])
def test_an_image_of_what_was_read_completes_its_transaction(image, unmask, emv, tmp_path):
    options = ("--unmask",) if unmask else ()
    emv("record", "--card", image, "-o", "t.jsonl", *options)
    ran = emv("card", "from-transcript", "t.jsonl", "-o", "x.toml", *options)
    assert ran.code == 0, ran.err
    text = (tmp_path / "x.toml").read_text()
    pan = load_image(image).applications[0].pan
    assert (pan in text) is unmask
    assert ("TEST PAN" in text) is not unmask
    assert (tmp_path / "x.toml").stat().st_mode & 0o777 == (0o600 if unmask else 0o644)
    assert emv("card", "validate", "x.toml").code == 0
    done = emv("transact", "--card", "x.toml", "--amount", "12.34", "--json", "--force-online")
    assert done.json["approved"] is True, done.json["text"]


def test_an_exact_image_of_a_masked_transcript_is_refused(emv):
    emv("record", "-o", "t.jsonl")
    ran = emv("card", "from-transcript", "t.jsonl", "--unmask")
    assert ran.code == 4
    assert "masked" in ran.err
    assert "test PAN" in ran.err
    emv("record", "--apdu", "80CA9F1700", "-o", "few.jsonl")
    few = emv("card", "from-transcript", "few.jsonl")
    assert few.code == 4
    assert "no application was read" in few.err
