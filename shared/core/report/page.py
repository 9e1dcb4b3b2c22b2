"""A page of a workbook as a value: its texts, their order and class of outcome, but not how it looks.

The modules of this package make pages; `shared.adapters.workbook.writing` gives them their style.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.core.values.cell import Cell


class Tone(StrEnum):
    """The class of an outcome; the values are keys of the texts."""

    DONE = "done"
    PARTLY = "partly"
    SAME = "same"
    KEPT = "kept"
    WAITS = "waits"
    UNSURE = "unsure"
    NOT_DONE = "notDone"
    PLANNED = "planned"
    OPEN = "open"

    @property
    def sign(self) -> str:
        """A sign before the words, so that the class is not shown by colour alone."""
        return _SIGNS[self]


_SIGNS = {
    Tone.DONE: "✓",
    Tone.PARTLY: "◐",
    Tone.SAME: "=",
    Tone.KEPT: "–",  # noqa: RUF001 - a dash
    Tone.WAITS: "…",
    Tone.UNSURE: "?",
    Tone.NOT_DONE: "✗",
    Tone.PLANNED: "→",
    Tone.OPEN: "…",
}


class Kind(StrEnum):
    """The kind of content in a column's cells."""

    WORD = "word"
    SENTENCE = "sentence"
    """Wrapped."""
    NUMBER = "number"
    ROW = "row"
    """The number of a row, which has no thousands."""
    NOTE = "note"
    """A sentence for readers who want to know more, such as administrators."""
    CODE = "code"
    """For machines."""
    OUTCOME = "outcome"
    """A sentence in the colour of its line's class."""
    INPUT = "input"
    """A cell of the export, framed where people may type over it."""


@dataclass(frozen=True, slots=True)
class Column:
    """`width` is the greatest width of the column, in characters."""

    heading: str
    width: int
    kind: Kind = Kind.WORD


Value = str | int | Cell | None
"""A cell of an export comes with its type and format."""


@dataclass(frozen=True, slots=True)
class Line:
    values: tuple[Value, ...]
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Title:
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    text: str
    is_last: bool = False
    """What stands from here on is for support, and stays at the end."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    lines: Iterable[Line]


@dataclass(frozen=True, slots=True)
class Counts:
    """A table of counts, with a bar chart of them beside it; each text begins with the sign of its class."""

    columns: tuple[Column, Column]
    lines: tuple[tuple[str, int, Tone], ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """A table of counts over time, and a chart of their shares; the first column is the time."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    lines: tuple[tuple[str, str], ...]


Block = Title | Section | Paragraph | Table | Counts | Shares | Facts


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet. A table below nothing but sentences is frozen below its header, and filtered by it."""

    name: str
    blocks: tuple[Block, ...]
    footer: str
    """With `{page}` and `{pages}`."""

    def with_section(self, title: str, sentences: Iterable[str]) -> Page:
        """The page with sentences at its end, before what is for support."""
        lasts = (place for place, one in enumerate(self.blocks) if isinstance(one, Section) and one.is_last)
        end = next(lasts, len(self.blocks))
        blocks = (*self.blocks[:end], Section(title), *map(Paragraph, sentences), *self.blocks[end:])
        return replace(self, blocks=blocks)
