"""`GET /readiness`: the classes with their people by right, what is not covered and why, and the share over time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.graph.options import Options
from sandbox.people import Staff
from tests.api.caller import ENTRA, api
from tests.flows.scheduled.test_readiness import GRANTED, SEEDS, know, people

READER = ["Reports.Read"]


async def test_the_answer_has_classes_people_departments_and_the_share_over_time() -> None:
    """Two runs a week apart; before the first one there is no report."""
    seeded = people(each=2)
    async with api(Staff(()), ENTRA, options=GRANTED, roles=READER) as world:
        for one in seeded:
            world.inside.stand_in.tenant.put(one)
        missing = await world.http.get("/readiness")
        assert (404, "readinessReportNotFound") == (missing.status_code, missing.json()["error"]["code"])
        runs = list[str]()
        for _ in range(2):
            runs.append((await world.inside.app.readiness()).id)
            await world.inside.pump()
            world.inside.clock.leap_to(world.inside.clock.now() + timedelta(days=7))
        answer = await world.http.get("/readiness")
        assert 200 == answer.status_code
        report = answer.json()

        assert (runs[-1], 14, True, "", "") == tuple(
            report[name] for name in ("run", "people", "coversEverybody", "code", "reason")
        )
        by_class = {one["class"]: one for one in report["classes"]}
        for place, name in enumerate(SEEDS):
            found = by_class[name]
            expected = [{"id": one.id, "department": one.department} for one in seeded[2 * place : 2 * place + 2]]
            assert (2, {"Sales": 1, "IT": 1}) == (found["count"], found["departments"])
            assert expected == found["people"]
            assert found["action"]
        assert {"inUse": 0, "notInUse": 0, "notKnown": 14} == report["smsSignIn"]
        assert runs == [point["run"] for point in report["history"]]
        assert [2, 2] == [point["counts"]["numberCanGo"] for point in report["history"]]
        assert "Person 1" not in answer.text


@pytest.mark.parametrize("roles", [["PhoneMethods.ReadWrite", "Runs.Upload"], []])
async def test_who_may_not_read_reports_gets_none(roles: list[str]) -> None:
    """The report names who can be locked out."""
    async with api(Staff(()), ENTRA, options=GRANTED, roles=roles) as world:
        assert 403 == (await world.http.get("/readiness")).status_code


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (Options(report_role=True, report_licence=False, methods_role=True), "licenceMissing", "P1"),
        (Options(methods_role=True), "permissionMissing", "AuditLog.Read.All"),
    ],
)
async def test_without_the_report_the_answer_says_why(options: Options, code: str, words: str) -> None:
    """It covers the people whom the app knows, by their own lists."""
    seeded = people()
    async with api(Staff(()), ENTRA, options=options, roles=READER) as world:
        for one in seeded:
            world.inside.stand_in.tenant.put(one)
        await know(world.inside, seeded[3:4])
        await world.inside.app.readiness()
        await world.inside.pump()
        report = (await world.http.get("/readiness")).json()
        assert (False, code, 1) == (report["coversEverybody"], report["code"], report["people"])
        assert words in report["reason"]
        assert {"numberCanGo": 1} == {one["class"]: one["count"] for one in report["classes"] if one["count"]}
