"""Named misbehaviours of a virtual card (``vectors/faults/*.toml``): what the card does, and what
the harness must then say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.core import paths
from harness.core.i18n import _
from harness.core.verdict import Verdict
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, find, ids, read_toml

KINDS = ("no-answer", "delay", "cut", "status", "removal")


@dataclass(frozen=True, slots=True)
class FaultFile:
    """``kind`` chooses what the card does; ``delay_ms``, ``keep_percent`` and ``status`` are its
    parameters. ``verdict`` and ``check`` say what a run with this fault has to report at least,
    ``example`` is a fault specification to try, ``observed`` what a person sees."""

    schema: int
    name: str
    kind: str
    description: str
    example: str
    verdict: Verdict
    check: str
    observed: str
    delay_ms: int = 0
    keep_percent: int = 50
    status: int = 0
    path: Path | None = None


def faults_folder() -> Path:
    """Where the shipped faults are."""
    return paths.vectors() / "faults"


def fault_names() -> list[str]:
    """Names of the shipped faults."""
    return ids(faults_folder())


def load_fault(name: str | Path) -> FaultFile:
    """The fault with this name, or in this file. Raises ConfigError, ConfigErrors."""
    path = find(_("fault"), name, faults_folder())
    return parse(read_toml(path), path)


def parse(table: dict[str, object], path: Path) -> FaultFile:
    """A FaultFile from the dictionary of its file. Raises ConfigErrors."""
    top = Fields(table)
    expect = top.table("expect", REQUIRED) or Fields({})
    made = FaultFile(
        schema=top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA),
        name=top.text("name", REQUIRED, pattern="[a-z0-9-]+", shape=_("a name such as mute")),
        kind=top.text("kind", REQUIRED, choices=KINDS) or KINDS[0],
        description=top.text("description", REQUIRED),
        example=top.text("example", REQUIRED),
        verdict=Verdict(
            expect.text("verdict", REQUIRED, choices=[item.value for item in Verdict]) or "FAIL"
        ),
        check=expect.text("check", REQUIRED),
        observed=expect.text("observed", REQUIRED),
        delay_ms=top.number("delay_ms", 0, low=0, high=60000),
        keep_percent=top.number("keep_percent", 50, low=0, high=99),
        status=int(top.text("status", "0000", pattern="[0-9A-F]{4}", shape=_("4 hex digits")), 16),
        path=path,
    )
    expect.done()
    if made.kind == "delay" and not made.delay_ms:
        top.problem("delay_ms", _("is missing: a delay needs one"))
    if made.kind == "status" and not made.status:
        top.problem("status", _("is missing: which status word?"))
    top.finish(_("the fault has mistakes"), str(path))
    return made
