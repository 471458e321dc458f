"""``emv-harness card show``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.cli.card_list import image_json
from harness.cli.group import Command
from harness.cli.output import paint, print_json, print_lines
from harness.cli.settings import common_options, current, unmask
from harness.core.i18n import _
from harness.core.masking import mask_all, mask_pan
from harness.report.layout import indented, pad

if TYPE_CHECKING:
    from harness.profiles.image import Application, CardImage


@click.command("show", cls=Command, example="emv-harness card show visa-credit")
@click.argument("image")
@unmask
@common_options
def command(image: str) -> None:
    """Show what is on a virtual card (an id of `card list`, or a file). Keys and PIN stay out."""
    from harness.profiles.image import load_image

    loaded = load_image(image)
    mask = not current().unmask
    if current().json:
        print_json(
            image_json(loaded)
            | {
                "kind": loaded.kind,
                "note": loaded.note,
                "source": loaded.source,
                "atr": loaded.atr.hex().upper(),
                "masked": mask,
                "applications": [_application(app, mask=mask) for app in loaded.applications],
            }
        )
        return
    print_lines(_lines(loaded, mask=mask))


def _application(app: Application, *, mask: bool) -> dict[str, object]:
    return {
        "aid": app.aid.hex().upper(),
        "label": app.label,
        "pan": mask_pan(app.pan) if mask else app.pan,
        "cardholder": mask_all(app.name) if mask else app.name,
        "expiry": app.expiry.isoformat(),
        "aip": app.aip.hex().upper(),
        "authentication": list(app.authentication),
        "cvn": app.cvn,
        "cvm_list": app.cvm_list.hex().upper(),
        "pdol": app.pdol.hex().upper(),
        "cdol1": app.cdol1.hex().upper(),
        "cdol2": app.cdol2.hex().upper(),
    }


def _lines(image: CardImage, *, mask: bool) -> list[str]:
    from harness.codec.bits import describe

    lines = [paint(f"{image.id}   {image.name}", "bold")]
    for name, value in (
        (_("what"), image.note),
        (_("source"), image.source),
        (_("interfaces"), ", ".join(image.interfaces)),
        ("ATR", image.atr.hex(" ").upper()),
    ):
        lines += indented(value, "  " + pad(name, 16)) if value else []
    for app in image.applications:
        shown = _application(app, mask=mask)
        lines += ["", paint(f"  {shown['aid']}   {app.label}", "bold")]
        if not image.is_emv:
            continue
        facts = [
            ("PAN", str(shown["pan"])),
            (_("cardholder"), str(shown["cardholder"])),
            (_("expires"), str(shown["expiry"])),
            ("CVN", app.cvn),
            ("AIP", f"{shown['aip']}  {' · '.join(describe(0x82, app.aip))}"),
            (_("CVM list"), " · ".join(describe(0x8E, app.cvm_list))),
            ("PDOL", " · ".join(describe(0x9F38, app.pdol))),
            ("CDOL1", " · ".join(describe(0x8C, app.cdol1))),
        ]
        for name, value in facts:
            lines += indented(value, "    " + pad(name, 14)) if value else []
    for file in image.files:
        whole = file.structure == "transparent"
        shape = str(file.size) if whole else f"{file.records} x {file.size}"
        text = _("{structure}, {shape} bytes, written by: {write}")
        text = text.format(structure=file.structure, shape=shape, write=file.write)
        lines += indented(text, "    " + pad(f"SFI {file.sfi}", 14))
    return lines
