"""JSON Schemas of the files that people write, for editors and for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.core.errors import ConfigError
from harness.core.i18n import _

if TYPE_CHECKING:
    from pydantic import BaseModel

KINDS = {
    "card-image": "CardImageModel",
    "apdu-sequence": "SequenceModel",
    "fault": "FaultModel",
    "reader-profile": "ReaderProfileModel",
    "terminal": "TerminalModel",
    "plan": "PlanModel",
    "card-types": "CardTypesModel",
    "drawer": "DrawerModel",
}
"""Kind of file to the name of its model."""


def model(kind: str) -> type[BaseModel]:
    """The pydantic model of a kind of file. Raises ConfigError that lists the kinds."""
    from harness.profiles import schema_card, schema_models

    if kind not in KINDS:
        raise ConfigError(
            _("unknown kind of file: {kind!r}").format(kind=kind),
            todo=_("known: {kinds}").format(kinds=", ".join(KINDS)),
        )
    module = schema_card if kind == "card-image" else schema_models
    found: type[BaseModel] = getattr(module, KINDS[kind])
    return found


def json_schema(kind: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a kind of file, for the data that its TOML holds. Dates are text
    there, as JSON has none."""
    made = model(kind).model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def second_opinion(kind: str, table: dict[str, object]) -> list[tuple[str, str]]:
    """What pydantic finds wrong with the dictionary of a file: (key path, message) pairs. A card
    image is completed from its bases first."""
    from pydantic import ValidationError

    from harness.profiles.image_base import bases_folder, with_base

    if kind == "card-image":
        table = with_base(table, bases_folder())
    try:
        model(kind).model_validate(table)
    except ValidationError as error:
        return [(_path(item["loc"]), item["msg"]) for item in error.errors()]
    return []


def _path(parts: tuple[int | str, ...]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")
