"""The JSON of runs and rows. Counts and reasons are for every caller, numbers only for callers who may see them."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Self

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import Field

from shared.api.schema import NextLink, Resource
from shared.api.single_calls import OperationResource
from shared.core.run.documents import report_row
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import Approval, Policy, RowState, RunState, Source


class RunChoices(Resource):
    """The options of the run; all others come from the settings."""

    preview: bool
    full: bool = Field(description="Whether it is a full export.")
    approval: Approval
    on_existing: Policy
    default_region: str = Field(description="Empty = that of the settings.")
    default_phone_type: PhoneType


class RunResource(Resource):
    id: str
    state: RunState
    source: Source
    name: str = Field(description="The export's name, or a name made for the run.")
    started_by: str = Field(description="Object id of the caller, `key`, `export` or `timer`.")
    approved_by: str = Field(description="Object id of the caller or `key`; empty = no approval was needed.")
    created_at: datetime
    updated_at: datetime
    export_time: datetime = Field(description="When the export was uploaded.")
    held_until: datetime | None = Field(description="When a held run expires.")
    options: RunChoices
    rows: int
    completed: int = Field(description="How many rows have their outcome.")
    counts: dict[RowState, int] = Field(description="How many rows are in each state.")
    planned: dict[str, int] = Field(description="The figures that the gate checked, in people.")
    digest: str = Field(description="The fingerprint of the plan; an approval sends it as If-Match.")
    code: str
    message: str = Field(description="Why the run is held, rejected or failed, and what to do.")
    concerns: list[str] = Field(description="Reasons in the file why the run is held.")
    notes: list[str] = Field(description="More about the file.")
    is_finished: bool = Field(description="Whether the run has ended and its result is available.")

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


_RETRY_AFTER = {RunState.HELD: 60}
_RETRY_AFTER_DEFAULT = 5


def run_response(run: Run, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    """The run, with its plan's digest as ETag, and Retry-After until it has ended."""
    sent = dict(headers or {})
    if not run.closed:
        sent["Retry-After"] = str(_RETRY_AFTER.get(run.state, _RETRY_AFTER_DEFAULT))
    if run.digest:
        sent["ETag"] = f'"{run.digest}"'
    return JSONResponse(RunResource.of(run).model_dump(mode="json", by_alias=True), status, sent)


class RunPage(Resource):
    value: list[RunResource]
    next_link: NextLink


class RowResource(Resource):
    row: int = Field(description="The row number as Excel shows it.")
    state: RowState
    code: str = Field(description="The reason, as in docs/outcomes.md.")
    reason: str = Field(description="The reason in words; it names the cell, never its content.")
    remedy: str
    user_id: str = Field(description="Object id; empty = not found, or not looked up yet.")
    operations: list[OperationResource] = Field(description="The planned operations, until the row is completed.")
    suggestion: str | None = Field(description="A candidate for the cell; only for callers who may see numbers.")
    request_id: str = Field(description="Graph's request id of the last write.")

    @classmethod
    def of(cls, row: Row, *, clear: bool) -> Self:
        report = report_row(row)
        planned = row.plan.operations if row.plan else ()
        return cls(
            row=row.number,
            state=row.state,
            code=row.code,
            reason=report.reason,
            remedy=report.remedy,
            user_id=row.object_id,
            operations=[OperationResource.of(operation, clear=clear) for operation in planned],
            suggestion=row.suggestion if clear and row.suggestion else None,
            request_id=row.request_id,
        )


class RowPage(Resource):
    value: list[RowResource]
    next_link: NextLink
