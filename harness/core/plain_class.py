"""``dataclass`` of the standard library, made with one compiled method instead of six.

A process that runs one transaction makes about a hundred such classes before its first command,
and compiling their methods took a quarter of the instructions of the whole process. Here only
``__init__`` is compiled; the other methods are closures that do the same as the original's, to
which ``tests/core`` holds them.

For classes with ``slots``, frozen or not, with defaults and ``default_factory``. One without slots,
below another dataclass, or with fields that say more than that, gets the original.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from copy import copy
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar

T = TypeVar("T")
Method = Callable[..., Any]
Values = Callable[[Any], tuple[Any, ...]]

_MISSING = dataclasses.MISSING


@dataclasses.dataclass
class _Original:
    """What the original says of a class and of an ordinary field."""

    field: int = 0


_PARAMS: Any = _Original.__dataclass_params__  # type: ignore[attr-defined] # not in its stub
_ORDINARY: Any = _Original.__dataclass_fields__["field"]._field_type  # type: ignore[attr-defined]


def dataclass(*, frozen: bool = False, slots: bool = False) -> Callable[[type[T]], type[T]]:
    """As ``dataclasses.dataclass(frozen=..., slots=...)``."""

    def wrap(cls: type[T]) -> type[T]:
        fields = _fields(cls) if slots else None
        if fields is None:
            return dataclasses.dataclass(frozen=frozen, slots=slots)(cls)
        return _made(cls, fields, frozen=frozen)

    return wrap


def _fields(cls: type) -> dict[str, Any] | None:
    """The fields of a class; None when there is a dataclass above it, an annotation that is none
    of a field, or a field that says more than its default."""
    if any("__dataclass_fields__" in vars(base) for base in cls.__mro__):
        return None
    own = vars(cls)
    found: dict[str, Any] = {}
    for name, kind in own.get("__annotations__", {}).items():
        if (
            not isinstance(kind, str)
            or "ClassVar" in kind
            or "InitVar" in kind
            or kind == "KW_ONLY"
        ):
            return None
        value = own.get(name, _MISSING)
        if isinstance(value, dataclasses.Field):
            field: Any = value
            said = (field.init, field.repr, field.compare, field.hash, field.kw_only)
            if said != (True, True, True, None, _MISSING):
                return None
        elif value is _MISSING or type(value).__hash__ is not None:
            field = dataclasses.field(default=value)
        else:
            return None  # a default that all objects would share: the original says so
        field.name, field.type, field.kw_only, field._field_type = name, kind, False, _ORDINARY
        found[name] = field
    return found


def _made(cls: type[T], fields: dict[str, Any], *, frozen: bool) -> type[T]:
    own = dict(vars(cls))
    names = tuple(fields)
    values = _values(names)
    made: Any = _slotted(cls, own, names)
    methods: dict[str, Method | None] = {
        "__init__": _init(made, fields.values(), frozen=frozen),
        "__repr__": _repr(names),
        "__eq__": _eq(values),
        "__hash__": _hash(values) if frozen else None,
    }
    if frozen:
        methods |= _frozen(names)
    if "__eq__" in own and own.get("__hash__") is None:
        own.pop("__hash__", None)  # Python put it there, not the class
    for name, method in methods.items():
        if name not in own:
            if method is not None:
                method.__name__ = name
                method.__qualname__ = f"{made.__qualname__}.{name}"
            setattr(made, name, method)
    made.__doc__ = made.__doc__ or made.__name__
    setattr(made, "__match_args__", names)  # noqa: B010 - a type checker refuses the assignment
    made.__dataclass_fields__ = fields
    made.__dataclass_params__ = params = copy(_PARAMS)
    params.frozen = frozen
    return made  # type: ignore[no-any-return] # a copy of the class that came in


def _slotted(cls: type, own: dict[str, Any], names: tuple[str, ...]) -> type:
    """The class again, with a slot for each field."""
    left_out = {"__dict__", "__weakref__", *names}
    body = {name: value for name, value in own.items() if name not in left_out}
    made = type(cls)(cls.__name__, cls.__bases__, {**body, "__slots__": names})
    made.__qualname__ = cls.__qualname__
    return made


def _init(made: type, fields: Iterable[dataclasses.Field[Any]], *, frozen: bool) -> Method:
    """The method that is compiled, for its call is all that making an object costs. The slots of a
    frozen object are filled by what stands behind each of them, without a search for it."""
    known: dict[str, Any] = {"__plain_missing__": _MISSING}
    parameters, body = ["self"], []
    for field in fields:
        name, value = field.name, field.name
        given = f"__plain_{name}__"
        if field.default is not _MISSING:
            known[given] = field.default
            parameters.append(f"{name}={given}")
        elif field.default_factory is not _MISSING:
            known[given] = field.default_factory
            parameters.append(f"{name}=__plain_missing__")
            value = f"{given}() if {name} is __plain_missing__ else {name}"
        elif "=" in parameters[-1]:
            raise TypeError(f"non-default argument {name!r} follows default argument")
        else:
            parameters.append(name)
        if frozen:
            known[f"__plain_fill_{name}__"] = vars(made)[name].__set__
            body.append(f"__plain_fill_{name}__(self,{value})")
        else:
            body.append(f"self.{name}={value}")
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    lines = "\n ".join(body or ["pass"])
    exec(f"def __init__({','.join(parameters)}):\n {lines}", known)  # noqa: S102 - names of fields
    method: Method = known["__init__"]
    return method


def _values(names: tuple[str, ...]) -> Values:
    """An object's fields as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda thing: tuple(getattr(thing, name) for name in names)


def _repr(names: tuple[str, ...]) -> Method:
    @recursive_repr()
    def method(self: Any) -> str:  # noqa: ANN401 - of whatever class
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({said})"

    return method


def _eq(values: Values) -> Method:
    def method(self: object, other: object) -> Any:  # noqa: ANN401 - or NotImplemented
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    return method


def _hash(values: Values) -> Method:
    def method(self: object) -> int:
        return hash(values(self))

    return method


def _frozen(names: tuple[str, ...]) -> dict[str, Method]:
    """Nothing is assigned or deleted; a pickle brings the fields back nevertheless."""

    def assign(self: object, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def delete(self: object, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def state(self: object) -> list[object]:
        return [getattr(self, name) for name in names]

    def set_state(self: object, state: list[object]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__setattr__": assign,
        "__delattr__": delete,
        "__getstate__": state,
        "__setstate__": set_state,
    }
