"""The app itself over HTTP: its health, the form for HR, its own description, and the sweep."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from shared.api.authentication import Role, caller_of
from shared.api.errors import RequestRefusedError
from shared.api.guard import GuardedRoute, require
from shared.api.roles import Admission
from shared.api.schema import XLSX, Resource, errors
from shared.api.verbs import Wired
from shared.doctor.findings import Finding, Status

router = APIRouter(route_class=GuardedRoute, tags=["Service"])

_DOCTOR = Admission(frozenset({Role.REPORTS}))


class Check(Resource):
    """One thing that the doctor looked at."""

    check: str
    status: Status
    sentence: str = Field(description="What was found.")
    remedy: str = Field(description="What to do, else empty.")


class Health(Resource):
    status: Literal["ok", "failed"] = Field(description="ok = the process answers and its settings can be used.")
    checks: list[Check] | None = Field(default=None, description="With `deep`: everything that the app stands on.")


@router.get(
    "/health", operation_id="GetHealth", summary="Get health", response_model_exclude_none=True, responses=errors()
)
async def get_health(
    verbs: Wired,
    request: Request,
    deep: Annotated[bool, Query(description="Look at everything; needs `Reports.Read`.")] = False,  # noqa: FBT002 - a query
) -> Health:
    """Whether the process answers and its settings can be used; says nothing else unless `deep` is asked for."""
    if not deep:
        return Health(status="ok")
    if verbs.settings.auth_mode == "key":
        raise RequestRefusedError("deepHealthNeedsEntra")
    require(caller_of(request.headers, verbs.settings), _DOCTOR)
    return _told(await verbs.doctor())


def _told(findings: tuple[Finding, ...]) -> Health:
    checks = [Check(check=f.check, status=f.status, sentence=f.sentence, remedy=f.remedy) for f in findings]
    failed = any(finding.status is Status.FAILED for finding in findings)
    return Health(status="failed" if failed else "ok", checks=checks)


@router.get(
    "/template.xlsx",
    operation_id="GetTemplate",
    summary="Get template",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "The workbook."}, **errors()},
)
async def get_template(verbs: Wired) -> Response:
    """An empty form for HR."""
    return Response(await asyncio.to_thread(verbs.template), media_type=XLSX)


@router.get("/openapi.json", operation_id="GetOpenApi", summary="Get OpenAPI description", responses=errors())
async def get_openapi(request: Request) -> dict[str, Any]:
    """This description."""
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
    """Move on or explain whatever stands still, as the timer does every five minutes."""
    await verbs.sweep()
    return Response(status_code=HTTPStatus.NO_CONTENT)
