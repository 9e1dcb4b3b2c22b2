"""The verdict: what is to happen to one slot, or to SMS sign-in, and why if it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"
    UNCHANGED = "unchanged"
    KEPT = "kept"


CHANGES = frozenset({Action.CREATE, Action.UPDATE, Action.REMOVE})
"""The actions that write."""


@dataclass(frozen=True, slots=True)
class Verdict:
    action: Action
    code: str = ""
    """The reason of `KEPT`; "" for the other actions."""
