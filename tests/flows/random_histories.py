"""Random histories of a few people: exports, their own edits, late and doubled messages, several runs at once.

The real app on in-memory storage; Graph is the stand-in's tenant, asked in this process. `History` plays one seed and
remembers who put each number where it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, cast

from sandbox.graph.errors import GraphError
from sandbox.graph.person import Person
from sandbox.graph.state import Tenant
from shared.adapters.graph.method_ids import METHOD_IDS
from shared.app import App
from shared.core.person.account import Account, AccountWithMethods, Methods, PersonKey, PhoneAuthenticationMethod
from shared.core.person.registration import MethodList
from shared.core.plan.operations import CreatePhone, DeletePhone, Operation, UpdatePhone
from shared.core.run.run import Run
from shared.core.values.errors import OutcomeUnknownError, PersonNotFoundError
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType, number_from_graph
from shared.core.values.states import OPEN_ROWS, SUCCEEDED_ROWS, Policy, RowState, RunState
from testing.doubles import MemoryStorage
from testing.doubles.privilege import MadeUpPrivilege
from testing.host_in_memory import HostInMemory
from testing.in_memory import InMemory
from testing.virtual_time import VirtualClock
from tests.flows.small_tenant import csv, number, person

PEOPLE, EVENTS = 3, 10
FROM_HR, OWN = range(10, 14), range(50, 60)
"""Last digits of the numbers that HR gives and of those that people choose: apart, so that it shows whose one is."""


@dataclass(slots=True)
class TenantInProcess:
    """What the app needs of Graph, without HTTP. `overwritten` holds people's own numbers that the app replaced."""

    tenant: Tenant
    written_for: set[str] = field(default_factory=set)
    own: dict[str, str] = field(default_factory=dict)
    """The number that a person has chosen after this app had written or found one for them."""
    overwritten: list[tuple[str, str]] = field(default_factory=list)

    def chosen(self, one: Person, mobile: str) -> None:
        """The person sets their own mobile."""
        self.tenant.put(person(int(one.id[-12:]), phones={"mobile": mobile}))
        self.own[one.id] = mobile

    def mobile(self, object_id: str) -> str | None:
        return self.tenant.people[object_id].methods.get(PhoneType.MOBILE)

    async def look_up(self, key: PersonKey) -> Account:
        user = self.tenant.find(key.value)
        if user is None:
            raise PersonNotFoundError("personNotFound", Said("nobody"))
        return Account(user.person.id)

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods:
        account = await self.look_up(key)
        return AccountWithMethods(account, await self.methods(account.id, email=email))

    async def methods(self, user_id: str, *, email: bool = False, together: bool = False) -> Methods:  # noqa: ARG002 - the protocol's
        found = self.tenant.people[user_id].methods.items()
        return Methods(tuple(PhoneAuthenticationMethod(kind, number_from_graph(text)) for kind, text in found))

    async def execute(self, user_id: str, operation: Operation) -> str:
        if user_id in self.own:
            self.overwritten.append((user_id, self.own.pop(user_id)))
        try:
            self._change(user_id, operation)
        except GraphError as error:
            code = "methodExists" if isinstance(operation, CreatePhone) else "notFound"
            raise OutcomeUnknownError(code, error.message, status=error.status) from error
        return "request"

    def _change(self, user_id: str, operation: Operation) -> None:
        match operation:
            case CreatePhone(phone_type, new):
                self.tenant.create_method(user_id, phone_type, new.spelled_for_graph())
            case UpdatePhone(phone_type, _, new):
                self.tenant.update_method(user_id, METHOD_IDS[phone_type], new.spelled_for_graph())
            case DeletePhone(phone_type):
                self.tenant.delete_method(user_id, METHOD_IDS[phone_type])

    async def disabled_accounts(self) -> AsyncIterator[Account]:
        for user in self.tenant.people.values():
            if not user.person.accountEnabled:
                yield Account(user.person.id, enabled=False)

    async def all_methods(self, _user_id: str) -> MethodList:
        raise NotImplementedError("no history has a clean-up")

    def privilege(self, *_: object) -> MadeUpPrivilege:
        return MadeUpPrivilege()

    def throttle_in_words(self) -> str:
        return ""

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class History:
    """`wanted` = by run, what it wants for whom; `edited_at` = when a person last chose a number themselves."""

    world: InMemory
    graph: TenantInProcess
    random: Random
    people: list[Person]
    wanted: dict[str, dict[str, str]] = field(default_factory=dict)
    edited_at: dict[str, int] = field(default_factory=dict)
    dropped_at: dict[str, int] = field(default_factory=dict)
    moment: int = 0

    async def play(self) -> None:
        self.world.host.order, self.world.host.twice = self.random, self.random.random() < 0.3
        for _ in range(EVENTS):
            self.moment += 1
            what = self.random.choice((self._export, self._export, self._edit, self._some_messages, self._all_messages))
            await what()
        await self.world.pump()
        await self._approve_held()

    async def _export(self) -> None:
        """An upload; sometimes its event comes only after a later one."""
        some = self.random.sample(self.people, self.random.randint(1, PEOPLE))
        desired_values = {one.id: number(self.random.choice(FROM_HR)) for one in some}
        await self.world.clock.sleep(2)
        name = f"{self.moment}.csv"
        await self.world.app.exports.write(name, csv("objectId,mobile", *desired_values.items()))
        if self.random.random() < 0.3:
            await self.world.clock.sleep(2)
            await self._some_messages()
        identity = await self.world.split_as_is(name)
        self.wanted[identity], self.dropped_at[identity] = desired_values, self.moment

    async def _edit(self) -> None:
        one = self.random.choice(self.people)
        self.edited_at[one.id] = self.moment
        if self.random.random() < 0.2 and self.graph.mobile(one.id) is not None:
            self.graph.tenant.delete_method(one.id, METHOD_IDS[PhoneType.MOBILE])
            self.graph.own.pop(one.id, None)
            return
        mobile = number(self.random.choice(OWN))
        had_base = bool((await self.world.app.people.get(one.id)).base())
        self.graph.chosen(one, mobile)
        if not had_base:  # before this app wrote anything it is not ours to keep: the gate counts such updates
            self.graph.own.pop(one.id)

    async def _some_messages(self) -> None:
        for _ in range(self.random.randint(1, 6)):
            if not await self.world.deliver_visible():
                self.world.clock.leap_to(self.world.clock.now() + timedelta(seconds=2))

    async def _approve_held(self) -> None:
        """A file that happens to have the content of an earlier one may wait for a person."""
        for run in await self.runs():
            if run.state is RunState.HELD:
                await self.world.app.decisions.approve(run.id, run.digest, "a person")
                await self.world.pump()

    async def _all_messages(self) -> None:
        await self.world.pump()

    async def runs(self) -> list[Run]:
        return [await self.world.stored(identity) for identity in self.wanted]

    async def untrue(self) -> list[str]:
        """Rows of the newest export of somebody who did not edit since that say done while another number is there."""
        newest = {
            one.id: max((run for run, desired_values in self.wanted.items() if one.id in desired_values), default="")
            for one in self.people
        }
        found = []
        for run in await self.runs():
            async for row in self.world.app.rows.in_order(run):
                says_done = row.state in {*SUCCEEDED_ROWS, RowState.UNCHANGED}
                edited_since = self.edited_at.get(row.object_id, 0) >= self.dropped_at[run.id]
                if says_done and newest[row.object_id] == run.id and not edited_since:
                    current, desired_value = self.graph.mobile(row.object_id), self.wanted[run.id][row.object_id]
                    found += [] if current == desired_value else [f"{run.id} row {row.number} {row.state}"]
        return found

    async def unaccounted(self) -> list[str]:
        """Runs that are not over, have open rows, or whose counts are not those of their rows."""
        found = []
        for run in await self.runs():
            states = [row.state async for row in self.world.app.rows.in_order(run)]
            counted = {state: count for state, count in run.counts.items() if count}
            right = counted == {state: states.count(state) for state in states} and len(states) == run.total
            if not run.result_blob or not right or OPEN_ROWS & set(states):
                found.append(run.id)
        return found


@asynccontextmanager
async def history(seed: int, policy: Policy, **more: str) -> AsyncIterator[History]:
    """A world of three people, each with a number of nobody's, of HR's, of their own, or with none."""
    random, clock = Random(seed), VirtualClock()
    given = [*({"mobile": number(last)} for last in (1, FROM_HR[0], OWN[0])), {}]
    people = [person(index, phones=random.choice(given)) for index in range(1, PEOPLE + 1)]
    storage, graph = MemoryStorage(clock.now), TenantInProcess(Tenant(people))
    settings = {"DEFAULT_REGION": "US", "SMALL_SET": "10", "READ_LAG_SECONDS": "20"}
    app = App({"ON_EXISTING": policy.value, **settings, **more}, clock=clock, storage=storage)
    vars(app.clients)["graph"] = graph
    vars(vars(app.source_parts)["_workbooks"])["write_result"] = lambda *_: b"the result is another test's matter"
    await app.prepare_storage()
    yield History(InMemory(HostInMemory(app, storage, clock), clock, cast("Any", None), {}), graph, random, people)
