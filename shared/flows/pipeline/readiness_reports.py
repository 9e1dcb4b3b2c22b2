"""The files of a readiness run: what its steps have read, and the report and the workbook that follow from it.

The reading stage stores a part per step. The closing stage writes readiness.json, which has object ids, and
readiness.xlsx, which has names; both also have the number of people per class in this and earlier runs. A copy of the
newest readiness.json is at the top of the results container.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shared.core.person.registration import ListedAccount, MethodKind, MethodList, RegisteredPerson
from shared.core.record.readiness import Found
from shared.core.report.readiness_report import Fallback, ReadinessPoint, ReadinessReport, with_point
from shared.core.run.reported_rows import ReportedRows
from shared.core.run.run import Run
from shared.core.values.phone_delivery import PhoneDelivery
from shared.core.values.said import as_said
from shared.core.values.states import RunState
from shared.core.values.storage import ContainerPort
from shared.flows.pipeline.reports import ExportReports, StepParts, WrittenReport, newest_report

NEWEST_READINESS = "readiness.json"
WORKBOOK = "readiness.xlsx"

WriteReadinessWorkbook = Callable[[Run, ReadinessReport, Sequence[ReadinessPoint]], bytes]
"""Runs in a thread."""


@dataclass(frozen=True, slots=True)
class ReadinessPart:
    """The data that one step of a readiness run has read."""

    registered: Sequence[RegisteredPerson] = ()
    accounts: Sequence[ListedAccount] = ()
    lists: Mapping[str, MethodList] | None = None
    fallback: Fallback | None = None
    proposed_delivery: str = ""
    delivery_note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "registered": [[one.object_id, sorted(one.kinds), one.can_reset] for one in self.registered],
            "accounts": [
                [one.object_id, one.display_name, one.user_principal_name, one.department, one.enabled]
                for one in self.accounts
            ],
            "lists": {
                user: [sorted(one.kinds), sorted(one.read), one.signs_in_by_sms]
                for user, one in (self.lists or {}).items()
            },
            "fallback": asdict(self.fallback) if self.fallback else None,
            "proposedDelivery": self.proposed_delivery,
            "deliveryNote": self.delivery_note,
        }


def _kinds(names: Sequence[str]) -> frozenset[MethodKind]:
    return frozenset(map(MethodKind, names))


@dataclass(frozen=True, slots=True)
class ReadinessReports:
    """`reports` writes the files that every run leaves."""

    reports: ExportReports
    results: ContainerPort
    write_workbook: WriteReadinessWorkbook
    delivery: PhoneDelivery
    methods_for_reset: int

    async def store(self, run: Run, part: ReadinessPart) -> None:
        """Store what this step has read."""
        await self._parts.store(run, part.to_json())

    async def plan(self, run: Run, rows: ReportedRows) -> None:
        """Not called: a readiness run plans nothing."""
        await self.reports.plan(run, rows)

    async def result(self, run: Run, rows: ReportedRows) -> WrittenReport:
        """Write all files; the workbook is to be read first. A run that did not finish has no report."""
        summary = await self.reports.result(run, rows)
        if run.state is not RunState.FINISHED:
            return summary
        report = await self._report(run)
        newest = await self.newest() or {}
        history = with_point(map(ReadinessPoint.from_json, newest.get("history", ())), report.point(run))
        content = json.dumps(report.to_json(run, history), indent=1).encode()
        await self.results.write(f"{run.folder}/readiness.json", content)
        await self.results.write(NEWEST_READINESS, content)
        workbook = f"{run.folder}/{WORKBOOK}"
        await self.results.write(workbook, await asyncio.to_thread(self.write_workbook, run, report, history))
        return WrittenReport(workbook, as_said(report.headline()))

    async def newest(self) -> dict[str, Any] | None:
        return await newest_report(self.results, NEWEST_READINESS)

    @property
    def _parts(self) -> StepParts:
        return StepParts(self.results, "readiness")

    async def _report(self, run: Run) -> ReadinessReport:
        registered, lists = dict[str, RegisteredPerson](), dict[str, MethodList]()
        accounts = dict[str, ListedAccount]()
        fallback, proposed, note = None, "", ""
        async for part in self._parts.all(run):
            registered |= {one[0]: RegisteredPerson(one[0], _kinds(one[1]), one[2]) for one in part["registered"]}
            accounts |= {one[0]: ListedAccount(*one) for one in part["accounts"]}
            lists |= {
                user: MethodList(_kinds(kinds), _kinds(read), sms) for user, (kinds, read, sms) in part["lists"].items()
            }
            fallback = Fallback(**part["fallback"]) if part["fallback"] else fallback
            proposed, note = part["proposedDelivery"] or proposed, part["deliveryNote"] or note
        found = Found({} if fallback else registered, lists, tuple(accounts.values()))
        return ReadinessReport(
            people=found.people(self.methods_for_reset),
            disabled=sum(not one.enabled for one in found.accounts),
            not_read=run.read_figures.not_read if run.read_figures else 0,
            methods_for_reset=self.methods_for_reset,
            able_to_reset_with_fewer=found.able_to_reset_with_fewer(self.methods_for_reset),
            fallback=fallback,
            delivery=self.delivery,
            proposed_delivery=proposed,
            delivery_note=note,
        )
