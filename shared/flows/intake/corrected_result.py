"""Recognises a result that HR has corrected and uploaded again, and the rows in it that were not corrected.

The run gets the age of the run whose result it is, so that newer exports win over corrections; rows that were not
corrected are not applied again. A result whose mark cannot be believed, or that cannot be compared, is refused.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.export.choices_as_before import ReadColumns, choices_as_before
from shared.core.export.columns import positions
from shared.core.export.corrected_rows import NotCorrected, Origins, RowContents, not_corrected
from shared.core.export.file_mapping import Chosen, FileMapping
from shared.core.export.headings.heading import Role
from shared.core.export.renamed_columns import ResultColumns, renamed_columns
from shared.core.export.work_corrections import (
    PeopleSheet,
    WorkCorrections,
    changed,
    headed,
    on_sheet,
    placed,
)
from shared.core.run.returned import ResultMark
from shared.core.run.returned_rows import ReturnedRow
from shared.core.run.run import Run
from shared.core.values.cell import Cell
from shared.core.values.codes import CODES
from shared.core.values.errors import BlobNotFoundError, FileRefusedError
from shared.core.values.said import Said, as_said, joined
from shared.core.values.states import EXPORTS
from shared.flows.intake.export_ports import ExportSheet, OpenedExport
from shared.flows.intake.understand import Understood
from shared.flows.pipeline.returns import Returns, store_corrections

_NO_MARK = Said(
    "the file has columns or sheets of a result, but does not say of which: rows that were not corrected would be "
    "applied again, as if they were new"
)
_NAME = "result.xlsx"
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Returned:
    """The result as it was returned: the mapping of its columns, its content, and the outcome of each row by number."""

    mapping: FileMapping
    export: OpenedExport
    rows: Mapping[int, ReturnedRow]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`run` and `export` replace those of the upload; `returned` None = the file has no mark."""

    run: Run
    export: ExportSheet
    work: WorkCorrections = field(default_factory=WorkCorrections)
    returned: Returned | None = None

    def as_before(self, understood: Understood) -> Mapping[int, Chosen]:
        """What the columns in doubt meant in the result."""
        if self.returned is None:
            return {}
        before = _columns(self.returned.mapping, self.returned.export)
        return choices_as_before(_columns(understood.mapping, understood.export), before, f"run {self.run.corrects}")

    async def check_origins(self) -> None:
        """Raises FileRefusedError `resultsMixed` if the file cannot be used because it has rows of another result."""
        if self.returned is not None:
            await asyncio.to_thread(_check_rows, self.export, self.returned.export)

    @property
    def returned_rows(self) -> Mapping[int, ReturnedRow]:
        return {} if self.returned is None else self.returned.rows

    async def not_corrected(self, understood: Understood) -> NotCorrected:
        """Raises FileRefusedError `resultsMixed`."""
        if self.returned is None:
            return NotCorrected()
        return await asyncio.to_thread(_not_corrected, understood, self.returned, self.work)


@dataclass(frozen=True, slots=True)
class CorrectedResult:
    runs: RunStore
    rows: RowStore
    returns: Returns
    open_export: Callable[[bytes, str], ExportSheet]

    async def compare(self, run: Run, export: ExportSheet) -> Comparison:
        """Compare the file with the result that was returned, if it is one.

        A corrected result is never a full export: people whose row was taken out are no leavers. Raises
        FileRefusedError `resultNotKnown`, `resultTooOld` and `resultsMixed`.
        """
        if not export.marks:
            concerns = (*run.concerns, _NO_MARK) if export.is_result else run.concerns
            return Comparison(replace(run, concerns=concerns), export)
        original, mark, mapping = await self._original(export)
        try:
            data = await self.returns.read_marked(original, mark)
        except BlobNotFoundError:
            raise _refusal("resultTooOld", Said("It is of run {run}.", run=original.id)) from None
        first = await asyncio.to_thread(self.open_export, data, _NAME)
        export = export.with_our_columns(await asyncio.to_thread(_renamed, export, first))
        work = await asyncio.to_thread(_work, export, first, mapping, is_one_sheet=not original.places.sheets)
        if work.cells:
            await store_corrections(self.returns.results, run, work.cells)
        rows = {row.number: ReturnedRow.of(row) async for row in self.rows.in_order(original)}
        corrects = replace(
            run,
            corrects=original.id,
            export_time=original.export_time,
            options=replace(run.options, full=False),
            concerns=(*run.concerns, *work.without_place),
        )
        result: OpenedExport = first.as_one_list() if original.places.sheets else first
        return Comparison(corrects, export.corrected(work.cells), work, Returned(mapping, result, rows))

    async def _original(self, export: OpenedExport) -> tuple[Run, ResultMark, FileMapping]:
        """The run whose result the file is. All marks of the file must agree, and be the app's own."""
        marks = {ResultMark.read(text) for text in export.marks}
        if len(marks) > 1 and None not in marks:
            raise _refusal("resultsMixed", Said("It has the marks of {count} results.", count=len(marks)))
        mark = marks.pop() if len(marks) == 1 else None
        run = await self.runs.get(mark.run) if mark else None
        is_known = run is not None and mark is not None and mark.is_of(run)
        if run is None or mark is None or not is_known or run.source not in EXPORTS or run.mapping is None:
            raise _refusal("resultNotKnown", Said("Its run is unknown, or what the file says of it was changed."))
        return run, mark, run.mapping


def _not_corrected(understood: Understood, returned: Returned, work: WorkCorrections) -> NotCorrected:
    export = understood.export
    result = returned.export
    before = RowContents.of(returned.mapping, result.sheet, result.rows(), result.our_columns)
    uploaded = RowContents.of(understood.mapping, export.sheet, export.rows(), export.our_columns, before)
    _check_origins(uploaded.origins.foreign)
    letters = _letters(understood.mapping, returned.mapping)
    places = (result.places, export.places)
    found = not_corrected(understood.rows, uploaded, before, work.unread, letters, places=places)
    return replace(found, people=frozenset(found.people) | _depending(understood, returned, found, work))


def _depending(
    understood: Understood, returned: Returned, found: NotCorrected, work: WorkCorrections
) -> frozenset[str]:
    """The keys, folded, of rows that are planned again without a correction: they were refused because of other rows.

    Empty if a text beside such a row, or beside a corrected row, is not read, or if two corrections of such a row
    contradict each other. That text or correction may be meant for the other rows.
    """
    refused = {number for number, row in returned.rows.items() if row.depends_on_others}
    depending = {now for now, before in found.found.items() if before in refused}
    in_doubt = found.unread.keys() | work.differing.keys()
    if not depending or in_doubt & depending or in_doubt - found.found.keys():
        return frozenset()
    return frozenset(row.key.folded() for row in understood.rows if row.row in depending and row.key is not None)


def _check_rows(export: OpenedExport, returned: OpenedExport) -> None:
    own = Origins(None)
    for number, cells in returned.rows():
        own.see(number, cells)
    uploaded = Origins(own.references)
    for number, cells in export.rows():
        uploaded.see(number, [on_sheet(cell, export.sheet) for cell in cells])
    _check_origins(uploaded.foreign)


def _letters(mapping: FileMapping, returned: FileMapping) -> dict[str, str]:
    """The letters of the used columns by the letters that they had in the result; columns of one role keep their
    order."""
    now = defaultdict[Role, list[str]](list)
    for column in mapping.columns:
        if column.role is not None:
            now[column.role].append(column.letters)
    return {one.letters: now[one.role].pop(0) for one in returned.columns if one.role is not None and now[one.role]}


def _check_origins(foreign: Sequence[Cell]) -> None:
    """Raises FileRefusedError for rows of another result: they have another age, and the file can have only one."""
    if foreign:
        addresses = list(dict.fromkeys(cell.address for cell in foreign))
        named, others = as_said(", ".join(addresses[:_MOST_NAMED])), len(addresses) - _MOST_NAMED
        if others > 0:
            named = Said("{rows} and {more} more", rows=named, more=others)
        raise _refusal("resultsMixed", Said("Of another result than the rest: {cells}.", cells=named))


def _work(export: ExportSheet, returned: ExportSheet, mapping: FileMapping, *, is_one_sheet: bool) -> WorkCorrections:
    """The corrections on the sheet of rows that need work.

    If several sheets of people were read, no correction finds its cell; each becomes a concern.
    """
    listed = returned.work()
    work, columns = export.work(listed), positions(mapping)
    _check_origins(work.foreign)
    corrections = changed(work, listed)
    if not (corrections or work.unread) or columns is None:
        return WorkCorrections()
    _, key = columns.key
    before = _people(returned, key)
    if not is_one_sheet:
        before = replace(before, rows={})
    names, name = headed(_headings(export)), headed(before.headings)[key]
    return placed(corrections, work.unread, _people(export, names.index(name) if name in names else key), before)


def _renamed(export: OpenedExport, returned: OpenedExport) -> frozenset[int]:
    return renamed_columns(
        ResultColumns(_headings(export), export.our_columns),
        (cells for _, cells in export.rows()),
        ResultColumns(_headings(returned), returned.our_columns),
        (cells for _, cells in returned.rows()),
    )


def _people(export: OpenedExport, key: int) -> PeopleSheet:
    return PeopleSheet(export.sheet, _headings(export), key, dict(export.rows()))


def _columns(mapping: FileMapping, export: OpenedExport) -> ReadColumns:
    return ReadColumns(mapping, _headings(export), export.rows)


def _headings(export: OpenedExport) -> tuple[str, ...]:
    return tuple(heading.text for heading in export.header.headings)


def _refusal(code: str, message: Said) -> FileRefusedError:
    return FileRefusedError(code, joined(" ", (Said(CODES[code].meaning), message)), remedy=CODES[code].remedy)
