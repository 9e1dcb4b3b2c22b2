"""The accounts behind object ids, so that pages show people by name; an id that is not known at once stays an id."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from shared.core.person.account import UUID, Account
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError, PersonNotFoundError
from shared.shared_reads import Cache

_OBJECT_ID = re.compile(UUID)
_KNOWN_SECONDS = 600.0
_MOST = 100
_ANSWER_SECONDS = 2.0
"""After this time, the page is shown without the names that are missing."""


@dataclass(slots=True)
class PeopleById:
    """One per process."""

    account: Callable[[str], Awaitable[Account]]
    """The account with an object id. Raises PersonNotFoundError and RetryLaterError."""
    clock: Clock
    answer_seconds: float = _ANSWER_SECONDS
    _known: Cache[str, Account | None] = field(init=False)

    def __post_init__(self) -> None:
        self._known = Cache(self._read, lambda: self.clock.now().timestamp(), _KNOWN_SECONDS)

    async def __call__(self, ids: Iterable[str]) -> Mapping[str, Account]:
        """The accounts by the ids as they were given, of the first hundred people; without accounts that are gone.

        If the directory does not answer in time, those that it has named until then.
        """
        people = islice(dict.fromkeys(one for one in ids if _OBJECT_ID.fullmatch(one)), _MOST)
        reads = {one: asyncio.create_task(self._known.get(one.lower())) for one in people}
        if not reads:
            return {}
        _, late = await asyncio.wait(reads.values(), timeout=self.answer_seconds)
        for read in late:
            read.cancel()
        found = {one: read.result() for one, read in reads.items() if read not in late and not _is_refused(read)}
        return {one: account for one, account in found.items() if account}

    async def _read(self, object_id: str) -> Account | None:
        try:
            return await self.account(object_id)
        except PersonNotFoundError:
            return None


def _is_refused(read: asyncio.Task[Account | None]) -> bool:
    """Raises what is not an explained error."""
    error = read.exception()
    if error is not None and not isinstance(error, ExplainedError):
        raise error
    return error is not None
