"""Cardholder verification: the CVM list, rule by rule (EMV 4.4 Book 3, 10.5; Book 4, 6.3.4)."""

from __future__ import annotations

from enum import Enum

from harness.codec.cvm import CvmList, CvmRule, method_name, parse_cvm_list
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.conditions import satisfied
from harness.terminal.context import Context
from harness.terminal.outcome import Ending
from harness.terminal.pin import PinOutcome, offline_pin, online_pin

SPEC_LIST = Spec("EMV 4.4 Book 3", "10.5")
SPEC_RESULTS = Spec("EMV 4.4 Book 4", "6.3.4.5, table 2", verified=True)

AIP_CARDHOLDER_VERIFICATION = 0x1000

NO_CVM_PERFORMED = 0x3F
FAIL_CVM, PLAINTEXT_PIN, ONLINE_PIN, PLAINTEXT_PIN_SIGNATURE = 0x00, 0x01, 0x02, 0x03
ENCIPHERED_PIN, ENCIPHERED_PIN_SIGNATURE = 0x04, 0x05
SIGNATURE, NO_CVM = 0x1E, 0x1F

NEEDS = {
    FAIL_CVM: (),
    PLAINTEXT_PIN: ("plaintext_pin",),
    ONLINE_PIN: ("online_pin",),
    PLAINTEXT_PIN_SIGNATURE: ("plaintext_pin", "signature"),
    ENCIPHERED_PIN: ("enciphered_pin",),
    ENCIPHERED_PIN_SIGNATURE: ("enciphered_pin", "signature"),
    SIGNATURE: ("signature",),
    NO_CVM: ("no_cvm",),
}
"""What 9F33 must claim for each CVM code that this terminal recognises. The biometric codes 06 to
0F are defined by EMV too, but are recognised only with biometric capabilities."""

PIN_METHODS = {
    PLAINTEXT_PIN,
    ONLINE_PIN,
    PLAINTEXT_PIN_SIGNATURE,
    ENCIPHERED_PIN,
    ENCIPHERED_PIN_SIGNATURE,
}
ENCIPHERED = {ENCIPHERED_PIN, ENCIPHERED_PIN_SIGNATURE}
WITH_SIGNATURE = {PLAINTEXT_PIN_SIGNATURE, ENCIPHERED_PIN_SIGNATURE}


class CvmResult(Enum):
    """Byte 3 of the CVM results 9F34 (EMV 4.4 Book 4, Annex A4)."""

    UNKNOWN = 0
    FAILED = 1
    SUCCESSFUL = 2


@dataclass(frozen=True, slots=True)
class Performed:
    """One CVM that was performed; ``bits`` belong into the TVR."""

    result: CvmResult
    bits: tuple[TvrBit, ...] = ()


def run(ctx: Context) -> Ending | None:
    """Verify the cardholder; ends the transaction only where VERIFY may not be sent."""
    ctx.cite(SPEC_LIST, SPEC_RESULTS)
    if not ctx.aip & AIP_CARDHOLDER_VERIFICATION:
        ctx.say(_("the card does not support cardholder verification (AIP)"))
        return _not_performed(ctx)
    raw = ctx.card.get(0x8E)
    cvm_list = _read_list(ctx, raw) if raw is not None else None
    if cvm_list is None or not cvm_list.rules:
        ctx.say(_("the AIP claims cardholder verification, the card has no CVM list with rules"))
        ctx.tvr = ctx.tvr.set(TvrBit.ICC_DATA_MISSING)
        return _not_performed(ctx)
    return _apply(ctx, cvm_list)


def supported(ctx: Context, method: int) -> bool:
    """Does the terminal support this CVM? FAIL CVM always counts as supported (Book 4, 6.3.4)."""
    return method in NEEDS and all(ctx.config.can(name) for name in NEEDS[method])


def _not_performed(ctx: Context) -> Ending | None:
    ctx.terminal[0x9F34] = bytes((NO_CVM_PERFORMED, 0, 0))
    ctx.settle(Open.CARDHOLDER)
    return None


def _read_list(ctx: Context, raw: bytes) -> CvmList | None:
    try:
        return parse_cvm_list(raw)
    except CodecError as error:
        ctx.say(_("CVM list: {why}").format(why=error.what))
        return error.partial if isinstance(error.partial, CvmList) else None


def _apply(ctx: Context, cvm_list: CvmList) -> Ending | None:
    """Walk the rules until one succeeds, or says that failing it is the end."""
    results = bytes((NO_CVM_PERFORMED, 0, CvmResult.FAILED.value))
    for number, rule in enumerate(cvm_list.rules, start=1):
        label = _("rule {number} of {count}: {rule}").format(
            number=number, count=len(cvm_list.rules), rule=rule.describe()
        )
        if not satisfied(ctx, cvm_list, rule, supported(ctx, rule.method)):
            ctx.say(f"{label} - {_('condition not satisfied')}")
            continue
        if _unusable(ctx, rule, label):
            if rule.fail_if_unsuccessful:
                break
            continue
        done = _perform(ctx, rule)
        if isinstance(done, Ending):
            return done
        ctx.tvr = ctx.tvr.set(*done.bits)
        results = bytes((rule.code, rule.condition, done.result.value))
        ctx.say(f"{label} - {_result_text(done.result)}")
        if done.result is not CvmResult.FAILED:
            return _finish(ctx, results)
        if rule.fail_if_unsuccessful:
            break
    return _finish(ctx, results, TvrBit.CVM_FAILED)


def _unusable(ctx: Context, rule: CvmRule, label: str) -> bool:
    """Not recognised or not supported: the CVM is unsuccessful without being performed."""
    if rule.method not in NEEDS:
        ctx.tvr = ctx.tvr.set(TvrBit.CVM_UNRECOGNISED)
        ctx.say(f"{label} - {_('not recognised')}")
        return True
    if supported(ctx, rule.method):
        return False
    if rule.method in PIN_METHODS:
        ctx.tvr = ctx.tvr.set(TvrBit.PIN_PAD_MISSING)
    ctx.say(f"{label} - {_('not supported by this terminal')}")
    return True


def _perform(ctx: Context, rule: CvmRule) -> Performed | Ending:
    """Carry out one CVM. Raises LinkError."""
    method = rule.method
    if method == FAIL_CVM:
        return Performed(CvmResult.FAILED)
    if method == SIGNATURE:
        return Performed(CvmResult.UNKNOWN)
    if method == NO_CVM:
        return Performed(CvmResult.SUCCESSFUL)
    if method == ONLINE_PIN:
        entered = online_pin(ctx)
        return Performed(CvmResult.UNKNOWN if entered.verified else CvmResult.FAILED, entered.bits)
    outcome = offline_pin(ctx, enciphered=method in ENCIPHERED)
    if isinstance(outcome, Ending):
        return outcome
    return Performed(_pin_result(outcome, method), outcome.bits)


def _pin_result(outcome: PinOutcome, method: int) -> CvmResult:
    if not outcome.verified:
        return CvmResult.FAILED
    if method in WITH_SIGNATURE:
        return CvmResult.UNKNOWN  # one passes and the other is unknown (Book 4, table 2)
    return CvmResult.SUCCESSFUL


def _finish(ctx: Context, results: bytes, *bits: TvrBit) -> Ending | None:
    ctx.terminal[0x9F34] = results
    ctx.settle(Open.CARDHOLDER, *bits)
    ctx.performed(TsiBit.CARDHOLDER)
    ctx.say(
        _("CVM results {results}: {method}").format(
            results=to_hex(results), method=method_name(results[0] & 0x3F)
        )
    )
    return None


def _result_text(result: CvmResult) -> str:
    return {
        CvmResult.UNKNOWN: _("result unknown to the terminal"),
        CvmResult.FAILED: _("failed"),
        CvmResult.SUCCESSFUL: _("successful"),
    }[result]
