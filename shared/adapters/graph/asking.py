"""Sends requests one by one and turns every answer into a value or one of the app's errors.

The gateway and the reader of privilege use it. Every method may raise ThrottledError, GraphUnavailableError and
GraphRefusedError.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from kiota_abstractions.request_information import RequestInformation

from shared.adapters.graph import answers, requests
from shared.adapters.graph.answers import Answer, UnreadableAnswerError
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.error_table import Purpose, explained, out_of_reach, unreadable
from shared.adapters.graph.permissions import TokenClaims
from shared.adapters.graph.rate_limiter import Kind, Priority
from shared.core.values.errors import GraphUnavailableError


class Asking:
    """Requests to Graph with one priority."""

    def __init__(self, client: GraphClient, priority: Priority) -> None:
        self.client = client
        self.priority = priority

    async def ask(self, request: RequestInformation, purpose: Purpose) -> Answer:
        """The answer if it is a success; otherwise raises the error that the table gives for it."""
        answer = await self.client.send(request, Kind.WRITE if purpose.write else Kind.READ, self.priority)
        if answer.ok:
            return answer
        error = explained(answer, purpose)
        if purpose.write and error.code == "permissionMissing" and await self._was_granted(purpose):
            raise out_of_reach(answer)
        raise error

    async def read[T](self, request: RequestInformation, parse: Callable[[Any], T], purpose: Purpose) -> T:
        return read(await self.ask(request, purpose), parse, purpose)

    async def items[T](
        self, request: RequestInformation, parse: Callable[[Any], T], purpose: Purpose
    ) -> AsyncIterator[T]:
        """All items of a paged collection; an empty page may have another after it."""
        seen = set[str]()
        while True:
            answer = await self.ask(request, purpose)
            page = read(answer, answers.page_of(parse), purpose)
            for item in page.items:
                yield item
            if page.next_link is None:
                return
            if page.next_link in seen:
                raise unreadable(answer, purpose)
            seen.add(page.next_link)
            request = requests.page(page.next_link)

    async def token_claims(self) -> TokenClaims:
        """The roles and the object id in this app's own token."""
        return await self.client.token_claims()

    async def _was_granted(self, purpose: Purpose) -> bool:
        try:
            claims = await self.token_claims()
        except GraphUnavailableError:  # without readable roles no grant is proven
            return False
        return purpose.permission.is_in(claims.roles)


def read[T](answer: Answer, parse: Callable[[Any], T], purpose: Purpose) -> T:
    """The parsed answer. Raises GraphUnavailableError when it does not have the documented form."""
    try:
        return parse(answer.json())
    except UnreadableAnswerError as error:
        raise unreadable(answer, purpose) from error
