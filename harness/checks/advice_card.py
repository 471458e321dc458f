"""What to do now about what a card check found: ids of checks, and one text for them."""

from __future__ import annotations

from harness.core.i18n import N_

CARD = (
    (
        "READ-01",
        N_("read the card again, then in another reader; what differs is contact or reader"),
    ),
    (
        "ATR-01 ATR-02 ATR-03 ATR-05 ATR-06",
        N_("compare with `emv-harness decode` of the ATR; the card's operating system sets it"),
    ),
    (
        "ATR-04",
        N_("a terminal held to EMV may refuse this card at reset: ask its maker for an EMV ATR"),
    ),
    ("ATR-08", N_("judge the card by its data only: this ATR is the reader's, not the card's")),
    (
        "PSE-01 PSE-02 PSE-03 PSE-04 PSE-05 PSE-06 PSE-07",
        N_(
            "terminals without a matching list of AIDs miss applications here: have the directory "
            "(1PAY.SYS.DDF01) personalised anew"
        ),
    ),
    (
        "SEL-01 SEL-02",
        N_(
            "compare the AID with the card's specification: is the application installed, "
            "selectable and not blocked?"
        ),
    ),
    (
        "FCI-01 FCI-02 FCI-03 FCI-04 FCI-05 FCI-08",
        N_("have the FCI template (6F, A5) of this application personalised anew"),
    ),
    (
        "FCI-06 FCI-07",
        N_("have the PDOL (9F38) corrected: terminals fill what they do not know with zeros"),
    ),
    (
        "GPO-01 GPO-02 GPO-03",
        N_(
            "try GET PROCESSING OPTIONS again after a reset; if it stays, AIP and AFL have to be "
            "personalised anew"
        ),
    ),
    (
        "AIP-01 AIP-05",
        N_("have the AIP (82) corrected: terminals act on these bits, and certificates sign them"),
    ),
    (
        "AIP-02 AIP-03 AIP-04 AIP-07",
        N_(
            "have the missing authentication data personalised, or the method taken out of the "
            "AIP: terminals decline or go online meanwhile"
        ),
    ),
    ("AIP-06", N_("have CVM list (8E) and AIP byte 1 bit 5 agree")),
    ("AIP-08", N_("compare AIP byte 1 bit 3 with how the card takes EXTERNAL AUTHENTICATE")),
    (
        "AFL-01 AFL-02 AFL-03 AFL-04 AFL-05",
        N_("have the AFL (94) corrected: a terminal ends the transaction over it"),
    ),
    (
        "REC-01",
        N_("have the record written, or taken out of the AFL: a terminal ends the transaction"),
    ),
    (
        "REC-02 REC-03 REC-04 REC-06",
        N_("have this record personalised anew; signed records need new certificates or SSAD too"),
    ),
    (
        "REC-05",
        N_("`emv-harness decode --tags` searches the dictionary; is it the scheme's own tag?"),
    ),
    ("LOG-01", N_("have log entry (9F4D) and log format (9F4F) personalised together")),
    ("GD-01", N_("compare with what the application's specification lets GET DATA return")),
    ("SW-01", N_("look the answer up in the application's specification: EMV does not define it")),
    (
        "SEC-01",
        N_("ask the issuer whether these data may be read without a key; take them out if not"),
    ),
    (
        "TLV-01 TLV-02 TLV-03 TLV-04 TLV-05 TLV-06 TLV-07 TLV-09 TLV-10",
        N_(
            "`emv-harness decode` of the answer shows the byte; some terminals refuse it and "
            "others do not, so have it personalised anew"
        ),
    ),
    (
        "DAT-01",
        N_("have the missing data personalised: a terminal ends the transaction without them"),
    ),
    ("DAT-02 DAT-03", N_("compare with the product's specification: `card check --profile FILE`")),
    (
        "PAN-01 PAN-02 PAN-03 PAN-04 PAN-05",
        N_(
            "compare with the issuer's data for this card, and with its face (`--embossed`): was "
            "it made from another data set?"
        ),
    ),
    ("NAM-01", N_("have the name (5F20) personalised with 2 to 26 characters of ISO/IEC 7813")),
    ("CTRY-01", N_("compare country and currency with the issuer's: terminals compare them too")),
    (
        "TRK-01 TRK-02 TRK-03 TRK-04 TRK-05 TRK-06 TRK-07",
        N_(
            "chip and track 2 come from one data set: have the card personalised anew; issuers "
            "decline what does not agree"
        ),
    ),
    (
        "DATE-01 DATE-02",
        N_("have the dates (5F24, 5F25) personalised anew, with the certificates that hold them"),
    ),
    (
        "DATE-03",
        N_("use a card in force, or judge it by another day: --clock YYYY-MM-DD"),
    ),
    ("DATE-04", N_("certificates have to last as long as the card: have them issued anew")),
    (
        "DOL-01 DOL-02 DOL-03 DOL-04 DOL-05 DOL-06 DOL-07",
        N_("have the list corrected: `emv-harness decode --as dol` shows it entry by entry"),
    ),
    (
        "CVM-01 CVM-02 CVM-03 CVM-04 CVM-05",
        N_(
            "have the CVM list (8E) corrected: `emv-harness decode` shows it rule by rule, and "
            "`transact` which rule a terminal takes"
        ),
    ),
    (
        "IAC-01 IAC-02 IAC-03",
        N_("compare with the issuer's action codes (9F0D, 9F0E, 9F0F): `transact -v` applies them"),
    ),
    ("PTC-01", N_("the issuer can set the counter anew by script; use another card meanwhile")),
    (
        "ATC-01 ATC-02",
        N_("repeat after a reset; a counter that does not move makes issuers decline"),
    ),
    ("AUC-01 AUC-02", N_("compare usage control (9F07, 5F28) with where the card is to be used")),
    ("VER-01", N_("compare 9F08 with the version that the terminal's 9F09 tells")),
    ("RISK-01", N_("have 9F14 and 9F23 personalised so that the lower is not above the upper")),
    (
        "ODA-01",
        N_("load the scheme's CA keys from a source that you trust: --ca-keys FILE"),
    ),
    ("ODA-02", N_("ask the scheme which CA keys are in force, and load those: --ca-keys FILE")),
    (
        "ODA-03",
        N_(
            "a certificate has to fit below its key, and a short key can be factored: have keys of "
            "today's lengths certified"
        ),
    ),
    (
        "ODA-04 ODA-05 ODA-06 ODA-07 ODA-08 ODA-09 ODA-12 ODA-13 ODA-14",
        N_(
            "does 8F name the CA key that signed 90? If so, the issuer certificate, 92 and 9F32 "
            "have to come from one certification"
        ),
    ),
    (
        "ODA-10 ODA-11",
        N_("use a card with a newer issuer certificate; terminals go online or decline with this"),
    ),
    (
        "ODA-15 ODA-16 ODA-17 ODA-28",
        N_(
            "what is signed differs from what is read: compare signed records, 9F4A and AIP with "
            "what the signature was made over"
        ),
    ),
    (
        "ODA-18 ODA-19 ODA-20 ODA-21 ODA-27",
        N_(
            "the certificate was made over other data or for another card: personalise key, "
            "certificate and signed records together"
        ),
    ),
    ("ODA-22 ODA-23", N_("replace the key: have the card personalised with one of its own")),
    (
        "ODA-24 ODA-25 ODA-26",
        N_(
            "if the certificates are right, the card signs with another key or over other data: "
            "compare its private key and DDOL or CDOL with the certificate; terminals go online or "
            "decline meanwhile"
        ),
    ),
    ("ODA-00", N_("terminals without a connection accept no card that they cannot authenticate")),
    (
        "AC-01 AC-02",
        N_("compare the answer with `emv-harness decode`; the application's software makes it"),
    ),
    (
        "AC-03 AC-04",
        N_("compare issuer application data (9F10) with the application's specification"),
    ),
    (
        "AC-05 AC-06 AC-09",
        N_("compare key check values and cryptogram version with the issuer's host first"),
    ),
    (
        "EC-01 EC-02 EC-03 EC-04 EC-05",
        N_("`emv-harness card purse` shows balance and limits; the issuer can set them by script"),
    ),
    (
        "TXN-01",
        N_("`emv-harness transact -v` with this card shows the step that ended it, and why"),
    ),
)
