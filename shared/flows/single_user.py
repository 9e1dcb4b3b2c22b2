"""One person over HTTP: the verbs of plan and apply in one call, recorded as a run of one row.

Explicit calls: policy, removals switch and gate do not apply; wall, legal order, lock and settling do.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace

from shared.core.cell import Cell, CellKind
from shared.core.clock import Clock
from shared.core.codes import CODES
from shared.core.desired import Desired, WishRules, desire
from shared.core.errors import ExplainedError, NeverError
from shared.core.export_row import ExportRow
from shared.core.methods import PhoneMethod
from shared.core.person import Account, KeyKind, PersonKey
from shared.core.phone import MaskedValue, PhoneNumber, PhoneType, StoredNumber
from shared.core.plan import Plan, PlanRefusal, plan_person
from shared.core.row import Outcome, Row, settled
from shared.core.run import NO_RESULT, Run
from shared.core.states import Policy, RowState, RunState, Source
from shared.flows.carry_out import NotDoneError, StillUnknownError, carry_out, done_before
from shared.flows.person_lock import PersonLock
from shared.flows.ports import Directory, MethodsWriter, Rows, Runs
from shared.flows.wall import Wall

_ROW = 1


@dataclass(frozen=True, slots=True)
class SetPhone:
    """What a caller asks for; `number` is text as a person would type it."""

    user: str
    """Object id or user principal name."""
    phone_type: PhoneType
    number: str
    caller: str

    def __repr__(self) -> str:
        return f"<set {self.phone_type}>"


@dataclass(frozen=True, slots=True)
class PhoneSet:
    """The answer of `set_phone`: what happened, from which number to which."""

    run: str
    outcome: Outcome
    old: StoredNumber | None
    new: StoredNumber


@dataclass(frozen=True, slots=True)
class SingleUser:
    runs: Runs
    rows: Rows
    directory: Directory
    graph: MethodsWriter
    lock: PersonLock
    wall: Wall
    clock: Clock
    settle_seconds: float
    rules: WishRules

    async def get_phone(self, user: str, phone_type: PhoneType) -> PhoneMethod | None:
        """Raises NeverError `personNotFound`."""
        account = await self.directory.look_up(person_key(user))
        there = await self.graph.methods(account.id)
        return next((method for method in there.phones if method.phone_type is phone_type), None)

    async def set_phone(self, wish: SetPhone) -> PhoneSet:
        """Raises NeverError when refused, AgainError while it cannot be done now, NotDoneError, StillUnknownError."""
        account = await self.directory.look_up(person_key(wish.user))
        desired = self._desired(wish, account)
        run, row = await self._record(wish, account)
        try:
            done = await self._set(run, account, desired)
        except ExplainedError as error:
            await self._close(run, row, _outcome_of(error))
            raise
        await self._close(run, row, done.outcome)
        return done

    def _desired(self, wish: SetPhone, account: Account) -> Desired:
        cell = Cell("phoneNumber", CellKind.TEXT, wish.number)
        row = ExportRow(row=_ROW, key=person_key(wish.user), phones=((wish.phone_type, cell),))
        found = desire(row, self.rules, usage_location=account.usage_location, file_region=None)
        if isinstance(found, Desired):
            return found
        raise NeverError(
            found[0].code, "; ".join(refusal.reason for refusal in found), remedy=CODES[found[0].code].remedy
        )

    async def _set(self, run: Run, account: Account, desired: Desired) -> PhoneSet:
        await self.wall.check(account.id)
        record = await self.lock.take(account.id, run, _ROW)
        there = await self.graph.methods(account.id, email=desired.needs_email)
        plan = plan_person(desired, record.base(), there, Policy.OVERWRITE)
        if isinstance(plan, PlanRefusal):
            await self.lock.release(record)
            raise NeverError(plan.code, plan.reason)
        try:
            done = await carry_out(
                self.graph, self.clock, account.id, plan.operations, settle_seconds=self.settle_seconds
            )
        except ExplainedError:
            await self.lock.release(record)
            raise
        await self.lock.settle(record, plan, run)
        return _answer(run, plan, done.outcome_of(plan))

    async def _record(self, wish: SetPhone, account: Account) -> tuple[Run, Row]:
        now = self.clock.now()
        nonce = secrets.token_hex(16)
        identity = f"{now:%Y%m%dT%H%M%SZ}-{hashlib.sha256(nonce.encode()).hexdigest()[:10]}"
        run = Run(
            id=identity,
            state=RunState.APPLYING,
            source=Source.HTTP,
            name=f"set {wish.phone_type}",
            export_time=now,
            started_by=wish.caller,
            created_at=now,
            updated_at=now,
            total=1,
            first_row=_ROW,
            last_row=_ROW,
            nonce=nonce,
        )
        row = Row(run=identity, number=_ROW, state=RowState.WRITING, object_id=account.id)
        stored = await self.runs.insert(run)
        if stored is None:
            raise LookupError(f"run id {identity} was drawn twice")
        await self.rows.insert_missing(identity, [row])
        return stored, row

    async def _close(self, run: Run, row: Row, outcome: Outcome) -> None:
        stored = await self.rows.get(run.id, row.number)
        if stored is not None:
            await self.rows.save(settled(stored, outcome))
        await self.runs.save(
            replace(
                run,
                state=RunState.FINISHED,
                counts={outcome.state: 1},
                result_blob=NO_RESULT,
                updated_at=self.clock.now(),
            )
        )


def _outcome_of(error: ExplainedError) -> Outcome:
    match error:
        case NotDoneError():
            return error.outcome()
        case StillUnknownError():
            state = RowState.UNCONFIRMED
        case NeverError():
            state = RowState.REFUSED
        case _:
            state = RowState.FAILED
    return Outcome(state, error.code, error.message, done_before(error), error.request_id)


def person_key(user: str) -> PersonKey:
    """Graph takes an object id or a user principal name in the same place; only the latter holds an @."""
    return PersonKey(KeyKind.USER_PRINCIPAL_NAME if "@" in user else KeyKind.OBJECT_ID, user)


def _answer(run: Run, plan: Plan, outcome: Outcome) -> PhoneSet:
    match plan.slots[0].old, plan.slots[0].wanted:
        case (None | PhoneNumber() | MaskedValue()) as old, PhoneNumber() as new:
            return PhoneSet(run.id, outcome, old, new)
        case _:
            raise LookupError("a call that sets a number planned something else")
