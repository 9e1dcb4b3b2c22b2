"""The people whom reconcile and readiness read, slice by slice, and the methods of many at once.

They are those for whom the app wrote or adopted a value, and those whose account is gone. A slice
is the people whose object ids begin with the same two hex digits. A step reads some slices.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from shared.adapters.ledger.people import PeopleStore
from shared.core.person.account import Methods
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError, PersonNotFoundError, RetryLaterError
from shared.core.values.slot import EmailAddress, MaskedValue, Slot
from shared.flows.graph_ports import DirectoryPort

FIRST_SLICE = "00"
_RETRIES, _MAX_WAIT = 3, 20.0
"""The number of retries of a read, and the longest wait before each in seconds."""

type Email = EmailAddress | MaskedValue | None
type AnswersByUser[T] = Mapping[str, T | ExplainedError]


async def known_people(people: PeopleStore, first: str, wanted: int) -> tuple[list[OwnershipRecord], str]:
    """The people to read: of whole slices from `first` on, until at least `wanted` are found; and the next slice, "" =
    none."""
    records: list[OwnershipRecord] = []
    async for record in people.from_slice(first):
        slice_name = record.object_id[:2]
        if len(records) >= wanted and slice_name != records[-1].object_id[:2]:
            return records, slice_name
        if record.is_watched or record.gone_since:
            records.append(record)
    return records, ""


async def with_retries[T](
    clock: Clock, ask: Callable[[Sequence[str]], Coroutine[None, None, AnswersByUser[T]]], users: Sequence[str]
) -> dict[str, T | ExplainedError]:
    """The answer for each user; users for whom there is no answer yet are asked about again a few times."""
    found = dict(await ask(users)) if users else {}
    for _ in range(_RETRIES):
        waits = {user: answer.delay for user, answer in found.items() if isinstance(answer, RetryLaterError)}
        if not waits:
            break
        await clock.sleep(min(_MAX_WAIT, max(waits.values())))
        found |= await ask(list(waits))
    return found


def was_not_read(answer: object) -> TypeGuard[ExplainedError]:
    """Whether the person could not be read; that Graph does not know the person counts as read."""
    return isinstance(answer, ExplainedError) and not isinstance(answer, PersonNotFoundError)


@dataclass(frozen=True, slots=True)
class MethodsOfMany:
    """Reads the methods of many people at once, and retries after throttling and transient faults."""

    lists: DirectoryPort
    clock: Clock
    email_methods: bool
    """Whether the app uses e-mail methods."""

    async def __call__(self, records: Sequence[OwnershipRecord]) -> dict[str, Methods | ExplainedError]:
        """The methods by object id.

        The e-mail address is read only if the app uses it and wrote or adopted one.
        """
        phones = await with_retries(self.clock, self.lists.phone_methods_of, [record.object_id for record in records])
        with_email = [record.object_id for record in records if self.email_methods and record.is_watched_in(Slot.EMAIL)]
        emails = await with_retries(self.clock, self.lists.email_addresses_of, with_email)
        return phones | {user: _with_email(phones[user], email) for user, email in emails.items()}


def _with_email(phones: Methods | ExplainedError, email: Email | ExplainedError) -> Methods | ExplainedError:
    if isinstance(phones, ExplainedError):
        return phones
    return email if isinstance(email, ExplainedError) else replace(phones, email=email)
