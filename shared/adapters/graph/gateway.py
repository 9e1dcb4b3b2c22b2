"""Every read and write of this app in Graph: it executes operations and translates errors, and decides nothing.

It neither compares values nor verifies writes: a write without a clear answer raises OutcomeUnknownError, and the flows
resolve it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from kiota_abstractions.request_information import RequestInformation

from shared.adapters.graph import answers, answers_of_registration, requests
from shared.adapters.graph.batch import (
    BATCHING_SECONDS,
    MOST_PEOPLE,
    Part,
    account_part,
    email_part,
    is_unanswered,
    methods_part,
    phones_part,
    read_of_each,
    read_people,
)
from shared.adapters.graph.client import Asking, GraphClient, read
from shared.adapters.graph.error_table import (
    READ_ACCOUNTS,
    READ_EMAIL,
    READ_METHODS,
    READ_PHONES,
    READ_POLICY,
    READ_REPORT,
    WRITE_EMAIL,
    WRITE_PHONES,
    Purpose,
    unreadable,
)
from shared.adapters.graph.permissions import ALL_METHODS, REGISTRATION_REPORT, TokenClaims
from shared.adapters.graph.privilege import PrivilegeReader
from shared.adapters.graph.rate_limiter import Priority
from shared.core.export.directory_source import ChangedUsers
from shared.core.person.account import NO_ACCOUNT, Account, AccountWithMethods, KeyKind, Methods, PersonKey
from shared.core.person.privilege import ProtectionScope
from shared.core.person.registration import ListedAccount, ListedPage, MethodList, RegisteredPerson
from shared.core.plan.operations import Operation, slot_of
from shared.core.values.errors import (
    ExplainedError,
    GraphUnavailableError,
    NoTokenError,
    PersonAmbiguousError,
    PersonNotFoundError,
    RetryLaterError,
)
from shared.core.values.phone_delivery import SignInPolicy
from shared.core.values.said import Said
from shared.core.values.slot import EmailAddress, MaskedValue, Slot
from shared.shared_reads import Batcher

_IN_URLS = frozenset({KeyKind.OBJECT_ID, KeyKind.USER_PRINCIPAL_NAME})
"""The kinds of key that can be part of a user's URL; the others need a search."""


class GraphGateway:
    """Graph for one process.

    Whatever asks Graph may raise ThrottledError (nothing was done), GraphUnavailableError (such as a read without an
    answer, or no token), GraphRefusedError (such as `permissionMissing`), and, about one account, PersonNotFoundError.
    The methods name what else they raise.
    """

    def __init__(self, client: GraphClient, priority: Priority) -> None:
        self._client = client
        self._priority = priority
        self._asking = Asking(client, priority)
        self._people = Batcher(self._read_people, is_unanswered, most=MOST_PEOPLE, seconds=BATCHING_SECONDS)

    def with_priority(self, priority: Priority) -> GraphGateway:
        """The same gateway with another priority; closing one closes both."""
        return GraphGateway(self._client, priority)

    async def look_up(self, key: PersonKey) -> Account:
        """The only account that has `key`. Raises PersonAmbiguousError when several have it."""
        if key.kind in _IN_URLS and not key.is_placeholder:
            request = requests.account_by_name(self._client.sdk, key.value.strip())
            return await self._asking.read(request, answers.account, READ_ACCOUNTS)
        request = requests.accounts_by_property(self._client.sdk, key)
        accounts = self._asking.items(request, answers.account, READ_ACCOUNTS)
        found = [] if key.is_placeholder else [account async for account in accounts]
        match len(found):
            case 0:
                raise PersonNotFoundError(
                    READ_ACCOUNTS.absent,
                    Said("No account has this {key}.", key=Said(key.kind)),
                    remedy=READ_ACCOUNTS.absent_remedy,
                )
            case 1:
                return found[0]
            case count:
                raise PersonAmbiguousError(
                    "personAmbiguous",
                    Said("{count} accounts have this {key}.", count=count, key=Said(key.kind)),
                    count=count,
                    remedy="Use the object id or the user principal name for this person.",
                )

    async def account(self, object_id: str) -> Account:
        """The account with this object id. Those of a few people at the same moment share one call."""
        (account,) = await self._people.ask([account_part(object_id)])
        if isinstance(account, ExplainedError):
            raise account
        found: Account = account
        return found

    async def accounts_named(self, name: str, most: int) -> list[Account]:
        """At most `most` accounts whose display name begins with `name`."""
        request = requests.accounts_named(self._client.sdk, name, most)
        return (await self._asking.read(request, answers.page_of(answers.account), READ_ACCOUNTS)).items

    async def names_of(self, object_id: str) -> frozenset[str]:
        """Every name by which a file may know the account; none for an account that is gone."""
        request = requests.names_of_account(self._client.sdk, object_id)
        try:
            return await self._asking.read(request, answers.names_of_account, READ_ACCOUNTS)
        except PersonNotFoundError:
            return frozenset()

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods:
        """The account as `look_up` finds it; where the key can be part of a URL, the same call reads its methods.

        Look-ups of a few people at the same moment share one call. The methods are None when they were not read;
        `methods` with the object id then reads them, or raises the reason.
        """
        if key.kind not in _IN_URLS or key.is_placeholder:
            return AccountWithMethods(await self.look_up(key))
        name = key.value.strip()
        parts: list[Part[Any]] = [account_part(name), phones_part(name), *([email_part(name)] if email else [])]
        account, *lists = await self._people.ask(parts)
        if isinstance(account, GraphUnavailableError) and account.may_be_read_again:
            account = await self.look_up(key)
        if isinstance(account, ExplainedError):
            raise account
        read = [one for one in lists if not isinstance(one, ExplainedError)]
        return AccountWithMethods(account, Methods(*read) if len(read) == len(lists) else None)

    async def methods(self, user_id: str, *, email: bool = False, together: bool = False) -> Methods:
        """The current methods of the person with this object id; the e-mail address takes another request.

        With `together`, all of it shares one call with other people's at the same moment; if anything is
        throttled or not answered there, everything is read alone.
        """
        if together:
            parts: list[Part[Any]] = [phones_part(user_id), *([email_part(user_id)] if email else [])]
            found = await self._people.ask(parts)
            failed = next((one for one in found if isinstance(one, ExplainedError)), None)
            if failed is None:
                return Methods(*found)
            if isinstance(failed, NoTokenError) or not isinstance(failed, RetryLaterError):
                raise failed
        answer = await self._asking.ask(requests.phone_methods(self._client.sdk, user_id), READ_PHONES)
        phones = read(answer, answers.phone_methods, READ_PHONES)
        if not email:
            return Methods(phones)
        answer = await self._asking.ask(requests.email_methods(self._client.sdk, user_id), READ_EMAIL)
        return Methods(phones, read(answer, answers.email_address, READ_EMAIL))

    async def execute(self, user_id: str, operation: Operation) -> str:
        """Send one operation; returns Graph's id of the request, "" if Graph names none.

        Raises OutcomeUnknownError for every answer that leaves open whether it was done: anything but a readable 2xx,
        401, 429 and the refusals that the error table calls certain.
        """
        purpose = WRITE_EMAIL if slot_of(operation) is Slot.EMAIL else WRITE_PHONES
        answer = await self._asking.ask(requests.change(self._client.sdk, user_id, operation), purpose)
        if answer.body:
            read(answer, answers.entity, purpose)
        return answer.request_id

    async def phone_methods_of(self, user_ids: Sequence[str]) -> dict[str, Methods | ExplainedError]:
        """The phone methods of each of many people, 20 per call; a failed read is an error value."""
        found = await read_of_each(self._client, user_ids, phones_part, self._priority)
        return {
            user: current if isinstance(current, ExplainedError) else Methods(current)
            for user, current in found.items()
        }

    async def email_addresses_of(
        self, user_ids: Sequence[str]
    ) -> dict[str, EmailAddress | MaskedValue | ExplainedError | None]:
        """The e-mail address of each of many people, or None, 20 per call; a failed read is an error value."""
        return await read_of_each(self._client, user_ids, email_part, self._priority)

    def privilege(self, scope: ProtectionScope, now: Callable[[], float]) -> PrivilegeReader:
        """The reader of who is privileged; `now` returns seconds from any starting point."""
        return PrivilegeReader(self._asking, scope, now)

    async def disabled_accounts(self) -> AsyncIterator[Account]:
        """Every disabled account of the tenant, page by page; in most tenants these are few."""
        request = requests.disabled_accounts(self._client.sdk)
        async for account in self._asking.items(request, answers.account, READ_ACCOUNTS):
            yield account

    async def usage_locations(self) -> Counter[str]:
        """Usage location -> number of accounts, among the first enabled accounts that one page holds."""
        request = requests.usage_locations(self._client.sdk)
        page = await self._asking.read(request, answers.page_of(answers.account), READ_ACCOUNTS)
        return Counter(account.usage_location for account in page.items if account.usage_location)

    async def changed_users(self, link: str, properties: Sequence[str]) -> ChangedUsers:
        """One page of a delta round over all users with these properties; the link "" = the first page of all users.

        Raises GraphRefusedError with status 410 when the link is too old; the next round then starts with all users.
        """
        request = requests.page(link) if link else requests.changed_users(self._client.sdk, properties)
        return await self._page(link, request, answers.changed_users, READ_ACCOUNTS)

    async def registrations(self, link: str) -> ListedPage[RegisteredPerson]:
        """One page of the tenant's report of registered methods; the link "" = the first page.

        The report leaves out disabled people, and may be hours old. Graph allows 5 requests in 10 s (throttling limits,
        identity and access reports). Raises GraphRefusedError `licenceMissing` in a tenant without Entra ID P1.
        """
        request = requests.page(link) if link else requests.registrations(self._client.root)
        return await self._page(link, request, answers.page_of(answers_of_registration.registered), READ_REPORT)

    async def default_method_of(self, object_id: str) -> str:
        """Graph's name of the person's default sign-in method, by the same report; "" = not known.

        Without the permission for the report Graph is not asked. Source: the userRegistrationDetails reference.
        """
        if not REGISTRATION_REPORT.is_in((await self.token_claims()).roles):
            return ""
        request = requests.registration_of(self._client.root, object_id)
        return await self._asking.read(request, answers_of_registration.default_method, READ_REPORT)

    async def all_accounts(self, link: str) -> ListedPage[ListedAccount]:
        """One page of all accounts of the directory; the link "" = the first page."""
        request = requests.page(link) if link else requests.all_accounts(self._client.sdk)
        return await self._page(link, request, answers.page_of(answers_of_registration.listed_account), READ_ACCOUNTS)

    async def _page[P: ListedPage[Any] | ChangedUsers](
        self, link: str, request: RequestInformation, parse: Callable[[Any], P], purpose: Purpose
    ) -> P:
        """The page that `request` asks for; `link` "" = it is the first page.

        Raises GraphUnavailableError if the page links to itself.
        """
        answer = await self._asking.ask(request, purpose)
        page = read(answer, parse, purpose)
        if link and link == page.next_link:
            raise unreadable(answer, purpose)
        return page

    async def reads_all_methods(self) -> bool:
        """Whether the app may read all authentication methods of a person."""
        return ALL_METHODS.is_in((await self.token_claims()).roles)

    async def all_methods_of(self, user_ids: Sequence[str]) -> dict[str, MethodList | ExplainedError]:
        """Everything that each of many people has registered, 20 per call; a failed read is an error value."""
        return await read_of_each(self._client, user_ids, methods_part, self._priority)

    async def all_methods(self, user_id: str) -> MethodList:
        """Everything that one person has registered."""
        request = requests.page(f"{self._client.root}{requests.methods_path(user_id, 'methods')}")
        return await self._asking.read(request, answers_of_registration.method_list, READ_METHODS)

    async def check_token(self) -> None:
        """Ask Graph for something. Raises NoTokenError without a token that Graph accepts; ignores all other errors."""
        try:
            await self.look_up(PersonKey(KeyKind.OBJECT_ID, NO_ACCOUNT))
        except NoTokenError:
            raise
        except ExplainedError:
            return

    async def token_claims(self) -> TokenClaims:
        """The roles and the object id in this app's own token."""
        return await self._asking.token_claims()

    async def sign_in_policy(self) -> SignInPolicy:
        """Which methods the tenant enables, such as `sms` and `voice`, and who delivers messages and calls."""
        request = requests.methods_policy(self._client.sdk)
        return await self._asking.read(request, answers_of_registration.sign_in_policy, READ_POLICY)

    def throttle_in_words(self) -> str:
        """How Graph throttles this process at this moment; "" = it does not."""
        return self._client.throttle_in_words()

    async def close(self) -> None:
        await self._client.close()

    async def _read_people(self, people: Sequence[Sequence[Part[Any]]]) -> list[list[Any]]:
        return await read_people(self._client, people, self._priority)
