"""From an image's application to the bytes that the card holds: values, records, FCI, AFL."""

from __future__ import annotations

from functools import cached_property, lru_cache

from harness.codec.dol import parse_dol
from harness.codec.tlv import encode
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.crypto import certificates
from harness.crypto.cryptogram import CryptogramScheme, IccKeys, IssuerMasterKeys, scheme
from harness.crypto.keys import own_test_key
from harness.crypto.rsa import RsaPrivateKey
from harness.profiles.image import AIP_SDA, Application, RecordLayout

CERTIFICATE_SERIAL = bytes.fromhex("000123")
DATA_AUTHENTICATION_CODE = b"\xda\xc0"
_ISSUER_TAGS = {0x90, 0x92, 0x9F32}
_ICC_TAGS = {0x9F46, 0x9F47, 0x9F48}
_MAX_RECORD = 254

LAYOUTS = {"visa-0", "visa-2", "mchip", "unionpay", "interac", "ccd"}
"""Layouts of 9F10 that ``card_results`` can make."""


class Personalised:
    """The read-only side of one application. Certificates are made when first asked for."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.values = _values(app)
        self.pdol = parse_dol(app.pdol)
        self.cdol1 = parse_dol(app.cdol1)
        self.cdol2 = parse_dol(app.cdol2)
        self.ddol = parse_dol(app.ddol)
        self.log_format = parse_dol(app.log.format if app.log else b"")
        self.sfis = {record.sfi for record in app.records}
        self.afl = app.data.get(0x94) or access_list(app.records)

    def prepare(self) -> None:
        """Make what can fail now, so that the card never fails later. Raises ConfigError."""
        if not set(self.cryptograms.layouts) & LAYOUTS:
            raise ConfigError(
                _("the virtual card cannot make issuer application data for CVN {cvn}").format(
                    cvn=self.app.cvn
                ),
                where="application.cvn",
                todo=_("choose another CVN"),
            )
        self.records  # noqa: B018 - computed once, here
        self.fci  # noqa: B018

    @cached_property
    def fci(self) -> bytes:
        """File control information template 6F (EMV Book 1, 11.3.4)."""
        return file_control_information(self.app)

    @cached_property
    def cryptograms(self) -> CryptogramScheme:
        """How this application's cryptograms are made. Raises ConfigError (unknown CVN)."""
        return scheme(self.app.cvn, self.app.aid)

    @cached_property
    def master_key(self) -> bytes:
        """The card's own master key for cryptograms."""
        return self.cryptograms.derive(self.app.keys.imk_ac, self.app.pan, self.app.psn)

    @cached_property
    def master_keys(self) -> IccKeys:
        """All three master keys of the card, for issuer scripts."""
        keys = self.app.keys
        issuer = IssuerMasterKeys(keys.imk_ac, keys.imk_smi, keys.imk_smc)
        return self.cryptograms.derive_all(issuer, self.app.pan, self.app.psn)

    @cached_property
    def icc_key(self) -> RsaPrivateKey:
        """The card's private key. Raises ConfigError for an unknown name."""
        return own_test_key(self.app.keys.icc)

    @cached_property
    def records(self) -> dict[tuple[int, int], bytes]:
        """Every record by SFI and number, as READ RECORD returns it. Raises ConfigError."""
        signed = [self._record(record) for record in _in_order(self.app.records) if record.signed]
        static = b"".join(signed_part(data, sfi) for sfi, data in signed)
        static += self._tag_list()
        values = self.values | self._signatures(static)
        return {
            (record.sfi, record.number): _coded(record, values)[1] for record in self.app.records
        }

    def _record(self, record: RecordLayout) -> tuple[int, bytes]:
        return _coded(record, self.values | self._issuer_values())

    def _tag_list(self) -> bytes:
        """9F4A may name the AIP only, whose value then is signed too (EMV Book 2, 5.1.1)."""
        return self.app.aip if self.values.get(0x9F4A) == b"\x82" else b""

    def _wanted(self) -> set[int]:
        return {tag for record in self.app.records for tag in record.tags}

    def _issuer_values(self) -> dict[int, bytes]:
        keys, wanted = self.app.keys, self._wanted()
        if not (keys.ca and keys.issuer) or not wanted & _ISSUER_TAGS:
            return {}
        made = issuer_certificate(keys.ca, keys.issuer, self.app.pan, keys.certificate_expiry)
        found = {0x90: made.certificate, 0x92: made.remainder, 0x9F32: made.exponent}
        return {tag: self.app.data.get(tag, value) for tag, value in found.items()}

    def _signatures(self, static: bytes) -> dict[int, bytes]:
        keys, wanted, found = self.app.keys, self._wanted(), self._issuer_values()
        if keys.issuer and keys.icc and wanted & _ICC_TAGS:
            made = icc_certificate(
                keys.issuer, keys.icc, self.app.pan, keys.certificate_expiry, static
            )
            found |= {0x9F46: made.certificate, 0x9F48: made.remainder, 0x9F47: made.exponent}
        if keys.issuer and self.app.aip[0] & AIP_SDA:
            issuer = own_test_key(keys.issuer)
            found[0x93] = certificates.signed_static_data(issuer, DATA_AUTHENTICATION_CODE, static)
        return {tag: self.app.data.get(tag, value) for tag, value in found.items()}


@lru_cache(maxsize=32)
def issuer_certificate(ca: str, issuer: str, pan: str, expiry: bytes) -> certificates.IssuerCert:
    """Certificate of the issuer key, once a process: the signature takes milliseconds."""
    return certificates.issuer_certificate(
        own_test_key(ca),
        own_test_key(issuer).public,
        identifier=bytes.fromhex(pan[:8]),
        expiry=expiry,
        serial=CERTIFICATE_SERIAL,
    )


@lru_cache(maxsize=32)
def icc_certificate(
    issuer: str, icc: str, pan: str, expiry: bytes, static: bytes
) -> certificates.IccCert:
    """Certificate of the card's key over ``static``, once a process."""
    return certificates.icc_certificate(
        own_test_key(issuer),
        own_test_key(icc).public,
        pan=compressed(pan, 10),
        expiry=expiry,
        serial=CERTIFICATE_SERIAL,
        static_data=static,
    )


def file_control_information(app: Application) -> bytes:
    """6F with the DF name and A5; issuer discretionary data BF0C names the transaction log."""
    inner = encode(0x50, app.label.encode("ascii"))
    if app.priority:
        inner += encode(0x87, bytes([app.priority]))
    if app.pdol:
        inner += encode(0x9F38, app.pdol)
    if app.language:
        inner += encode(0x5F2D, app.language.encode("ascii"))
    if app.code_table:
        inner += encode(0x9F11, bytes([app.code_table]))
    if app.preferred_name:
        inner += encode(0x9F12, app.preferred_name.encode("latin-1", "replace"))
    for tag, value in app.fci_data.items():
        inner += encode(tag, value)
    if app.log:
        inner += encode(0xBF0C, encode(0x9F4D, bytes([app.log.sfi, app.log.records])))
    return encode(0x6F, encode(0x84, app.aid) + encode(0xA5, inner))


def access_list(records: tuple[RecordLayout, ...]) -> bytes:
    """Application file locator: in each entry the signed records come first (EMV Book 3, 10.2)."""
    entries: list[list[int]] = []
    previous: RecordLayout | None = None
    for record in _in_order(records):
        follows = (
            previous is not None
            and (previous.sfi, previous.number + 1) == (record.sfi, record.number)
            and (previous.signed or not record.signed)
        )
        if not follows:
            entries.append([record.sfi << 3, record.number, record.number, 0])
        entries[-1][2] = record.number
        entries[-1][3] += record.signed
        previous = record
    return b"".join(bytes(entry) for entry in entries)


def signed_part(record: bytes, sfi: int) -> bytes:
    """What of a record offline data authentication covers: for SFI 1 to 10 the value of the
    template 70, above that all of it (EMV Book 3, 10.3)."""
    if sfi > 10 or record[:1] != b"\x70":
        return record
    header = 2 if record[1] < 0x80 else 2 + (record[1] & 0x7F)
    return record[header:]


def compressed(digits: str, length: int = 0) -> bytes:
    """Format cn: digits from the left, filled up with F, to ``length`` bytes where it is given."""
    size = length or (len(digits) + 1) // 2
    return bytes.fromhex(digits.ljust(2 * size, "F"))


def track2(app: Application) -> bytes:
    """Track 2 equivalent data (tag 57)."""
    text = f"{app.pan}D{app.expiry:%y%m}{app.service_code}{app.discretionary}"
    return compressed(text)


def _values(app: Application) -> dict[int, bytes]:
    """Values by tag from the named fields; what ``data`` gives wins."""
    found: dict[int, bytes | None] = {
        0x5A: compressed(app.pan),
        0x57: track2(app),
        0x5F20: app.name.encode("ascii"),
        0x5F24: bytes.fromhex(f"{app.expiry:%y%m%d}"),
        0x5F25: bytes.fromhex(f"{app.effective:%y%m%d}") if app.effective else None,
        0x5F28: bytes.fromhex(f"{app.country:04d}") if app.country is not None else None,
        0x5F30: bytes.fromhex(f"0{app.service_code}"),
        0x5F34: bytes.fromhex(f"{app.psn:02d}") if app.psn is not None else None,
        0x82: app.aip,
        0x8C: app.cdol1,
        0x8D: app.cdol2,
        0x8E: app.cvm_list,
        0x8F: bytes([app.keys.ca_index]) if app.keys.ca else None,
        0x9F07: app.usage_control,
        0x9F0D: app.iac_default,
        0x9F0E: app.iac_denial,
        0x9F0F: app.iac_online,
        0x9F42: bytes.fromhex(f"{app.currency:04d}") if app.currency is not None else None,
        0x9F49: app.ddol,
        0x9F4A: b"\x82",
    }
    return {tag: value for tag, value in found.items() if value} | app.data


def _in_order(records: tuple[RecordLayout, ...]) -> list[RecordLayout]:
    return sorted(records, key=lambda record: (record.sfi, record.number))


def _coded(record: RecordLayout, values: dict[int, bytes]) -> tuple[int, bytes]:
    """SFI and bytes of a record. A tag without a value (no remainder, no name) is left out."""
    if record.raw:
        return record.sfi, record.raw
    body = b"".join(encode(tag, values[tag]) for tag in record.tags if values.get(tag))
    coded = encode(0x70, body)
    if len(coded) > _MAX_RECORD:
        raise ConfigError(
            _("SFI {sfi} record {number} has {size} bytes, at most {most} fit").format(
                sfi=record.sfi, number=record.number, size=len(coded), most=_MAX_RECORD
            ),
            todo=_("move some of its tags to another record"),
        )
    return record.sfi, coded
