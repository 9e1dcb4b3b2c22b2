"""The first page: work that waits for the visitor, the newest runs, the last reconcile, and how accounts are
protected."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from shared.api.drift import newest_report
from shared.api.run_resource import RunPage, RunResource, as_seen_by
from shared.api.runs import RunsQuery, list_runs
from shared.console.access import page_router
from shared.console.visit import Visit, Visiting
from shared.core.values.states import RunState, Source
from shared.flows.upkeep.permissions import MISSING_SINCE
from shared.flows.upkeep.timers import SWEEP

router = page_router("")

_WAITING, _NEWEST = 10, 20
_LISTED = tuple(source for source in Source if source is not Source.CALL)
"""The sources of listed runs. Calls for one person would hide the others; they are on the person's page."""


@router.get("", name="home")
@router.get("/", name="home")
async def home(visit: Visiting, query: Annotated[RunsQuery, Depends()]) -> Response:
    waiting: list[RunResource] = []
    newest = RunPage(value=[], next_link=None)
    if visit.visitor.may("ListRuns"):
        waiting = [] if query.skip_token else await _waiting(visit)
        asked = RunsQuery(source=query.source or _LISTED, top=_NEWEST, skip_token=query.skip_token)
        newest = await list_runs(visit.verbs, visit.visitor.caller, visit.request, asked)
    return visit.page(
        "home.html",
        names=await visit.names_in([*waiting, *newest.value]),
        waiting=waiting,
        newest=newest,
        is_first_page=not query.skip_token,
        drift=await newest_report(visit.verbs) if visit.visitor.may("GetDrift") else None,
        settings=visit.verbs.settings,
        last_sweep=await visit.verbs.times.at(SWEEP),
        missing_since=await visit.verbs.times.at(MISSING_SINCE),
    )


async def _waiting(visit: Visit) -> list[RunResource]:
    """The newest held runs, and the checked files that the visitor can start: few, because they expire in an hour."""
    states = (RunState.HELD, RunState.CHECKED)
    found = [run async for run in visit.verbs.runs.newest_first(visit.verbs.clock.now(), states=states)]
    held = [run for run in found if run.state is RunState.HELD]
    shown = [*held[:_WAITING], *filter(visit.may_start, found)]
    return [RunResource.of(as_seen_by(visit.visitor.caller, run)) for run in shown]
