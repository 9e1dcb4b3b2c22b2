"""The gate: looks at all planned rows together, refuses some or sets them apart, and checks the safety limits.

It runs once no row is left to plan. After a crash it runs again; rows that it has already completed stay complete.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf

from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.run.approvers import SecondPerson, approvals_in_words
from shared.core.run.attempts import PlanOfRun, shortened
from shared.core.run.plan_digest import DIGEST_VERSION, PlanDigest
from shared.core.run.planned_rows import PlannedRows
from shared.core.run.planned_values import AccidentLimits, PlannedValues
from shared.core.run.reported_rows import ReportedRows
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Run
from shared.core.run.safety_limits import (
    Managed,
    PlanFigures,
    ReasonToHold,
    SafetyLimits,
    exceeded_limits,
    held_message,
    in_one_line,
    unmanaged_replaced,
)
from shared.core.run.transitions import RunEvent, transition
from shared.core.run.value_index import ValueKey
from shared.core.values.clock import Clock
from shared.core.values.phone_delivery import PhoneDelivery
from shared.core.values.said import NOTHING, Said, as_said, counted, joined, people_in_words
from shared.core.values.states import EXPORTS, Approval, RowState, RunState, Source
from shared.flows.person.shared_values import NO_KEY, Crowded, SharedValues
from shared.flows.pipeline.advance import SourceHooks
from shared.flows.pipeline.content_age import ContentAge
from shared.flows.pipeline.run_quotas import RunQuotas

CHECK_LASTS = timedelta(hours=1)
"""How long a checked file waits to be started."""
_MOST_SHARED = 500
"""Only so many digests of shared values fit in the run; the next run asks again about the rest."""


@dataclass(slots=True)
class _Rows:
    """The data that the gate and the files of the plan need, collected in one pass over the rows."""

    planned: PlannedRows
    values: PlannedValues
    digest: PlanDigest
    reported: ReportedRows

    def add(self, row: Row) -> None:
        self.planned.add(row)
        self.values.add(row)
        self.digest.add(row)
        self.reported.add(row)


@dataclass(frozen=True, slots=True)
class _PlannedRun:
    """A run with all its planned rows, after some of them were refused or set apart."""

    run: Run
    rows: PlannedRows
    values: PlannedValues
    figures: PlanFigures
    age: Sequence[str]
    """The sentences about the age of its content; each is a reason to hold the run."""
    refused: Collection[int]
    """The numbers of the rows that were refused or set apart."""

    @property
    def asks_nothing(self) -> bool:
        """Whether it is a run of questions without an open question."""
        return self.run.source is Source.QUESTIONS and self.rows.is_all_approved

    @property
    def is_approved_again(self) -> bool:
        """Whether a redrive would write only what a person approved before."""
        return self.run.is_redriven and self.rows.is_all_approved


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
    delivery: PhoneDelivery
    hooks: Mapping[Source, SourceHooks]

    async def __call__(self, run: Run) -> Run | None:
        """The run in its next state; None = rows are to be planned first, such as several of one person as one."""
        key = await self.sharing.key()
        rows = _Rows(
            PlannedRows(self._may_share(run), self._may_be_asked(run), run.places),
            PlannedValues(key or ValueKey(secrets.token_bytes()), has_index=key is not None, places=run.places),
            PlanDigest(run.nonce, DIGEST_VERSION, run.mapping),
            ReportedRows(),
        )
        async for row in self.rows.in_order(run):
            rows.add(row)
        to_join = rows.planned.to_join()
        for first, others in to_join.items():
            await self._join(run, first, others)
        if to_join or not rows.planned.is_complete:
            return None
        return await self._check(run, rows)

    def _may_share(self, run: Run) -> int:
        """How many people may have one mobile. An undo may restore it to all who shared it, because a person approves
        it."""
        return max(run.total, self.sharing.limits.mobile) if run.source is Source.UNDO else self.sharing.limits.mobile

    def _may_be_asked(self, run: Run) -> float:
        """How many rows with questions may go on; if there are more, they are set apart, or the run is held."""
        return inf if run.source is Source.QUESTIONS else self.max_unmanaged_replaced

    async def _join(self, run: Run, first: int, others: Sequence[int]) -> None:
        """Put the rows back to be planned as one. The first is saved first, because the others follow its outcome."""
        for number in (first, *others):
            row = await self.rows.get(run.id, number)
            if row is not None and row.state is RowState.PLANNED:
                again = replace(row, state=RowState.WAITING, plan=None, code="", note=NOTHING, suggestion="")
                is_first = number == first
                other_rows = (*row.other_rows, *others) if is_first else row.other_rows
                await self.rows.save(replace(again, first_row=0 if is_first else first, other_rows=other_rows))

    async def _check(self, run: Run, rows: _Rows) -> Run:
        outcomes = await self._refuse_contradictions(run, rows)
        if outcomes:
            await self._read_again(run, rows)
        figures = await self._figures(run, rows, outcomes)
        age = await self.content_age.concerns(run) if rows.planned.written else ()
        crowded = await self._crowded(run, rows.values)
        as_planned = _PlannedRun(run, rows.planned, rows.values, figures, age, outcomes.keys())
        found = await self._found(as_planned, crowded)
        shared = tuple(one.digest for one in crowded[:_MOST_SHARED])
        plan = PlanOfRun(rows.digest.hexdigest(), DIGEST_VERSION, figures=figures, shared_values=shared)
        as_planned = replace(as_planned, run=replace(run, cursor=0, closed_shards={}).in_attempt(plan=plan))
        checked = self._checked(as_planned, found)
        if checked.options.preview:
            checked = replace(checked, notes=(*checked.notes, *age))
        if (figures.creates or figures.updates) and (warning := self.delivery.warning(self.clock.now())):
            checked = replace(checked, notes=tuple(dict.fromkeys((*checked.notes, warning))))
        if checked.state is RunState.HELD:
            checked = checked.in_attempt(held_because=shortened(checked.message))
        await self.hooks[run.source].reports.plan(checked, rows.reported)
        return checked

    async def _found(self, planned: _PlannedRun, crowded: Sequence[Crowded]) -> tuple[ReasonToHold, ...]:
        """The reasons to hold the run. A run that may pass without a person's decision reserves its part of the
        quotas."""
        run, values = planned.run, planned.values
        if planned.asks_nothing or planned.is_approved_again:
            return ()
        managed = await self._managed(planned.figures)
        found = (
            *self._concerns(planned),
            *exceeded_limits(planned.rows.not_approved(planned.figures, planned.refused), self.limits, managed),
            *values.accidents(self.accidents),
            *(one.exceeded for one in crowded),
            *((NO_KEY,) if values.wanted() and not values.has_index else ()),
        )
        if run.options.preview:
            return found
        if found or self._always_waits(planned):
            return (*found, *await self.quotas.exceeded(run, values, managed))
        return await self.quotas.reserve(run, values, managed)

    def _concerns(self, planned: _PlannedRun) -> Iterator[ReasonToHold]:
        """Reasons to hold the run besides the safety limits: the file, its age, its key, and questions."""
        run, figures = planned.run, planned.figures
        key = run.mapping.key_concern(figures.unmatched, figures.people - figures.outside) if run.mapping else ()
        for concern in (*run.all_concerns, *planned.age, *key):
            yield ReasonToHold("", as_said(concern))
        if run.source is Source.QUESTIONS:
            people = counted(planned.rows.written, "person waits", "people wait")
            yield ReasonToHold("", Said("{people} for an answer: replace or leave", people=people))
        if planned.rows.asks_as_a_whole:
            yield unmanaged_replaced(planned.rows.asked, figures.people, self.max_unmanaged_replaced)

    async def _refuse_contradictions(self, run: Run, rows: _Rows) -> Mapping[int, Outcome]:
        """Refuse contradicting rows, and set rows apart; returns their outcomes."""
        outcomes = rows.planned.outcomes(await self._shared_rows(rows.values))
        await self.rows.complete_many(run.id, outcomes)
        rows.values.leave_out(outcomes)
        return outcomes

    async def _read_again(self, run: Run, rows: _Rows) -> None:
        """Collect the digest and what is reported again, after rows were completed."""
        rows.digest, rows.reported = PlanDigest(run.nonce, DIGEST_VERSION, run.mapping), ReportedRows()
        async for row in self.rows.in_order(run):
            rows.digest.add(row)
            rows.reported.add(row)

    async def _figures(self, run: Run, rows: _Rows, outcomes: Mapping[int, Outcome]) -> PlanFigures:
        previous = await self.runs.last_full_export() if run.options.full else None
        figures = rows.planned.figures(outcomes, previous.people if previous else None, run.people_without_row)
        if previous is not None:
            figures = replace(figures, largest_people=previous.largest(self.clock.now()))
        return replace(figures, slots=rows.values.slots()) if run.source in EXPORTS else figures

    async def _shared_rows(self, values: PlannedValues) -> set[int]:
        """The rows of mobile numbers that too many people have, if a person has approved that they share the number."""
        crowded = values.crowded_mobiles(self.sharing.limits) if values.has_index else {}
        approved = await self.sharing.approved(crowded)
        return {number for digest in approved for number in crowded[digest]}

    async def _crowded(self, run: Run, values: PlannedValues) -> tuple[Crowded, ...]:
        if not values.has_index:
            return ()
        return await self.sharing.crowded(run, values.key, values.sharers(), claims=not run.options.preview)

    async def _managed(self, figures: PlanFigures) -> Managed:
        """The managed people, who are counted only for a run that changes something."""
        return await self.people.managed() if figures.writes else Managed()

    def _always_waits(self, planned: _PlannedRun) -> bool:
        is_wanted = planned.run.options.approval is Approval.ALWAYS or self.second_person is SecondPerson.ALWAYS
        return is_wanted and not planned.asks_nothing

    def _checked(self, planned: _PlannedRun, found: tuple[ReasonToHold, ...]) -> Run:
        run, figures = planned.run, planned.figures
        if run.options.preview:
            message = Said(
                "Checked: {writes} of {people} would be written to."
                if run.options.check
                else "Preview: {writes} of {people} would be written to.",
                writes=figures.writes,
                people=people_in_words(figures.people),
            )
            if run.options.check:
                ready, until = transition(run, RunEvent.CHECK_READY), self.clock.now() + CHECK_LASTS
                return replace(ready, message=message, held_until=until)
            return replace(transition(run, RunEvent.PREVIEW_READY), message=message)
        if found and run.options.approval is Approval.NEVER:
            rejected = transition(run, RunEvent.MAY_NOT_BE_HELD)
            return replace(
                rejected, code="runRejected", message=Said("Rejected: {reasons}.", reasons=in_one_line(found))
            )
        if not found and not self._always_waits(planned):
            return transition(run, RunEvent.WITHIN_LIMITS)
        return replace(
            transition(run, RunEvent.APPROVAL_NEEDED),
            message=joined(
                " ", (held_message(found, run.digest), approvals_in_words(self.second_person, run.touched_by))
            ),
            held_until=self.clock.now() + timedelta(days=self.held_days),
        )


async def plan_digest(rows: RowStore, run: Run, version: int) -> str:
    """The digest of the planned rows that the ledger holds now."""
    digest = PlanDigest(run.nonce, version, run.mapping)
    async for row in rows.in_order(run, states={RowState.PLANNED}):
        digest.add(row)
    return digest.hexdigest()
