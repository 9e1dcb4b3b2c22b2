"""`POST /runs`: starts a run from an upload or from another source; checks the options that an upload may choose.

Calls the verbs of uploads and of scheduled runs. The export is read after the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any, Literal, assert_never

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError

from shared.api.errors import RequestRefusedError, not_valid
from shared.api.guard import Caller, Calling, GuardedRoute, Wired
from shared.api.roles import CallerRole
from shared.api.run_resource import RunResource, created_response
from shared.api.schema import Given, errors
from shared.api.single_calls import RepeatabilityId
from shared.api.uploads import FORM, RAW_NAMES, Workbook, received
from shared.api.verbs import Verbs
from shared.core.export.options import RunOptions, UploadChoices, loosened, loosening_concern, with_choices
from shared.core.run.approvers import SecondPerson
from shared.core.run.run import Run
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType
from shared.core.values.states import Approval, OnExisting, Source
from shared.flows.intake.upload import UploadedFile

router = APIRouter(prefix="/runs", route_class=GuardedRoute, tags=["Runs"])

_JSON = "application/json"

_Region = Annotated[
    str,
    Query(alias="defaultRegion", pattern="^([A-Za-z]{2})?$", description="Region of national numbers, such as DE."),
]


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """The query of an upload. Only a person with the role `Runs.Approve` may choose options looser than the
    settings."""

    name: Annotated[str, Query(max_length=200, description="The file's name, in place of that in a form.")] = ""
    preview: Annotated[bool, Query(description="The run ends after its plan; nothing is written.")] = False
    check: Annotated[
        bool,
        Query(
            description="The run is planned, then waits as `checked` until it is started; after an hour it expires, "
            "and its file is deleted."
        ),
    ] = False
    scope: Annotated[Literal["partial", "full"] | None, Query(description="Whether it is a full export.")] = None
    approval: Annotated[Approval | None, Query(description="When the run is held for an approval.")] = None
    on_existing: Annotated[
        OnExisting | None,
        Query(alias="onExisting", description="What may happen to a current value that differs."),
    ] = None
    default_region: _Region = ""
    default_phone_type: Annotated[
        PhoneType | None,
        Query(alias="defaultPhoneType", description="The phone type of a column whose header names none."),
    ] = None

    def choices(self) -> UploadChoices:
        return UploadChoices(
            preview=self.preview,
            check=self.check,
            full=None if self.scope is None else self.scope == "full",
            approval=self.approval,
            on_existing=self.on_existing,
            default_region=self.default_region.upper(),
            default_phone_type=self.default_phone_type,
        )


class StartedSource(Given):
    """A run whose rows do not come from a file."""

    source: Literal[Source.RECONCILE, Source.DIRECTORY, Source.READINESS, Source.CLEANUP]


def _request_body() -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    form = {"type": "object", "properties": {"file": binary["schema"]}, "required": ["file"]}
    content = {
        **dict.fromkeys(RAW_NAMES, binary),
        FORM: {"schema": {**form, "additionalProperties": False}},
        _JSON: {"schema": StartedSource.model_json_schema()},
    }
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "",
    operation_id="StartRun",
    summary="Start run",
    status_code=HTTPStatus.CREATED,
    response_model=RunResource,
    responses=errors(409, 415, 422),
    openapi_extra=_request_body(),
)
async def start_run(
    verbs: Wired,
    caller: Calling,
    request: Request,
    options: Annotated[UploadOptions, Depends()],
    repeatability_id: RepeatabilityId = "",
) -> Response:
    """Upload an export, as the body or as the part `file` of a form, or name another source as JSON.

    The export is read after the answer; the run says whether it can be used.
    """
    content_type = request.headers.get("content-type", "")
    body = await request.body()
    if content_type.partition(";")[0].strip().lower() == _JSON:
        if request.query_params:
            raise RequestRefusedError("badRequest", "Options are for uploads only.", target="query")
        run = await _start_source(verbs, caller, body)
    else:
        workbook = received(content_type, body, options.name)
        run = await start_upload(verbs, caller, workbook, options.choices(), repeatability_id.lower())
    return created_response(run, caller, request)


async def start_upload(
    verbs: Verbs, caller: Caller, workbook: Workbook, choices: UploadChoices, repeatability_id: str = ""
) -> Run:
    """The run of an uploaded workbook. Raises RequestRefusedError for options that the caller may not choose."""
    options, concerns = _chosen(verbs, caller, choices)
    uploaded = UploadedFile(
        data=workbook.data,
        name=workbook.name,
        options=options,
        caller=caller.id,
        concerns=concerns,
        repeatability_id=repeatability_id,
    )
    return await verbs.upload(uploaded)


async def _start_source(verbs: Verbs, caller: Caller, body: bytes) -> Run:
    try:
        asked = StartedSource.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise not_valid({**fault, "loc": ("body", *fault["loc"])} for fault in faults) from None
    match asked.source:
        case Source.RECONCILE:
            return await verbs.reconcile(caller.id)
        case Source.READINESS:
            return await verbs.readiness(caller.id)
        case Source.CLEANUP:
            return await verbs.clean_up(caller.id)
        case Source.DIRECTORY:
            run = await verbs.directory(caller.id)
            if run is None:
                raise RequestRefusedError("sourceNotConfigured", target="body.source")
            return run
        case _:
            assert_never(asked.source)


def _chosen(verbs: Verbs, caller: Caller, choices: UploadChoices) -> tuple[RunOptions, tuple[Said, ...]]:
    """The options of the run, and concerns that hold it. Raises RequestRefusedError `looseningNotAllowed`.

    With REQUIRE_SECOND_PERSON, a run with looser options waits for approval, regardless of APPROVAL and `approval`.
    """
    options = with_choices(verbs.run_options, choices)
    names = ", ".join(loosened(verbs.run_options, choices))
    if not names:
        return options, ()
    if CallerRole.APPROVE not in caller.roles or not caller.is_person:
        raise RequestRefusedError("looseningNotAllowed", f"These options are looser than the settings: {names}.")
    if verbs.settings.require_second_person is SecondPerson.FALSE:
        return options, ()
    return replace(options, approval=Approval.ALWAYS), (loosening_concern(names),)
