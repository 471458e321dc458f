"""The quick ``dataclass`` does what the standard library's does."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil
import textwrap
import weakref
from dataclasses import KW_ONLY, InitVar  # noqa: F401 - annotations below are read in this module
from typing import ClassVar  # noqa: F401 - as above

import pytest

import harness
from harness.core import plain_class
from harness.core.plain import dataclass

FORMS = ({}, {"frozen": True}, {"slots": True}, {"frozen": True, "slots": True})
PLAIN = {
    "empty": "",
    "one": "a: int",
    "two": "a: int\nb: str = 'x'",
    "several": "a: int\nb: str = 'x'\nc: tuple[int, ...] = ()",
    "factory": "a: int\nb: list[int] = field(default_factory=list)",
    "default in a field": "a: int = field(default=7)",
    "documented": '"""What it is."""\na: int = 0',
    "method and property": "a: int = 3\n@property\ndef twice(self): return 2 * self.a",
    "post": "a: int\ndef __post_init__(self): assert self.a != 13",
    "own repr": "a: int\ndef __repr__(self): return f'<{self.a}>'",
    "own eq": "a: int\ndef __eq__(self, other): return True",
    "own hash": "a: int\ndef __hash__(self): return 5",
    "own eq and hash": "a: int\ndef __eq__(self, other): return True\ndef __hash__(self): return 5",
    "own init": "a: int\ndef __init__(self): object.__setattr__(self, 'a', 1)",
    "self and names of ours": "_put: int\n_MISSING: int = 2\nmade: int = 3",
}
OTHERS = {
    "class variable": "a: int\nK: ClassVar[int] = 4",
    "only for init": "a: int\nb: InitVar[int] = 4",
    "by keyword from here": "a: int\n_: KW_ONLY\nb: int = 4",
    "annotation that is no text": "a: int\n__annotations__['b'] = int",
    "left out of eq": "a: int\nb: int = field(default=1, compare=False)",
    "left out of repr": "a: int\nb: int = field(default=1, repr=False)",
    "left out of init": "a: int\nb: int = field(default=1, init=False)",
    "by keyword": "a: int\nb: int = field(default=1, kw_only=True)",
}
VALUES = ((), (1,), (1, "y"), (2, "y"), (13,))


def make(decorator, body: str, form: dict[str, bool], name: str = "Thing"):
    """The class of ``body`` under a decorator; in this module, so that it can be pickled."""
    known = dict(vars(dataclasses), ClassVar=None, decorator=decorator, form=form)
    known["__name__"] = __name__
    source = f"class {name}:\n" + textwrap.indent(body or "pass", "    ")
    exec("from __future__ import annotations\n@decorator(**form)\n" + source, known)
    return known[name]


def outcome(work):
    """What ``work`` returns, or the kind and text of what it raises."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - any may come out of either
        return type(error), str(error)


def seen(cls, arguments, form, monkeypatch):
    """Everything that can be seen of a class and of an object of it, in plain values."""
    monkeypatch.setitem(globals(), "Thing", cls)
    thing = outcome(lambda: cls(*arguments))
    if type(thing) is not cls:
        return thing
    again = cls(*arguments)
    names = [field.name for field in dataclasses.fields(cls)]
    first = names[0] if names else "a"
    return {
        "repr": repr(thing),
        "equal": thing == again,
        "unequal to another kind": thing == arguments,
        "hash": outcome(lambda: hash(thing) == hash(again)),
        "hash as of a tuple": outcome(lambda: hash(thing) == hash(dataclasses.astuple(thing))),
        "fields": [(f.name, f.type, f.init, f.repr, f.compare) for f in dataclasses.fields(cls)],
        "dict": outcome(lambda: dataclasses.asdict(thing)),
        "replaced": outcome(lambda: repr(dataclasses.replace(thing, **{first: 2}))),
        "set": outcome(lambda: setattr(thing, first, getattr(thing, first))),
        "set another": outcome(lambda: setattr(thing, "unknown", 1)) is None,
        "deleted": outcome(lambda: delattr(again, first)) if names else "nothing is",
        "pickled": outcome(lambda: repr(pickle.loads(pickle.dumps(thing)))),
        "copied": outcome(lambda: repr(copy.deepcopy(thing))),
        "weakly referred to": outcome(lambda: type(weakref.ref(thing))),
        "of the class": [
            repr(vars(cls).get(name)) for name in names if not hasattr(cls, "__slots__")
        ],
        "match": cls.__match_args__,
        "has a dict": hasattr(thing, "__dict__"),
        "parameters": [(p.name, p.kind) for p in inspect.signature(cls).parameters.values()],
        "name": (cls.__name__, cls.__qualname__, cls.__module__),
        "init": cls.__init__.__qualname__.rpartition(".")[0] in (cls.__qualname__, "object"),
    }


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "+".join(form) or "plain")
@pytest.mark.parametrize("body", [*PLAIN.values(), *OTHERS.values()], ids=[*PLAIN, *OTHERS])
def test_it_behaves_as_the_original(body, form, monkeypatch):
    ours, theirs = make(dataclass, body, form), make(dataclasses.dataclass, body, form)
    tried = [seen(theirs, arguments, form, monkeypatch) for arguments in VALUES]
    assert [seen(ours, arguments, form, monkeypatch) for arguments in VALUES] == tried
    assert any(isinstance(result, dict) for result in tried)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "+".join(form) or "plain")
def test_it_makes_the_plain_ones_and_leaves_the_others_to_the_original(form, monkeypatch):
    made, work = [], plain_class._made
    monkeypatch.setattr(plain_class, "_made", lambda *a, **k: made.append(a[0]) or work(*a, **k))
    for name, body in {**PLAIN, **OTHERS}.items():
        make(dataclass, body, form)
        assert bool(made) is (name in PLAIN and "slots" in form), name
        made.clear()


def test_a_class_says_what_it_is_called_where_it_says_nothing_else():
    assert make(dataclass, "a: int", {"slots": True}).__doc__ == "Thing"
    assert make(dataclass, PLAIN["documented"], {"slots": True}).__doc__ == "What it is."


def test_a_class_within_a_function_keeps_its_whole_name():
    @dataclass(slots=True)
    class Inner:
        a: int = 1

    whole = "test_a_class_within_a_function_keeps_its_whole_name.<locals>.Inner"
    assert Inner.__qualname__ == whole
    assert Inner.__init__.__qualname__ == f"{whole}.__init__"
    assert (Inner.__init__.__name__, Inner.__eq__.__name__) == ("__init__", "__eq__")


@pytest.mark.parametrize("body", ["a: int = 1\nb: str", "a: list[int] = []", "a: dict = {}"])
def test_what_the_original_refuses_is_refused(body):
    said = []
    for decorator in (dataclass, dataclasses.dataclass):
        with pytest.raises((TypeError, ValueError)) as refused:
            make(decorator, body, {"slots": True})
        said.append((refused.type, str(refused.value)))
    assert said[0] == said[1]


def test_every_object_gets_a_list_of_its_own():
    made = make(dataclass, PLAIN["factory"], {"frozen": True, "slots": True})
    one, other = made(1), made(1)
    one.b.append(5)
    assert (one.b, other.b) == ([5], [])
    assert made(1, [2]).b == [2]


def test_an_object_within_itself_has_an_end():
    made = make(dataclass, "a: list[object]", {"slots": True})
    thing = made([])
    thing.a.append(thing)
    assert repr(thing) == "Thing(a=[...])"


def test_a_dataclass_below_it_is_the_original_and_knows_that_it_is_frozen():
    above = make(dataclass, "a: int", {"frozen": True, "slots": True})

    @dataclass(frozen=True, slots=True)
    class Below(above):
        b: int = 2

    assert repr(Below(1)).endswith("Below(a=1, b=2)")
    with pytest.raises(TypeError, match="non-frozen"):

        @dataclasses.dataclass
        class Loose(above):
            b: int = 2


def test_the_classes_of_the_harness_are_made_by_it():
    """And what an object is made with is the fields of its class, in their order."""
    ours, original = 0, []
    for module in pkgutil.walk_packages(harness.__path__, "harness."):
        if module.name.endswith("__main__") or module.name == plain_class.__name__:
            continue
        for cls in vars(importlib.import_module(module.name)).values():
            if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
                continue
            if cls.__module__ != module.name:
                continue
            names = [field.name for field in dataclasses.fields(cls) if field.init]
            assert list(inspect.signature(cls).parameters) == names, cls
            if cls.__eq__.__code__.co_filename == plain_class.__file__:
                ours += 1
            else:
                original.append(cls.__name__)
    assert ours > 200
    assert len(original) < 20, original
