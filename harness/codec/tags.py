"""The tag dictionary: what a tag is called, how it is coded, who defines it - by context.

Some tags mean different things by scheme (9F6E is the form factor indicator of Visa and the
third-party data of Mastercard). ``lookup`` takes the AID or the contactless kernel as context,
and marks an answer as a guess when a scoped tag was asked for without any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from harness.codec.data import section
from harness.core.plain import dataclass
from harness.core.spec import Spec


@dataclass(frozen=True, slots=True)
class TagInfo:
    """One dictionary entry.

    ``format`` is b, n, cn, an, ans or var; lengths are in bytes of the value, ``max_len`` None
    where there is no limit. ``source`` is card, terminal, issuer or empty; ``templates`` the tags
    that it may stand in; ``scope`` names whose tag it is, ``guess`` is true when the context did
    not decide between several. ``show`` names how ``bits.describe`` puts a value into words.
    ``within`` holds the templates (paths) to which alone this meaning belongs.
    """

    tag: int
    name: str
    format: str
    min_len: int
    max_len: int | None
    source: str
    templates: tuple[int, ...]
    sensitive: bool
    spec: Spec
    scope: str = ""
    guess: bool = False
    show: str = ""
    within: tuple[str, ...] = ()

    @property
    def tag_hex(self) -> str:
        """The tag in upper-case hex."""
        return f"{self.tag:02X}"

    def length_ok(self, length: int) -> bool:
        """Is ``length`` one that the entry allows?"""
        return self.min_len <= length and (self.max_len is None or length <= self.max_len)


def lookup(
    tag: int,
    *,
    aid: bytes | None = None,
    kernel: int | None = None,
    length: int | None = None,
    path: str = "",
) -> TagInfo | None:
    """The entry for ``tag`` in the context of the selected application or kernel.

    ``aid`` may be longer than a RID. ``path`` names the templates around the object (``62/A5``):
    what is in a template whose content the dictionary knows as a whole (file control parameters,
    certificates, key information) has the meaning that it has there, and a context-specific tag
    (80 to BF) that is not listed for it has none. Where the context does not decide between
    several meanings, the first that allows a value of ``length`` bytes is taken, and marked as a
    guess. None: the tag is not known.
    """
    place = _place(path) if path else ""
    if place:
        inside = _inside(tag, place)
        if inside is not None or 0x80 <= tag <= 0xBF:
            return inside
    rid = bytes(aid[:5]).hex().upper() if aid else ""
    found = _lookup(tag, rid, kernel)
    if found is not None and found.guess and length is not None and not found.length_ok(length):
        fitting = (entry for entry in meanings(tag) if entry.length_ok(length) and not entry.within)
        better = next(fitting, None)
        return found if better is None else replace(better, guess=True)
    return found


@cache
def meanings(tag: int) -> tuple[TagInfo, ...]:
    """Every meaning of ``tag``, whatever the scheme, in the order of the dictionary."""
    text = f"{tag:02X}"
    return tuple(_info(text, number) for number in range(len(_index().get(text, ()))))


def all_entries() -> Iterator[TagInfo]:
    """Every entry of the dictionary, scoped ones each by itself, by tag."""
    for text in sorted(_index(), key=lambda item: int(item, 16)):
        for number in range(len(_index()[text])):
            yield _info(text, number)


@cache
def _index() -> dict[str, list[str]]:
    """Tag text to its places: group names in dictionary order."""
    found: dict[str, list[str]] = {}
    for name, group in section("tags").items():
        for text in group["tags"]:
            found.setdefault(text, []).append(name)
    return found


@cache
def _places() -> frozenset[str]:
    """Every path that a group names as the home of its meanings."""
    return frozenset(
        place for group in section("tags").values() for place in group.get("within", ())
    )


@lru_cache(maxsize=1024)
def _place(path: str) -> str:
    """The longest end of ``path`` that is the home of a group; empty where there is none."""
    parts = path.rsplit("/", 2)
    for count in (2, 1):
        if len(parts) >= count and (end := "/".join(parts[-count:])) in _places():
            return end
    return ""


@lru_cache(maxsize=1024)
def _inside(tag: int, place: str) -> TagInfo | None:
    """The meaning of ``tag`` in the template ``place``."""
    text = f"{tag:02X}"
    groups = section("tags")
    for number, name in enumerate(_index().get(text, ())):
        if place in groups[name].get("within", ()):
            return _info(text, number)
    return None


@lru_cache(maxsize=1024)
def _lookup(tag: int, rid: str, kernel: int | None) -> TagInfo | None:
    text = f"{tag:02X}"
    places = _index().get(text)
    if places is None:
        return None
    groups = section("tags")
    fallback: int | None = None
    scoped: list[int] = []
    for number, name in enumerate(places):
        group = groups[name]
        if "within" in group:
            continue
        if _in_scope(group, rid, kernel):
            return _info(text, number)
        if "scope" in group:
            scoped.append(number)
        elif fallback is None:
            fallback = number
    if fallback is not None:
        guess = not rid and kernel is None and bool(scoped)
        info = _info(text, fallback)
        return replace(info, guess=True) if guess else info
    if not scoped:
        return None
    first = next((number for number in scoped if _likely(places[number], text)), scoped[0])
    return replace(_info(text, first), guess=True)


def _likely(group: str, text: str) -> bool:
    """Is this the meaning that a tag most often has where no application is known?"""
    return bool(section("tags")[group]["tags"][text].get("likely", False))


def _in_scope(group: dict[str, Any], rid: str, kernel: int | None) -> bool:
    if "scope" not in group:
        return False
    if kernel is not None and "kernel" in group:
        return bool(group["kernel"] == kernel)
    return rid in group.get("rids", ())


@cache
def _info(text: str, number: int) -> TagInfo:
    name = _index()[text][number]
    group = section("tags")[name]
    raw: dict[str, Any] = group["tags"][text]
    shortest, longest = _lengths(raw.get("length", ""))
    document, clause = raw.get("spec", group["spec"])
    return TagInfo(
        tag=int(text, 16),
        name=raw["name"],
        format=raw.get("format", "b"),
        min_len=shortest,
        max_len=longest,
        source=raw.get("source", group.get("source", "")),
        templates=tuple(int(item, 16) for item in raw.get("in", ())),
        sensitive=bool(raw.get("sensitive", False)),
        spec=Spec(document, clause, bool(raw.get("verified", group.get("verified", False)))),
        scope=group.get("scope", ""),
        show=raw.get("show", ""),
        within=tuple(group.get("within", ())),
    )


def _lengths(text: str | int) -> tuple[int, int | None]:
    """``"6"``, ``"2-26"``, ``"8-"`` or empty (any)."""
    if isinstance(text, int):
        return text, text
    if not text:
        return 0, None
    low, dash, high = text.partition("-")
    if not dash:
        return int(low), int(low)
    return int(low), int(high) if high else None
