"""Which bytes of the card's answers a signature covers (the terminal's side)."""

from __future__ import annotations

from collections.abc import Iterable

from harness.codec.tlv import Tlv, parse
from harness.core.i18n import _
from harness.crypto.oda import OdaFailure, Recovered, StepLog

_BOOK3 = "EMV 4.4 Book 3"
_CLAUSE = "10.3"


def static_data_to_authenticate(
    records: Iterable[tuple[int, bytes]], tag_list: bytes | None, aip: bytes
) -> Recovered:
    """The static data to be authenticated (EMV Book 3, 10.3), in ``fields["static-data"]``.

    ``records``: (SFI, record without status word) for every record that the AFL says is signed,
    in its order. Of SFI 1 to 10 the value of template 70 counts, of others the whole record.
    ``tag_list``: 9F4A or None; it may hold tag 82 only, whose value (``aip``) is then appended.
    """
    log = StepLog(_BOOK3)
    data = b""
    for sfi, record in records:
        part = _of_template(record) if sfi <= 10 else _whole_template(record)
        detail = _("SFI {sfi}, {count} bytes").format(sfi=sfi, count=len(record))
        if not log.check(
            "signed record", part is not None, OdaFailure.STATIC_DATA, detail, _CLAUSE
        ):
            return log.end()
        data += part or b""
    if tag_list is not None:
        only_aip = tag_list == b"\x82"
        detail = _("9F4A holds {tags}").format(tags=tag_list.hex().upper() or _("nothing"))
        if not log.check("static data tag list", only_aip, OdaFailure.TAG_LIST, detail, _CLAUSE):
            return log.end()
        data += aip
    return log.end(fields={"static-data": data})


def cda_transaction_data(
    pdol_data: bytes, cdol1_data: bytes, cdol2_data: bytes, response: bytes
) -> bytes:
    """What the transaction data hash of CDA covers (EMV Book 2, 6.6.2).

    The values sent in GET PROCESSING OPTIONS (without the header of 83), in the first GENERATE AC,
    in the second one (empty at the first), then the objects of ``response`` (template 77), whole
    and in their order, but 9F4B. An answer of another form gives no objects.
    """
    nodes = parse(response).nodes
    objects = nodes[0].children if nodes and nodes[0].tag == 0x77 else ()
    answered = b"".join(node.encoded for node in objects if node.tag != 0x9F4B)
    return pdol_data + cdol1_data + cdol2_data + answered


def _template(record: bytes) -> Tlv | None:
    """The template 70 that ``record`` begins with, if it is all there."""
    nodes = parse(record).nodes
    if not nodes or nodes[0].tag != 0x70 or nodes[0].offset:
        return None
    length = record[1 : nodes[0].header]
    if not length:
        return None
    coded = length[0] if length[0] < 0x80 else int.from_bytes(length[1:], "big")
    return nodes[0] if nodes[0].length == coded else None


def _of_template(record: bytes) -> bytes | None:
    template = _template(record)
    return None if template is None else template.value


def _whole_template(record: bytes) -> bytes | None:
    template = _template(record)
    return None if template is None else template.encoded
