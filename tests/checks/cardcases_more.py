"""More ways to break a good card, for the checks of single rules. Read by the tables."""

from __future__ import annotations

from dataclasses import replace

from cardcases import FORM, Case, Edit, card, fci, get_data, tag, without
from checkviews import MASTERCARD, stage

from harness.checks.card.facts import RecordFacts
from harness.checks.card.view import CardView
from harness.codec import tlv
from harness.codec.track2 import parse_track2

UNIONPAY = "A000000333010106"


def atr(text: str) -> Edit:
    return card(atr=bytes.fromhex(text))


def gpo(body: str) -> Edit:
    return lambda view: setattr(view.app, "gpo_tree", tlv.parse(bytes.fromhex(body)))


def record(body: str) -> Edit:
    """Another first record."""

    def edit(view: CardView) -> None:
        data = bytes.fromhex(body)
        first = view.app.records[0]
        view.app.records[0] = replace(
            first, reply=replace(first.reply, data=data), tree=tlv.parse(data)
        )

    return edit


def answer(at: int, **changes: object) -> Edit:
    return lambda view: view.card.replies.__setitem__(at, replace(view.card.replies[at], **changes))


def directory(entries: str) -> Edit:
    def edit(view: CardView) -> None:
        first = view.card.pse.records[0]
        tree = tlv.parse(bytes.fromhex(entries))
        view.card.pse.records[0] = replace(first, tree=tree)

    return edit


def both(*edits: Edit) -> Edit:
    def edit(view: CardView) -> None:
        for one in edits:
            one(view)

    return edit


def face(number: str, expiry: str) -> Edit:
    return lambda view: setattr(view, "embossed", (number, expiry))


def stripe(text: str) -> Edit:
    return lambda view: setattr(view, "stripe", parse_track2(bytes.fromhex(text)))


def log_of(size: int) -> Edit:
    """A log of three entries whose format has nine bytes, one of them read."""

    def edit(view: CardView) -> None:
        tag(0x9F4D, "0B03")(view)
        get_data(0x9F4F, "9F4F069F02069A03")(view)
        like = view.app.records[0]
        reply = replace(like.reply, data=bytes(size), sw=0x9000)
        view.app.log.append(RecordFacts(11, 1, reply, tlv.parse(b""), listed=False))

    return edit


def cash(
    balance: str = "000000050000", once: str = "000000020000", reset: str = "000000005000"
) -> Edit:
    def edit(view: CardView) -> None:
        view.app.aid = bytes.fromhex(UNIONPAY)
        fci("6F16 8408" + UNIONPAY + "A50A 9F38079F7A019F0206")(view)
        for number, value in (
            (0x9F79, balance),
            (0x9F77, "000000100000"),
            (0x9F78, once),
            (0x9F6D, reset),
        ):
            get_data(number, f"{number:04X}06{value}")(view)
        tag(0x9F38, "9F7A019F0206")(view)

    return edit


def iac(denial: str, online: str, default: str) -> Edit:
    return both(tag(0x9F0E, denial), tag(0x9F0F, online), tag(0x9F0D, default))


def no_arpc_taken(view: CardView) -> None:
    view.transaction = replace(view.transaction, external_authenticate_sw=0x6300)


def wrong_cryptogram(variation: str) -> Edit:
    def edit(view: CardView) -> None:
        response = replace(view.transaction.response, cryptogram_ok=False)
        view.transaction = replace(view.transaction, response=response, variation=variation)

    return edit


def pin_stage(broken: str = "") -> Edit:
    def edit(view: CardView) -> None:
        tag(0x9F2D, "00")(view)
        steps = (*FORM, "pan", "expiry", "key algorithm", "modulus", "exponent")
        view.chain = replace(view.chain, pin=stage(*steps, broken=broken))

    return edit


def refused(number: int) -> Edit:
    """GET DATA of ``number`` was answered 6A88."""

    def edit(view: CardView) -> None:
        like = view.app.get_data[0x9F36]
        view.app.get_data[number] = replace(like, data=b"", sw=0x6A88)

    return edit


def known_key(view: CardView) -> None:
    view.seen_keys = frozenset({view.chain.key_print})
    view.chain = replace(view.chain, ca=replace(view.chain.ca, kind="live"))


def revoked(view: CardView) -> None:
    from checkviews import break_chain

    break_chain(view, "issuer", "revocation")


def many_bytes(view: CardView) -> None:
    answer(2, data=bytes(257))(view)


TRACK = "4761739001010119D49122011234500000"

MORE = (
    Case("ATR-02", atr("3B6000FF00"), says="one more byte"),
    Case("ATR-02", atr("3B80810105"), says="wrong"),
    Case("ATR-03", atr("3B80 0E 8E".replace(" ", "")), says="T=14"),
    Case(
        "ATR-05",
        atr("3BE000008131FF450B"),
        good=atr("3BE000008131FE4515"),
        says="IFSC",
    ),
    Case("ATR-06", atr("3B6600008031C152564 3".replace(" ", "")), "PASS", says="8031C1525643"),
    Case("ATR-08", atr("3B8F8001804F0CA000000306030001000000006A"), "WARN", says="reader"),
    Case("PSE-06", directory("700E610C4F07A0000000031010870171"), "WARN", says="reserved"),
    Case(
        "PSE-06",
        directory("701C" + "610C4F07A0000000031010870101" + "610C4F07A0000000032010870101"),
        "WARN",
        says="more than once",
    ),
    Case("PSE-07", directory("700B61094F07A0000000041010"), "WARN", says="A0000000031010"),
    Case("SEL-02", card(partial=[]), "WARN", says="did not find"),
    Case("SEL-02", card(partial=[bytes.fromhex("A0000000031010")] * 2), "WARN", says="again"),
    Case("FCI-03", fci("6F0B8407A0000000031010A500"), "WARN", says="no application label"),
    Case("FCI-03", fci("6F0F8407A0000000031010A50450025F41"), "WARN", says="beyond letters"),
    Case("FCI-04", without(0x9F11), "WARN", says="without 9F11"),
    Case("FCI-04", tag(0x9F11, "11"), "WARN", says="9F11 is 11"),
    Case("FCI-05", tag(0x5F2D, "454E"), "WARN", says="454E"),
    Case("FCI-05", tag(0x5F2D, "656E64"), "WARN", says="pairs"),
    Case("FCI-06", tag(0x9F38, "9F02"), says="9F38"),
    Case("FCI-06", tag(0x9F38, "5A08"), says="5A"),
    Case("FCI-06", tag(0x9F38, "7004"), says="template 70"),
    Case("FCI-06", tag(0x9F38, "9F02FF"), says="255"),
    Case("FCI-07", tag(0x9F38, "DF7F01"), "WARN", says="not known"),
    Case("FCI-07", tag(0x9F38, "9F0802"), "WARN", says="card's own"),
    Case(
        "FCI-08",
        fci("6F148407A0000000031010A509BF0C065A0411111111"),
        "WARN",
        good=fci("6F138407A0000000031010A508BF0C0550034142 43".replace(" ", "")),
        says="5A",
    ),
    Case("GPO-02", gpo("80053C000801 01".replace(" ", "")), says="5 bytes"),
    Case("GPO-03", gpo("770482023C00"), good=gpo("770A82023C00940408010100"), says="94"),
    Case(
        "GPO-03",
        gpo("770E82023C0082023C00940408010100"),
        good=gpo("770A82023C00940408010100"),
        says="82 is there 2 times",
    ),
    Case("AIP-01", tag(0x82, "3C01"), "WARN", says="01"),
    Case("AIP-01", tag(0x82, "3E00"), "WARN", says="bit 2"),
    Case("AIP-04", tag(0x9F49, "9F0206"), "WARN", says="9F37"),
    Case("AIP-05", tag(0x82, "1C00"), "WARN", says="8F"),
    Case("AIP-07", tag(0x82, "3C00"), "PASS", says="not announced"),
    Case("AIP-08", no_arpc_taken, "WARN", says="6300"),
    Case("AFL-05", tag(0x94, "0801010008010100"), "WARN", says="1.1"),
    Case("REC-04", tag(0x9F37, "00000000"), says="9F37"),
    Case("REC-04", tag(0x8C, ""), says="8C is empty"),
    Case("REC-05", tag(0xDF7F, "00"), "PASS", says="DF7F"),
    Case("REC-06", record("70" + "81FC" + "00" * 252), says="255 bytes"),
    Case("LOG-01", log_of(8), "WARN", good=log_of(9), says="8 bytes"),
    Case("LOG-01", tag(0x9F4D, "0B03"), "WARN", good=log_of(9), says="9F4F gives no"),
    Case("GD-01", get_data(0x9F13, "9F14020001"), "WARN", says="9F13"),
    Case("GD-01", get_data(0x9F36, "9F360101"), "WARN", says="9F36"),
    Case("SW-01", answer(2, sw=0x63C2), "WARN", says="63C2"),
    Case("SW-01", answer(0, sw=0x6D00), "WARN", says="6D00"),
    Case("SW-01", answer(0, sw=0x1234), "WARN", says="no meaning"),
    Case("SEC-01", without(0x5F20), "PASS", says="readable by anybody: track 2"),
    Case("TLV-01", record("70049F800100"), says="80"),
    Case("TLV-02", record("70805A0000"), says="indefinite"),
    Case("TLV-02", record("708103500141"), "WARN", says="coded in"),
    Case("TLV-03", record("7003500241"), says="only"),
    Case("TLV-04", record("7005FFFF500141"), "WARN", says="FF"),
    Case("TLV-05", record("7004BF080100"), "WARN", says="BF08"),
    Case("TLV-06", record("70025000"), "WARN", says="50 is empty"),
    Case("TLV-07", record("7006500141500142"), says="more than once"),
    Case("TLV-09", record("70094F07A0000000031010"), "WARN", says="4F"),
    Case("TLV-10", many_bytes, says="257"),
    Case("TLV-10", answer(2, sw=0x6110), says="6110"),
    Case("DAT-03", tag(0x9F07, "FF"), says="9F07"),
    Case("DAT-03", tag(0x5F28, "0A50"), says="decimal"),
    Case("PAN-03", tag(0x5A, "5413330089020011"), "WARN", says="5413"),
    Case("PAN-04", tag(0x5F34, "0A"), "WARN", says="0A"),
    Case("NAM-01", tag(0x5F20, "2020202020"), "WARN", says="spaces"),
    Case("NAM-01", tag(0x5F20, "41"), "WARN", says="1 bytes"),
    Case("CTRY-01", tag(0x5F28, "0999"), "WARN", says="no country"),
    Case("CTRY-01", tag(0x9F42, "0001"), "WARN", says="no currency"),
    Case("CTRY-01", tag(0x9F44, "03"), "WARN", good=tag(0x9F44, "02"), says="decimal places"),
    Case("CTRY-01", tag(0x5F55, "4445"), "WARN", good=tag(0x5F55, "4652"), says="FR"),
    Case("TRK-05", tag(0x9F20, "99"), "WARN", good=tag(0x9F20, "1234500000"), says="9F20"),
    Case(
        "TRK-06",
        tag(0x9F6B, "5413330089020011D00122010000000000"),
        image=MASTERCARD,
        good=lambda v: tag(0x9F6B, v.app.get(0x57).hex())(v),
    ),
    Case("TRK-07", stripe(TRACK), "WARN", good=stripe(TRACK[:-5] + "99999"), says="iCVV"),
    Case(
        "TRK-07",
        stripe(TRACK.replace("D4912201", "D4912101")),
        "WARN",
        good=stripe(TRACK[:-5] + "99999"),
        says="101",
    ),
    Case(
        "PAN-05",
        face("4761739001010127", ""),
        "WARN",
        good=face("4761739001010119", "4912"),
        says="476173******0127",
    ),
    Case(
        "PAN-05",
        face("4761739001010119", "4911"),
        "WARN",
        good=face("4761739001010119", ""),
        says="4911",
    ),
    Case("DOL-05", tag(0x8C, "8A02"), "WARN", says="8A"),
    Case("DOL-06", tag(0x8C, "9F37049505"), says="9F02"),
    Case("DOL-07", tag(0x8C, "9F37049814"), "WARN", says="97"),
    Case("CVM-03", tag(0x8E, "00000000000000001F001E03"), "WARN", says="dead"),
    Case("CVM-04", without(0x9F42), says="9F42"),
    Case("CVM-04", tag(0x8E, "00000000000000001F06"), "WARN", says="zero"),
    Case("CVM-05", both(tag(0x8E, "00000000000000004403"), without(0x9F46)), says="9F2D"),
    Case(
        "CVM-05",
        both(
            tag(0x8E, "00000000000000004103"),
            refused(0x9F17),
        ),
        "WARN",
        says="9F17",
    ),
    Case("AUC-01", without(0x5F28), says="5F28"),
    Case("AUC-01", tag(0x9F07, "FF"), says="1 bytes"),
    Case("AUC-02", tag(0x9F07, "0100"), "PASS", says="0100"),
    Case("VER-01", tag(0x9F08, "00B0"), "PASS", says="00B0"),
    Case("IAC-02", iac("8000000000", "7C50BC9800", "FC50BCA000"), "WARN", says="denied offline"),
    Case("IAC-03", iac("0010000000", "0050BC9800", "0050BCA000"), "WARN", says="no action code"),
    Case(
        "RISK-01",
        both(tag(0x9F14, "07"), tag(0x9F23, "06")),
        good=both(tag(0x9F14, "03"), tag(0x9F23, "06")),
        says="above",
    ),
    Case(
        "RISK-01",
        both(tag(0x9F14, "07"), without(0x9F23)),
        "WARN",
        good=both(tag(0x9F14, "03"), tag(0x9F23, "06")),
        says="only one",
    ),
    Case("ODA-00", tag(0x82, "1C00"), "PASS", says="online-only"),
    Case("ODA-11", revoked),
    Case("ODA-22", known_key, says="another card"),
    Case("ODA-27", pin_stage("hash"), good=pin_stage()),
    Case("AC-06", no_arpc_taken, says="6300"),
    Case("AC-09", wrong_cryptogram("personalised with PSN 00"), says="PSN 00"),
    Case("AC-09", wrong_cryptogram(""), says="none of the known"),
    Case("EC-01", both(cash(), tag(0x9F38, "9F0206")), "WARN", good=cash(), says="9F7A"),
    Case("EC-02", cash(balance="00000005000A"), good=cash(), says="n 12"),
    Case("EC-03", cash(balance="000000200000"), good=cash(), says="2000.00"),
    Case("EC-04", cash(once="000000200000"), good=cash(), says="9F78"),
    Case("EC-05", cash(reset="000000200000"), good=cash(), says="9F6D"),
)
