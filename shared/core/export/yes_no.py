"""The words that mean yes or no, in the languages of `desired`."""

from __future__ import annotations

from shared.core.values.cell import Cell, CellKind, Refusal, folded, refuse
from shared.core.values.said import Said

YES_WORDS = (
    "yes, y, true, ja, j, wahr, oui, o, vrai, sí, s, verdadero, vero, waar, sim, verdadeiro, tak, t, sann, sand, 1"
)
NO_WORDS = "no, n, false, nein, falsch, non, faux, falso, nee, onwaar, não, nie, nej, nei, usann, falsk, 0"

_YES, _NO = (frozenset(folded(word) for word in words.split(",")) for words in (YES_WORDS, NO_WORDS))
_LONGEST_WORD = 80
"""The most characters of a word."""


def read_yes_no(cell: Cell) -> bool | Refusal:
    answer = yes_or_no(cell.text) if cell.kind in {CellKind.BOOLEAN, CellKind.TEXT, CellKind.INTEGER} else None
    return refuse(cell, "yesNoInvalid", Said("the cell says neither yes nor no")) if answer is None else answer


def yes_or_no(text: str) -> bool | None:
    """Whether the text means yes or no; None = neither."""
    word = folded(text) if len(text) <= _LONGEST_WORD else ""
    return word in _YES if word in _YES | _NO else None
