"""What the gateway itself says of each answer: a write is done, certainly not done, or open.

A test looks into the stand-in to see which was true. What the app makes of it is in test_switches.py.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.options import RateLimit, RetryAfterForm
from sandbox.graph.person import Person
from shared.adapters.graph import Pacing
from shared.core.person.privilege import ProtectionScope
from shared.core.plan.operations import CreatePhone, DeletePhone, Operation, UpdatePhone
from shared.core.values.errors import (
    GraphRefusedError,
    GraphUnavailableError,
    NoTokenError,
    OutcomeUnknownError,
    ThrottledError,
)
from shared.core.values.slot import PhoneNumber, PhoneType
from tests.adapters.graph.conftest import ALEX, BO, NOBODY, PEOPLE, OpenRoom, Room, SharedTime

OLD, NEW = PhoneNumber(1, "2025550101"), PhoneNumber(61, "491570006")
HOLDER, TAKER = "00000000-0000-4000-8000-0000000000b1", "00000000-0000-4000-8000-0000000000b2"
CREATE = CreatePhone(PhoneType.MOBILE, NEW)
UPDATE = UpdatePhone(PhoneType.MOBILE, OLD, NEW)
OPERATIONS: list[tuple[str, Operation]] = [
    (BO, CREATE),
    (ALEX, UPDATE),
    (ALEX, DeletePhone(PhoneType.MOBILE, OLD)),
]


def _mobile(room: Room, user_id: str) -> str | None:
    return room.stand_in.tenant.people[user_id].methods.get(PhoneType.MOBILE)


@pytest.mark.parametrize("taken_number", ["409-stored", "409-not-stored", "201-stored"])
async def test_a_number_somebody_signs_in_with(open_room: OpenRoom, taken_number: str) -> None:
    """A 409 leaves open whether the number was stored; a 201 does not."""
    people = [
        Person(
            id=HOLDER, userPrincipalName="h@contoso.example", phones={"mobile": "+61 491570006"}, smsSignInState="ready"
        ),
        Person(id=TAKER, userPrincipalName="t@contoso.example", smsSignInState="notConfigured"),
    ]
    room = await open_room(people, (), taken_number=taken_number)
    if taken_number == "201-stored":
        await room.gateway.execute(TAKER, CREATE)
        return
    with pytest.raises(OutcomeUnknownError) as caught:
        await room.gateway.execute(TAKER, CREATE)
    assert ("phoneNumberNotUnique", 409) == (caught.value.code, caught.value.status)
    assert (_mobile(room, TAKER) is not None) == (taken_number == "409-stored")


@pytest.mark.parametrize("rule_answer", ["400", "404", "409", "empty"])
async def test_a_broken_rule(open_room: OpenRoom, rule_answer: str) -> None:
    """Whatever Graph answers when a rule of the methods forbids a change, the error tells the caller to look."""
    room = await open_room(rule_answer=rule_answer)
    for user_id, operation in ((ALEX, CREATE), (BO, CreatePhone(PhoneType.ALTERNATE_MOBILE, NEW))):
        with pytest.raises(OutcomeUnknownError):
            await room.gateway.execute(user_id, operation)
    assert 0 == room.stand_in.stats.committed.total()


@pytest.mark.parametrize("not_found", ["coded", "UnknownError"])
async def test_what_is_not_there(open_room: OpenRoom, not_found: str) -> None:
    """A 404 on a write, for a person or a method, is open as well: a delete may have been done before."""
    room = await open_room(not_found=not_found)
    for user_id in (NOBODY, BO):
        with pytest.raises(OutcomeUnknownError) as caught:
            await room.gateway.execute(user_id, DeletePhone(PhoneType.MOBILE, OLD))
        assert 404 == caught.value.status


async def test_the_default_method_says_what_to_do(open_room: OpenRoom) -> None:
    """The one refusal that only a person can resolve has a code of its own, with the way out."""
    person = Person(
        id=HOLDER,
        userPrincipalName="h@contoso.example",
        phones={"mobile": "+1 2025550101", "office": "+1 2025550102"},
        default_method="mobile",
    )
    room = await open_room([person], ())
    with pytest.raises(GraphRefusedError) as caught:
        await room.gateway.execute(HOLDER, DeletePhone(PhoneType.MOBILE, OLD))
    assert ("defaultMethod", True) == (caught.value.code, "default" in caught.value.remedy)


@pytest.mark.parametrize("kind", ["commit-then-status", "commit-then-drop", "status", "drop"])
@pytest.mark.parametrize(("user_id", "operation"), OPERATIONS)
async def test_done_or_not_a_lost_answer_is_open(room: Room, user_id: str, operation: Operation, kind: Any) -> None:
    """A failure after the change and a failure before it look alike, and neither is reported as either."""
    room.stand_in.faults.add(Fault(kind=kind, on="phoneMethods.*", status=504, count=1))
    with pytest.raises(OutcomeUnknownError) as caught:
        await room.gateway.execute(user_id, operation)
    assert caught.value.status == (504 if kind.endswith("status") else None)
    assert room.stand_in.stats.committed.total() == (1 if kind.startswith("commit") else 0)


async def test_a_missing_role_and_a_rejected_token_are_certain(open_room: OpenRoom) -> None:
    """Only a caller who was turned away at the door knows that nothing was done."""
    room = await open_room(roles=("User.Read.All",))
    with pytest.raises(GraphRefusedError) as caught:
        await room.gateway.execute(BO, CREATE)
    assert "permissionMissing" == caught.value.code
    room = await open_room(token_seconds=-1)
    with pytest.raises(NoTokenError) as rejected:
        await room.gateway.execute(BO, CREATE)
    assert "tokenRejected" == rejected.value.code


@pytest.mark.parametrize("form", ["integer", "fraction", "date", "none"])
@pytest.mark.parametrize("batched", [True, False])
async def test_under_a_hidden_limit_no_wait_is_broken(
    open_room: OpenRoom, form: RetryAfterForm, *, batched: bool
) -> None:
    """With limits far below the documented ones all is read and written in the end, and every wait is kept."""
    people = [
        Person(id=f"00000000-0000-4000-8000-{n:012d}", userPrincipalName=f"p{n}@contoso.example") for n in range(80)
    ]
    ids = [person.id for person in people]
    room = await open_room(
        people,
        (),
        units=RateLimit(50, 10),
        writes=RateLimit(20, 10),
        retry_after=form,
        shared_time=SharedTime(),
        pace=Pacing(1, max_wait=3600),
    )
    if batched:
        found = await room.gateway.phone_methods_of(ids)
        assert all(not isinstance(value, Exception) for value in found.values())
    else:
        for user_id in ids:
            await room.gateway.execute(user_id, CREATE)
        assert 80 == room.stand_in.stats.committed["phoneMethods.create"]
    assert room.stand_in.stats.throttled.total() > 0
    assert [] == _broken_waits(room)


@pytest.mark.parametrize(("callers", "writes"), [(200, False), (45, True)])
async def test_in_real_time_nobody_starts_during_a_halt(open_room: OpenRoom, callers: int, *, writes: bool) -> None:
    """Of many callers at once some are throttled: whoever has not started by then waits as long as Retry-After says."""
    room = await open_room(latency_ms=10.0)
    room.stand_in.faults.add(
        Fault(kind="throttle", on="phoneMethods.*", skip=30, count=3, seconds=0.4, retry_after="fraction")
    )
    if writes:
        await asyncio.gather(*(room.gateway.execute(ALEX, UPDATE) for _ in range(callers)))
    else:
        await asyncio.gather(*(room.gateway.methods(BO) for _ in range(callers)))
    assert 3 == room.stand_in.stats.faults["throttle"]
    assert [] == _broken_waits(room)


def _broken_waits(room: Room) -> list[str]:
    return [str(finding) for finding in room.stand_in.findings if finding.kind == "retry-after-ignored"]


async def test_a_throttled_write_that_cannot_wait_is_not_done(open_room: OpenRoom) -> None:
    """Work given back because of a throttle has changed nothing."""
    room = await open_room(writes=RateLimit(1, 600), pace=Pacing(1, max_wait=0.5))
    await room.gateway.execute(BO, CREATE)
    with pytest.raises(ThrottledError) as caught:
        await room.gateway.execute(ALEX, UPDATE)
    assert caught.value.delay > 100
    assert 1 == room.stand_in.stats.committed.total()


async def test_stale_reads_are_told_as_they_are(room: Room) -> None:
    """The gateway has no opinion on what it reads: an old value is reported until Graph shows the new one."""
    room.stand_in.faults.add(Fault(kind="stale-reads", on="phoneMethods.create", seconds=600))
    await room.gateway.execute(BO, CREATE)
    assert not (await room.gateway.methods(BO)).has(PhoneType.MOBILE)


async def test_nothing_is_left_unread(open_room: OpenRoom) -> None:
    """Every page that Graph offered was fetched, and no granted role was in vain."""
    roles = (
        "UserAuthMethod-Phone.ReadWrite.All",
        "User.Read.All",
        "RoleManagement.Read.Directory",
        "GroupMember.Read.All",
    )
    room = await open_room(PEOPLE, page_size=1, roles=roles)
    assert [BO] == [account.id async for account in room.gateway.disabled_accounts()]
    reader = room.gateway.privilege(ProtectionScope(), room.stand_in.clock)
    await reader.role_assignments()
    await reader.privileged(await reader.role_groups(), await reader.applications())
    await room.gateway.methods(ALEX)
    await room.gateway.execute(BO, CREATE)
    assert [] == room.stand_in.findings


async def test_half_a_list_is_no_list(open_room: OpenRoom) -> None:
    """When a later page fails, the first ones are not taken for everything."""
    room = await open_room(page_size=1)
    room.stand_in.faults.add(Fault(kind="status", on="roleAssignments.list", skip=0, status=503))
    with pytest.raises(GraphUnavailableError):
        await room.gateway.privilege(ProtectionScope(), room.stand_in.clock).role_assignments()
