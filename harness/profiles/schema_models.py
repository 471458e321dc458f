"""The shapes of the files again, as pydantic models: for JSON Schema, and as a second opinion.

Imported only by ``schema``: a transaction never needs pydantic.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from harness.core.verdict import Verdict
from harness.profiles.fault_file import CARD_KINDS, PARAMETERS

Hex = Annotated[str, StringConstraints(pattern=r"^([\s:,;_-]*(0[xX])?[0-9A-Fa-f])*[\s]*$")]
Tag = Annotated[str, StringConstraints(pattern="^([0-9A-Fa-f]{2}){1,3}$")]
Slug = Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
TwoHex = Annotated[str, StringConstraints(pattern="^[0-9A-F]{2}$")]
Languages = Annotated[str, StringConstraints(pattern="^([a-z]{2}){0,4}$")]
Amount = Annotated[int, Field(ge=0, le=10**12 - 1)]
Byte = Annotated[int, Field(ge=0, le=255)]
Interface = Literal["contact", "contactless"]
Schema = Literal[1]


class Strict(BaseModel):
    """No unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True)


class StepModel(Strict):
    """One command of a sequence."""

    command: Hex
    expect: Annotated[str, StringConstraints(pattern="^[0-9A-Fa-fxX]{4}$")] = "9000"
    data: str = ""
    tags: dict[Tag, str] = {}
    note: str = ""
    reset: Literal["", "cold", "warm"] = ""


class SequenceModel(Strict):
    """An APDU sequence with expectations."""

    schema_: Annotated[Schema, Field(alias="schema")]
    name: str
    description: str = ""
    spec: str = ""
    image: str = ""
    changes_state: bool = False
    step: Annotated[list[StepModel], Field(min_length=1)]


class ExpectModel(Strict):
    """What a run with the fault has to report at least."""

    verdict: Annotated[Verdict, Field(strict=False)]
    check: str
    observed: str
    suite: Literal["card", "reader"] = "card"
    image: str = "visa-credit"


class FaultModel(Strict):
    """A named misbehaviour of a virtual card."""

    schema_: Annotated[Schema, Field(alias="schema")]
    name: Annotated[str, StringConstraints(pattern="^[a-z0-9-]+$")]
    kind: Literal[
        "no-answer",
        "removal",
        "delay",
        "cut",
        "status",
        "flip",
        "tag",
        "memory",
        "image",
        "object",
        "record",
        "certificate",
        "atr",
    ]
    description: str
    example: str
    expect: ExpectModel
    step: str = ""
    delay_ms: Annotated[int, Field(ge=0, le=60000)] = 0
    keep_percent: Annotated[int, Field(ge=0, le=99)] = 50
    status: Annotated[str, StringConstraints(pattern="^[0-9A-F]{4}$")] = "0000"
    tag: Annotated[str, StringConstraints(pattern="^([0-9A-F]{2}){1,3}$")] = "00"
    value: Hex = ""
    append: Hex = ""
    drop: bool = False
    atc_step: Annotated[int, Field(ge=-1, le=0xFFFF)] = 0
    change: Literal[
        "",
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
    ] = ""
    recode: Literal["", "non-minimal", "indefinite", "repeat", "drop"] = ""
    certificate: Literal["", "issuer", "icc"] = ""
    at: Annotated[int, Field(ge=-248, le=247)] = 0
    rehash: bool = True
    atr: Hex = ""
    reset: Literal["both", "cold", "warm"] = "both"

    @model_validator(mode="after")
    def kinds_have_their_parameters(self) -> FaultModel:
        """A delay has a duration, a status fault a status word, and so on."""
        for key in PARAMETERS.get(self.kind, ()):
            if str(getattr(self, key)) in {"", "0", "00", "0000"}:
                raise ValueError(f"{key} is missing")
        if self.kind in CARD_KINDS and self.step:
            raise ValueError("a fault that changes the card takes no step")
        return self


class MatchModel(Strict):
    """How a reader is recognised."""

    usb: Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$")] | None = None
    name: str = ""


class CcidModel(Strict):
    """Descriptor values of the reader (USB-IF Smart Card CCID 1.1, 5.1)."""

    slots: Annotated[int, Field(ge=1, le=16)] = 1
    voltages: list[Literal["5", "3", "1.8"]] = []
    protocols: list[Literal["T=0", "T=1"]] = []
    features: Annotated[int, Field(ge=0, le=0xFFFFFFFF)] = 0
    max_ifsd: Annotated[int, Field(ge=0, le=0xFFFF)] = 0
    max_message: Annotated[int, Field(ge=0, le=0xFFFFFFFF)] = 0
    clock_khz: list[int] = []
    rate_bps: list[int] = []
    pin: Annotated[int, Field(ge=0, le=3)] = 0
    lcd: Annotated[int, Field(ge=0, le=0xFFFF)] = 0
    interrupt: bool = True
    class_get_response: Byte = 0


class InterfaceModel(CcidModel):
    """One of several interfaces of a reader."""

    role: Literal["icc", "picc", "sam"]
    name: str = ""


class LimitsModel(Strict):
    """Limits that the model is held to; times in ms."""

    insert_ms: Annotated[float, Field(ge=0)] = 1000
    remove_ms: Annotated[float, Field(ge=0)] = 1000
    connect_ms: Annotated[float, Field(ge=0)] = 2000
    reset_ms: Annotated[float, Field(ge=0)] = 1000
    apdu_ms_p50: Annotated[float, Field(ge=0)] = 40
    apdu_ms_p95: Annotated[float, Field(ge=0)] = 100
    extended: bool = False
    max_data: Annotated[int, Field(ge=255, le=65536)] = 255
    min_firmware: str = ""


class QuirkModel(Strict):
    """A check that this model is known to answer otherwise."""

    test: str
    expect: str
    why: str


class ReaderProfileModel(Strict):
    """A reader model."""

    schema_: Annotated[Schema, Field(alias="schema")]
    name: str
    kind: Literal["contact", "contactless", "dual", "token", "virtual"]
    source: str = ""
    firmware: str = ""
    match: MatchModel | None = None
    ccid: CcidModel = CcidModel()
    limits: LimitsModel = LimitsModel()
    quirk: list[QuirkModel] = []
    interface: list[InterfaceModel] = []


class TerminalAidModel(Strict):
    """An AID that the terminal supports."""

    aid: Hex
    scheme: str
    partial: bool = True
    versions: list[Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{4}$")]]
    kernel: Annotated[int, Field(ge=-1, le=255)] = -1


class TacModel(Strict):
    """Terminal action codes."""

    denial: Hex = "0000000000"
    online: Hex = "0000000000"
    default: Hex = "0000000000"


class SchemeRiskModel(Strict):
    """Risk parameters of one RID, or of one AID."""

    rid: Hex
    scheme: str
    floor_limit: Amount
    random_threshold: Amount = 0
    random_target: Annotated[int, Field(ge=0, le=99)] = 0
    random_maximum: Annotated[int, Field(ge=0, le=99)] = 0
    tac: TacModel = TacModel()
    default_ddol: Hex = "9F3704"
    default_tdol: Hex = ""


class RevokedModel(Strict):
    """An issuer certificate that must not be used."""

    rid: Hex
    index: Hex
    serial: Hex


class ExceptionModel(Strict):
    """One card of the exception file."""

    pan: Annotated[str, StringConstraints(pattern="^[0-9]{8,19}$")]
    psn: Annotated[int, Field(ge=-1, le=99)] = -1


class CaKeyModel(Strict):
    """A CA key that the terminal holds."""

    rid: Hex
    index: Hex
    modulus: Hex = ""
    exponent: Literal[3, 65537] = 3
    expires: str = ""


class TerminalModel(Strict):
    """A terminal configuration."""

    schema_: Annotated[Schema, Field(alias="schema")]
    id: Annotated[str, StringConstraints(pattern="^[a-z0-9-]+$")]
    name: str
    note: str = ""
    terminal_type: Annotated[int, Field(ge=11, le=36)]
    country: Annotated[int, Field(ge=1, le=999)]
    currency: Annotated[int, Field(ge=1, le=999)]
    exponent: Annotated[int, Field(ge=0, le=9)] = 2
    capabilities: Hex
    additional_capabilities: Hex
    category_code: Annotated[int, Field(ge=0, le=9999)] = 5999
    merchant_id: Annotated[str, StringConstraints(pattern="^[ -~]{0,15}$")] = ""
    terminal_id: Annotated[str, StringConstraints(pattern="^[ -~]{8}$")] | None = None
    merchant_name: str = ""
    acquirer_id: Annotated[str, StringConstraints(pattern="^[0-9]{1,11}$")] = "0"
    languages: list[str] = ["en"]
    cardholder_confirms: bool = False
    pse: bool = True
    aid: list[TerminalAidModel]
    scheme: list[SchemeRiskModel] = []
    revoked: list[RevokedModel] = []
    exception: list[ExceptionModel] = []
    ca_key: list[CaKeyModel] = []
    kept: dict[str, str] = {}


class RequirementModel(Strict):
    """A required card type."""

    type: str
    interface: Interface = "contact"
    transactions: list[Literal["goods", "cash", "cashback", "refund"]] = []


class PlanModel(Strict):
    """A coverage plan."""

    schema_: Annotated[Schema, Field(alias="schema")]
    id: Annotated[str, StringConstraints(pattern="^[a-z0-9-]+$")]
    name: str
    note: str = ""
    authentication: list[Literal["none", "SDA", "DDA", "CDA"]] = []
    cardholder_verification: list[
        Literal[
            "no-cvm",
            "signature",
            "online-pin",
            "plaintext-pin",
            "plaintext-pin-and-signature",
            "enciphered-pin",
            "enciphered-pin-and-signature",
        ]
    ] = []
    transactions: list[Literal["goods", "cash", "cashback", "refund"]] = []
    contactless_transactions: list[Literal["goods", "cash", "cashback", "refund"]] = []
    outcomes: list[
        Literal["approved-offline", "approved-online", "declined-offline", "declined-online"]
    ] = []
    refused: list[Literal["blocked", "expired", "unsupported"]] = []
    required: list[RequirementModel]


class CardTypeModel(Strict):
    """A card type."""

    id: Annotated[str, StringConstraints(pattern="^[a-z0-9-]+$")]
    scheme: str
    product: str
    name: str
    aid: Hex
    interfaces: list[Interface]
    source: str
    verified: bool = True


class CardTypesModel(Strict):
    """The list of card types."""

    schema_: Annotated[Schema, Field(alias="schema")]
    type: list[CardTypeModel]


class DrawerCardModel(Strict):
    """A physical test card."""

    label: Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$")]
    type: Annotated[str, StringConstraints(pattern="^([a-z0-9-]+)?$")] = ""
    hash: Annotated[str, StringConstraints(pattern="^([0-9a-f]{16})?$")] = ""
    rows: list[str] = []
    expiry: date | None = None
    pin_tries: Annotated[int, Field(ge=0, le=15)] | None = None
    atc: Annotated[int, Field(ge=0, le=0xFFFF)] | None = None
    last_online_atc: Annotated[int, Field(ge=0, le=0xFFFF)] | None = None
    seen: date | None = None
    state: Literal["good", "worn", "lost"] = "good"
    note: str = ""


class DrawerModel(Strict):
    """The drawer of a bench."""

    schema_: Annotated[Schema, Field(alias="schema")]
    salt: Annotated[str, StringConstraints(pattern="^[0-9a-f]{8}$")] = ""
    card: list[DrawerCardModel] = []

    @model_validator(mode="after")
    def _salted(self) -> DrawerModel:
        if not self.salt and any(card.hash for card in self.card):
            raise ValueError("cards with a hash need a salt")
        return self
