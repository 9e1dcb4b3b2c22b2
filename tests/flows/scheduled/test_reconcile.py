"""Reconcile finds and classifies drift; it repairs lost writes and leaves people's own changes alone."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from sandbox.exports import write_export
from sandbox.graph.control import change_person
from sandbox.graph.faults import Fault, Faults
from sandbox.graph.options import Options
from sandbox.graph.routes import KINDS
from sandbox.people import PersonKind, Staff, make_staff
from shared.core.person.account import Account, Methods
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, SlotRecord
from shared.core.run.messages import StepMessage
from shared.core.run.run import Run
from shared.core.values.errors import ExplainedError, GraphUnavailableError
from shared.core.values.slot import EmailAddress, PhoneNumber, PhoneType, Slot
from shared.core.values.states import RowState, RunState, Source
from shared.flows.scheduled import reconcile as flow
from shared.flows.scheduled.reconcile import ReconcileReading
from testing.in_memory import InMemory, in_memory
from tests.flows.small_tenant import notified

THEIRS = "+1 2025550199"
REPAIR = {"RECONCILE_MODE": "repair"}
KINDS_WITH_A_CHANGE = {PersonKind.GREENFIELD, PersonKind.NON_ASCII, PersonKind.GUEST}


@pytest.fixture(scope="module")
def staff() -> Staff:
    """Fifty people, of whom each test changes a few."""
    return make_staff(50)


@asynccontextmanager
async def provisioned(
    staff: Staff, settings: Mapping[str, str] | None = None, options: Options | None = None
) -> AsyncIterator[InMemory]:
    """A world in which the staff's export has been applied and no account is disabled."""
    async with in_memory(staff, settings, options) as world:
        await world.run_to_end("staff.xlsx", write_export(staff))
        for person in staff.people:
            if not person.accountEnabled:
                change_person(world.stand_in.tenant, person.id, {"accountEnabled": True})
        yield world


async def reconcile(world: InMemory) -> tuple[Run, dict[str, Any]]:
    """Reconcile a night later; returns the run and its report."""
    world.clock.leap_to(world.clock.now() + timedelta(days=1))
    run = await world.app.reconcile()
    await world.pump()
    report = await world.app.newest_drift()
    assert report is not None
    return await world.stored(run.id), report


def people_of(staff: Staff, count: int) -> list[str]:
    """Object ids of people to whom the export gave a mobile number and nothing else."""
    members = [member for member in staff.members if member.kind in KINDS_WITH_A_CHANGE and member.person]
    found = [member.person.id for member in members if member.person and set(member.wanted) == {PhoneType.MOBILE}]
    return found[:count]


def mobile_of(world: InMemory, person: str) -> str | None:
    return world.stand_in.tenant.people[person].methods.get(PhoneType.MOBILE)


def kinds(report: Mapping[str, Any]) -> dict[str, tuple[str | None, str, str]]:
    return {drift["id"]: (drift["slot"], drift["kind"], drift["outcome"]) for drift in report["drifted"]}


@pytest.mark.parametrize("mode", ["report", "repair"])
async def test_a_persons_own_change_is_reported_and_left_alone_every_night(staff: Staff, mode: str) -> None:
    """Under merge no own number is overwritten, in either mode; reports show no numbers."""
    async with provisioned(staff, {"RECONCILE_MODE": mode}) as world:
        changed, removed = people_of(staff, 2)
        change_person(world.stand_in.tenant, changed, {"phones": {"mobile": THEIRS}})
        change_person(world.stand_in.tenant, removed, {"phones": {"mobile": None}})
        writes = world.writes

        for _ in range(3):
            run, report = await reconcile(world)

            assert RunState.FINISHED is run.state
            found = kinds(report)
            assert {changed, removed} == set(found)
            assert ("changedByPerson", "kept") == found[changed][1:]
            assert ("removedByPerson", "kept") == found[removed][1:]
            assert "2025550199" not in json.dumps(report)
            assert {RowState.KEPT: 2} == run.counts
        assert writes == world.writes
        assert THEIRS == mobile_of(world, changed)


async def test_a_run_that_is_cancelled_while_it_reads_leaves_the_newest_report(staff: Staff) -> None:
    """What it has found by then is only a part of the people."""
    async with provisioned(staff) as world:
        _, report = await reconcile(world)
        cancelled = await world.app.reconcile()
        assert RunState.READING is cancelled.state
        await world.app.decisions.cancel(cancelled.id, "a test")
        await world.pump()
        stored = await world.stored(cancelled.id)
        assert (RunState.CANCELLED, True) == (stored.state, stored.closed)
        assert report == await world.app.newest_drift()
        own = json.loads(await world.app.results.read(f"{cancelled.id}/drift.json"))
        assert ("cancelled", cancelled.id) == (own["state"], own["run"])


async def test_without_drift_the_run_says_so(staff: Staff) -> None:
    """The run has no rows, leaves two files, and writes nothing to Graph."""
    async with provisioned(staff, REPAIR) as world:
        writes = world.writes
        run, report = await reconcile(world)

        assert (RunState.FINISHED, 0, writes) == (run.state, run.total, world.writes)
        assert f"0 of {run.figures['people']} people drifted." == run.message == report["message"]
        assert run.id == report["run"]
        assert f"{run.id}/drift.xlsx" == run.result_blob


async def test_the_workbook_shows_numbers_and_outcomes(staff: Staff) -> None:
    """It has one row per difference, with the expected value and the one found."""
    async with provisioned(staff) as world:
        (person,) = people_of(staff, 1)
        expected = mobile_of(world, person)
        change_person(world.stand_in.tenant, person, {"phones": {"mobile": THEIRS}})
        run, _ = await reconcile(world)

        book = load_workbook(BytesIO(await world.app.results.read(run.result_blob)))
        header, line = book["Differences"].iter_rows(values_only=True)
        told = dict(zip(header, line, strict=True))
        known = world.stand_in.tenant.people[person].person
        assert (known.displayName, known.userPrincipalName) == (told["Name"], told["Sign-in name"])
        assert (person, "Mobile number", expected, THEIRS) == (
            told["Object ID"],
            told["What"],
            told["Written by the app"],
            told["Found now"],
        )
        assert "– Left as it is: the value was changed elsewhere, so it is kept" == told["Result"]  # noqa: RUF001 - a dash
        assert any(("Run", run.id) == fact[:2] for fact in book["About this run"].iter_rows(values_only=True))


async def unconfirmed(world: InMemory, staff: Staff, person: str) -> None:
    """An export whose write for this person never arrives and cannot be read back either."""
    for kind in ("phoneMethods.create", "phoneMethods.update"):
        world.stand_in.faults.add(Fault(kind="status", on=kind, user=person, status=504))
    world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", user=person, status=503, skip=2))
    run = await world.run_to_end("staff.xlsx", write_export(staff))
    rows = [row async for row in world.app.rows.in_order(run) if row.object_id == person]
    assert [RowState.UNCONFIRMED] == [row.state for row in rows]
    world.stand_in.faults = Faults(KINDS, random.Random(0))


@pytest.mark.parametrize("mode", ["report", "repair"])
async def test_a_lost_write_is_repaired_under_repair(staff: Staff, mode: str) -> None:
    """A write that never arrived is not taken for a removal, and is written again under `repair`."""
    (person,) = people_of(staff, 1)
    settings = {"RECONCILE_MODE": mode, "RESOLVE_SECONDS": "5", "MAX_FAILURES": "1"}
    async with in_memory(staff, settings) as world:
        await unconfirmed(world, staff, person)
        assert mobile_of(world, person) is None
        writes = world.writes

        run, report = await reconcile(world)

        found = kinds(report)[person]
        if mode == "report":
            assert ("mobile", "writeLost", "kept") == found
            assert writes == world.writes
            return
        assert ("mobile", "writeLost", "created") == found
        assert RunState.FINISHED is run.state
        wanted = next(member.wanted for member in staff.members if member.person and member.person.id == person)
        assert wanted[PhoneType.MOBILE].spelled_for_graph() == mobile_of(world, person)
        _, quiet = await reconcile(world)
        assert person not in kinds(quiet)


async def test_a_write_in_doubt_that_arrived_is_confirmed(staff: Staff) -> None:
    """Reconcile reads it: it is no drift, and the record says that the write is confirmed."""
    async with provisioned(staff) as world:
        (person,) = people_of(staff, 1)
        record = await world.app.people.get(person)
        held = record.slots[Slot.MOBILE]
        doubted = OwnershipRecord(
            person,
            {Slot.MOBILE: SlotRecord(held.desired, held.written, confirmation=Confirmation.IN_DOUBT)},
            etag=record.etag,
        )
        await world.app.people.save(doubted)

        _, report = await reconcile(world)

        assert person not in kinds(report)
        assert SlotRecord(held.desired, held.written) == (await world.app.people.get(person)).slots[Slot.MOBILE]


async def test_under_overwrite_every_drift_is_repaired(staff: Staff) -> None:
    """No other person is written to."""
    async with provisioned(staff, {**REPAIR, "ON_EXISTING": "overwrite"}) as world:
        drifted = people_of(staff, 5)
        before = {person: mobile_of(world, person) for person in drifted}
        for person in drifted:
            change_person(world.stand_in.tenant, person, {"phones": {"mobile": THEIRS}})
        writes = world.writes

        run, report = await reconcile(world)

        assert dict.fromkeys(drifted, ("mobile", "changedByPerson", "updated")) == kinds(report)
        assert before == {person: mobile_of(world, person) for person in drifted}
        assert (RunState.FINISHED, writes + 5) == (run.state, world.writes)


async def test_a_repair_of_too_many_is_held_and_superseded_by_the_next(staff: Staff) -> None:
    """The limits use shares of all people read; the next night's reconcile takes the place of a held one."""
    settings = {**REPAIR, "ON_EXISTING": "overwrite", "MAX_UPDATE_SHARE": "0.1"}
    async with provisioned(staff, {**settings, "MAX_WRITES_UNAPPROVED": "500"}) as world:
        drifted = people_of(staff, 12)
        for person in drifted:
            change_person(world.stand_in.tenant, person, {"phones": {"mobile": THEIRS}})
        writes = world.writes

        held, report = await reconcile(world)
        assert (RunState.HELD, {"planned"}) == (held.state, {drift["outcome"] for drift in report["drifted"]})
        assert f"12 of {held.figures['people']} people" in held.message
        again, _ = await reconcile(world)

        assert RunState.REJECTED is (await world.stored(held.id)).state
        assert (RunState.HELD, writes) == (again.state, world.writes)
        await world.app.decisions.approve(again.id, again.digest, "a test")
        await world.pump()
        assert (RunState.FINISHED, writes + 12) == ((await world.stored(again.id)).state, world.writes)


async def test_deleted_and_disabled_accounts_are_reported(staff: Staff) -> None:
    """Each is a kind of drift of its own; their rows change nothing."""
    async with provisioned(staff, REPAIR) as world:
        gone, disabled = people_of(staff, 2)
        change_person(world.stand_in.tenant, gone, {"deleted": True})
        change_person(world.stand_in.tenant, disabled, {"accountEnabled": False})
        writes = world.writes

        run, report = await reconcile(world)

        assert {gone: (None, "accountDeleted", "kept"), disabled: (None, "accountDisabled", "kept")} == kinds(report)
        assert (RunState.FINISHED, writes) == (run.state, world.writes)


@pytest.mark.parametrize(
    ("answer", "kind", "unread", "gone"),
    [
        (Fault(kind="status", on="users.get", status=404), "accountDeleted", 0, True),
        (Fault(kind="status", on="users.get", status=503), None, 1, False),
        (Fault(kind="status", on="users.get", status=403), None, 1, False),
        (None, None, 0, False),
    ],
)
async def test_an_account_is_gone_when_the_directory_says_so(
    staff: Staff, answer: Fault | None, kind: str | None, unread: int, *, gone: bool
) -> None:
    """Methods that are not found prove nothing, because they appear later than their account."""
    async with provisioned(staff) as world:
        (person,) = people_of(staff, 1)
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", user=person, status=404))
        if answer is not None:
            world.stand_in.faults.add(replace(answer, user=person))

        _, report = await reconcile(world)

        assert ({person: (None, kind, "kept")} if kind else {}) == kinds(report)
        assert unread == len(report["notRead"])
        assert gone is ((await world.app.people.get(person)).gone_since is not None)


async def test_an_address_that_was_changed_is_drift(staff: Staff) -> None:
    """The e-mail slot is read only for people to whom this app gave an address."""
    async with provisioned(staff, {"EMAIL_METHODS": "true"}, Options(email_role=True)) as world:
        (person,) = people_of(staff, 1)
        record = await world.app.people.get(person)
        address = EmailAddress("private@example.com")
        slots = {**record.slots, Slot.EMAIL: SlotRecord(address, address)}
        await world.app.people.save(OwnershipRecord(person, slots, etag=record.etag))
        change_person(world.stand_in.tenant, person, {"email": "other@example.com"})
        asked = world.stand_in.stats.requests["emailMethods.list"]

        _, report = await reconcile(world)

        assert {person: ("email", "changedByPerson", "kept")} == kinds(report)
        assert "example.com" not in json.dumps(report)
        assert asked + 1 == world.stand_in.stats.requests["emailMethods.list"]


async def test_only_one_reconcile_is_open(staff: Staff) -> None:
    """A start while one is being read returns that run; the next night starts a new one."""
    async with provisioned(staff) as world:
        first = await world.app.reconcile()
        second = await world.app.reconcile("somebody")
        await world.pump()
        third, _ = await reconcile(world)

        assert first.id == second.id != third.id


async def test_a_step_that_died_is_repeated(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first rows are replaced, also when drift went away in between; no person is reported twice."""
    monkeypatch.setattr(flow, "PEOPLE_PER_STEP", 10)
    async with provisioned(staff) as world:
        vars(world.app)["advance_run"] = replace(world.app.advance_run, max_message_time=timedelta(0))
        world.clock.leap_to(world.clock.now() + timedelta(minutes=3))  # past READ_LAG_SECONDS
        drifted = people_of(staff, 20)
        for person in drifted:
            change_person(world.stand_in.tenant, person, {"phones": {"mobile": THEIRS}})
        run = await world.app.reconcile()
        await world.app.advance_run(StepMessage(run.id, 1))
        await world.app.advance_run(StepMessage(run.id, 2))
        reading = await world.stored(run.id)
        assert 0 < reading.total < len(drifted)

        repaired = next(person for person in sorted(drifted) if person[:2] >= reading.read_position)
        before = (await world.app.people.get(repaired)).slots[Slot.MOBILE].written
        assert isinstance(before, PhoneNumber)
        await reading_stage(world)(reading)  # the step dies before it has saved the run
        change_person(world.stand_in.tenant, repaired, {"phones": {"mobile": before.spelled_for_graph()}})
        assert len(world.storage.queue("run-steps").messages)
        await world.pump()

        report = await world.app.newest_drift()
        assert report is not None
        assert sorted(set(drifted) - {repaired}) == [drift["id"] for drift in report["drifted"]]
        assert {RowState.KEPT: len(drifted) - 1} == (await world.stored(run.id)).counts


def reading_stage(world: InMemory) -> ReconcileReading:
    stage = world.app.advance_run.hooks[Source.RECONCILE].read
    assert isinstance(stage, ReconcileReading)
    return stage


class Meeting:
    """Answers accounts and methods only after both were asked for; `fails` names the one that fails then."""

    def __init__(self, world: InMemory, fails: str = "") -> None:
        stage = reading_stage(world)
        self.stage = replace(stage, disabled_accounts=self.disabled_accounts, methods_of=self.methods_of)
        self.ended = list[str]()
        self._disabled_accounts, self._methods_of, self._fails = stage.disabled_accounts, stage.methods_of, fails
        self._both = asyncio.Barrier(2)

    async def disabled_accounts(self) -> AsyncIterator[Account]:
        await self._meet("accounts")
        async for account in self._disabled_accounts():
            yield account

    async def methods_of(self, records: Sequence[OwnershipRecord]) -> dict[str, Methods | ExplainedError]:
        await self._meet("methods")
        return await self._methods_of(records)

    async def _meet(self, who: str) -> None:
        try:
            async with asyncio.timeout(5):
                await self._both.wait()
                if who == self._fails:
                    raise GraphUnavailableError("noAnswer", f"No {who}.", delay=1)
                if self._fails:
                    await asyncio.Event().wait()
        finally:
            self.ended.append(who)


async def test_accounts_and_methods_are_read_concurrently(staff: Staff) -> None:
    """Neither waits for the other, so Graph's limit is used while accounts come page by page."""
    async with provisioned(staff) as world:
        gone, disabled = people_of(staff, 2)
        change_person(world.stand_in.tenant, gone, {"deleted": True})
        change_person(world.stand_in.tenant, disabled, {"accountEnabled": False})
        advanced = await Meeting(world).stage(await world.app.reconcile())

        assert (RunState.FINISHED, 2, 0) == (advanced.run.state, advanced.run.total, advanced.run.figures["drifted"])
        assert advanced.run.message.endswith(" The report lists also 2 people with " + LISTED)


LISTED = "a disabled or deleted account, or without a row in the full export."


async def test_who_is_listed_for_the_account_alone_has_not_drifted(staff: Staff) -> None:
    """In a tenant of thousands many leave each month, and an alarm each week would hide one who was changed."""
    async with provisioned(staff, {"NOTIFY_DRIFT": "2"}) as world:
        changed, both, *others = people_of(staff, 5)
        for person in (both, *others):
            change_person(world.stand_in.tenant, person, {"accountEnabled": False})
        change_person(world.stand_in.tenant, changed, {"phones": {"mobile": THEIRS}})
        run, _ = await reconcile(world)
        assert (5, 1) == (run.total, run.figures["drifted"])
        assert (
            f"1 of {run.figures['people']} people drifted. The report lists also 4 people with {LISTED}" == run.message
        )
        assert not [one for one in await notified(world) if one["event"] == "drift"]

        change_person(world.stand_in.tenant, both, {"phones": {"mobile": THEIRS}})
        run, report = await reconcile(world)
        assert 2 == run.figures["drifted"]
        (told,) = [one for one in await notified(world) if one["event"] == "drift"]
        people = run.figures["people"]
        assert f"2 of {people} people drifted." == told["message"]
        assert 6 == len(report["drifted"])  # one of them for both


@pytest.mark.parametrize("fails", ["accounts", "methods"])
async def test_a_failed_reading_stops_the_other_and_the_step(staff: Staff, fails: str) -> None:
    """No person counts as drifted or not read, and the error says when to retry."""
    async with provisioned(staff) as world:
        (person,) = people_of(staff, 1)
        change_person(world.stand_in.tenant, person, {"phones": {"mobile": THEIRS}})
        run = await world.app.reconcile()
        results = set(world.storage.container("results").blobs)
        world.clock.leap_to(world.clock.now() + timedelta(minutes=3))  # past READ_LAG_SECONDS
        meeting = Meeting(world, fails)

        with pytest.raises(GraphUnavailableError, match=f"No {fails}"):
            await meeting.stage(run)

        assert {"accounts", "methods"} == set(meeting.ended)
        assert [] == [row async for row in world.app.rows.in_order(run)]
        assert results == set(world.storage.container("results").blobs)
        await world.pump()
        report = await world.app.newest_drift()
        assert report is not None
        assert [person] == list(kinds(report))


async def test_a_step_waits_for_accounts_that_cannot_be_read(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is repeated until they are read, and every later step uses them."""
    monkeypatch.setattr(flow, "PEOPLE_PER_STEP", 10)
    async with provisioned(staff) as world:
        first, *_, last = sorted(people_of(staff, 20))
        change_person(world.stand_in.tenant, first, {"accountEnabled": False})
        change_person(world.stand_in.tenant, last, {"deleted": True})
        world.stand_in.faults.add(Fault(kind="status", on="users.list", status=503, count=3))

        run, report = await reconcile(world)

        assert {first: "accountDisabled", last: "accountDeleted"} == {
            who: kind for who, (_, kind, _) in kinds(report).items()
        }
        assert (RunState.FINISHED, 0, 4) == (
            run.state,
            run.figures["notRead"],
            world.stand_in.stats.requests["users.list"],
        )


async def test_people_who_cannot_be_read_are_counted(staff: Staff) -> None:
    """An error for one person stops no other; if Graph refuses all of them, the run fails and says why."""
    async with provisioned(staff) as world:
        changed, unread = people_of(staff, 2)
        change_person(world.stand_in.tenant, changed, {"phones": {"mobile": THEIRS}})
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", user=unread, status=500))
        run, report = await reconcile(world)
        assert ([changed], [unread]) == (list(kinds(report)), [one["id"] for one in report["notRead"]])
        assert run.message.endswith("1 could not be read.")

        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", status=403))
        world.clock.leap_to(world.clock.now() + timedelta(days=1))
        refused = await world.app.reconcile()
        await world.pump()
        run = await world.stored(refused.id)
        assert (RunState.FAILED, "permissionMissing") == (run.state, run.code)
        assert "UserAuthMethod-Phone.ReadWrite.All" in run.message


async def test_a_step_waits_while_graph_is_out_of_reach(staff: Staff) -> None:
    """No person counts as drifted or not read; the run continues when Graph answers again."""
    async with provisioned(staff) as world:
        (person,) = people_of(staff, 1)
        change_person(world.stand_in.tenant, person, {"phones": {"mobile": THEIRS}})
        world.stand_in.faults.add(Fault(kind="status", on="batch", status=503, count=60))

        run, report = await reconcile(world)

        assert (RunState.FINISHED, [person]) == (run.state, list(kinds(report)))
        assert [] == report["notRead"]
