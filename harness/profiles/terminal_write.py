"""A terminal configuration as the TOML file that a person goes on editing."""

from __future__ import annotations

import re

from harness.profiles.files import toml_string


def to_toml(table: dict[str, object]) -> str:
    """``table`` as TOML: single values first, then tables and lists of tables."""
    lines: list[str] = []
    _values(lines, table)
    for key, value in table.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                lines += ["", f"[[{_key(key)}]]"]
                _values(lines, item)
                for name, inner in item.items():
                    if isinstance(inner, dict):
                        lines += [f"{_key(name)}.{_key(k)} = {_value(v)}" for k, v in inner.items()]
        elif isinstance(value, dict):
            lines += ["", f"[{_key(key)}]"]
            _values(lines, value)
    return "\n".join(lines) + "\n"


def _values(lines: list[str], table: dict[str, object]) -> None:
    for key, value in table.items():
        if isinstance(value, dict) or (
            isinstance(value, list) and value and isinstance(value[0], dict)
        ):
            continue
        lines.append(f"{_key(key)} = {_value(value)}")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return toml_string(str(value))


def _key(key: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_-]+", key):
        return key
    return toml_string(key)
