"""Put a mutant in place of the running code: every live function gets the code of the mutant.

The module is not imported again, so that classes, registries and whoever imported the function by
name keep what they have.
"""

from __future__ import annotations

import ast
import functools
import gc
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from mutation.mutants import Mutant

Key = tuple[str, int]


class Unchanged(Exception):
    """The compiler makes the same of it: no mutant."""


class Misfit(Exception):
    """No live function takes the change."""


def functions_by_file(files: set[str]) -> dict[str, list[FunctionType]]:
    """Every live function whose code came from one of ``files``."""
    found: dict[str, list[FunctionType]] = {file: [] for file in files}
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename in files:
            found[thing.__code__.co_filename].append(thing)
    return found


def caches(package: str) -> list[Any]:
    """Every ``functools.cache`` and ``lru_cache`` of ``package``."""
    kind = type(functools.lru_cache(len))
    return [
        thing
        for thing in gc.get_objects()
        if type(thing) is kind and str(thing.__module__).split(".")[0] == package
    ]


def codes(code: CodeType) -> Iterator[CodeType]:
    """All code below ``code``, in the order of the source."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from codes(constant)


def by_key(code: CodeType) -> dict[Key, list[CodeType]]:
    found: dict[Key, list[CodeType]] = {}
    for inner in codes(code):
        found.setdefault((inner.co_qualname, inner.co_firstlineno), []).append(inner)
    return found


def swap(mutant: Mutant, tree: ast.Module, path: str, live: list[FunctionType]) -> None:
    """Apply ``mutant`` to ``tree`` and to the functions of this process. Raises Unchanged or
    Misfit."""
    if mutant.default:
        _swap_defaults(tree, live, mutant)
        return
    before = compile(tree, path, "exec", dont_inherit=True)
    mutant.apply()
    after = compile(tree, path, "exec", dont_inherit=True)
    if before == after:
        raise Unchanged
    old, new = by_key(before), by_key(after)
    exchanged = 0
    for function in live:
        key = (function.__code__.co_qualname, function.__code__.co_firstlineno)
        index = _index(function.__code__, old.get(key, []))
        if index is None or index >= len(new.get(key, [])) or old[key][index] == new[key][index]:
            continue
        try:
            function.__code__ = new[key][index]
        except ValueError as error:
            raise Misfit(str(error)) from error
        exchanged += 1
    if not exchanged:
        raise Misfit("no live function has this code")


def _index(code: CodeType, candidates: list[CodeType]) -> int | None:
    """Which of several (two lambdas in a line) it is."""
    if len(candidates) == 1:
        return 0
    return candidates.index(code) if code in candidates else None


def _swap_defaults(tree: ast.Module, live: list[FunctionType], mutant: Mutant) -> None:
    arguments = mutant.place.parent
    for node in ast.walk(tree):
        if getattr(node, "args", None) is arguments:
            owner = node
    assert isinstance(arguments, ast.arguments)
    assert isinstance(mutant.node, ast.Constant)
    index = mutant.place.index or 0
    taken = 0
    for function in live:
        code = function.__code__
        first = min([owner.lineno, *(item.lineno for item in getattr(owner, "decorator_list", []))])
        if code.co_firstlineno != first or code.co_name != getattr(owner, "name", "<lambda>"):
            continue
        taken += 1
        if mutant.place.name == "kw_defaults":
            name = arguments.kwonlyargs[index].arg
            function.__kwdefaults__ = {**(function.__kwdefaults__ or {}), name: mutant.node.value}
        else:
            values = list(function.__defaults__ or ())
            values[index] = mutant.node.value
            function.__defaults__ = tuple(values)
    if not taken:
        raise Misfit("no live function has this default")


def imported(names: list[str]) -> None:
    """Import what the tests were seen to need, once, before the forks."""
    for name in names:
        if name not in sys.modules:
            try:
                __import__(name)
            except Exception:  # noqa: BLE001 - whoever needs it will say so
                continue
