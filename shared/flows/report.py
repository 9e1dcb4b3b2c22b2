"""The files a run leaves for people: plan.xlsx and plan.json before, result.xlsx and summary.json after.

Called by the gate and by finish. Names are fixed, so that writing twice changes nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.core.clock import Clock
from shared.core.report import Heading, RowReport, report_row
from shared.core.run import Run
from shared.core.states import SUCCEEDED_ROWS, Source
from shared.flows.ports import Blobs, Rows


class RunReports(Protocol):
    async def plan(self, run: Run) -> None:
        """Write what the run would do, for people to look at."""
        ...

    async def result(self, run: Run) -> str:
        """Write what came out; returns the blob that holds the answer for people."""
        ...


@dataclass(frozen=True, slots=True)
class ReportsBySource:
    """What a run leaves depends on where its rows come from."""

    usual: RunReports
    special: Mapping[Source, RunReports]

    async def plan(self, run: Run) -> None:
        await self.special.get(run.source, self.usual).plan(run)

    async def result(self, run: Run) -> str:
        return await self.special.get(run.source, self.usual).result(run)


class WriteWorkbook(Protocol):
    def __call__(self, data: bytes, run: Run, reports: Mapping[int, RowReport], heading: Heading) -> bytes:
        """The export with our columns added. Runs in a thread."""
        ...


@dataclass(frozen=True, slots=True)
class Reports:
    rows: Rows
    results: Blobs
    write_workbook: WriteWorkbook
    clock: Clock

    async def plan(self, run: Run) -> None:
        reports = {row.number: report_row(row) async for row in self.rows.in_order(run)}
        if run.input_blob:
            await self._workbook(run, reports, "plan")
        await self._json(run, "plan.json", _about(run) | {"planned": dict(run.planned), "sets": _sets(reports)})

    async def result(self, run: Run) -> str:
        """Write both files; returns the blob that holds the answer for people."""
        reports = {row.number: report_row(row) async for row in self.rows.in_order(run)}
        sets = _sets(reports)
        codes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for report in reports.values():
            codes[report.outcome][report.code] += 1
        summary = _about(run) | {
            "finishedAt": self.clock.now().isoformat(),
            "rows": run.total,
            "succeeded": sum(len(rows) for state, rows in sets.items() if state in SUCCEEDED_ROWS),
            "counts": {state: len(rows) for state, rows in sets.items()},
            "codes": codes,
            "sets": sets,
        }
        await self._json(run, "summary.json", summary)
        return await self._workbook(run, reports, "result") if run.input_blob else f"{run.id}/summary.json"

    async def _workbook(self, run: Run, reports: Mapping[int, RowReport], heading: Heading) -> str:
        data = await self.results.read(run.input_blob)
        workbook = await asyncio.to_thread(self.write_workbook, data, run, reports, heading)
        name = f"{run.id}/{heading}.xlsx"
        await self.results.write(name, workbook)
        return name

    async def _json(self, run: Run, name: str, content: Mapping[str, Any]) -> None:
        await self.results.write(f"{run.id}/{name}", json.dumps(content, indent=2).encode())


def _about(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "state": run.state.value,
        "source": run.source.value,
        "file": run.name,
        "exportTime": run.export_time.isoformat(),
        "createdAt": run.created_at.isoformat(),
        "startedBy": run.started_by,
        "approvedBy": run.approved_by,
        "digest": run.digest,
        "message": run.message,
        "notes": list(run.notes),
    }


def _sets(reports: Mapping[int, RowReport]) -> dict[str, list[int]]:
    """Row numbers by state; every row is in exactly one set."""
    sets: defaultdict[str, list[int]] = defaultdict(list)
    for number, report in reports.items():
        sets[report.outcome].append(number)
    return dict(sets)
