"""A run as callers see it: its resource with attempts and columns, and the answer of a route about one run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Self

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from shared.api.guard import Caller
from shared.api.schema import NextLink, Resource
from shared.core.export.file_mapping import MappedColumn, Use
from shared.core.export.people_sheets import ONLY_SHEET, PeopleSheets, SheetsRead
from shared.core.export.role_names import role_name
from shared.core.run.attempts import Attempt, Decision, DecisionKind
from shared.core.run.run import Run
from shared.core.run.unseen import run_as_shown
from shared.core.values.codes import for_admins
from shared.core.values.slot import PhoneType
from shared.core.values.states import WAITS_FOR_A_PERSON, Approval, Policy, RowState, RunState, Source

WHO = (
    "Object id of the person; `app:` and an object id; `local:` and a user; `key`, somebody with a function key; "
    "`timer`, the app itself; or `export`, an unknown person, such as one who dropped a file."
)
UNSEEN = "empty = none yet, or not shown to callers who see masked numbers."


class DecisionResource(Resource):
    kind: DecisionKind = Field(description="What was decided.")
    by: str = Field(description=WHO)
    at: datetime = Field(description="When it was decided.")
    digest: str = Field(description="The digest of the plan that it is about; empty = there was none yet.")

    @classmethod
    def of(cls, decision: Decision) -> Self:
        return cls(kind=decision.kind, by=decision.by, at=decision.at, digest=decision.digest)


class AttemptResource(Resource):
    """One pass of the run; once it has ended, it never changes."""

    started_by: str = Field(description=WHO)
    decisions: list[DecisionResource] = Field(description="What was decided about it, in order.")
    digest: str = Field(description="The digest of its plan; empty = there was none.")
    held_because: str = Field(description="Why its plan was held; empty = it was not.")
    counts: dict[RowState, int] = Field(description=f"How many rows were in each state; {UNSEEN}")
    result: str = Field(description="The name of its result file; empty = there is none.")
    state: RunState | None = Field(description="The state of the run when it ended; null = it goes on.")
    ended_at: datetime | None = Field(description="When it ended; null = it goes on.")
    code: str
    message: str = Field(description="The message of the run when it ended, shortened; empty = none, or not shown.")

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        end = attempt.end
        return cls(
            started_by=attempt.started_by,
            decisions=[DecisionResource.of(decision) for decision in attempt.decisions],
            digest=attempt.plan.digest,
            held_because=attempt.held_because,
            counts=dict(attempt.counts),
            result=attempt.result_blob,
            state=end.state if end else None,
            ended_at=end.at if end else None,
            code=end.code if end else "",
            message=end.message if end else "",
        )


class ColumnResource(Resource):
    letters: str = Field(description="The column, as in Excel.")
    heading: str = Field(description="Empty = none, or one that looks like a value.")
    use: Use = Field(description="What happens with the column; `inDoubt` holds the run.")
    role: str = Field(description="What it is used as, or `ignore`; for a column in doubt it is the proposal.")
    why: str = Field(description="The reason in words; empty = the heading says it.")
    chosen_by: str = Field(
        description="Who decided about it: a caller or `COLUMN_MAP`; empty = its heading and values decided."
    )

    @classmethod
    def of(cls, column: MappedColumn) -> Self:
        return cls(
            letters=column.letters,
            heading=column.heading,
            use=column.use,
            role=role_name(column.role),
            why=column.why,
            chosen_by=column.chosen_by,
        )


class SheetsResource(Resource):
    """The sheets of people of one layout."""

    alike: list[str] = Field(description="Their names, the first one first; empty = no two have one layout.")
    read: SheetsRead = Field(description="`all` = as one list, `first` = the first one alone.")
    chosen_by: str = Field(description="Who decided which sheets are read; empty = they are read as proposed.")

    @classmethod
    def of(cls, sheets: PeopleSheets) -> Self:
        return cls(alike=list(sheets.alike), read=sheets.read, chosen_by=sheets.chosen_by)


class RunChoices(Resource):
    """The options of the run: those that were chosen for it, the others as in the settings."""

    preview: bool
    check: bool = Field(description="Whether its file is only checked, and not started; then it is a preview too.")
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
    started_by: str = Field(description=WHO)
    approved_by: str = Field(description="Who approved, separated by `, `; empty = no approval yet, or none needed.")
    touched_by: list[str] = Field(description="Everyone who started, redrove or cancelled it, or chose its columns.")
    created_at: datetime
    updated_at: datetime
    export_time: datetime = Field(
        description="When the export was uploaded or the run was made. A run that follows from another one, such as "
        "a corrected result or an undo, has the time of that one."
    )
    undoes: str = Field(description="The run that this one undoes; empty = none.")
    held_until: datetime | None = Field(description="When a held or checked run expires.")
    options: RunChoices
    rows: int
    completed: int = Field(description="How many rows have their outcome.")
    counts: dict[RowState, int] = Field(
        description=f"How many rows are in each state; {UNSEEN} Once an export is applied, such callers see rows "
        "that are kept or unprocessed as `unchanged`."
    )
    planned: dict[str, int] = Field(description=f"The figures of the reading stage and of the plan; {UNSEEN}")
    digest: str = Field(description="The digest of the plan; an approval sends it as If-Match.")
    code: str
    message: str = Field(description="What is to be said about the run's state, such as why it is held.")
    for_admins: str = Field(description="What administrators can do about the run's code; empty = nothing more.")
    concerns: list[str] = Field(
        description="What is in doubt about the file or its options, and what people chose; each holds the run."
    )
    notes: list[str] = Field(description="Facts about the file that a person should know.")
    columns: list[ColumnResource] = Field(
        description="What the columns of the file mean; empty without a file, and in a list of runs."
    )
    sheets: SheetsResource = Field(description="Which sheets of people are read, where the file has several.")
    attempts: list[AttemptResource] = Field(description="In order; the last one is the present one.")
    is_finished: bool = Field(description="Whether the run is over and its result is written.")

    @classmethod
    def of(cls, run: Run, columns: Sequence[MappedColumn] = ()) -> Self:
        return cls(
            id=run.id,
            state=run.state,
            source=run.source,
            name=run.name,
            started_by=run.started_by,
            approved_by=run.approved_by,
            touched_by=sorted(run.touched_by.starters | run.touched_by.changers),
            created_at=run.created_at,
            updated_at=run.updated_at,
            export_time=run.export_time,
            undoes=run.undoes,
            held_until=run.held_until,
            options=RunChoices(
                preview=run.options.preview,
                check=run.options.check,
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
            for_admins=for_admins(run.code),
            concerns=list(run.all_concerns),
            notes=list(run.all_notes),
            columns=[ColumnResource.of(column) for column in columns],
            sheets=SheetsResource.of(run.mapping.people_sheets if run.mapping else ONLY_SHEET),
            attempts=[AttemptResource.of(attempt) for attempt in run.attempts],
            is_finished=run.closed,
        )


_RETRY_AFTER = dict.fromkeys(WAITS_FOR_A_PERSON, 60)
_RETRY_AFTER_DEFAULT = 5


def run_response(
    run: Run, caller: Caller, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """The run as the caller may see it, with its plan's digest as ETag, and with Retry-After until it is closed."""
    sent = dict(headers or {})
    if not run.closed:
        sent["Retry-After"] = str(_RETRY_AFTER.get(run.state, _RETRY_AFTER_DEFAULT))
    if run.digest:
        sent["ETag"] = f'"{run.digest}"'
    resource = RunResource.of(as_seen_by(caller, run), run.mapping.columns if run.mapping else ())
    return JSONResponse(resource.model_dump(mode="json", by_alias=True), status, sent)


def created_response(run: Run, caller: Caller, request: Request) -> Response:
    """As `run_response`, for a run that the request has started, with its URL."""
    location = {"Location": f"{request.scope['root_path']}/runs/{run.id}"}
    return run_response(run, caller, HTTPStatus.CREATED, location)


def as_seen_by(caller: Caller, run: Run) -> Run:
    return run if caller.sees_numbers else run_as_shown(run)


class RunPage(Resource):
    value: list[RunResource]
    next_link: NextLink
