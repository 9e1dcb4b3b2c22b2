"""The applying stage: check the digest once, then release planned rows to apply.

The window and the write budget limit how many rows are released at a time. This stage itself completes rows that need
no write, and rows whose question has no answer. A row of an undo, and one whose person's ownership record changed after
planning, is released even if it needs no write, because apply reads the person again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.write_budget import WriteBudget
from shared.core.plan.plan import Plan
from shared.core.plan.question import AWAITS_DECISION
from shared.core.plan.slot_outcomes import set_apart, slot_outcomes
from shared.core.record.ownership_record import RecordUpdate, changes_without_write
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.clock import Clock
from shared.core.values.said import Said
from shared.core.values.states import RowState, Source
from shared.flows.journal import RunJournal
from shared.flows.person.shared_values import SharedValues
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.content_age import ContentAge
from shared.flows.pipeline.gate import plan_digest
from shared.flows.pipeline.row_work import RowWork
from shared.flows.pipeline.window import Window

_COMPLETED_PER_STEP = 5_000
_TO_RELEASE = frozenset({RowState.PLANNED, RowState.WRITING})
"""A `planned` row is released; a row in `writing` is released again when its message was lost."""


@dataclass(frozen=True, slots=True)
class Release:
    rows: RowStore
    people: PeopleStore
    content_age: ContentAge
    sharing: SharedValues
    apply_rows: RowWork
    budget: WriteBudget
    clock: Clock
    window: int
    journal: RunJournal

    async def __call__(self, run: Run) -> Advanced:
        if not run.attempt.plan.is_verified:
            return await self._check_digest(run)
        window = Window(self.rows, self.clock, self.window, _TO_RELEASE)
        return await window.advance(run, take_up=self._release, when_complete=self._finish)

    async def _finish(self, run: Run) -> Advanced:
        return Advanced(transition(run, RunEvent.ROWS_COMPLETE), at_once=True)

    async def _check_digest(self, run: Run) -> Advanced:
        if await plan_digest(self.rows, run, run.attempt.plan.digest_version) == run.digest:
            await self.content_age.remember(run)
            if run.approved_by:
                await self.sharing.approve(run.attempt.plan.shared_values)
            verified = run.in_attempt(plan=replace(run.attempt.plan, is_verified=True))
            await self.journal.decided(verified)
            return Advanced(verified, at_once=True)
        message = Said(
            "The stored plan changed after the gate checked it, so nothing more was written. "
            "Upload the file again, or start the run again."
        )
        failed = replace(transition(run, RunEvent.PLAN_ALTERED), code="planAltered", message=message)
        return Advanced(failed, at_once=True)

    async def _release(self, run: Run, room: int) -> tuple[Run, bool]:
        """Release rows in order up to a limit; returns the run, and whether the write budget was enough."""
        writes, undecided = list[Row](), dict[int, Outcome]()
        completed: list[Row] = []
        cursor = run.last_row
        async for row in self.rows.in_order(run, after=run.cursor, states=_TO_RELEASE):
            if row.plan is None:
                continue
            if row.lacks_answer(run.source):
                undecided[row.number] = Outcome(RowState.KEPT, AWAITS_DECISION, slots=set_apart(row.plan))
                continue
            if len(writes) == room or len(completed) == _COMPLETED_PER_STEP:
                cursor = row.number - 1
                break
            (writes if row.plan.operations or row.undoing else completed).append(row)
        await self.rows.complete_many(run.id, undecided)
        affordable = await self._affordable(writes)
        if len(affordable) < len(writes):
            cursor = writes[len(affordable)].number - 1
        changed = await self._complete(run, completed)
        await self.apply_rows(run, [*affordable, *changed])
        return replace(run, cursor=cursor), len(affordable) == len(writes)

    async def _affordable(self, rows: list[Row]) -> list[Row]:
        """The first rows whose writes the write budget allows."""
        costs = [len(row.plan.operations) for row in rows if row.plan is not None]
        granted = await self.budget.take(sum(costs), self.clock.now()) if costs else 0
        return [row for row, spent in zip(rows, accumulate(costs), strict=True) if spent <= granted]

    async def _complete(self, run: Run, rows: Sequence[Row]) -> list[Row]:
        """For rows without a write, store the desired values of their people, then complete the rows, in batches.

        Returns the rows for which another flow has changed or locked the person's record after planning.
        """
        changed_people = await self._update_people(run, rows)
        changed = [row for row in rows if row.object_id in changed_people and not await self._was_updated(run, row)]
        numbers = {row.number for row in changed}
        completed = (row for row in rows if row.number not in numbers)
        outcomes = {
            row.number: Outcome(row.plan.outcome, row.plan.code, slots=slot_outcomes(row.plan))
            for row in completed
            if row.plan is not None
        }
        await self.rows.complete_many(run.id, outcomes)
        return changed

    async def _update_people(self, run: Run, rows: Sequence[Row]) -> frozenset[str]:
        """Update the records; returns the object ids of people whose record another flow has changed or locked.

        A reconcile updates no record, because its values come from the records.
        """
        if run.source is Source.RECONCILE:
            return frozenset()
        return await self.people.update_unchanged(
            [_update_of(run, row, row.plan) for row in rows if row.plan is not None]
        )

    async def _was_updated(self, run: Run, row: Row) -> bool:
        """Whether this run updated the record in an earlier delivery that crashed before it completed the row."""
        return (await self.people.get(row.object_id)).run == run.id


def _update_of(run: Run, row: Row, plan: Plan) -> RecordUpdate:
    return RecordUpdate(
        row.object_id,
        row.record_etag,
        changes_without_write(plan, run),
        specifies_sms=plan.sms_sign_in is not None,
        decides_sms=plan.decided_switch is not None,
        export_time=run.export_time,
        run=run.id,
    )
