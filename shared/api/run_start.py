"""`POST /runs`: an upload, or another source of rows; what an upload may choose and who may let it loosen.

Calls the upload, reconcile and directory verbs; the run is read after the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError

from shared.api.authentication import Role
from shared.api.errors import RequestRefusedError, not_valid
from shared.api.guard import Calling, GuardedRoute
from shared.api.run_resources import RunResource, run_response
from shared.api.schema import Given, errors
from shared.api.single_calls import RepeatabilityId
from shared.api.uploads import FORM, RAW_NAMES, received
from shared.api.verbs import Verbs, Wired
from shared.core.export.options import UploadChoices, loosened, with_choices
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import Approval, Policy, Source
from shared.flows.intake.upload import UploadedFile

router = APIRouter(prefix="/runs", route_class=GuardedRoute, tags=["Runs"])

_JSON = "application/json"

_Region = Annotated[
    str, Query(alias="defaultRegion", pattern="^([A-Za-z]{2})?$", description="Region of national numbers, such as DE.")
]


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """The query of an upload; whatever is looser than the settings needs the role `Runs.Approve`."""

    name: Annotated[str, Query(max_length=200, description="The file's name, if the form does not tell it.")] = ""
    preview: Annotated[bool, Query(description="Plan only.")] = False
    scope: Annotated[Literal["partial", "full"] | None, Query(description="Whether the export names everybody.")] = None
    approval: Annotated[Approval | None, Query(description="Whether the run waits for a person.")] = None
    on_existing: Annotated[
        Policy | None, Query(alias="onExisting", description="What may happen to a number that is already there.")
    ] = None
    default_region: _Region = ""
    default_phone_type: Annotated[
        PhoneType | None, Query(alias="defaultPhoneType", description="What a lone phone column means.")
    ] = None

    def choices(self) -> UploadChoices:
        return UploadChoices(
            preview=self.preview,
            full=None if self.scope is None else self.scope == "full",
            approval=self.approval,
            on_existing=self.on_existing,
            default_region=self.default_region.upper(),
            default_phone_type=self.default_phone_type,
        )


class StartedSource(Given):
    """A run whose rows come from elsewhere than a file."""

    source: Literal[Source.RECONCILE, Source.DIRECTORY]


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
    """Upload an export as it is or as the part `file` of a form, or name another source of rows as JSON.

    The export is read after the answer: whether it can be used is in the run.
    """
    content_type = request.headers.get("content-type", "")
    body = await request.body()
    if content_type.partition(";")[0].strip().lower() == _JSON:
        if request.query_params:
            raise RequestRefusedError("badRequest", "These options are for uploads only.", target="query")
        run = await _start_source(verbs, caller, body)
    else:
        workbook = received(content_type, body, options.name)
        choices = options.choices()
        uploaded = UploadedFile(
            data=workbook.data,
            name=workbook.name,
            options=with_choices(verbs.run_options, choices),
            caller=caller.id,
            concerns=_concerns(verbs, caller, choices),
            repeatability_id=repeatability_id.lower(),
        )
        run = await verbs.upload(uploaded)
    location = {"Location": f"{request.scope['root_path']}/runs/{run.id}"}
    return run_response(run, HTTPStatus.CREATED, location)


async def _start_source(verbs: Verbs, caller: Calling, body: bytes) -> Run:
    try:
        asked = StartedSource.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise not_valid({**fault, "loc": ("body", *fault["loc"])} for fault in faults) from None
    if asked.source is Source.RECONCILE:
        return await verbs.reconcile(caller.id)
    run = await verbs.directory(caller.id)
    if run is None:
        raise RequestRefusedError("sourceNotConfigured", target="body.source")
    return run


def _concerns(verbs: Verbs, caller: Calling, choices: UploadChoices) -> tuple[str, ...]:
    """Who may approve may loosen; where that takes two people, the run waits for the second."""
    names = ", ".join(loosened(verbs.run_options, choices))
    if not names:
        return ()
    if Role.APPROVE not in caller.roles:
        raise RequestRefusedError("looseningNotAllowed", f"These options are looser than the settings: {names}.")
    if not verbs.settings.require_second_person:
        return ()
    return (f"the upload loosens {names}, and a second person has to agree",)
