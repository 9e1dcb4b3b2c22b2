"""Reconcile: compare the values that the app wrote with the current ones, and report or repair the drift.

A timer, the API or the command line of the sandbox starts it, and `AdvanceRun` reads it step by step. A step reads some
slices of `People` and the methods of these people; the first step also reads the disabled accounts. Each person of whom
something is found becomes a row. With RECONCILE_MODE `report` the rows are complete at once; with `repair` they are
planned if the person has drift.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.rows import RowStore
from shared.core.export.export_row import ExportRow
from shared.core.person.account import Account, KeyKind, Methods, PersonKey
from shared.core.record.drift import Drift, DriftKind, IdSet, ListedPeople, drift_of
from shared.core.record.known_values import with_confirmed
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import ReadFigures, Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.clock import Clock
from shared.core.values.errors import (
    ConcurrencyError,
    ExplainedError,
    NoTokenError,
    PersonNotFoundError,
    RetryLaterError,
)
from shared.core.values.said import NOTHING, Said, joined, people_in_words
from shared.core.values.states import RowState
from shared.core.values.storage import ContainerPort
from shared.flows.graph_ports import DirectoryPort
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.reports import DriftedPerson, DriftReports, Findings
from shared.flows.scheduled.known_people import FIRST_SLICE, known_people, was_not_read
from shared.flows.scheduled.leavers import Leavers

PEOPLE_PER_STEP = 3_000
"""At Graph's rate limit a step of this size reads for four seconds; the overhead of a step is small beside that."""
DISABLED_ACCOUNTS = "disabled-accounts"
"""The file of a reconcile with the disabled accounts, which its first step has read."""

MethodsOf = Callable[[Sequence[OwnershipRecord]], Coroutine[Any, Any, dict[str, Methods | ExplainedError]]]


@dataclass(frozen=True, slots=True)
class ReconcileReading:
    """The reading stage. `run.read_position` is the next slice of `People`; "" = the first slice."""

    people: PeopleStore
    rows: RowStore
    directory: DirectoryPort
    disabled_accounts: Callable[[], AsyncIterator[Account]]
    methods_of: MethodsOf
    results: ContainerPort
    findings: DriftReports
    leavers: Leavers
    clock: Clock
    read_lag: timedelta
    repairs: bool

    async def __call__(self, run: Run) -> Advanced:
        records, next_slice = await known_people(self.people, run.read_position or FIRST_SLICE, PEOPLE_PER_STEP)
        disabled, current = await self._disabled_and_methods(run, records)
        errors = [answer for answer in current.values() if was_not_read(answer)]
        if records and len(errors) == len(records):
            return _no_person_was_read(run, errors[0])
        if not run.read_position and next_slice:
            await self.results.write(_disabled_blob(run), disabled.to_bytes())
        findings = await self._compare(run, records, disabled, current)
        await self.findings.store(run, findings)
        await self.rows.put(run.id, await asyncio.gather(*(self._row(run, drifted) for drifted in findings.drifted)))
        advanced = self._advanced(run, findings, len(records), next_slice)
        if not next_slice:
            await self.leavers.start(advanced)
        return Advanced(advanced, at_once=True)

    async def _disabled_and_methods(
        self, run: Run, records: Sequence[OwnershipRecord]
    ) -> tuple[IdSet, dict[str, Methods | ExplainedError]]:
        """Read both concurrently. The first error cancels the other read and is raised."""
        try:
            async with asyncio.TaskGroup() as group:
                disabled = group.create_task(self._disabled(run))
                current = group.create_task(self._methods(records))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return disabled.result(), current.result()

    async def _disabled(self, run: Run) -> IdSet:
        """The disabled accounts. The first step reads them from Graph; later steps read what the first one stored."""
        if run.read_position:
            return IdSet(await self.results.read(_disabled_blob(run)))
        return IdSet.of([one.id async for one in self.disabled_accounts() if not one.enabled])

    async def _methods(self, records: Sequence[OwnershipRecord]) -> dict[str, Methods | ExplainedError]:
        """The methods by object id; PersonNotFoundError means that the directory has no such account either.

        If the account exists but Graph does not find its methods yet, the person is left out.
        """
        current = await self.methods_of(records)
        missing = [user for user, answer in current.items() if isinstance(answer, PersonNotFoundError)]
        errors = await asyncio.gather(*(self._error_of_look_up(user) for user in missing))
        looked_up = dict(zip(missing, errors, strict=True))
        return {user: answer for user, read in current.items() if (answer := looked_up.get(user, read)) is not None}

    async def _error_of_look_up(self, object_id: str) -> ExplainedError | None:
        try:
            await self.directory.look_up(PersonKey(KeyKind.OBJECT_ID, object_id))
        except ExplainedError as error:
            return error
        return None

    async def _compare(
        self,
        run: Run,
        records: Sequence[OwnershipRecord],
        disabled: IdSet,
        current: dict[str, Methods | ExplainedError],
    ) -> Findings:
        listed, now = await self.leavers.listed(), self.clock.now()
        findings, left = Findings(run.last_row), []
        for record in records:
            answer = current.get(record.object_id)
            if answer is None:
                continue
            if was_not_read(answer):
                findings.not_read[record.object_id] = answer.code
                continue
            drifts = self._drifts(record, answer, disabled, listed)
            if drifts and await self._is_as_read(record):
                findings.add(record.object_id, drifts)
                if self.leavers.rules.have_left(record, drifts, listed, now):
                    left.append((record, tuple(drift for drift in drifts if drift.slot is None)))
            await self._update_record(record, answer)
        findings.leavers = await self.leavers.put(run, left)
        return findings

    def _drifts(
        self,
        record: OwnershipRecord,
        current: Methods | ExplainedError,
        disabled: IdSet,
        listed: ListedPeople | None,
    ) -> tuple[Drift, ...]:
        if isinstance(current, ExplainedError):
            return (Drift(DriftKind.ACCOUNT_GONE),)
        of_account = (Drift(DriftKind.ACCOUNT_DISABLED),) if record.object_id in disabled else ()
        of_person = (Drift(DriftKind.LEFT_EXPORT),) if listed is not None and listed.misses(record) else ()
        return (*drift_of(record, current, self.clock.now(), self.read_lag), *of_account, *of_person)

    async def _is_as_read(self, record: OwnershipRecord) -> bool:
        """Whether no flow has written to the person since the record was read; otherwise the difference is no drift."""
        current = await self.people.get(record.object_id)
        return current.etag == record.etag and not current.is_locked_for("", self.clock.now())

    async def _update_record(self, record: OwnershipRecord, answer: Methods | ExplainedError) -> None:
        """Confirm the writes of the record, or store since when its account is deleted; delete it after FORGET_DAYS."""
        now = self.clock.now()
        if isinstance(answer, Methods):
            current = replace(with_confirmed(record, answer, now, self.read_lag), gone_since=None)
        else:
            current = replace(record, gone_since=record.gone_since or now)
            if now - (current.gone_since or now) >= self.leavers.rules.forgotten_after:
                await self.people.forget(record.object_id)
                return
        if current == record or record.is_locked_for("", now):
            return
        with suppress(ConcurrencyError):  # another flow updates this person now
            await self.people.save(current)

    async def _row(self, run: Run, drifted: DriftedPerson) -> Row:
        """The row of a person: to be planned, or complete at once if nothing is repaired.

        Only the latter gets the person's names here; planning adds them to the other.
        """
        user, kinds = drifted.object_id, [drift.kind for drift in drifted.drifts]
        desired = ExportRow(drifted.row, PersonKey(KeyKind.OBJECT_ID, user))
        row = Row(run.id, drifted.row, RowState.QUEUED, object_id=user, export_row=desired)
        if self.repairs and drifted.has_drift:
            return row
        note = joined("; ", map(_in_words, drifted.drifts))
        if DriftKind.ACCOUNT_GONE not in kinds:
            with suppress(ExplainedError):  # names are for readers; the row is complete without them
                account = await self.directory.look_up(PersonKey(KeyKind.OBJECT_ID, user))
                row = replace(row, display_name=account.display_name, user_principal_name=account.user_principal_name)
        return completed(row, Outcome(RowState.KEPT, kinds[0], note=note if len(kinds) > 1 else NOTHING))

    def _advanced(self, run: Run, findings: Findings, people: int, next_slice: str) -> Run:
        before, rows, not_read = run.read_figures or ReadFigures(), len(findings.drifted), len(findings.not_read)
        advanced = replace(
            run,
            read_position=next_slice,
            total=run.total + rows,
            first_row=1,
            last_row=run.last_row + rows,
            people_without_row=run.people_without_row + people - rows - not_read,
            read_figures=ReadFigures(
                people=before.people + people,
                drifted=before.drifted + sum(drifted.has_drift for drifted in findings.drifted),
                not_read=before.not_read + not_read,
                leavers=findings.leavers,
            ),
        )
        return advanced if next_slice else self._with_result(advanced)

    def _with_result(self, run: Run) -> Run:
        """The run after its last person was read."""
        figures = run.read_figures or ReadFigures()
        people = people_in_words(figures.people)
        message = (
            Said(
                "{drifted} of {people} drifted; {not_read} could not be read.",
                drifted=figures.drifted,
                people=people,
                not_read=figures.not_read,
            )
            if figures.not_read
            else Said("{drifted} of {people} drifted.", drifted=figures.drifted, people=people)
        )
        others = run.total - figures.drifted
        listed = Said(
            "The report lists also {people} with a disabled or deleted account, or without a row in the full export.",
            people=people_in_words(others),
        )
        event = RunEvent.ROWS_READ if self.repairs and run.total else RunEvent.NO_ROWS
        return replace(transition(run, event), message=joined(" ", (message, listed if others else NOTHING)))


def _disabled_blob(run: Run) -> str:
    return f"{run.id}/{DISABLED_ACCOUNTS}"


def _no_person_was_read(run: Run, error: ExplainedError) -> Advanced:
    """No person of a step could be read. After a transient fault the step is repeated; otherwise the run fails."""
    if isinstance(error, NoTokenError):
        raise error
    if isinstance(error, RetryLaterError):
        return Advanced(run)
    why = joined(" ", (error.message, error.remedy))
    message = Said("No person could be read: {why}", why=why)
    failed = replace(transition(run, RunEvent.GRAPH_REFUSED), code=error.code, message=message)
    return Advanced(failed, at_once=True)


def _in_words(drift: Drift) -> Said:
    return Said("{what}: {kind}", what=drift.slot.said if drift.slot else Said("account"), kind=Said(drift.kind.value))
