"""Text for people goes through ``_`` (rule 16); ids and JSON stay English.

``set_language`` may be called at any time: ``_`` looks the catalogue up when it is called, so
texts must be passed through ``_`` when they are shown, not when a module is imported. Mark a text
that is translated later with ``N_``.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

from harness.core.errors import ConfigError

DOMAIN = "emv-harness"
LANGUAGES = ("en", "zh")
_LOCALES = Path(__file__).resolve().parent.parent / "locale"
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
    if language == "en":
        _catalogue = gettext.NullTranslations()
    else:
        _catalogue = gettext.translation(DOMAIN, _LOCALES, [language], fallback=True)
    return language


def language() -> str:
    """The language in force."""
    return _language


def _(message: str) -> str:
    """``message`` in the language in force."""
    return _catalogue.gettext(message)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark ``message`` for translation, to be shown later through ``_``."""
    return message


def ngettext(one: str, many: str, count: int) -> str:
    """Plural-aware ``_``."""
    return _catalogue.ngettext(one, many, count)


def _from_environment() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
