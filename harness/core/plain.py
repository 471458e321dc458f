"""``dataclass``: for a type checker the standard library's, at run time the quicker one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from harness.core.plain_class import dataclass

__all__ = ["dataclass"]
