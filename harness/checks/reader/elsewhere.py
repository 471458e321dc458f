"""Reader tests that no run of this harness makes by itself, and why: listed, never passed."""

from __future__ import annotations

from harness.core.i18n import N_

HARDWARE = N_("needs a reader over USB")
OPERATOR = N_("needs an operator and a reader over USB")
ANALYSER = N_("out of scope over PC/SC: needs a protocol analyser or a card simulator")

ELSEWHERE: tuple[tuple[str, str, str], ...] = (
    ("ENU-03", N_("USB identity by Part 10, channel id and bus"), HARDWARE),
    ("ENU-04", N_("Two readers of one model are told apart"), HARDWARE),
    ("ENU-05", N_("Unplugged and plugged in again"), OPERATOR),
    ("ENU-06", N_("Unplugged in the middle of a command"), OPERATOR),
    ("ENU-07", N_("Plugged into another port, or during suspend"), OPERATOR),
    ("RST-08", N_("Voltage classes"), HARDWARE),
    ("RST-09", N_("Activation and deactivation timing"), ANALYSER),
    ("PRO-03", N_("PPS once and not again"), HARDWARE),
    ("PRO-04", N_("Cards in specific mode"), HARDWARE),
    ("PRO-05", N_("High values of TA1"), HARDWARE),
    ("PRO-06", N_("IFSD, IFSC and chaining of blocks"), HARDWARE),
    ("PRO-07", N_("Recovery from errors of T=1 blocks"), ANALYSER),
    ("PRO-10", N_("Waiting-time extension by NULL bytes"), HARDWARE),
    ("ATT-02", N_("Presence by attribute and by event"), HARDWARE),
    ("ATT-03", N_("Longest input by attribute"), HARDWARE),
    ("ATT-04", N_("Buffers that are too small"), HARDWARE),
    ("P10-05", N_("PIN features only with a PIN pad"), HARDWARE),
    ("LEN-02", N_("Packets of 258 and 259 bytes"), HARDWARE),
    ("LEN-05", N_("Readers that carry less than a short APDU"), HARDWARE),
    ("SHR-06", N_("Idle transactions on Windows"), HARDWARE),
    ("PER-03", N_("Throughput against the line rate"), HARDWARE),
    ("FW-01", N_("Firmware version by escape command"), HARDWARE),
    ("FW-02", N_("Serial numbers"), HARDWARE),
    ("FW-04", N_("Escape commands allowed"), HARDWARE),
    ("PIN-01", N_("PIN verified at the pad"), OPERATOR),
    ("PIN-02", N_("PIN changed at the pad"), OPERATOR),
    ("PIN-03", N_("The host never sees the PIN"), OPERATOR),
    ("CL-01", N_("Pseudo-ATR, UID and ATS"), HARDWARE),
    ("CL-02", N_("Two cards in the field"), OPERATOR),
    ("CL-03", N_("Time of SELECT PPSE"), HARDWARE),
)
"""(id, what, why not here)."""
