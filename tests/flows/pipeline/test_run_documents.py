"""plan.json and summary.json: as their published schemas say, and without a single number or address."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from sandbox.exports import write_export
from sandbox.graph.faults import Fault
from sandbox.people import Staff
from shared.core.person.account import KeyKind, Methods
from shared.core.plan.operations import Operation
from shared.core.run.messages import RowMessage
from shared.core.run.run import Run
from shared.core.values.errors import ThrottledError
from testing.in_memory import InMemory, in_memory
from tests.adapters.workbook.results import said_in, sheets_of, values_of
from tests.flows.small_tenant import csv, number, person, tenant_of

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"


async def document(world: InMemory, run: Run, name: str) -> dict[str, Any]:
    """The file of a run, valid by its schema."""
    text = await world.app.results.read(f"{run.folder}/{name}.json")
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    found: dict[str, Any] = json.loads(text)
    Draft202012Validator(schema).validate(found)
    return found


async def test_a_held_run_tells_its_plan_and_an_approved_one_what_came_of_it(staff: Staff) -> None:
    """Who began and approved it, how long each phase took, versions, digests, sets that add up; numbers nowhere."""
    async with in_memory(staff, {"APPROVAL": "always"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))
        plan = await document(world, held, "plan")
        await world.clock.sleep(3600)
        await world.app.decisions.approve(held.id, held.digest, "a colleague")
        await world.pump()
        run = await world.stored(held.id)
        summary = await document(world, run, "summary")

        assert len(staff.members) == sum(len(rows) for rows in plan["sets"].values()) == summary["rows"]
        assert staff.expected_counts == summary["counts"]
        assert ("export", "a colleague") == (summary["startedBy"], summary["approvedBy"])
        assert {"plan": held.digest, "content": run.content_sha256} == summary["digests"] == plan["digests"]
        assert {"app": "0.1.0", "graph": "v1.0"} == summary["versions"]
        phases = [phase["state"] for phase in summary["phases"]]
        assert ["reading", "planning", "held", "applying", "finished"] == phases
        assert 3600 <= summary["phases"][2]["seconds"]
        began, ended = (datetime.fromisoformat(summary[name]) for name in ("createdAt", "finishedAt"))
        assert timedelta(seconds=sum(phase["seconds"] for phase in summary["phases"])) == ended - began
        for content_sha256 in (json.dumps(plan), json.dumps(summary)):
            assert [] == [text for text in _secrets(staff) if text in content_sha256]


def _secrets(staff: Staff) -> list[str]:
    numbers = [number.national for member in staff.members for number in member.wanted.values()]
    return [
        *numbers,
        *(member.keys[kind] for member in staff.members for kind in (KeyKind.MAIL, KeyKind.USER_PRINCIPAL_NAME)),
    ]


async def test_a_failure_names_the_request_that_graph_refused() -> None:
    """With that id Microsoft's support finds it; what went well needs none."""
    async with tenant_of([person(1), person(2)]) as world:
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.update", status=400, count=1))
        export = csv("employeeId,mobile", ("E1", number(11)), ("E2", number(12)))
        run = await world.run_to_end("staff.csv", export)
        summary = await document(world, run, "summary")

        assert {"failed": 1, "updated": 1} == summary["counts"]
        (failure,) = summary["failures"]
        assert ("failed", "graphRefused") == (failure["outcome"], failure["code"])
        assert failure["requestId"]


class Pausing:
    """A Graph that asks for five minutes, time and again."""

    async def methods(self, user_id: str, *, email: bool = False, together: bool = False) -> Methods:  # noqa: ARG002 - the protocol's
        raise ThrottledError("throttled", "Graph answered 429", delay=300)

    async def execute(self, user_id: str, operation: Operation) -> str:  # noqa: ARG002 - the protocol's
        raise AssertionError("nothing is written before it is read")


async def test_pauses_that_graph_asked_for_are_told() -> None:
    """Of rows that had to go back to their queue, however they ended."""
    async with tenant_of([person(1), person(2)]) as world:
        world.work_by_messages()
        export = csv("employeeId,mobile", ("E1", number(11)), ("E2", number(12)))
        identity = await world.drop("staff.csv", export)
        waiting = world.storage.queue("apply-user")

        async def handed_out() -> bool:
            return bool(waiting.messages)

        await world.pump(until=handed_out)
        apply_row = world.app.apply_row
        paused = replace(apply_row, writer=replace(apply_row.writer, graph=Pausing()))
        for _ in range(2):
            await paused(RowMessage(identity, 2))
        await world.pump()
        summary = await document(world, await world.stored(identity), "summary")

        assert {"updated": 2} == summary["counts"]
        assert {"rowsThrottled": 1, "timesThrottled": 2, "secondsThrottled": 600} == summary["throttling"]


async def test_a_refused_row_of_a_redriven_run_passes_the_phases_again() -> None:
    """The summary tells both passes."""
    async with tenant_of([person(1)]) as world:
        export = csv("employeeId,mobile", ("E1", number(11)), ("E2", number(12)))
        run = await world.run_to_end("staff.csv", export)
        world.stand_in.tenant.put(person(2))
        await world.app.redrive(run.id, "a colleague")
        await world.pump()
        summary = await document(world, await world.stored(run.id), "summary")

        once = ["planning", "applying", "finished"]
        assert ["reading", *once, *once] == [phase["state"] for phase in summary["phases"]]
        assert ({"updated": 2}, "a colleague") == (summary["counts"], summary["startedBy"])


async def test_the_meaning_of_every_column_is_told_those_in_doubt_first() -> None:
    """In the summary of the workbooks in words, in the documents for programs; after the approval too."""
    rows = [(f"E{one}", number(10 + one), number(20 + one), "Berlin") for one in range(1, 6)]
    async with tenant_of([person(one, phones={}) for one in range(1, 6)]) as world:
        held = await world.run_to_end("staff.csv", csv("employeeId,mobile,Hotline,City", *rows))
        plan = await document(world, held, "plan")
        plan_workbook = sheets_of(await world.app.results.read(f"{held.id}/plan.xlsx"))
        told = [line[:4] for line in values_of(plan_workbook["About this run"].iter_rows())]

        why = "its heading is not known and its values look like phone numbers"
        columns = told[told.index(("Heading", "Column", "Read as", "Details")) + 1 :]
        assert ("Hotline", "C", "not certain; proposal: not used", why) == columns[0]
        assert ("mobile", "B", "mobile number") == columns[2][:3]
        assert ["A", "B", "C", "D"] == [column["letters"] for column in plan["columns"]]
        assert {"use": "inDoubt", "role": "ignore", "why": why, "chosenBy": ""}.items() <= plan["columns"][2].items()

        await world.app.decisions.approve(held.id, held.digest, "a colleague")
        await world.pump()
        run = await world.stored(held.id)
        assert plan["columns"] == (await document(world, run, "summary"))["columns"]
        summary = sheets_of(await world.app.returns.read(run))["Sign-in phones summary"]
        assert "Approved by a colleague" in said_in(summary)
