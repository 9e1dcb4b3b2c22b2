"""A result that comes back corrected: which result it is, and which of its rows are as they were returned.

Called by `ReadExport`. The run gets the age of the run whose result it is, so that newer exports win over corrections;
rows that were not corrected are not applied again. What cannot be recognised, or compared, is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.core.export.corrected_rows import NotCorrected, RowContents, not_corrected
from shared.core.run.documents import report_row
from shared.core.run.returned import ResultMark
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.codes import CODES
from shared.core.values.errors import BlobNotFoundError, FileRefusedError
from shared.core.values.states import EXPORTS, NEEDS_NO_WORK
from shared.flows.intake.export_ports import ExportSheet, OpenedExport
from shared.flows.intake.understand import Understood
from shared.flows.pipeline.returns import Returns
from shared.flows.ports import RowStore, RunStore

_NO_MARK = (
    "the file has columns or sheets of a result, but does not say of which: rows that were not corrected would be "
    "applied again, as if they were new"
)
_NAME = "result.xlsx"


@dataclass(frozen=True, slots=True)
class CorrectedResult:
    runs: RunStore
    rows: RowStore
    returns: Returns
    open_export: Callable[[bytes, str], ExportSheet]

    async def run_of(self, run: Run, export: OpenedExport) -> Run:
        """The run, with the age of the run whose result the file is.

        A correction is never a full export: people whose row was taken out are no leavers. Raises FileRefusedError
        `resultNotKnown`.
        """
        if not export.marks:
            return replace(run, concerns=(*run.concerns, _NO_MARK)) if export.is_result else run
        base, _ = await self._base(export)
        options = replace(run.options, full=False)
        return replace(run, corrects=base.id, export_time=base.export_time, options=options)

    async def not_corrected(self, understood: Understood) -> NotCorrected:
        """Nothing for a file that is no result. Raises FileRefusedError `resultTooOld`."""
        if not understood.export.marks:
            return NotCorrected()
        base, mark = await self._base(understood.export)
        try:
            data = await self.returns.read_marked(base, mark)
        except BlobNotFoundError:
            raise _refusal("resultTooOld", f"It is of run {base.id}.") from None
        open_rows = {row.number: _needed(row) async for row in self.rows.in_order(base) if _needs_work(row)}
        return await asyncio.to_thread(self._compared, understood, base, data, open_rows)

    def _compared(self, understood: Understood, base: Run, data: bytes, open_rows: dict[int, str]) -> NotCorrected:
        assert base.mapping is not None  # noqa: S101 - checked by `_base`
        first = self.open_export(data, _NAME)
        result: OpenedExport = first.as_one_list() if base.places.sheets else first
        returned = RowContents.of(base.mapping, result.rows())
        uploaded = RowContents.of(understood.mapping, understood.export.rows())
        return not_corrected(understood.rows, uploaded, returned, open_rows)

    async def _base(self, export: OpenedExport) -> tuple[Run, ResultMark]:
        """The run whose result the file is. All marks of the file must agree, and be the app's own."""
        marks = {ResultMark.read(text) for text in export.marks}
        mark = marks.pop() if len(marks) == 1 else None
        base = await self.runs.get(mark.run) if mark else None
        is_known = base is not None and mark is not None and mark.is_of(base)
        if base is None or mark is None or not is_known or base.source not in EXPORTS or base.mapping is None:
            raise _refusal("resultNotKnown", "Its run is unknown, was changed, or is not the only one that it names.")
        return base, mark


def _needs_work(row: Row) -> bool:
    return row.state not in NEEDS_NO_WORK or row.code == "notCorrected"


def _needed(row: Row) -> str:
    return report_row(row).reason


def _refusal(code: str, message: str) -> FileRefusedError:
    return FileRefusedError(code, f"{CODES[code].meaning} {message}", remedy=CODES[code].remedy)
