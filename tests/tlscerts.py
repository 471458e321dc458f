"""Throw-away certificates for the tests of TLS."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """PEM files of a certificate and its key, and both as objects."""

    certificate: str
    key: str
    x509: x509.Certificate
    private: ec.EllipticCurvePrivateKey


class Bench:
    """A CA and what it signs, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = self._write("ca", *self._make("Test CA", None, ca=True))

    def issue(
        self,
        name: str,
        *hosts: str,
        start: int = -2,
        end: int = 90,
        signer: Pair | None = None,
        client: bool = False,
    ) -> Pair:
        """A certificate for ``hosts`` (names or addresses), good from ``start`` to ``end`` days
        from now, by the bench's CA unless another ``signer`` is given."""
        made = self._make(name, signer or self.ca, hosts, start=start, end=end, client=client)
        return self._write(name, *made)

    def other_ca(self) -> Pair:
        """A CA that nobody trusts."""
        return self._write("other-ca", *self._make("Other CA", None, ca=True))

    def self_signed(self, *hosts: str) -> Pair:
        """A server's certificate by itself."""
        return self._write("self", *self._make("self", None, hosts))

    def _make(
        self,
        name: str,
        signer: Pair | None,
        hosts: tuple[str, ...] = (),
        *,
        start: int = -2,
        end: int = 90,
        ca: bool = False,
        client: bool = False,
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(signer.x509.subject if signer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + start * DAY)
            .not_valid_after(NOW + end * DAY)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if hosts:
            names = [_general_name(host) for host in hosts]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if client:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
            builder = builder.add_extension(usage, critical=False)
        return builder.sign(signer.private if signer else key, hashes.SHA256()), key

    def _write(
        self, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> Pair:
        pem, private = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return Pair(str(pem), str(private), certificate, key)


def encrypted(pair: Pair, path: Path) -> str:
    """The key of ``pair`` behind a passphrase."""
    path.write_bytes(
        pair.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return str(path)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
