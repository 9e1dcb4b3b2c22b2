"""What of a returned result was corrected: its rows against those that were returned, whatever their order.

Called by the intake. A row is as it was returned when its cells that the app uses say the same, wherever they stand:
rows and columns may have been moved.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.export.export_row import ExportRow, evidence_of, is_empty
from shared.core.export.file_mapping import FileMapping, Use
from shared.core.export.role_names import role_name
from shared.core.export.work_corrections import said
from shared.core.values.cell import Cell
from shared.core.values.counts import counted
from shared.core.values.said import NOTHING, Said, as_said

_MOST_NAMED = 20
_SAYS_NOTHING = (Use.IGNORED, Use.OURS)
NumberedCells = Iterable[tuple[int, Sequence[Cell]]]
"""Row numbers, and the cells of these rows by column."""


@dataclass(frozen=True, slots=True)
class RowContents:
    """What each row says, as a fingerprint, by row number, and what stands in the columns that the app added."""

    by_number: Mapping[int, bytes]
    texts: frozenset[str] = frozenset()
    """All that the app's columns say."""
    unread: Mapping[int, tuple[Cell, ...]] = field(default_factory=dict)
    """By row, the cells of the app's columns that say something else than when they were returned."""

    @classmethod
    def of(
        cls, mapping: FileMapping, rows: NumberedCells, ours: Collection[int], returned: RowContents | None = None
    ) -> RowContents:
        """`ours` are the indexes of the columns that the app added."""
        roles = {
            column.index: role_name(column.role)
            for column in mapping.columns
            if column.role is not None and column.use not in _SAYS_NOTHING
        }
        by_number, texts, unread = dict[int, bytes](), set[str](), dict[int, tuple[Cell, ...]]()
        for number, cells in rows:
            by_number[number] = _content(cells, roles)
            beside = [cell for index, cell in enumerate(cells) if index in ours and cell.text]
            if returned is None:
                texts.update(map(said, beside))
            elif typed := tuple(cell for cell in beside if said(cell) not in returned.texts):
                unread[number] = typed
        return cls(by_number, frozenset(texts), unread)

    def found_in(self, returned: RowContents) -> dict[int, int]:
        """The rows that are as they were returned: their number -> that of the returned row.

        Each returned row is found once: a row that says now what another one said before was corrected.
        """
        in_place = returned.by_number
        same = {number: number for number, content in self.by_number.items() if in_place.get(number) == content}
        left: dict[bytes, list[int]] = defaultdict(list)
        for number, content in returned.by_number.items():
            if number not in same:
                left[content].append(number)
        moved = {
            number: left[content].pop(0)
            for number, content in self.by_number.items()
            if number not in same and left.get(content)
        }
        return same | moved


def _content(cells: Sequence[Cell], roles: Mapping[int, str]) -> bytes:
    said = sorted(
        [roles[index], *evidence_of(cell)] for index, cell in enumerate(cells) if index in roles and not is_empty(cell)
    )
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class NotCorrected:
    """The rows of a result that are as they were returned; for each, what the returned row still needed."""

    needed: Mapping[int, Said] = field(default_factory=dict)
    """By row number, for people, what kept the row from being done; "" = it was done."""
    people: Collection[str] = ()
    """The keys of the rows that were corrected, folded: all rows of a person are corrected together."""
    unread: Mapping[int, tuple[Cell, ...]] = field(default_factory=dict)
    """By row number, what was typed where nothing is read."""

    def why(self, row: ExportRow) -> Said | None:
        """What the row still needs; None when it was corrected, or another row of its person was."""
        if row.row not in self.needed or (row.key is not None and row.key.folded() in self.people):
            return None
        return self.needed[row.row]

    def not_read(self, row: int) -> str:
        """The cells of a row in which something was typed that is not read, in words; "" = there are none."""
        return ", ".join(dict.fromkeys(cell.address for cell in self.unread.get(row, ())))

    def notes(self, rows: Iterable[ExportRow]) -> tuple[Said, ...]:
        """A sentence about such cells beside rows that were corrected all the same."""
        beside = [found for row in rows if (found := self.not_read(row.row)) and self.why(row) is None]
        if not beside:
            return ()
        cells, others = as_said(", ".join(beside[:_MOST_NAMED])), len(beside) - _MOST_NAMED
        if others > 0:
            cells = Said("{cells} and in {rows}", cells=cells, rows=counted(others, "more row", "more rows"))
        return (Said("What was typed in {cells} is not read: it is in columns of the app.", cells=cells),)


def not_corrected(
    rows: Iterable[ExportRow],
    uploaded: RowContents,
    returned: RowContents,
    open_rows: Mapping[int, Said],
    unread: Mapping[int, tuple[Cell, ...]],
) -> NotCorrected:
    """`open_rows` are the returned rows that still needed work, by number, with the reason.

    `unread` is what was typed on the app's own sheets, by the number of the row as uploaded.
    """
    needed = {number: open_rows.get(before, NOTHING) for number, before in uploaded.found_in(returned).items()}
    people = {row.key.folded() for row in rows if row.row not in needed and row.key is not None}
    numbers = uploaded.unread.keys() | unread.keys()
    typed = {number: (*uploaded.unread.get(number, ()), *unread.get(number, ())) for number in numbers}
    return NotCorrected(needed, frozenset(people), typed)
