"""The planning stage: keep the plan queue filled, and check the run at the gate once every row is planned.

People who were not found wait until every other row is planned. Then they are looked up once more, all together.

The gate looks at all planned rows together, refuses rows that contradict each other, and checks the safety limits.
After a crash it runs again; rows that it has already completed stay complete.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from shared.core.run.approvers import SecondPerson, missing_approvals
from shared.core.run.attempts import PlanOfRun
from shared.core.run.messages import RowMessage
from shared.core.run.plan_digest import DIGEST_VERSION, PlanDigest
from shared.core.run.planned_rows import PlannedRows
from shared.core.run.planned_values import AccidentLimits, PlannedValues
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.run.safety_limits import (
    ExceededLimit,
    Managed,
    PlanFigures,
    SafetyLimits,
    exceeded_limits,
    held_message,
    in_one_line,
    unmanaged_replaced,
)
from shared.core.run.transitions import RunEvent, transition
from shared.core.run.value_index import ValueKey
from shared.core.values.clock import Clock
from shared.core.values.states import Approval, RowState, RunState, Source
from shared.core.values.storage import QueuePort
from shared.flows.person.shared_values import NO_KEY, Crowded, SharedValues
from shared.flows.pipeline.advance import Advanced, SourceHooks
from shared.flows.pipeline.content_age import EXPORTS, ContentAge
from shared.flows.pipeline.run_quotas import RunQuotas
from shared.flows.pipeline.window import Window
from shared.flows.ports import PeopleStore, RowStore, RunStore

_MOST_SHARED = 500
"""With more such values their digests do not fit in the run, and the next run asks again about the rest."""


@dataclass(frozen=True, slots=True)
class Planning:
    rows: RowStore
    queue: QueuePort
    clock: Clock
    window: int
    look_up_retry_seconds: float
    """The time after which a person who was not found is looked up again, because a new account replicates slowly."""
    gate: Callable[[Run], Awaitable[Run | None]]

    async def __call__(self, run: Run) -> Advanced:
        window = Window(self.rows, self.clock, self.window, frozenset({RowState.QUEUED}))
        return await window.advance(run, enqueue=self._enqueue, when_complete=self._check)

    async def _enqueue(self, run: Run, room: int) -> tuple[Run, bool]:
        messages: list[str] = []
        cursor = run.last_row
        async for row in self.rows.in_order(run, after=run.cursor, states={RowState.QUEUED}):
            if len(messages) == room:
                cursor = row.number - 1
                break
            messages.append(RowMessage.of(run, row.number).encode())
        await self.queue.send_many(messages)
        return replace(run, cursor=cursor), True

    async def _check(self, run: Run) -> Advanced:
        if run.counts.get(RowState.WAITING, 0):
            return await self._look_up_again(run)
        checked = await self.gate(replace(run, look_up_again_at=None))
        return await self._resume(run) if checked is None else Advanced(checked, at_once=True)

    async def _look_up_again(self, run: Run) -> Advanced:
        """One second look-up, at the same time for everybody who was not found, a window full in each step."""
        now = self.clock.now()
        at = run.look_up_again_at or await self._time_of_second_look_up(run, now)
        if now < at:
            count = run.counts[RowState.WAITING]
            who = "1 person" if count == 1 else f"{count} people"
            message = f"Waiting until {at:%H:%M} UTC to look up {who} again."
            return Advanced(replace(run, look_up_again_at=at, message=message))
        return await self._resume(replace(run, look_up_again_at=at, message=""))

    async def _time_of_second_look_up(self, run: Run, now: datetime) -> datetime:
        """When LOOK_UP_RETRY_SECONDS have passed since the last person was first looked up."""
        last = None
        async for row in self.rows.in_order(run, states={RowState.WAITING}):
            last = max(last or row.looked_up_at, row.looked_up_at) if row.looked_up_at else last
        return now if last is None else last + timedelta(seconds=self.look_up_retry_seconds)

    async def _resume(self, run: Run) -> Advanced:
        """Enqueue waiting rows, and queued ones whose message an earlier delivery of this step may not have sent."""
        rows: list[Row] = []
        async for row in self.rows.in_order(run, states={RowState.WAITING, RowState.QUEUED}):
            rows.append(row)
            if len(rows) == self.window:
                break
        await self.rows.queue_unless_changed([row for row in rows if row.state is RowState.WAITING])
        await self.queue.send_many([RowMessage.of(run, row.number).encode() for row in rows])
        return Advanced(replace(run, closed_shards={}), at_once=True)


@dataclass(frozen=True, slots=True)
class Gate:
    runs: RunStore
    rows: RowStore
    clock: Clock
    limits: SafetyLimits
    second_person: SecondPerson
    accidents: AccidentLimits
    quotas: RunQuotas
    people: PeopleStore
    sharing: SharedValues
    max_unmanaged_replaced: int
    held_days: int
    content_age: ContentAge
    hooks: Mapping[Source, SourceHooks]

    async def __call__(self, run: Run) -> Run | None:
        """The run in its next state; None when rows have to be planned again, as one row."""
        key = await self.sharing.key()
        planned = PlannedRows(self.sharing.limits.mobile, self._may_be_asked(run))
        digest = PlanDigest(run.nonce, DIGEST_VERSION, run.mapping)
        values = PlannedValues(key or ValueKey(secrets.token_bytes()), has_index=key is not None)
        async for row in self.rows.in_order(run):
            planned.add(row)
            values.add(row)
            digest.add(row)
        to_join = planned.to_join()
        for first, others in to_join.items():
            await self._join(run, first, others)
        if to_join or not planned.is_complete:
            return None
        return await self._check(run, planned, values, digest)

    def _may_be_asked(self, run: Run) -> float:
        """How many people of the run may be asked about before they are set apart."""
        return inf if run.source is Source.QUESTIONS else self.max_unmanaged_replaced

    async def _join(self, run: Run, first: int, others: Sequence[int]) -> None:
        """Have the rows planned again as one. The first is saved first: the others end once it has been planned."""
        for number in (first, *others):
            row = await self.rows.get(run.id, number)
            if row is not None and row.state is RowState.PLANNED:
                again = replace(row, state=RowState.WAITING, plan=None, code="", note="", suggestion="")
                is_first = number == first
                other_rows = (*row.other_rows, *others) if is_first else row.other_rows
                await self.rows.save(replace(again, first_row=0 if is_first else first, other_rows=other_rows))

    async def _check(self, run: Run, planned: PlannedRows, values: PlannedValues, found_digest: PlanDigest) -> Run:
        figures, digest = await self._refuse_contradictions(run, planned, values, found_digest)
        age = await self.content_age.concerns(run)
        key = run.mapping.key_concern(figures.unmatched, figures.people - figures.outside) if run.mapping else ()
        concerns = tuple(ExceededLimit("", concern) for concern in (*run.all_concerns, *age, *key))
        managed = await self._managed(figures)
        if run.source is Source.QUESTIONS:
            concerns += (ExceededLimit("", f"{figures.matched} people wait for an answer: replace or leave"),)
        if planned.asks_as_a_whole:
            concerns += (unmanaged_replaced(planned.asked, figures.people, self.max_unmanaged_replaced),)
        crowded = await self._crowded(run, values)
        found = (
            *concerns,
            *exceeded_limits(figures, self.limits, managed),
            *values.accidents(self.accidents),
            *(one.exceeded for one in crowded),
        )
        if not values.has_index and values.wanted():
            found += (NO_KEY,)
        if not run.options.preview:
            found += await self._quotas(run, values, managed, may_pass=not found)
        shared = tuple(one.digest for one in crowded[:_MOST_SHARED])
        plan = PlanOfRun(digest, DIGEST_VERSION, figures=figures, shared_values=shared)
        checked = self._checked(replace(run, cursor=0, closed_shards={}).in_attempt(plan=plan), figures, found)
        if checked.options.preview:
            checked = replace(checked, notes=(*checked.notes, *age))
        if checked.options.preview or checked.state is RunState.HELD:
            await self.hooks[run.source].reports.plan(checked)
        return checked

    async def _refuse_contradictions(
        self, run: Run, planned: PlannedRows, values: PlannedValues, digest: PlanDigest
    ) -> tuple[PlanFigures, str]:
        """Refuse contradicting rows; returns the figures, and the digest of the rows that stay planned."""
        outcomes = planned.outcomes(await self._shared_rows(values))
        await self.rows.complete_many(run.id, outcomes)
        values.keep_without(outcomes)
        previous = await self.runs.last_full_export() if run.options.full else None
        figures = planned.figures(outcomes, previous.people if previous else None, run.people_without_row)
        if previous is not None:
            figures = replace(figures, largest_people=previous.largest(self.clock.now()))
        if run.source in EXPORTS:
            figures = replace(figures, slots=values.slots())
        return figures, await plan_digest(self.rows, run, DIGEST_VERSION) if outcomes else digest.hexdigest()

    async def _shared_rows(self, values: PlannedValues) -> set[int]:
        """The rows with a mobile number that more people have than may share one, and that was approved as shared."""
        crowded = values.crowded_mobiles(self.sharing.limits) if values.has_index else {}
        approved = await self.sharing.approved(crowded)
        return {number for digest in approved for number in crowded[digest]}

    async def _crowded(self, run: Run, values: PlannedValues) -> tuple[Crowded, ...]:
        if not values.has_index:
            return ()
        return await self.sharing.crowded(run.id, values.key, values.sharers(), claims=not run.options.preview)

    async def _managed(self, figures: PlanFigures) -> Managed:
        """The managed people, who are counted only where a share of them can decide."""
        changes = figures.updates + figures.removals
        return await self.people.managed() if changes or figures.creates > self.limits.small_set else Managed()

    async def _quotas(
        self, run: Run, values: PlannedValues, managed: Managed, *, may_pass: bool
    ) -> tuple[ExceededLimit, ...]:
        """The quotas that the run exceeds; without any, a run that is to pass reserves its part of them."""
        if may_pass and not self._always_waits(run):
            return await self.quotas.reserve(run, values, managed)
        return await self.quotas.exceeded(run, values, managed)

    def _always_waits(self, run: Run) -> bool:
        return run.options.approval is Approval.ALWAYS or self.second_person is SecondPerson.ALWAYS

    def _checked(self, run: Run, figures: PlanFigures, found: tuple[ExceededLimit, ...]) -> Run:
        if run.options.preview:
            writes = figures.creates + figures.updates + figures.removals
            message = f"Preview: {writes} of {figures.people} people would be written to."
            return replace(transition(run, RunEvent.PREVIEW_READY), message=message)
        if found and run.options.approval is Approval.NEVER:
            rejected = transition(run, RunEvent.LIMITS_EXCEEDED)
            return replace(rejected, code="runRejected", message=f"Rejected: {in_one_line(found)}.")
        if not found and not self._always_waits(run):
            return transition(run, RunEvent.WITHIN_LIMITS)
        missing = missing_approvals(self.second_person, run.touched_by, frozenset())
        who = "" if self.second_person is SecondPerson.FALSE else f" {missing.in_words()}"
        return replace(
            transition(run, RunEvent.APPROVAL_NEEDED),
            message=f"{held_message(found, run.digest)}{who}",
            held_until=self.clock.now() + timedelta(days=self.held_days),
        )


async def plan_digest(rows: RowStore, run: Run, version: int) -> str:
    """The digest of the plan that the ledger holds now."""
    digest = PlanDigest(run.nonce, version, run.mapping)
    async for row in rows.in_order(run, states={RowState.PLANNED}):
        digest.add(row)
    return digest.hexdigest()
