"""`/runs`: list runs, get one, list its rows, decide about it, download its workbooks.

All runs are here: exports from the container or uploaded, reconciles, directory rounds, and calls for one person.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import AfterValidator

from shared.api.errors import RequestRefusedError
from shared.api.guard import KEY_CALLER, Calling, GuardedRoute, Wired
from shared.api.run_resources import RowPage, RowResource, RunPage, RunResource, run_response
from shared.api.schema import XLSX, errors
from shared.api.verbs import Verbs
from shared.core.run.documents import Heading
from shared.core.run.run import Run, time_of
from shared.core.values.errors import BlobNotFoundError
from shared.core.values.states import RowState, RunState, Source

router = APIRouter(prefix="/runs", route_class=GuardedRoute, tags=["Runs"])

_RUN_ID = "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{10}"

RunId = Annotated[str, Path(alias="run", pattern=f"^{_RUN_ID}$", description="The run's id.")]
_TOP = Query(alias="$top", ge=1, le=1000, description="How many items a page has.")
_FILTERS = 5
"""Values per filter: a table takes 15 comparisons in a query, and a value may be stored under two names."""
_SKIP = "From the link to the next page."


def _with_valid_time(run_id: str) -> str:
    """The id, unchanged. Raises ValueError when its time is not valid."""
    if run_id:
        time_of(run_id)
    return run_id


@dataclass(frozen=True, slots=True)
class RunsQuery:
    state: Annotated[
        tuple[RunState, ...], Query(max_length=_FILTERS, description="Only runs in one of these states.")
    ] = ()
    source: Annotated[
        tuple[Source, ...], Query(max_length=_FILTERS, description="Only runs from one of these sources.")
    ] = ()
    top: Annotated[int, _TOP] = 50
    skip_token: Annotated[
        str,
        Query(alias="$skiptoken", pattern=f"^({_RUN_ID})?$", description=_SKIP),
        AfterValidator(_with_valid_time),
    ] = ""


@dataclass(frozen=True, slots=True)
class RowsQuery:
    state: Annotated[
        tuple[RowState, ...], Query(max_length=_FILTERS, description="Only rows in one of these states.")
    ] = ()
    outcome_code: Annotated[
        tuple[str, ...],
        Query(alias="outcomeCode", max_length=_FILTERS, description="Only rows with one of these codes."),
    ] = ()
    top: Annotated[int, _TOP] = 100
    skip_token: Annotated[int, Query(alias="$skiptoken", ge=0, le=2_000_000, description=_SKIP)] = 0


@router.get("", operation_id="ListRuns", summary="List runs", responses=errors())
async def list_runs(verbs: Wired, request: Request, query: Annotated[RunsQuery, Depends()]) -> RunPage:
    """List runs, the newest first."""
    found = verbs.runs.newest_first(
        verbs.clock.now(), before=query.skip_token, states=query.state, sources=query.source
    )
    runs = await _first(found, query.top + 1)
    following = _next_link(request, runs[query.top - 1].id) if len(runs) > query.top else None
    return RunPage(value=[RunResource.of(run) for run in runs[: query.top]], next_link=following)


@router.get("/{run}", operation_id="GetRun", summary="Get run", response_model=RunResource, responses=errors(404))
async def get_run(verbs: Wired, run_id: RunId) -> Response:
    """Return the run. Retry-After says when to get it again; ETag is the digest of its plan."""
    return run_response(await _stored(verbs, run_id))


@router.get("/{run}/rows", operation_id="ListRunRows", summary="List run rows", responses=errors(404))
async def list_rows(
    verbs: Wired, caller: Calling, request: Request, run_id: RunId, query: Annotated[RowsQuery, Depends()]
) -> RowPage:
    """List the run's rows by number, with outcome, reason, remedy and planned operations."""
    run = await _stored(verbs, run_id)
    found = verbs.rows.in_order(
        run, after=query.skip_token, states=query.state or None, codes=query.outcome_code or None
    )
    rows = await _first(found, query.top + 1)
    following = _next_link(request, str(rows[query.top - 1].number)) if len(rows) > query.top else None
    return RowPage(
        value=[RowResource.of(row, clear=caller.sees_numbers) for row in rows[: query.top]], next_link=following
    )


_WORKBOOK: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {}}, "description": "The workbook."}}


@router.get(
    "/{run}/plan",
    operation_id="DownloadPlan",
    summary="Download plan",
    response_class=Response,
    responses={**_WORKBOOK, **errors(404)},
)
async def download_plan(verbs: Wired, run_id: RunId) -> Response:
    """Download the export with the plan beside each row; previews and held runs have one."""
    return await _workbook(verbs, run_id, "plan")


@router.get(
    "/{run}/result",
    operation_id="DownloadResult",
    summary="Download result",
    response_class=Response,
    responses={**_WORKBOOK, **errors(404)},
)
async def download_result(verbs: Wired, run_id: RunId) -> Response:
    """Download the export with outcome, reason and remedy beside each row."""
    return await _workbook(verbs, run_id, "result")


def _decision[Route: Callable[..., Any]](name: str, *more: int) -> Callable[[Route], Route]:
    """A route by which a person decides about a run; it answers with the run."""
    return router.post(
        f"/{{run}}/{name}",
        operation_id=f"{name.capitalize()}Run",
        summary=f"{name.capitalize()} run",
        response_model=RunResource,
        responses=errors(404, 409, *more),
    )


@_decision("approve", 412, 428)
async def approve_run(
    verbs: Wired,
    caller: Calling,
    run_id: RunId,
    if_match: Annotated[str, Header(alias="If-Match", description="The ETag of the run: its plan's digest.")] = "",
) -> Response:
    """Approve a held run; only the plan with this digest is applied."""
    if verbs.settings.require_second_person and caller.id == KEY_CALLER:
        raise RequestRefusedError("secondPersonUnknown")
    if not if_match:
        raise RequestRefusedError("ifMatchMissing", target="header.If-Match")
    digest = if_match.strip().removeprefix("W/").strip('"')
    return run_response(await verbs.decisions.approve(run_id, digest, caller.id))


@_decision("reject")
async def reject_run(verbs: Wired, caller: Calling, run_id: RunId) -> Response:
    """Reject a held run; it ends, and nothing is written."""
    return run_response(await verbs.decisions.reject(run_id, caller.id))


@_decision("cancel")
async def cancel_run(verbs: Wired, caller: Calling, run_id: RunId) -> Response:
    """Cancel a run; only writes that have started are completed."""
    return run_response(await verbs.decisions.cancel(run_id, caller.id))


@_decision("redrive")
async def redrive_run(verbs: Wired, caller: Calling, run_id: RunId) -> Response:
    """Plan the unfinished rows of a finished run again; the gate checks the plan as for a new run."""
    return run_response(await verbs.redrive(run_id, caller.id))


async def _stored(verbs: Verbs, run_id: str) -> Run:
    run = await verbs.runs.get(run_id)
    if run is None:
        raise RequestRefusedError("runNotFound")
    return run


async def _workbook(verbs: Verbs, run_id: str, heading: Heading) -> Response:
    run = await _stored(verbs, run_id)
    try:
        data = await verbs.results.read(f"{run.id}/{heading}.xlsx")
    except BlobNotFoundError:
        raise RequestRefusedError("fileNotFound") from None
    headers = {"Content-Disposition": f'attachment; filename="{run.id}-{heading}.xlsx"', "Cache-Control": "no-store"}
    return Response(data, media_type=XLSX, headers=headers)


async def _first[T](found: AsyncIterator[T], count: int) -> list[T]:
    some: list[T] = []
    async for one in found:
        some.append(one)
        if len(some) == count:
            break
    return some


def _next_link(request: Request, token: str) -> str:
    return str(request.url.include_query_params(**{"$skiptoken": token}))
