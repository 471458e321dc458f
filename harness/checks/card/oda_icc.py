"""Offline data authentication: static data and the ICC certificate (Book 2, 5.4, 6.4)."""

from __future__ import annotations

from harness.checks.card.chain import SSAD, TAG_LIST
from harness.checks.card.cites import book2, book3
from harness.checks.card.oda_steps import judge_steps, trusted
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_examined, ok, warn
from harness.checks.registry import check
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.crypto.rsa import RsaPublicKey

_FORM = ("length", "trailer", "header", "format")


@check("ODA-15", N_("Signed static data: form"), suite="card", spec=(book2("5.4"),), reads=(SSAD,))
def ssad_form(view: CardView) -> Finding:
    """93 is as long as the issuer key, with trailer BC, header 6A and format 03."""
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    return judge_steps(chain.sda, _FORM, _("well-formed: {details}"))


@check("ODA-16", N_("Signed static data: hash"), suite="card", spec=(book2("5.4"),), reads=(SSAD,))
def ssad_hash(view: CardView) -> Finding:
    """SHA-1 over the signed data and the static data of the records equals the hash inside.

    Static data can be copied to another card: a good hash says "not altered", never "genuine".
    """
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    return judge_steps(chain.sda, ("hash",), _("not altered: {details}"))


@check(
    "ODA-17",
    N_("The static data tag list names the AIP only"),
    suite="card",
    spec=(book3("10.3"),),
    reads=(TAG_LIST,),
)
def tag_list(view: CardView) -> Finding:
    """9F4A holds 82 and nothing else."""
    datum = view.datum(TAG_LIST)
    if datum.value != b"\x82":
        return fail(
            _("9F4A holds {tags}, not only 82").format(tags=datum.value.hex().upper()),
            datum.evidence,
        )
    return ok(_("9F4A holds 82"), datum.evidence)


def _icc(view: CardView, names: tuple[str, ...], said: str) -> Finding:
    chain = trusted(view)
    return chain if isinstance(chain, Finding) else judge_steps(chain.icc, names, said)


@check(
    "ODA-18",
    N_("ICC certificate: form and hash"),
    suite="card",
    spec=(book2("6.4, steps 1 to 7"),),
    reads=(0x9F46,),
)
def icc_form(view: CardView) -> Finding:
    """As long as the issuer key, BC, 6A, 04, and SHA-1 over it, 9F48, 9F47 and the static data."""
    return _icc(
        view, (*_FORM, "hash"), _("well-formed and consistent with the static data: {details}")
    )


@check(
    "ODA-19",
    N_("ICC certificate: PAN"),
    suite="card",
    spec=(book2("6.4, step 8"),),
    reads=(0x9F46,),
)
def icc_pan(view: CardView) -> Finding:
    """The PAN in the certificate is 5A."""
    return _icc(view, ("pan",), _("consistent: {details}"))


@check(
    "ODA-20",
    N_("ICC certificate: in force, RSA key"),
    suite="card",
    spec=(book2("6.4, steps 9 and 10"),),
    reads=(0x9F46,),
)
def icc_expiry(view: CardView) -> Finding:
    """Its month is not over and the algorithm indicator is 01."""
    return _icc(view, ("expiry", "key algorithm"), _("held: {details}"))


@check(
    "ODA-21",
    N_("ICC key: modulus, remainder and exponent"),
    suite="card",
    spec=(book2("6.4, step 11"),),
    reads=(0x9F46,),
)
def icc_modulus(view: CardView) -> Finding:
    """Inside part and remainder (9F48) make up the modulus; 9F47 is 3 or 65537."""
    return _icc(view, ("modulus", "exponent"), _("well-formed: {details}"))


def _icc_key(view: CardView) -> RsaPublicKey | Finding:
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    if chain.icc is None or chain.icc.key is None:
        return not_examined(_("no ICC key was recovered"))
    return chain.icc.key


@check("ODA-22", N_("Each key is used once"), suite="card", reads=(0x9F46,))
def own_key(view: CardView) -> Finding:
    """The ICC modulus is neither the issuer's nor the CA's, and no other card of the run has it.

    Cards under our own test CA share their keys on purpose: the last rule is not for them. The test
    cards of schemes do both: under a CA key that is known for a test key it is a warning.
    """
    key = _icc_key(view)
    if isinstance(key, Finding):
        return key
    chain = view.chain
    test = chain is not None and chain.ca is not None and chain.ca.kind == "test"
    wrong = warn if test else fail
    advice = _("known of scheme test cards; on a live card a fault of personalisation")
    others = {
        "issuer": chain.issuer.key if chain and chain.issuer else None,
        "CA": chain.ca.key if chain and chain.ca else None,
    }
    for name, other in others.items():
        if other is not None and other.modulus == key.modulus:
            text = _("the ICC key is the {name} key")
            return wrong(text.format(name=name), advice=advice if test else "")
    own = chain is not None and chain.ca is not None and chain.ca.kind == "own-test"
    if chain is not None and chain.key_print in view.seen_keys and not own:
        return wrong(
            _("another card of this run has the same ICC key"),
            advice=_("who has the one card can sign for the other: a fault of personalisation"),
        )
    return ok(_("the ICC key differs from issuer and CA key"))


_ROCA_PRIMES = (
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
)  # fmt: skip


def roca(modulus: bytes) -> bool:
    """Has the modulus the fingerprint of CVE-2017-15361?

    The faulty generator leaves residues that are powers of 65537 modulo every small prime.
    """
    number = int.from_bytes(modulus, "big")
    return all(number % p in {pow(65537, k, p) for k in range(p)} for p in _ROCA_PRIMES)


@check("ODA-23", N_("ICC key without the ROCA weakness"), suite="card", reads=(0x9F46,))
def weak_key(view: CardView) -> Finding:
    """The modulus does not have the fingerprint of CVE-2017-15361."""
    key = _icc_key(view)
    if isinstance(key, Finding):
        return key
    if roca(key.modulus):
        return fail(
            _("the ICC modulus has the fingerprint of CVE-2017-15361 (ROCA)"),
            advice=_("the private key can be computed from the public one: replace the cards"),
        )
    return ok(_("no fingerprint of CVE-2017-15361"))


@check(
    "ODA-28",
    N_("The AIP is signed"),
    suite="card",
    spec=(book3("10.3"),),
    severity=Verdict.WARN,
    reads=(0x8F,),
    judges_absence=True,
)
def aip_signed(view: CardView) -> Finding:
    """9F4A = 82; without it somebody between card and terminal can take abilities away."""
    if view.app.get(TAG_LIST) is None:
        return warn(
            _("the AIP is not among the static data (no 9F4A): a change would not be noticed")
        )
    return ok(_("9F4A puts the AIP among the static data"))
