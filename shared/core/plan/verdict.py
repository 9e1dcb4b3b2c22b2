"""What is to happen to one slot or to SMS sign-in, and why if nothing is; made by two tables, read by the planner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What is to happen."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"
    UNCHANGED = "unchanged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Verdict:
    action: Action
    code: str = ""
    """Why something is kept; "" for the other actions."""
