"""Text for people goes through ``_`` (rule 16); ids and JSON stay English.

``set_language`` may be called at any time: ``_`` looks the catalogue up when it is called, so
texts must be passed through ``_`` when they are shown, not when a module is imported. Mark a text
that is translated later with ``N_``.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from harness.core.errors import ConfigError

DOMAIN = "emv-harness"
LANGUAGES = ("en", "zh")
_LOCALES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "locale")
_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def set_language(language: str | None) -> str:
    """Choose the language (``en`` or ``zh``; None: by the locale). Returns the one chosen."""
    global _catalogue, _language  # noqa: PLW0603 - one process speaks one language
    if language is None:
        language = _from_environment()
    elif language not in LANGUAGES:
        raise ConfigError(f"unknown language {language!r}", where="--lang", todo="choose en or zh")
    _language = language
    _catalogue = _load(language)
    return language


@lru_cache
def _load(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, _LOCALES, [language], fallback=True)


def language() -> str:
    """The language in force."""
    return _language


def _(message: str) -> str:
    """``message`` in the language in force."""
    return message if _language == "en" else _catalogue.gettext(message)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark ``message`` for translation, to be shown later. It is returned as it is: English.

    A text is shown through ``_``. An f-string is filled in by then: it is collected as a template
    (``{a} bytes``), and ``harness.core.retranslate.said`` finds that again when it is shown.
    """
    return message


def ngettext(one: str, many: str, count: int) -> str:
    """Plural-aware ``_``."""
    return _catalogue.ngettext(one, many, count)


def translated(message: str) -> str | None:
    """What the catalogue in force has for ``message``, or None."""
    found = _catalogue.gettext(message)
    return found if found != message else None


def messages() -> list[tuple[str, str]]:
    """Every text of the catalogue in force with its translation, plurals by their plural form."""
    known: dict[object, str] = getattr(_catalogue, "_catalog", {})
    found = []
    for text, translation in known.items():
        if isinstance(text, tuple):
            text = text[0]  # noqa: PLW2901 - singular and index of the form
        if isinstance(text, str) and text:
            found.append((text, translation))
    return found


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Another language for a while: records are made in English, whoever reads them."""
    before = language()
    set_language(wanted)
    try:
        yield
    finally:
        set_language(before)


def _from_environment() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
