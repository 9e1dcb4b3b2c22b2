"""The scenes of a snapshot: one run after the other, each of which ends or is interrupted in the state to be stored.

Each scene returns the ids of its runs by their names in the snapshot. Scenes of open runs come last and hold back the
messages that would advance their runs, until all scenes are done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx

from sandbox.exports import write_export
from sandbox.graph.control import change_person
from sandbox.graph.faults import Fault, Faults
from sandbox.graph.routes import KINDS
from shared.core.person.account import Methods
from shared.core.plan.operations import Operation
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState
from shared.flows.graph_ports import MethodsPort
from testing.doubles.queue import Message
from testing.in_memory import InMemory
from tools.snapshot.tenant import csv, new, own, person_id, staff, theirs, wants_new

SETTINGS = {
    "ALLOW_REMOVALS": "true",
    "APPLY_WINDOW": "2",
    "AUTH_MODE": "key",
    "COLUMN_MAP": "private mail=email",
    "DEFAULT_REGION": "US",
    "DIRECTORY_SOURCE": "office=businessPhones",
    "EMAIL_METHODS": "true",
    "HTTP_SHOW_NUMBERS": "true",
    "MAX_FAILURES": "1",
    "PLAN_WINDOW": "4",
    "RESOLVE_SECONDS": "5",
    "SMS_SIGN_IN": "column",
}
HELD = {"approval": "always"}
APPROVER = "an approver"
REPEATED, DIED = "3f9c0000-0000-4000-8000-00000000000a", "3f9c0000-0000-4000-8000-00000000000b"
"""Ids of the calls for one person that a caller may repeat."""

type Runs = dict[str, str]


class DiedError(Exception):
    """Raised where the process of a scene ends."""


class DyingGraph:
    """The real gateway in a process that ends at its write number `at`, before it is done."""

    def __init__(self, graph: MethodsPort, at: int) -> None:
        self._graph = graph
        self._left = at

    async def methods(self, user_id: str, *, email: bool = False, together: bool = False) -> Methods:
        return await self._graph.methods(user_id, email=email, together=together)

    async def execute(self, user_id: str, operation: Operation) -> str:
        self._left -= 1
        if self._left <= 0:
            raise DiedError
        return await self._graph.execute(user_id, operation)


@dataclass
class Story:
    """The world, its API, and the messages that were set aside."""

    world: InMemory
    http: httpx.AsyncClient
    _aside: dict[str, list[Message]] = field(default_factory=dict)

    async def play(self) -> Runs:
        """All scenes in their order."""
        runs: Runs = {}
        for scene in SCENES:
            runs |= await scene(self)
        for name, messages in self._aside.items():
            self.world.storage.queue(name).messages.update({message.id: message for message in messages})
        return runs

    # Runs that end

    async def expired(self) -> Runs:
        """It was not approved within a week."""
        held = await self._held("expired.csv", wants_new(25))
        await self._sweep(timedelta(days=7))
        await self.world.pump()
        return {"expired": await self._ended(held.id, RunState.REJECTED)}

    async def from_the_directory(self) -> Runs:
        """The first round over the directory, whose delta token the snapshot keeps.

        It is valid for a week and holds the number of changes in the tenant so far. A reopened tenant begins with none,
        so this scene comes after the week of `expired` and before the first change of a person.
        """
        run = await self.world.app.directory()
        if run is None:
            raise LookupError("the directory is no source")
        await self.world.pump()
        return {"directory": await self._ended(run.id, RunState.FINISHED)}

    async def full_export(self) -> Runs:
        """A workbook that names every person of the staff."""
        return {"finished": await self._finished("full/staff.xlsx", write_export(staff()))}

    async def every_outcome(self) -> Runs:
        """Nearly every outcome that one export can have; its removal waits for approval."""
        data = csv(
            ("E4", new(4)),
            ("E5", new(5)),
            ("E6", "remove"),
            ("E7", own(7)),
            ("E8", new(8)),
            ("E8", new(8)),
            ("E9", "unreadable"),
            ("E999", new(9)),
            ("E10", new(10)),
            ("E10", own(10)),
            ("E11", new(11), theirs(11), f"{new(99)} ext. 12", "person11@private.example"),
            ("E12", own(12), "", "", "", "yes"),
            ("E14", "49 171 3920012"),
        )
        held = await self._held("outcomes.csv", data)
        return {"outcomes": await self._approved(held)}

    async def kept(self) -> Runs:
        """A person has changed what was written for them, and the export comes again."""
        change_person(self.world.stand_in.tenant, person_id(5), {"phones": {"mobile": theirs(5)}})
        return {"kept": await self._finished("kept.csv", wants_new(4, 5))}

    async def preview(self) -> Runs:
        return {"preview": await self._finished("preview/preview.csv", wants_new(13, 14))}

    async def rejected(self) -> Runs:
        held = await self._held("rejected.csv", wants_new(15, 16))
        await self.world.app.decisions.reject(held.id, APPROVER)
        await self.world.pump()
        return {"rejected": await self._ended(held.id, RunState.REJECTED)}

    async def cancelled(self) -> Runs:
        """Cancelled after the first writes."""
        identity = await self.world.drop("cancelled.csv", wants_new(*range(17, 25)))
        writes = self.world.writes

        async def some_are_written() -> bool:
            return self.world.writes > writes

        await self.world.pump(until=some_are_written)
        await self.world.app.decisions.cancel(identity, APPROVER)
        await self.world.pump()
        return {"cancelled": await self._ended(identity, RunState.CANCELLED)}

    async def failed(self) -> Runs:
        """A file that is no workbook."""
        identity = await self.world.drop("broken.xlsx", b"no workbook")
        await self.world.pump()
        return {"failed": await self._ended(identity, RunState.FAILED)}

    async def stale(self) -> Runs:
        """A person changes after the plan was made and before it is approved."""
        held = await self._held("stale.csv", wants_new(26))
        change_person(self.world.stand_in.tenant, person_id(26), {"phones": {"mobile": theirs(26)}})
        return {"stale": await self._approved(held)}

    async def superseded(self) -> Runs:
        """A newer export is applied before an older one is approved."""
        older = await self._held("older.csv", csv(("E27", theirs(27))))
        newer = await self._finished("newer.csv", wants_new(27))
        return {"newer": newer, "superseded": await self._approved(older)}

    async def unconfirmed(self) -> Runs:
        """Graph does not confirm a write, and reads fail too."""
        for kind in ("phoneMethods.create", "phoneMethods.update"):
            self.world.stand_in.faults.add(Fault(kind="status", on=kind, user=person_id(28), status=504))
        self.world.stand_in.faults.add(
            Fault(kind="status", on="phoneMethods.list", user=person_id(28), status=503, skip=2)
        )
        identity = await self._finished("unconfirmed.csv", wants_new(28))
        self.world.stand_in.faults = Faults(KINDS, self.world.host.order)
        return {"unconfirmed": identity}

    async def poisoned(self) -> Runs:
        """A row whose message went to the poison queue twice."""
        identity = await self._applying("poisoned.csv", wants_new(29))
        message = await self._given_up()
        await self._sweep(timedelta(minutes=5))
        if message in [waiting.text for waiting in self.world.storage.queue("apply-user-poison").messages.values()]:
            raise AssertionError("the sweep has left the poisoned message")
        await self._until_sent("apply-user")
        await self._given_up()
        await self._sweep(timedelta(minutes=5))
        await self.world.pump()
        return {"poisoned": await self._ended(identity, RunState.FINISHED)}

    async def reconciled(self) -> Runs:
        """Drift is reported; people whom the full export did not name are leavers, and their run is held."""
        change_person(self.world.stand_in.tenant, person_id(4), {"phones": {"mobile": None}})
        run = await self.world.app.reconcile()
        await self.world.pump()
        (leavers,) = [one.id async for one in self.world.app.runs.all() if one.source == "leavers"]
        return {
            "reconcile": await self._ended(run.id, RunState.FINISHED),
            "leavers": await self._ended(leavers, RunState.HELD),
        }

    async def call(self) -> Runs:
        """A call for one person over HTTP that its caller may repeat."""
        answer = await self._put(30, REPEATED)
        return {"call": await self._ended(answer.raise_for_status().json()["run"], RunState.FINISHED)}

    async def swept(self) -> Runs:
        """Sweep once, so that the data that a sweep stores exists."""
        await self._sweep(timedelta(minutes=5))
        await self.world.pump()
        return {}

    # Runs that stay open

    async def held(self) -> Runs:
        rows = csv(("E32", new(32)), ("E33", new(33)), ("E34", own(34)), ("E998", new(98)))
        held = await self._held("held.csv", rows)
        return {"held": held.id}

    async def died_in_call(self) -> Runs:
        """A call whose process ends at the write."""
        single_calls = self.world.app.single_calls
        dying = replace(single_calls.writer, graph=DyingGraph(single_calls.writer.graph, 1))
        self.world.app.single_calls = replace(single_calls, writer=dying)
        known = {run.id async for run in self.world.app.runs.all()}
        with suppress(DiedError):
            await self._put(31, DIED)
        self.world.app.single_calls = single_calls
        (identity,) = [run.id async for run in self.world.app.runs.all() if run.id not in known]
        return {"callDied": await self._ended(identity, RunState.APPLYING)}

    async def poison_waits(self) -> Runs:
        """A row whose message is in the poison queue; the sweep has not handled it yet."""
        identity = await self._applying("poison.csv", wants_new(51))
        await self._given_up()
        self._set_aside()
        return {"poisonWaits": identity}

    async def planning(self) -> Runs:
        """Some rows are planned, some wait for planning, one for its second look-up."""
        rows = csv(*((f"E{index}", new(index)) for index in (35, 997, *range(36, 41))))
        identity = await self.world.drop("planning.csv", rows)

        async def some_are_planned() -> bool:
            return {RowState.PLANNED, RowState.QUEUED} == {row.state for row in await self._rows(identity)}

        await self.world.pump(until=some_are_planned)
        self._set_aside()
        return {"planning": await self._ended(identity, RunState.PLANNING)}

    async def applying(self) -> Runs:
        """Some rows are written, and the process ends at the next."""
        apply_row = self.world.app.apply_row
        identity = await self.world.drop("applying.csv", wants_new(*range(41, 47)))
        dying = replace(apply_row.writer, graph=DyingGraph(apply_row.writer.graph, 4))
        self.world.app.apply_row = replace(apply_row, writer=dying)
        with suppress(DiedError):
            await self.world.pump()
        self.world.app.apply_row = apply_row
        states = {row.state for row in await self._rows(identity)}
        if not {RowState.WRITING, RowState.PLANNED} <= states:
            raise AssertionError(f"the process died elsewhere: {sorted(states)}")
        self._set_aside()
        return {"applying": await self._ended(identity, RunState.APPLYING)}

    async def died_in_reading(self) -> Runs:
        """A dropped export whose process ended while it was read."""

        async def die(_run: Run, _data: bytes) -> Run:
            raise DiedError

        split = self.world.app.split
        self.world.app.split = replace(split, read_export=die)  # type: ignore[arg-type] # ends before anything is asked
        known = {run.id async for run in self.world.app.runs.all()}
        with suppress(DiedError):
            await self.world.drop("unread.csv", wants_new(49, 50))
        self.world.app.split = split
        (identity,) = [run.id async for run in self.world.app.runs.all() if run.id not in known]
        return {"readingDied": await self._ended(identity, RunState.READING)}

    async def reading(self) -> Runs:
        """An upload over HTTP that is not read yet."""
        await self.world.clock.sleep(1)
        answer = await self.http.post(
            "/runs?name=upload.csv", content=wants_new(47, 48), headers={"Content-Type": "text/csv; charset=utf-8"}
        )
        self._set_aside()
        return {"reading": await self._ended(answer.raise_for_status().json()["id"], RunState.READING)}

    # Parts of scenes

    async def _put(self, index: int, repeatability_id: str) -> httpx.Response:
        await self.world.clock.sleep(1)
        return await self.http.put(
            f"/users/{person_id(index)}/phoneMethods/mobile",
            json={"phoneNumber": new(index)},
            headers={"Repeatability-Request-ID": repeatability_id},
        )

    async def _ended(self, identity: str, state: RunState) -> str:
        run = await self.world.stored(identity)
        if run.state is not state:
            raise AssertionError(f"{run.name} is {run.state} and not {state}: {run.message}")
        return identity

    async def _finished(self, name: str, data: bytes) -> str:
        return await self._ended((await self.world.run_to_end(name, data)).id, RunState.FINISHED)

    async def _held(self, name: str, data: bytes) -> Run:
        await self.world.clock.sleep(1)
        await self.world.storage.container("hr-exports").write(name, data, metadata=HELD)
        identity = await self.world.split_as_is(name)
        await self.world.pump()
        return await self.world.stored(await self._ended(identity, RunState.HELD))

    async def _approved(self, held: Run) -> str:
        await self.world.app.decisions.approve(held.id, held.digest, APPROVER)
        await self.world.pump()
        return await self._ended(held.id, RunState.FINISHED)

    async def _applying(self, name: str, data: bytes) -> str:
        """A run whose first message is on the apply queue."""
        identity = await self.world.drop(name, data)
        await self._until_sent("apply-user")
        return await self._ended(identity, RunState.APPLYING)

    async def _until_sent(self, queue: str) -> None:
        async def sent() -> bool:
            return bool(self.world.storage.queue(queue).messages)

        await self.world.pump(until=sent)

    async def _given_up(self) -> str:
        """What the host does with the one message on the apply queue after its last delivery."""
        queue = self.world.storage.queue("apply-user")
        (message,) = queue.messages.values()
        queue.messages.clear()
        self.world.storage.queue("apply-user-poison").put(message.text)
        return message.text

    async def _sweep(self, later: timedelta) -> None:
        self.world.clock.leap_to(self.world.clock.now() + later)
        await self.world.app.sweep()

    async def _rows(self, identity: str) -> list[Row]:
        return [row async for row in self.world.app.rows.in_order(await self.world.stored(identity))]

    def _set_aside(self) -> None:
        """Hold back the messages that would advance open runs, so that later scenes do not deliver them."""
        for name, queue in self.world.storage.queues.items():
            self._aside.setdefault(name, []).extend(queue.messages.values())
            queue.messages.clear()


SCENES: Iterable[Callable[[Story], Awaitable[Mapping[str, str]]]] = (
    Story.expired,
    Story.from_the_directory,
    Story.full_export,
    Story.every_outcome,
    Story.kept,
    Story.preview,
    Story.rejected,
    Story.cancelled,
    Story.failed,
    Story.stale,
    Story.superseded,
    Story.unconfirmed,
    Story.poisoned,
    Story.reconciled,
    Story.call,
    Story.swept,
    Story.held,
    Story.died_in_call,
    Story.poison_waits,
    Story.planning,
    Story.applying,
    Story.died_in_reading,
    Story.reading,
)
