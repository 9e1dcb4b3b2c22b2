"""The sheets of people of a file, and which of them are read: all as one list, or the first one alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.core.values.said import NOTHING, Said


class SheetsRead(StrEnum):
    """The choice between sheets of people that could be one list."""

    FIRST = "first"
    ALL = "all"
    """As one list."""


@dataclass(frozen=True, slots=True)
class PeopleSheets:
    """The sheets of people of a file, and which of them are read."""

    alike: tuple[str, ...] = ()
    """The sheets that can be read as one list, as shown and in order; () = there is only one, or they are not alike."""
    read: SheetsRead = SheetsRead.FIRST
    chosen_by: str = ""
    """The caller who chose the sheets that are read; "" = nobody did."""

    @property
    def as_list(self) -> tuple[str, ...]:
        """The sheets that are read as one list; () = one sheet is read."""
        return self.alike if self.read is SheetsRead.ALL else ()

    def chosen(self, read: SheetsRead, by: str) -> PeopleSheets:
        """The sheets with the choice of `by`. Raises ValueError, in words, if no sheets of the file can be one list."""
        if not self.alike:
            raise ValueError("the file has no sheets of people of one layout")
        return replace(self, read=read, chosen_by=by)

    @property
    def in_words(self) -> Said:
        """The sheets that are read, for HR; "" = there was nothing to choose."""
        if not self.alike:
            return NOTHING
        if self.as_list:
            return Said("{sheets} as one list", sheets=sheets_in_words(self.as_list))
        return Said("only {sheets}", sheets=sheets_in_words(self.alike[:1]))

    def doubt(self) -> tuple[Said, ...]:
        """The sentence about the sheets, which holds the run."""
        if not self.as_list or self.chosen_by:
            return ()
        sheets = sheets_in_words(self.alike)
        return (Said("{sheets} hold lists of people of one layout; proposal: read them as one list", sheets=sheets),)


ONLY_SHEET = PeopleSheets()


def sheets_in_words(names: Collection[str]) -> Said:
    """`sheet 'Berlin'`, `sheets 'Berlin', 'Paris'`."""
    quoted = ", ".join(f"'{name}'" for name in names)
    return Said("sheet {names}" if len(names) == 1 else "sheets {names}", names=quoted)
