"""Two people means two people: who may approve a run after everything that others, or the same people, did to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from shared.core.run.approvers import BY_APPLICATION, BY_EXPORT, BY_KEY, BY_LOCAL
from shared.core.run.attempts import MOST_ATTEMPTS, DecisionKind
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.states import Approval, RunState, Source
from shared.flows.intake.upload import UploadedFile
from shared.telemetry.events import EventName
from testing.in_memory import InMemory
from testing.telemetry import events
from tests.flows.small_tenant import csv, number, outcomes, person, tenant_of

ANN, BEN, CAL = (f"5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b00{n}" for n in range(3))
FILE = csv("employeeId,mobile", ("E1", number(11)), ("E2", number(12)), ("E9", number(19)))
"""The third person has no account, so a redrive has something to do."""
ALWAYS = {"APPROVAL": "always"}


@asynccontextmanager
async def tenant(second_person: str = "held", **settings: str) -> AsyncIterator[InMemory]:
    options = {"REQUIRE_SECOND_PERSON": second_person, **settings}
    async with tenant_of([person(1), person(2)], (), None, **options) as world:
        yield world


async def uploaded(world: InMemory, by: str) -> Run:
    file = UploadedFile(FILE, "staff.csv", replace(world.app.run_options, approval=Approval.ALWAYS), by)
    run = await world.app.upload(file)
    await world.pump()
    return await world.stored(run.id)


async def redriven(world: InMemory, run: Run, by: str) -> Run:
    await world.app.redrive(run.id, by)
    await world.pump()
    return await world.stored(run.id)


async def approved(world: InMemory, run: Run, by: str) -> str:
    """The state after the approval, or the code of its refusal."""
    try:
        return (await world.app.decisions.approve(run.id, run.digest, by)).state.value
    except PermanentError as refused:
        return refused.code


async def test_who_uploaded_a_run_does_not_approve_it_after_somebody_redrove_it() -> None:
    """Ann uploads and cancels, Ben redrives: neither of them approves, and a third person does."""
    async with tenant() as world:
        run = await uploaded(world, ANN)
        await world.app.decisions.cancel(run.id, ANN)
        await world.pump()
        run = await redriven(world, run, BEN)

        assert [ANN, BEN] == [attempt.started_by for attempt in run.attempts]
        assert [DecisionKind.CANCELLED] == [one.kind for one in run.attempts[0].decisions]
        assert ["secondPersonRequired"] * 2 == [await approved(world, run, by) for by in (ANN, BEN)]
        assert "applying" == await approved(world, run, CAL)


async def test_who_cancelled_or_rejected_a_run() -> None:
    """A cancellation changes what goes on; a rejection is only a judgement about a plan."""
    async with tenant() as world:
        cancelled, rejected = await uploaded(world, ANN), await uploaded(world, ANN)
        await world.app.decisions.cancel(cancelled.id, CAL)
        await world.app.decisions.reject(rejected.id, CAL)
        await world.pump()
        answers = [await approved(world, await redriven(world, run, BEN), CAL) for run in (cancelled, rejected)]

        assert ["secondPersonRequired", "applying"] == answers


async def test_a_dropped_file_has_an_unknown_author_so_two_people_approve(caplog: pytest.LogCaptureFixture) -> None:
    """The message says who is missing, before the first approval and after it; the second one applies the run.

    The log has a line for each approval.
    """
    caplog.set_level("INFO")
    async with tenant(**ALWAYS) as world:
        run = await world.run_to_end("staff.csv", FILE)
        assert run.message.endswith("Missing: the approvals of 2 people, one of whom has not touched the run.")

        assert "held" == await approved(world, run, ANN)
        await world.pump()
        run = await world.stored(run.id)
        assert (0, "") == (world.writes, run.approved_by)
        assert run.message.endswith("or reject the run. Missing: the approval of one more person.") or (
            run.message.endswith(f"{run.digest[:12]}. Missing: the approval of one more person.")
        )
        assert "secondPersonRequired" == await approved(world, run, ANN.upper())
        assert "applying" == await approved(world, run, BEN)
        await world.pump()
        run = await world.stored(run.id)
        assert (RunState.FINISHED, f"{ANN}, {BEN}") == (run.state, run.approved_by)
        assert [DecisionKind.AGREED, DecisionKind.APPROVED] == [one.kind for one in run.attempt.decisions]
        moves = [(one["from"], one["cause"], one["to"]) for one in events(caplog.records, EventName.RUN_MOVED)]
        assert [("held", "approval given", "held"), ("held", "approved", "applying")] == moves[-3:-1]


@pytest.mark.parametrize("author", [BY_KEY, f"{BY_APPLICATION}{CAL}"])
async def test_an_author_who_is_no_person_is_unknown(author: str) -> None:
    """A key or an application may have been used by the approver."""
    async with tenant() as world:
        run = await uploaded(world, author)
        assert ["held", "applying"] == [await approved(world, run, by) for by in (ANN, BEN)]


async def test_one_of_the_two_may_have_redriven_the_run() -> None:
    """But not both."""
    async with tenant(**ALWAYS) as world:
        run = await world.run_to_end("staff.csv", FILE)
        for by in (ANN, BEN):
            await world.app.decisions.reject(run.id, CAL)
            await world.pump()
            run = await redriven(world, run, by)

        assert ["held", "held"] == [await approved(world, run, by) for by in (ANN, BEN)]
        assert "one person who has not touched the run" in (await world.stored(run.id)).message
        assert "applying" == await approved(world, run, CAL)


async def test_an_approval_is_of_one_plan() -> None:
    """Once columns are chosen there is another plan, and the approval before it no longer counts."""
    async with tenant(**ALWAYS) as world:
        run = await world.run_to_end("staff.csv", FILE)
        assert "held" == await approved(world, run, ANN)
        await world.app.decisions.choose_columns(run.id, run.digest, {"B": "office"}, BEN)
        await world.pump()
        again = await world.stored(run.id)

        assert run.digest != again.digest
        assert "Missing: the approvals of 2 people" in again.message
        assert ["held", "applying"] == [await approved(world, again, by) for by in (BEN, CAL)]


async def test_local_commands_are_one_person() -> None:
    """Who may run one under one name may run it under any."""
    async with tenant(**ALWAYS) as world:
        run = await world.run_to_end("staff.csv", FILE)
        names = (f"{BY_LOCAL}ada", f"{BY_LOCAL}bob", ANN)
        assert ["held", "secondPersonRequired", "applying"] == [await approved(world, run, by) for by in names]


async def test_a_run_from_before_attempts_were_kept_has_an_unknown_author() -> None:
    """Its redrive replaced the attempt, so that its author, who may be anybody, is lost."""
    async with tenant() as world:
        run = await uploaded(world, ANN)
        await world.app.decisions.reject(run.id, CAL)
        await world.pump()
        run = await redriven(world, run, BEN)
        run = await world.app.runs.save(replace(run, attempts=run.attempts[1:]))

        assert {BEN, BY_EXPORT} == run.touched_by.starters
        assert ["secondPersonRequired", "held", "applying"] == [
            await approved(world, run, by) for by in (BEN, ANN, CAL)
        ]


@pytest.mark.parametrize(
    ("second_person", "states"),
    [("always", {RunState.HELD}), ("held", {RunState.FINISHED}), ("false", {RunState.FINISHED})],
)
async def test_with_always_every_run_is_held(second_person: str, states: set[RunState]) -> None:
    """Runs inside the limits and timer runs too."""
    settings = {"DIRECTORY_SOURCE": "office=businessPhones", "RECONCILE_MODE": "repair"}
    async with tenant(second_person, **settings) as world:
        dropped = await world.run_to_end("staff.csv", FILE)
        world.stand_in.tenant.put(person(1, businessPhones=[number(31)]))
        directory = await world.app.directory()
        assert directory is not None
        await world.pump()

        runs = [dropped, await world.stored(directory.id)]
        assert states == {run.state for run in runs}
        if second_person == "always":
            assert "Missing: the approval of one person who has not touched the run." in runs[1].message
            assert "applying" == await approved(world, runs[1], ANN)


async def test_with_never_what_is_beyond_the_limits_is_rejected_and_the_rest_is_held() -> None:
    """`always` asks for an approval; it does not make APPROVAL=never wait."""
    for min_rows, state in (("1", RunState.HELD), ("9", RunState.REJECTED)):
        async with tenant("always", APPROVAL="never", MIN_ROWS=min_rows, MAX_UNMATCHED_SHARE="1") as world:
            assert state is (await world.run_to_end("staff.csv", FILE)).state


async def test_who_touched_a_run_may_approve_it_where_one_person_is_enough() -> None:
    """The default: also by key."""
    for by in (ANN, BY_KEY):
        async with tenant("false") as world:
            run = await uploaded(world, by)
            assert "applying" == await approved(world, run, by)
            await world.pump()
            assert ("updated", "applied") == (await outcomes(world, run))[0]


async def test_a_run_keeps_its_attempts_and_has_a_most_of_them() -> None:
    """They are stored in one property, which has a largest size."""
    async with tenant("false") as world:
        run = await uploaded(world, ANN)
        for _ in range(MOST_ATTEMPTS - 1):
            await world.app.decisions.reject(run.id, CAL)
            await world.pump()
            run = await redriven(world, run, BEN)
        await world.app.decisions.reject(run.id, CAL)
        await world.pump()

        with pytest.raises(PermanentError) as refused:
            await world.app.redrive(run.id, BEN)
        assert "runNotRedrivable" == refused.value.code
        assert [ANN, *[BEN] * (MOST_ATTEMPTS - 1)] == [one.started_by for one in (await world.stored(run.id)).attempts]
        assert Source.UPLOAD is run.source
