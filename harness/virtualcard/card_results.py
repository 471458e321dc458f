"""Card verification results and issuer application data (tag 9F10), kept truly.

Scheme specifications are not public; the meanings of the bits are those of public decoders and
of the published traces of scheme test cards, so none of them is verified here. The lengths, which
are what the cryptogram needs, are held by vectors.
"""

from __future__ import annotations

from harness.crypto.iad import (
    ccd_iad,
    interac_iad,
    mchip_iad,
    unionpay_iad,
    visa_iad,
    visa_long_iad,
)
from harness.virtualcard.application import CardApplication
from harness.virtualcard.risk import (
    above_lower_limit,
    above_upper_limit,
    domestic_country,
    spent_above,
)
from harness.virtualcard.state import AcType

_KIND = {AcType.AAC: 0, AcType.TC: 1, AcType.ARQC: 2}
_NOT_REQUESTED = 2


def issuer_application_data(app: CardApplication) -> bytes:
    """9F10 for the cryptogram about to be made."""
    layout = app.perso.cryptograms.layouts[0]  # one of personalise.LAYOUTS: checked at opening
    cvn, index = app.app.cvn, app.app.key_index
    match layout:
        case "visa-0":
            return visa_iad(cvn, index, visa_results(app))
        case "visa-2":
            return visa_long_iad(cvn, index, ccd_results(app))
        case "unionpay":
            return unionpay_iad(cvn, index, visa_results(app))
        case "interac":
            return interac_iad(cvn, index, b"\x04" + ccd_results(app)[:4])
        case "ccd":
            return ccd_iad(cvn, index, ccd_results(app), counters=_counters(app))
    number = app.txn.dynamic_number[:2].ljust(2, b"\0")
    return mchip_iad(cvn, index, mchip_results(app), dac=number, counters=_counters(app))


def _counters(app: CardApplication) -> bytes:
    """Eight bytes, the issuer's to define: what was spent offline since the issuer was heard (n12)
    and the number of those transactions."""
    spent = min(app.memory.offline_amount, 10**12 - 1)
    return bytes.fromhex(f"{spent:012d}") + min(app.offline_since_online, 0xFFFF).to_bytes(2, "big")


def _cryptograms(app: CardApplication) -> int:
    """Bits 8-7: second GENERATE AC; bits 6-5: first one."""
    txn = app.txn
    second = _NOT_REQUESTED if txn.second is None else _KIND[txn.second]
    first = _KIND[txn.first] if txn.first is not None else 0
    return second << 6 | first << 4


def visa_results(app: CardApplication) -> bytes:
    """Four bytes, the first their own length 03."""
    txn, memory = app.txn, app.memory
    one = (
        _cryptograms(app)
        | (0x08 if txn.issuer_authentication is False else 0)
        | (0x04 if txn.pin_ok is not None else 0)
        | (0x02 if txn.pin_ok is False else 0)
        | (0x01 if txn.unable_online else 0)
    )
    two = (
        (0x80 if txn.past.online_not_completed else 0)
        | (0x40 if app.has_pin and not memory.pin_tries else 0)
        | (0x20 if above_lower_limit(app) else 0)
        | (0x10 if txn.past.never_online else 0)
        | (0x08 if txn.past.issuer_authentication_failed else 0)
        | (0x04 if txn.past.issuer_authentication_missing else 0)
    )
    return bytes((0x03, one, two, 0x02 if txn.dda_done else 0))


def mchip_results(app: CardApplication) -> bytes:
    """Six bytes."""
    txn, memory = app.txn, app.memory
    one = _cryptograms(app) | (0x04 if txn.pin_ok is not None else 0) | (0x01 if txn.pin_ok else 0)
    two = (
        (0x80 if txn.dda_done else 0)
        | (0x40 if txn.cda_first else 0)
        | (0x20 if txn.cda_second else 0)
        | (0x10 if txn.issuer_authentication is not None else 0)
    )
    domestic = domestic_country(app)
    four = (
        (0x40 if txn.unable_online else 0)
        | (0x20 if txn.pin_ok is None else 0)
        | (0x10 if txn.pin_ok is False else 0)
        | (0x08 if app.has_pin and not memory.pin_tries else 0)
        | (0x02 if domestic else 0x04)
    )
    five = (
        (0x80 if above_lower_limit(app) else 0)
        | (0x40 if above_upper_limit(app) else 0)
        | (0x08 if memory.go_online_next else 0)
        | (0x04 if memory.issuer_authentication_failed else 0)
    )
    return bytes((one, two, memory.pin_tries & 0x0F, four, five, 0))


def ccd_results(app: CardApplication) -> bytes:
    """Five bytes, coded as the common core has them (EMV Book 3, Annex C: CVR, format code A)."""
    txn, memory, risk = app.txn, app.memory, app.app.risk
    one = (
        _cryptograms(app)
        | (0x08 if txn.cda_first or txn.cda_second else 0)
        | (0x04 if txn.dda_done else 0)
        | (0x02 if txn.issuer_authentication is None else 0)
        | (0x01 if txn.issuer_authentication is False else 0)
    )
    two = (
        (memory.pin_tries & 0x0F) << 4
        | (0x08 if txn.pin_ok is not None else 0)
        | (0x04 if txn.pin_ok is False else 0)
        | (0x02 if app.has_pin and not memory.pin_tries else 0)
        | (0x01 if txn.past.online_not_completed else 0)
    )
    three = (
        (0x80 if above_lower_limit(app) else 0)
        | (0x40 if above_upper_limit(app) else 0)
        | (0x20 if spent_above(app, risk.lower_amount_limit) else 0)
        | (0x10 if spent_above(app, risk.upper_amount_limit) else 0)
    )
    four = (
        min(memory.scripts, 15) << 4
        | (0x08 if memory.script_failed else 0)
        | (0x02 if memory.go_online_next else 0)
        | (0x01 if txn.unable_online else 0)
    )
    return bytes((one, two, three, four, 0))
