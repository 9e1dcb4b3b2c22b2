"""The gate: look at all planned rows together, refuse those that contradict each other, judge the limits.

Called by the planning step once every row is planned, again after a crash: whatever was settled stays settled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from shared.core.run.plan_digest import PlanDigest
from shared.core.run.planned_rows import PlannedRows
from shared.core.run.run import Run
from shared.core.run.safety_limits import ExceededLimit, Figures, SafetyLimits, exceeded_limits, held_message
from shared.core.values.clock import Clock
from shared.core.values.states import Approval, RowState, RunState
from shared.flows.ports import RowStore, RunReports, RunStore


@dataclass(frozen=True, slots=True)
class Gate:
    runs: RunStore
    rows: RowStore
    clock: Clock
    limits: SafetyLimits
    max_same_mobile: int
    held_days: int
    reports: RunReports

    async def __call__(self, run: Run) -> Run:
        figures, digest = await self._settle_contradictions(run)
        concerns = tuple(ExceededLimit("", concern) for concern in run.concerns)
        found = concerns + exceeded_limits(figures, self.limits)
        planned = {**run.planned, **figures.as_dict()}
        judged = self._judged(replace(run, planned=planned, digest=digest, cursor=0, closed_shards={}), figures, found)
        if judged.options.preview or judged.state is RunState.HELD:
            await self.reports.plan(judged)
        return judged

    async def _settle_contradictions(self, run: Run) -> tuple[Figures, str]:
        """The figures of what is left, and its digest, which takes another reading only when something was settled."""
        planned, digest = PlannedRows(self.max_same_mobile), PlanDigest(run.nonce)
        async for row in self.rows.in_order(run):
            planned.add(row)
            digest.add(row)
        outcomes = planned.outcomes()
        await self.rows.complete_many(run.id, outcomes)
        previous = await self.runs.last_full_export() if run.options.full else None
        figures = planned.figures(outcomes, previous.people if previous else None, run.people_without_row)
        return figures, await plan_digest(self.rows, run) if outcomes else digest.hexdigest()

    def _judged(self, run: Run, figures: Figures, found: tuple[ExceededLimit, ...]) -> Run:
        if run.options.preview:
            writes = figures.creates + figures.updates + figures.removals
            message = f"Preview: {writes} of {figures.people} people would be written to."
            return replace(run, state=RunState.FINISHED, message=message)
        must_wait = bool(found) or run.options.approval is Approval.ALWAYS
        if not must_wait:
            return replace(run, state=RunState.APPLYING)
        if run.options.approval is Approval.NEVER:
            reasons = "; ".join(breach.message for breach in found)
            return replace(run, state=RunState.REJECTED, code="runRejected", message=f"Rejected: {reasons}.")
        return replace(
            run,
            state=RunState.HELD,
            message=held_message(found, run.digest),
            held_until=self.clock.now() + timedelta(days=self.held_days),
        )


async def plan_digest(rows: RowStore, run: Run) -> str:
    """The digest of the plan as the ledger holds it now."""
    digest = PlanDigest(run.nonce)
    async for row in rows.in_order(run, states={RowState.PLANNED}):
        digest.add(row)
    return digest.hexdigest()
