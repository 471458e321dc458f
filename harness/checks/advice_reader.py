"""What to do now about what a reader check found: ids of checks, and one text for them."""

from __future__ import annotations

from harness.core.i18n import N_

READER = (
    (
        "ENV-01 ENV-02 ENV-03 ENV-04",
        N_("`emv-harness doctor` looks at service, sockets and drivers, with the command to mend"),
    ),
    (
        "ENU-01 ENU-02 ENU-03 ENU-08 ENU-09",
        N_(
            "plug the reader in directly, without a hub, restart the service, and look at "
            "`emv-harness readers` again"
        ),
    ),
    (
        "EVT-01 EVT-02 EVT-03 EVT-04 EVT-05 EVT-06 EVT-07 EVT-08 EVT-09",
        N_(
            "look at the card switch and the contacts; if another reader passes here, look for "
            "newer driver or firmware of this one"
        ),
    ),
    ("EVT-10", N_("insert the card chip first, contacts where the reader's mark shows them")),
    (
        "EVT-11 EVT-12",
        N_("compare the service's power settings; a card without power in the middle is lost work"),
    ),
    (
        "ATR-01 ATR-02 ATR-03 ATR-04 ATR-05 ATR-06 ATR-07 ATR-14 ATR-16 ATR-17",
        N_(
            "clean the contacts and read the ATR again; then the same card in another reader, and "
            "another card in this one"
        ),
    ),
    (
        "ATR-08 ATR-09 ATR-10 ATR-11 ATR-12 ATR-13",
        N_(
            "the card sends this ATR: a reader in EMV mode refuses it; test the reader with "
            "another card"
        ),
    ),
    ("ATR-15", N_("compare with PC/SC Part 3: driver and reader make this ATR, not the card")),
    (
        "RST-01 RST-01S RST-02 RST-03 RST-06 RST-07",
        N_("clean the contacts, repeat with another card, then with another driver or firmware"),
    ),
    (
        "RST-04 RST-05 SHR-01 SHR-02 SHR-03 SHR-04 SHR-05",
        N_(
            "the service shares readers out: compare its version (`emv-harness doctor`), and do "
            "not share this reader between programs meanwhile"
        ),
    ),
    (
        "CON-01 CON-02 CON-03 CON-04 CON-05 CON-06",
        N_("use the reader from one program at a time, and compare service and driver versions"),
    ),
    (
        "PRO-01 PRO-02 PRO-03 PRO-04 PRO-05 PRO-06 PRO-08 PRO-09",
        N_("repeat with another card of the same protocol; then look for newer driver or firmware"),
    ),
    (
        "ATT-01 ATT-02 ATT-03 P10-01 P10-02 P10-03 P10-04 P10-05",
        N_("a program that relies on it goes wrong with this reader: look for a newer driver"),
    ),
    ("FW-01 FW-02 FW-03", N_("ask the maker for the firmware that the profile names")),
    (
        "APD-1 APD-2S APD-3S APD-4S APD-61 APD-6C APD-62 APD-AUTO APD-CH APD-CLA APD-BAD LEN-01 "
        "LEN-03 REC-03",
        N_(
            "repeat with `emv-harness apdu` and another reader: a reader that alters APDUs loses "
            "card types; look for newer driver or firmware"
        ),
    ),
    (
        "APD-2E APD-3E APD-4E LEN-02 LEN-04 LEN-05",
        N_("keep to short APDUs with this reader, or look for newer driver or firmware"),
    ),
    (
        "PER-01 PER-02 PER-03 PER-04 PER-05 PER-06 TIM-01 TIM-02",
        N_(
            "repeat on an idle machine, directly plugged in; `emv-harness reader compare` tells "
            "whether it moved"
        ),
    ),
    (
        "TIM-03 TIM-04 REC-01 REC-02",
        N_("plug the reader out and in and repeat; if it stays, restart the service"),
    ),
    (
        "REM-01 REM-02 REM-03 REM-04",
        N_("programs on this reader have to connect anew after every error: check that they do"),
    ),
    ("CL-01 CL-03", N_("one card only, flat on the reader, away from metal; then another card")),
)
