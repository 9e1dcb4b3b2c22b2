"""Leavers: a reconcile that finds leavers starts a run that removes their values.

The run of removals is always held. The reading stage of the reconcile stores the rows of that run step by step.
`RememberFullExport` stores which people a full export names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.export.options import RunOptions
from shared.core.record.drift import Drift, LeaverRules, ListedPeople, removal_row
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.run.attempts import Attempt
from shared.core.run.full_exports import FullExport
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.run.safety_limits import SafetyLimits, exceeded_shrink
from shared.core.run.transitions import RunEvent, first_state
from shared.core.values.clock import Clock
from shared.core.values.errors import BlobNotFoundError
from shared.core.values.states import Approval, Policy, RunState, Source
from shared.core.values.storage import ContainerPort
from shared.flows.pipeline.reports import DriftReports, Findings
from shared.flows.scheduled.one_run_per_source import OneRunPerSource

LISTED_PEOPLE = "full-export-names"
"""Name of the blob with the people whom the last full export names."""


@dataclass(frozen=True, slots=True)
class Leavers:
    rules: LeaverRules
    results: ContainerPort
    rows: RowStore
    findings: DriftReports
    one_run_per_source: OneRunPerSource
    options: RunOptions

    async def listed(self) -> ListedPeople | None:
        """The people whom the last full export names; None = none is stored."""
        try:
            return ListedPeople.from_bytes(await self.results.read(LISTED_PEOPLE))
        except BlobNotFoundError:
            return None

    async def put(self, run: Run, found: Sequence[tuple[OwnershipRecord, tuple[Drift, ...]]]) -> int:
        """Store the rows of the leavers that a step of the reconcile `run` found; returns how many there are so far."""
        count = run.read_figures.leavers if run.read_figures else 0
        if not found:
            return count
        removals, findings = self._run_for(run), Findings(count)
        rows = []
        for number, (record, drifts) in enumerate(found, count + 1):
            lost = (Drift(drifts[0].kind, slot, base, base) for slot, base in record.base().items())
            findings.add(record.object_id, (*drifts, *lost))
            rows.append(removal_row(removals.id, number, record.object_id, record.base()))
        await self.findings.store(replace(removals, step=run.step), findings)
        await self.rows.put(removals.id, rows)
        return count + len(found)

    async def start(self, run: Run) -> None:
        """Start the run of removals once the reconcile has read every person, if it found leavers."""
        figures = run.read_figures
        if figures is not None and figures.leavers:
            count = figures.leavers
            removals = replace(self._run_for(run), total=count, first_row=1, last_row=count)
            await self.one_run_per_source.start(replace(removals, people_without_row=figures.people - count))

    def _run_for(self, run: Run) -> Run:
        """The run of removals; every step of one reconcile gets the same run."""
        return Run(
            id=run_id(run.created_at, Source.LEAVERS, run.id, ""),
            state=first_state(RunEvent.LEAVERS_FOUND),
            source=Source.LEAVERS,
            name=f"leavers of {run.id}",
            export_time=run.export_time,
            attempts=(Attempt(run.started_by),),
            created_at=run.created_at,
            updated_at=run.updated_at,
            options=replace(self.options, approval=Approval.ALWAYS, on_existing=Policy.OWNED),
            step=1,
            nonce=run.nonce,
        )


@dataclass(frozen=True, slots=True)
class RememberFullExport:
    """Stores whom a full export names, when its run has finished, for the next full export and for reconciles."""

    runs: RunStore
    rows: RowStore
    results: ContainerPort
    clock: Clock
    limits: SafetyLimits

    async def __call__(self, run: Run) -> None:
        if run.state is not RunState.FINISHED or not run.options.full or run.options.preview:
            return
        await self.runs.remember_full_export(await self._full_export(run))
        rows = [row async for row in self.rows.in_order(run)]
        await self.results.write(LISTED_PEOPLE, ListedPeople.by(run.export_time, rows).to_bytes())

    async def _full_export(self, run: Run) -> FullExport:
        """The facts to store. Raises LookupError without figures, because 0 people would disable MAX_SHRINK_SHARE."""
        figures = run.attempt.plan.figures
        if figures is None:
            raise LookupError(f"run {run.id} finished without the figures of its plan")
        is_shrink_approved = bool(run.approved_by) and exceeded_shrink(figures, self.limits) is not None
        export = FullExport(run.id, figures.people, run.file_modified_at)
        before = await self.runs.last_full_export()
        return export.after(before, self.clock.now(), is_shrink_approved=is_shrink_approved)
