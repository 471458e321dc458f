"""Named misbehaviours of a virtual card (``vectors/faults/*.toml``): what the card does, and what
the harness must then say."""

from __future__ import annotations

from pathlib import Path

from harness.core import paths
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.verdict import Verdict
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, find, ids, read_toml

ANSWER_KINDS = ("no-answer", "removal", "delay", "cut", "status", "flip", "tag", "memory")
"""What happens while commands are answered: these take a step."""

CARD_KINDS = ("image", "object", "record", "certificate", "atr")
"""What is different about the card from its personalisation on: these take none."""

KINDS = ANSWER_KINDS + CARD_KINDS

PARAMETERS = {
    "delay": ("delay_ms",),
    "status": ("status",),
    "tag": ("tag",),
    "memory": ("atc_step",),
    "image": ("change",),
    "object": ("tag",),
    "record": ("recode",),
    "certificate": ("certificate",),
    "atr": ("atr",),
}
"""Keys that a kind cannot do without."""

CHANGES = (
    "application-blocked",
    "certificate-expired",
    "effective-tomorrow",
    "expired",
    "key-of-another-card",
    "pin-blocked",
    "static-data-changed",
    "track2-of-another-card",
    "weak-key",
    "wrong-check-digit",
)
RECODINGS = ("non-minimal", "indefinite", "repeat", "drop")
CERTIFICATES = ("issuer", "icc")
RESETS = ("both", "cold", "warm")
SUITES = ("card", "reader")


@dataclass(frozen=True, slots=True)
class FaultFile:
    """``kind`` chooses what the card does; the fields after ``image`` are its parameters (see
    docs/formats/fault.md). ``step`` is where it strikes when nothing is written after the name.
    ``verdict`` and ``check`` of ``suite`` say what a run with this fault has to report at least,
    ``image`` on which card, ``example`` is a fault specification to try, ``observed`` what a
    person sees."""

    schema: int
    name: str
    kind: str
    description: str
    example: str
    verdict: Verdict
    check: str
    observed: str
    suite: str = "card"
    image: str = "visa-credit"
    step: str = ""
    delay_ms: int = 0
    keep_percent: int = 50
    status: int = 0
    tag: int = 0
    value: bytes = b""
    append: bytes = b""
    drop: bool = False
    atc_step: int = 0
    change: str = ""
    recode: str = ""
    certificate: str = ""
    at: int = 0
    rehash: bool = True
    atr: bytes = b""
    reset: str = "both"
    path: Path | None = None

    @property
    def changes_card(self) -> bool:
        """Is the card itself different (then the fault takes no step)?"""
        return self.kind in CARD_KINDS


def faults_folder() -> Path:
    """Where the shipped faults are."""
    return paths.vectors() / "faults"


def fault_names() -> list[str]:
    """Names of the shipped faults."""
    return ids(faults_folder())


def load_fault(name: str | Path) -> FaultFile:
    """The fault with this name, or in this file. Raises ConfigError, ConfigErrors."""
    path = find(_("fault"), name, faults_folder(), "emv-harness card faults")
    return parse(read_toml(path), path)


def parse(table: dict[str, object], path: Path) -> FaultFile:
    """A FaultFile from the dictionary of its file. Raises ConfigErrors."""
    top = Fields(table)
    expect = top.table("expect", REQUIRED) or Fields({})
    kind = top.text("kind", REQUIRED, choices=KINDS) or KINDS[0]
    made = FaultFile(
        schema=top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA),
        name=top.text("name", REQUIRED, pattern="[a-z0-9-]+", shape=_("a name such as mute")),
        kind=kind,
        description=top.text("description", REQUIRED),
        example=top.text("example", REQUIRED),
        verdict=Verdict(
            expect.text("verdict", REQUIRED, choices=[item.value for item in Verdict]) or "FAIL"
        ),
        check=expect.text("check", REQUIRED),
        suite=expect.text("suite", "card", choices=SUITES),
        observed=expect.text("observed", REQUIRED),
        image=expect.text("image", "visa-credit"),
        step=top.text("step"),
        delay_ms=top.number("delay_ms", 0, low=0, high=60000),
        keep_percent=top.number("keep_percent", 50, low=0, high=99),
        status=_hex(top, "status", "[0-9A-F]{4}", _("4 hex digits")),
        tag=_hex(top, "tag", "([0-9A-F]{2}){1,3}", _("a tag such as 9F26")),
        value=top.octets("value", b"", sizes=range(253)),
        append=top.octets("append", b"", sizes=range(253)),
        drop=top.flag("drop"),
        atc_step=top.number("atc_step", 0, low=-1, high=0xFFFF),
        change=top.text("change", choices=("", *CHANGES)),
        recode=top.text("recode", choices=("", *RECODINGS)),
        certificate=top.text("certificate", choices=("", *CERTIFICATES)),
        at=top.number("at", 0, low=-248, high=247),
        rehash=top.flag("rehash", default=True),
        atr=top.octets("atr", b"", sizes=range(34)),
        reset=top.text("reset", "both", choices=RESETS),
        path=path,
    )
    expect.done()
    for key in PARAMETERS.get(kind, ()):
        if not getattr(made, key):
            top.problem(key, _("is missing: kind {kind} needs it").format(kind=kind))
    if made.changes_card and made.step:
        top.problem("step", _("kind {kind} changes the card, and takes no step").format(kind=kind))
    top.finish(_("the fault has mistakes"), str(path))
    return made


def _hex(fields: Fields, key: str, pattern: str, shape: str) -> int:
    text = fields.text(key, pattern=pattern, shape=shape)
    try:
        return int(text or "0", 16)
    except ValueError:  # already noted as a problem
        return 0
