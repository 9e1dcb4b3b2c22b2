"""What fresh answers about privilege cost at Graph, by the stand-in's own books; the first net is read before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES, PIM_GROUPS_READ
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from sandbox.people import Staff
from shared.app import App
from shared.core.values.states import RowState
from testing.host_in_memory import HostInMemory
from testing.in_memory import in_memory

PRIVILEGE = (
    *("roleAssignments.list", "roleEligibility.schedules", "groups.list", "groups.get", "groupMembers.list"),
    *("groupOwners.list", "groupEligibility.list", "memberOf.list", "ownedObjects.list"),
)
GROUPS = [Group(id=str(UUID(int=0xF0 << 64 | number, version=4)), roles=[GLOBAL_ADMINISTRATOR]) for number in range(20)]


def person_id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


async def reads_per_person(people: int, groups: Sequence[Group] = GROUPS, *, processes: int = 1) -> float:
    """The read items about privilege that a run costs which gives a number to this many people."""
    settings = {"MAX_WRITES_UNAPPROVED": "2000", "APPROVAL": "limits"}
    options = Options(roles=(*APP_ROLES, PIM_GROUPS_READ))
    async with in_memory(Staff(()), settings, options) as world:
        for group in groups:
            world.stand_in.tenant.groups[group.id] = group
        rows = ["objectId,mobile"]
        for number in range(people):
            name = f"p{number}@contoso.example"
            world.stand_in.tenant.put(Person(id=person_id(number), userPrincipalName=name))
            rows.append(f"{person_id(number)},+1 202555{1000 + number:04d}")
        await world.app.person_parts.protected_accounts.check(person_id(0))
        before = world.stand_in.stats.requests.copy()
        async with AsyncExitStack() as others:
            hosts = [world.host]
            for _ in range(processes - 1):
                app = App(world.settings, clock=world.clock, storage=world.storage)
                others.push_async_callback(app.close)
                hosts.append(HostInMemory(app, world.storage, world.clock))
            identity = await world.drop("staff.csv", "\n".join(rows).encode())

            async def have_all_delivered() -> bool:
                """Every process takes its batch of each queue in turn."""
                for host in hosts[1:]:
                    await host.deliver_visible()
                return False

            await world.pump(until=have_all_delivered)
            run = await world.stored(identity)
        assert {RowState.CREATED: people} == {state: count for state, count in run.counts.items() if count}
        spent = world.stand_in.stats.requests - before
        return sum(spent[kind] for kind in PRIVILEGE) / people


@pytest.mark.parametrize("people", [1, 2, 19])
async def test_few_people_are_asked_about_one_by_one(people: int) -> None:
    """Five items each, in one call; the groups that can hold roles are read with the first net, within the minute."""
    assert 5 == await reads_per_person(people)


async def test_many_people_cost_a_small_part_of_an_item() -> None:
    """A chunk asks for 15 people; the rest is read whole: 20 groups with members, owners and eligible ones."""
    a_minute = 1 + 1 + 3 * len(GROUPS)
    assert (100 / 15 + 1 + a_minute) / 100 >= await reads_per_person(100)


@pytest.mark.long
async def test_a_thousand_people_cost_at_most_three_tenths_of_an_item() -> None:
    """With 20 groups and one process. Each process reads for itself, so four cost about what docs/security.md says."""
    assert 0.3 >= await reads_per_person(1_000)
    assert 0.5 >= await reads_per_person(1_000, processes=4)
