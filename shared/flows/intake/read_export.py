"""Read an export: every row of the file becomes a row in the ledger, or the file is refused with a reason.

The caller saves the run that it returns.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from pathlib import PurePosixPath

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.export.corrected_rows import NotCorrected
from shared.core.export.export_folders import folder_of
from shared.core.export.export_row import ExportRow
from shared.core.export.file_mapping import FileMapping
from shared.core.export.name_date import dates_in_name
from shared.core.run.attempts import RowCounts
from shared.core.run.keys_seen import ContentDigest, KeysSeen
from shared.core.run.returned import export_name
from shared.core.run.returned_rows import as_returned
from shared.core.run.row import Outcome, Row, completed, new_row, refused
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.run.value_index import ValueKey
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES, for_admins
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said, joined, rows_in_words
from shared.core.values.states import EXPORTS, OPEN_ROWS, RowState, RunState
from shared.core.values.storage import ContainerPort
from shared.flows.intake.corrected_result import Comparison, CorrectedResult
from shared.flows.intake.export_ports import ExportSheet, OpenedExport
from shared.flows.intake.known_layouts import KnownLayouts
from shared.flows.intake.understand import Understood
from shared.flows.journal import RunJournal
from shared.flows.pipeline.returns import Returns
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_ROWS_AT_ONCE = 1_000


OpenExport = Callable[[bytes, str], ExportSheet]
"""Opens an export from its bytes and name. Raises FileRefusedError."""


@dataclass(frozen=True, slots=True)
class ReadExport:
    quarantine: ContainerPort
    returns: Returns
    corrected: CorrectedResult
    runs: RunStore
    rows: RowStore
    layouts: KnownLayouts
    open_export: OpenExport
    date_pattern: str
    """EXPORT_DATE_PATTERN; "" = names have no date."""
    value_key: Callable[[], Awaitable[ValueKey | None]]
    clock: Clock
    journal: RunJournal

    async def __call__(self, run: Run, data: bytes) -> Run:
        """Returns the run, not yet saved: ready to be planned, or failed with its file in quarantine."""
        try:
            return await self._read_into_ledger(run, data)
        except FileRefusedError as refusal:
            return await self.refuse(run, data, refusal)

    async def _read_into_ledger(self, run: Run, data: bytes) -> Run:
        """Raises FileRefusedError, also when the counts of the raw scan, the reader and the ledger differ."""
        first = await asyncio.to_thread(self.open_export, data, run.name)
        compared = await self.corrected.compare(run, first)
        run, first = compared.run, compared.export
        try:
            by_layout = await self.layouts.apply(run, first, compared.as_before)
        except FileRefusedError:
            await compared.check_origins()
            raise
        understood = by_layout.understood
        not_corrected = await compared.not_corrected(understood)
        export, numbers = understood.export, understood.row_numbers
        filled = replace(run, total=len(numbers), first_row=min(numbers, default=0), last_row=max(numbers, default=0))
        if filled.last_row < run.last_row:
            await self.rows.delete_after(run, filled.last_row)  # rows of sheets that are no longer read
        content = ContentDigest()
        rows = (
            _compared_row(filled, row, understood.keys, compared, not_corrected)
            for row in content.counting(understood.rows)
        )
        reader = batched(rows, _ROWS_AT_ONCE, strict=False)
        store = self.rows.insert_missing if run.mapping is None else self.rows.put
        while portion := await asyncio.to_thread(next, reader, None):
            await store(run.id, portion)
        counts = await self.rows.count_all(filled)
        accounted = sum(counts.values())
        if not export.raw_count == len(numbers) == accounted:
            raise _lost_rows(export.raw_count, len(numbers), accounted)
        dates = dates_in_name(self.date_pattern, export_name(run.name))
        content_sha256, secret = hashlib.sha256(data).hexdigest(), await self.value_key()
        rows_digest = secret.of_content(content.text) if secret and not run.corrects else ""
        repeated = await self._repeated(run, content_sha256) or await self._repeated(run, rows_digest)
        same_content = (Said("same content as run {run}", run=repeated),) if repeated else ()
        return replace(
            transition(filled, RunEvent.ROWS_READ).in_attempt(counts=counts),
            content_sha256=content_sha256,
            rows_digest=rows_digest,
            same_content_as=repeated,
            file_modified_at=export.modified,
            content_date=_content_date(run, dates[0] if len(dates) == 1 else export.modified),
            concerns=tuple(
                dict.fromkeys(
                    (
                        *run.concerns,
                        *_several_dates(run, dates),
                        *await self._concerns(run, export, understood),
                        *by_layout.concerns,
                        *not_corrected.concerns(export.places),
                    )
                )
            ),
            notes=(*same_content, *export.notes, *by_layout.notes, *not_corrected.notes(understood.rows)),
            mapping=understood.mapping,
            places=export.places,
            updated_at=self.clock.now(),
        )

    async def _repeated(self, run: Run, digest: str) -> str:
        """The first run with the same bytes, or the same rows; "" = this run is the first, or there is no digest."""
        first = await self.runs.first_with_content(digest, run.id) if digest else ""
        return first if first != run.id else ""

    async def _concerns(self, run: Run, export: OpenedExport, understood: Understood) -> tuple[Said, ...]:
        return (*await self._older(run, export), *await self._emptied(run, understood.mapping))

    async def _emptied(self, run: Run, mapping: FileMapping) -> tuple[Said, ...]:
        """If a column holds mostly placeholders: how it differs from the last finished run of the same folder."""
        if not mapping.has_placeholders:
            return ()
        finished = self.runs.newest_first(self.clock.now(), states={RunState.FINISHED}, sources=EXPORTS)
        async for last in finished:
            if last.mapping is not None and folder_of(last.name) == folder_of(run.name) and not last.options.preview:
                not_compared = _not_compared(await self.runs.unreadable(first=last.id))
                return (*not_compared, *mapping.emptied_since(last.mapping, last.id))
        return _not_compared(await self.runs.unreadable())

    async def _older(self, run: Run, export: OpenedExport) -> tuple[Said, ...]:
        """A sentence if this is a full export that was last saved before the last applied one."""
        last = await self.runs.last_full_export() if run.options.full else None
        if last is None or last.modified is None or export.modified is None or export.modified >= last.modified:
            return ()
        concern = Said(
            "the file was last saved {saved}; the last applied full export ({run}) was saved later, {before}",
            saved=export.modified,
            run=last.run,
            before=last.modified,
        )
        return (concern,)

    async def refuse(self, run: Run, data: bytes | None, refusal: FileRefusedError) -> Run:
        """Copy the file to quarantine with an explanation beside it, and store a workbook with the reason.

        Returns the failed run, not yet saved. Without `data` only the explanation is in quarantine. Rows of an earlier
        reading get their outcome.
        """
        quarantined = f"{run.id}/{PurePosixPath(run.name).name}"
        explanation = {
            "run": run.id,
            "file": run.name,
            "code": refusal.code,
            "message": refusal.message,
            "remedy": refusal.remedy,
            "forAdmins": for_admins(refusal.code),
        }
        if data is not None:
            await self.quarantine.write(quarantined, data)
        await self.quarantine.write(f"{quarantined}.error.json", json.dumps(explanation, indent=2).encode())
        counts = {} if run.mapping is None else await self._complete(run)
        event(EventName.FILE_REFUSED, run=run.id, source=run.source, code=refusal.code)
        failed = replace(
            transition(run, RunEvent.FILE_REFUSED).in_attempt(counts=counts),
            code=refusal.code,
            message=joined(" ", (refusal.message, refusal.remedy)),
            closed=True,
            updated_at=self.clock.now(),
        )
        closed = failed.in_attempt(result_blob=await self.returns.put_refusal(failed))
        await self.journal.ended(closed)
        return closed

    async def _complete(self, run: Run) -> RowCounts:
        """Complete the rows that an earlier reading has stored; returns the counts."""
        found = [row async for row in self.rows.in_order(run, states=OPEN_ROWS)]
        for portion in batched(found, _ROWS_AT_ONCE, strict=False):
            await self.rows.complete_unless_changed(portion, Outcome(RowState.UNPROCESSED, "runFailed"))
        return await self.rows.count_all(run)


def _several_dates(run: Run, dates: Sequence[datetime]) -> tuple[Said, ...]:
    """A concern if the file's name has several dates, and so does not say which is that of the content.

    A corrected result has no such concern, because the export time of the run that it corrects is used again.
    """
    if not dates or dates[0] == dates[-1] or run.corrects:
        return ()
    concern = Said(
        "the file's name has several dates, from {first} to {last}; which one is that of its content is not known",
        first=dates[0],
        last=dates[-1],
    )
    return (concern,)


def _not_compared(unread: Sequence[str]) -> tuple[Said, ...]:
    """A concern if there are `unread` runs, which cannot be read: the last run of the folder may be one of them."""
    if not unread:
        return ()
    concern = Said(
        "a column holds mostly cells that say nothing, such as N/A, and run {run}, which may have had values there, "
        "cannot be read",
        run=unread[-1],
    )
    return (concern,)


def _content_date(run: Run, date: datetime | None) -> datetime | None:
    """The date of the content; one after the upload counts as that of the upload."""
    return min(date, run.export_time) if date else None


def _compared_row(run: Run, row: ExportRow, seen: KeysSeen, compared: Comparison, not_corrected: NotCorrected) -> Row:
    """The row for the ledger.

    A row of a corrected result is complete at once if neither it nor its person is to be planned
    again, or if two cells correct it differently. Any other row is read like one of an export.
    """
    entry = new_row(run.id, row)
    if differing := compared.work.differing.get(row.row):
        return completed(entry, Outcome(RowState.REFUSED, "correctionsDiffer", differing))
    before = not_corrected.before(row)
    if before is None:
        return _row(run, row, seen)
    typed = not_corrected.unread.get(row.row, ())
    if (returned := compared.returned_rows.get(before)) is None:
        return as_returned(entry, typed)
    return returned.again(entry, typed, not_corrected.address_now(row.row))


def _row(run: Run, row: ExportRow, seen: KeysSeen) -> Row:
    """The row for the ledger: queued, or complete at once if the file alone decides.

    In a full export also refused rows are looked up, so that their people are not reported as missing from it.
    """
    entry = new_row(run.id, row)
    if row.left_out:
        return completed(entry, Outcome(RowState.SKIPPED, row.left_out))
    if row.row_refusals:
        return entry if run.options.full and row.key else refused(entry, row.refusals)
    same_key = seen.same_key(row)
    if same_key.outcome is None or (run.options.full and same_key.outcome.state is RowState.REFUSED):
        return replace(entry, first_row=same_key.first_row, other_rows=same_key.other_rows)
    return completed(entry, same_key.outcome)


def _lost_rows(raw: int, read: int, accounted: int) -> FileRefusedError:
    return FileRefusedError(
        "rowCountMismatch",
        Said(
            "The file has {rows}; {read} could be read and {stored} stored, so no row was used.",
            rows=rows_in_words(raw),
            read=read,
            stored=accounted,
        ),
        remedy=CODES["rowCountMismatch"].remedy,
    )
