"""Transactions on a virtual slot: a handle that was closed while it waited keeps nobody out."""

from __future__ import annotations

from harness.checks.reader.desk import Task
from harness.link import service as sv
from harness.link.api import LinkOptions
from harness.link.service import Share
from harness.link.virtual import VirtualReader


def test_a_handle_closed_while_it_waits_does_not_take_its_turn() -> None:
    reader = VirtualReader("test-card", LinkOptions(("test-card",)))
    service = reader.service()
    code, client = service.open()
    assert code == sv.SUCCESS
    assert client is not None
    handles = []
    for _number in range(3):
        code, handle = client.connect(service.slot, Share.SHARED)
        assert code == sv.SUCCESS
        assert handle is not None
        handles.append(handle)
    first, second, third = handles
    assert first.begin() == sv.SUCCESS
    waiting = Task(second.begin)
    assert not waiting.done(0.1)
    assert second.disconnect() == sv.SUCCESS
    assert first.end() == sv.SUCCESS
    assert waiting.value(5.0) == sv.INVALID_HANDLE
    assert Task(third.begin).value(5.0) == sv.SUCCESS
