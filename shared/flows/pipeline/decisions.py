"""The decisions about a run: a person starts a checked run, chooses columns, approves the plan that they saw, rejects
or cancels; or the time for that is over.

Every decision is saved by ETag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.adapters.ledger.runs import RunStore
from shared.core.export.columns import with_choices
from shared.core.export.people_sheets import SheetsRead
from shared.core.run.approvers import (
    BY_TIMER,
    CODES_OF_APPROVALS,
    MissingApprovals,
    SecondPerson,
    answer_to,
    is_same_actor,
    missing_approvals,
)
from shared.core.run.attempts import MOST_ATTEMPTS, Attempt, DecisionKind
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, stay, transition
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError
from shared.core.values.said import NOTHING, Said, joined, without_end
from shared.core.values.states import RunState
from shared.core.values.storage import QueuePort
from shared.flows.journal import RunJournal
from shared.flows.pipeline.advance import save_next_step
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_SHORTEST_DIGEST = 12
_ASK = "Ask a person who may approve runs to cancel it."
_CHECK_AGAIN = "Check the file again, and start it within an hour."


@dataclass(frozen=True, slots=True)
class RunDecisions:
    runs: RunStore
    steps: QueuePort
    clock: Clock
    second_person: SecondPerson
    email_methods: bool
    journal: RunJournal

    async def approve(self, run_id: str, digest: str, by: str, *, through_connector: bool = False) -> Run:
        """Approve the plan, so that it is applied once no approval is missing.

        `digest` is that of the plan that the person saw, or its first digits, at least 12. `through_connector` = the
        call comes through the connector. Raises PermanentError when the caller may not approve this run, or it is not
        held with this plan.
        """
        run = await held_run(self.runs, run_id)
        approvers = frozenset(run.attempt.approvers)
        answer = answer_to(by, self.second_person, run.touched_by, approvers, through_connector=through_connector)
        if answer.refused:
            info = CODES_OF_APPROVALS[answer.refused]
            missing = f" {answer.missing.in_words()}" if answer.missing.people else ""
            raise PermanentError(answer.refused, f"Run {run.id}: {info.meaning}{missing}", remedy=info.remedy)
        check_digest(run, digest)
        if answer.missing.people:
            return await self._agree(run, by, answer.missing, approvers)
        return await self._decide(run, RunEvent.APPROVED, DecisionKind.APPROVED, by, message=NOTHING)

    async def _agree(self, run: Run, by: str, missing: MissingApprovals, approvers: frozenset[str]) -> Run:
        """Record an approval that needs another one; the message says what is missing now."""
        before = missing_approvals(self.second_person, run.touched_by, approvers).in_words()
        message = joined(" ", (without_end(run.message, before), missing.in_words()))
        agreed = transition(run, RunEvent.APPROVAL_GIVEN).decided(DecisionKind.AGREED, by, self.clock.now())
        saved = await self.runs.save(replace(agreed, message=message, updated_at=self.clock.now()))
        event(EventName.RUN_MOVED, **stay(saved, RunEvent.APPROVAL_GIVEN))
        await self.journal.decided(saved)
        return saved

    async def choose_columns(
        self, run_id: str, digest: str, choices: Mapping[str, str], by: str, *, sheets: SheetsRead | None = None
    ) -> Run:
        """Choose which role columns have, or `ignore`, by their letters, and which sheets of people are read.

        The file is read and planned again, and a plan that follows is held in any case. `digest` is that of the plan
        that the person saw. Raises PermanentError when the run is not held or has another plan, or the choices cannot
        be used.
        """
        run = await held_run(self.runs, run_id)
        check_digest(run, digest)
        if run.mapping is None:
            raise PermanentError("columnsNotChosen", f"Run {run.id} was not read from a file with columns.")
        if len(run.attempts) >= MOST_ATTEMPTS:
            raise PermanentError(
                "columnsNotChosen",
                f"Run {run.id} has had {MOST_ATTEMPTS} attempts, the most that a run can have.",
                remedy="Upload the file again.",
            )
        if any(state is RunState.APPLYING for state, _ in run.state_history):
            raise PermanentError(
                "columnsNotChosen",
                f"Run {run.id} is redriven: rows were written with the columns as they are.",
                remedy="Upload the file again.",
            )
        try:
            mapping = with_choices(run.mapping, choices, by, email_methods=self.email_methods)
            if sheets is not None:
                mapping = replace(mapping, people_sheets=mapping.people_sheets.chosen(sheets, by))
        except ValueError as error:
            raise PermanentError(
                "columnsNotChosen",
                f"The file cannot be read in this way: {error}.",
                remedy=CODES["columnsNotChosen"].remedy,
            ) from None
        decided = replace(run.decided(DecisionKind.MAPPED, by, self.clock.now()), updated_at=self.clock.now())
        return await self._read_again(replace(decided, mapping=mapping), RunEvent.COLUMNS_CHOSEN)

    def may_start(self, run: Run, by: str) -> bool:
        """Whether the run is checked, its time is not over, and this caller has sent its file."""
        is_in_time = run.held_until is not None and self.clock.now() < run.held_until
        return run.state is RunState.CHECKED and is_in_time and is_same_actor(run.started_by, by)

    async def start(self, run_id: str, by: str) -> Run:
        """Start a checked run: its file is read and planned again, and then the run goes on like any other.

        Raises PermanentError `otherPersonsRun` when another person has checked the file, `runNotChecked`, and
        `runNotFound`.
        """
        run = await _stored(self.runs, run_id)
        if not is_same_actor(run.started_by, by):
            said = f"The file of run {run.id} was checked by another person."
            raise PermanentError("otherPersonsRun", said, remedy="Ask them to start it, or upload the file yourself.")
        if not self.may_start(run, by):
            said = "its time is over" if run.state is RunState.CHECKED else f"it is {run.state}"
            raise PermanentError("runNotChecked", f"Run {run.id} cannot be started: {said}.", remedy=_CHECK_AGAIN)
        decided = replace(run.decided(DecisionKind.STARTED, by, self.clock.now()), updated_at=self.clock.now())
        options = replace(run.options, preview=False, check=False)
        return await self._read_again(replace(decided, options=options), RunEvent.CHECK_STARTED)

    async def _read_again(self, decided: Run, event: RunEvent) -> Run:
        again = replace(
            transition(decided.with_end_noted(), event),
            cursor=0,
            closed_shards={},
            export_reads=0,
            held_until=None,
            progress_at=None,
            message=NOTHING,
        )
        return await self._saved(again.next_attempt(Attempt(decided.started_by)))

    async def reject(self, run_id: str, by: str, note: str = "") -> Run:
        """Reject the run; the note says why, for those who read the run's message."""
        run = await held_run(self.runs, run_id)
        reason = " ".join("".join(one for one in note if one.isprintable() or one.isspace()).split())
        message = Said("Rejected by {by}.", by=by)
        if reason:
            message = Said("Rejected by {by}: {reason}", by=by, reason=reason)
        return await self._decide(run, RunEvent.REJECTED, DecisionKind.REJECTED, by, message=message)

    async def cancel(self, run_id: str, by: str, *, own_only: bool = False) -> Run:
        """Cancel the run. Its next step completes the rows whose write has not started; a started write goes on.

        Raises PermanentError when there is no such run, when it cannot be cancelled, and, with `own_only`, when another
        person started it.
        """
        run = await _stored(self.runs, run_id)
        if own_only and not is_same_actor(run.started_by, by):
            raise PermanentError("otherPersonsRun", f"Run {run.id} was started by another person.", remedy=_ASK)
        if run.is_over or not run.has_steps:
            raise PermanentError("runNotCancellable", f"Run {run.id} is {run.state}; it cannot be cancelled.")
        return await self._decide(
            run, RunEvent.CANCELLED, DecisionKind.CANCELLED, by, message=Said("Cancelled by {by}.", by=by)
        )

    async def expire(self, run: Run) -> Run:
        """Reject a held run whose time for a decision is over, or a checked one that was not started."""
        if run.state is RunState.CHECKED:
            message = Said(
                "Expired: the checked file was not started within an hour, and was deleted. Upload it again."
            )
            return await self._decide(run, RunEvent.EXPIRED, DecisionKind.EXPIRED, BY_TIMER, message=message)
        message = Said("Expired: the run was not approved in time. Upload the file again, or start the run again.")
        expired = replace(run, code="runExpired")
        return await self._decide(expired, RunEvent.EXPIRED, DecisionKind.EXPIRED, BY_TIMER, message=message)

    async def _decide(self, run: Run, event: RunEvent, kind: DecisionKind, by: str, *, message: Said) -> Run:
        decided = transition(run, event).decided(kind, by, self.clock.now())
        return await self._saved(replace(decided, message=message))

    async def _saved(self, run: Run) -> Run:
        """Save the decision, then record it in the journal; after a crash in between, a later step records it."""
        saved = await save_next_step(self.runs, self.steps, run, self.clock)
        await self.journal.decided(saved)
        return saved


async def held_run(runs: RunStore, run_id: str) -> Run:
    """Raises PermanentError when there is no such run, or it is not held."""
    run = await _stored(runs, run_id)
    if run.state is not RunState.HELD:
        raise PermanentError("runNotHeld", f"Run {run.id} is {run.state}; only a held run waits for a decision.")
    return run


async def _stored(runs: RunStore, run_id: str) -> Run:
    run = await runs.get(run_id)
    if run is None:
        raise PermanentError("runNotFound", f"There is no run {run_id}.")
    return run


def check_digest(run: Run, digest: str) -> None:
    """Raises PermanentError when the person saw another plan, or the digest is too short."""
    if len(digest) < _SHORTEST_DIGEST or not run.digest.startswith(digest):
        raise PermanentError(
            "planChanged",
            f"Run {run.id} waits for a decision about plan {run.digest[:_SHORTEST_DIGEST]}, which was not named.",
            remedy=f"Read the plan again and give its digest, or at least {_SHORTEST_DIGEST} of its first digits.",
        )
