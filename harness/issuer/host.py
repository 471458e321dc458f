"""The simulated issuer: verifies the cryptogram, decides, answers (EMV 4.4 Book 2, 8)."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import _
from harness.core.masking import mask_pan
from harness.crypto.cryptogram import CryptogramScheme, find_scheme
from harness.issuer.decision import Policy, arpc_code, policy, response_code
from harness.issuer.keys import IssuerKeys, own_test_keys
from harness.issuer.messages import AuthorisationRequest, AuthorisationResponse, HostState

NAME = "the simulated issuer"


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of the cryptogram. ``ok`` is None where it cannot be judged; ``icc_key`` is the
    card's master key where it is known, ``text`` goes into the log."""

    ok: bool | None
    text: str
    method: CryptogramScheme | None = None
    icc_key: bytes = b""


class IssuerHost:
    """Implements ``messages.Host``.

    ``policy`` is approve, decline or unreachable. ``approve_unknown``: a card whose keys are not
    known is approved without an ARPC (and its cryptogram is reported as not judged). ``scripts``
    are sent with every answer.
    """

    def __init__(
        self,
        wanted: str | Policy = Policy.APPROVE,
        keys: IssuerKeys | None = None,
        *,
        approve_unknown: bool = True,
        scripts: tuple[bytes, ...] = (),
        name: str = NAME,
    ) -> None:
        self.policy = policy(str(wanted))
        self.name = name
        self._keys = keys
        self._approve_unknown = approve_unknown
        self._scripts = scripts

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
        """Answer one request. Never raises for what the card sent."""
        name = _(self.name)
        if self.policy is Policy.UNREACHABLE:
            return AuthorisationResponse(
                HostState.UNREACHABLE,
                log=(_("{name} does not answer").format(name=name),),
                name=name,
            )
        verified = self._verify(request)
        arc = response_code(self.policy, verified.ok, self._approve_unknown)
        log = [_("{name} asked about {pan}").format(name=name, pan=mask_pan(request.pan))]
        log.append(verified.text)
        log.append(_("response code {arc}").format(arc=arc))
        data = self._issuer_data(request, verified, arc, log)
        return AuthorisationResponse(
            HostState.ANSWERED,
            arc=arc,
            issuer_authentication_data=data,
            scripts=self._scripts,
            cryptogram_ok=verified.ok,
            log=tuple(log),
            name=name,
        )

    def _verify(self, request: AuthorisationRequest) -> Verified:
        iad = request.data.get("9F10", b"")
        method = find_scheme(iad, request.aid)
        keys = (self._keys or own_test_keys()).find(request.pan)
        if keys is None:
            return Verified(None, _("no keys for this card: cryptogram not judged"), method)
        if method is None:
            return Verified(
                None,
                _(
                    "issuer application data {iad} name no known cryptogram version: not judged"
                ).format(iad=iad.hex().upper() or _("(none)")),
            )
        try:
            values = {tag: request.data[f"{tag:02X}"] for tag, _size in method.tags}
            icc_key = method.derive(keys.ac, request.pan, request.psn)
            right = method.verify_ac(icc_key, values, iad, request.data["9F26"])
        except KeyError as error:
            text = _("the request has no tag {tag}: cryptogram refused").format(tag=error.args[0])
            return Verified(False, text, method)
        except (CodecError, ConfigError) as error:
            text = _("cryptogram refused: {why}").format(why=error.what)
            return Verified(False, text, method)
        text = (_("ARQC verified ({scheme})") if right else _("ARQC is wrong ({scheme})")).format(
            scheme=method.name
        )
        return Verified(right, text, method, icc_key)

    @staticmethod
    def _issuer_data(
        request: AuthorisationRequest, verified: Verified, arc: str, log: list[str]
    ) -> bytes:
        """Tag 91 for a card whose cryptogram was right, else nothing."""
        method = verified.method
        if not verified.ok or method is None:
            log.append(_("no issuer authentication data"))
            return b""
        data = method.arpc(
            verified.icc_key,
            request.data["9F26"],
            atc=request.data["9F36"],
            un=request.data["9F37"],
            code=arpc_code(method.arpc_method, arc),
        )
        log.append(
            _("ARPC by method {number}: {data}").format(
                number=method.arpc_method, data=data.hex().upper()
            )
        )
        return data


def own_test_host(wanted: str | Policy = Policy.APPROVE) -> IssuerHost:
    """An issuer that knows the keys of every shipped card image. Raises ConfigError."""
    return IssuerHost(wanted)
