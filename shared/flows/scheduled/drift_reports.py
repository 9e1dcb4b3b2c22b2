"""The files of a reconcile: drift.json, masked, and drift.xlsx, the only place with numbers in clear.

The reading stage stores its findings step by step, so no step has to remember earlier ones. The gate and the closing
stage write the files, with the outcome of each row. The newest drift.json is also copied to the top of the container.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.core.record.drift import Drift, DriftReport, drift_from_json, drift_to_json
from shared.core.run.report import RowReport, report_row, summary_of
from shared.core.run.run import Run
from shared.core.values.states import Source
from shared.core.values.storage import BlobNotFoundError, ContainerPort
from shared.flows.ports import RowStore, RunReports

NEWEST = "drift.json"


WriteDriftWorkbook = Callable[[Iterable[DriftReport], Sequence[tuple[str, str]]], bytes]
"""Writes the findings and the summary's lines as a workbook; runs in a thread."""


@dataclass(frozen=True, slots=True)
class DriftedPerson:
    """One person, the number of their row, and their drift."""

    row: int
    object_id: str
    drifts: tuple[Drift, ...]


@dataclass(slots=True)
class Findings:
    """What one step of a reconcile found; `last_row` is the last row number so far."""

    last_row: int
    drifted: list[DriftedPerson] = field(default_factory=list)
    leavers: int = 0
    """Number of leavers in all steps so far."""
    unread: dict[str, str] = field(default_factory=dict)
    """The code of the reason why a person could not be read, by object id."""

    def add(self, object_id: str, drifts: tuple[Drift, ...]) -> None:
        self.last_row += 1
        self.drifted.append(DriftedPerson(self.last_row, object_id, drifts))


@dataclass(frozen=True, slots=True)
class DriftReports:
    """`reports` writes the files that every run leaves."""

    reports: RunReports
    rows: RowStore
    results: ContainerPort
    write_workbook: WriteDriftWorkbook

    async def store(self, run: Run, findings: Findings) -> None:
        """Store what this step found; a repeated step writes the same part again."""
        if not findings.drifted and not findings.unread:
            return
        part = {
            "drifted": [
                {"row": one.row, "id": one.object_id, "drifts": [drift_to_json(drift) for drift in one.drifts]}
                for one in findings.drifted
            ],
            "unread": findings.unread,
        }
        await self.results.write(f"{_parts(run)}{run.step:07d}.json", json.dumps(part).encode())

    async def plan(self, run: Run) -> None:
        await self.reports.plan(run)
        await self._write(run)

    async def result(self, run: Run) -> str:
        """Write all files; returns the name of the workbook."""
        await self.reports.result(run)
        return await self._write(run)

    async def newest(self) -> dict[str, Any] | None:
        """The newest drift.json; None = no reconcile has written one yet."""
        try:
            report: dict[str, Any] = json.loads(await self.results.read(NEWEST))
        except BlobNotFoundError:
            return None
        return report

    async def _write(self, run: Run) -> str:
        outcomes = {row.number: report_row(row) async for row in self.rows.in_order(run)}
        found: list[DriftReport] = []
        unread: dict[str, str] = {}
        async for info in self.results.list(_parts(run)):
            part = json.loads(await self.results.read(info.name))
            unread |= part["unread"]
            for one in part["drifted"]:
                if outcome := outcomes.get(one["row"]):
                    found += [DriftReport(one["id"], drift_from_json(drift), outcome) for drift in one["drifts"]]
        content = json.dumps(_masked(run, found, unread), indent=2).encode()
        await self.results.write(f"{run.id}/drift.json", content)
        if run.source is Source.RECONCILE:
            await self.results.write(NEWEST, content)
        workbook = f"{run.id}/drift.xlsx"
        await self.results.write(workbook, await asyncio.to_thread(self.write_workbook, found, summary_of(run)))
        return workbook


def _parts(run: Run) -> str:
    return f"{run.id}/drift/"


def _masked(run: Run, found: Sequence[DriftReport], unread: dict[str, str]) -> dict[str, Any]:
    """The content of drift.json: numbers show at most their last two digits, addresses nothing."""
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
