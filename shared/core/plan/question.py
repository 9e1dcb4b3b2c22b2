"""A question about a slot that a person has to answer before the plan is applied, with *replace* or *leave*."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.core.values.slot import Slot, StoredValue

AWAITS_DECISION = "awaitsDecision"
LEFT_AS_DECIDED = "leftAsDecided"


class QuestionReason(StrEnum):
    """Why a person has to decide."""

    UNMANAGED = "unmanagedValue"
    """The slot holds a value that the app neither wrote nor adopted."""
    BESIDE = "besideUnmanagedPhone"
    """The person would get a phone beside one that neither the app wrote nor the file names."""
    UNTRUSTED = "untrustedProperty"
    """A value in use would follow a property of the directory that people may edit themselves."""
    UNDONE = "undoneValue"
    """An undo has taken back exactly what the row asks for."""


@dataclass(frozen=True, slots=True)
class Question:
    """`found` is the value that the decision is about, `wanted` the one that the row asks for."""

    slot: Slot
    reason: QuestionReason
    found: StoredValue | None
    wanted: StoredValue | None

    def is_as(self, left: tuple[StoredValue | None, StoredValue | None] | None) -> bool:
        """Whether a person has decided before to leave exactly this."""
        return left is not None and left == (self.found, self.wanted)
