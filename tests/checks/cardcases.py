"""For every card check: how to break a good card so that it notices. Read by the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from checkviews import (
    MASTERCARD,
    VISA,
    break_chain,
    break_stage,
    drop,
    put,
    stage,
    swap_directory,
    swap_record,
)

from harness.checks.card.view import CardView
from harness.codec import tlv
from harness.crypto.rsa import RsaPublicKey

Edit = Callable[[CardView], object]
FORM = ("data", "length", "trailer", "header", "format", "hash algorithm", "hash")


@dataclass(frozen=True)
class Case:
    """``bad`` breaks a good view so that the check says ``verdict``; ``good`` prepares a good one
    where the shipped card alone would not be judged."""

    id: str
    bad: Edit
    verdict: str = "FAIL"
    image: str = VISA
    good: Edit = lambda view: None
    says: str = ""


def tag(number: int, value: str) -> Edit:
    return lambda view: put(view, number, value)


def without(number: int) -> Edit:
    return lambda view: drop(view, number)


def without_chip(view: CardView) -> None:
    """Service code 101, in both places."""
    put(view, 0x5F30, "0101")
    put(view, 0x57, view.app.get(0x57).hex().upper().replace("D4912201", "D4912101"))


def issuer(name: str) -> Edit:
    return lambda view: break_chain(view, "issuer", name)


def icc(name: str) -> Edit:
    return lambda view: break_chain(view, "icc", name)


def ca(**changes: object) -> Edit:
    def edit(view: CardView) -> None:
        view.chain = replace(view.chain, ca=replace(view.chain.ca, **changes))

    return edit


def icc_key(make: Callable[[CardView], RsaPublicKey]) -> Edit:
    def edit(view: CardView) -> None:
        view.chain = replace(view.chain, icc=replace(view.chain.icc, key=make(view)))

    return edit


def sda(broken: str = "") -> Edit:
    def edit(view: CardView) -> None:
        put(view, 0x93, "00" * 144)
        view.chain = replace(view.chain, sda=stage(*FORM, broken=broken))

    return edit


def card(**changes: object) -> Edit:
    def edit(view: CardView) -> None:
        for name, value in changes.items():
            setattr(view.card, name, value)

    return edit


def app_reply(name: str, **changes: object) -> Edit:
    return lambda view: setattr(view.app, name, replace(getattr(view.app, name), **changes))


def pse_select(sw: int) -> Edit:
    return lambda view: setattr(view.card.pse, "select", replace(view.card.pse.select, sw=sw))


def fci(body: str) -> Edit:
    return lambda view: setattr(view.app, "fci", tlv.parse(bytes.fromhex(body)))


def pse_fci(body: str) -> Edit:
    return lambda view: setattr(view.card.pse, "fci", tlv.parse(bytes.fromhex(body)))


def get_data(number: int, data: str) -> Edit:
    def edit(view: CardView) -> None:
        like = view.app.get_data[0x9F36]
        view.app.get_data[number] = replace(like, data=bytes.fromhex(data), sw=0x9000)

    return edit


def generate_ac(**fields: str | None) -> Edit:
    """Change fields of the first GENERATE AC answer; None takes one away."""

    def edit(view: CardView) -> None:
        first, *rest = view.transaction.generate_ac
        changed = dict(first.fields)
        for name, value in fields.items():
            if value is None:
                changed.pop(int(name[1:], 16), None)
            else:
                changed[int(name[1:], 16)] = bytes.fromhex(value)
        acs = (replace(first, fields=changed), *rest)
        view.transaction = replace(view.transaction, generate_ac=acs)

    return edit


def transaction(**changes: object) -> Edit:
    return lambda view: setattr(view, "transaction", replace(view.transaction, **changes))


def cda(name: str) -> Edit:
    def edit(view: CardView) -> None:
        broken = break_stage(view.transaction.cda, name)
        view.transaction = replace(view.transaction, cda=broken)

    return edit


def first_dynamic(view: CardView) -> None:
    """The first of the two dynamic signatures does not verify."""
    (index, signature, result), *rest = view.chain.dynamic
    broken = (index, signature, break_stage(result, "hash"))
    view.chain = replace(view.chain, dynamic=(broken, *rest))


def same_signature(view: CardView) -> None:
    first, second = view.chain.dynamic
    view.chain = replace(view.chain, dynamic=(first, (second[0], first[1], second[2])))


def lost_reply(view: CardView) -> None:
    view.card.ended = replace(view.card.replies[3], sw=None, error="CardRemoved: it left")


def early_certificate(view: CardView) -> None:
    fields = {**view.chain.issuer.fields, "expiry": bytes.fromhex("0630")}
    view.chain = replace(view.chain, issuer=replace(view.chain.issuer, fields=fields))


def rejected_cryptogram(view: CardView) -> None:
    response = replace(view.transaction.response, cryptogram_ok=False)
    view.transaction = replace(view.transaction, response=response)


ROCA_KEY = RsaPublicKey((65537**60).to_bytes(121, "big"), 3)
ENTRY = "610F4F07A0000000031010500456495341"
AID_ONLY = "61094F07A0000000031010"

CASES = (
    Case("READ-01", lost_reply, says="SELECT A0000000031010: CardRemoved"),
    Case("READ-01", card(applications=[]), says="no application"),
    Case("ATR-01", card(atr=bytes.fromhex("3B6600008031C1")), says="historical"),
    Case("ATR-04", card(atr=bytes.fromhex("3B600500")), says="TB1"),
    Case("PSE-01", pse_select(0x6F00), "WARN", says="6F00"),
    Case("PSE-02", pse_fci("6F15840E315041592E5359532E4444463032A503880101"), says="84"),
    Case("PSE-02", pse_fci("6F15840E315041592E5359532E4444463031A50388010B"), says="11"),
    Case("PSE-02", pse_fci("6F10840E315041592E5359532E4444463031"), says="88"),
    Case("PSE-03", lambda v: swap_directory(v, "7003500141"), says="50"),
    Case("PSE-03", lambda v: swap_directory(v, "6103500141"), says="70"),
    Case("PSE-04", lambda v: swap_directory(v, "70056103500141"), says="4F"),
    Case("PSE-04", lambda v: swap_directory(v, "700B" + AID_ONLY), "WARN", says="label"),
    Case("PSE-05", lambda v: swap_directory(v, "7022" + ENTRY * 2), says="more than once"),
    Case("PSE-05", app_reply("select", sw=0x6A82), says="6A82"),
    Case("PSE-05", fci("6F0B8407A0000000041010A500"), says="A0000000041010"),
    Case("SEL-01", app_reply("select", sw=0x6283), says="blocked"),
    Case("SEL-01", app_reply("select", sw=0x6A81), says="6A81"),
    Case("FCI-01", fci("6F098407A0000000031010"), says="A5"),
    Case("FCI-01", fci("6F0684026161A500"), says="84"),
    Case("FCI-01", fci("6F0B8407A0000000031010A5005000"), says="one FCI"),
    Case("FCI-02", lambda v: setattr(v.app, "aid", bytes.fromhex("A0000000041010"))),
    Case("GPO-01", app_reply("gpo", sw=0x6985), says="6985"),
    Case("GPO-01", app_reply("gpo", sw=0x6F00), says="6F00"),
    Case("GPO-01", without(0x94), says="AFL"),
    Case("GPO-01", tag(0x82, "3C"), says="AIP"),
    Case(
        "AIP-02",
        tag(0x82, "7C00"),
        good=lambda v: (put(v, 0x82, "7C00"), put(v, 0x93, "00")),
        says="93",
    ),
    Case("AIP-03", without(0x9F46), says="9F46"),
    Case("AIP-06", without(0x8E), says="no CVM list"),
    Case("AIP-06", tag(0x82, "2C00"), says="does not announce"),
    Case("AFL-01", tag(0x94, "0801010010"), says="5 bytes"),
    Case("AFL-02", tag(0x94, "09010100"), says="09"),
    Case("AFL-02", tag(0x94, "F8010100"), says="F8"),
    Case("AFL-03", tag(0x94, "08020100"), says="2 to 1"),
    Case("AFL-03", tag(0x94, "08000100"), says="0 to 1"),
    Case("AFL-04", tag(0x94, "08010102"), says="signs 2"),
    Case("REC-01", lambda v: swap_record(v, 1, "", sw=0x6A83), says="6A83"),
    Case("REC-02", lambda v: swap_record(v, 0, "5A03476173"), says="5A"),
    Case("REC-02", lambda v: swap_record(v, 0, "700A5A03476173"), says="offset"),
    Case(
        "REC-03",
        lambda v: v.app.data.append(replace(v.app.find(0x5A), value=b"\x11", where="record 1.9")),
    ),
    Case(
        "REC-03", lambda v: v.app.data.append(replace(v.app.find(0x5A), where="record 1.9")), "WARN"
    ),
    Case("DAT-01", without(0x8C), says="8C"),
    Case("DAT-02", without(0x9F07), "WARN", says="9F07"),
    Case("PAN-01", tag(0x5A, "476173900101011A"), says="decimal"),
    Case("PAN-01", tag(0x5A, "476173FF"), says="decimal"),
    Case("PAN-01", tag(0x5A, "476173"), says="6 digits"),
    Case("PAN-02", tag(0x5A, "4761739001010118"), says="Luhn"),
    Case("TRK-01", tag(0x57, "4761739001010119D49132011234500000"), says="month"),
    Case("TRK-01", tag(0x57, "4761739001010119491220"), says="separator"),
    Case("TRK-01", tag(0x57, "4761739001010119D4912201" + "1" * 16), says="20 bytes"),
    Case("TRK-02", tag(0x57, "4761739001010127D49122011234500000"), says="476173******0127"),
    Case("TRK-03", tag(0x5F24, "481231"), says="4812"),
    Case("TRK-04", tag(0x5F30, "0101"), says="101"),
    Case("TRK-04", without_chip, "WARN", says="no chip"),
    Case("DATE-01", tag(0x5F24, "491331"), says="no such date"),
    Case("DATE-01", tag(0x5F25, "240230"), says="5F25"),
    Case("DATE-01", tag(0x5F24, "491230"), "WARN", says="last day"),
    Case("DATE-02", tag(0x5F24, "231231"), says="2023-12-31"),
    Case("DATE-03", lambda v: setattr(v, "today", date(2050, 1, 1)), says="expired"),
    Case("DATE-03", lambda v: setattr(v, "today", date(2023, 12, 31)), says="effective"),
    Case("DATE-04", early_certificate, says="issuer"),
    Case("DOL-01", tag(0x8C, "9F02069F"), says="8C"),
    Case("DOL-01", tag(0x8D, "9F02FF"), says="255"),
    Case("DOL-01", tag(0x8D, "9F0200"), says="length 0"),
    Case("DOL-01", tag(0x8D, "8A028A02"), "WARN", says="twice"),
    Case("DOL-02", tag(0x8C, "9F0206"), says="9F37"),
    Case("DOL-02", tag(0x8C, "9F37049505"), "WARN", says="9F02"),
    Case("DOL-03", tag(0x8D, "9F3704"), says="8A"),
    Case("DOL-04", tag(0x8C, "9505"), image=MASTERCARD, says="9F37"),
    Case("DOL-04", tag(0x8D, "8A02"), "WARN", image=MASTERCARD, says="CDOL2"),
    Case("CVM-01", tag(0x8E, "000000000000000001"), says="9 bytes"),
    Case("CVM-01", tag(0x8E, "0000000000000000"), says="8 bytes"),
    Case("CVM-02", tag(0x8E, "00000000000000002A00"), "WARN", says="2A 00"),
    Case("CVM-02", tag(0x8E, "00000000000000001E0C"), "WARN", says="1E 0C"),
    Case("IAC-01", without(0x9F0E), "WARN", says="9F0E"),
    Case("IAC-01", tag(0x9F0D, "00"), "WARN", says="9F0D"),
    Case("PTC-01", get_data(0x9F17, "9F170100"), "WARN", says="blocked"),
    Case("PTC-01", get_data(0x9F17, "9F17020003"), "WARN", says="2 bytes"),
    Case("ATC-01", get_data(0x9F13, "9F1302FFFF"), says="65535"),
    Case("ATC-01", get_data(0x9F36, "9F360101"), says="1 bytes"),
    Case("ODA-01", ca(kind="unknown"), "WARN", says="live or test"),
    Case("ODA-02", ca(expiry="2020-12-31"), "WARN", says="2020-12-31"),
    Case("ODA-02", ca(sha1=bytes(20)), "WARN", says="SHA-1"),
    Case("ODA-03", icc_key(lambda v: RsaPublicKey(b"\xff" * 200, 3)), says="longer"),
    Case("ODA-03", icc_key(lambda v: RsaPublicKey(b"\xff" * 96, 3)), "WARN", says="768"),
    Case("ODA-04", issuer("length")),
    Case("ODA-05", issuer("trailer")),
    Case("ODA-06", issuer("header")),
    Case("ODA-07", issuer("format")),
    Case("ODA-08", issuer("hash")),
    Case("ODA-08", issuer("hash algorithm")),
    Case("ODA-09", issuer("issuer identifier")),
    Case("ODA-10", issuer("expiry")),
    Case("ODA-12", issuer("key algorithm")),
    Case("ODA-13", issuer("modulus")),
    Case("ODA-14", issuer("exponent")),
    Case("ODA-15", sda("trailer"), good=sda()),
    Case("ODA-16", sda("hash"), good=sda()),
    Case("ODA-17", tag(0x9F4A, "828E"), says="828E"),
    Case("ODA-18", icc("hash")),
    Case("ODA-18", icc("trailer")),
    Case("ODA-19", icc("pan")),
    Case("ODA-20", icc("expiry")),
    Case("ODA-20", icc("key algorithm")),
    Case("ODA-21", icc("modulus")),
    Case("ODA-21", icc("exponent")),
    Case("ODA-22", icc_key(lambda v: v.chain.issuer.key), says="issuer"),
    Case("ODA-23", icc_key(lambda v: ROCA_KEY), says="ROCA"),
    Case("ODA-24", first_dynamic, says="hash"),
    Case("ODA-24", same_signature, says="same signature"),
    Case(
        "ODA-24",
        lambda v: v.app.internal_authenticate.append(
            replace(v.app.internal_authenticate[0], sw=0x6985)
        ),
        says="6985",
    ),
    Case("ODA-25", cda("hash"), image=MASTERCARD),
    Case("ODA-25", cda("cryptogram information"), image=MASTERCARD),
    Case("ODA-26", cda("transaction data hash"), image=MASTERCARD),
    Case("ODA-28", without(0x9F4A), "WARN"),
    Case("AC-01", generate_ac(t9F26="0011"), says="9F26"),
    Case("AC-01", generate_ac(t9F36=None), says="9F36"),
    Case("AC-01", generate_ac(t9F27="40"), says="TC came"),
    Case("AC-02", generate_ac(t9F27="C0"), says="reserved"),
    Case("ATC-02", generate_ac(t9F36="0001"), says="ATC 1, and 1"),
    Case("ATC-02", generate_ac(t9F36="0065"), says="and 101"),
    Case("AC-03", generate_ac(t9F10="0102030405"), says="5 bytes"),
    Case("AC-04", generate_ac(t9F10="06010003A00000"), says="CVN 00"),
    Case("AC-05", rejected_cryptogram, says="another one"),
    Case("TXN-01", transaction(completed=False, text="declined by the card"), says="declined"),
)
