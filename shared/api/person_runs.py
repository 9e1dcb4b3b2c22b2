"""`/users/{id}/runs`: the runs that had a row about a person, and what became of the row."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from shared.api.guard import Caller, Calling, GuardedRoute, Wired
from shared.api.runs import TOP, RunSkipToken, next_link
from shared.api.schema import NextLink, Resource, errors
from shared.api.single_calls import User
from shared.api.verbs import Verbs
from shared.core.call import person_key
from shared.core.person.account import UUID
from shared.core.run.documents import report_row
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.run.unseen import row_as_shown
from shared.core.values.states import RowState, RunState, Source

router = APIRouter(prefix="/users/{id}/runs", route_class=GuardedRoute, tags=["Runs"])


class PersonRun(Resource):
    run: str
    name: str = Field(description="The export's name, or a name made for the run.")
    source: Source
    preview: bool
    run_state: RunState
    created_at: datetime
    row: int = Field(description="The number of the row about the person.")
    state: RowState = Field(description="What became of the row, or is planned.")
    code: str = Field(description="The reason, as in docs/outcomes.md.")
    reason: str = Field(description="The reason in words; it names the cell, never its content.")
    remedy: str = Field(description="What HR can do; empty = nothing.")

    @classmethod
    def of(cls, run: Run, row: Row) -> Self:
        report = report_row(row)
        return cls(
            run=run.id,
            name=run.name,
            source=run.source,
            preview=run.options.preview,
            run_state=run.state,
            created_at=run.created_at,
            row=row.number,
            state=row.state,
            code=report.code,
            reason=report.reason,
            remedy=report.remedy,
        )


class PersonRuns(Resource):
    value: list[PersonRun] = Field(description="The newest first.")
    next_link: NextLink


@dataclass(frozen=True, slots=True)
class PersonRunsQuery:
    top: Annotated[int, TOP] = 20
    skip_token: RunSkipToken = ""


@router.get("", operation_id="ListPersonRuns", summary="List runs of person", responses=errors(404))
async def list_person_runs(
    verbs: Wired, caller: Calling, request: Request, user: User, query: Annotated[PersonRunsQuery, Depends()]
) -> PersonRuns:
    """List the runs that had a row about the person, the newest first, with the outcome of the row.

    A run is listed from the time when its plan is ready, as long as its rows are stored. For a deleted account, use the
    object id.
    """
    object_id = user if re.fullmatch(UUID, user) else (await verbs.single_calls.directory.look_up(person_key(user))).id
    return await runs_of_person(verbs, caller, request, object_id, query)


async def runs_of_person(
    verbs: Verbs, caller: Caller, request: Request, object_id: str, query: PersonRunsQuery
) -> PersonRuns:
    """One page; rows are as the caller may see them."""
    found = await verbs.rows.runs_of(object_id, before=query.skip_token)
    shown = await asyncio.gather(*(_shown(verbs, caller, run, row) for run, row in found[: query.top]))
    following = next_link(request, found[query.top - 1][0]) if len(found) > query.top else None
    return PersonRuns(value=[one for one in shown if one], next_link=following)


async def _shown(verbs: Verbs, caller: Caller, run_id: str, number: int) -> PersonRun | None:
    """None = the run, or its row, was deleted."""
    run, row = await asyncio.gather(verbs.runs.get(run_id), verbs.rows.get(run_id, number))
    if run is None or row is None:
        return None
    return PersonRun.of(run, row if caller.sees_numbers else row_as_shown(row, run))
