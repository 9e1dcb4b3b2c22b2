"""A much shorter list of administrators over HTTP: nothing is written until somebody accepts it."""

from __future__ import annotations

from datetime import timedelta

from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Person
from sandbox.people import Staff
from tests.api.caller import api

KEY = {"AUTH_MODE": "key"}


def somebody(number: int, *roles: str) -> Person:
    object_id = f"{number:08x}-0000-4000-8000-000000000000"
    return Person(id=object_id, userPrincipalName=f"p{number}@contoso.example", roles=roles)


async def test_a_list_that_shrank_is_accepted_by_a_person() -> None:
    """Refused before and written afterwards; the acceptance is recorded with who, when and both counts."""
    person, administrators = somebody(1), [somebody(number, GLOBAL_ADMINISTRATOR) for number in range(2, 22)]
    async with api(Staff(()), KEY) as world:
        tenant = world.inside.stand_in.tenant
        for one in (person, *administrators):
            tenant.put(one)
        path = f"/users/{person.id}/phoneMethods/mobile"
        first = await world.http.put(path, json={"phoneNumber": "+12025550101"})
        assert 201 == first.status_code
        nothing = await world.http.post("/protected-accounts/accept")
        assert {"accepted": False, "before": 0, "after": 0} == nothing.json()

        for one in administrators[:15]:
            tenant.put(somebody(int(one.id[:8], 16)))
        world.inside.clock.leap_to(world.inside.clock.now() + timedelta(minutes=11))
        refused = await world.http.put(path, json={"phoneNumber": "+12025550102"})
        assert "protectedAccountsUnreadable" == refused.json()["error"]["code"]
        assert "accept" in refused.text

        accepted = await world.http.post("/protected-accounts/accept")
        assert {"accepted": True, "before": 21, "after": 6} == accepted.json()
        assert 200 == (await world.http.put(path, json={"phoneNumber": "+12025550102"})).status_code
        (record,) = (await world.inside.app.clients.protection.protection()).acceptances
        assert ("key", 21, 6) == (record.by, record.before, record.after)
