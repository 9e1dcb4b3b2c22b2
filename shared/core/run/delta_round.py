"""The position at which the next directory round continues."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeltaRound:
    """What the app stores about the last directory round whose run has finished."""

    link: str
    """Graph's delta link, which leads to the changes since this round."""
    source: str
    """The properties whose changes the link reports."""
    people: int
    """All people that the rounds so far have reported."""
