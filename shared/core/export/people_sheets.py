"""The sheets of people of a file, and which of them are read: all as one list, or the first one alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.core.values.counts import by_count


class SheetsRead(StrEnum):
    """Which sheets of people are read, where several of them could be one list."""

    FIRST = "first"
    ALL = "all"
    """As one list."""


@dataclass(frozen=True, slots=True)
class PeopleSheets:
    """The sheets of people of a file, and which of them are read."""

    alike: tuple[str, ...] = ()
    """Those, as shown, that can be read as one list, the first one first; () = there is one, or they are not alike."""
    read: SheetsRead = SheetsRead.FIRST
    chosen_by: str = ""
    """Who decided which are read; "" = no one, so that it is a proposal."""

    @property
    def as_list(self) -> tuple[str, ...]:
        """Those that are read as one list; () = one sheet is read."""
        return self.alike if self.read is SheetsRead.ALL else ()

    def chosen(self, read: SheetsRead, by: str) -> PeopleSheets:
        """What `by` has chosen. Raises ValueError, in words, when the file has no sheets that can be one list."""
        if not self.alike:
            raise ValueError("the file has no sheets of people of one layout")
        return replace(self, read=read, chosen_by=by)

    @property
    def in_words(self) -> str:
        """Which sheets are read, for HR; "" = there is one."""
        if not self.alike:
            return ""
        return (
            f"{sheets_in_words(self.as_list)} as one list"
            if self.as_list
            else f"only {sheets_in_words(self.alike[:1])}"
        )

    def doubt(self) -> tuple[str, ...]:
        """The sentence that holds the run."""
        if not self.as_list or self.chosen_by:
            return ()
        return (f"lists of people of one layout are {sheets_in_words(self.alike)}; proposal: read them as one list",)


ONLY_SHEET = PeopleSheets()


def sheets_in_words(names: Collection[str]) -> str:
    """`sheet 'Berlin'`, `sheets 'Berlin', 'Paris'`."""
    return f"{by_count(len(names), 'sheet', 'sheets')} {', '.join(f"'{name}'" for name in names)}"
