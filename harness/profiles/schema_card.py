"""The shape of card images again, as pydantic models (see ``schema_models``)."""

# ruff: noqa: RUF012 - pydantic copies defaults, so a list or a table is safe as one

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from harness.profiles.schema_models import (
    Amount,
    Byte,
    Hex,
    Interface,
    Languages,
    Schema,
    Slug,
    Strict,
    Tag,
    TwoHex,
)


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

    imk_ac: Hex | None = None
    imk_smi: Hex | None = None
    imk_smc: Hex | None = None
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
    lower_amount_limit: Amount = 0
    upper_amount_limit: Amount = 0
    new_card_online: bool = True
    issuer_authentication_mandatory: bool = False
    pin_blocked_declines: bool = False


class LogModel(Strict):
    """Transaction log."""

    sfi: Annotated[int, Field(ge=11, le=30)] = 11
    records: Annotated[int, Field(ge=1, le=30)] = 10
    format: Hex


class PurseModel(Strict):
    """Electronic cash."""

    balance: Amount
    limit: Amount
    single_limit: Amount
    threshold: Amount = 0
    always: bool = False


class FileModel(Strict):
    """An elementary file of a card of plain files."""

    sfi: Annotated[int, Field(ge=1, le=30)]
    structure: Literal["transparent", "linear", "cyclic"]
    size: Annotated[int, Field(ge=1, le=255)]
    records: Annotated[int, Field(ge=1, le=254)] = 1
    content: Hex = ""
    write: Literal["free", "pin", "issuer", "never"] = "free"


class RecordModel(Strict):
    """One record: tags, or raw bytes."""

    sfi: Annotated[int, Field(ge=1, le=30)]
    number: Annotated[int, Field(ge=1, le=255)]
    signed: bool = False
    tags: list[Tag] = []
    raw: Hex = ""


class ApplicationModel(Strict):
    """One application of a card."""

    base: str | list[str] = ""
    aid: Hex
    listed: Hex = ""
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
    purse: PurseModel | None = None
    data: dict[Tag, Hex] = {}
    fci_data: dict[Tag, Hex] = {}
    record: list[RecordModel] = []


class CardImageModel(Strict):
    """A card image: a synthetic card under a scheme's AID with test keys."""

    schema_: Annotated[Schema, Field(alias="schema")]
    base: str | list[str] = ""
    id: Slug
    name: str
    kind: Literal["emv", "testcard", "files"] = "emv"
    scheme: Slug
    type: Literal["credit", "debit", "prepaid", "charge", "cash", "test"]
    basis: Literal["public", "generic", "none"]
    legacy: bool = False
    interfaces: list[Interface] | None = None
    note: str
    source: str = ""
    card_type: Slug = "none"
    expect: Literal["completes", "refused"] = "completes"
    fails: list[str] = []
    atr: AtrModel | None = None
    pse: PseModel | None = None
    application: Annotated[list[ApplicationModel], Field(min_length=1)]
    file: list[FileModel] = []

    @model_validator(mode="after")
    def payment_cards_are_complete(self) -> CardImageModel:
        """What a test card may leave out, a payment card may not; a base may have it all."""
        if self.base:
            return self
        for name in ("atr", "interfaces"):
            if getattr(self, name) is None:
                raise ValueError(f"{name} is missing")
        if bool(self.fails) != (self.expect == "refused"):
            raise ValueError("fails and expect do not fit")
        if self.kind == "files" and not self.file:
            raise ValueError("file is missing")
        needed = ("pan", "expiry", "service_code", "aip", "cdol1", "cdol2", "cvn", "keys")
        if self.kind == "emv":
            for place, app in enumerate(self.application):
                for name in needed:
                    if getattr(app, name) is None:
                        raise ValueError(f"application[{place}].{name} is missing")
        return self
