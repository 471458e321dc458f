#!/usr/bin/env python3
"""Texts for people: collects them into the template, merges it into the Chinese catalogue, and
compiles that. Needs neither gettext's tools nor the harness to be installed.

    scripts/make_locale.py              collect, merge, compile
    scripts/make_locale.py FILE.tsv...  and take over the translations of these files
    scripts/make_locale.py --missing    print what has none, as lines of such a file
    scripts/make_locale.py --check      exit code 1 when the compiled catalogue is not the .po's

A line of FILE.tsv is a text, a tab and its translation; a line end within is written ``\\n``.
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
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "harness"
LOCALE = PACKAGE / "locale"
TEMPLATE = LOCALE / "emv-harness.pot"
CATALOGUE = LOCALE / "zh" / "LC_MESSAGES" / "emv-harness.po"
DATA = PACKAGE / "data"
STATUS_WORDS = DATA / "status_words.toml"
TEMPLATE_TEXT = re.compile(r'_\("([^"]+)"\)')
FUNCTIONS = {"_": 1, "N_": 1, "ngettext": 2}
NAMED = ("Measurement", "Finding", "log.check")
"""Calls whose first argument is an English name in records, and shown to people through ``_``."""
CHINESE = "\u3001\u3002\u3400-\u9fff\uff08\uff09\uff0c\uff1a\uff1b"
WORDS = re.compile(r"[a-z]{2,}[ ,:]|[a-z]{3,}$")
"""What an English message has, and an option, a path or a key has not."""
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
    """Every text for people under ``harness/FOLDER``: what is passed to ``_``, ``N_`` or
    ``ngettext`` in modules and templates, what an error says, the docstrings of commands (their
    help texts), and the names and meanings in the data files."""
    found: dict[str, Message] = {}
    errors = error_classes()
    for folder in folders:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for text, plural in texts_of(ast.parse(path.read_text(encoding="utf-8")), errors):
                message = found.setdefault(text, Message(text))
                message.plural = message.plural or plural
                message.files.add(name)
        for path in sorted((PACKAGE / folder).rglob("*.j2")):
            for text in TEMPLATE_TEXT.findall(path.read_text(encoding="utf-8")):
                message = found.setdefault(text, Message(text))
                message.files.add(path.relative_to(ROOT).as_posix())
    if folders == ("",):
        for text, file in data_texts():
            message = found.setdefault(text, Message(text))
            message.files.add(file.relative_to(ROOT).as_posix())
    return found


def data_texts() -> Iterator[tuple[str, Path]]:
    """Meanings of status words, names of tags, bits and codes, what faults do, names of terminal
    configurations: data, shown through ``_``. Countries, currencies, languages and merchant
    categories keep the names of their standards, cards the names of their makers."""
    words = toml(STATUS_WORDS)
    for table in (words["class"], words["word"], *words["command"].values()):
        yield from ((text, STATUS_WORDS) for text in table.values())
    for group in toml(DATA / "tags.toml").values():
        for entry in group["tags"].values():
            yield entry["name"], DATA / "tags.toml"
    fields = toml(DATA / "bitfields.toml")
    for bits in fields["bits"].values():
        for byte in bits["bytes"]:
            yield from ((name, DATA / "bitfields.toml") for name in byte if name)
    for codes in fields["codes"].values():
        yield from ((name, DATA / "bitfields.toml") for name in codes["values"].values())
    for file in sorted((ROOT / "vectors" / "faults").glob("*.toml")):
        yield toml(file)["description"], file
    for file in sorted((DATA / "terminals").glob("*.toml")):
        yield toml(file)["name"], file


def toml(path: Path) -> dict[str, Any]:
    """A data file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def error_classes() -> set[str]:
    """Names of the classes of the exception tree."""
    tree = ast.parse((PACKAGE / "core" / "errors.py").read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


def texts_of(tree: ast.Module, errors: set[str]) -> Iterator[tuple[str, str]]:
    """(text, plural) pairs of one module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from texts_of_call(node, errors)
        elif isinstance(node, ast.FunctionDef) and is_command(node):
            text = ast.get_docstring(node) or ""
            yield "\n\n".join(" ".join(part.split()) for part in text.split("\n\n")), ""


def texts_of_call(node: ast.Call, errors: set[str]) -> Iterator[tuple[str, str]]:
    """What a call marks: by its function, or because an error is made."""
    name = ast.unparse(node.func)
    count = FUNCTIONS.get(name, 1 if name in NAMED else 0)
    words = [literal(item) for item in node.args[:count]]
    letters = words and re.search(r"[A-Za-z]", re.sub(r"\{[^{}]*\}", "", words[0] or ""))
    if count and len(words) == count and all(words) and letters:
        yield str(words[0]), str(words[1]) if count == 2 else ""
    if name in errors:
        said = [*node.args[:1], *(item.value for item in node.keywords if item.arg == "todo")]
        for text in map(literal, said):
            if text and WORDS.search(text):
                yield text, ""


def literal(node: ast.expr) -> str | None:
    """The text of a string literal (implicit concatenation included), else None. An f-string
    gives a template with the placeholders {a}, {b}, ...: an English message is taken apart by it
    when it is shown (``harness.core.retranslate``)."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    text, names = "", iter("abcdefghijkl")
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            text += "{" + next(names) + "}"
        elif isinstance(part, ast.Constant):
            text += str(part.value).replace("{", "{{").replace("}", "}}")
    return text


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


def take_over(messages: dict[str, Message], file: Path) -> None:
    """The translations of a .tsv file; one that belongs to no text is told."""
    for row in file.read_text(encoding="utf-8").splitlines():
        text, _tab, translation = (part.replace("\\n", "\n") for part in row.partition("\t"))
        if text in messages and translation:
            messages[text].translations = [full_width(translation)]
        elif row.strip():
            print(f"{file.name}: no such text: {text}")


def full_width(text: str) -> str:
    """Commas, colons, semicolons and brackets beside a Chinese character in their full width,
    but in what is typed or filled in: `` `code` ``, ``--option``, ``{placeholder}``."""
    kept = re.split(r"(\{[^{}]*\}|`[^`]*`|--[a-z-]+)", text)
    joined = "".join(part if n % 2 == 0 else chr(0xE000 + n) for n, part in enumerate(kept))
    joined = re.sub(rf" ?\(([^()]*[{CHINESE}][^()]*)\)", r"（\1）", joined)
    joined = re.sub(rf"(?<=[{CHINESE}]) ?\(([^()]*)\)", r"（\1）", joined)
    for mark, wide in (",，", ":：", ";；"):
        joined = re.sub(rf"(?<=[{CHINESE}]){mark} ?|(?<=\S){mark} ?(?=[{CHINESE}])", wide, joined)
    return "".join(kept[ord(c) - 0xE000] if "\ue000" <= c <= "\uf8ff" else c for c in joined)


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
    for name in arguments:
        if not name.startswith("--"):
            take_over(messages, Path(name))
    write_po(messages, CATALOGUE, "zh")
    compiled.write_bytes(compile_mo(read_po(CATALOGUE)))
    missing = [m.text for m in messages.values() if not all(m.translations) or not m.translations]
    print(f"{len(messages)} texts, {len(missing)} not translated")
    if "--missing" in arguments:
        print("\n".join(text.replace("\n", "\\n") + "\t" for text in missing))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
