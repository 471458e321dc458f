"""Chinese text in a terminal: its columns, and the marks between pieces."""

from __future__ import annotations

import pytest

from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import speaking
from harness.core.retranslate import said
from harness.core.typeset import cell_width, colon, pad, typeset


@pytest.fixture
def in_chinese():
    with speaking("zh"):
        yield


@pytest.mark.parametrize(
    ("joined", "shown"),
    [
        ("签名, SHA-1", "签名，SHA-1"),
        ("SHA-1, 签名", "SHA-1，签名"),
        ("SFI 1, 2, 3", "SFI 1, 2, 3"),
        ("字节: 3; 位: 2", "字节：3；位：2"),
        ("未提供 (不适用)", "未提供（不适用）"),
        ("密钥 A000000003/E1 (自有测试)：已恢复", "密钥 A000000003/E1（自有测试）：已恢复"),
        ("ARQC （在签名内）", "ARQC（在签名内）"),
        ("卡  (a)", "卡  (a)"),
        ("plain, text: no (change)", "plain, text: no (change)"),
    ],
)
def test_typeset_marks_beside_chinese_are_of_full_width(in_chinese, joined, shown):
    assert typeset(joined) == shown


def test_typeset_a_mark_takes_the_columns_of_mark_and_space(in_chinese):
    for joined in ("签名, SHA-1", "字节: 3", "甲 (乙) 丙"):
        assert cell_width(typeset(joined)) == cell_width(joined)


def test_typeset_semicolons_of_a_sentence(in_chinese):
    assert typeset("依据 A, 1; B, 2") == "依据 A, 1; B, 2"
    assert typeset("依据 A, 1; B, 2", whole=True) == "依据 A, 1；B, 2"


def test_typeset_leaves_english_alone():
    assert typeset("签名, SHA-1; a (b)") == "签名, SHA-1; a (b)"
    assert colon() == ": "


def test_typeset_pads_to_columns():
    assert pad("卡片", 6) == "卡片  "
    assert pad("卡片", 2) == "卡片"


def test_errors_are_read_in_the_language_in_force():
    error = CodecError("SFI is 31, must be 1 to 30", todo="use AAC, TC or ARQC")
    assert (error.what, error.todo) == ("SFI is 31, must be 1 to 30", "use AAC, TC or ARQC")
    with speaking("zh"):
        assert error.what == "SFI 为 31，应为 1 至 30"
        assert error.todo == "请用 AAC、TC 或 ARQC"
    assert str(error).startswith("SFI is 31")


def test_said_leaves_what_is_typed_and_what_is_said_already(in_chinese):
    todo = ConfigError("x", todo="known: card, amount, mute").todo
    assert todo == "可用：card, amount, mute"
    assert said(todo) == todo
    assert said("9F10 为 card, mute") == "9F10 为 card, mute"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        # The template of the whole goes before that of a part.
        (
            "well-formed: 144 bytes said, 140 inside and 4 in the remainder",
            "格式正确：声明 144 字节，证书内 140 字节，余项 4 字节",
        ),
        ("consistent: hash algorithm, hash", "一致：哈希算法，哈希"),
        (
            "FF00: byte 1 bit 8: domestic cash; byte 1 bit 7: international cash",
            "FF00：字节 1 位 8：国内取现；字节 1 位 7：国际取现",
        ),
    ],
)
def test_said_takes_pieces_apart(in_chinese, english, chinese):
    assert said(english) == chinese
