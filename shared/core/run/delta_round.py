"""The position at which the next directory round continues: a round is a run that reads the directory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeltaRound:
    """What the app stores about the last directory round whose run has finished."""

    link: str
    """Graph's delta link, which leads to the changes since this round."""
    source: str
    """The properties of accounts whose changes the link reports."""
    people: int
    """The most people that one of the rounds so far has reported."""
