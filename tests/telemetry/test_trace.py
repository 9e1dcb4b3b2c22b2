"""One trace leads from an export to Graph's answers, through every queue, and nothing personal is in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased

from shared.telemetry.fields import FIELDS
from shared.telemetry.table import ON_FAILURE, SPANS, SpanName
from testing.in_memory import InMemory
from testing.telemetry import Collected, collected
from tests.flows.small_tenant import csv, number, person, tenant_of
from trials.made_up import made_up

PEOPLE = [person(index) for index in range(1, 4)]
EXPORT = csv(
    "userPrincipalName,mobile", *((one.userPrincipalName, number(50 + place)) for place, one in enumerate(PEOPLE))
)
METHOD = "/users/{user%2Did}/authentication/phoneMethods/{phoneAuthenticationMethod%2Did}"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def of(span: ReadableSpan) -> Mapping[str, object]:
    return span.attributes or {}


def path(spans: Sequence[ReadableSpan], span: ReadableSpan) -> list[str]:
    """The names of the spans from the first one down to this one; repeated ones once."""
    by_id = {one.context.span_id: one for one in spans}
    names = [span.name]
    while span.parent is not None:
        span = by_id[span.parent.span_id]
        names += [span.name] if span.name != names[-1] else []
    return names[::-1]


async def run(world: InMemory, telemetry: Collected, *, by_messages: bool = False) -> str:
    if by_messages:
        world.work_by_messages()
    run = await world.run_to_end("staff.csv", EXPORT)
    assert {"updated": 3} == {state.value: count for state, count in run.counts.items() if count}
    assert telemetry.spans()
    return run.id


@pytest.mark.parametrize("by_messages", [False, True])
async def test_one_trace_from_the_export_to_the_write(by_messages: bool) -> None:  # noqa: FBT001 - two ways of work
    """Whether a step works on its rows itself, or each row has a message: the trace is one, and knows run and row."""
    with collected() as telemetry:
        async with tenant_of(PEOPLE) as world:
            run_id = await run(world, telemetry, by_messages=by_messages)

    spans = telemetry.spans()
    assert 1 == len({span.context.trace_id for span in spans})
    assert {run_id} == {of(span)["run"] for span in spans}
    writes = [span for span in telemetry.spans("graph call") if of(span)["kind"] == "write"]
    assert [["export dropped", "run step", "apply row", "graph call"]] * 3 == [path(spans, span) for span in writes]
    assert [2, 3, 4] == sorted(of(span)["row"] for span in writes)  # type: ignore[type-var] # they are numbers
    for span in writes:
        assert "PATCH" == of(span)["http.request.method"]
        assert METHOD == of(span)["path"]
        assert 204 == of(span)["http.response.status_code"]
        assert GUID.fullmatch(str(of(span)["requestId"]))
        assert GUID.fullmatch(str(of(span)["clientRequestId"]))


async def test_no_span_holds_more_than_its_fields() -> None:
    """None of an SDK, and of ours the declared fields alone; nothing personal anywhere."""
    with collected() as telemetry:
        async with tenant_of(PEOPLE) as world:
            await run(world, telemetry)

    for span in telemetry.spans():
        declared = (*SPANS[SpanName(span.name)].fields, *ON_FAILURE)
        assert set(of(span)) <= {FIELDS[name].key for name in declared}
        assert not span.events
    assert not made_up().found(telemetry.text())
    assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


async def test_what_the_sampler_drops_stays_dropped() -> None:
    """A run is traced as a whole or not at all, also through queues, and its metrics and log are complete."""
    with collected(ParentBased(ALWAYS_OFF)) as telemetry:
        async with tenant_of(PEOPLE) as world:
            world.work_by_messages()
            await world.run_to_end("staff.csv", EXPORT)

    assert not telemetry.spans()
    assert telemetry.logs()
    assert telemetry.points()["graph.requests"]
