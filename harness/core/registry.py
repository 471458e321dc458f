"""Named things that others may add to, by entry point."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Generic, TypeVar

from harness.core.errors import ConfigError
from harness.core.suggest import known_names

T = TypeVar("T")


class Registry(Generic[T]):
    """Name to object. Built-in names are ``module:attribute`` strings, resolved on first use;
    entry points are read only for a name that is not built in (reading them costs 33 ms)."""

    def __init__(self, kind: str, group: str, builtin: dict[str, str] | None = None) -> None:
        self.kind = kind
        self.group = group
        self._where: dict[str, str] = dict(builtin or {})
        self._loaded: dict[str, T] = {}

    def add(self, name: str, thing: T) -> T:
        """Register ``thing``; a name is taken once."""
        if name in self._loaded:
            raise ConfigError(f"{self.kind} {name!r} is registered twice")
        self._loaded[name] = thing
        return thing

    def get(self, name: str) -> T:
        """The thing called ``name``. Raises ConfigError that lists the names there are."""
        if name in self._loaded:
            return self._loaded[name]
        if name not in self._where:
            self._read_entry_points()
        if name not in self._where:
            raise ConfigError(
                f"unknown {self.kind}: {name!r}", todo=known_names(name, self.names())
            )
        module, _, attribute = self._where[name].partition(":")
        thing: T = getattr(import_module(module), attribute)
        self._loaded[name] = thing
        return thing

    def names(self) -> list[str]:
        """All names, built in, registered, and from entry points."""
        self._read_entry_points()
        return sorted({*self._where, *self._loaded})

    def __iter__(self) -> Iterator[T]:
        return (self.get(name) for name in self.names())

    def _read_entry_points(self) -> None:
        from importlib.metadata import entry_points

        for point in entry_points(group=self.group):
            self._where.setdefault(point.name, point.value)
