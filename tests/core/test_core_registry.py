"""Registries resolve built-in names lazily and list what they know."""

from __future__ import annotations

import pytest

from harness.core import i18n, paths
from harness.core.errors import ConfigError
from harness.core.registry import Registry


def test_builtin_is_imported_on_first_use() -> None:
    registry: Registry[object] = Registry(
        "thing", "harness.nothing", {"pan": "harness.core.masking:mask_pan"}
    )
    assert registry.get("pan")("4761739001010119") == "476173******0119"  # type: ignore[operator]
    assert registry.names() == ["pan"]


def test_unknown_name_lists_the_known_ones() -> None:
    registry: Registry[int] = Registry("thing", "harness.nothing")
    registry.add("one", 1)
    with pytest.raises(ConfigError) as caught:
        registry.get("two")
    assert "one" in caught.value.todo
    with pytest.raises(ConfigError, match="twice"):
        registry.add("one", 2)
    assert list(registry) == [1]


def test_links_that_the_project_declares_are_found() -> None:
    registry: Registry[object] = Registry("link", "harness.links")
    assert {"virtual", "vpcd", "pcsc"} <= set(registry.names())
    assert callable(registry.get("virtual"))


def test_shipped_files_come_from_the_checkout() -> None:
    assert (paths.vectors() / "cards").is_dir()
    assert paths.data("codec.json").is_file()
    with pytest.raises(ConfigError, match="missing"):
        paths.shipped("no-such-folder")


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({}, "en"),
    ],
)
def test_language_follows_the_locale(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    try:
        assert i18n.set_language(None) == language
    finally:
        i18n.set_language("en")


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ConfigError, match="xx"):
        i18n.set_language("xx")
