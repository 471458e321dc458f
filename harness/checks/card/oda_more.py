"""More about offline data authentication: the method, revocation, the PIN encipherment key."""

from __future__ import annotations

from harness.checks.card.cites import book2, book3
from harness.checks.card.initiation import CDA, DDA, SDA, aip_bit
from harness.checks.card.oda_steps import judge_steps, trusted
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, ok
from harness.checks.registry import check
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict

_STEPS = (
    "length",
    "trailer",
    "header",
    "format",
    "hash",
    "pan",
    "expiry",
    "key algorithm",
    "modulus",
    "exponent",
)


@check(
    "ODA-00",
    N_("The method of offline data authentication"),
    suite="card",
    severity=Verdict.PASS,
    spec=(book3("10.3"),),
    reads=(0x82,),
)
def method(view: CardView) -> Finding:
    """What a terminal that can do everything chooses: CDA before DDA before SDA; with none of
    them the card is for online use only."""
    found = [name for name, bit in (("CDA", CDA), ("DDA", DDA), ("SDA", SDA)) if aip_bit(view, bit)]
    seen = view.datum(0x82).evidence
    if not found:
        return ok(_("none: an online-only card"), seen)
    return ok(_("{first}, out of {all}").format(first=found[0], all=", ".join(found)), seen)


@check(
    "ODA-11",
    N_("Issuer certificate: not revoked"),
    suite="card",
    spec=(book2("5.3, step 10"),),
    reads=(0x8F,),
)
def revoked(view: CardView) -> Finding:
    """RID, CA key index and certificate serial number are not on the terminal's list."""
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    return judge_steps(chain.issuer, ("revocation",), "{details}")


@check(
    "ODA-27",
    N_("PIN encipherment key: certificate"),
    suite="card",
    spec=(book2("7.1"),),
    reads=(0x9F2D,),
)
def pin_key(view: CardView) -> Finding:
    """9F2D, 9F2E and 9F2F recover under the issuer key, with every step of the ICC key's."""
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    return judge_steps(chain.pin, _STEPS, _("certified: {details}"))
