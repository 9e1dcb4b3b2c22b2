"""Reads for the pages about a person: accounts by the beginning of a name, and the default sign-in method."""

from __future__ import annotations

from dataclasses import dataclass

from shared.adapters.graph import answers, answers_of_registration, requests
from shared.adapters.graph.client import Asking
from shared.adapters.graph.error_table import READ_ACCOUNTS, READ_REPORT
from shared.adapters.graph.permissions import REGISTRATION_REPORT
from shared.core.person.account import Account


@dataclass(frozen=True, slots=True)
class PeopleReads:
    """Raises as the gateway does."""

    asking: Asking

    async def accounts_named(self, name: str, most: int) -> list[Account]:
        """Accounts whose display name begins so, at most so many."""
        request = requests.accounts_named(self.asking.client.sdk, name, most)
        return (await self.asking.read(request, answers.page_of(answers.account), READ_ACCOUNTS)).items

    async def default_method_of(self, object_id: str) -> str:
        """Graph's name of the person's default sign-in method, by a report that may be hours old; "" = not known.

        Without the permission of the report it is not asked. Source: the userRegistrationDetails reference.
        """
        if not REGISTRATION_REPORT.is_in((await self.asking.token_claims()).roles):
            return ""
        request = requests.registration_of(self.asking.client.root, object_id)
        return await self.asking.read(request, answers_of_registration.default_method, READ_REPORT)
