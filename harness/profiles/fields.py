"""Reads a table of a TOML file field by field and collects every mistake with its key path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from harness.core.errors import ConfigError, ConfigErrors
from harness.core.hexes import parse_hex
from harness.core.i18n import _
from harness.core.suggest import nearest

REQUIRED = object()
"""Given as a default: the key must be there."""


class Fields:
    """One table. Every reader returns a usable value of its type even when the file is wrong, so
    that the loader goes on to the next mistake; ``problems`` then holds (key path, message)."""

    def __init__(
        self,
        table: Mapping[str, object],
        path: str = "",
        problems: list[tuple[str, str]] | None = None,
    ) -> None:
        self._table = table
        self.path = path
        self.problems: list[tuple[str, str]] = [] if problems is None else problems
        self._seen: set[str] = set()

    def key_path(self, key: str) -> str:
        """``application[0].pan`` for key ``pan`` of the first application."""
        return f"{self.path}.{key}" if self.path else key

    def problem(self, key: str, message: str) -> None:
        """Note one mistake at ``key``."""
        self.problems.append((self.key_path(key), message))

    def _take(self, key: str, default: object) -> tuple[bool, object]:
        self._seen.add(key)
        if key in self._table:
            return True, self._table[key]
        if default is REQUIRED:
            self.problem(key, _("is missing"))
        return False, None

    def text(
        self,
        key: str,
        default: object = "",
        *,
        choices: Iterable[str] = (),
        pattern: str = "",
        shape: str = "",
    ) -> str:
        """A string; ``choices`` closes the list, ``pattern`` is a full match that ``shape`` says
        in words."""
        found, value = self._take(key, default)
        fallback = default if isinstance(default, str) else ""
        if not found:
            return fallback
        if not isinstance(value, str):
            self.problem(key, _("must be text, not {kind}").format(kind=_kind(value)))
            return fallback
        allowed = list(choices)
        if allowed and value not in allowed:
            self.problem(
                key, _("{value!r} is not one of: {all}").format(value=value, all=", ".join(allowed))
            )
            return fallback
        if pattern and not re.fullmatch(pattern, value):
            self.problem(key, _("{value!r} is not {shape}").format(value=value, shape=shape))
            return fallback
        return value

    def number(
        self, key: str, default: object = 0, *, low: int | None = None, high: int | None = None
    ) -> int:
        """An integer between ``low`` and ``high``, both included."""
        found, value = self._take(key, default)
        fallback = default if isinstance(default, int) else (low or 0)
        if not found:
            return fallback
        if not isinstance(value, int) or isinstance(value, bool):
            self.problem(key, _("must be a whole number, not {kind}").format(kind=_kind(value)))
            return fallback
        if (low is not None and value < low) or (high is not None and value > high):
            self.problem(
                key,
                _("{value} is outside {low} to {high}").format(value=value, low=low, high=high),
            )
            return fallback
        return value

    def decimal(self, key: str, default: object = 0.0, *, low: float = 0.0) -> float:
        """A number, whole or not, of at least ``low``."""
        found, value = self._take(key, default)
        fallback = float(default) if isinstance(default, int | float) else low
        if not found:
            return fallback
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.problem(key, _("must be a number, not {kind}").format(kind=_kind(value)))
            return fallback
        if value < low:
            self.problem(key, _("{value} is below {low}").format(value=value, low=low))
            return fallback
        return float(value)

    def flag(self, key: str, default: object = False) -> bool:
        """``true`` or ``false``."""
        found, value = self._take(key, default)
        if not found:
            return default is True
        if not isinstance(value, bool):
            self.problem(key, _("must be true or false, not {kind}").format(kind=_kind(value)))
            return default is True
        return value

    def octets(
        self, key: str, default: object = b"", *, sizes: Sequence[int] | range | None = None
    ) -> bytes:
        """Bytes written as hex text; ``sizes`` are the lengths allowed."""
        found, value = self._take(key, default)
        fallback = default if isinstance(default, bytes) else b""
        if not found:
            return fallback
        data = self._hex(key, value)
        if data is None:
            return fallback
        if sizes is not None and len(data) not in sizes:
            self.problem(
                key,
                _("is {found} bytes long, must be {sizes}").format(
                    found=len(data), sizes=_sizes(sizes)
                ),
            )
        return data

    def day(self, key: str, default: object = None) -> date | None:
        """A TOML date (2049-12-31, without quotes)."""
        found, value = self._take(key, default)
        if not found:
            return None
        if type(value) is not date:
            self.problem(
                key,
                _("must be a date such as 2049-12-31, without quotes, not {kind}").format(
                    kind=_kind(value)
                ),
            )
            return None
        return value

    def texts(
        self, key: str, default: object = (), *, choices: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """A list of strings."""
        found, value = self._take(key, default)
        fallback = default if isinstance(default, tuple) else ()
        if not found:
            return fallback
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problem(key, _("must be a list of texts"))
            return fallback
        allowed = list(choices)
        for item in value:
            if allowed and item not in allowed:
                self.problem(
                    key,
                    _("{value!r} is not one of: {all}").format(value=item, all=", ".join(allowed)),
                )
        return tuple(value)

    def numbers(self, key: str, default: object = ()) -> tuple[int, ...]:
        """A list of whole numbers."""
        found, value = self._take(key, default)
        fallback = default if isinstance(default, tuple) else ()
        if not found:
            return fallback
        if not isinstance(value, list) or not all(type(item) is int for item in value):
            self.problem(key, _("must be a list of whole numbers"))
            return fallback
        return tuple(value)

    def tags(self, key: str, default: object = ()) -> tuple[int, ...]:
        """A list of BER-TLV tags in hex (``["57", "5F20"]``) as numbers."""
        found = []
        for item in self.texts(key, default):
            tag = tag_number(item)
            if tag is None:
                self.problem(key, _("{value!r} is not a tag in hex").format(value=item))
            else:
                found.append(tag)
        return tuple(found)

    def tag_values(self, key: str) -> dict[int, bytes]:
        """A table of tag in hex to value in hex."""
        table = self.table(key)
        if table is None:
            return {}
        values = {}
        for name, value in table._table.items():
            table._seen.add(name)
            tag = tag_number(name)
            if tag is None:
                table.problem(name, _("{value!r} is not a tag in hex").format(value=name))
            data = table._hex(name, value)
            if tag is not None and data is not None:
                values[tag] = data
        return values

    def strings(self) -> dict[str, str]:
        """Every key of this table with its text; a value that is no text is a mistake."""
        return {key: self.text(key) for key in self._table}

    def table(self, key: str, default: object = None) -> Fields | None:
        """A sub-table, or None where it is absent (a mistake when REQUIRED)."""
        found, value = self._take(key, default)
        if not found:
            return None
        if not isinstance(value, dict):
            self.problem(key, _("must be a table, [{key}]").format(key=self.key_path(key)))
            return None
        return Fields(value, self.key_path(key), self.problems)

    def tables(self, key: str, default: object = ()) -> list[Fields]:
        """A list of tables, ``[[key]]``."""
        found, value = self._take(key, default)
        if not found:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problem(key, _("must be a list of tables, [[{key}]]").format(key=key))
            return []
        return [
            Fields(item, f"{self.key_path(key)}[{place}]", self.problems)
            for place, item in enumerate(value)
        ]

    def done(self) -> None:
        """Every key that nobody asked for is a mistake: most often a slip of the pen."""
        for key in self._table:
            if key in self._seen:
                continue
            close = nearest(key, self._seen, 1)
            hint = _("; did you mean {close!r}?").format(close=close[0]) if close else ""
            self.problem(key, _("is not a key of this kind of file") + hint)

    def finish(self, what: str, where: str) -> None:
        """Raise ConfigErrors with all mistakes of the whole file, if there are any."""
        self.done()
        if self.problems:
            raise ConfigErrors(
                what, self.problems, where=where, todo=_("correct the keys listed above")
            )

    def _hex(self, key: str, value: object) -> bytes | None:
        if not isinstance(value, str):
            self.problem(key, _("must be hex text in quotes, not {kind}").format(kind=_kind(value)))
            return None
        try:
            return parse_hex(value)
        except ConfigError as error:
            self.problem(key, error.what)
            return None


def _kind(value: object) -> str:
    number, table, date = _("a number"), _("a table"), _("a date")
    names = {bool: "true/false", int: number, float: number, str: _("text"), list: _("a list")}
    return names.get(type(value), table if isinstance(value, dict) else date)


def _sizes(sizes: Sequence[int] | range) -> str:
    if isinstance(sizes, range) and len(sizes) > 1 and sizes.step == 1:
        return f"{sizes.start}-{sizes.stop - 1}"
    return " or ".join(str(size) for size in sizes)


def tag_number(text: str) -> int | None:
    """Number of a whole BER-TLV tag of one to three bytes in hex, or None."""
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2}){1,3}", text):
        return None
    data = bytes.fromhex(text)
    if data[0] & 0x1F != 0x1F:
        whole = len(data) == 1 and data[0] != 0
    else:
        whole = len(data) > 1 and data[-1] < 0x80 and all(byte & 0x80 for byte in data[1:-1])
    return int(text, 16) if whole else None
