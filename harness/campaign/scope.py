"""What PC/SC does not let anybody observe: listed as out of scope, never as passed."""

from __future__ import annotations

from harness.core.i18n import N_

OUT_OF_SCOPE: tuple[tuple[str, str], ...] = (
    (N_("voltages, currents, clock, signal edges"), N_("needs a protocol analyser")),
    (N_("activation and deactivation timing"), N_("needs a protocol analyser")),
    (N_("character, block and waiting times of T=0 and T=1"), N_("handled inside the reader")),
    (N_("parity errors, retransmission, resynchronisation"), N_("needs a card simulator")),
    (N_("radio field, polling, collision"), N_("needs a contactless analyser")),
    (N_("whether a reset was cold or warm on the line"), N_("PC/SC asks, it does not tell")),
)
"""(What, why), for a physical reader."""

NOT_EXERCISED: tuple[str, ...] = (
    N_("PPS and baud rate"),
    N_("voltage classes"),
    N_("T=1 blocks"),
    N_("waiting-time extension"),
)
"""Beyond that, what no virtual card exercises, in process or behind pcscd."""
