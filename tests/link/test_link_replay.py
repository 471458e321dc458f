"""Transcripts: masked when written, complete when read, and a card that answers from them."""

from __future__ import annotations

import json

import pytest

from harness.codec.apdu import select, verify_plaintext
from harness.core.clock import SystemClock
from harness.core.errors import (
    CardRemoved,
    ConfigError,
    ConfigErrors,
    LinkError,
    LinkTimeout,
    ReplayMismatch,
)
from harness.link.api import LinkOptions, ResetKind
from harness.link.find import find_readers
from harness.link.recorder import RecordingLink
from harness.link.session import CardSession
from harness.link.virtual import VirtualReader
from harness.profiles.image import load_image
from harness.records.exchange import Exchange
from harness.records.jsonl import read_transcript, transcript_lines, write_transcript

PAN = load_image("visa-credit").applications[0].pan


@pytest.fixture
def session():
    """Some exchanges with a virtual card, its PAN and a PIN among them."""
    link = RecordingLink(VirtualReader("visa-credit", LinkOptions()).connect(), SystemClock())
    card = CardSession(link)
    card.exchange(select(load_image("visa-credit").applications[0].aid))
    link.transmit(bytes.fromhex("80A8000005830302500000"))
    for sfi in (1, 2):
        link.transmit(bytes((0, 0xB2, 1, sfi << 3 | 4, 0)))
    link.transmit(verify_plaintext("1234").to_bytes())
    link.reset(ResetKind.WARM)
    return link


def write(tmp_path, link, *, unmask=False):
    path = tmp_path / "session.jsonl"
    lines = transcript_lines(
        link.exchanges,
        atr=link.atr,
        protocol=link.protocol,
        facts={"reader": "virtual visa-credit"},
        unmask=unmask,
    )
    write_transcript(path, lines, unmask=unmask)
    return path


def test_masked_transcript_tells_no_secret(tmp_path, session):
    text = write(tmp_path, session).read_text()
    assert PAN not in text
    assert "241234" not in text
    assert f"{PAN[:6]}******{PAN[-4:]}" in text
    assert json.loads(text.splitlines()[0])["masked"] is True


def test_unmasked_transcript_is_private_and_still_without_pin(tmp_path, session):
    path = tmp_path / "session.jsonl"
    path.write_text("there before")
    path.chmod(0o644)
    path = write(tmp_path, session, unmask=True)
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert PAN in text
    assert "241234" not in text


def test_round_trip(tmp_path, session):
    transcript = read_transcript(write(tmp_path, session, unmask=True))
    assert transcript.atr == session.atr
    assert transcript.facts == {"reader": "virtual visa-credit"}
    assert not transcript.masked
    assert len(transcript.lines) == len(session.exchanges)
    for line, exchange in zip(transcript.lines, session.exchanges, strict=True):
        assert line.kind == exchange.kind
        assert bytes.fromhex(line.response) == exchange.response
        assert line.elapsed_ms == pytest.approx(exchange.elapsed_ms, abs=0.001)


def test_replay_answers_as_recorded(tmp_path, session):
    path = write(tmp_path, session, unmask=True)
    [reader] = find_readers(f"replay:{path}", LinkOptions())
    link = reader.connect()
    for exchange in session.exchanges:
        if exchange.kind == "reset":
            assert link.reset(ResetKind.WARM) == exchange.response
        else:
            # The PIN is masked even here: any PIN fits.
            assert link.transmit(exchange.command) == exchange.response
    with pytest.raises(ReplayMismatch, match="does not have 00 A4 04 0C"):
        link.transmit(b"\x00\xa4\x04\x0c")


def test_another_command_is_a_mismatch(tmp_path, session):
    link = find_readers(f"replay:{write(tmp_path, session)}", LinkOptions())[0].connect()
    with pytest.raises(ReplayMismatch) as caught:
        link.transmit(bytes.fromhex("00B2010C00"))
    assert "00 B2 01 0C" in caught.value.what
    assert "cannot be examined" in caught.value.todo


def test_masked_answer_is_not_made_up(tmp_path, session):
    link = find_readers(f"replay:{write(tmp_path, session)}", LinkOptions())[0].connect()
    for exchange in session.exchanges[:3]:
        assert link.transmit(exchange.command) == exchange.response
    with pytest.raises(ReplayMismatch, match="masked"):
        link.transmit(session.exchanges[3].command)


@pytest.mark.parametrize(
    ("error", "cls"),
    [
        ("LinkTimeout: no answer", LinkTimeout),
        ("CardRemoved: gone", CardRemoved),
        ("LinkError: odd", LinkError),
    ],
)
def test_failure_comes_again(tmp_path, error, cls):
    exchange = Exchange(0, b"\x00\xa4\x04\x00", None, 0.0, 1.0, error=error)
    path = tmp_path / "t.jsonl"
    write_transcript(path, transcript_lines([exchange], atr=b"\x3b\x00", protocol="T=1"))
    link = find_readers(f"replay:{path}", LinkOptions())[0].connect()
    assert link.protocol == "T=1"
    with pytest.raises(cls):
        link.transmit(b"\x00\xa4\x04\x00")
    link.close()
    link.close()
    with pytest.raises(LinkError, match="closed"):
        link.transmit(b"\x00\xa4\x04\x00")


HEAD = '{"schema": 1, "kind": "transcript", "atr": "3B00", "protocol": "T=0"}'


def test_all_mistakes_at_once(tmp_path):
    path = tmp_path / "t.jsonl"
    rows = [
        HEAD,
        "{",
        '{"command": "00A4", "response": "9"}',
        '{"kind": "dance", "command": 7, "index": "x"}',
        "[]",
    ]
    path.write_text("\n".join(rows))
    with pytest.raises(ConfigErrors) as caught:
        read_transcript(path)
    keys = [key for key, _text in caught.value.problems]
    for key in ("line 2", "line 3.response", "line 4.kind", "line 4.command", "line 5"):
        assert key in keys


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 2, "kind": "transcript"}', "\xff"])
def test_not_a_transcript(tmp_path, text):
    path = tmp_path / "t.jsonl"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError):
        read_transcript(path)


def test_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        find_readers(f"replay:{tmp_path / 'none.jsonl'}", LinkOptions())
