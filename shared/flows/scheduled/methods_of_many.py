"""Read the methods of many people at once, and ask again where a limit or a transient fault prevented an answer.

Called by reconcile for some hundred people at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.core.person.account import Methods
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError, RetryLaterError
from shared.core.values.slot import EmailAddress, MaskedValue, Slot
from shared.flows.ports import DirectoryLists

_RETRIES, _MAX_WAIT = 3, 20.0

Email = EmailAddress | MaskedValue | None
type AnswersByUser[T] = Mapping[str, T | ExplainedError]


@dataclass(frozen=True, slots=True)
class MethodsOfMany:
    lists: DirectoryLists
    clock: Clock

    async def __call__(self, records: Sequence[OwnershipRecord]) -> dict[str, Methods | ExplainedError]:
        """By object id. The e-mail address is read only for people to whom this app has given one."""
        phones = await self._with_retries(self.lists.phone_methods_of, [record.object_id for record in records])
        with_email = [record.object_id for record in records if Slot.EMAIL in record.slots]
        emails = await self._with_retries(self.lists.email_addresses_of, with_email)
        return phones | {user: _with_email(phones[user], email) for user, email in emails.items()}

    async def _with_retries[T](
        self, ask: Callable[[Sequence[str]], Coroutine[None, None, AnswersByUser[T]]], users: Sequence[str]
    ) -> dict[str, T | ExplainedError]:
        found = dict(await ask(users)) if users else {}
        for _ in range(_RETRIES):
            waits = {user: answer.delay for user, answer in found.items() if isinstance(answer, RetryLaterError)}
            if not waits:
                break
            await self.clock.sleep(min(_MAX_WAIT, max(waits.values())))
            found |= await ask(list(waits))
        return found


def _with_email(phones: Methods | ExplainedError, email: Email | ExplainedError) -> Methods | ExplainedError:
    if isinstance(phones, ExplainedError):
        return phones
    return email if isinstance(email, ExplainedError) else replace(phones, email=email)
