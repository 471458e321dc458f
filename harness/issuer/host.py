"""The simulated issuer: verifies the cryptogram, decides, answers (EMV 4.4 Book 2, 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.core.errors import CodecError, ConfigError, HarnessError
from harness.core.i18n import N_, _
from harness.core.masking import mask_pan
from harness.core.plain import dataclass
from harness.crypto.cryptogram import CryptogramScheme, IssuerMasterKeys, find_scheme
from harness.issuer import decision
from harness.issuer.decision import Policy, arpc_code, response_code, rule
from harness.issuer.keys import IssuerKeys, own_test_keys
from harness.issuer.ledger import Ledger
from harness.issuer.messages import (
    AuthorisationRequest,
    AuthorisationResponse,
    HostState,
    Notice,
    NoticeKind,
)

if TYPE_CHECKING:
    from harness.issuer.scripting import ScriptPlan

NAME = N_("the simulated issuer")


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of the cryptogram. ``ok`` is None where it cannot be judged; ``icc_key`` is the
    card's master key where it is known, ``text`` goes into the log."""

    ok: bool | None
    text: str
    method: CryptogramScheme | None = None
    icc_key: bytes = b""
    issuer_keys: IssuerMasterKeys | None = None


SILENT = {
    Policy.UNREACHABLE: HostState.UNREACHABLE,
    Policy.NO_ANSWER: HostState.NO_ANSWER,
    Policy.MALFORMED: HostState.MALFORMED,
}
MAX_PIN_FAILURES = 3


class IssuerHost:
    """Implements ``messages.Host``.

    ``wanted`` is a rule such as ``approve``, ``decline:51`` or ``no-answer``. ``approve_unknown``:
    a card whose keys are not known is approved without an ARPC (and its cryptogram is reported as
    not judged). ``scripts`` are sent with every answer as they are; ``script`` (``counter:71``,
    see ``scripting``) is made for the card and protected. ``ledger`` remembers what was booked.
    """

    def __init__(
        self,
        wanted: str | Policy = Policy.APPROVE,
        keys: IssuerKeys | None = None,
        *,
        approve_unknown: bool = True,
        scripts: tuple[bytes, ...] = (),
        script: str = "",
        ledger: Ledger | None = None,
        name: str = NAME,
    ) -> None:
        self.rule = rule(str(wanted))
        self.policy = self.rule.policy
        self.name = name
        self.ledger = ledger
        self._script = _plan(script)
        self._keys = keys
        self._approve_unknown = approve_unknown
        self._scripts = scripts

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
        """Answer one request. Never raises for what the card sent."""
        name = _(self.name)
        if self.policy in SILENT:
            text = (
                _("{name} answered something that is no answer")
                if self.policy is Policy.MALFORMED
                else _("{name} does not answer")
            )
            return AuthorisationResponse(
                SILENT[self.policy], log=(text.format(name=name),), name=name
            )
        verified = self._verify(request)
        log = [_("{name} asked about {pan}").format(name=name, pan=mask_pan(request.pan))]
        log.append(verified.text)
        arc = self._decide(request, verified, log)
        log.append(_("response code {arc}").format(arc=arc))
        data = self._issuer_data(request, verified, arc, log)
        if data and self.policy is Policy.WRONG_ARPC:
            data = bytes((data[0] ^ 0xFF,)) + data[1:]
            log.append(_("ARPC made wrong on purpose"))
        return AuthorisationResponse(
            HostState.ANSWERED,
            arc=arc,
            issuer_authentication_data=data,
            scripts=(*self._scripts, *self._made(request, verified, log)),
            cryptogram_ok=verified.ok,
            log=tuple(log),
            name=name,
        )

    def notify(self, notice: Notice) -> bool:
        """Take a reversal, an advice or a capture; always acknowledged."""
        if self.ledger is not None:
            take = {
                NoticeKind.REVERSAL: self.ledger.reverse,
                NoticeKind.ADVICE: self.ledger.advise,
                NoticeKind.CAPTURE: self.ledger.capture,
            }
            take[notice.kind](notice.request)
        return self.policy not in SILENT

    def _decide(self, request: AuthorisationRequest, verified: Verified, log: list[str]) -> str:
        """The response code: by the rule, then the PIN, then the account."""
        if self.ledger is not None:
            before = self.ledger.known(request)
            if before:
                log.append(_("this transaction was answered before"))
                return before
        arc = response_code(self.policy, verified.ok, self._approve_unknown, self.rule.code)
        if arc in decision.APPROVING and request.pin_block:
            arc = self._judge_pin(request, log) or arc
        return self.ledger.decide(request, arc) if self.ledger is not None else arc

    def _judge_pin(self, request: AuthorisationRequest, log: list[str]) -> str:
        """A response code that declines, or an empty string."""
        from harness.crypto.host_keys import open_online_pin

        expected = (self._keys or own_test_keys()).pins.get(request.pan)
        if expected is None:
            log.append(_("no reference PIN for this card: PIN not judged"))
            return ""
        failures = self.ledger.pin_failures if self.ledger is not None else {}
        if failures.get(request.pan, 0) >= MAX_PIN_FAILURES:
            log.append(_("PIN tries exceeded"))
            return decision.PIN_TRIES
        if open_online_pin(request.pin_block, request.pan) == expected:
            failures.pop(request.pan, None)
            log.append(_("PIN verified (ISO 9564 format 0)"))
            return ""
        failures[request.pan] = failures.get(request.pan, 0) + 1
        log.append(_("PIN is wrong"))
        return decision.WRONG_PIN

    def _made(
        self, request: AuthorisationRequest, verified: Verified, log: list[str]
    ) -> tuple[bytes, ...]:
        """The script for this card, where one is wanted and its keys are known."""
        if self._script is None or not verified.ok or verified.method is None:
            return ()
        from harness.issuer import scripting

        try:
            keys = verified.method.derive_all(
                verified.issuer_keys or IssuerMasterKeys(b"", b"", b""), request.pan, request.psn
            )
            session = scripting.Session(
                verified.method, keys, request.data["9F36"], request.data["9F26"]
            )
            made = scripting.build(self._script, session)
        except HarnessError as error:
            log.append(_("no script: {why}").format(why=error.what))
            return ()
        log.append(
            _("script {kind} in template {template:02X}").format(
                kind=self._script.kind, template=self._script.template
            )
        )
        return (made,)

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
        return Verified(right, text, method, icc_key, keys)

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


def _plan(text: str) -> ScriptPlan | None:
    if not text:
        return None
    from harness.issuer.scripting import plan

    return plan(text)


def own_test_host(wanted: str | Policy = Policy.APPROVE, *, script: str = "") -> IssuerHost:
    """An issuer that knows the keys of every shipped card image. Raises ConfigError."""
    return IssuerHost(wanted, script=script)
