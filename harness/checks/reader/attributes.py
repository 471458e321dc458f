"""What a reader tells about itself: attributes, Part 10 features and properties, firmware."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, not_applicable, ok, skip, warn
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Desk, desk, service_check
from harness.checks.registry import Needs, check
from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.core.verdict import SkipReason, Verdict
from harness.link import part10
from harness.link import service as sv
from harness.link.service import Handle, Share
from harness.profiles.reader_match import bad_firmware

PART10 = "PC/SC Specification Part 10"
NAMES = (
    "ATR_STRING", "ICC_INTERFACE_STATUS", "ICC_PRESENCE", "VENDOR_IFD_VERSION", "VENDOR_NAME",
    "MAXINPUT", "VENDOR_IFD_SERIAL_NO", "CHANNEL_ID",
)  # fmt: skip
"""The attributes that libccid serves."""
NOT_OFFERED = (sv.UNSUPPORTED, "SCARD_E_UNEXPECTED", "SCARD_E_NOT_TRANSACTED")
PIN_FEATURES = (0x06, 0x07)


@service_check("ATT-01", N_("Attributes"))
def attributes(bench: Bench) -> Finding:
    """Each attribute has a value or is not offered; no other error."""
    offered, odd = [], []
    with desk(bench) as made:
        handle = made.handle()
        for name in NAMES:
            code, value = handle.attribute(name)
            if code == sv.SUCCESS:
                offered.append(f"{name} {value.hex().upper()}")
            elif code not in NOT_OFFERED:
                odd.append(f"{name}: {code}")
    if odd:
        return fail("; ".join(odd))
    return ok(", ".join(offered) or _("none is offered"))


def features_of(made: Desk) -> tuple[Handle, dict[int, int]]:
    """The Part 10 features, with the connection that told them; empty where the reader tells none.
    Raises CodecError for a list that is none, ConfigError without tlv8."""
    handle = made.handle(Share.DIRECT)
    code, raw = handle.control(part10.GET_FEATURES)
    return handle, part10.parse_features(raw) if code == sv.SUCCESS else {}


def _part10_check(bench: Bench, judge: str) -> Finding:
    try:
        with desk(bench) as made:
            handle, features = features_of(made)
            if not features:
                return not_applicable(_("the reader tells no Part 10 features"))
            if judge == "features":
                return ok(
                    ", ".join(part10.FEATURES.get(tag, f"{tag:02X}") for tag in sorted(features))
                )
            return _properties(bench, handle, features, judge)
    except CodecError as error:
        return fail(error.what)
    except ConfigError as error:
        return skip(SkipReason.DEPENDENCY, error.what, advice=error.todo)


def _properties(bench: Bench, handle: Handle, features: dict[int, int], judge: str) -> Finding:
    if 0x12 not in features:
        return not_applicable(_("the reader offers no GET_TLV_PROPERTIES"))
    code, raw = handle.control(features[0x12])
    if code != sv.SUCCESS:
        return fail(_("GET_TLV_PROPERTIES is offered, and ends with {code}").format(code=code))
    known = part10.parse_properties(raw)
    if judge == "properties":
        told = [f"{name} {value}" for name, value in known.values.items()]
        told += [f"{tag:02X} {value.hex().upper()}" for tag, value in known.unknown.items()]
        return ok(", ".join(told) or _("none is offered"))
    if judge == "pin":
        if 0x0A not in features:
            return not_applicable(_("no IFD_PIN_PROPERTIES"))
        code, raw = handle.control(features[0x0A])
        if code != sv.SUCCESS:
            return fail(_("IFD_PIN_PROPERTIES is offered, and ends with {code}").format(code=code))
        pin = part10.parse_pin_properties(raw)
        if pin.lcd != known.values.get("wLcdLayout", pin.lcd):
            return fail(_("two displays: {a:04X} and {b:04X}").format(
                a=pin.lcd, b=int(known.values["wLcdLayout"])))  # fmt: skip
        return ok(_("display {lcd:04X}, both tell the same").format(lcd=pin.lcd))
    usb = bench.reader.facts().get("usb", "")
    if usb and known.usb and usb.upper() != known.usb:
        return fail(_("the reader says {a}, its USB id is {b}").format(a=known.usb, b=usb))
    pads = [tag for tag in PIN_FEATURES if tag in features]
    if not pads and "bMaxPINSize" in known.values:
        return warn(_("PIN sizes are told, and no PIN feature is offered"))
    return ok(_("{usb}, consistent").format(usb=known.usb or "-"))


@service_check("P10-01", N_("Part 10: features"), needs=Needs.NOTHING, spec=(Spec(PART10, "2.2"),))
def features(bench: Bench) -> Finding:
    """The list is well formed: one-byte tags, control codes of four bytes."""
    return _part10_check(bench, "features")


@service_check(
    "P10-02", N_("Part 10: properties"), needs=Needs.NOTHING, spec=(Spec(PART10, "2.6.14"),)
)
def properties(bench: Bench) -> Finding:
    """GET_TLV_PROPERTIES gives integers of their right sizes; unknown tags are kept."""
    return _part10_check(bench, "properties")


@service_check(
    "P10-03",
    N_("Part 10: PIN properties"),
    needs=Needs.NOTHING,
    spec=(Spec(PART10, "features and properties"),),
)
def pin_properties(bench: Bench) -> Finding:
    """The display of IFD_PIN_PROPERTIES is the one of GET_TLV_PROPERTIES."""
    return _part10_check(bench, "pin")


@service_check(
    "P10-04",
    N_("Part 10: consistency"),
    needs=Needs.NOTHING,
    spec=(Spec(PART10, "features and properties"),),
)
def consistency(bench: Bench) -> Finding:
    """USB ids agree with those of the bus; PIN sizes come with a PIN feature."""
    return _part10_check(bench, "consistency")


@check(
    "FW-03",
    N_("Known-bad firmware"),
    suite="reader",
    needs=Needs.NOTHING,
    severity=Verdict.WARN,
    spec=(Spec("libccid", "list of bogus firmware", verified=False),),
)
def firmware(bench: Bench) -> Finding:
    """The firmware is not below the version that the driver asks for."""
    facts = bench.reader.facts()
    usb, version = facts.get("usb", ""), facts.get("firmware", "")
    if not usb or not version:
        return not_applicable(_("USB id or firmware is not told"))
    needed = bad_firmware(usb, version)
    if needed:
        return warn(
            _("{usb} firmware {version}: {needed} or later is needed").format(
                usb=usb, version=version, needed=needed
            ),
            advice=_("update the reader's firmware"),
        )
    return ok(_("{usb} firmware {version}: nothing bad is known").format(usb=usb, version=version))
