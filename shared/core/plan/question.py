"""A question about a slot, to which a person answers *replace* or *leave*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.values.slot import DesiredValue, Slot, StoredValue

AWAITS_DECISION = "awaitsDecision"
LEFT_AS_DECIDED = "leftAsDecided"


class QuestionReason(StrEnum):
    """Why a person has to decide."""

    UNMANAGED = "unmanagedValue"
    """The slot holds a value that the app neither wrote nor adopted."""
    BESIDE = "besideUnmanagedPhone"
    """The person would get a phone and already has another, which the app neither wrote nor adopted
    and the row does not name."""
    UNTRUSTED = "untrustedProperty"
    """The slot has a base, and the new value is of a property of the directory that people may edit themselves."""
    UNDONE = "undoneValue"
    """The row asks for the undone value, or for the undone removal."""
    UNDONE_SWITCH = "undoneSmsSignIn"
    """The row asks for the switch of SMS sign-in that an undo has reverted; the question belongs to the mobile."""


ABOUT_UNDONE = frozenset({QuestionReason.UNDONE, QuestionReason.UNDONE_SWITCH})


@dataclass(frozen=True, slots=True)
class Undone:
    """The undone values of a person by slot, REMOVE = an undone removal, and the undone switch of SMS sign-in."""

    values: Mapping[Slot, DesiredValue] = field(default_factory=dict)
    switch: bool | None = None


NOTHING_UNDONE = Undone()


@dataclass(frozen=True, slots=True)
class Left:
    """What a person has decided to leave, instead of changing it; about other values the app asks again."""

    values: Mapping[Slot, tuple[StoredValue | None, StoredValue | None]] = field(default_factory=dict)
    """By slot the value that was found (None = none), and the value (None = a removal) that was declined."""
    switch: bool | None = None
    """The undone switch of SMS sign-in that was declined; it is not made while the mobile stays as it is."""


NOTHING_LEFT = Left()


@dataclass(frozen=True, slots=True)
class Question:
    """`found` is the value that the decision is about, `wanted` the one that the row asks for; None = no value, or a
    removal."""

    slot: Slot
    reason: QuestionReason
    found: StoredValue | None
    wanted: StoredValue | None

    @property
    def is_about_undone(self) -> bool:
        return self.reason in ABOUT_UNDONE

    def is_as(self, left: tuple[StoredValue | None, StoredValue | None] | None) -> bool:
        """Whether a person has already answered exactly this question with *leave*."""
        return left is not None and left == (self.found, self.wanted)
