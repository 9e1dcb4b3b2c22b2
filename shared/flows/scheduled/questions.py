"""Questions: the people whom a run has set apart become the rows of a run of questions.

The closing stage starts it, and a person answers with *replace* or *leave*. If a value is to be replaced, the run is
then approved like any other. A newer run of questions replaces one that is still held for the same part: the same
folder of exports or, without files, the same source.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.export.export_folders import folder_of
from shared.core.plan.plan import Plan
from shared.core.plan.question import AWAITS_DECISION, LEFT_AS_DECIDED, QuestionReason
from shared.core.plan.slot_outcomes import SlotOutcome, set_apart
from shared.core.record.drift import row_of_values
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord
from shared.core.run.approvers import SecondPerson, approvals_in_words
from shared.core.run.attempts import Attempt, DecisionKind
from shared.core.run.plan_digest import DIGEST_VERSION, PlanDigest
from shared.core.run.reported_rows import ReportedRows
from shared.core.run.row import Answer, Outcome, Row, completed
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.run.transitions import RunEvent, first_state, stay, transition
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError, RetryLaterError
from shared.core.values.said import Said, joined
from shared.core.values.states import EXPORTS, Approval, RowState, RunState, Source
from shared.core.values.storage import QueuePort
from shared.flows.journal import RunJournal
from shared.flows.pipeline.advance import save_next_step
from shared.flows.pipeline.decisions import check_digest, held_run
from shared.flows.scheduled.one_run_per_source import OneRunPerSource
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_NOTHING_LEFT = Said("Every question is answered, and no value is to be replaced.")


@dataclass(frozen=True, slots=True)
class AskQuestions:
    """Starts the run of questions of a finished run; idempotent, because it may be repeated after a crash."""

    runs: RunStore
    rows: RowStore
    one_run_per_source: OneRunPerSource

    async def __call__(self, run: Run) -> None:
        """Raises RetryLaterError while an earlier run of questions of the same part is open and not held."""
        if run.state is not RunState.FINISHED or run.options.preview:
            return
        apart = [
            row
            async for row in self.rows.in_order(run, states={RowState.KEPT}, codes={AWAITS_DECISION})
            if row.export_row is not None
        ]
        if not apart:
            return
        questions = _run_of_questions(run, apart)
        if await self.runs.get(questions.id) is not None:
            return
        await self.rows.insert_missing(questions.id, [_question_row(questions, row) for row in apart])
        started = await self.one_run_per_source.start(questions, _part_of_source(run))
        if started.id != questions.id:
            raise RetryLaterError("questionsOpen", f"Run {started.id} of questions is still open.", delay=30.0)


def _part_of_source(run: Run) -> str:
    return folder_of(run.name) if run.source in EXPORTS else run.source.value


def _run_of_questions(run: Run, apart: Sequence[Row]) -> Run:
    return Run(
        id=run_id(run.created_at, Source.QUESTIONS, f"{run.id}/{len(run.attempts)}", ""),
        state=first_state(RunEvent.QUESTIONS_ASKED),
        source=Source.QUESTIONS,
        name=f"questions of {run.id}",
        export_time=run.export_time,
        attempts=(Attempt(run.started_by),),
        created_at=run.created_at,
        updated_at=run.updated_at,
        options=replace(run.options, approval=Approval.ALWAYS, full=False),
        total=len(apart),
        first_row=apart[0].number,
        last_row=apart[-1].number,
        step=1,
        nonce=run.nonce,
        places=run.places,
    )


def _question_row(run: Run, row: Row) -> Row:
    """The row to ask about. A row of a reconcile has no cells, so its plan says what it asks for."""
    export_row = row.export_row
    if export_row is not None and export_row.is_blank and row.plan is not None:
        export_row = row_of_values(row.number, row.object_id, {one.slot: one.desired for one in row.plan.slots})
    return Row(run.id, row.number, RowState.QUEUED, key=row.key, export_row=export_row)


@dataclass(frozen=True, slots=True)
class Answers:
    """Records what a person decides about the people of a held run of questions.

    An answer is a part of an approval, so the person who answers may also approve where one person is enough.
    """

    runs: RunStore
    rows: RowStore
    people: PeopleStore
    clock: Clock
    steps: QueuePort
    second_person: SecondPerson
    write_plan: Callable[[Run, ReportedRows], Awaitable[None]]
    """Writes the files of the plan again, because they name its digest and the answers."""
    journal: RunJournal

    async def __call__(self, run_id: str, digest: str, answers: Mapping[int, Answer], by: str) -> Run:
        """Answer by row number; the run stays held, under the digest of what is left to approve.

        *Leave* is remembered for the person and completes the row; after a crash it may be given again. Once no row
        with a planned write is left, the run goes on to its end, because nothing is left to approve. *Replace* is
        written once the run is approved; a row without an answer is then left undecided. `digest` is that of the plan
        that the person saw. Raises PermanentError, and records nothing, when the run is not a held run of questions,
        has another plan, or has no such open row.
        """
        run = await held_run(self.runs, run_id)
        check_digest(run, digest)
        if run.source is not Source.QUESTIONS:
            raise _not_usable(f"Run {run.id} asks no questions.")
        waiting, left = dict[int, Row](), set[int]()
        async for row in self.rows.in_order(run, states={RowState.PLANNED, RowState.KEPT}):
            if row.state is RowState.PLANNED:
                waiting[row.number] = row
            elif row.code == LEFT_AS_DECIDED:
                left.add(row.number)
        new = {number: answer for number, answer in answers.items() if number not in left or answer is not Answer.LEAVE}
        unknown = sorted(new.keys() - waiting.keys())
        if unknown:
            raise _not_usable(f"Run {run.id} has no question in row {', '.join(map(str, unknown))}.")
        for number, answer in new.items():
            row = waiting[number]
            if answer is Answer.LEAVE:
                await self._leave(row)
            elif row.answer is not answer:
                await self.rows.save(replace(row, answer=answer))
        return await self._answered(run, by)

    async def _leave(self, row: Row) -> None:
        slots: tuple[SlotOutcome, ...] = ()
        if row.plan is not None:
            await self.people.save(_with_left(await self.people.get(row.object_id), row.plan))
            slots = set_apart(row.plan)
        await self.rows.save(completed(row, Outcome(RowState.KEPT, LEFT_AS_DECIDED, slots=slots)))

    async def _answered(self, run: Run, by: str) -> Run:
        digest, reported = PlanDigest(run.nonce, DIGEST_VERSION, run.mapping), ReportedRows()
        open_rows: list[Row] = []
        async for row in self.rows.in_order(run):
            digest.add(row)
            reported.add(row)
            if row.state is RowState.PLANNED and row.plan is not None and row.plan.operations:
                open_rows.append(row)
        answered = run.in_attempt(plan=replace(run.attempt.plan, digest=digest.hexdigest()))
        answered = answered.decided(DecisionKind.ANSWERED, by, self.clock.now())
        if not open_rows:
            await self.write_plan(answered, reported)
            decided = replace(transition(answered, RunEvent.ALL_DECIDED), message=_NOTHING_LEFT)
            return await save_next_step(self.runs, self.steps, decided, self.clock)
        replaced = sum(row.answer is Answer.REPLACE for row in open_rows)
        held = Said(
            "Held: people whose value is to be replaced: {replaced}; people without an answer: {unanswered}. "
            "Approve plan {plan}, or reject the run.",
            replaced=replaced,
            unanswered=len(open_rows) - replaced,
            plan=answered.digest[:12],
        )
        message = joined(" ", (held, approvals_in_words(self.second_person, run.touched_by)))
        answered = replace(transition(answered, RunEvent.ANSWERED), message=message, updated_at=self.clock.now())
        await self.write_plan(answered, reported)
        saved = await self.runs.save(answered)
        event(EventName.RUN_MOVED, **stay(saved, RunEvent.ANSWERED))
        await self.journal.decided(saved)
        return saved


def _with_left(record: OwnershipRecord, plan: Plan) -> OwnershipRecord:
    left = {
        question.slot: replace(
            record.slots.get(question.slot, SlotRecord()), left=question.found, declined=question.wanted
        )
        for question in plan.asks
        if question.found != question.wanted  # else only the switch of SMS sign-in is asked about
    }
    is_switch_asked = any(question.reason is QuestionReason.UNDONE_SWITCH for question in plan.asks)
    declined = plan.decided_switch if is_switch_asked else record.sms_declined
    return replace(record, slots={**record.slots, **left}, sms_declined=declined)


def _not_usable(message: str) -> PermanentError:
    return PermanentError("answersNotUsable", message, remedy=CODES["answersNotUsable"].remedy)
