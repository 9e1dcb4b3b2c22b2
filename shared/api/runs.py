"""`/runs`: list runs of every source, get one, and decide about it.

`run_resource` is a run as callers see it, `run_rows` has its rows and workbooks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import AfterValidator

from shared.api.errors import RequestRefusedError
from shared.api.guard import Calling, GuardedRoute, Wired
from shared.api.roles import CallerRole
from shared.api.run_answers import NO_NOTE, ColumnChoices, Rejection, RunAnswers
from shared.api.run_resource import RunPage, RunResource, as_seen_by, created_response, run_response
from shared.api.schema import errors
from shared.api.verbs import Verbs
from shared.core.run.run import Run
from shared.core.run.run_ids import time_of
from shared.core.values.errors import PermanentError
from shared.core.values.said import Said, joined
from shared.core.values.states import RunState, Source

router = APIRouter(prefix="/runs", route_class=GuardedRoute, tags=["Runs"])

_RUN_ID = "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{10}"

RunId = Annotated[str, Path(alias="run", pattern=f"^{_RUN_ID}$", description="The run's id.")]
TOP = Query(alias="$top", ge=1, le=1000, description="How many items a page has at most.")
FILTERS = 5
"""The most values of a filter: a table takes 15 comparisons in a query, and a value may be stored under two names."""
SKIP = "From the link to the next page."


def _with_valid_time(run_id: str) -> str:
    """The id, unchanged. Raises ValueError when the time in it is not valid."""
    if run_id:
        time_of(run_id)
    return run_id


RunSkipToken = Annotated[
    str, Query(alias="$skiptoken", pattern=f"^({_RUN_ID})?$", description=SKIP), AfterValidator(_with_valid_time)
]
"""The run after which a page of runs begins; "" = with the first one."""


@dataclass(frozen=True, slots=True)
class RunsQuery:
    state: Annotated[
        tuple[RunState, ...], Query(max_length=FILTERS, description="Only runs in one of these states.")
    ] = ()
    source: Annotated[
        tuple[Source, ...], Query(max_length=FILTERS, description="Only runs from one of these sources.")
    ] = ()
    top: Annotated[int, TOP] = 50
    skip_token: RunSkipToken = ""


@router.get("", operation_id="ListRuns", summary="List runs", responses=errors())
async def list_runs(verbs: Wired, caller: Calling, request: Request, query: Annotated[RunsQuery, Depends()]) -> RunPage:
    """List runs, the newest first."""
    found = verbs.runs.newest_first(
        verbs.clock.now(), before=query.skip_token, states=query.state, sources=query.source
    )
    runs = await first(found, query.top + 1)
    following = next_link(request, runs[query.top - 1].id) if len(runs) > query.top else None
    return RunPage(value=[RunResource.of(as_seen_by(caller, run)) for run in runs[: query.top]], next_link=following)


@router.get("/{run}", operation_id="GetRun", summary="Get run", response_model=RunResource, responses=errors(404))
async def get_run(verbs: Wired, caller: Calling, run_id: RunId) -> Response:
    """Return the run. Retry-After says when to get it again; ETag is the digest of its plan."""
    return run_response(await stored(verbs, run_id), caller)


def _decision[Route: Callable[..., Any]](name: str, *more: int) -> Callable[[Route], Route]:
    """A route by which a person decides about a run; it answers with the run."""
    return router.post(
        f"/{{run}}/{name}",
        operation_id=f"{name.capitalize()}Run",
        summary=f"{name.capitalize()} run",
        response_model=RunResource,
        responses=errors(404, 409, *more),
    )


IfMatch = Annotated[str, Header(alias="If-Match", description="The ETag of the run: its plan's digest.")]


def _digest(if_match: str) -> str:
    """The digest in If-Match. Raises RequestRefusedError without one."""
    if not if_match:
        raise RequestRefusedError("ifMatchMissing", target="header.If-Match")
    return if_match.strip().removeprefix("W/").strip('"')


@_decision("approve", 412, 428)
async def approve_run(
    verbs: Wired, caller: Calling, request: Request, run_id: RunId, if_match: IfMatch = ""
) -> Response:
    """Approve a held run. Only the plan with this digest is applied, as soon as no approval is missing."""
    digest = _digest(if_match)
    try:
        run = await verbs.decisions.approve(run_id, digest, caller.id, through_connector=caller.through_connector)
    except PermanentError as refusal:
        if refusal.code == "connectorMayNotApprove":
            where = Said("The run: {url}", url=str(request.url).rpartition("/")[0])
            refusal.remedy = joined(" ", (refusal.remedy, where))
        raise
    return run_response(run, caller)


@router.post(
    "/{run}/mapping",
    operation_id="ChooseRunColumns",
    summary="Choose columns of run",
    response_model=RunResource,
    responses=errors(404, 409, 412, 415, 422, 428),
)
async def choose_run_columns(
    verbs: Wired, caller: Calling, run_id: RunId, choices: ColumnChoices, if_match: IfMatch = ""
) -> Response:
    """Choose what columns of a held run mean, and which sheets are read; the file is planned again and held."""
    chosen = await verbs.decisions.choose_columns(
        run_id, _digest(if_match), choices.columns, caller.id, sheets=choices.sheets
    )
    return run_response(chosen, caller)


@router.post(
    "/{run}/answers",
    operation_id="AnswerRun",
    summary="Answer questions of run",
    response_model=RunResource,
    responses=errors(404, 409, 412, 415, 422, 428),
)
async def answer_run(
    verbs: Wired, caller: Calling, run_id: RunId, answers: RunAnswers, if_match: IfMatch = ""
) -> Response:
    """Answer questions of a held run of questions; it stays held until its new plan is approved."""
    return run_response(await verbs.answer_questions(run_id, _digest(if_match), answers.by_row(), caller.id), caller)


@router.post(
    "/{run}/start",
    operation_id="StartCheckedRun",
    summary="Start checked run",
    response_model=RunResource,
    responses=errors(404, 409),
)
async def start_checked_run(verbs: Wired, caller: Calling, run_id: RunId) -> Response:
    """Start a file that the caller checked within the last hour; it is read and planned again, as in a new run."""
    return run_response(await verbs.decisions.start(run_id, caller.id), caller)


@_decision("reject", 415, 422)
async def reject_run(verbs: Wired, caller: Calling, run_id: RunId, rejection: Rejection = NO_NOTE) -> Response:
    """Reject a held run; it ends, and nothing of its plan is written. The body may say why."""
    return run_response(await verbs.decisions.reject(run_id, caller.id, rejection.note), caller)


@_decision("cancel")
async def cancel_run(verbs: Wired, caller: Calling, run_id: RunId) -> Response:
    """Cancel a run; only writes that have begun are completed. Without `Runs.Approve`, only a run that you started."""
    own_only = CallerRole.APPROVE not in caller.roles
    return run_response(await verbs.decisions.cancel(run_id, caller.id, own_only=own_only), caller)


@_decision("redrive")
async def redrive_run(verbs: Wired, caller: Calling, run_id: RunId) -> Response:
    """Plan the unfinished rows of a closed run again; the gate checks the plan as for a new run."""
    return run_response(await verbs.redrive(run_id, caller.id), caller)


@router.post(
    "/{run}/undo",
    operation_id="UndoRun",
    summary="Undo run",
    status_code=HTTPStatus.CREATED,
    response_model=RunResource,
    responses=errors(404, 409),
)
async def undo_run(
    verbs: Wired,
    caller: Calling,
    request: Request,
    run_id: RunId,
    *,
    preview: Annotated[bool, Query(description="The undo ends after its plan; nothing is written.")] = False,
) -> Response:
    """Start a run that restores what this run or call changed; it is held until its plan is approved."""
    undo = await verbs.undo(run_id, caller.id, preview=preview)
    return created_response(undo, caller, request)


async def stored(verbs: Verbs, run_id: str) -> Run:
    run = await verbs.runs.get(run_id)
    if run is None:
        raise RequestRefusedError("runNotFound")
    return run


async def first[T](found: AsyncIterator[T], count: int) -> list[T]:
    some: list[T] = []
    async for one in found:
        some.append(one)
        if len(some) == count:
            break
    return some


def next_link(request: Request, token: str) -> str:
    return str(request.url.include_query_params(**{"$skiptoken": token}))
