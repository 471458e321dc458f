"""Edits of the certificate chain and of the transaction of a good card, by name and argument."""

from __future__ import annotations

from dataclasses import replace

import cardcases
import cardcases_more as more
from cardedits import indexed, split
from checkviews import break_chain, break_stage, stage

from harness.checks.card.view import CardView
from harness.crypto.rsa import RsaPublicKey
from harness.issuer.messages import HostState


def expires(view: CardView, argument: str) -> None:
    """``issuer=1249``: month and year of a certificate."""
    which, _equals, value = argument.partition("=")
    found = getattr(view.chain, which)
    changed = replace(found, fields={**found.fields, "expiry": bytes.fromhex(value)})
    view.chain = replace(view.chain, **{which: changed})


def nochain(view: CardView, _argument: str) -> None:
    view.chain = None


def step(view: CardView, argument: str) -> None:
    """``issuer=hash``: a step that fails; ``issuer=`` for a stage that was not reached."""
    which, _equals, name = argument.partition("=")
    if name:
        break_chain(view, which, name.replace("_", " "))
    else:
        view.chain = replace(view.chain, **{which: None})


def sda(view: CardView, broken: str) -> None:
    view.chain = replace(view.chain, sda=stage(*cardcases.FORM, broken=broken))


def pin(view: CardView, broken: str) -> None:
    more.pin_stage(broken.replace("_", " "))(view)


def cda(view: CardView, name: str) -> None:
    """A step of the combined signature that fails; without an argument there is none."""
    if not name:
        view.transaction = replace(view.transaction, cda=None)
        return
    broken = break_stage(view.transaction.cda, name.replace("_", " "))
    view.transaction = replace(view.transaction, cda=broken)


def ca(view: CardView, argument: str) -> None:
    """``kind=live``, ``expiry=2030-01-01``, ``sha1=00``."""
    name, _equals, value = argument.partition("=")
    new = bytes.fromhex(value) if name == "sha1" else value
    view.chain = replace(view.chain, ca=replace(view.chain.ca, **{name: new}))


def ac(view: CardView, argument: str) -> None:
    """``9F27=40``: a field of the first GENERATE AC; ``9F27=`` takes it away."""
    tag, value = split(argument)
    cardcases.generate_ac(**{f"t{tag:04X}": value or None})(view)


def acsw(view: CardView, sw: str) -> None:
    first, *rest = view.transaction.generate_ac
    first = replace(first, sw=int(sw, 16) if sw else None)
    view.transaction = replace(view.transaction, generate_ac=(first, *rest))


def asked(view: CardView, kind: str) -> None:
    """What the first GENERATE AC asked for."""
    first, *rest = view.transaction.generate_ac
    first = replace(first, requested=kind)
    view.transaction = replace(view.transaction, generate_ac=(first, *rest))


def acs(view: CardView, count: str) -> None:
    """Only so many GENERATE AC."""
    found = view.transaction.generate_ac[: int(count)]
    view.transaction = replace(view.transaction, generate_ac=found)


def second(view: CardView, cid: str) -> None:
    """9F27 of the second GENERATE AC; ``none`` for an answer without it."""
    first, *_rest = view.transaction.generate_ac
    fields = {tag: value for tag, value in first.fields.items() if tag != 0x9F27}
    if cid != "none":
        fields[0x9F27] = bytes.fromhex(cid)
    other = replace(first, fields=fields)
    view.transaction = replace(view.transaction, generate_ac=(first, other))


def external(view: CardView, sw: str) -> None:
    """What EXTERNAL AUTHENTICATE answered; without an argument it was not sent."""
    answer = int(sw, 16) if sw else None
    view.transaction = replace(view.transaction, external_authenticate_sw=answer)


def txn(view: CardView, argument: str) -> None:
    """``text=declined``, ``error=``, ``outcome=``; ``off=`` for one that did not complete,
    ``exchange=`` for one without GENERATE AC."""
    name, _equals, value = argument.partition("=")
    changes = {"completed": False} if name == "off" else {name: value.replace("_", " ") or None}
    if name in {"text", "error"}:
        changes = {name: value.replace("_", " ")}
    view.transaction = replace(view.transaction, **changes)


def notxn(view: CardView, why: str) -> None:
    view.transaction = None
    if why:
        view.notes["transaction"] = why.replace("_", " ")


def issuer(view: CardView, argument: str) -> None:
    """``none``: nobody was asked; ``unreachable``: nobody answered; ``ok=1``, ``ok=0``, ``ok=``:
    what it says about the cryptogram; ``name=``; ``data=``: its authentication data."""
    name, _equals, value = argument.partition("=")
    response = view.transaction.response
    if name == "none":
        response = None
    elif name == "unreachable":
        response = replace(response, state=HostState.UNREACHABLE)
    elif name == "ok":
        response = replace(response, cryptogram_ok=bool(int(value)) if value else None)
    elif name == "name":
        response = replace(response, name=value)
    else:
        response = replace(response, issuer_authentication_data=bytes.fromhex(value))
    view.transaction = replace(view.transaction, response=response)


def noca(view: CardView, _argument: str) -> None:
    """The CA key is not known."""
    view.chain = replace(view.chain, ca=None)


def untrusted(view: CardView, _argument: str) -> None:
    """The CA key is our own test CA's, and not trusted."""
    view.chain = replace(view.chain, ca=None, untrusted=view.chain.ca)


def key(view: CardView, argument: str) -> None:
    """``icc=128``: a modulus of so many bytes, all bits set."""
    which, _equals, size = argument.partition("=")
    found = getattr(view.chain, which)
    new = replace(found, key=RsaPublicKey(b"\xff" * int(size), 3))
    view.chain = replace(view.chain, **{which: new})


def roca(view: CardView, _argument: str) -> None:
    cardcases.icc_key(lambda _view: cardcases.ROCA_KEY)(view)


def samekey(view: CardView, which: str) -> None:
    """The ICC key is the issuer's, or the CA's."""
    other = getattr(view.chain, which).key
    view.chain = replace(view.chain, icc=replace(view.chain.icc, key=other))


def seenkey(view: CardView, _argument: str) -> None:
    view.seen_keys = frozenset({view.chain.key_print})


def cut(view: CardView, argument: str) -> None:
    """``issuer=hash``: the stage failed at this step, and no later one was reached."""
    which, _equals, name = argument.partition("=")
    step(view, argument)
    found = getattr(view.chain, which)
    at = [one.name for one in found.steps].index(name.replace("_", " "))
    view.chain = replace(view.chain, **{which: replace(found, steps=found.steps[: at + 1])})


def dynamic(view: CardView, count: str) -> None:
    """Only so many dynamic signatures."""
    view.chain = replace(view.chain, dynamic=view.chain.dynamic[: int(count)])


def dynamicbad(view: CardView, at: str) -> None:
    """One of the dynamic signatures does not verify."""
    found = list(view.chain.dynamic)
    index, signature, result = found[int(at)]
    found[int(at)] = (index, signature, break_stage(result, "hash"))
    view.chain = replace(view.chain, dynamic=tuple(found))


def samesign(view: CardView, _argument: str) -> None:
    cardcases.same_signature(view)


def authsw(view: CardView, argument: str) -> None:
    at, sw = indexed(argument)
    known = view.app.internal_authenticate[at]
    view.app.internal_authenticate[at] = replace(known, sw=int(sw, 16))


def long10(view: CardView, size: str) -> None:
    """9F10 of so many bytes."""
    first, *rest = view.transaction.generate_ac
    first = replace(first, fields={**first.fields, 0x9F10: bytes(int(size))})
    view.transaction = replace(view.transaction, generate_ac=(first, *rest))
