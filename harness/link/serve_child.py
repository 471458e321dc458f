"""A card that another process of the harness serves for itself.

``python -m harness.link.serve_child '{"image": ..., "faults": [...], ...}'``. It reads orders from
stdin, one a line (``remove``, ``reinsert``, ``other``, ``wrong-way``), ends when stdin closes, and
writes one JSON object a line to stdout: ``{"event": "ready"}``, ``{"event": "error",
"what": ...}``.
"""

from __future__ import annotations

import json
import sys
import threading
from importlib import import_module
from typing import Any

from harness.core.clock import SystemClock, parse_date
from harness.core.errors import HarnessError
from harness.link.serve_control import ServeControl
from harness.link.vpcd_server import serve


def main(arguments: list[str]) -> int:
    """Serve the card that the first argument describes."""
    wanted: dict[str, Any] = json.loads(arguments[0])
    control = ServeControl()
    threading.Thread(target=_orders, args=(control,), daemon=True).start()
    try:
        module, _colon, name = wanted["opener"].partition(":")
        card = getattr(import_module(module), name)(
            wanted["image"],
            faults=tuple(wanted["faults"]),
            seed=wanted["seed"],
            clock=SystemClock(parse_date(wanted["date"])),
        )
        # Whoever started this process kills it when the card is mute for too long.
        serve(card, wanted["port"], on_event=_tell, control=control, mute_limit_s=None)
    except HarnessError as error:
        _tell("error", error.what, where=error.where, todo=error.todo, kind=type(error).__name__)
        return 1
    return 0


def _tell(event: str, text: str, **more: str) -> None:
    sys.stdout.write(json.dumps({"event": event, "what": text, **more}) + "\n")
    sys.stdout.flush()


def _orders(control: ServeControl) -> None:
    orders = {
        "remove": control.remove,
        "reinsert": control.reinsert,
        "other": control.insert_other,
        "wrong-way": control.insert_wrong_way,
    }
    for line in sys.stdin:
        orders.get(line.strip(), str)()
    control.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
