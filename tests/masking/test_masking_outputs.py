"""No PAN, track datum or name of any card leaves the harness in any output (rule 9).

Every output of a run and of a transaction over every image is searched for the image's secrets:
as digits, spaced, as BCD hex, as the hex of ASCII digits, and as tracks 1 and 2. The last tests
switch masking off and prove that the search would have found them.
"""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.profiles.image import CardImage, list_images

IMAGES = [image for image in list_images() if image.is_emv]
CARDS = [image.id for image in IMAGES]
CONTROLS = ["visa-credit", "mastercard-debit"]
IN_RUNS = [image for n, image in enumerate(IMAGES) if image.id in CONTROLS or n % 8 == 0]
"""Runs are searched for these: their reports are long, and treat every card alike."""


@pytest.fixture(autouse=True)
def _forget_texts():
    yield
    prepared.cache_clear()


def secrets(image: CardImage) -> dict[str, str]:
    """What must not be found, by what it is; compared without regard to case and separators."""
    found = {}
    for number, app in enumerate(image.applications):
        name, pan = app.name.strip(), app.pan
        expiry = f"{app.expiry:%y%m}"
        found |= {
            f"PAN digits and BCD {number}": pan,
            f"PAN as ASCII hex {number}": pan.encode().hex(),
            f"PAN padded BCD {number}": pan + "F" * (len(pan) % 2),
            f"track 2 {number}": f"{pan}D{expiry}",
            f"track 2 text {number}": f"{pan}={expiry}",
            f"track 1 {number}": f"{pan}^",
            f"track 2 tail {number}": f"D{expiry}{app.service_code}{app.discretionary}",
            f"name {number}": name,
            f"name as hex {number}": name.encode().hex(),
            f"PIN block {number}": f"2{len(app.pin)}{app.pin}".ljust(16, "F") if app.pin else "",
            f"issuer master key {number}": app.keys.imk_ac.hex(),
        }
    return {what: text for what, text in found.items() if text}


@cache
def prepared(text: str) -> tuple[str, str]:
    """Upper case, and that without separators between digits: made once for all images."""
    plain = text.upper()
    return plain, re.sub(r"(?<=[0-9A-F])[ \-:](?=[0-9A-F])", "", plain)


def leaks(text: str, image: CardImage) -> list[str]:
    """Which secrets are in ``text``: as they are, and with separators dropped between digits."""
    plain, dense = prepared(text)
    return [
        what
        for what, secret in secrets(image).items()
        if secret.upper() in plain or secret.upper() in dense
    ]


def outputs(folder: Path, *arguments: str) -> dict[str, str]:
    """Runs a command in this process: stdout, stderr, each file that it wrote, and their names."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        main(list(arguments))
    found = {"stdout": out.getvalue(), "stderr": err.getvalue()}
    for file in folder.rglob("*"):
        if file.is_file():
            found[f"file {file.name}"] = readable(file.read_bytes())
            found[f"name of {file.name}"] = str(file)
    return found


def readable(data: bytes) -> str:
    """The text of a file; a binary one (a history) byte by byte, and as hex beside it."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1") + "\n" + data.hex().upper()


def run_commands(out: str) -> list[list[str]]:
    """Runs over several images at once."""
    cards = [word for image in IN_RUNS for word in ("--card", image.id)]
    history = str(Path(out).parent / "history.db")
    run = ["run", *cards, "--suite", "card,coverage", "--out", out, "--history", history]
    return [
        [*run, "-v"],
        [*run, "--json"],
        [*run, "--fault", "truncated@read-record", "-v"],
        [*run, "--fault", "mute@9", "--timeout", "0.1"],
        [*run, "-v", "--lang", "zh"],
    ]


def card_commands(card: str) -> list[list[str]]:
    """Every other command that shows what a card said, or keeps it."""
    drawer = ["--drawer", "cards.toml"]
    transact = ["transact", "--amount", "62.34", "--card", card]
    return [
        [*transact, "-vv"],
        [*transact, "--json"],
        [*transact, "-vv", "--lang", "zh", "--fault", "truncated@read-record"],
        [*transact, "-vv", "--fault", "removed@9"],
        ["card", "show", card],
        ["card", "show", card, "--json"],
        ["drawer", "add", "this card", "--type", "visa-credit", "--card", card, *drawer],
        ["drawer", "list", "--json", *drawer],
        ["drawer", "seen", "--card", card, *drawer],
        ["apdu", "--card", card, "-v", select(card), "00B2010C00", "00B2011400", "00B2021400"],
        ["apdu", "--card", card, "--json", select(card), "00B2010C00", "00B2011400"],
    ]


def transcript_commands(card: str) -> list[list[str]]:
    """What writes a session down, and what is made of that."""
    return [
        ["record", "--card", card],
        ["record", "--card", card, "-o", "reading.jsonl", "--json"],
        ["record", "--card", card, "-o", "sale.jsonl", "--transact", "--amount", "62.34"],
        ["replay", "reading.jsonl"],
        ["replay", "sale.jsonl", "--transact"],
        ["replay", "sale.jsonl", "--json"],
        ["card", "from-transcript", "reading.jsonl", "-o", "read.toml"],
        ["decode", "reading.jsonl"],
    ]


def select(card: str) -> str:
    image = next(image for image in IMAGES if image.id == card)
    aid = image.applications[0].aid
    return f"00A40400{len(aid):02X}{aid.hex()}00"


@pytest.mark.parametrize("number", range(5))
def test_masking_of_every_report(number, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = run_commands(str(tmp_path / "out"))[number]
    found = outputs(tmp_path, *arguments)
    names = ("report.json", "report.html", "junit.xml", "history.db")
    assert {f"file {name}" for name in names} <= set(found), found["stderr"]
    for image in IN_RUNS:
        for where, text in found.items():
            assert leaks(text, image) == [], f"{image.id}: {where} of {' '.join(arguments)}"


@pytest.mark.parametrize("card", CARDS)
def test_masking_of_every_command(card, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = next(image for image in IMAGES if image.id == card)
    for arguments in card_commands(card):
        found = outputs(tmp_path, *arguments)
        assert found["stdout"] or found["stderr"]
        for where, text in found.items():
            assert leaks(text, image) == [], f"{where} of {' '.join(arguments)}"


@pytest.mark.parametrize("card", [image.id for image in IN_RUNS])
def test_masking_of_transcripts(card, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = next(image for image in IMAGES if image.id == card)
    for arguments in transcript_commands(card):
        found = outputs(tmp_path, *arguments)
        assert found["stdout"] or found["stderr"]
        for where, text in found.items():
            assert leaks(text, image) == [], f"{where} of {' '.join(arguments)}"
    assert {"file reading.jsonl", "file sale.jsonl", "file read.toml"} <= set(found)


@pytest.mark.parametrize("card", CONTROLS)
def test_masking_negative_control_of_transcripts(card, tmp_path, monkeypatch):
    """An unmasked transcript, and the image of it, hold what the search looks for; never a PIN."""
    monkeypatch.chdir(tmp_path)
    image = next(image for image in IMAGES if image.id == card)
    outputs(tmp_path, "record", "--card", card, "-o", "t.jsonl", "--unmask")
    found = outputs(tmp_path, "card", "from-transcript", "t.jsonl", "-o", "t.toml", "--unmask")
    for where in ("file t.jsonl", "file t.toml"):
        seen = leaks(found[where], image)
        assert "PAN digits and BCD 0" in seen
        assert "PIN block 0" not in seen


@pytest.mark.parametrize("card", CARDS)
def test_masking_of_decoded_records(card, tmp_path):
    image = next(image for image in IMAGES if image.id == card)
    app = image.applications[0]
    name = app.name.encode()
    track1 = f"B{app.pan}^{app.name}^{app.expiry:%y%m}{app.service_code}123".encode()
    records = [
        f"5A{len(app.pan) // 2:02X}{app.pan}",
        f"5F20{len(name):02X}{name.hex()}",
        f"56{len(track1):02X}{track1.hex()}",
        f"5713{app.pan}D{app.expiry:%y%m}2011234500000F",
    ]
    for record in records:
        for extra in ([], ["--json"]):
            for text in outputs(tmp_path, "decode", record, *extra).values():
                assert leaks(text, image) == [], record


@pytest.mark.parametrize("card", CONTROLS)
def test_masking_of_exceptions(card, tmp_path, monkeypatch):
    image = next(image for image in IMAGES if image.id == card)
    pan = image.applications[0].pan
    spaced = " ".join(pan[n : n + 4] for n in range(0, len(pan), 4))

    def broken(*_args, **_kwargs):
        record = bytes.fromhex("5A08" + pan)
        raise RuntimeError(f"{pan} / {spaced} / {record.hex()} / {pan.encode().hex()}")

    monkeypatch.setattr("harness.profiles.image.list_images", broken)
    for extra in ([], ["--debug"]):
        found = outputs(tmp_path, "card", "list", *extra)
        log = re.search(r"(/\S+\.log)", found["stderr"])
        if log:
            found["log"] = Path(log.group(1)).read_text()
            Path(log.group(1)).unlink()
        assert "RuntimeError" in found["stderr"]
        for where, text in found.items():
            assert leaks(text, image) == [], where


@pytest.mark.parametrize("card", CONTROLS)
def test_masking_negative_control_structure_off(card, tmp_path, monkeypatch):
    """With ``--unmask`` the same search finds PAN, track and name: it is not blind."""
    monkeypatch.chdir(tmp_path)
    image = next(image for image in IMAGES if image.id == card)
    out = str(tmp_path / "out")
    kept = ["--history", str(tmp_path / "history.db")]
    arguments = ["run", "--suite", "card", "--card", card, "--out", out, "--unmask", *kept]
    found = outputs(tmp_path, *arguments)
    # What is kept for years is masked all the same.
    assert leaks(found["file history.db"], image) == []
    for where in ("file report.json", "file report.html"):
        seen = leaks(found[where], image)
        for what in ("PAN digits and BCD 0", "track 2 0", "name as hex 0"):
            assert what in seen, (where, what)
    shown = outputs(tmp_path, "transact", "--amount", "62.34", "--card", card, "-vv", "--unmask")
    assert "PAN digits and BCD 0" in leaks(shown["stdout"], image)
    for text in (*found.values(), shown["stdout"]):
        assert not {"PIN block 0", "issuer master key 0"} & set(leaks(text, image))


def test_masking_negative_control_broken_masker(tmp_path, monkeypatch):
    """If the code that masks were switched off, the search above would say so."""
    monkeypatch.chdir(tmp_path)
    image = next(image for image in IMAGES if image.id == CONTROLS[0])
    plain = "harness.report.exchanges."
    monkeypatch.setattr(plain + "mask_response", lambda data, *_a, **_k: data.hex().upper())
    monkeypatch.setattr("harness.core.masking.Masker.text", lambda _self, text: text)
    arguments = ["run", "--suite", "card", "--card", CONTROLS[0], "--out", str(tmp_path / "out")]
    found = outputs(tmp_path, *arguments)
    assert leaks(found["file report.json"], image)
    assert leaks(found["file report.html"], image)


def test_masking_negative_control_history(tmp_path, monkeypatch):
    """The search looks into the bytes of a history: text in a column, and raw bytes."""
    monkeypatch.chdir(tmp_path)
    image = next(image for image in IMAGES if image.id == CONTROLS[0])
    pan = image.applications[0].pan
    kept = ["--history", str(tmp_path / "history.db")]
    operator = ["--operator", f"who had card {pan}"]
    arguments = ["run", "--suite", "card", "--card", CONTROLS[0], *kept, *operator]
    assert leaks(outputs(tmp_path, *arguments)["file history.db"], image) == []
    with monkeypatch.context() as broken:
        broken.setattr("harness.core.masking.Masker.text", lambda _self, text: text)
        found = outputs(tmp_path, *arguments)
    assert "PAN digits and BCD 0" in leaks(found["file history.db"], image)
    assert leaks(readable(b"SQLite\0\xff" + bytes.fromhex(pan)), image)


def test_masking_search_knows_every_form():
    image = IMAGES[0]
    app = image.applications[0]
    pan = app.pan
    for text in (
        pan,
        " ".join(pan),
        f"{pan[:4]} {pan[4:8]} {pan[8:12]} {pan[12:]}",
        " ".join(pan[n : n + 2] for n in range(0, len(pan), 2)),
        pan.encode().hex(" "),
        f"%B{pan}^X^2512",
        f";{pan}=4912",
        app.name.encode().hex().upper(),
        json.dumps({"name": app.name}),
    ):
        assert leaks(text, image), text
    assert leaks(f"{pan[:6]}******{pan[-4:]}", image) == []
