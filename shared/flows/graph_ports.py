"""The interfaces of the flows to Microsoft Graph, one for each use. `shared.wiring` passes in the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.core.export.directory_source import ChangedUsers
from shared.core.person.account import Account, AccountWithMethods, Methods, PersonKey
from shared.core.person.registration import ListedAccount, ListedPage, MethodList, RegisteredPerson
from shared.core.plan.operations import Operation
from shared.core.values.errors import ExplainedError
from shared.core.values.phone_delivery import SignInPolicy
from shared.core.values.slot import EmailAddress, MaskedValue


class DirectoryPort(Protocol):
    """Accounts in Microsoft Graph, and what Graph returns for many accounts at once."""

    async def look_up(self, key: PersonKey) -> Account: ...

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods: ...

    async def phone_methods_of(self, user_ids: Sequence[str]) -> Mapping[str, Methods | ExplainedError]: ...

    async def email_addresses_of(
        self, user_ids: Sequence[str]
    ) -> Mapping[str, EmailAddress | MaskedValue | ExplainedError | None]: ...

    async def changed_users(self, link: str, properties: Sequence[str]) -> ChangedUsers: ...


class RegistrationPort(Protocol):
    """What the people of the tenant have registered, in Microsoft Graph."""

    async def registrations(self, link: str) -> ListedPage[RegisteredPerson]: ...

    async def all_accounts(self, link: str) -> ListedPage[ListedAccount]: ...

    async def reads_all_methods(self) -> bool: ...

    async def all_methods_of(self, user_ids: Sequence[str]) -> Mapping[str, MethodList | ExplainedError]: ...

    async def all_methods(self, user_id: str) -> MethodList: ...

    async def sign_in_policy(self) -> SignInPolicy: ...


class MethodsPort(Protocol):
    """The authentication methods of one account in Microsoft Graph."""

    async def methods(self, user_id: str, *, email: bool = False, together: bool = False) -> Methods:
        """With `together`, reads of a few people at the same moment share one call."""
        ...

    async def execute(self, user_id: str, operation: Operation) -> str:
        """Send one operation; returns Graph's request id."""
        ...
