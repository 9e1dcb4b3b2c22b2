"""Preconditions: the person is in the pilot group, and no other run or call acts on the person.

`protected_accounts` has the third one. Plan, apply and calls for one person check all three. While the app cannot read
a list that it has to check, it writes to nobody. While one run or call has the lock of a person, no other acts on that
person. `write_person` takes it before acting, and releases it when it stores what was written; plan only waits until it
is free.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.adapters.ledger.people import PeopleStore
from shared.core.person.account import Methods
from shared.core.plan.plan import Plan
from shared.core.record.former_values import with_former
from shared.core.record.known_values import Known, known_values
from shared.core.record.ownership_record import LOCK_TIME, Confirmation, OwnershipRecord, Writing, remembered
from shared.core.record.undone import known_for_undo, restored
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.run.value_index import ValueKey
from shared.core.values.clock import Clock
from shared.core.values.errors import (
    AlreadyExistsError,
    ConcurrencyError,
    ExplainedError,
    NoTokenError,
    PermanentError,
    PersonNotFoundError,
    RetryLaterError,
)
from shared.core.values.said import Said
from shared.core.values.slot import Slot
from shared.core.values.states import Policy
from shared.shared_reads import Cache
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

NEWER_EXPORT = Said("a newer export has already set this person's values")
PILOT_UNREADABLE = "pilotUnreadable"
_RETRY_AFTER = 5.0
"""Seconds until work prevented by another writer or a late replica is tried again."""


class PilotGroup:
    """One per process; its members are cached for CACHED_FOR. Without a group every account passes.

    `members_of` returns the complete set of object ids in a group, in lower case, or raises.
    """

    def __init__(self, members_of: Callable[[str], Awaitable[frozenset[str]]], clock: Clock, group_id: str) -> None:
        self._members_of = members_of
        self._group_id = group_id
        self._patience = Patience(clock, PILOT_UNREADABLE, Said("the pilot group"))
        self._members = Cache(self._read, lambda: clock.now().timestamp(), CACHED_FOR.total_seconds())

    async def check(self, object_id: str) -> None:
        """Raises PermanentError `notInPilot`, or the errors of `Patience`."""
        if self._group_id and object_id.lower() not in await self._members.get(None):
            raise PermanentError("notInPilot", Said("the account is not in the pilot group, so it is not changed"))

    async def _read(self, _: None) -> frozenset[str]:
        return await self._patience.wait_for("members", lambda: self._members_of(self._group_id))


@dataclass(frozen=True, slots=True)
class PersonLock:
    people: PeopleStore
    clock: Clock
    value_key: Callable[[], Awaitable[ValueKey | None]]
    """The secret of the digests of replaced values; None = they are not remembered."""
    read_lag: timedelta
    """For this time after a write, a read that does not show it proves nothing."""

    async def read(self, object_id: str, run: Run, row: int) -> OwnershipRecord:
        """The person's record. Raises RetryLaterError while another run or call has the lock, because a plan from the
        record might then be stale at once."""
        record = await self.people.get(object_id)
        if record.is_locked_for(_owner(run, row), self.clock.now()):
            raise _locked()
        return record

    async def take(self, object_id: str, run: Run, row: int, *, may_be_first: bool = False) -> OwnershipRecord:
        """Read the record as `read` does, and take the lock.

        A lock that the same run and row already has is taken again, so a redelivered message continues where the last
        delivery stopped. With `may_be_first`, the record is read only if there is one.
        """
        if may_be_first:
            with suppress(AlreadyExistsError):
                return await self._lock(OwnershipRecord(object_id), run, row)
        record = await self.read(object_id, run, row)
        try:
            return await self._lock(record, run, row)
        except (ConcurrencyError, AlreadyExistsError) as error:
            raise _locked() from error

    async def _lock(self, record: OwnershipRecord, run: Run, row: int) -> OwnershipRecord:
        until = self.clock.now() + LOCK_TIME
        return await self.people.save(replace(record, locked_until=until, locked_by=_owner(run, row)))

    def known(self, record: OwnershipRecord, shown: Methods) -> Known:
        """The known values of the person now, given what Graph shows."""
        return known_values(record, shown, self.clock.now(), self.read_lag)

    def known_for(self, row: Row, record: OwnershipRecord, shown: Methods) -> Known:
        """As `known`, for a row; the base of a row of an undo is what the undone run wrote."""
        known = self.known(record, shown)
        return known if row.undoing is None else known_for_undo(known, row.undoing)

    async def complete(
        self, record: OwnershipRecord, row: Row, plan: Plan, run: Run, confirmation: Confirmation | None
    ) -> None:
        """Store the plan's changes in the ownership record, and release the lock.

        `confirmation` is that of what was written; None = nothing was.

        A write in doubt is stored too, so that the next reconcile or export resolves it.
        """
        writing = None if confirmation is None else Writing(confirmation, self.clock.now())
        if row.undoing is None:
            after = remembered(record, plan, run, writing)
        else:
            after = restored(record, plan, run, row.undoing, writing)
        key = await self.value_key()
        if key is not None:
            after = with_former(after, record, plan, key, self.clock.now())
        await self.people.save(_free(after))

    async def release(self, record: OwnershipRecord) -> None:
        """Release the lock without another change to the record."""
        await self.people.save(_free(record))


def refuse_unclear(known: Known, slots: Iterable[Slot], policy: Policy) -> None:
    """Raises RetryLaterError while it is not clear whether a read shows another writer's value or a late replica's."""
    if policy is not Policy.OVERWRITE and not known.unclear.isdisjoint(slots):
        raise RetryLaterError(
            "notSettled",
            Said("Graph does not show the app's last write yet, so its answer proves nothing"),
            delay=_RETRY_AFTER,
        )


def _free(record: OwnershipRecord) -> OwnershipRecord:
    return replace(record, locked_until=None, locked_by="")


def _owner(run: Run, row: int) -> str:
    return f"{run.id}/{row}"


def _locked() -> RetryLaterError:
    return RetryLaterError("personLocked", Said("another run or call is acting on this person"), delay=_RETRY_AFTER)


CACHED_FOR = timedelta(minutes=10)
"""How long a list may be used again. Who is privileged is asked anew before a write, see `protected_accounts`."""
WAITED_FOR = timedelta(minutes=10)
"""How long a list whose answers cannot be believed is read again; after that the check refuses the row."""
_NOT_BELIEVED = frozenset({"answerUnreadable"})


class Patience:
    """How long the app waits for a list without which it writes nothing.

    `unreadable` is the code of a read that has failed for good; `what` names the list.
    """

    def __init__(self, clock: Clock, unreadable: str, what: Said) -> None:
        self._clock = clock
        self._unreadable = unreadable
        self._what = what
        self._failing_since: dict[str, datetime] = {}

    async def wait_for[T](self, name: str, read: Callable[[], Awaitable[T]]) -> T:
        """The result of `read`, whose failures are timed under `name`.

        Raises PermanentError `unreadable` when the read is refused, or its answers could not be believed for
        WAITED_FOR. Raises RetryLaterError before that, and whenever Graph does not answer, throttles, or accepts no
        token, however long. PersonNotFoundError is passed on.
        """
        asked_at = self._clock.now()
        try:
            found = await read()
        except PersonNotFoundError:  # it says something about the person, not about the list
            raise
        except ExplainedError as error:
            if name not in self._failing_since:
                event(EventName.LIST_UNREADABLE, list=self._what, code=error.code)
            since = self._failing_since.setdefault(name, asked_at)
            may_pass = error.code not in _NOT_BELIEVED or asked_at - since < WAITED_FOR
            if isinstance(error, NoTokenError) or (may_pass and isinstance(error, ConcurrencyError)):
                raise
            if isinstance(error, RetryLaterError) and may_pass:
                message = Said("{what} cannot be read yet: {cause}", what=self._what, cause=error.message)
                raise type(error)(
                    error.code, message, delay=error.delay, remedy=error.remedy, request_id=error.request_id
                ) from error
            raise PermanentError(
                self._unreadable,
                Said("{what} cannot be read, so nothing is changed: {cause}", what=self._what, cause=error.message),
                remedy=error.remedy,
                request_id=error.request_id,
            ) from error
        self._failing_since.pop(name, None)
        return found
