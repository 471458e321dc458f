"""What a change is made of: for each node of the syntax tree, its replacements.

A replacement is new: the node that it stands for is never touched.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

Change = tuple[str, ast.AST]

TEXTS = {"_", "N_", "ngettext", "Spec"}
"""Calls whose arguments are for people."""

TEXT_KEYWORDS = {"where", "todo", "message", "help", "title"}
TEXT_METHODS = {"format", "join"}

COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}
SIGNS: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "^",
}  # fmt: skip


def untouched(node: ast.AST) -> bool:
    """True for what is text for people, whole."""
    if isinstance(node, ast.Call):
        return name_of(node.func) in TEXTS
    if isinstance(node, ast.keyword):
        return node.arg in TEXT_KEYWORDS
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal)


def name_of(node: ast.AST) -> str:
    """The last part of the name that is called."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def children(node: ast.AST) -> Iterator[tuple[str, ast.AST, int | None]]:
    """What hangs below ``node`` and may be changed, with its field and index."""
    skipped = {"annotation", "returns", "decorator_list", "type_comment", "type_params"}
    message = isinstance(node, ast.Call) and name_of(node.func).endswith(("Error", "Warning"))
    for name, value in ast.iter_fields(node):
        if name in skipped or (isinstance(node, ast.FormattedValue) and name == "format_spec"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant):
                continue
            if message and name == "args" and _wording(child):
                continue
            yield name, child, index


def _wording(node: ast.AST) -> bool:
    """Text, or a choice between texts: what an exception says."""
    if isinstance(node, ast.IfExp):
        return _wording(node.body) or _wording(node.orelse)
    if isinstance(node, ast.BinOp):
        return _wording(node.left) or _wording(node.right)
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def changes(node: ast.AST) -> Iterator[Change]:
    """Each change of ``node`` itself, with its name."""
    for kind, makers in MAKERS:
        if isinstance(node, kind):
            yield from makers(node)


def constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    new: Any
    if isinstance(value, bool):
        new = not value
    elif isinstance(value, int | float):
        new = value + 1
    elif isinstance(value, str):
        new = f"XX{value}"
    elif isinstance(value, bytes):
        new = b"XX" + value
    else:
        return
    yield f"{ast.unparse(node)} -> {new!r}", ast.Constant(new)


def _compare(node: ast.Compare) -> Iterator[Change]:
    for index, operator in enumerate(node.ops):
        other = COMPARE[type(operator)]
        ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
        sign = f"{SIGNS[type(operator)]} -> {SIGNS[other]}"
        yield sign, ast.Compare(node.left, ops, node.comparators)


def _arithmetic(node: ast.BinOp) -> Iterator[Change]:
    other = ARITHMETIC.get(type(node.op))
    if other:
        sign = f"{SIGNS[type(node.op)]} -> {SIGNS[other]}"
        yield sign, ast.BinOp(node.left, other(), node.right)


def _augmented(node: ast.AugAssign) -> Iterator[Change]:
    other = ARITHMETIC.get(type(node.op))
    if other:
        sign = f"{SIGNS[type(node.op)]}= -> {SIGNS[other]}="
        yield sign, ast.AugAssign(node.target, other(), node.value)
        yield f"{SIGNS[type(node.op)]}= -> =", ast.Assign([node.target], node.value)


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    if isinstance(node.op, ast.And):
        yield "and -> or", ast.BoolOp(ast.Or(), node.values)
    else:
        yield "or -> and", ast.BoolOp(ast.And(), node.values)


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    sign = {ast.Not: "not", ast.USub: "-", ast.Invert: "~"}.get(type(node.op))
    if sign:
        yield f"{sign} dropped", node.operand


def _condition(test: ast.expr) -> ast.expr | None:
    """The negation, where no other change is the same or nearly so."""
    if isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
        return None
    return ast.copy_location(ast.UnaryOp(ast.Not(), test), test)


def _branch(node: ast.If | ast.While | ast.IfExp) -> Iterator[Change]:
    negated = _condition(node.test)
    if negated:
        fields = {name: value for name, value in ast.iter_fields(node) if name != "test"}
        yield f"{_short(node.test)} negated", type(node)(test=negated, **fields)


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
) -> Iterator[Change]:
    for place, generator in enumerate(node.generators):
        for index, test in enumerate(generator.ifs):
            negated = _condition(test)
            if negated:
                ifs = [*generator.ifs[:index], negated, *generator.ifs[index + 1 :]]
                new = ast.comprehension(generator.target, generator.iter, ifs, generator.is_async)
                fields = dict(ast.iter_fields(node))
                fields["generators"] = [
                    *node.generators[:place], new, *node.generators[place + 1 :]
                ]  # fmt: skip
                yield f"{_short(test)} negated", type(node)(**fields)


def _return(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and not (
        isinstance(node.value, ast.Constant) and node.value.value is None
    ):
        yield "return None", ast.Return(ast.Constant(None))


def _removed(node: ast.stmt) -> Iterator[Change]:
    """Statements that only act: calls whose value is unused, assignments to attributes and items,
    del, raise."""
    gone = "removed"
    match node:
        case ast.Expr(value=ast.Call()) | ast.Delete() | ast.Raise(exc=ast.AST()):
            yield gone, ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield gone, ast.Pass()
        case ast.AnnAssign(target=ast.Attribute(), value=ast.AST()):
            yield gone, ast.Pass()
        case ast.AugAssign(target=ast.Attribute() | ast.Subscript()):
            yield gone, ast.Pass()


def _loop(node: ast.Break | ast.Continue) -> Iterator[Change]:
    if isinstance(node, ast.Break):
        yield "break -> continue", ast.Continue()
    else:
        yield "continue -> break", ast.Break()


def _call(node: ast.Call) -> Iterator[Change]:
    if name_of(node.func) in TEXT_METHODS:
        return
    for index, keyword in enumerate(node.keywords):
        if keyword.arg and keyword.arg not in TEXT_KEYWORDS:
            rest = [*node.keywords[:index], *node.keywords[index + 1 :]]
            yield f"without {keyword.arg}=", ast.Call(node.func, node.args, rest)


def _slice(node: ast.Slice) -> Iterator[Change]:
    if node.lower is not None:
        yield f"from {_short(node.lower)} dropped", ast.Slice(None, node.upper, node.step)
    if node.upper is not None:
        yield f"to {_short(node.upper)} dropped", ast.Slice(node.lower, None, node.step)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 50 else f"{text[:47]}..."


MAKERS: list[tuple[Any, Any]] = [
    (ast.Constant, constant),
    (ast.Compare, _compare),
    (ast.BinOp, _arithmetic),
    (ast.AugAssign, _augmented),
    (ast.BoolOp, _boolean),
    (ast.UnaryOp, _unary),
    (ast.If | ast.While | ast.IfExp, _branch),
    (ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, _comprehension),
    (ast.Return, _return),
    (ast.stmt, _removed),
    (ast.Break | ast.Continue, _loop),
    (ast.Call, _call),
    (ast.Slice, _slice),
]
