"""`/runs/{run}/rows`, `/rows/find`, `/plan` and `/result`: the rows of a run and its workbooks.

`core.run.unseen` decides what callers who see masked numbers see of a row. The text by which a
person is searched for is in the body of a request, never in a URL.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StringConstraints

from shared.api.errors import RequestRefusedError
from shared.api.guard import Caller, Calling, GuardedRoute, Wired
from shared.api.row_search import LONGEST_TEXT, RowSearch, RowsQuery
from shared.api.runs import RunId, stored
from shared.api.schema import XLSX, Given, NextLink, Resource, errors
from shared.api.single_calls import OperationResource
from shared.core.export.places import Places
from shared.core.plan.slot_outcomes import SlotOutcome
from shared.core.run.approvers import BY_KEY
from shared.core.run.documents import report_row
from shared.core.run.row import Row, slots_of
from shared.core.run.run import Run
from shared.core.run.unseen import result_tells_guesses
from shared.core.values.errors import BlobNotFoundError
from shared.core.values.states import RowState, SlotState
from shared.flows.pipeline.reports import PLAN_WORKBOOK

router = APIRouter(prefix="/runs", route_class=GuardedRoute, tags=["Runs"])


class SlotResource(Resource):
    slot: str = Field(description="mobile, alternateMobile, office, email or smsSignIn.")
    state: SlotState = Field(description="create, update and remove are planned, and not known to be done.")
    code: str = Field(description="Why it is kept or refused; otherwise empty.")
    reason: str = Field(description="Why it is refused, in words; it names the cell, never its content.")
    request_id: str = Field(description="Graph's request id of its last write; empty = none is known.")

    @classmethod
    def of(cls, outcome: SlotOutcome) -> Self:
        return cls(
            slot=outcome.slot,
            state=outcome.state,
            code=outcome.code,
            reason=outcome.reason,
            request_id=outcome.request_id,
        )


class RowResource(Resource):
    row: int = Field(description="Its number in the run: as Excel shows it where one sheet was read, else as counted.")
    sheet: str = Field(description="The sheet on which it stands; empty = one sheet was read, or none.")
    sheet_row: int = Field(description="The row as Excel shows it; without a file, the same as `row`.")
    state: RowState
    code: str = Field(description="The reason, as in docs/outcomes.md.")
    reason: str = Field(description="The reason in words; it names the cell, never its content.")
    remedy: str = Field(description="What HR can do; empty = nothing.")
    for_admins: str = Field(description="What administrators can do; empty = nothing more.")
    slots: list[SlotResource] = Field(
        description="The outcome of each slot, or the planned one, as far as it is known and the caller may see it."
    )
    user_id: str = Field(description="Object id; empty = no account is known.")
    operations: list[OperationResource] = Field(
        description="The planned operations; empty = none is stored, or the caller may not see them."
    )
    suggestion: str | None = Field(
        description="The candidates for refused cells, by slot; only for callers who may see numbers."
    )
    request_id: str = Field(description="Graph's request id of the last write; empty = none is known.")

    @classmethod
    def of(cls, row: Row, places: Places, *, clear: bool) -> Self:
        report, place = report_row(row), places.of(row.number)
        planned = row.plan.operations if row.plan else ()
        return cls(
            row=row.number,
            sheet=place.sheet,
            sheet_row=place.row,
            state=row.state,
            code=report.code,
            reason=report.reason,
            remedy=report.remedy,
            for_admins=report.for_admins,
            slots=[SlotResource.of(slot) for slot in slots_of(row)],
            user_id=row.object_id,
            operations=[OperationResource.of(operation, clear=clear) for operation in planned],
            suggestion=row.suggestion if clear and row.suggestion else None,
            request_id=row.request_id,
        )


class RowPage(Resource):
    value: list[RowResource] = Field(description="May be shorter than asked, and empty, where there is a next page.")
    next_link: NextLink


@dataclass(frozen=True, slots=True)
class _AskedRows:
    """The parameters of both routes that list rows."""

    verbs: Wired
    caller: Calling
    request: Request
    run: RunId
    query: Annotated[RowsQuery, Depends()]

    async def page(self, operation: str, text: str = "") -> RowPage:
        run, clear = await stored(self.verbs, self.run), self.caller.sees_numbers
        found = await RowSearch(self.verbs, self.caller, run, self.query, text)()
        if clear:
            await self.verbs.journal.revealed(operation, self.caller.id, run=run.id)
        return RowPage(
            value=[RowResource.of(row, run.places, clear=clear) for row in found.rows],
            next_link=found.next_link(self.request),
        )


class RowsSought(Given):
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)] = Field(
        description="A row's number, the person's object id, or the beginning of the key or of a word of the name."
    )


@router.get("/{run}/rows", operation_id="ListRunRows", summary="List run rows", responses=errors(404))
async def list_rows(asked: Annotated[_AskedRows, Depends()]) -> RowPage:
    """List the run's rows by number, with outcome, reason, remedy and planned operations."""
    return await asked.page("ListRunRows")


@router.post("/{run}/rows/find", operation_id="FindRunRows", summary="Find run rows", responses=errors(404, 415))
async def find_rows(asked: Annotated[_AskedRows, Depends()], sought: RowsSought) -> RowPage:
    """List the rows that fit a text, as `ListRunRows` does; send the same body for the next page."""
    return await asked.page("FindRunRows", sought.text)


_WORKBOOK: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {}}, "description": "The workbook."}}


@router.get(
    "/{run}/plan",
    operation_id="DownloadPlan",
    summary="Download plan",
    response_class=Response,
    responses={**_WORKBOOK, **errors(404)},
)
async def download_plan(verbs: Wired, caller: Calling, run_id: RunId) -> Response:
    """Download the plan of a preview, or of a run that was held: every change with old and new value."""
    run = await stored(verbs, run_id)
    await verbs.journal.revealed("DownloadPlan", caller.id, run=run.id)
    return await _workbook(run, "plan", verbs.results.read(f"{run.folder}/{PLAN_WORKBOOK}"))


@router.get(
    "/{run}/result",
    operation_id="DownloadResult",
    summary="Download result",
    response_class=Response,
    responses={**_WORKBOOK, **errors(404)},
)
async def download_result(verbs: Wired, caller: Calling, run_id: RunId) -> Response:
    """Download the result workbook: the outcome of each row, for an export beside its cells, or a report.

    Without `PhoneMethods.ReadNumbers`, a caller may download the results of runs that they started; that of a planned
    export only after its plan was applied, and only if the run used the `onExisting` of the settings.
    """
    run = await stored(verbs, run_id)
    tells = result_tells_guesses(run, verbs.run_options.on_existing)
    if not caller.sees_numbers and (tells or not _has_started(caller, run)):
        raise RequestRefusedError("numbersForbidden")
    await verbs.journal.revealed("DownloadResult", caller.id, run=run.id)
    return await _workbook(run, "result", verbs.returns.read(run))


def _has_started(caller: Caller, run: Run) -> bool:
    """Whether the caller started the run; never true of a key, which does not identify its holder."""
    return caller.id != BY_KEY and run.attempts[0].started_by.casefold() == caller.id.casefold()


async def _workbook(run: Run, name: str, read: Awaitable[bytes]) -> Response:
    try:
        data = await read
    except BlobNotFoundError:
        raise RequestRefusedError("fileNotFound") from None
    headers = {"Content-Disposition": f'attachment; filename="{run.id}-{name}.xlsx"', "Cache-Control": "no-store"}
    return Response(data, media_type=XLSX, headers=headers)
