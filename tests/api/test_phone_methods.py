"""Phone methods over the API: each rule of the operations gives the documented answer, and what is shown is masked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sandbox.graph.faults import Fault
from sandbox.people import PersonKind, Staff, make_staff
from shared.adapters.graph.method_ids import METHOD_IDS
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from tests.api.caller import ENTRA, KEY, SOMEBODY, api

STAFF = make_staff(100)
NUMBER = {"phoneNumber": "+1 202 555 0142"}
OTHER = {"phoneNumber": "+1 202 555 0143"}
RECORDED = ("person", "unsettled", "lastWrites")
CLEAR = {**KEY, "HTTP_SHOW_NUMBERS": "true"}


def somebody(kind: PersonKind = PersonKind.OTHER_NUMBER, staff: Staff = STAFF) -> str:
    return next(member.person.id for member in staff.members if member.kind is kind and member.person)


def phones(user: str, rest: str = "") -> str:
    return f"/users/{user}/phoneMethods{rest}"


@pytest.mark.parametrize("phone_type", PhoneType)
async def test_a_method_has_graphs_shape_under_its_type_and_its_id(phone_type: PhoneType) -> None:
    """id, phoneType, phoneNumber and smsSignInState, at most one of each type; and what the record says beside it."""
    async with api(STAFF, CLEAR) as world:
        user = somebody(PersonKind.GREENFIELD)
        await world.http.put(phones(user, "/mobile"), json=NUMBER)
        if phone_type is not PhoneType.MOBILE:
            await world.http.put(phones(user, f"/{phone_type}"), json=OTHER)

        listed = (await world.http.get(phones(user))).json()
        by_type = (await world.http.get(phones(user, f"/{phone_type.upper()}"))).json()
        by_id = (await world.http.get(phones(user, f"/{METHOD_IDS[phone_type]}"))).json()

        assert by_type == by_id
        assert {"@odata.context": "$metadata#phoneMethods/$entity"} == {
            name: value
            for name, value in by_type.items()
            if name not in {"id", "phoneType", "phoneNumber", "smsSignInState", *RECORDED}
        }
        (found,) = [method for method in listed["value"] if method["phoneType"] == phone_type]
        shown = {name: value for name, value in by_type.items() if name not in {"@odata.context", *RECORDED}}
        assert found == shown
        assert METHOD_IDS[phone_type] == found["id"]


async def test_a_read_says_what_was_written_and_whether_it_proves_anything() -> None:
    """Right after a write a late replica shows what was before; the record says what was written, masked as it is."""
    async with api(STAFF, KEY) as world:
        user, tenant = somebody(PersonKind.GREENFIELD), world.inside.stand_in.tenant
        assert {"unsettled": False, "lastWrites": []} == recorded((await world.http.get(phones(user))).json())
        run = (await world.http.put(phones(user, "/mobile"), json=NUMBER)).json()["run"]
        value = "<number ending in 42>"
        written = {"slot": "mobile", "value": value, "desired": value, "declined": None, "run": run}
        written["confirmation"] = "confirmed"
        settled, late, later = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
        for seen in (settled, late, later):
            for rest in ("", "/mobile"):
                seen.append(recorded((await world.http.get(phones(user, rest))).json()))
            if seen is settled:
                tenant.put(replace(tenant.people[user].person, phones={}))  # as a replica that does not know it
            else:
                world.inside.clock.leap_to(world.inside.clock.now() + timedelta(minutes=3))
        assert [{"unsettled": False, "lastWrites": [{**written, "unsettled": False}]}] * 2 == settled
        assert [{"unsettled": True, "lastWrites": [{**written, "unsettled": True}]}] * 2 == late
        assert {"unsettled": False, "lastWrites": [{**written, "unsettled": False}]} == later[0]
        assert 404 == (await world.http.get(phones(user, "/mobile"))).status_code


def recorded(answer: Any) -> dict[str, Any]:
    """What the record says, without the time."""
    if "error" in answer:
        return {}
    writes = [{name: value for name, value in one.items() if name != "writtenAt"} for one in answer["lastWrites"]]
    return {"unsettled": answer["unsettled"], "lastWrites": writes}


async def test_a_call_is_recorded_as_a_run_of_one_row_and_becomes_the_base() -> None:
    """History and ownership hold for the help desk as for exports."""
    async with api(STAFF, ENTRA) as world:
        answer = await world.http.put(phones(somebody(), "/mobile"), json=NUMBER)

        assert (200, "updated") == (answer.status_code, answer.json()["outcome"])
        run = await world.inside.stored(answer.json()["run"])
        assert (RunState.FINISHED, SOMEBODY, 1) == (run.state, run.started_by, run.total)
        record = await world.inside.app.people.get(somebody())
        assert "+1 2025550142" == next(iter(record.base().values())).spelled_for_graph()  # type: ignore[union-attr]
        assert record.locked_until is None


async def test_a_new_number_is_201_and_an_equal_one_writes_nothing() -> None:
    """PUT creates, updates, or finds it done; Location names the method by the object id."""
    async with api(STAFF, KEY) as world:
        user = somebody(PersonKind.GREENFIELD)
        created = await world.http.put(phones(user, "/mobile"), json=NUMBER)
        assert (201, f"/api/v1/users/{user}/phoneMethods/mobile") == (created.status_code, created.headers["Location"])
        writes = world.inside.writes
        again = await world.http.put(phones(user, "/mobile"), json={"phoneNumber": "+1 (202) 555-0142"})
        assert (200, "unchanged") == (again.status_code, again.json()["outcome"])
        assert writes == world.inside.writes


@pytest.mark.parametrize("settings", [KEY, CLEAR])
async def test_numbers_are_masked_with_keys_unless_the_settings_show_them(settings: dict[str, str]) -> None:
    """At most the last two digits, in reads, writes and previews alike."""
    async with api(STAFF, settings) as world:
        path = phones(somebody(), "/mobile")
        answers = [
            await world.http.put(path, json=NUMBER),
            await world.http.get(path),
            await world.http.get(phones(somebody())),
            await world.http.put(path, json=OTHER, params={"preview": True}),
        ]

        shown = ["2025550142" in answer.text for answer in answers]
        assert [settings is CLEAR] * 4 == shown


@pytest.mark.parametrize(
    ("body", "status", "code", "target"),
    [
        ("", 400, "badRequest", "body"),
        ("{", 400, "badRequest", "body"),
        ("[]", 400, "badRequest", "body"),
        ('{"phoneNumber": 12025550142}', 400, "badRequest", "body.phoneNumber"),
        ('{"phoneNumber": ""}', 400, "badRequest", "body.phoneNumber"),
        ('{"phoneNumber": "+1 202 555 0142", "+1 202 555 0199": 1}', 400, "badRequest", "body"),
        ('{"phoneNumber": "+1 202 555 0142", "phoneType": "office"}', 422, "phoneTypeFixed", "body.phoneType"),
        (f'{{"phoneNumber": "{"1" * 101}"}}', 400, "badRequest", "body.phoneNumber"),
        ('{"phoneNumber": "\\ud800"}', 400, "badRequest", "body.phoneNumber"),
        ("[" * 60_000, 400, "badRequest", None),
        ('{"phoneNumber": "remove"}', 422, "removalNotAllowed", None),
        ('{"phoneNumber": "+1 202 555"}', 422, "numberNotValid", None),
        ('{"phoneNumber": "0800 VANITY"}', 422, "numberHasLetters", None),
        (f'{{"phoneNumber": "{" " * 70_000}"}}', 413, "bodyTooLarge", None),
    ],
)
async def test_bad_bodies_are_refused_by_name_without_repeating_them(
    body: str, status: int, code: str, target: str | None
) -> None:
    """Nothing is written, the field at fault is named, and the answer does not hold what was sent."""
    async with api(STAFF, CLEAR) as world:
        json_type = {"Content-Type": "application/json"}
        answer = await world.http.put(phones(somebody(), "/mobile"), content=body, headers=json_type)

        error = answer.json()["error"]
        assert (status, code, target) == (answer.status_code, error["code"], error.get("target"))
        assert code == answer.headers["x-ms-error-code"]
        assert "202 555" not in answer.text
        assert 0 == world.inside.writes


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (phones(somebody(), "/mobile?+1%20202%20555%200142=x"), "query"),
        (phones(somebody(), "/mobile?preview=perhaps"), "query.preview"),
        (phones(somebody(), "/mobile?code=secret"), "query"),
        (phones(somebody(), "/pager"), "path.typeOrId"),
        (phones("12025550142", "/mobile"), "path.id"),
        (phones("a@b@c", "/mobile"), "path.id"),
        (phones(f"{'a' * 256}@contoso.example", "/mobile"), "path.id"),
    ],
)
async def test_bad_addresses_are_refused_by_name_without_repeating_them(path: str, target: str) -> None:
    """An unknown parameter, a value of the wrong form, and what cannot be a person or a type."""
    async with api(STAFF, KEY) as world:
        answer = await world.http.put(path, json=NUMBER)

        error = answer.json()["error"]
        assert (400, "badRequest", target) == (answer.status_code, error["code"], error["target"])
        assert "2025550142" not in answer.text.replace(" ", "")
        assert 0 == world.inside.writes


@pytest.mark.parametrize(
    ("user", "status", "code"),
    [
        (somebody(PersonKind.ADMINISTRATOR), 403, "protectedAccount"),
        ("00000000-0000-4000-8000-000000000000", 404, "personNotFound"),
        ("nobody@contoso.example", 404, "personNotFound"),
        ("no%23EXT%23body@contoso.example", 404, "personNotFound"),
    ],
)
async def test_people_who_cannot_be_changed(user: str, status: int, code: str) -> None:
    """The wall holds for the help desk as well, and no answer repeats a sign-in name that was not found."""
    async with api(STAFF, KEY) as world:
        answer = await world.http.put(phones(user, "/mobile"), json=NUMBER)

        assert (status, code) == (answer.status_code, answer.json()["error"]["code"])
        assert "body@" not in answer.text
        assert 0 == world.inside.writes


async def test_doubt_is_settled_before_the_answer() -> None:
    """A write that was done but answered 500 is reported as done, one not seen is unknown, with Graph's request id."""
    async with api(STAFF, KEY) as world:
        path = phones(somebody(), "/mobile")
        world.inside.stand_in.faults.add(
            Fault(kind="commit-then-status", on="phoneMethods.update", status=500, count=1)
        )
        assert 200 == (await world.http.put(path, json=NUMBER)).status_code

        world.inside.stand_in.faults.add(Fault(kind="status", on="phoneMethods.update", status=503))
        undone = await world.http.put(path, json=OTHER)
        assert (503, "outcomeUnknown") == (undone.status_code, undone.headers["x-ms-error-code"])
        assert undone.json()["error"]["innerError"]["request-id"]
        assert int(undone.headers["Retry-After"]) > 0


async def test_a_throttled_call_is_closed_and_gives_the_person_free() -> None:
    """503 with Graph's Retry-After; no lock and no open run stay behind."""
    async with api(STAFF, KEY) as world:
        world.inside.stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.update", seconds=120))
        answer = await world.http.put(phones(somebody(), "/mobile"), json=NUMBER)

        assert (503, "throttled") == (answer.status_code, answer.headers["x-ms-error-code"])
        assert int(answer.headers["Retry-After"]) > 30
        assert (await world.inside.app.people.get(somebody())).locked_until is None
        assert [] == [run async for run in world.inside.app.runs.not_closed()]


async def test_a_call_of_unknown_outcome_names_the_run_that_tells_the_end() -> None:
    """The app goes on with it, so whoever follows the run learns what became of the call."""
    async with api(STAFF, {**KEY, "RESOLVE_SECONDS": "1"}) as world:
        faults = world.inside.stand_in.faults
        faults.add(Fault(kind="commit-then-drop", on="phoneMethods.update"))
        faults.add(Fault(kind="drop", on="phoneMethods.list", skip=1))
        answer = await world.http.put(phones(somebody(), "/mobile"), json=NUMBER)

        assert (503, "outcomeUnknown") == (answer.status_code, answer.headers["x-ms-error-code"])
        run = f"/runs/{answer.headers['x-run-id']}"
        left = (await world.http.get(run)).json()
        assert ("applying", False) == (left["state"], left["isFinished"])

        faults.withdraw()
        await world.inside.pump()
        end = (await world.http.get(run)).json()
        assert ("finished", True, {"updated": 1}) == (end["state"], end["isFinished"], end["counts"])
