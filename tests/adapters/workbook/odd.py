"""One odd file of the corpus: how it is made, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.adapters.workbook.packages import PEOPLE
from tests.adapters.workbook.reading import Rows

PEOPLE_ROWS: Rows = [(row, texts) for row, texts in enumerate(PEOPLE, 2)]
"""The three people below a header in row 1."""


@dataclass(frozen=True, slots=True)
class Odd:
    """Either every row of `rows` is read, or the file is refused with `code`."""

    name: str
    make: Callable[[], bytes]
    rows: Rows | None = None
    code: str = ""
    file: str = "export.xlsx"

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def read(name: str, make: Callable[[], bytes], rows: Rows | None = None, file: str = "export.xlsx") -> Odd:
    """A file that is read completely, by default as the three people."""
    return Odd(name, make, PEOPLE_ROWS if rows is None else rows, file=file)


def refused(name: str, make: Callable[[], bytes], code: str, file: str = "export.xlsx") -> Odd:
    """A file that is refused by name."""
    return Odd(name, make, code=code, file=file)
