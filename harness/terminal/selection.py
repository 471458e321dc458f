"""Application selection: EMV 4.4 Book 1, 12.3 and 12.4."""

from __future__ import annotations

from harness.codec.apdu import select
from harness.codec.status_word import StatusWord
from harness.codec.tlv import TlvTree, parse
from harness.core.hexes import to_hex
from harness.core.i18n import _, ngettext
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.candidates import (
    SPEC_LIST,
    Candidate,
    Found,
    df_name,
    from_directory,
    from_list,
    in_template,
)
from harness.terminal.channel import Channel
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, not_completed, terminated
from harness.terminal.pse import SPEC_PSE, Directory, read_directory

SPEC_FINAL = Spec("EMV 4.4 Book 1", "12.4")


@dataclass(frozen=True, slots=True)
class Selected:
    """Answer to the final SELECT. ``fault`` says why the application cannot be used, or is
    empty."""

    sw: StatusWord
    raw: bytes
    fci: TlvTree
    fault: str


def build_list(ctx: Context) -> Ending | None:
    """Fill ``ctx.candidates``, best first."""
    ctx.cite(SPEC_PSE, SPEC_LIST)
    found = find_candidates(ctx)
    if found.card_blocked:
        return terminated(_("the card is blocked, or does not know SELECT (6A81)"))
    for line in found.lines:
        ctx.say(line)
    if not found.candidates:
        if found.blocked:
            return terminated(
                _("application blocked: {aids}").format(
                    aids=", ".join(to_hex(aid) for aid in found.blocked)
                )
            )
        return not_completed(_("card and terminal have no application in common"))
    ctx.candidates = sorted(found.candidates, key=lambda candidate: candidate.rank)
    for candidate in ctx.candidates:
        ctx.say(
            _("candidate {candidate}, priority {rank}, by {source}").format(
                candidate=candidate,
                rank=candidate.priority & 0x0F or _("none"),
                source=candidate.source,
            )
            + (_(", needs confirmation") if candidate.needs_confirmation else "")
        )
    return None


def find_candidates(ctx: Context) -> Found:
    """By PSE where it is usable and has something for this terminal, else by the AID list."""
    if not ctx.config.pse:
        ctx.say(_("this terminal does not use the PSE: asking for each AID"))
        return from_list(ctx.channel, ctx.config)
    directory = ctx.directory = read_directory(ctx.channel)
    if directory.card_blocked:
        return Found((), card_blocked=True)
    if directory.usable:
        found = from_directory(ctx.config, directory)
        count = len(directory.entries)
        ctx.say(
            ngettext("PSE with {count} entry", "PSE with {count} entries", count).format(
                count=count
            )
        )
        if found.candidates:
            return found
        for line in found.lines:
            ctx.say(line)
        ctx.say(_("nothing in the directory for this terminal: asking for each AID"))
    else:
        why = directory.faults[0] if directory.faults else _sw_text(directory)
        ctx.say(_("no usable PSE ({why}): asking for each AID").format(why=why))
    return from_list(ctx.channel, ctx.config)


def _sw_text(directory: Directory) -> str:
    if directory.sw == 0x9000:
        return _("an empty directory")
    meaning = directory.sw.meaning(0xA4)
    return f"{directory.sw}, {meaning}" if meaning else str(directory.sw)


def select_next(ctx: Context) -> Ending | None:
    """Select the best candidate that is left; one that cannot be used gives way to the next."""
    ctx.cite(SPEC_FINAL)
    last = ""
    while True:
        candidate = pick(ctx)
        if candidate is None:
            return not_completed(_("no candidate is left") + (f"; {last}" if last else ""))
        ctx.candidates.remove(candidate)
        selected = final_select(ctx.channel, candidate.aid)
        if selected.sw == 0x6A81:
            return terminated(_("the card is blocked (6A81)"))
        if not selected.fault:
            ctx.chosen = candidate
            ctx.card.take(selected.fci.nodes, "FCI")
            ctx.terminal[0x9F06] = candidate.terminal_aid.aid
            ctx.say(_("selected {candidate}").format(candidate=candidate))
            return None
        last = _("{candidate} cannot be used: {fault}").format(
            candidate=candidate, fault=selected.fault
        )
        ctx.say(last)


def pick(ctx: Context) -> Candidate | None:
    """The candidate that the user named, else the first that needs no confirmation, or that the
    cardholder confirms where the terminal can ask (EMV 4.4 Book 1, 12.4)."""
    wanted = ctx.request.aid
    for candidate in tuple(ctx.candidates):
        if wanted is not None:
            if candidate.aid.startswith(wanted):
                return candidate
        elif not candidate.needs_confirmation:
            return candidate
        elif ctx.config.cardholder_confirms:
            if _confirmed(ctx, candidate):
                return candidate
            ctx.candidates.remove(candidate)
        else:
            ctx.say(
                _("{candidate} needs the cardholder's confirmation, nobody can be asked").format(
                    candidate=candidate
                )
            )
    if wanted is not None:
        ctx.say(_("{aid} is not among the candidates").format(aid=to_hex(wanted)))
    return None


def _confirmed(ctx: Context, candidate: Candidate) -> bool:
    if ctx.request.confirm is None or ctx.request.confirm(candidate.name):
        ctx.say(_("{candidate}: confirmed for the cardholder").format(candidate=candidate))
        return True
    ctx.say(_("{candidate}: the cardholder does not want it").format(candidate=candidate))
    return False


def final_select(channel: Channel, aid: bytes) -> Selected:
    """SELECT ``aid`` and judge its FCI (EMV 4.4 Book 1, 11.3.4). Raises LinkError."""
    answer = channel.send(select(aid))
    tree = parse(answer.data)
    return Selected(answer.sw, answer.data, tree, _fault(answer.sw, tree, aid))


def _fault(sw: StatusWord, tree: TlvTree, aid: bytes) -> str:
    if sw == 0x6283:
        return _("application blocked (6283)")
    if sw != 0x9000:
        meaning = sw.meaning(0xA4)
        return _("SELECT answered {sw}").format(sw=sw) + (f", {meaning}" if meaning else "")
    if tree.errors:
        return _("FCI: {fault}").format(fault=tree.errors[0].message)
    if len(tree.nodes) != 1 or tree.nodes[0].tag != 0x6F:
        return _("the FCI is not one template 6F")
    if in_template(tree, 0xA5) is None:
        return _("the FCI has no proprietary template A5")
    name = df_name(tree)
    if name != aid:
        return _("DF name {name} is not the one that was selected").format(
            name=to_hex(name) or _("missing")
        )
    return ""
