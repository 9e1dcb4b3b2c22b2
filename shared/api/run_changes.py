"""`/runs/changed`: the runs that were held or closed since a time; the connector's trigger polls it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field

from shared.api.guard import Calling, GuardedRoute, Wired
from shared.api.run_resource import RunResource, as_seen_by
from shared.api.runs import FILTERS
from shared.api.schema import Resource, errors
from shared.core.run.run import Run
from shared.core.values.states import RunState, Source

router = APIRouter(prefix="/runs", route_class=GuardedRoute, tags=["Runs"])

LISTED_AFTER = timedelta(seconds=30)
"""A change is listed after this time, when no process can still store another one with an earlier time."""
_LONGEST_RUN = timedelta(days=90)
"""Runs that began longer before `since` are not searched."""
_BY_DEFAULT = (Source.BLOB, Source.UPLOAD, Source.QUESTIONS, Source.LEAVERS, Source.UNDO, Source.CLEANUP)


class ChangedRuns(Resource):
    value: list[RunResource] = Field(description="In the order of their changes.")
    next_since: datetime = Field(description="What to send as `since` the next time.")


@dataclass(frozen=True, slots=True)
class ChangesQuery:
    since: Annotated[
        AwareDatetime | None,
        Query(description="`nextSince` of the answer before; without it, only the time to begin with is returned."),
    ] = None
    source: Annotated[
        tuple[Source, ...],
        Query(
            max_length=FILTERS,
            description="Only runs from one of these sources; by default files, questions, leavers, undo and clean-up.",
        ),
    ] = _BY_DEFAULT


@router.get("/changed", operation_id="ListChangedRuns", summary="List changed runs", responses=errors())
async def list_changed_runs(verbs: Wired, caller: Calling, query: Annotated[ChangesQuery, Depends()]) -> ChangedRuns:
    """List the runs that were held, or closed, since the time `since`; each change is listed once."""
    until = verbs.clock.now() - LISTED_AFTER
    if query.since is None or query.since >= until:
        return ChangedRuns(value=[], next_since=max(query.since or until, until))
    found: list[tuple[datetime, Run]] = []
    async for run in verbs.runs.newest_first(verbs.clock.now(), sources=query.source):
        if run.created_at < query.since - _LONGEST_RUN:
            break
        at = _changed_at(run)
        if at is not None and query.since < at <= until:
            found.append((at, run))
    found.sort(key=lambda change: change[0])
    return ChangedRuns(value=[RunResource.of(as_seen_by(caller, run)) for _, run in found], next_since=until)


def _changed_at(run: Run) -> datetime | None:
    """When the run was closed, or was held if it still is; None = neither."""
    if run.closed:
        return run.updated_at
    return run.state_history[-1][1] if run.state is RunState.HELD and run.state_history else None
