"""Offline data authentication: the CA key and the issuer public key certificate (Book 2, 5.3)."""

from __future__ import annotations

from itertools import pairwise

from harness.checks.card.cites import book2
from harness.checks.card.oda_steps import judge_steps, trusted
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_examined, ok, warn
from harness.checks.registry import check
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict


@check(
    "ODA-01", N_("The CA key is known"), suite="card", spec=(book2("5.2"),), severity=Verdict.WARN
)
def ca_known(view: CardView) -> Finding:
    """RID and index (8F) name a key of the list; one whose kind is not settled warns."""
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    if chain.ca is not None and chain.ca.kind == "unknown":
        return warn(
            _(
                "key {name}: published, but its sources do not say whether it is live or test"
            ).format(name=chain.ca.name)
        )
    return ok(
        _("key {name} ({kind})").format(name=chain.ca.name, kind=chain.ca.kind) if chain.ca else ""
    )


@check(
    "ODA-02",
    N_("The CA key is intact and in force"),
    suite="card",
    spec=(book2("chapter 11"),),
    severity=Verdict.WARN,
)
def ca_in_force(view: CardView) -> Finding:
    """Its hash fits, and a published expiry (no card datum, sources differ) is not in the past."""
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    if chain.ca is None or not chain.ca.intact:
        return warn(_("the SHA-1 of the stored CA key does not fit"))
    if chain.ca.expiry is not None and chain.ca.expiry < view.today.isoformat():
        return warn(
            _("{source} says that the key expired on {day}").format(
                source=chain.ca.source, day=chain.ca.expiry
            )
        )
    return ok(_("SHA-1 fits, {bits} bits").format(bits=chain.ca.key.bits))


@check(
    "ODA-03",
    N_("Key lengths decrease along the chain"),
    suite="card",
    spec=(book2("5.1"), book2("6.1")),
)
def key_lengths(view: CardView) -> Finding:
    """Issuer key not longer than the CA's, ICC key not longer than it; under 1024 bits warns."""
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    keys = [("CA", chain.ca.key if chain.ca else None)]
    keys += [(N_("issuer"), chain.issuer.key if chain.issuer else None)]
    keys += [("ICC", chain.icc.key if chain.icc else None)]
    have = [(name, key.bits) for name, key in keys if key is not None]
    if len(have) < 2:
        return not_examined(_("no key was recovered"))
    said = {"issuer": _("issuer {bits}")}
    text = ", ".join(said.get(name, name + " {bits}").format(bits=bits) for name, bits in have)
    for (upper, more), (lower, bits) in pairwise(have):
        if bits > more:
            return fail(
                _("the {lower} key ({n} bits) is longer than the {upper} key ({m})").format(
                    lower=lower, n=bits, upper=upper, m=more
                )
            )
    if min(bits for _name, bits in have) < 1024:
        return warn(_("short by today's measure: {text} bits").format(text=text))
    return ok(_("{text} bits").format(text=text))


def _issuer(view: CardView, names: tuple[str, ...], said: str) -> Finding:
    chain = trusted(view)
    return chain if isinstance(chain, Finding) else judge_steps(chain.issuer, names, said)


@check(
    "ODA-04",
    N_("Issuer certificate: as long as the CA key"),
    suite="card",
    spec=(book2("5.3, step 1"),),
    reads=(0x8F,),
)
def issuer_length(view: CardView) -> Finding:
    """Tag 90 has the length of the CA modulus."""
    return _issuer(view, ("length",), _("well-formed: {details}"))


@check(
    "ODA-05",
    N_("Issuer certificate: trailer BC"),
    suite="card",
    spec=(book2("5.3, step 2"),),
    reads=(0x8F,),
)
def issuer_trailer(view: CardView) -> Finding:
    """The last recovered byte is BC; anything else mostly says another CA key."""
    return _issuer(view, ("trailer",), _("well-formed: {details}"))


@check(
    "ODA-06",
    N_("Issuer certificate: header 6A"),
    suite="card",
    spec=(book2("5.3, step 3"),),
    reads=(0x8F,),
)
def issuer_header(view: CardView) -> Finding:
    """The first recovered byte is 6A."""
    return _issuer(view, ("header",), _("well-formed: {details}"))


@check(
    "ODA-07",
    N_("Issuer certificate: format 02"),
    suite="card",
    spec=(book2("5.3, step 4"),),
    reads=(0x8F,),
)
def issuer_format(view: CardView) -> Finding:
    """The certificate format byte is 02."""
    return _issuer(view, ("format",), _("well-formed: {details}"))


@check(
    "ODA-08",
    N_("Issuer certificate: hash"),
    suite="card",
    spec=(book2("5.3, steps 5 to 7"),),
    reads=(0x8F,),
)
def issuer_hash(view: CardView) -> Finding:
    """SHA-1 over the recovered data, 92 and 9F32 equals the hash in the certificate."""
    return _issuer(view, ("hash algorithm", "hash"), _("consistent: {details}"))


@check(
    "ODA-09",
    N_("Issuer certificate: identifier fits the PAN"),
    suite="card",
    spec=(book2("5.3, step 8"),),
    reads=(0x8F, 0x5A),
)
def issuer_identifier(view: CardView) -> Finding:
    """The issuer identifier is the beginning of the PAN."""
    return _issuer(view, ("issuer identifier",), _("consistent: {details}"))


@check(
    "ODA-10",
    N_("Issuer certificate: in force"),
    suite="card",
    spec=(book2("5.3, step 9"),),
    reads=(0x8F,),
)
def issuer_expiry(view: CardView) -> Finding:
    """Its month is not over."""
    return _issuer(view, ("expiry",), "{details}")


@check(
    "ODA-12",
    N_("Issuer certificate: RSA key"),
    suite="card",
    spec=(book2("5.3, step 11"),),
    reads=(0x8F,),
)
def issuer_algorithm(view: CardView) -> Finding:
    """The public key algorithm indicator is 01."""
    return _issuer(view, ("key algorithm",), _("well-formed: {details}"))


@check(
    "ODA-13",
    N_("Issuer certificate: modulus and remainder"),
    suite="card",
    spec=(book2("5.3, step 12"),),
    reads=(0x8F,),
)
def issuer_modulus(view: CardView) -> Finding:
    """The part inside and the remainder (92) make up the modulus, nothing missing, nothing over."""
    return _issuer(view, ("modulus",), _("well-formed: {details}"))


@check("ODA-14", N_("Issuer key: exponent"), suite="card", spec=(book2("5.3"),), reads=(0x8F,))
def issuer_exponent(view: CardView) -> Finding:
    """9F32 is 3 or 65537."""
    return _issuer(view, ("exponent",), _("well-formed: {details}"))
