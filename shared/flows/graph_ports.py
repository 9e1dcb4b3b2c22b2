"""The interfaces of the flows to Microsoft Graph: the directory, one person's methods, and who is privileged.

`shared.wiring` passes in the gateway and its reader of privileges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.core.export.directory_source import ChangedUsers
from shared.core.person.account import Account, AccountWithMethods, Methods, PersonKey
from shared.core.person.privilege import Applications, Privileged, RoleHolders
from shared.core.person.registration import ListedAccount, ListedPage, MethodList, RegisteredPerson
from shared.core.plan.operations import Operation
from shared.core.values.errors import ExplainedError
from shared.core.values.phone_delivery import SignInPolicy
from shared.core.values.slot import EmailAddress, MaskedValue


class DirectoryPort(Protocol):
    """The tenant's accounts, what people have registered, and the authentication methods policy."""

    async def look_up(self, key: PersonKey) -> Account: ...

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods: ...

    async def phone_methods_of(self, user_ids: Sequence[str]) -> Mapping[str, Methods | ExplainedError]: ...

    async def email_addresses_of(
        self, user_ids: Sequence[str]
    ) -> Mapping[str, EmailAddress | MaskedValue | ExplainedError | None]: ...

    async def changed_users(self, link: str, properties: Sequence[str]) -> ChangedUsers: ...

    async def accounts_named(self, name: str, most: int) -> list[Account]: ...

    async def registrations(self, link: str) -> ListedPage[RegisteredPerson]: ...

    async def all_accounts(self, link: str) -> ListedPage[ListedAccount]: ...

    async def reads_all_methods(self) -> bool: ...

    async def all_methods_of(self, user_ids: Sequence[str]) -> Mapping[str, MethodList | ExplainedError]: ...

    async def sign_in_policy(self) -> SignInPolicy: ...


class MethodsPort(Protocol):
    """The authentication methods of one account."""

    async def methods(self, user_id: str, *, email: bool = False, together: bool = False) -> Methods:
        """With `together`, reads of a few people at the same moment share one call."""
        ...

    async def execute(self, user_id: str, operation: Operation) -> str:
        """Send one operation; returns Graph's request id."""
        ...


class PrivilegePort(Protocol):
    """Who is privileged. Sets of ids are in lower case.

    They are complete, but for what the field `unseen` of a result names. If anything else cannot be read,
    ExplainedError is raised.
    """

    async def role_assignments(self) -> RoleHolders: ...

    async def holding_roles(self, ids: Sequence[str]) -> list[bool]: ...

    async def role_groups(self) -> frozenset[str]: ...

    async def applications(self) -> Applications: ...

    async def privileged(self, groups: frozenset[str], found: Applications) -> Privileged: ...

    async def is_privileged(self, object_id: str, groups: frozenset[str], found: Applications) -> bool: ...

    async def app_role_holders(self, principal: str) -> frozenset[str]: ...

    async def resolve(self, names: Sequence[str]) -> dict[str, str | None]: ...

    async def roles_come_from_graph(self) -> bool: ...
