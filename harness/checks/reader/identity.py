"""Who the reader says it is, held to its model's profile: ids, firmware, serial, presence, pad."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, not_applicable, ok, skip, warn
from harness.checks.reader.attributes import NOT_OFFERED, PIN_FEATURES, features_of
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Broken, desk, expect, service_check
from harness.checks.reader.enumeration import NAME
from harness.checks.registry import Needs, check
from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.core.verdict import SkipReason, Verdict
from harness.link import service as sv
from harness.profiles.reader_derive import SHORT_APDU
from harness.profiles.reader_match import older

PART10 = Spec("PC/SC Specification Part 10", "features and properties")
CCID = Spec("USB-IF Smart Card CCID 1.1", "5.1, class descriptor")


@check("ENU-03", N_("USB identity"), suite="reader", needs=Needs.NOTHING, spec=(CCID,))
def usb_identity(bench: Bench) -> Finding:
    """The USB ids of the device on the bus are those of the profile that was matched."""
    usb = bench.reader.facts().get("usb", "")
    if not usb:
        return not_applicable(_("the driver tells no USB id"))
    profile = bench.profile
    if profile is None or not profile.usb:
        return ok(_("{usb}; no profile holds it to one").format(usb=usb))
    if profile.usb.upper() != usb.upper():
        return fail(
            _("{usb} on the bus, profile {name} is for {want}").format(
                usb=usb, name=profile.id, want=profile.usb
            ),
            advice=_("`emv-harness profile list` tells which profiles there are"),
        )
    return ok(_("{usb}, as profile {name} says").format(usb=usb, name=profile.id))


@check("FW-01", N_("Firmware version"), suite="reader", needs=Needs.NOTHING, severity=Verdict.WARN)
def firmware(bench: Bench) -> Finding:
    """The firmware (bcdDevice) is told, and not below the least that the profile asks for."""
    version = bench.reader.facts().get("firmware", "")
    if not version:
        return not_applicable(_("the driver tells no firmware"))
    least = bench.profile.limits.min_firmware if bench.profile is not None else ""
    if least and older(version, least):
        return warn(
            _("firmware {version}, the profile asks for {least}").format(
                version=version, least=least
            ),
            advice=_("update the reader's firmware"),
        )
    held = _("at least {least} is wanted").format(least=least) if least else _("no limit is set")
    return ok(_("firmware {version}; {held}").format(version=version, held=held))


@check("FW-02", N_("Serial number"), suite="reader", needs=Needs.NOTHING)
def serial(bench: Bench) -> Finding:
    """The serial number, where there is one, is this reader's alone among all that are listed."""
    parts = NAME.match(bench.reader.name)
    number = bench.reader.facts().get("serial", "") or (parts["serial"] if parts else "") or ""
    if not number:
        return not_applicable(_("the reader tells no serial number"))
    if parts is None:
        return ok(number)
    others = [
        name
        for name in bench.listed
        if (other := NAME.match(name)) is not None
        and other["serial"] == number
        and (other["model"], other["reader"]) != (parts["model"], parts["reader"])
        and other["interface"] == parts["interface"]
    ]
    if others:
        return fail(_("{n} is also the serial number of {names}").format(
            n=number, names=", ".join(others)))  # fmt: skip
    return ok(number)


@service_check("ATT-02", N_("Presence by attribute and by event"))
def presence(bench: Bench) -> Finding:
    """With a card in use, ICC_PRESENCE and ICC_INTERFACE_STATUS say so, as the event does."""
    said = []
    with desk(bench) as made:
        handle = made.handle()
        for name in ("ICC_PRESENCE", "ICC_INTERFACE_STATUS"):
            code, value = handle.attribute(name)
            if code in NOT_OFFERED:
                continue
            expect(code, sv.SUCCESS, doing=name)
            if not any(value):
                raise Broken(_("{name} is {value}, and a card is in use").format(
                    name=name, value=value.hex().upper() or "-"))  # fmt: skip
            said.append(f"{name} {value.hex().upper()}")
    return ok(", ".join(said)) if said else not_applicable(_("the driver offers neither"))


@service_check("ATT-03", N_("Longest input by attribute"))
def longest_input(bench: Bench) -> Finding:
    """MAXINPUT is a number of four bytes, and 261 at least: a full short command."""
    with desk(bench) as made:
        code, value = made.handle().attribute("MAXINPUT")
    if code in NOT_OFFERED:
        return not_applicable(_("the driver does not offer MAXINPUT"))
    expect(code, sv.SUCCESS, doing="MAXINPUT")
    if len(value) != 4:
        return fail(_("MAXINPUT has {n} bytes, not 4").format(n=len(value)))
    number = int.from_bytes(value, "little")
    if number < SHORT_APDU:
        return warn(
            _("{n} bytes: a full short command has {all}").format(n=number, all=SHORT_APDU),
            advice=_("commands with more than {n} bytes of data need another reader").format(
                n=max(0, number - 6)
            ),
        )
    return ok(_("{n:,} bytes").format(n=number))


@service_check(
    "P10-05", N_("PIN features only with a PIN pad"), needs=Needs.NOTHING, spec=(PART10, CCID)
)
def pad(bench: Bench) -> Finding:
    """VERIFY or MODIFY_PIN_DIRECT is offered where the model has a pad (bPINSupport), and only
    there."""
    profile = bench.profile
    if profile is None or not profile.ccid.features:
        return not_applicable(_("no profile says whether this model has a PIN pad"))
    try:
        with desk(bench) as made:
            _handle, found = features_of(made)
    except CodecError as error:
        return fail(error.what)
    except ConfigError as error:
        return skip(SkipReason.DEPENDENCY, error.what, advice=error.todo)
    offered = any(tag in found for tag in PIN_FEATURES)
    if offered and not profile.ccid.pin_pad:
        return fail(_("PIN features are offered, and profile {name} has no PIN pad").format(
            name=profile.id))  # fmt: skip
    if profile.ccid.pin_pad and not offered:
        return fail(_("profile {name} has a PIN pad, and no PIN feature is offered").format(
            name=profile.id))  # fmt: skip
    return ok(_("a PIN pad, and its features") if offered else _("no PIN pad, and no such feature"))
