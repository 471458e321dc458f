"""Reader tests that no run of this harness makes by itself, and why: listed, never passed."""

from __future__ import annotations

from harness.core.i18n import N_

OPERATOR = N_("needs an operator and a reader over USB")
PAD = N_("needs an operator at a PIN pad, and a test card with a PIN that may be blocked")
FIELD = N_("needs an operator and a contactless reader")
ANALYSER = N_("out of scope over PC/SC: needs a protocol analyser or a card simulator")

ELSEWHERE: tuple[tuple[str, str, str], ...] = (
    (
        "ENU-04",
        N_("Two readers of one model are told apart"),
        N_("needs two readers of one model over USB"),
    ),
    ("ENU-05", N_("Unplugged and plugged in again"), OPERATOR),
    ("ENU-06", N_("Unplugged in the middle of a command"), OPERATOR),
    ("ENU-07", N_("Plugged into another port, or during suspend"), OPERATOR),
    (
        "RST-08",
        N_("Voltage classes"),
        N_("needs cards of one voltage class each; the voltage itself needs an analyser"),
    ),
    ("RST-09", N_("Activation and deactivation timing"), ANALYSER),
    ("PRO-07", N_("Recovery from errors of T=1 blocks"), ANALYSER),
    (
        "PRO-10",
        N_("Waiting-time extension by NULL bytes"),
        N_("needs a test card that sends NULL bytes; TIM-01 sees the same from outside"),
    ),
    (
        "ATT-04",
        N_("Buffers that are too small"),
        N_("the drivers that a virtual card reaches offer no attribute; LEN-04 tries the same"),
    ),
    ("SHR-06", N_("Idle transactions on Windows"), N_("Windows only, and not tried there")),
    (
        "FW-04",
        N_("Escape commands allowed"),
        N_("sends vendor commands, which may change the reader"),
    ),
    ("PIN-01", N_("PIN verified at the pad"), PAD),
    ("PIN-02", N_("PIN changed at the pad"), PAD),
    ("PIN-03", N_("The host never sees the PIN"), PAD),
    ("CL-02", N_("Two cards in the field"), FIELD),
)
"""(id, what, why not here)."""
