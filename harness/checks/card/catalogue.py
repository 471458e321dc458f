"""Every check that a card test bench could make, and why those that are not here are not.

The ids are our own list: families by what they are about (ATR, PSE, selection, FCI, processing
options, records, data, offline data authentication, cryptograms, coding). A test holds that each
is registered or excluded with a reason.
"""

from __future__ import annotations

from harness.core.i18n import N_


def _ids(family: str, numbers: range) -> tuple[str, ...]:
    return tuple(f"{family}-{number:02d}" for number in numbers)


IDS: tuple[str, ...] = (
    *_ids("ATR", range(1, 9)),
    *_ids("PSE", range(1, 8)),
    *_ids("PPSE", range(1, 4)),
    *_ids("SEL", range(1, 3)),
    *_ids("FCI", range(1, 9)),
    *_ids("GPO", range(1, 5)),
    *_ids("AIP", range(1, 9)),
    *_ids("AFL", range(1, 6)),
    *_ids("REC", range(1, 8)),
    *_ids("DAT", range(1, 4)),
    *_ids("PAN", range(1, 6)),
    *_ids("TRK", range(1, 8)),
    *_ids("NAM", range(1, 2)),
    *_ids("DATE", range(1, 5)),
    *_ids("CTRY", range(1, 2)),
    *_ids("DOL", range(1, 8)),
    *_ids("CVM", range(1, 7)),
    *_ids("AUC", range(1, 3)),
    *_ids("IAC", range(1, 4)),
    *_ids("VER", range(1, 2)),
    *_ids("RISK", range(1, 2)),
    *_ids("PTC", range(1, 2)),
    *_ids("ATC", range(1, 3)),
    *_ids("LOG", range(1, 2)),
    *_ids("GD", range(1, 2)),
    *_ids("SW", range(1, 2)),
    *_ids("SEC", range(1, 2)),
    *_ids("ODA", range(30)),
    *_ids("AC", range(1, 10)),
    *_ids("TLV", range(1, 11)),
    *_ids("EC", range(1, 9)),
)

_CONTACTLESS = N_("the read-through goes over the contacts; the contactless path is not read")

EXCLUDED: dict[str, str] = {
    "ATR-07": N_("the warm reset is the reader suite's (RST-02): a card check resets cold only"),
    "PPSE-01": _CONTACTLESS,
    "PPSE-02": _CONTACTLESS,
    "PPSE-03": _CONTACTLESS,
    "GPO-04": N_("a second GET PROCESSING OPTIONS would use up a transaction number for nothing"),
    "REC-07": N_(
        "a rule for the verifier, not for the card: what is signed of SFI 11 to 30 is in "
        "crypto.signed_data, with tests of its own"
    ),
    "CVM-06": _CONTACTLESS,
    "ODA-29": _CONTACTLESS,
    "AC-07": N_("an issuer script changes the card for good: no card check sends one"),
    "AC-08": N_("key check values belong to the key store of the issuer; AC-09 names the cause"),
    "TLV-08": N_(
        "a rule for the harness, not for the card: depth and size are bounded, and property tests "
        "hold it"
    ),
    "EC-06": N_("currencies are judged by CTRY-01"),
    "EC-07": N_("the log is judged by LOG-01"),
    "EC-08": N_("a payment from the purse is no reading: `card purse` makes it and judges it"),
}

CONTACT_ONLY = frozenset(
    {
        "DAT-01",
        "DAT-02",
        "TRK-04",
        "DOL-02",
        "DOL-03",
        "FCI-03",
        "AIP-01",
        "GPO-02",
        "GPO-03",
        "CVM-05",
        "IAC-03",
    }
)
"""Rules about an application as it is read over the contacts. A contactless one may bring its
data in the answer to processing options, ask for less, and carry another track 2."""
