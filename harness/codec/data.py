"""The dictionaries behind the codec, read once and only when they are needed.

People edit the TOML files in ``harness/data``; ``scripts/build_codec_data.py`` writes them all as
``codec.json``, which loads some fifty times faster, and a test holds the two together.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from harness.core.errors import ConfigError
from harness.core.paths import data as data_path

SOURCES = ("tags", "status_words", "bitfields", "countries", "aids", "names")
"""TOML files that make up ``codec.json``, each under its own name."""


@cache
def section(name: str) -> dict[str, Any]:
    """One dictionary as plain data. Raises ConfigError where the installation lacks it."""
    path = data_path("codec.json")
    try:
        whole: dict[str, dict[str, Any]] = _whole(str(path))
        return whole[name]
    except (OSError, KeyError, ValueError) as error:
        raise ConfigError(
            f"the dictionary {name!r} cannot be read: {error}",
            where=str(path),
            todo="install emv-harness again, or run scripts/build_codec_data.py in a checkout",
        ) from error


@cache
def _whole(path: str) -> dict[str, dict[str, Any]]:
    with open(path, encoding="utf-8") as stream:
        loaded: dict[str, dict[str, Any]] = json.load(stream)
    return loaded
