"""What to do about a name that nothing has: the nearest ones, and where all of them are listed."""

from __future__ import annotations

from collections.abc import Iterable

from harness.core.i18n import _

_SHORT = 16
"""As many names still read well in one message."""


def nearest(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The names that ``name`` may have been meant for, the likeliest first."""
    from difflib import get_close_matches  # only who was wrong waits for it

    known = {known.lower(): known for known in names}
    wanted = name.strip().lower()
    close = [known[near] for near in get_close_matches(wanted, known, n=most)]
    parts = [whole for low, whole in known.items() if len(wanted) > 1 and wanted in low]
    return list(dict.fromkeys((*close, *sorted(parts, key=len))))[:most]


def known_names(name: str, names: Iterable[str], listing: str = "") -> str:
    """One line for the user who wrote ``name``: did you mean ...; all names where they are few, or
    else the command ``listing`` that shows them."""
    every = list(names)
    near = nearest(name, every)
    told = [_("did you mean {name}?").format(name=", ".join(near))] if near else []
    if listing and len(every) > _SHORT:
        told.append(_("`{command}` lists all {n}").format(command=listing, n=len(every)))
    else:
        told.append(_("known: {names}").format(names=", ".join(every) or "-"))
    return "; ".join(told)
