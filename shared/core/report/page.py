"""A page of a workbook as a value: its texts in order, and the tone of each line, without any style.

The modules of this package make pages; `shared.adapters.workbook.writing` gives them their style.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.core.values.cell import Cell


class Tone(StrEnum):
    """How an outcome is shown; the values are keys of the texts."""

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
        """A sign before the words, so that the tone is not shown by colour alone."""
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
    """Text that is wrapped."""
    NUMBER = "number"
    ROW = "row"
    """The number of a row, which is written without separators of thousands."""
    NOTE = "note"
    """A sentence for readers who want to know more, such as administrators."""
    CODE = "code"
    """Text for programs and support."""
    OUTCOME = "outcome"
    """A sentence in the colour of its line's tone."""
    INPUT = "input"
    """A cell of the export, framed where people may type over it."""


@dataclass(frozen=True, slots=True)
class Column:
    """`width` limits how wide values make the column, in characters; a short heading is shown whole in any case."""

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
    """Whether what follows is for support; later sections are inserted before it."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    lines: Iterable[Line]


@dataclass(frozen=True, slots=True)
class Counts:
    """A table of counts, with a bar chart of them beside it; each text begins with a sign."""

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
    """One sheet. If its last block is a table below titles and paragraphs only, the header is frozen and has
    filters."""

    name: str
    blocks: tuple[Block, ...]
    footer: str
    """With `{page}` and `{pages}`."""

    def with_section(self, title: str, sentences: Iterable[str]) -> Page:
        """The page with one more section of sentences, before the section for support."""
        lasts = (place for place, one in enumerate(self.blocks) if isinstance(one, Section) and one.is_last)
        end = next(lasts, len(self.blocks))
        blocks = (*self.blocks[:end], Section(title), *map(Paragraph, sentences), *self.blocks[end:])
        return replace(self, blocks=blocks)
