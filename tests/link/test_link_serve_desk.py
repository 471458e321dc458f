"""Orders over the socket: what was done is said, and nobody else can give them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from harness.core.errors import ServiceDown
from harness.link import serve_desk
from harness.link.serve_control import ServeControl
from harness.link.serve_desk import ServeDesk, control_path, give_order


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    control = ServeControl()
    desk = ServeDesk(35999, control, "visa-credit")
    desk.control = control
    desk.open()
    yield desk
    desk.close()
    control.close()


def slot(desk: ServeDesk, *events: str) -> threading.Thread:
    """A slot that takes one order and tells these events."""

    def run() -> None:
        desk.order = desk.control.wait(5)
        for event in events:
            desk.tell(event)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_orders_are_done_when_the_slot_says_so(desk: ServeDesk):
    desk.tell("ready")
    for order, sent, events, state in (
        ("remove", "remove", ["removed"], "removed"),
        ("insert", "reinsert", ["inserted", "ready"], "ready"),
        ("next", "next", ["next", "removed", "inserted", "ready"], "ready"),
    ):
        thread = slot(desk, *events)
        answer = give_order(35999, order)
        thread.join()
        assert desk.order == sent
        assert answer == {"done": True, "state": state, "card": "visa-credit"}


def test_an_order_that_is_done_already_is_not_given(desk: ServeDesk):
    desk.tell("ready")
    assert give_order(35999, "insert")["done"] is True
    assert give_order(35999, "status")["state"] == "ready"
    assert desk.control.wait(0) == ""
    assert give_order(35999, "dance")["done"] is False


def test_a_slot_that_does_not_obey_is_not_waited_for_without_end(
    desk: ServeDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(serve_desk, "DONE_S", 0.2)
    desk.tell("ready")
    answer = give_order(35999, "remove")
    assert (answer["done"], answer["state"]) == (False, "ready")


def test_the_socket_is_private_and_goes_with_the_desk(desk: ServeDesk):
    path = control_path(35999)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    desk.close()
    assert not path.exists()
    with pytest.raises(ServiceDown, match="no card is served"):
        give_order(35999, "status")


def test_a_directory_that_is_open_to_others_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = control_path(35998).parent
    folder.mkdir()
    folder.chmod(0o777)
    control = ServeControl()
    with pytest.raises(ServiceDown, match="open to others"):
        ServeDesk(35998, control, "visa-credit").open()
    control.close()
