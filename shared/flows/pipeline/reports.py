"""The files about a run, which the gate and the closing stage write.

The gate writes plan.json, and the closing stage summary.json. Each of them also writes the index by which rows are
found. Where people look at the plan of an export, of questions, of an undo or of a clean-up, the gate also writes
plan.xlsx, from the ledger alone. The closing stage writes the result workbook of an export, which has the app's
columns, and for an undo or a clean-up the outcome of every row. A reconcile, and the run that removes its leavers'
values, get drift.json with masked numbers and drift.xlsx with numbers in clear. File names are fixed in an attempt, so
a repeated write replaces the first one, and no attempt writes over the files of another one.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.ledger.rows import RowStore
from shared.core.record.drift import Drift, DriftKind, DriftReport, drift_from_json, drift_to_json
from shared.core.run.documents import RowReport
from shared.core.run.reported_rows import ReportedRows
from shared.core.run.row_index import ROW_INDEX
from shared.core.run.run import Run
from shared.core.values.cell import Cell
from shared.core.values.clock import Clock
from shared.core.values.errors import BlobNotFoundError
from shared.core.values.said import NOTHING, Said
from shared.core.values.states import RunState, Source
from shared.core.values.storage import ContainerPort
from shared.flows.pipeline.returns import Returns, stored_corrections
from shared.telemetry.events import EventName
from shared.telemetry.signals import event, measure, span
from shared.telemetry.table import Metric, SpanName

PLAN_WORKBOOK, PLAN_JSON = "plan.xlsx", "plan.json"
_MOST_FULL_WRITES, _MOST_WRITES = 2, 4
"""How often the closing stage may begin to write the workbook with all its formats, and how often
in total; it begins again after the writing has ended the process."""
_NOT_THE_EXPORT = Said("the export could not be written again; the result names the outcome of every row by its number")
_WITHOUT_FILE = (Source.UNDO, Source.CLEANUP)
"""Sources without an export whose result is the outcome of every row."""
_FOR_APPROVERS = (Source.QUESTIONS, *_WITHOUT_FILE)
"""Sources without a file whose plan is a workbook too."""
NEWEST_DRIFT = "drift.json"
"""A copy of the drift.json of the newest reconcile that has read everybody, at the top of the results container."""

WriteWorkbook = Callable[[bytes, Run, Mapping[int, RowReport], Mapping[int, Mapping[int, Cell]], bool], bytes]
"""Writes an export again with the app's columns, from its bytes, the run, its rows by number, the corrections of cells
by row and column, and whether to keep only values; runs in a thread."""
WriteOutcomes = Callable[[Run, Mapping[int, RowReport]], bytes]
"""Writes the outcome of every row without the export; runs in a thread."""
WritePlanWorkbook = Callable[[Run, Mapping[int, RowReport]], bytes]
"""Writes the plan of a run for approvers; runs in a thread."""
WriteDriftWorkbook = Callable[[Run, Sequence[DriftReport]], bytes]
"""Writes findings of a reconcile; runs in a thread."""


@dataclass(frozen=True, slots=True)
class StepParts:
    """What the steps of a run have read, in a blob for each; a repeated step writes its blob again."""

    results: ContainerPort
    what: str

    async def store(self, run: Run, part: object) -> None:
        await self.results.write(f"{self._folder(run)}{run.step:07d}.json", json.dumps(part).encode())

    async def all(self, run: Run) -> AsyncIterator[Any]:
        """In the order of the steps."""
        async for info in self.results.list(self._folder(run)):
            yield json.loads(await self.results.read(info.name))

    async def delete(self, run: Run) -> None:
        async for info in self.results.list(self._folder(run)):
            await self.results.delete(info.name)

    def _folder(self, run: Run) -> str:
        return f"{run.id}/{self.what}/"


async def newest_report(results: ContainerPort, name: str) -> dict[str, Any] | None:
    """The copy at the top of the results container; None = no run has written one yet."""
    try:
        report: dict[str, Any] = json.loads(await results.read(name))
    except BlobNotFoundError:
        return None
    return report


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """The name of the blob to read first, and a note for the run."""

    blob: str
    note: Said = NOTHING


@dataclass(frozen=True, slots=True)
class ExportReports:
    rows: RowStore
    results: ContainerPort
    returns: Returns
    write_workbook: WriteWorkbook
    write_outcomes: WriteOutcomes
    write_plan: WritePlanWorkbook
    clock: Clock
    versions: Mapping[str, str]
    """The versions of the app and of Graph's API."""

    async def plan(self, run: Run, rows: ReportedRows) -> None:
        await self._index(run, rows)
        await self._note_people(run, rows)
        if _is_read_before_it_is_applied(run) and (run.input_blob or run.source in _FOR_APPROVERS):
            plan = await asyncio.to_thread(self.write_plan, run, rows.texts)
            await self.results.write(f"{run.folder}/{PLAN_WORKBOOK}", plan)
        await self._json(run, PLAN_JSON, rows.documents.plan(run, self.versions))

    async def result(self, run: Run, rows: ReportedRows) -> WrittenReport:
        """Write the files of the result. An export that cannot be written again becomes a workbook of the outcomes."""
        with span(SpanName.RESULT, run=run.id):
            return await self._result(run, rows)

    async def _result(self, run: Run, rows: ReportedRows) -> WrittenReport:
        await self._index(run, rows)
        if not run.digest:
            await self._note_people(run, rows)
        await self._json(run, "summary.json", rows.documents.summary(run, self.versions, self.clock.now()))
        if not run.input_blob and run.source not in _WITHOUT_FILE:
            return WrittenReport(f"{run.folder}/summary.json")
        if run.input_blob and (name := await self._workbook(run, rows.texts)):
            return WrittenReport(name)
        outcomes = await asyncio.to_thread(self.write_outcomes, run, rows.texts)
        return WrittenReport(await self.returns.put(run, outcomes), _NOT_THE_EXPORT if run.input_blob else NOTHING)

    async def _note_people(self, run: Run, rows: ReportedRows) -> None:
        await self.rows.note_people(run.id, ((report.object_id, number) for number, report in rows.texts.items()))

    async def _index(self, run: Run, rows: ReportedRows) -> None:
        await self.results.write(f"{run.folder}/{ROW_INDEX}", rows.index.to_bytes())

    async def _workbook(self, run: Run, reports: Mapping[int, RowReport]) -> str:
        """The name of the annotated export; "" when it cannot be written, or writing it ended the process too often."""
        try:
            data = await self.results.read(run.input_blob)
        except BlobNotFoundError:
            return ""
        corrections = await stored_corrections(self.results, run)
        writes = run.attempt.result_writes
        for values_only in (False, True):
            if writes > (_MOST_WRITES if values_only else _MOST_FULL_WRITES):
                continue
            try:
                workbook = await asyncio.to_thread(self.write_workbook, data, run, reports, corrections, values_only)
            except Exception as error:  # noqa: BLE001 - whatever the file does to the writer, the run must end
                event(EventName.RESULT_NOT_WRITTEN, run=run.id, error=type(error).__name__)
                continue
            return await self.returns.put(run, workbook)
        return ""

    async def _json(self, run: Run, name: str, content: Mapping[str, Any]) -> None:
        await self.results.write(f"{run.folder}/{name}", json.dumps(content, indent=2).encode())


def _is_read_before_it_is_applied(run: Run) -> bool:
    """Whether people look at the plan of the run: it is held, or is a preview."""
    return run.state is RunState.HELD or run.options.preview


@dataclass(frozen=True, slots=True)
class DriftedPerson:
    """One person, the number of their row, and what was found: drift, or only something about the account or the full
    export."""

    row: int
    object_id: str
    drifts: tuple[Drift, ...]

    @property
    def has_drift(self) -> bool:
        """Whether a value differs."""
        return any(drift.slot is not None for drift in self.drifts)


@dataclass(slots=True)
class Findings:
    """The findings of one step of a reconcile; `last_row` is the last row number so far."""

    last_row: int
    drifted: list[DriftedPerson] = field(default_factory=list)
    leavers: int = 0
    """Number of leavers in all steps so far."""
    not_read: dict[str, str] = field(default_factory=dict)
    """The code of the reason why a person could not be read, by object id."""

    def add(self, object_id: str, drifts: tuple[Drift, ...]) -> None:
        self.last_row += 1
        self.drifted.append(DriftedPerson(self.last_row, object_id, drifts))


@dataclass(frozen=True, slots=True)
class DriftReports:
    """`reports` writes the files that every run leaves."""

    reports: ExportReports
    results: ContainerPort
    write_workbook: WriteDriftWorkbook

    async def store(self, run: Run, findings: Findings) -> None:
        """Store what this step found."""
        if not findings.drifted and not findings.not_read:
            return
        part = {
            "drifted": [
                {"row": one.row, "id": one.object_id, "drifts": [drift_to_json(drift) for drift in one.drifts]}
                for one in findings.drifted
            ],
            "unread": findings.not_read,
        }
        await self._parts.store(run, part)

    async def plan(self, run: Run, rows: ReportedRows) -> None:
        await self.reports.plan(run, rows)
        if _is_read_before_it_is_applied(run):
            await self._write(run, rows.texts)

    async def result(self, run: Run, rows: ReportedRows) -> WrittenReport:
        """Write all files; the workbook is to be read first."""
        await self.reports.result(run, rows)
        return WrittenReport(await self._write(run, rows.texts))

    async def newest(self) -> dict[str, Any] | None:
        return await newest_report(self.results, NEWEST_DRIFT)

    @property
    def _parts(self) -> StepParts:
        return StepParts(self.results, "drift")

    async def _write(self, run: Run, outcomes: Mapping[int, RowReport]) -> str:
        found: list[DriftReport] = []
        unread: dict[str, str] = {}
        async for part in self._parts.all(run):
            unread |= part["unread"]
            for one in part["drifted"]:
                if outcome := outcomes.get(one["row"]):
                    found += [DriftReport(one["id"], drift_from_json(drift), outcome) for drift in one["drifts"]]
        content = json.dumps(_masked(run, found, unread), indent=2).encode()
        await self.results.write(f"{run.folder}/drift.json", content)
        if run.source is Source.RECONCILE and _has_read_everybody(run):
            await self.results.write(NEWEST_DRIFT, content)
            _measure(run, found)
        workbook = f"{run.folder}/drift.xlsx"
        await self.results.write(workbook, await asyncio.to_thread(self.write_workbook, run, found))
        return workbook


def _has_read_everybody(run: Run) -> bool:
    """Whether the run was planned, or had nothing to plan; what a run found that ended earlier is only a part."""
    states = {run.state, *(state for state, _ in run.state_history)}
    return not states.isdisjoint({RunState.PLANNING, RunState.FINISHED})


def _measure(run: Run, found: Sequence[DriftReport]) -> None:
    kinds = Counter(report.drift.kind for report in found)
    for kind in DriftKind:
        measure(Metric.DRIFT, kinds[kind], kind=kind)
    if (read := run.read_figures) and read.people:
        measure(Metric.COVERAGE, 1 - read.not_read / read.people)


def _masked(run: Run, found: Sequence[DriftReport], unread: dict[str, str]) -> dict[str, Any]:
    """The content of drift.json. At most the last two digits of a number are shown; e-mail addresses are not shown."""
    return {
        "run": run.id,
        "state": run.state.value,
        "at": run.created_at.isoformat(),
        "message": run.message,
        "people": run.read_figures.people if run.read_figures else 0,
        "drifted": [_masked_drift(report.object_id, report.drift, report.outcome) for report in found],
        "notRead": [{"id": object_id, "code": code} for object_id, code in unread.items()],
    }


def _masked_drift(object_id: str, drift: Drift, outcome: RowReport) -> dict[str, Any]:
    return {
        "id": object_id,
        "kind": drift.kind.value,
        "slot": drift.slot and drift.slot.value,
        "expected": None if drift.expected is None else str(drift.expected),
        "found": None if drift.found is None else str(drift.found),
        "outcome": outcome.outcome,
        "code": outcome.code,
    }
