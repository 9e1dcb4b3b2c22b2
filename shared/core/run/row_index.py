"""The search index of a run's rows.

A text finds a row by its row number in Excel, or by the beginning of its object id, key, name or user principal name,
or of a word in one of these. The index is a file of the attempt, written when its plan is ready and again when it ends.
A line has a row's number and its search texts in lower case, with and without accents; an erasure finds the person by
them too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from shared.core.export.places import Places
from shared.core.run.row import Row
from shared.core.values.cell import unaccented

ROW_INDEX = "rows.index"
"""The name of the file in the folder of the attempt."""


@dataclass(slots=True)
class RowIndex:
    """Collects a line for each row."""

    _lines: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self._lines.append(_line(row))

    def to_bytes(self) -> bytes:
        return "\n".join(self._lines).encode()


class SoughtText:
    """The text that a person typed to find rows.

    A number also finds the rows that have it as their row number in Excel.
    """

    def __init__(self, text: str, places: Places) -> None:
        number = text.strip()
        is_number = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
        self._rows = frozenset(places.numbers_of(int(number))) if is_number else frozenset()
        begins = "|".join(map(re.escape, filter(None, _spellings(text))))
        self._pattern = re.compile(rf"(?m)^(\d+)\t(?:.*[\t ])?(?:{begins})" if begins else r"(?!)")

    def fits(self, row: Row) -> bool:
        return row.number in self._rows or bool(self._pattern.match(_line(row)))

    def rows_in(self, index: bytes) -> list[int]:
        """The numbers of the rows that the text finds, in order."""
        return sorted({*self._rows, *(int(found[1]) for found in self._pattern.finditer(index.decode()))})


_LONGEST_NUMBER = 7


def _line(row: Row) -> str:
    texts = (row.object_id, row.display_name, row.user_principal_name, row.key)
    return "\t".join((str(row.number), *dict.fromkeys(each for text in texts for each in _spellings(text))))


def _spellings(text: str) -> tuple[str, ...]:
    """The text in lower case with single spaces between words, with and without accents."""
    lowered = " ".join(re.sub("[,;]", " ", text.casefold()).split())
    return (lowered,) if lowered.isascii() else (lowered, " ".join(unaccented(lowered).split()))
