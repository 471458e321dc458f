"""The shapes of the files again, as pydantic models: for JSON Schema, and as a second opinion.

Imported only by ``schema``: a transaction never needs pydantic.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from harness.core.verdict import Verdict

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


class AtrModel(Strict):
    """Answer to reset, cold and warm."""

    cold: Hex
    warm: Hex | None = None


class PseModel(Strict):
    """Payment system environment."""

    present: bool = True
    sfi: Annotated[int, Field(ge=1, le=10)] = 1
    language: Languages = ""
    code_table: Annotated[int, Field(ge=0, le=10)] = 0


class KeysModel(Strict):
    """Names of RSA keys in vectors/keys, and issuer master keys."""

    imk_ac: Hex
    imk_smi: Hex
    imk_smc: Hex
    ca: str = ""
    ca_index: TwoHex = "00"
    issuer: str = ""
    icc: str = ""
    certificate_expiry: Hex = "1249"


class RiskModel(Strict):
    """Card risk management."""

    offline_amount_limit: Amount = 0
    lower_offline_limit: Byte = 0
    upper_offline_limit: Byte = 0
    new_card_online: bool = True
    issuer_authentication_mandatory: bool = False
    pin_blocked_declines: bool = False


class LogModel(Strict):
    """Transaction log."""

    sfi: Annotated[int, Field(ge=11, le=30)] = 11
    records: Annotated[int, Field(ge=1, le=30)] = 10
    format: Hex


class RecordModel(Strict):
    """One record: tags, or raw bytes."""

    sfi: Annotated[int, Field(ge=1, le=30)]
    number: Annotated[int, Field(ge=1, le=255)]
    signed: bool = False
    tags: list[Tag] = []
    raw: Hex = ""


class ApplicationModel(Strict):
    """One application of a card."""

    aid: Hex
    label: Annotated[str, StringConstraints(pattern="^[ -~]{1,16}$")]
    preferred_name: str = ""
    code_table: Annotated[int, Field(ge=0, le=10)] = 0
    priority: Byte = 0
    language: Languages = ""
    pan: Annotated[str, StringConstraints(pattern="^[0-9]{8,19}$")] | None = None
    psn: Annotated[int, Field(ge=-1, le=99)] | None = None
    effective: date | None = None
    expiry: date | None = None
    service_code: Annotated[str, StringConstraints(pattern="^[0-9]{3}$")] | None = None
    discretionary: Annotated[str, StringConstraints(pattern="^[0-9]{0,13}$")] = ""
    cardholder: Annotated[str, StringConstraints(pattern="^[ -~]{2,26}$")] | None = None
    country: Annotated[int, Field(ge=-1, le=999)] | None = None
    currency: Annotated[int, Field(ge=-1, le=999)] | None = None
    aip: Hex | None = None
    usage_control: Hex = ""
    cvm_list: Hex = ""
    iac_denial: Hex = ""
    iac_online: Hex = ""
    iac_default: Hex = ""
    pdol: Hex = ""
    cdol1: Hex | None = None
    cdol2: Hex | None = None
    ddol: Hex = ""
    cvn: TwoHex | None = None
    key_index: Byte = 1
    pin: Annotated[str, StringConstraints(pattern="^[0-9]{4,12}$")] | None = None
    pin_tries: Annotated[int, Field(ge=0, le=15)] = 3
    gpo_format: Literal[1, 2] = 2
    ac_format: Literal[1, 2] = 2
    blocked: bool = False
    keys: KeysModel | None = None
    risk: RiskModel = RiskModel()
    log: LogModel | None = None
    data: dict[Tag, Hex] = {}
    fci_data: dict[Tag, Hex] = {}
    record: list[RecordModel] = []


class CardImageModel(Strict):
    """A card image: a synthetic card under a scheme's AID with test keys."""

    schema_: Annotated[Schema, Field(alias="schema")]
    id: Slug
    name: str
    kind: Literal["emv", "testcard"] = "emv"
    scheme: Slug
    type: Literal["credit", "debit", "prepaid", "charge", "cash", "test"]
    basis: Literal["public", "generic", "none"]
    legacy: bool = False
    interfaces: list[Interface]
    note: str
    source: str = ""
    atr: AtrModel
    pse: PseModel | None = None
    application: Annotated[list[ApplicationModel], Field(min_length=1)]

    @model_validator(mode="after")
    def payment_cards_are_complete(self) -> CardImageModel:
        """What a test card may leave out, a payment card may not."""
        needed = ("pan", "expiry", "service_code", "aip", "cdol1", "cdol2", "cvn", "keys")
        if self.kind == "emv":
            for place, app in enumerate(self.application):
                for name in needed:
                    if getattr(app, name) is None:
                        raise ValueError(f"application[{place}].{name} is missing")
        return self


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


class FaultModel(Strict):
    """A named misbehaviour of a virtual card."""

    schema_: Annotated[Schema, Field(alias="schema")]
    name: Annotated[str, StringConstraints(pattern="^[a-z0-9-]+$")]
    kind: Literal["no-answer", "delay", "cut", "status", "removal"]
    description: str
    example: str
    expect: ExpectModel
    delay_ms: Annotated[int, Field(ge=0, le=60000)] = 0
    keep_percent: Annotated[int, Field(ge=0, le=99)] = 50
    status: Annotated[str, StringConstraints(pattern="^[0-9A-F]{4}$")] = "0000"

    @model_validator(mode="after")
    def kinds_have_their_parameters(self) -> FaultModel:
        """A delay has a duration, a status fault a status word."""
        if self.kind == "delay" and not self.delay_ms:
            raise ValueError("delay_ms is missing")
        if self.kind == "status" and self.status == "0000":
            raise ValueError("status is missing")
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


class TerminalAidModel(Strict):
    """An AID that the terminal supports."""

    aid: Hex
    scheme: str
    partial: bool = True
    versions: list[Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{4}$")]]


class TacModel(Strict):
    """Terminal action codes."""

    denial: Hex
    online: Hex
    default: Hex


class SchemeRiskModel(Strict):
    """Risk parameters of one RID."""

    rid: Hex
    scheme: str
    floor_limit: Amount
    random_threshold: Amount = 0
    random_target: Annotated[int, Field(ge=0, le=99)] = 0
    random_maximum: Annotated[int, Field(ge=0, le=99)] = 0
    tac: TacModel
    default_ddol: Hex = "9F3704"
    default_tdol: Hex = ""


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


class RequirementModel(Strict):
    """A required card type."""

    type: str
    interface: Interface = "contact"


class PlanModel(Strict):
    """A coverage plan."""

    schema_: Annotated[Schema, Field(alias="schema")]
    id: Annotated[str, StringConstraints(pattern="^[a-z0-9-]+$")]
    name: str
    note: str = ""
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
