"""What is counted and measured, and under which names."""

from __future__ import annotations

from datetime import timedelta

from sandbox.graph.control import change_person
from sandbox.graph.faults import Fault
from shared.telemetry.fields import FIELDS
from shared.telemetry.table import METRICS, Metric
from testing.telemetry import Collected, collected
from tests.flows.small_tenant import csv, number, person, tenant_of

PEOPLE = [person(index) for index in range(1, 4)]
EXPORT = csv("employeeId,mobile", *((f"E{index}", number(50 + index)) for index in range(1, 4)), ("E9", number(59)))


def total(telemetry: Collected, metric: Metric, **attributes: object) -> float:
    points = telemetry.points().get(metric.value, [])
    return sum(value for found, value in points if attributes.items() <= found.items())


async def test_rows_by_outcome_and_code_and_what_graph_did() -> None:
    """Requests, answers 429, repeats, the limit and the time of each; a write without an answer is in doubt."""
    with collected() as telemetry:
        async with tenant_of(PEOPLE, LOOK_UP_RETRY_SECONDS="0.01") as world:
            world.stand_in.faults.add(Fault(kind="status", on="batch", count=1, status=503))
            world.stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.update", count=1, seconds=1))
            world.stand_in.faults.add(Fault(kind="commit-then-drop", on="phoneMethods.update", count=1, skip=1))
            await world.run_to_end("staff.csv", EXPORT)
            await world.app.run_timer("sweep")

    assert 3 == total(telemetry, Metric.ROWS, state="updated", code="applied")
    assert 1 == total(telemetry, Metric.ROWS, state="refused", code="personNotFound")
    assert 1 == total(telemetry, Metric.GRAPH_THROTTLED, kind="write")
    assert 1 == total(telemetry, Metric.GRAPH_AGAIN, kind="write", reason="throttled")
    assert 1 == total(telemetry, Metric.GRAPH_AGAIN, kind="read", reason="noAnswer")
    assert 1 == total(telemetry, Metric.DOUBTS)
    assert 3 == total(telemetry, Metric.READ_BACKS, result="shown")
    assert total(telemetry, Metric.GRAPH_SECONDS) == len(telemetry.spans("graph call"))
    assert total(telemetry, Metric.GRAPH_REQUESTS, kind="write") == total(telemetry, Metric.GRAPH_SECONDS, kind="write")
    assert 0 < total(telemetry, Metric.GRAPH_LIMIT, kind="write") <= 20
    assert 0 == total(telemetry, Metric.OLDEST_RUN)
    for name, points in telemetry.points().items():
        declared = {FIELDS[field].key for field in METRICS[Metric(name)].fields}
        assert all(set(attributes) <= declared for attributes, _ in points), name


async def test_a_reconcile_measures_drift_and_coverage() -> None:
    """Kinds without drift are 0, so that yesterday's figure does not stay."""
    with collected() as telemetry:
        async with tenant_of(PEOPLE) as world:
            await world.run_to_end("staff.csv", EXPORT)
            change_person(world.stand_in.tenant, PEOPLE[0].id, {"phones": {"mobile": number(77)}})
            world.clock.leap_to(world.clock.now() + timedelta(days=1))
            await world.app.run_timer("reconcile")
            await world.pump()

    assert 1 == total(telemetry, Metric.COVERAGE)
    drift = {str(found["kind"]): value for found, value in telemetry.points()[Metric.DRIFT.value]}
    assert 1 == sum(drift.values())
    assert len(drift) > 1
    (timer,) = telemetry.spans("timer")
    after = [one for one in telemetry.spans() if (one.start_time or 0) >= (timer.start_time or 0)]
    assert {timer.context.trace_id} == {one.context.trace_id for one in after if one.context}


async def test_the_oldest_run_is_one_that_waits() -> None:
    with collected() as telemetry:
        async with tenant_of(PEOPLE, APPROVAL="always") as world:
            await world.run_to_end("staff.csv", EXPORT)
            world.clock.leap_to(world.clock.now() + timedelta(hours=2))
            await world.app.run_timer("sweep")

    assert 7200 <= total(telemetry, Metric.OLDEST_RUN) < 7300
