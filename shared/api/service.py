"""Routes about the app itself: its health, the template for HR, the OpenAPI description, and the sweep."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from shared.api.errors import RequestRefusedError
from shared.api.guard import GuardedRoute, Wired, caller_of, require
from shared.api.roles import Admission, CallerRole
from shared.api.schema import XLSX, Resource, errors
from shared.core.report.texts import Language
from shared.doctor.findings import Finding, Status

router = APIRouter(route_class=GuardedRoute, tags=["Service"])

_DOCTOR = Admission(frozenset({CallerRole.REPORTS}))


class CheckResource(Resource):
    """One check of the doctor."""

    check: str
    status: Status
    sentence: str = Field(description="The finding.")
    remedy: str = Field(description="What to do; empty = nothing.")


class Health(Resource):
    status: Literal["ok", "failed"] = Field(
        description="ok = the app runs and its settings are valid; failed = with `deep`, a check has failed."
    )
    checks: list[CheckResource] | None = Field(default=None, description="With `deep`: the doctor's checks.")


@router.get(
    "/health", operation_id="GetHealth", summary="Get health", response_model_exclude_none=True, responses=errors()
)
async def get_health(
    verbs: Wired,
    request: Request,
    deep: Annotated[bool, Query(description="Run all checks of the doctor; needs `Reports.Read`.")] = False,  # noqa: FBT002 - a query
) -> Health:
    """Return whether the app runs and its settings are valid; with `deep`, also the doctor's checks."""
    if not deep:
        return Health(status="ok")
    if verbs.settings.auth_mode == "key":
        raise RequestRefusedError("deepHealthNeedsEntra")
    require(caller_of(request.headers, verbs.settings), _DOCTOR)
    return _health(await verbs.doctor())


def _health(findings: tuple[Finding, ...]) -> Health:
    checks = [CheckResource(check=f.check, status=f.status, sentence=f.sentence, remedy=f.remedy) for f in findings]
    failed = any(finding.status is Status.FAILED for finding in findings)
    return Health(status="failed" if failed else "ok", checks=checks)


@router.get(
    "/template.xlsx",
    operation_id="GetTemplate",
    summary="Get template",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "The workbook."}, **errors()},
)
async def get_template(
    verbs: Wired,
    language: Annotated[
        Language | None, Query(description="The language of the form; not set = that of the settings, else English.")
    ] = None,
) -> Response:
    """Download an empty export with the columns that the app reads, and a page that says how to fill it in."""
    return Response(await asyncio.to_thread(verbs.template, language), media_type=XLSX)


@router.get("/openapi.json", operation_id="GetOpenApi", summary="Get OpenAPI description", responses=errors())
async def get_openapi(request: Request) -> dict[str, Any]:
    """Return the OpenAPI description of this API."""
    description: dict[str, Any] = request.app.openapi()
    return description


@router.post(
    "/sweep",
    operation_id="StartSweep",
    summary="Start sweep",
    status_code=HTTPStatus.NO_CONTENT,
    responses=errors(),
)
async def start_sweep(verbs: Wired) -> Response:
    """Do what the timer of the sweep does: restart work that has stopped, and the upkeep that is due."""
    await verbs.sweep()
    return Response(status_code=HTTPStatus.NO_CONTENT)
