"""The tag dictionary: what a tag is called, how it is coded, who defines it - by context.

Some tags mean different things by scheme (9F6E is the form factor indicator of Visa and the
third-party data of Mastercard). ``lookup`` takes the AID or the contactless kernel as context,
and marks an answer as a guess when a scoped tag was asked for without any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from harness.codec.data import section
from harness.core.spec import Spec


@dataclass(frozen=True, slots=True)
class TagInfo:
    """One dictionary entry.

    ``format`` is b, n, cn, an, ans or var; lengths are in bytes of the value, ``max_len`` None
    where there is no limit. ``source`` is card, terminal, issuer or empty; ``templates`` the tags
    that it may stand in; ``scope`` names whose tag it is, ``guess`` is true when the context did
    not decide between several. ``show`` names how ``bits.describe`` puts a value into words.
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
) -> TagInfo | None:
    """The entry for ``tag`` in the context of the selected application or kernel.

    ``aid`` may be longer than a RID. Where the context does not decide between several meanings,
    the first that allows a value of ``length`` bytes is taken, and marked as a guess. None: the
    tag is not known.
    """
    rid = bytes(aid[:5]).hex().upper() if aid else ""
    found = _lookup(tag, rid, kernel)
    if found is not None and found.guess and length is not None and not found.length_ok(length):
        fitting = (entry for entry in meanings(tag) if entry.length_ok(length))
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


@lru_cache(maxsize=1024)
def _lookup(tag: int, rid: str, kernel: int | None) -> TagInfo | None:
    text = f"{tag:02X}"
    places = _index().get(text)
    if places is None:
        return None
    groups = section("tags")
    fallback: int | None = None
    for number, name in enumerate(places):
        group = groups[name]
        if _in_scope(group, rid, kernel):
            return _info(text, number)
        if "scope" not in group and fallback is None:
            fallback = number
    if fallback is not None:
        guess = not rid and kernel is None and len(places) > 1
        info = _info(text, fallback)
        return replace(info, guess=True) if guess else info
    return replace(_info(text, 0), guess=True)


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
