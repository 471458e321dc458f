"""Codes that are not EMVCo's: a payer's one-time code, or a merchant's collection address.

They are opaque: digits or an address that only their network can resolve. All that can be said
offline is what the form says; the forms are those that the networks' merchant guides publish
(second-hand, see ``SPEC``).
"""

from __future__ import annotations

import re
from typing import Any

from harness.codec.decoded import Decoded
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.core.spec import Spec

SPEC = Spec("merchant guides of WeChat Pay, Alipay and UnionPay", "payment codes", verified=False)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of code: ``network``, ``role`` (payer or collection), ``rule`` in words."""

    network: str
    role: str
    rule: str
    pattern: re.Pattern[str]


FORMS: tuple[Form, ...] = (
    Form(
        "WeChat Pay", "payer", N_("18 digits, the first two 10 to 15"), re.compile(r"1[0-5]\d{16}")
    ),
    Form(
        "Alipay",
        "payer",
        N_("16 to 24 digits, the first two 25 to 30"),
        re.compile(r"(?:2[5-9]|30)\d{14,22}"),
    ),
    Form("UnionPay", "payer", N_("19 digits, the first two 62"), re.compile(r"62\d{17}")),
    Form(
        "Alipay",
        "collection",
        N_("address at alipay.com"),
        re.compile(r"https?://(?:qr|m|render|mobilecodec|ds)\.alipay\.com/\S*", re.I),
    ),
    Form(
        "WeChat Pay",
        "collection",
        N_("address of WeChat Pay"),
        re.compile(
            r"(?:wxp://|weixin://wxpay/|https?://(?:(?:pay|payapp)\.weixin\.qq|wx\.tenpay)\.com/)\S*",
            re.I,
        ),
    ),
    Form(
        "UnionPay",
        "collection",
        N_("address at 95516.com"),
        re.compile(r"https?://(?:[a-z0-9-]+\.)*95516\.com/\S*", re.I),
    ),
    Form("UPI", "collection", N_("address with the scheme upi"), re.compile(r"upi://\S*", re.I)),
    Form(
        "",
        "collection",
        N_("an address, of no payment network that is known here"),
        re.compile(r"[a-z][a-z0-9+.-]{1,15}://\S+", re.I),
    ),
)


def form_of(text: str) -> Form | None:
    """The first form that the whole of ``text`` (without outer white space) has."""
    bare = text.strip()
    return next((form for form in FORMS if form.pattern.fullmatch(bare)), None)


def masked_code(text: str) -> str:
    """A payer's digits are as good as money while they last: first two and last four stay."""
    return text[:2] + "*" * (len(text) - 6) + text[-4:]


_UPI = {
    "pa": N_("payee address"),
    "pn": N_("payee name"),
    "mc": N_("merchant category code"),
    "tr": N_("transaction reference"),
    "tn": N_("note"),
    "am": N_("amount"),
    "cu": N_("currency"),
    "mode": N_("mode"),
    "sign": N_("signature"),
}
"""Parameters of an address of the scheme upi (NPCI's linking specification, second-hand)."""


def _upi_parts(text: str) -> list[str]:
    from urllib.parse import parse_qsl, urlsplit

    try:
        pairs = parse_qsl(urlsplit(text).query, max_num_fields=50)
    except ValueError:
        return []
    return [f"{key}  {_(_UPI[key])}: {value}" for key, value in pairs if key in _UPI]


def code_view(text: str, form: Form, mask: bool = True) -> Decoded:
    """What the form says, and that it says no more."""
    bare = text.strip()
    payer = form.role == "payer"
    shown = masked_code(bare) if payer and mask else bare
    title = _("payer's code") if payer else _("collection address")
    lines = [
        f"{form.network} {title}".strip() + f"  {shown}",
        _("recognised by its form: {rule}").format(rule=_(form.rule)),
        _("opaque: it holds nothing to decode offline; the acquirer alone can check it"),
    ]
    parts = _upi_parts(bare) if form.network == "UPI" else []
    if parts:
        lines = [*lines[:2], *parts, _("the acquirer alone can check the address")]
    body: dict[str, Any] = {
        "value": shown,
        "network": form.network,
        "role": form.role,
        "opaque": not parts,
        "fields": lines[1:],
    }
    if payer and mask:
        body["masked"] = True
    return Decoded("payer-code", lines, body)
