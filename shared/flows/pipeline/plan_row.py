"""Plan one row: look up the account, check that it may be written to, read its methods, and store the plan.

A step plans many rows at once, and a message on the plan queue one. Nothing is written to Graph. A duplicate or late
message finds the row planned and changes nothing. If possible, the look-up returns the methods too. They are read again
if the ownership record may have changed after the look-up, because a base that is newer than the current value would
hide a change that the person made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Set
from dataclasses import dataclass, replace
from functools import partial

from shared.adapters.ledger.rows import RowStore
from shared.core.export.desired import Desired, DesiredValueRules
from shared.core.export.export_row import ExportRow
from shared.core.export.same_person import CONFLICTING_ROWS, contradiction, desired_of_person, united
from shared.core.person.account import Account, PersonKey
from shared.core.plan.plan import OVERTAKEN, Plan, SlotPlan
from shared.core.plan.plan_row import QuestionBasis
from shared.core.plan.question import ABOUT_UNDONE, NOTHING_LEFT
from shared.core.record.former_values import takes_back
from shared.core.record.known_values import Known
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.record.remaining_work import planned_from
from shared.core.record.undone import record_before
from shared.core.run.messages import RowMessage
from shared.core.run.row import Outcome, Row, completed, is_same_plan, refused, suggestion_of
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import NoTokenError, PermanentError, RetryLaterError, ThrottledError
from shared.core.values.said import Said, joined
from shared.core.values.slot import Remove, Slot
from shared.core.values.states import RowState, RunState, Source
from shared.core.values.storage import QueuePort
from shared.flows.graph_ports import DirectoryPort, MethodsPort
from shared.flows.person.preconditions import NEWER_EXPORT, PersonLock, PilotGroup, refuse_unclear
from shared.flows.person.protected_accounts import ProtectedAccounts
from shared.flows.person.write_errors import outcome_of
from shared.flows.pipeline.run_cache import RunCache
from shared.flows.pipeline.waits import TokenPauses, Waits
from shared.telemetry.events import EventName
from shared.telemetry.signals import event, measure, span
from shared.telemetry.table import Metric, SpanName

NOT_LATEST = "a newer export named the person"
"""In place of the ETag of a record that a newer export or call has changed. No record has this ETag, so release passes
the row to apply, even if it needs no write."""
_FOLLOW_SECONDS = 2.0
"""Seconds until a row is planned again whose first row was not planned yet."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    runs: RunCache
    rows: RowStore
    lock: PersonLock
    directory: DirectoryPort
    graph: MethodsPort
    protected_accounts: ProtectedAccounts
    pilot_group: PilotGroup
    pauses: TokenPauses
    waits: Waits
    queue: QueuePort
    clock: Clock
    rules: DesiredValueRules
    untrusted: Set[Slot]
    """The slots that the directory fills from a property that is not in DIRECTORY_TRUSTED."""

    async def __call__(self, message: RowMessage) -> None:
        run, row = await self.runs.get(message.run), await self.rows.get(message.run, message.row)
        if run is None or row is None:
            event(EventName.ROW_UNKNOWN, run=message.run, row=message.row)
            return
        if run.state is not RunState.PLANNING or row.state is not RowState.QUEUED:
            return
        try:
            await self.plan(run, row, message)
        except NoTokenError as error:
            await self.pauses.row_without_token(
                run.id,
                error,
                again=partial(self.queue.send, message.encode(), delay=error.delay),
                fail=partial(self.rows.save, completed(row, outcome_of(error))),
            )

    async def plan(self, run: Run, row: Row, message: RowMessage) -> None:
        """Plan a queued row. If it has to wait, this message is sent again later. Raises NoTokenError."""
        with span(SpanName.PLAN, parent=message.traceparent, run=run.id, row=row.number):
            await self._plan_or_wait(run, row, message)

    async def _plan_or_wait(self, run: Run, row: Row, message: RowMessage) -> None:
        try:
            decided = await self._plan(run, row)
            if decided.code == "personNotFound" and row.looked_up_at is None:
                decided = replace(row, state=RowState.WAITING, looked_up_at=self.clock.now())
            await self.rows.save(decided)
        except NoTokenError:
            raise
        except RetryLaterError as again:  # a ConcurrencyError too: the next delivery finds the row planned
            self.waits.note(run.id, again)
            if isinstance(again, ThrottledError):
                await self.rows.note_throttled(run.id, row.number, again.delay)
            measure(Metric.ROWS_AGAIN, stage="plan", code=again.code)
            await self.queue.send(message.encode(), delay=again.delay)

    async def _plan(self, run: Run, row: Row) -> Row:
        """The row as it is planned now; approved already if it has the same plan as before the redrive."""
        is_planned_again = row.plan is not None or row.object_id or row.is_approved
        clear = replace(row, plan=None, object_id="", is_approved=False) if is_planned_again else row
        decided = await self._follow(run, clear) if row.first_row else await self._decide(run, clear)
        return replace(decided, is_approved=True) if is_same_plan(row, decided) else decided

    async def _decide(self, run: Run, row: Row) -> Row:
        if row.export_row is None or row.export_row.key is None:
            return completed(row, Outcome(RowState.REFUSED, "keyMissing", Said("the row does not identify a person")))
        together = united(row.export_row, [other async for other in self._other_rows(row)])
        if together is None:
            return completed(
                row, Outcome(RowState.REFUSED, CONFLICTING_ROWS, contradiction(row.other_rows, run.places))
            )
        return await self._decide_person(run, replace(row, export_row=together), together, row.export_row.key)

    async def _other_rows(self, row: Row) -> AsyncIterator[ExportRow]:
        """The cells of the rows that this one stands for, except those that it took over before."""
        for number in row.other_rows:
            other = await self.rows.get(row.run, number)
            if other is not None and other.export_row is not None:
                yield other.export_row

    async def _follow(self, run: Run, row: Row) -> Row:
        """A row that another one stands for gets its outcome after that one, and waits if it waits.

        Raises RetryLaterError while that one is `queued`.
        """
        first = await self.rows.get(row.run, row.first_row)
        if first is None:
            return await self._decide(run, row)
        if first.state is RowState.QUEUED:
            raise RetryLaterError(
                "firstRowOpen", Said("row {row} is not planned yet", row=row.first_row), delay=_FOLLOW_SECONDS
            )
        if first.state is RowState.WAITING:
            return replace(row, state=RowState.WAITING, looked_up_at=first.looked_up_at)
        known = replace(row, object_id=first.object_id)
        if first.code == CONFLICTING_ROWS:
            others = [number for number in (first.number, *first.other_rows) if number != row.number]
            return completed(known, Outcome(RowState.REFUSED, first.code, contradiction(others, run.places)))
        carried = first.export_row is None or row.number in {one.row for one in first.export_row.also}
        if not carried:  # the first row failed before it took over these cells; a redrive plans both again
            return completed(known, Outcome(first.state, first.code, first.reason))
        reason = Said("{row} also stands for this row", row=run.places.name(first.number))
        return completed(known, Outcome(RowState.MERGED, "joinedRow", reason))

    async def _decide_person(self, run: Run, row: Row, export_row: ExportRow, key: PersonKey) -> Row:
        try:
            asked_at = self.clock.now()
            found = await self.directory.look_up_with_methods(key, email=self._needs_email(export_row))
        except PermanentError as refusal:
            return completed(row, outcome_of(refusal))
        account = found.account
        known = replace(
            row,
            object_id=account.id,
            display_name=account.display_name,
            user_principal_name=account.user_principal_name,
            note=account.note,
        )
        try:
            await self.protected_accounts.check(account.id)
            await self.pilot_group.check(account.id)
            record = await self.lock.read(account.id, run, row.number)
            overtaken = record.set_later_than(*run.age)
            wanted = self._desired(run, row, export_row, account, record)
            specified, desired = wanted.slots, wanted.without(overtaken)
            if record.is_switch_set_later_than(*run.age):
                desired = replace(desired, sms_sign_in=None)
            if desired.is_empty and not wanted.is_empty and row.undoing is None:
                return completed(known, Outcome(RowState.SUPERSEDED, "newerExport", NEWER_EXPORT))
            if desired.is_refused:
                return refused(known, desired.refused)
            current = found.methods_with(email=desired.needs_email) if record.is_unchanged_since(asked_at) else None
            if current is None:
                current = await self.graph.methods(account.id, email=desired.needs_email)
        except PermanentError as refusal:
            return completed(known, outcome_of(refusal))
        policy, values = run.options.on_existing, self.lock.known_for(row, record, current)
        if run.source is Source.RECONCILE:
            given_up = _given_up(desired, values)
            desired = desired.without(given_up)
            if given_up and not desired.slots:
                return completed(known, Outcome(RowState.KEPT, "writeLost"))
        refuse_unclear(values, (slot for slot, _ in desired.slots), policy)
        left = tuple(
            SlotPlan(slot, OVERTAKEN, None, None if isinstance(value, Remove) else value)
            for slot, value in specified
            if slot in overtaken
        )
        ended = self.rules.delivery.ended(self.clock.now())
        plan = planned_from(values, desired, policy, asking=self._asking(run, record), ended=ended)
        plan = replace(plan, slots=(*plan.slots, *left))
        secret = await self.lock.value_key()
        is_former = secret is not None and takes_back(plan, record, secret, self.clock.now())
        is_done_so = not plan.operations and run.source is not Source.RECONCILE
        before = record_before(record, run, known, plan, current) if is_done_so else ""
        is_latest = record.export_time is None or record.export_time <= run.export_time
        etag = record.etag if is_latest else NOT_LATEST
        return _planned(replace(known, record_etag=etag, takes_back=is_former, before=before), desired, plan)

    def _asking(self, run: Run, record: OwnershipRecord) -> QuestionBasis | None:
        """What the row asks a person about; None = nothing.

        Rows of exports and of questions ask about more than those of a reconcile and of leavers, which ask only about
        what was undone. Other rows ask nothing.
        """
        asking = QuestionBasis(record.left(), undone=record.undone())
        match run.source:
            case Source.BLOB | Source.UPLOAD:
                return asking
            case Source.QUESTIONS:
                return replace(asking, left=NOTHING_LEFT, untrusted=self.untrusted)
            case Source.DIRECTORY:
                return replace(asking, untrusted=self.untrusted)
            case Source.RECONCILE | Source.LEAVERS:
                return replace(asking, reasons=ABOUT_UNDONE)
            case _:
                return None

    def _needs_email(self, row: ExportRow) -> bool:
        is_used = self.rules.email_methods and self.rules.offers.email_methods
        return is_used and any(one.email is not None for one in (row, *row.also))

    def _desired(self, run: Run, row: Row, export_row: ExportRow, account: Account, record: OwnershipRecord) -> Desired:
        """The desired values: of a reconcile from the ownership record, of an undo from before the change, else from
        the cells."""
        if run.source is Source.RECONCILE:
            return record.desired_values(email=self.rules.email_methods)
        if row.undoing is not None:
            return row.undoing.desired(self.rules)
        return desired_of_person(
            export_row,
            self.rules,
            usage_location=account.usage_location,
            file_region=run.options.default_region or None,
            places=run.places,
        )


def _given_up(desired: Desired, known: Known) -> frozenset[Slot]:
    """The slots whose removal a reconcile does not repeat: it was repeated before, or the slot has another value."""
    return frozenset(
        slot
        for slot, value in desired.slots
        if isinstance(value, Remove) and slot not in known.lost and known.current.value(slot) is not None
    )


def _planned(row: Row, desired: Desired, plan: Plan) -> Row:
    if plan.is_refused:
        return refused(row, plan.refused)
    notes = [row.note, *(note.text for note in desired.notes)]
    return replace(
        row,
        state=RowState.PLANNED,
        code=plan.code_until_done,
        plan=plan,
        suggestion=suggestion_of(plan.refused),
        region=f"{desired.region} ({desired.region_source})" if desired.region else "",
        note=joined("; ", notes),
    )
