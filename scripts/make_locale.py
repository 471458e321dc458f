#!/usr/bin/env python3
"""Texts for people: collects them into the template, merges it into the Chinese catalogue, and
compiles that. Needs neither gettext's tools nor the harness to be installed.

    scripts/make_locale.py            collect, merge, compile
    scripts/make_locale.py --check    exit code 1 when the compiled catalogue is not the .po's
"""

from __future__ import annotations

import ast
import re
import struct
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "harness"
LOCALE = PACKAGE / "locale"
TEMPLATE = LOCALE / "emv-harness.pot"
CATALOGUE = LOCALE / "zh" / "LC_MESSAGES" / "emv-harness.po"
STATUS_WORDS = PACKAGE / "data" / "status_words.toml"
TEMPLATE_TEXT = re.compile(r'_\("([^"]+)"\)')
FUNCTIONS = {"_": 1, "N_": 1, "ngettext": 2}
HEADER = (
    "Project-Id-Version: emv-harness\n"
    "Language: {language}\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: {plurals}\n"
)
PLURALS = {"": "nplurals=2; plural=(n != 1);", "zh": "nplurals=1; plural=0;"}


@dataclass
class Message:
    """One entry: text, its plural (or empty), translations, and the files that use it."""

    text: str
    plural: str = ""
    translations: list[str] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    obsolete: bool = False


def collect(folders: tuple[str, ...] = ("",)) -> dict[str, Message]:
    """Every text that is passed to ``_``, ``N_`` or ``ngettext`` under ``harness/FOLDER``, in
    modules and templates, and the docstrings of commands, which are their help texts."""
    found: dict[str, Message] = {}
    for folder in folders:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for text, plural in texts_of(ast.parse(path.read_text(encoding="utf-8"))):
                message = found.setdefault(text, Message(text))
                message.plural = message.plural or plural
                message.files.add(name)
        for path in sorted((PACKAGE / folder).rglob("*.j2")):
            for text in TEMPLATE_TEXT.findall(path.read_text(encoding="utf-8")):
                message = found.setdefault(text, Message(text))
                message.files.add(path.relative_to(ROOT).as_posix())
    if folders == ("",):
        for text in status_meanings():
            message = found.setdefault(text, Message(text))
            message.files.add(STATUS_WORDS.relative_to(ROOT).as_posix())
    return found


def status_meanings() -> Iterator[str]:
    """Meanings of status words: data, shown through ``_`` beside every status word of a trace."""
    data = tomllib.loads(STATUS_WORDS.read_text(encoding="utf-8"))
    for table in (data["class"], data["word"], *data["command"].values()):
        yield from table.values()


def texts_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(text, plural) pairs of one module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            count = FUNCTIONS.get(node.func.id, 0)
            words = [literal(item) for item in node.args[:count]]
            if count and len(words) == count and all(words):
                yield str(words[0]), str(words[1]) if count == 2 else ""
        elif isinstance(node, ast.FunctionDef) and is_command(node):
            text = ast.get_docstring(node) or ""
            yield "\n\n".join(" ".join(part.split()) for part in text.split("\n\n")), ""


def literal(node: ast.expr) -> str | None:
    """The value of a string literal (implicit concatenation included), else None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def is_command(node: ast.FunctionDef) -> bool:
    """Is it decorated with ``click.command`` or ``click.group``?"""
    return any(
        isinstance(item, ast.Call)
        and isinstance(item.func, ast.Attribute)
        and item.func.attr in ("command", "group")
        for item in node.decorator_list
    )


def quote(text: str) -> str:
    """A .po string; one line of the file for each line of the text."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    lines = escaped.split("\n")
    pieces = [line + "\\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    if len(pieces) <= 1:
        return f'"{pieces[0] if pieces else ""}"'
    return '""\n' + "\n".join(f'"{piece}"' for piece in pieces)


def write_po(messages: dict[str, Message], path: Path, language: str) -> None:
    """Write a .po or .pot file, entries by text; no line numbers, so that it changes little."""
    header = HEADER.format(language=language, plurals=PLURALS[language])
    parts = [f"msgid {quote('')}\nmsgstr {quote(header)}\n"]
    for text in sorted(messages):
        message = messages[text]
        lines = [f"#: {name}" for name in sorted(message.files)]
        lines.append(f"msgid {quote(text)}")
        if message.plural:
            lines.append(f"msgid_plural {quote(message.plural)}")
            given = message.translations or ([""] if language else ["", ""])
            lines += [f"msgstr[{n}] {quote(item)}" for n, item in enumerate(given)]
        else:
            lines.append(f"msgstr {quote((message.translations or [''])[0])}")
        parts.append("\n".join(lines) + "\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def read_po(path: Path) -> dict[str, Message]:
    """Entries of a .po file by text; the header is the entry of the empty text."""
    found: dict[str, Message] = {}
    fields: dict[str, str] = {}
    current = ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if "msgid" in fields:
                message = Message(fields["msgid"], fields.get("msgid_plural", ""))
                message.translations = [
                    fields[key] for key in sorted(fields) if key.startswith("msgstr")
                ]
                found[message.text] = message
            fields, current = {}, ""
            continue
        text = line
        if not line.startswith('"'):
            current, _space, text = line.partition(" ")
            fields[current] = ""
        fields[current] += ast.literal_eval(text)
    return found


def merge(template: dict[str, Message], known: dict[str, Message]) -> dict[str, Message]:
    """The template's entries with the translations that are known."""
    for text, message in template.items():
        old = known.get(text)
        if old is not None:
            message.translations = old.translations
    return template


def compile_mo(messages: dict[str, Message]) -> bytes:
    """The binary catalogue (GNU gettext manual, "The Format of GNU MO Files")."""
    pairs = []
    for text, message in messages.items():
        if not all(message.translations) or not message.translations:
            continue
        key = f"{text}\0{message.plural}" if message.plural else text
        pairs.append((key.encode(), "\0".join(message.translations).encode()))
    pairs.sort()
    count = len(pairs)
    keys_at, values_at = 28, 28 + 8 * count
    position = values_at + 8 * count
    tables: list[bytes] = []
    blob = b""
    for part in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[part]), position + len(blob)))
            blob += pair[part] + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, count, keys_at, values_at, 0, 0)
    return header + b"".join(tables) + blob


def main(arguments: list[str]) -> int:
    """Collect, merge and compile, or only check."""
    compiled = CATALOGUE.with_suffix(".mo")
    if "--check" in arguments:
        fresh = compiled.read_bytes() == compile_mo(read_po(CATALOGUE))
        print("up to date" if fresh else f"{compiled} is stale: run scripts/make_locale.py")
        return 0 if fresh else 1
    template = collect()
    write_po(template, TEMPLATE, "")
    known = read_po(CATALOGUE) if CATALOGUE.exists() else {}
    messages = merge(template, known)
    write_po(messages, CATALOGUE, "zh")
    compiled.write_bytes(compile_mo(read_po(CATALOGUE)))
    missing = sum(not all(m.translations) or not m.translations for m in messages.values())
    print(f"{len(messages)} texts, {missing} not translated")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
