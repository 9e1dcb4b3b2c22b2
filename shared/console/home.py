"""The first page: what waits for the visitor, the newest runs, the last reconcile, and what guards the accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from shared.api.drift import newest_report
from shared.api.run_resource import RunPage, RunResource
from shared.api.runs import RunsQuery, list_runs
from shared.console.access import PageRoute
from shared.console.visit import Visit, Visiting
from shared.core.run.approvers import is_same_actor
from shared.core.values.states import RunState, Source
from shared.flows.upkeep.permissions import MISSING_SINCE
from shared.flows.upkeep.timers import SWEEP

router = APIRouter(route_class=PageRoute)

_WAITING, _NEWEST = 10, 20
_LISTED = tuple(source for source in Source if source is not Source.CALL)
"""Calls for one person would hide the rest; they are on the person's page."""


@router.get("", name="home")
@router.get("/", name="home")
async def home(visit: Visiting, query: Annotated[RunsQuery, Depends()]) -> Response:
    waiting: list[RunResource] = []
    newest = RunPage(value=[], next_link=None)
    if visit.visitor.may("ListRuns"):
        waiting = [*await _in_state(visit, RunState.HELD), *await _checked_by_visitor(visit)]
        asked = RunsQuery(source=query.source or _LISTED, top=_NEWEST, skip_token=query.skip_token)
        newest = await _runs(visit, asked)
    return visit.page(
        "home.html",
        waiting=waiting,
        newest=newest,
        is_first_page=not query.skip_token,
        drift=await newest_report(visit.verbs) if visit.visitor.may("GetDrift") else None,
        settings=visit.verbs.settings,
        last_sweep=await visit.verbs.marks.at(SWEEP),
        missing_since=await visit.verbs.marks.at(MISSING_SINCE),
    )


async def _checked_by_visitor(visit: Visit) -> list[RunResource]:
    """The files that only the visitor can start; they expire within the hour, so there are few of anybody."""
    me = visit.visitor.caller.id
    return [run for run in await _in_state(visit, RunState.CHECKED) if is_same_actor(run.started_by, me)]


async def _in_state(visit: Visit, state: RunState) -> list[RunResource]:
    return (await _runs(visit, RunsQuery(state=(state,), top=_WAITING))).value


async def _runs(visit: Visit, query: RunsQuery) -> RunPage:
    return await list_runs(visit.verbs, visit.visitor.caller, visit.request, query)
