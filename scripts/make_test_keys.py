"""Write vectors/keys/*.toml again from their seeds: the result is the same on every machine.

Usage: .venv/bin/python scripts/make_test_keys.py [NAME ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

from harness.crypto.keys import RECIPES, KeyRecipe

_TEMPLATE = """\
# TEST KEY, PUBLIC ON PURPOSE, NOT A SCHEME KEY.
# The private half is in this file: whatever it signs proves nothing about a card.
# Generated from its name by scripts/make_test_keys.py; do not edit.
schema = 1
name = "{name}"
purpose = "{purpose}"
bits = {bits}
exponent = {exponent}
seed = "{seed}"
modulus = "{modulus}"
p = "{p:X}"
q = "{q:X}"
"""


def text_of(recipe: KeyRecipe) -> str:
    """The file that belongs to ``recipe``."""
    key = recipe.make()
    return _TEMPLATE.format(
        name=recipe.name,
        purpose=recipe.purpose,
        bits=recipe.bits,
        exponent=recipe.exponent,
        seed=recipe.seed.hex().upper(),
        modulus=key.public.modulus.hex().upper(),
        p=key.p,
        q=key.q,
    )


def main(names: list[str]) -> None:
    """Write the named keys, or all."""
    folder = Path(__file__).resolve().parent.parent / "vectors" / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    for recipe in RECIPES:
        if names and recipe.name not in names:
            continue
        (folder / f"{recipe.name}.toml").write_text(text_of(recipe), encoding="ascii")
        print(recipe.name)


if __name__ == "__main__":
    main(sys.argv[1:])
