"""The small changes: which there are in a file, and what each is called.

Only code inside functions (and lambdas) is changed, and the default values of their arguments.
Left alone: texts for people, docstrings, annotations, decorators.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from mutation import operators

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, eq=False)
class Place:
    """Where a node hangs in the tree, so that it can be exchanged in place."""

    parent: ast.AST
    name: str
    index: int | None = None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.name, node)
        else:
            getattr(self.parent, self.name)[self.index] = node


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change. ``lines`` are those whose tests can notice it: the first range of lines that any
    test runs decides. ``default`` is set where the value of a default argument changes."""

    file: str
    line: int
    function: str
    source: str
    change: str
    lines: tuple[range, ...]
    place: Place = field(repr=False)
    node: ast.AST = field(repr=False)
    default: bool = False

    @property
    def key(self) -> str:
        """What it is called in lists: without a line number, so that it outlives other edits."""
        return f"{self.file} {self.function}: {self.source}  [{self.change}]"

    def apply(self) -> None:
        """Change the tree that the mutant was made from. There is no way back: do it in a fork."""
        self.place.put(self.node)


@dataclass(frozen=True)
class Where:
    function: str
    lines: tuple[range, ...]
    place: Place
    default: bool = False


def mutants_of(tree: ast.Module, file: str, text: str) -> list[Mutant]:
    """Every mutant of ``tree``, in the order of the source, with keys that differ."""
    found = sorted(_Finder(file, text.splitlines()).module(tree), key=lambda mutant: mutant.line)
    counts: Counter[str] = Counter()
    total = Counter(mutant.key for mutant in found)
    named = []
    for mutant in found:
        counts[mutant.key] += 1
        if total[mutant.key] > 1:
            number = counts[mutant.key]
            named.append(replace(mutant, change=f"{mutant.change}, no. {number}"))
        else:
            named.append(mutant)
    return named


def load(path: Path, file: str) -> tuple[ast.Module, list[Mutant]]:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, str(path))
    return tree, mutants_of(tree, file, text)


class _Finder:
    def __init__(self, file: str, lines: list[str]) -> None:
        self.file = file
        self.source = lines

    def module(self, tree: ast.Module) -> Iterator[Mutant]:
        yield from self._outside(tree, "")

    def _outside(self, node: ast.AST, prefix: str) -> Iterator[Mutant]:
        """Look for functions in module and class bodies."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield from self._function(child, prefix)
            elif isinstance(child, ast.ClassDef):
                yield from self._outside(child, f"{prefix}{child.name}.")
            else:
                yield from self._outside(child, prefix)

    def _function(self, node: Function, prefix: str) -> Iterator[Mutant]:
        if isinstance(node, ast.Lambda):
            name = f"{prefix}<lambda>"
            span = range(node.body.lineno, (node.body.end_lineno or node.body.lineno) + 1)
            yield from self._visit(Place(node, "body"), node.body, name, span)
        else:
            name = prefix + node.name
            span = range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
            for index, statement in enumerate(node.body):
                if index or not _is_text(statement):
                    yield from self._visit(Place(node, "body", index), statement, name, span)
        yield from self._defaults(node.args, name, span)

    def _defaults(self, arguments: ast.arguments, name: str, span: range) -> Iterator[Mutant]:
        for attribute in ("defaults", "kw_defaults"):
            for index, value in enumerate(getattr(arguments, attribute)):
                if isinstance(value, ast.Constant):
                    place = Place(arguments, attribute, index)
                    for change in operators.constant(value):
                        yield self._mutant(value, change, Where(name, (span,), place, True))

    def _visit(self, place: Place, node: ast.AST, name: str, span: range) -> Iterator[Mutant]:
        """The changes of ``node`` and of what is below it; ``span`` is the statement around."""
        if isinstance(node, Function):
            # its own statements and lines; the name says what is around, as __qualname__ does
            yield from self._function(node, f"{name}.")
            return
        if isinstance(node, ast.ClassDef) or operators.untouched(node):
            return
        if isinstance(node, ast.stmt):
            span = _header(node)
        if hasattr(node, "lineno"):
            own = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            lines = (own, span) if isinstance(node, ast.expr) else (span,)
            for change in operators.changes(node):
                yield self._mutant(node, change, Where(name, lines, place))
        for field_name, child, index in operators.children(node):
            yield from self._visit(Place(node, field_name, index), child, name, span)

    def _mutant(self, node: ast.AST, change: operators.Change, where: Where) -> Mutant:
        text, new = change
        line: int = node.lineno  # type: ignore[attr-defined]
        if not hasattr(new, "lineno"):
            ast.fix_missing_locations(ast.copy_location(new, node))
        source = " ".join(self.source[line - 1].split())
        return Mutant(
            self.file,
            line,
            where.function,
            source,
            text,
            where.lines,
            where.place,
            new,
            where.default,
        )


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _header(node: ast.stmt) -> range:
    """The lines of a statement, without those of the statements inside it."""
    last = node.end_lineno or node.lineno
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if isinstance(body, list) and body:
        first = body[0]
        start = first.pattern.lineno if isinstance(first, ast.match_case) else first.lineno
        last = max(node.lineno, start - 1)
    return range(node.lineno, last + 1)
