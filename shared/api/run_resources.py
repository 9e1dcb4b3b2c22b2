"""What answers tell of runs and of their rows; counts and reasons for everybody, numbers only for who may see them."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Self

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import Field

from shared.api.schema import NextLink, Resource
from shared.api.single_calls import Step
from shared.core.run.report import report_row
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import Approval, Policy, RowState, RunState, Source


class RunChoices(Resource):
    """The options of the run; what is not here comes from the settings."""

    preview: bool
    full: bool = Field(description="Whether the export names everybody.")
    approval: Approval
    on_existing: Policy
    default_region: str = Field(description="Empty = that of the settings.")
    default_phone_type: PhoneType


class RunResource(Resource):
    id: str
    state: RunState
    source: Source
    name: str = Field(description="The export's name, or what stands for it.")
    started_by: str = Field(description="Object id of the caller, `key`, `export` or `timer`.")
    approved_by: str = Field(description="Object id of the caller or `key`; empty = nobody had to.")
    created_at: datetime
    updated_at: datetime
    export_time: datetime = Field(description="When the export was made, as far as is known: its upload.")
    held_until: datetime | None = Field(description="When a held run expires.")
    options: RunChoices
    rows: int
    completed: int = Field(description="Rows that have their outcome.")
    counts: dict[RowState, int] = Field(description="How many rows are in which state.")
    planned: dict[str, int] = Field(description="The gate's figures, in people.")
    digest: str = Field(description="Names the plan exactly; to approve it, send it as If-Match.")
    code: str
    message: str = Field(description="Why the run is held, rejected or failed, and what to do.")
    concerns: list[str] = Field(description="Sentences about the file, each of which holds the run.")
    notes: list[str] = Field(description="What else there is to know of the file.")
    is_finished: bool = Field(description="Whether the run is over and has left its result.")

    @classmethod
    def of(cls, run: Run) -> Self:
        return cls(
            id=run.id,
            state=run.state,
            source=run.source,
            name=run.name,
            started_by=run.started_by,
            approved_by=run.approved_by,
            created_at=run.created_at,
            updated_at=run.updated_at,
            export_time=run.export_time,
            held_until=run.held_until,
            options=RunChoices(
                preview=run.options.preview,
                full=run.options.full,
                approval=run.options.approval,
                on_existing=run.options.on_existing,
                default_region=run.options.default_region,
                default_phone_type=run.options.default_phone_type,
            ),
            rows=run.total,
            completed=run.completed,
            counts=dict(run.counts),
            planned=run.figures,
            digest=run.digest,
            code=run.code,
            message=run.message,
            concerns=list(run.concerns),
            notes=list(run.notes),
            is_finished=run.closed,
        )


_LOOK_AGAIN = {RunState.HELD: 60}
_LOOK_AGAIN_SOON = 5


def run_response(run: Run, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    """The run, with Retry-After while it is open and its plan's digest as ETag."""
    told = dict(headers or {})
    if not run.closed:
        told["Retry-After"] = str(_LOOK_AGAIN.get(run.state, _LOOK_AGAIN_SOON))
    if run.digest:
        told["ETag"] = f'"{run.digest}"'
    return JSONResponse(RunResource.of(run).model_dump(mode="json", by_alias=True), status, told)


class RunPage(Resource):
    value: list[RunResource]
    next_link: NextLink


class RowResource(Resource):
    row: int = Field(description="The row number as Excel shows it.")
    state: RowState
    code: str = Field(description="Why, as in docs/outcomes.md.")
    reason: str = Field(description="Names the cell, never its content.")
    remedy: str
    user_id: str = Field(description="Object id; empty = the person was not found, or not looked up yet.")
    steps: list[Step] = Field(description="What is planned, while the row is not settled well.")
    suggestion: str | None = Field(description="What the cell may have meant; only for callers who may see numbers.")
    request_id: str = Field(description="Graph's request id of the last write.")

    @classmethod
    def of(cls, row: Row, *, clear: bool) -> Self:
        report = report_row(row)
        operations = row.plan.operations if row.plan else ()
        return cls(
            row=row.number,
            state=row.state,
            code=row.code,
            reason=report.reason,
            remedy=report.remedy,
            user_id=row.object_id,
            steps=[Step.of(operation, clear=clear) for operation in operations],
            suggestion=row.suggestion if clear and row.suggestion else None,
            request_id=row.request_id,
        )


class RowPage(Resource):
    value: list[RowResource]
    next_link: NextLink
