"""The catalogue: compiled as it stands, placeholders agree, everything of ours is translated."""

from __future__ import annotations

import ast
import gettext
import io
import re
import string
import sys
from pathlib import Path

import pytest

from harness.core.i18n import _, speaking
from harness.core.retranslate import said
from harness.core.verdict import SkipReason, Verdict
from harness.report.words import REASONS, VERDICTS

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import make_locale  # noqa: E402

MESSAGES = make_locale.read_po(make_locale.CATALOGUE)


def fields(text: str) -> set[str]:
    """Names (with conversions) of the placeholders of a format string."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return set()
    return {f"{name}!{conversion}" for _text, name, _spec, conversion in parts if name is not None}


def test_locale_compiled_catalogue_is_the_text_catalogue():
    compiled = make_locale.CATALOGUE.with_suffix(".mo").read_bytes()
    assert compiled == make_locale.compile_mo(MESSAGES)


def test_locale_python_reads_what_we_compile():
    catalogue = gettext.GNUTranslations(io.BytesIO(make_locale.compile_mo(MESSAGES)))
    assert catalogue.gettext("Outcome") == "结果"
    one = "{count} fault observed in {examined} tests"
    many = "{count} faults observed in {examined} tests"
    assert catalogue.ngettext(one, many, 3) == MESSAGES[one].translations[0]


TRANSLATED = [
    (message, translation)
    for message in MESSAGES.values()
    if message.text and all(message.translations)
    for translation in message.translations
]


def other_fields(message: make_locale.Message, translation: str) -> bool:
    return fields(translation) != fields(message.text)


def other_indent(message: make_locale.Message, translation: str) -> bool:
    """Of a plural, which stands within a line; others are set by whoever shows them."""
    return bool(message.plural) and translation.startswith(" ") != message.text.startswith(" ")


def other_paragraphs(message: make_locale.Message, translation: str) -> bool:
    return translation.count("\n\n") != message.text.count("\n\n")


@pytest.mark.parametrize("differs", [other_fields, other_indent, other_paragraphs])
def test_locale_a_translation_is_shaped_as_its_text(differs):
    assert len(TRANSLATED) > 3000
    assert [message.text for message, said in TRANSLATED if differs(message, said)] == []


@pytest.mark.parametrize(
    ("differs", "text", "plural", "translation"),
    [
        (other_fields, "{count} bytes", "", "{n} 字节"),
        (other_indent, " one", " {count}", "一"),
        (other_paragraphs, "one\n\ntwo", "", "一\n二"),
    ],
)
def test_locale_another_shape_is_noticed(differs, text, plural, translation):
    assert differs(make_locale.Message(text, plural), translation)


SAME = {
    # what is typed, and names
    "--reader replay:FILE",
    "pip install tlv8",
    "approve, decline:51, refer, no-answer, unreachable, malformed, wrong-arpc.",
    "pcscd",
    "polkit",
    "pyscard",
    "schema {number}",
    # types of ASN.1
    "BMPString",
    "GeneralizedTime",
    "IA5String",
    "NumericString",
    "PrintableString",
    "TeletexString",
    "UTCTime",
    "UTF8String",
    "VisibleString",
}
"""Texts with words in them that are written alike in both languages."""


def test_locale_everything_is_translated():
    done = {text for text, message in MESSAGES.items() if all(message.translations)}
    assert [text for text in make_locale.collect() if text not in done] == []


def test_locale_translations_are_chinese_but_for_a_few_names():
    alike = set()
    for text, message in MESSAGES.items():
        words = re.search("[a-z]{3}", re.sub(r"\{[^{}]*\}|`[^`]*`", "", text))
        if text and words and not all(map(chinese, message.translations)):
            alike.add(text)
    assert alike - {"pan", "an id", "ATMs"} == SAME


def test_locale_punctuation_beside_chinese_is_of_full_width():
    assert make_locale.full_width("状态(见 {x}): `a, b`, 中") == "状态（见 {x}）：`a, b`，中"
    wrong = [said for _message, said in TRANSLATED if make_locale.full_width(said) != said]
    assert wrong == []


def test_locale_f_strings_of_errors_are_templates():
    tree = ast.parse('raise CodecError(f"{n} bytes of {what!r}", todo="look at it", where="x")')
    found = [text for text, _plural in make_locale.texts_of(tree, {"CodecError"})]
    assert found == ["{a} bytes of {b}", "look at it"]


def test_locale_a_file_of_translations_is_taken_over(tmp_path, capsys):
    file = tmp_path / "new.tsv"
    file.write_text("one: {a}\\n\t一: {a}\\n\nelse\t别的\n", encoding="utf-8")
    messages = {"one: {a}\n": make_locale.Message("one: {a}\n")}
    make_locale.take_over(messages, file)
    assert messages["one: {a}\n"].translations == ["一：{a}\n"]
    assert "no such text: else" in capsys.readouterr().out


def test_locale_template_and_catalogue_have_the_same_texts():
    template = make_locale.read_po(make_locale.TEMPLATE)
    assert set(template) == set(MESSAGES)


def test_locale_words_behind_variables_are_marked():
    assert {verdict.value.lower() for verdict in Verdict} == set(VERDICTS)
    assert {reason.value for reason in SkipReason} == set(REASONS)


def test_locale_json_stays_english(emv):
    english = emv("transact", "--amount", "12.34", "--json").json
    chinese = emv("transact", "--amount", "12.34", "--json", "--lang", "zh").json
    assert [step["title"] for step in chinese["steps"]] == [s["title"] for s in english["steps"]]


RUN = ("run", "--suite", "card,coverage", "--card", "visa-credit", "--fault", "mute@9")


def test_locale_a_run_is_recorded_in_english_and_shown_in_chinese(emv, tmp_path):
    ran = emv(*RUN, "--timeout", "0.2", "--lang", "zh", "--out", "zh")
    assert ran.code == 1
    assert chinese(ran.out)
    assert chinese((tmp_path / "zh" / "report.html").read_text())
    for name in ("report.json", "junit.xml"):
        assert chinese((tmp_path / "zh" / name).read_text()) == [], name


def chinese(text: str) -> list[str]:
    return [char for char in text if "\u4e00" <= char <= "\u9fff"]


@pytest.fixture
def in_chinese():
    with speaking("zh"):
        yield


def test_locale_a_filled_template_is_said_in_chinese(in_chinese):
    message = _("no answer in {ms} ms to {command}; cause not established")
    shown = said("no answer in 5,000 ms to SELECT A000000003; cause not established")
    assert shown == message.format(ms="5,000", command="SELECT A000000003")
    assert said("not examined") == _("not examined")
    assert said("nobody ever wrote this") == "nobody ever wrote this"


def test_locale_values_are_said_in_their_turn(in_chinese):
    inner = _("state change not allowed")
    outer = _("{why} (not required by the plan)")
    shown = said("state change not allowed (not required by the plan)")
    assert shown == outer.format(why=inner)


def test_locale_errors_are_translated(emv):
    ran = emv("--lang", "zh", "card", "show", "nope")
    assert ran.code == 4
    assert ran.err.startswith("错误：")
    assert "`emv-harness card list` 列出" in ran.err


def test_locale_by_environment(emv, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "示例" in emv("card", "list", "--help").out
