"""TLS between terminal and host: files to contexts, and what went wrong in words.

Python's ssl, imported on first use. A server is always verified, against the system's CAs or the
file that is given; there is no way to leave that out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.core.plain import dataclass

if TYPE_CHECKING:
    import socket
    import ssl

VERSIONS = ("1.2", "1.3")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What one side has. PEM files: ``ca`` of the CAs that it trusts (None: the system's),
    ``certificate`` with its chain and ``key`` of its own (``key`` None: in the same file).
    ``name``: what the server's certificate must be for, where that is not the host's name;
    ``least``: the lowest protocol version, a member of ``VERSIONS``."""

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    name: str | None = None
    least: str = "1.2"


@dataclass(frozen=True, slots=True)
class TlsFault:
    """Why a connection did not come about: a key of ``FAULTS``, what was seen, what to do."""

    kind: str
    text: str
    todo: str


FAULTS = {
    "expired": (
        N_("the host's certificate has expired"),
        N_("have it renewed; or set this machine's clock, where that is wrong"),
    ),
    "not-yet-valid": (
        N_("the host's certificate is not valid yet"),
        N_("set this machine's clock, or wait"),
    ),
    "name-mismatch": (
        N_("the host's certificate is for another name"),
        N_("connect by the name in the certificate, or give that with --tls-name"),
    ),
    "unknown-ca": (
        N_("the host's certificate is under a CA that is not trusted here"),
        N_("give that CA's certificate with --tls-ca"),
    ),
    "self-signed": (
        N_("the host's certificate is signed by itself"),
        N_("give that certificate with --tls-ca, if it is the right one"),
    ),
    "protocol-version": (
        N_("the host and this side have no TLS version in common"),
        N_("see which versions the host offers; --tls-min says the lowest that is accepted here"),
    ),
    "not-tls": (
        N_("what the host sends is not TLS"),
        N_("leave out the TLS options, or give the port that speaks TLS"),
    ),
    "client-certificate-required": (
        N_("the host asks for a certificate of this side and got none"),
        N_("give it with --tls-cert and --tls-key"),
    ),
    "client-certificate-refused": (
        N_("the host does not accept the certificate of this side"),
        N_("give one that its operator has signed, and that has not expired"),
    ),
    "closed": (
        N_("the host closed the connection during the TLS handshake"),
        N_(
            "see whether this port speaks TLS at all; else ask its operator what it refused: "
            "client certificate, address"
        ),
    ),
    "other": (
        N_("the TLS handshake failed"),
        N_("show this line to the host's operator"),
    ),
}

_BY_VERIFY_CODE = {
    9: "not-yet-valid",
    10: "expired",
    18: "self-signed",
    19: "unknown-ca",
    20: "unknown-ca",
    21: "unknown-ca",
    62: "name-mismatch",
    64: "name-mismatch",
}
"""OpenSSL's X509_V_ERR_* numbers."""
_BY_REASON = {
    "UNSUPPORTED_PROTOCOL": "protocol-version",
    "TLSV1_ALERT_PROTOCOL_VERSION": "protocol-version",
    "NO_PROTOCOLS_AVAILABLE": "protocol-version",
    "WRONG_VERSION_NUMBER": "not-tls",
    "HTTP_REQUEST": "not-tls",
    "RECORD_LAYER_FAILURE": "not-tls",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "client-certificate-required",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "client-certificate-required",
    "TLSV1_ALERT_UNKNOWN_CA": "client-certificate-refused",
    "SSLV3_ALERT_BAD_CERTIFICATE": "client-certificate-refused",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "client-certificate-refused",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "client-certificate-refused",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "client-certificate-refused",
    "UNEXPECTED_EOF_WHILE_READING": "closed",
}


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """A context that verifies the server. Raises ConfigError for a file that cannot be used."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _least(context, files.least)
    if files.ca is None:
        context.load_default_certs()
    else:
        _load_ca(context, files.ca, "--tls-ca")
    if files.certificate is not None:
        _load_own(context, files)
    elif files.key is not None:
        raise ConfigError(
            _("a key without a certificate"), where="--tls-key", todo=_("give --tls-cert as well")
        )
    return context


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """A context for a server; with ``ca``, only clients with a certificate under it come in.
    Raises ConfigError for a file that cannot be used."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _least(context, files.least)
    if files.certificate is None:
        raise ConfigError(
            _("a TLS server needs a certificate"), where="--tls-cert", todo=_("give a PEM file")
        )
    _load_own(context, files)
    if files.ca is not None:
        _load_ca(context, files.ca, "--tls-client-ca")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def shake_hands(connection: socket.socket, context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
    """TLS over an open connection to the host called ``name``, which must be in its certificate.
    Raises OSError (ssl.SSLError among it), the connection closed."""
    try:
        return context.wrap_socket(connection, server_hostname=name)
    except OSError:
        connection.close()
        raise


def explain(error: OSError) -> TlsFault:
    """What ``error`` of a handshake, or of the first read after it, means."""
    import ssl

    kind = "other"
    if isinstance(error, ssl.SSLCertVerificationError):
        kind = _BY_VERIFY_CODE.get(error.verify_code, "other")
        detail = error.verify_message
    elif isinstance(error, ssl.SSLError):
        ended = isinstance(error, ssl.SSLZeroReturnError | ssl.SSLEOFError)
        kind = _BY_REASON.get(error.reason or "", "closed" if ended else "other")
        detail = (error.reason or str(error)).replace("_", " ").lower()
    else:
        kind = "closed" if isinstance(error, ConnectionError) else "other"
        detail = str(error)
    text, todo = FAULTS[kind]
    return TlsFault(kind, f"{_(text)} ({detail})" if detail else _(text), _(todo))


def is_refusal(error: OSError) -> bool:
    """Is ``error`` an alert by which the host ended the handshake? TLS 1.3 brings it only with
    the first answer; what was sent until then was not taken."""
    import ssl

    reason = getattr(error, "reason", None) or ""
    return isinstance(error, ssl.SSLError) and _BY_REASON.get(reason, "").startswith("client-")


def is_over(connection: ssl.SSLSocket) -> bool:
    """Has the other side ended this connection, or sent something that nobody waits for? Both
    mean a new one; session tickets do not."""
    import ssl

    connection.setblocking(False)
    try:
        connection.recv(1)
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return False
    except OSError:
        return True
    return True


def _least(context: ssl.SSLContext, version: str) -> None:
    import ssl

    versions = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
    if version not in versions:
        raise ConfigError(
            _("unknown TLS version: {version!r}").format(version=version),
            where="--tls-min",
            todo=_("known: {all}").format(all=", ".join(VERSIONS)),
        )
    context.minimum_version = versions[version]


def _load_ca(context: ssl.SSLContext, path: str, option: str) -> None:
    try:
        context.load_verify_locations(path)
    except OSError as error:  # SSLError is one
        raise ConfigError(
            _("no CA certificate can be read: {why}").format(why=_why(error)),
            where=f"{option} {path}",
            todo=_("give a PEM file with one or more certificates"),
        ) from error


def _load_own(context: ssl.SSLContext, files: TlsFiles) -> None:
    import ssl

    where = f"--tls-cert {files.certificate}" + (f", --tls-key {files.key}" if files.key else "")
    for path in (files.certificate, files.key):
        if path and not Path(path).is_file():
            raise ConfigError(_("no such file: {path}").format(path=path), where=where)

    def refuse() -> NoReturn:
        raise ConfigError(
            _("the private key is encrypted"),
            where=where,
            todo=_("give a key file without a passphrase, readable by you alone"),
        )

    try:
        context.load_cert_chain(files.certificate or "", files.key, password=refuse)
    except ssl.SSLError as error:
        text = (
            _("the private key does not belong to the certificate")
            if error.reason == "KEY_VALUES_MISMATCH"
            else _("certificate and key cannot be read: {why}").format(why=_why(error))
        )
        raise ConfigError(text, where=where, todo=_("give PEM files")) from error


def _why(error: OSError) -> str:
    return str(getattr(error, "reason", None) or error.strerror or error)
