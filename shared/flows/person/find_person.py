"""People as a help desk looks for them, and the default sign-in method, which Graph shows only in a report.

Every answer comes within seconds, also where Graph does not answer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.core.person.account import UUID, Account, KeyKind, PersonKey
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError, PersonNotFoundError
from shared.core.values.said import Said
from shared.flows.graph_ports import DirectoryPort
from shared.flows.person.answers import ANSWER_SECONDS, answered_in
from shared.shared_reads import Cache

_MOST_FOUND = 10
_OBJECT_ID = re.compile(UUID)
_REPORT_SECONDS = 2.0
_REPORT_CACHED = timedelta(minutes=10)
REPORT_SPAN, MOST_REPORTS = timedelta(seconds=10), 3
"""Graph answers 5 requests for reports in 10 s (throttling limits, identity and access reports).
A process sends 3 at most, because readiness needs the other two."""


@dataclass(frozen=True, slots=True)
class FindPerson:
    directory: DirectoryPort
    answer_seconds: float = ANSWER_SECONDS

    async def __call__(self, who: str) -> tuple[Account, ...]:
        """At most ten accounts with this object id, sign-in name, e-mail address, employee id or beginning of a name.

        Raises PersonNotFoundError when there is none, and RetryLaterError.
        """
        who = who.strip()
        async with answered_in(self.answer_seconds):
            if _OBJECT_ID.fullmatch(who):
                found = await self._by_keys(who, KeyKind.OBJECT_ID)
            elif "@" in who:
                found = await self._by_keys(who, KeyKind.USER_PRINCIPAL_NAME, KeyKind.MAIL)
            else:
                by_key, named = await asyncio.gather(
                    self._by_keys(who, KeyKind.EMPLOYEE_ID), self.directory.accounts_named(who, _MOST_FOUND)
                )
                found = [*by_key, *named]
        if not found:
            message = Said("No account has this name, e-mail address, employee id or object id.")
            raise PersonNotFoundError("personNotFound", message)
        return tuple({account.id: account for account in found}.values())[:_MOST_FOUND]

    async def _by_keys(self, who: str, *kinds: KeyKind) -> list[Account]:
        found = await asyncio.gather(*(self._account(PersonKey(kind, who)) for kind in kinds))
        return [account for account in found if account]

    async def _account(self, key: PersonKey) -> Account | None:
        try:
            return await self.directory.look_up(key)
        except PersonNotFoundError:
            return None


@dataclass(slots=True)
class DefaultMethods:
    """The default sign-in methods of people, by Graph's report; one per process.

    The whole app shares one limit for reports, so a method may stay unknown.
    """

    default_method_of: Callable[[str], Awaitable[str]]
    """Reads Graph's name of a person's default sign-in method from the report; "" = not known."""
    clock: Clock
    _asked: list[datetime] = field(default_factory=list)
    _known: Cache[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._known = Cache(self._read, lambda: self.clock.now().timestamp(), _REPORT_CACHED.total_seconds())

    async def of(self, object_id: str) -> str:
        """The default method; "" = not known, or not within _REPORT_SECONDS."""
        try:
            async with asyncio.timeout(_REPORT_SECONDS):
                return await self._known.get(object_id)
        except (ExplainedError, TimeoutError):
            return ""

    async def _read(self, object_id: str) -> str:
        now = self.clock.now()
        self._asked = [at for at in self._asked if now - at < REPORT_SPAN]
        if len(self._asked) >= MOST_REPORTS:
            raise ExplainedError("graphUnavailable", "The report is asked too often.")
        self._asked.append(now)
        return await self.default_method_of(object_id)
