"""The commands themselves, over virtual cards in this process."""

from __future__ import annotations

import io
import re

import pytest

PSE = "00A404000E315041592E5359532E4444463031"
TWO = ("--card", "visa-credit", "--card", "mastercard-debit")


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [
        (("card", "list"), "card-list"),
        (("card", "faults"), "card-faults"),
        (("card", "show", "visa-credit"), "card-show"),
        (("card", "show", "test-card"), "card-show"),
        (("card", "validate", "visa-credit"), "validation"),
        (("config", "list"), "config-list"),
        (("config", "validate", "attended-eu"), "validation"),
        (("readers",), "readers"),
        (("profile", "list"), "reader-profiles"),
        (("profile", "list", "--match", "ACS ACR39U ICC Reader 00 00"), "reader-profiles"),
        (("profile", "new", "--reader", "virtual test-card"), "profile-import"),
        (("doctor",), "doctor"),
        (("apdu", PSE, "80CA9F3600"), "apdu"),
        (("decode", "5A084761739001010119"), "decode"),
        (("decode", "3B6600008031C1524D44"), "decode"),
        (("decode", "9000"), "decode"),
        (("decode", PSE), "decode"),
        (("decode", "--as", "tvr", "8000048000"), "decode"),
        (("transact", "--amount", "12.34"), "transact"),
        (("transact", "--amount", "12.34", "--fault", "removed@5"), "transact"),
        (("reader", "check", "--tier", "smoke"), "run"),
        (("card", "check", "--card", "visa-credit"), "run"),
        (("coverage", *TWO), "run"),
        (("run", "--suite", "card,coverage", "--fault", "wrong-sw@gpo", *TWO), "run"),
    ],
)
def test_commands_json_follows_the_published_schema(arguments, schema, emv, valid):
    ran = emv(*arguments, "--json")
    valid(ran.json, schema)
    assert "Traceback" not in ran.err


def test_commands_card_list(emv):
    ran = emv("card", "list", "--json")
    images = {image["id"]: image for image in ran.json}
    assert images["visa-credit"]["scheme"] == "visa"
    assert images["visa-credit"]["cvn"] == ["12"]
    assert "cda" in images["mastercard-debit"]["authentication"]
    text = emv("card", "list").out
    assert all(name in text for name in images)


def test_commands_card_faults(emv):
    faults = {fault["name"]: fault for fault in emv("card", "faults", "--json").json}
    assert len(faults) >= 60
    assert faults["wrong-cryptogram"]["check"] == "AC-05"
    assert faults["mute"]["takes_step"]
    assert not faults["expired"]["takes_step"]
    text = emv("card", "faults").out
    assert all(name in text for name in faults)


def test_commands_card_show_masks(emv):
    masked, clear = (
        emv("card", "show", "visa-credit"),
        emv("card", "show", "visa-credit", "--unmask"),
    )
    assert "476173******0119" in masked.out
    assert "4761739001010119" not in masked.out
    assert "4761739001010119" in clear.out
    for key in ("37852558F823F7B031807502890273AD", "1234\n"):
        assert key not in clear.out


def test_commands_unknown_image_lists_what_there_is(emv):
    for arguments in (
        ("card", "show", "visacredit"),
        ("transact", "--amount", "1", "--card", "visacredit"),
        ("run", "--card", "visacredit"),
    ):
        ran = emv(*arguments)
        assert ran.code == 4, arguments
        assert "did you mean visa-credit" in ran.err
        assert "emv-harness card list" in ran.err
        assert ran.out == ""


def test_commands_malformed_image_names_every_mistake(emv, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('schema = 9\nid = "Bad Id"\n[[application]]\naid = "A0"\npan = "12"\n')
    for arguments in (("card", "validate", str(bad)), ("run", "--card", str(bad))):
        ran = emv(*arguments)
        assert ran.code == 4
        for key in ("schema", "id", "application[0].aid", "application[0].pan", "atr"):
            assert key in ran.err, key
    report = emv("card", "validate", "--json", str(bad)).json
    assert len(report["files"][0]["problems"]) > 5


def test_commands_readers_shows_virtual_cards(emv):
    ran = emv("readers", "--json")
    assert ran.code == 0
    found = {row["name"]: row for row in ran.json["readers"]}
    assert found["virtual visa-credit"]["profile"] == "virtual"
    assert found["virtual visa-credit"]["card"] == "present"


def test_commands_readers_keeps_the_virtual_ones_out_of_the_way(emv):
    brief, long = emv("readers").out, emv("readers", "-v").out
    assert "virtual visa-credit" not in brief
    assert re.search(r"virtual: \d+ cards in this process", brief)
    assert "virtual visa-credit" in long
    assert "cards in this process, used" not in long


def test_commands_no_such_reader(emv):
    for arguments in (("transact", "--amount", "1"), ("apdu", PSE)):
        ran = emv(*arguments, "--reader", "no such reader")
        assert ran.code == 3, ran.err
        assert "what to do" in ran.err
        assert ran.out == ""
    ran = emv("run", "--reader", "no such reader")
    assert ran.code == 3
    assert re.search(r"ERROR +ENV-01", ran.out)
    assert "-> " in ran.out


@pytest.mark.parametrize("option", [("--fault", "mute"), ("--card", "visa-credit")])
@pytest.mark.parametrize(
    "command", [("run", "--suite", "reader"), ("transact", "--amount", "1"), ("apdu", PSE)]
)
def test_commands_virtual_options_need_a_virtual_card(command, option, emv):
    ran = emv(*command, "--reader", "ACR39U", *option)
    assert ran.code == 4
    assert f"{option[0]} is for virtual cards only" in ran.err


def test_decode_exit_codes(emv, monkeypatch):
    assert emv("decode", "9F2701 80").code == 0
    faulty = emv("decode", "5A09476173")
    assert faulty.code == 1
    assert "offset 0" in faulty.out
    assert emv("decode", "5A0").code == 4
    assert emv("decode", "zz").code == 4
    assert emv("decode", "--as", "nonsense", "00").code == 4
    monkeypatch.setattr("sys.stdin", io.StringIO("9F 27 01\n80\n"))
    assert "ARQC" in emv("decode", "-").out


def test_decode_json_of_a_broken_object_still_decodes(emv, valid):
    data = emv("decode", "--json", "6F05840231325A").json
    valid(data, "decode")
    assert data["nodes"][0]["tag"] == "6F"
    assert data["errors"]


def test_decode_masks_unless_told(emv):
    assert "4761739001010119" not in emv("decode", "5A084761739001010119").out
    assert "4761739001010119" in emv("decode", "5A084761739001010119", "--unmask").out


def test_apdu_expectations(emv):
    ran = emv("apdu", PSE, "--expect", "9000")
    assert ran.code == 0
    assert "GET RESPONSE" in ran.out
    assert "as expected" in ran.out
    wrong = emv("apdu", PSE, "--expect", "6Axx")
    assert wrong.code == 1
    assert "FAIL" in wrong.out
    assert emv("apdu", PSE, "00B2010C00", "--expect", "9000", "--expect", "9000").code == 0
    assert emv("apdu", PSE, "--expect", "9000", "--expect", "9000").code == 4
    assert emv("apdu", PSE, "--expect", "90").code == 4
    assert emv("apdu", PSE, "--raw", "--expect", "61xx").code == 0


def test_apdu_bytes_as_separate_words(emv):
    ran = emv("apdu", "80", "CA", "9F", "36", "00", "--expect", "6xxx", "--json")
    assert len(ran.json["steps"]) == 1


def test_apdu_sequence_file(emv, tmp_path):
    file = tmp_path / "seq.toml"
    file.write_text(
        'schema = 1\nname = "x"\n[[step]]\ncommand = "' + PSE + '00"\n[step.tags]\n"88" = "xx"\n'
        '[[step]]\ncommand = "00B2010C00"\nreset = "cold"\nexpect = "6xxx"\n'
    )
    ran = emv("apdu", str(file))
    assert ran.code == 0, ran.out
    file.write_text(file.read_text().replace('"88" = "xx"', '"88" = "7F"\n"99" = "*"'))
    ran = emv("apdu", str(file))
    assert ran.code == 1
    assert "tag 88 is not 7F" in ran.out
    assert "tag 99 is missing" in ran.out


def test_apdu_neither_hex_nor_file(emv):
    assert emv("apdu", "nonsense").code == 4
    assert emv("apdu", "missing.toml").code == 4
    assert emv("apdu", "00A4040").code == 4


def test_apdu_mute_card_is_one_message(emv):
    ran = emv("apdu", PSE, "--fault", "mute", "--timeout", "0.2")
    assert ran.code == 3
    assert "cause not established" in ran.err


def outcome(text: str) -> str:
    return re.search(r"^Outcome\s+(.*)", text, re.M).group(1)


@pytest.mark.parametrize("card", ["visa-credit", "mastercard-debit"])
def test_transact_online_approved(card, emv):
    ran = emv("transact", "--amount", "62.34", "--card", card)
    assert ran.code == 0
    assert "approved by the simulated issuer" in outcome(ran.out)
    assert "--allow-state-change and --own-test-keys are implied" in ran.out
    assert re.search(r"GENERATE AC\s+\S+.*9000|GENERATE AC.*61..", ran.out)
    assert "(own-test)" in ran.out


def test_transact_verbose_decodes(emv):
    plain, ran = emv("transact", "--amount", "12.34"), emv("transact", "--amount", "12.34", "-v")
    assert "Application Interchange Profile" in ran.out
    assert "Application Interchange Profile" not in plain.out
    assert re.search(r"→ 9F02.*00 00 00 00 12 34", ran.out)
    assert "> 80AE" in emv("transact", "--amount", "12.34", "-vv").out


def test_transact_every_apdu_has_name_status_meaning_and_time(emv):
    ran = emv("transact", "--amount", "12.34")
    lines = [line for line in ran.out.splitlines() if re.match(r"^ ?\d+  [A-Z]", line)]
    assert len(lines) > 10
    for line in lines:
        assert re.search(r" [69][0-9A-F]{3} \w.* [0-9.]+ ms$", line), line


def test_transact_fits_100_columns_in_both_languages(emv):
    from harness.report.layout import cell_width

    for language in ("en", "zh"):
        ran = emv("transact", "--amount", "12.34", "-vv", "--lang", language)
        assert max(cell_width(line) for line in ran.out.splitlines()) <= 100


def test_transact_decline_and_unreachable(emv):
    ran = emv("transact", "--amount", "62.34", "--online", "decline")
    assert ran.code == 1
    assert "declined" in outcome(ran.out)
    assert "approved by" not in outcome(ran.out)
    assert emv("transact", "--amount", "62.34", "--online", "unreachable").code in (0, 1)


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [("mute@5", 1, "no answer"), ("removed@5", 3, "removed"), ("wrong-sw@gpo", 1, "6F00")],
)
def test_transact_bad_luck_has_an_outcome(fault, code, words, emv):
    ran = emv("transact", "--amount", "12.34", "--fault", fault, "--timeout", "0.3")
    assert ran.code == code
    assert words in outcome(ran.out) or words in ran.out
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--amount", "abc"),
        ("--amount", "NaN"),
        ("--amount", "1.234"),
        ("--amount", "-1"),
        ("--amount", "1", "--currency", "XXY"),
        ("--amount", "1", "--config", "nope"),
        ("--amount", "1", "--fault", "nope"),
        ("--amount", "1", "--aid", "zz"),
        ("--amount", "1", "--clock", "yesterday"),
        ("--amount", "1", "--card", "visa-credit", "--card", "mastercard-debit"),
    ],
)
def test_transact_wrong_options_are_four(arguments, emv):
    ran = emv("transact", *arguments)
    assert ran.code == 4, ran.out
    assert ran.err.startswith("error: ")
    assert ran.out == ""


def test_transact_clock_moves_today(emv):
    ran = emv("transact", "--amount", "12.34", "--clock", "2055-01-01")
    assert "expired" in ran.out.lower()


def test_transact_pin_comes_from_a_file(emv, tmp_path, monkeypatch):
    pin = tmp_path / "pin"
    pin.write_text("12x4\n")
    monkeypatch.setenv("EMV_PIN_FILE", str(pin))
    ran = emv("transact", "--amount", "12.34", "--pin")
    assert ran.code == 4
    assert "12x4" not in ran.err
    pin.write_text("1234\n")
    ran = emv("transact", "--amount", "62.34", "--pin", "--card", "mastercard-debit", "-vv")
    assert ran.code == 0
    assert "241234FFFFFFFFFF" not in ran.out


def test_run_writes_three_files_and_says_where(emv, tmp_path):
    ran = emv("run", "--suite", "card,coverage", "--out", "out", *TWO)
    assert ran.code == 0, ran.out
    for name in ("report.html", "report.json", "junit.xml"):
        assert (tmp_path / "out" / name).is_file()
        assert f"out/{name}" in ran.out
    assert "Cards     2 cards in virtual" in ran.out
    assert "no non-conformity in" in ran.out


def test_run_default_directory_is_the_run_id(emv, tmp_path):
    run = emv("run", "--json", "--suite", "card", *TWO).json["run"]
    assert (tmp_path / "bench-runs" / run["id"] / "report.json").is_file()


def test_run_mute_card_is_a_timeout_and_the_rest_is_done(emv):
    ran = emv("run", "--suite", "card,coverage", "--fault", "mute@3", "--json", *TWO)
    assert ran.code == 1
    totals = ran.json["totals"]
    assert totals["TIMEOUT"] >= 1
    assert totals["PASS"] > 50


def test_run_strict_and_suites(emv):
    assert emv("run", "--suite", "nope").code == 4
    assert emv("run", "--suite", "").code == 4
    ran = emv("run", "--suite", "card", "--json", *TWO)
    assert {result["suite"] for result in ran.json["results"]} == {"card"}


def test_run_unmask_warns_and_is_private(emv, tmp_path):
    ran = emv("run", "--suite", "card", "--unmask", "--out", "out", *TWO)
    assert "shown in clear" in ran.err
    assert (tmp_path / "out" / "report.json").stat().st_mode & 0o777 == 0o600


def test_checks_alone_write_only_where_told(emv, tmp_path):
    assert emv("reader", "check", "--tier", "smoke").code == 0
    assert emv("card", "check", *TWO).code == 0
    assert list(tmp_path.iterdir()) == []
    assert emv("coverage", "--out", "there", *TWO).code == 0
    assert (tmp_path / "there" / "report.html").is_file()


def test_run_progress_is_on_stderr(emv):
    ran = emv("run", "--suite", "card", *TWO)
    assert "card · virtual visa-credit" in ran.err
    assert "card · virtual visa-credit" not in ran.out


def test_run_interrupted_still_reports(emv, monkeypatch, tmp_path):
    from harness.checks.card import reading

    def stop(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.checks.runner.run_card_suite", stop)
    assert reading is not None
    ran = emv("run", "--suite", "card,coverage", "--out", "out", *TWO)
    assert ran.code == 2
    assert "interrupted" in ran.out
    assert (tmp_path / "out" / "report.json").is_file()


def test_card_new_writes_a_card_that_completes(emv) -> None:
    made = emv("card", "new", "--scheme", "visa", "--oda", "cda", "--id", "mine", "--json")
    assert (made.code, made.json["path"]) == (0, "mine.toml")
    again = emv("card", "new", "--scheme", "visa", "--oda", "cda", "--id", "mine")
    assert again.code == 4
    assert "--force" in again.err
    ran = emv("transact", "--card", "mine.toml", "--amount", "12.34")
    assert ran.code == 0
    assert "ARQC verified" in ran.out
