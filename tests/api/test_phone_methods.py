"""HTTP answers for one person: status per error, masked numbers, bodies that are refused by name."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from sandbox.graph.faults import Fault
from sandbox.in_memory import InMemory, in_memory
from sandbox.people import Kind, Staff, make_staff
from shared.api.answer import STATUS_BY_CODE, Answer, error_answer
from shared.api.phone_methods import get_phone, put_phone
from shared.core.errors import AgainError, NeverError, OutcomeUnknownError
from shared.core.states import RunState

STAFF = make_staff(100)
NUMBER = b'{"phoneNumber": "+1 202 555 0142"}'


def somebody(kind: Kind = Kind.OTHER_NUMBER, staff: Staff = STAFF) -> str:
    return next(member.person.id for member in staff.members if member.kind is kind and member.person)


async def put(world: InMemory, user: str, body: bytes = NUMBER, *, show: bool = False) -> Answer:
    return await put_phone(world.app.single_user, user, "mobile", body, caller="key", show_numbers=show)


@pytest.mark.parametrize(("code", "status"), STATUS_BY_CODE.items())
def test_every_code_with_a_status_of_its_own_gets_it(code: str, status: HTTPStatus) -> None:
    """The table is what callers see, with the code in a header."""
    answer = error_answer(NeverError(code, "why", remedy="do this", request_id="r"))

    assert status == answer.status
    assert code == answer.headers["x-ms-error-code"]
    assert {"code": code, "message": "why", "remedy": "do this", "innererror": {"request-id": "r"}} == json.loads(
        answer.encoded()
    )["error"]
    assert (status is HTTPStatus.SERVICE_UNAVAILABLE) == ("Retry-After" in answer.headers)


def test_other_refusals_are_422_and_what_may_succeed_later_is_503() -> None:
    """A caller knows from the status alone whether to repeat."""
    assert HTTPStatus.UNPROCESSABLE_ENTITY == error_answer(NeverError("numberAmbiguous", "why")).status
    later = error_answer(AgainError("throttled", "why", delay=17.4))
    assert (HTTPStatus.SERVICE_UNAVAILABLE, "17") == (later.status, later.headers["Retry-After"])
    assert HTTPStatus.SERVICE_UNAVAILABLE == error_answer(OutcomeUnknownError("x", "why", status=None)).status


async def test_a_call_is_recorded_as_a_run_of_one_row_and_becomes_the_base() -> None:
    """History and ownership hold for the help desk as for exports."""
    async with in_memory(STAFF) as world:
        answer = await put(world, somebody())

        body = json.loads(answer.encoded())
        assert (HTTPStatus.OK, "updated") == (answer.status, body["outcome"])
        run = await world.stored(body["run"])
        assert (RunState.FINISHED, "key", 1) == (run.state, run.started_by, run.total)
        record = await world.app.people.get(somebody())
        assert "+1 2025550142" == next(iter(record.base().values())).spelled_for_graph()  # type: ignore[union-attr]
        assert record.locked_until is None


async def test_a_new_number_is_201_and_an_equal_one_writes_nothing() -> None:
    """PUT creates, updates, or finds it done."""
    async with in_memory(STAFF) as world:
        user = somebody(Kind.GREENFIELD)
        assert HTTPStatus.CREATED == (await put(world, user)).status
        writes = world.writes
        again = await put(world, user, b'{"phoneNumber": "+1 (202) 555-0142"}')
        assert (HTTPStatus.OK, "unchanged") == (again.status, json.loads(again.encoded())["outcome"])
        assert writes == world.writes


async def test_numbers_are_masked_unless_the_settings_show_them() -> None:
    """At most the last two digits, in reads and writes alike."""
    async with in_memory(STAFF) as world:
        hidden = await put(world, somebody())
        shown = await put(world, somebody(), show=True)
        read = await get_phone(world.app.single_user, somebody(), "mobile", show_numbers=False)

        assert "2025550142" not in hidden.encoded() + read.encoded()
        assert "+1 2025550142" == json.loads(shown.encoded())["new"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "badRequest"),
        (b"[]", "badRequest"),
        (b'{"phoneNumber": 12025550142}', "badRequest"),
        (b'{"phoneNumber": ""}', "badRequest"),
        (b'{"phoneNumber": "+1 202 555 0142", "phoneType": "mobile"}', "badRequest"),
        (b'{"phoneNumber": "' + b"1" * 101 + b'"}', "badRequest"),
        (b'{"phoneNumber": "remove"}', "removalNotAllowed"),
        (b'{"phoneNumber": "+1 202 555"}', "numberNotValid"),
        (b'{"phoneNumber": "0800 VANITY"}', "numberHasLetters"),
    ],
)
async def test_bad_bodies_are_refused_by_name_without_repeating_them(body: bytes, code: str) -> None:
    """Nothing is looked up or written, and the message does not hold what was sent."""
    async with in_memory(STAFF) as world:
        answer = await put(world, somebody(), body)

        error = json.loads(answer.encoded())["error"]
        assert code == error["code"]
        assert "202 555" not in error["message"]
        assert 0 == world.writes


@pytest.mark.parametrize(
    ("user", "status", "code"),
    [
        (somebody(Kind.ADMINISTRATOR), HTTPStatus.FORBIDDEN, "protectedAccount"),
        ("00000000-0000-4000-8000-000000000000", HTTPStatus.NOT_FOUND, "personNotFound"),
        ("nobody@contoso.example", HTTPStatus.NOT_FOUND, "personNotFound"),
    ],
)
async def test_people_who_cannot_be_changed(user: str, status: HTTPStatus, code: str) -> None:
    """The wall holds for the help desk as well."""
    async with in_memory(STAFF) as world:
        answer = await put(world, user)

        assert (status, code) == (answer.status, answer.headers["x-ms-error-code"])
        assert 0 == world.writes


async def test_doubt_is_settled_before_the_answer() -> None:
    """A write that was done but answered 500 is reported as done; one that cannot be settled says so."""
    async with in_memory(STAFF) as world:
        world.stand_in.faults.add(Fault(kind="commit-then-status", on="phoneMethods.update", status=500, count=1))
        assert HTTPStatus.OK == (await put(world, somebody())).status

        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.update", status=503))
        unsettled = await put(world, somebody(), b'{"phoneNumber": "+1 202 555 0143"}')
        assert unsettled.status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE}
        runs = [run async for run in world.app.runs.all()]
        assert {"failed": 1} == {state.value: count for state, count in runs[-1].counts.items()}


async def test_a_throttled_call_is_closed_and_gives_the_person_free() -> None:
    """503 with Retry-After; no lock and no open run stay behind."""
    async with in_memory(STAFF) as world:
        world.stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.update", seconds=120))
        answer = await put(world, somebody())

        assert HTTPStatus.SERVICE_UNAVAILABLE == answer.status
        assert int(answer.headers["Retry-After"]) > 30
        assert (await world.app.people.get(somebody())).locked_until is None
        assert [] == [run async for run in world.app.runs.unexplained()]
