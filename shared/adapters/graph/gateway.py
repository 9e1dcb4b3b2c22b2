"""What this app can ask of Graph and have done by it: executes operations, translates errors, has no opinions.

Opened by `open_gateway`, called by the flows through the Protocols they declare. It neither compares values nor reads
back; a write that got anything but a clear answer is reported as such, and settling it is the flow's work.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from kiota_abstractions.request_information import RequestInformation

from shared.adapters.graph import answers, purpose, requests
from shared.adapters.graph.answers import Answer, Principal, UnreadableAnswerError
from shared.adapters.graph.batch import Part, account_part, email_part, phones_part, read_of_each
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.error_table import explained, out_of_reach, unreadable
from shared.adapters.graph.look_up_batcher import LookUpBatcher
from shared.adapters.graph.permissions import TokenClaims
from shared.adapters.graph.purpose import Purpose
from shared.adapters.graph.rate_limiter import Kind, Priority
from shared.core.export.directory_source import ChangedUsers
from shared.core.person.account import Account, AccountWithMethods, KeyKind, PersonKey
from shared.core.person.methods import Methods
from shared.core.plan.operations import Operation, slot_of
from shared.core.values.errors import (
    ExplainedError,
    GraphRefusedError,
    GraphUnavailableError,
    PersonAmbiguousError,
    PersonNotFoundError,
)
from shared.core.values.slot import EmailAddress, MaskedValue, Slot

_IN_ADDRESSES = frozenset({KeyKind.OBJECT_ID, KeyKind.USER_PRINCIPAL_NAME})
"""Keys by which Graph addresses a user; the others take a search."""


class GraphGateway:
    """One process's way to Graph.

    Every method may raise ThrottledError (nothing was done), GraphUnavailableError (a read was not answered, or there
    is no token) and GraphRefusedError (`permissionMissing` and its like); what else it raises is said beside it.
    """

    def __init__(self, client: GraphClient, priority: Priority) -> None:
        self._client = client
        self._priority = priority
        self._look_up_batcher = LookUpBatcher(client, priority)

    def with_priority(self, priority: Priority) -> GraphGateway:
        """The same gateway for calls of another priority; closing either closes both."""
        return GraphGateway(self._client, priority)

    async def look_up(self, key: PersonKey) -> Account:
        """The one account that has `key`. Raises PersonNotFoundError, PersonAmbiguousError."""
        missing = purpose.READ_ACCOUNTS
        nobody = PersonNotFoundError(missing.absent, f"No account has this {key.kind}.", remedy=missing.absent_remedy)
        if key.is_placeholder:
            raise nobody
        if key.kind in _IN_ADDRESSES:
            answer = await self._ask(
                requests.account_by_name(self._client.sdk, key.value.strip()), purpose.READ_ACCOUNTS
            )
            return _read(answer, answers.account, purpose.READ_ACCOUNTS)
        request = requests.accounts_by_property(self._client.sdk, key)
        found = [found async for found in self._items(request, answers.account, purpose.READ_ACCOUNTS)]
        match len(found):
            case 0:
                raise nobody
            case 1:
                return found[0]
            case count:
                raise PersonAmbiguousError(
                    "personAmbiguous",
                    f"{count} accounts have this {key.kind}.",
                    count=count,
                    remedy="Use the object id or the user principal name for this person.",
                )

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods:
        """The account as `look_up` finds it, and by the same call its methods where the key can stand in an address.

        A few people who are asked for at the same moment share the call.
        What keeps the methods from being read is not told here: whoever needs them asks again with the object id.
        """
        if key.kind not in _IN_ADDRESSES or key.is_placeholder:
            return AccountWithMethods(await self.look_up(key))
        name = key.value.strip()
        parts: list[Part[Any]] = [account_part(name), phones_part(name), *([email_part(name)] if email else [])]
        account, *lists = await self._look_up_batcher.read(parts)
        if isinstance(account, ExplainedError):
            raise account
        read = [one for one in lists if not isinstance(one, ExplainedError)]
        return AccountWithMethods(account, Methods(*read) if len(read) == len(lists) else None)

    async def methods(self, user_id: str, *, email: bool = False) -> Methods:
        """What Graph has now for the person with this object id; the e-mail address is another request.

        Raises PersonNotFoundError.
        """
        answer = await self._ask(requests.phone_methods(self._client.sdk, user_id), purpose.READ_PHONES)
        phones = _read(answer, answers.phone_methods, purpose.READ_PHONES)
        if not email:
            return Methods(phones)
        answer = await self._ask(requests.email_methods(self._client.sdk, user_id), purpose.READ_EMAIL)
        return Methods(phones, _read(answer, answers.email_address, purpose.READ_EMAIL))

    async def execute(self, user_id: str, operation: Operation) -> str:
        """Send one operation; returns the id by which Graph's logs know it.

        Raises OutcomeUnknownError for every answer that leaves open whether it was done: anything but a readable 2xx,
        except 429 and the refusals that the error table calls certain.
        """
        why = purpose.WRITE_EMAIL if slot_of(operation) is Slot.EMAIL else purpose.WRITE_PHONES
        answer = await self._ask(requests.change(self._client.sdk, user_id, operation), why)
        if answer.body:
            _read(answer, answers.entity, why)
        return answer.request_id

    async def phone_methods_of(self, user_ids: Sequence[str]) -> dict[str, Methods | ExplainedError]:
        """The phones of each of many people, 20 to a call; what could not be read is an error value."""
        found = await read_of_each(self._client, user_ids, phones_part, self._priority)
        return {
            user: current if isinstance(current, ExplainedError) else Methods(current)
            for user, current in found.items()
        }

    async def email_addresses_of(
        self, user_ids: Sequence[str]
    ) -> dict[str, EmailAddress | MaskedValue | ExplainedError | None]:
        """The e-mail methods of each of many people, 20 to a call, None where there is none; errors as above."""
        return await read_of_each(self._client, user_ids, email_part, self._priority)

    async def role_principals(self) -> frozenset[str]:
        """The object ids of all who hold a directory role or may activate one, directly or through a group."""
        sdk, principals = self._client.sdk, set[str]()
        groups = set[str]()
        for request in (requests.role_assignments(sdk), requests.role_eligibilities(sdk)):
            async for principal in self._principals(request):
                principals.add(principal.id)
                if principal.may_be_group:
                    groups.add(principal.id)
        members = [await self._members_if_group(group) for group in groups]
        return frozenset(principals).union(*members)

    async def group_members(self, group_id: str) -> frozenset[str]:
        """The object ids of all who are in the group, also through groups in it."""
        request = requests.group_members(self._client.sdk, group_id)
        return frozenset([item_id async for item_id in self._items(request, answers.object_id, purpose.READ_GROUP)])

    async def disabled_accounts(self) -> AsyncIterator[Account]:
        """Every disabled account of the tenant, page by page: in most tenants a small part of all."""
        request = requests.disabled_accounts(self._client.sdk)
        async for account in self._items(request, answers.account, purpose.READ_ACCOUNTS):
            yield account

    async def changed_users(self, link: str, properties: Sequence[str]) -> ChangedUsers:
        """A page of a delta round over the users, of whom these properties matter; "" = everybody's first page.

        Raises GraphRefusedError with status 410 when the link is too old: then the round begins with everybody.
        """
        request = requests.page(link) if link else requests.changed_users(self._client.sdk, properties)
        answer = await self._ask(request, purpose.READ_ACCOUNTS)
        page = _read(answer, answers.changed_users, purpose.READ_ACCOUNTS)
        if link and link == page.next_link:
            raise unreadable(answer, purpose.READ_ACCOUNTS)
        return page

    async def token_claims(self) -> TokenClaims:
        """What this app's own token says of it."""
        return await self._client.token_claims()

    async def enabled_sign_in_methods(self) -> frozenset[str]:
        """The tenant's enabled authentication methods by their ids in lower case, such as `sms` and `voice`."""
        answer = await self._ask(requests.methods_policy(self._client.sdk), purpose.READ_POLICY)
        return _read(answer, answers.enabled_methods, purpose.READ_POLICY)

    async def close(self) -> None:
        await self._client.close()

    async def _principals(self, request: RequestInformation) -> AsyncIterator[Principal]:
        try:
            async for principal in self._items(request, answers.principal, purpose.READ_ROLES):
                yield principal
        except GraphRefusedError as error:
            if error.code != "licenceMissing":  # without the licence for PIM nobody can be eligible
                raise

    async def _members_if_group(self, principal_id: str) -> frozenset[str]:
        try:
            return await self.group_members(principal_id)
        except GraphRefusedError as error:
            if error.code != purpose.READ_GROUP.absent:
                raise
            return frozenset()

    async def _items[T](self, request: RequestInformation, parse: Callable[[Any], T], why: Purpose) -> AsyncIterator[T]:
        """Everything in a paged collection; a page may be empty and still have another after it."""
        seen = set[str]()
        while True:
            answer = await self._ask(request, why)
            page = _read(answer, lambda document: answers.page(document, parse), why)
            for item in page.items:
                yield item
            if page.next_link is None:
                return
            if page.next_link in seen:
                raise unreadable(answer, why)
            seen.add(page.next_link)
            request = requests.page(page.next_link)

    async def _ask(self, request: RequestInformation, why: Purpose) -> Answer:
        """A success, or the error that the answer means."""
        answer = await self._client.send(request, Kind.WRITE if why.write else Kind.READ, self._priority)
        if answer.ok:
            return answer
        error = explained(answer, why)
        if why.write and error.code == "permissionMissing" and await self._was_granted(why):
            raise out_of_reach(answer)
        raise error

    async def _was_granted(self, why: Purpose) -> bool:
        try:
            claims = await self.token_claims()
        except GraphUnavailableError:  # tokens are Graph's own: where ours does not tell its roles, none is proven
            return False
        return not claims.roles.isdisjoint(role.name for role in why.permission.accepted)


def _read[T](answer: Answer, parse: Callable[[Any], T], why: Purpose) -> T:
    try:
        return parse(answer.json())
    except UnreadableAnswerError as error:
        raise unreadable(answer, why) from error
