"""`/users/find`: people by what a help desk knows of them, which is sent in the body, never in a URL."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from shared.api.guard import GuardedRoute, Wired
from shared.api.schema import Given, Resource, errors
from shared.api.single_calls import PersonResource
from shared.api.verbs import Verbs
from shared.core.person.account import Account, SeenPerson

router = APIRouter(prefix="/users", route_class=GuardedRoute, tags=["People"])

LONGEST_TEXT = 256


class PersonSought(Given):
    who: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)] = Field(
        description="Object id, sign-in name, e-mail address, employee id, or the beginning of the display name."
    )


class FoundPeople(Resource):
    value: list[PersonResource] = Field(description="The accounts, at most ten.")


@router.post("/find", operation_id="FindPeople", summary="Find people", responses=errors(404, 409, 415))
async def find_people(verbs: Wired, sought: PersonSought) -> FoundPeople:
    """Find accounts by what identifies them, or by the beginning of the display name; 404 if there is none."""
    return FoundPeople(value=[PersonResource.of(person) for person in await people_found(verbs, sought.who)])


async def people_found(verbs: Verbs, who: str) -> list[SeenPerson]:
    """The accounts; their default sign-in methods are not looked up."""
    return list(await asyncio.gather(*(_seen(verbs, account) for account in await verbs.single_calls.find(who))))


async def _seen(verbs: Verbs, account: Account) -> SeenPerson:
    return SeenPerson(account, await verbs.protected_accounts.may_be_protected(account.id))
