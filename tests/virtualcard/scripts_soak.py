"""The soak script as a module: ``scripts`` is no package."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType


def soak_state() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "scripts" / "soak_state.py"
    spec = importlib.util.spec_from_file_location("soak_state", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
