"""The files that a run leaves for people: plan.xlsx and plan.json before, result.xlsx and summary.json after.

Called by the gate and by the closing stage. File names are fixed, so writing them twice changes nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.core.run.documents import RunDocuments
from shared.core.run.report import Heading, RowReport, report_row
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.storage import ContainerPort
from shared.flows.ports import RowStore

WriteWorkbook = Callable[[bytes, Run, Mapping[int, RowReport], Heading], bytes]
"""Adds our columns to an export; runs in a thread."""


@dataclass(frozen=True, slots=True)
class ExportReports:
    rows: RowStore
    results: ContainerPort
    write_workbook: WriteWorkbook
    clock: Clock
    versions: Mapping[str, str]
    """Of the app and of Graph's API."""

    async def plan(self, run: Run) -> None:
        reports, documents = await self._read(run)
        if run.input_blob:
            await self._workbook(run, reports, "plan")
        await self._json(run, "plan.json", documents.plan(run))

    async def result(self, run: Run) -> str:
        """Write both files; returns the name of the blob to read first."""
        reports, documents = await self._read(run)
        await self._json(run, "summary.json", documents.summary(run, self.clock.now()))
        return await self._workbook(run, reports, "result") if run.input_blob else f"{run.id}/summary.json"

    async def _read(self, run: Run) -> tuple[dict[int, RowReport], RunDocuments]:
        reports, documents = dict[int, RowReport](), RunDocuments(self.versions)
        async for row in self.rows.in_order(run):
            reports[row.number] = report_row(row)
            documents.add(row)
        return reports, documents

    async def _workbook(self, run: Run, reports: Mapping[int, RowReport], heading: Heading) -> str:
        data = await self.results.read(run.input_blob)
        workbook = await asyncio.to_thread(self.write_workbook, data, run, reports, heading)
        name = f"{run.id}/{heading}.xlsx"
        await self.results.write(name, workbook)
        return name

    async def _json(self, run: Run, name: str, content: Mapping[str, Any]) -> None:
        await self.results.write(f"{run.id}/{name}", json.dumps(content, indent=2).encode())
