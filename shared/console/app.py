"""The console as one application, mounted at `/console`: its pages, its style sheet and script, its errors as pages.

Pages call the same verbs as the API's routes. They mask people's numbers for everybody; only those
of one row can be revealed.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from shared.api.errors import damaged, not_valid, refused_by_routing, status_of
from shared.api.verbs import Verbs
from shared.asgi import NOT_STORED, AnswerHeaders, ErrorAnswers, application
from shared.console import assets, drift, health, home, person, run, upload
from shared.console.access import SignInNeededError
from shared.console.headers import PAGE_HEADERS
from shared.console.render import error_page
from shared.core.values.errors import DamagedEntityError, ExplainedError

_MODULES = (home, upload, run, person, drift, health, assets)


def build(verbs: Verbs | None = None) -> FastAPI:
    """The application; without `verbs` its routes can only be listed."""
    console = application((module.router for module in _MODULES), _ANSWERS)
    console.add_middleware(AnswerHeaders, headers=PAGE_HEADERS, otherwise=NOT_STORED)
    console.state.verbs = verbs
    return console


async def _explained(request: Request, error: ExplainedError) -> Response:
    return error_page(request, error, status_of(error))


async def _not_valid(request: Request, error: RequestValidationError) -> Response:
    return await _explained(request, not_valid(error.errors()))


async def _damaged(request: Request, error: DamagedEntityError) -> Response:
    return await _explained(request, damaged(error))


async def _no_route(request: Request, error: HTTPException) -> Response:
    return await _explained(request, refused_by_routing(error))


async def _sign_in(_request: Request, needed: SignInNeededError) -> Response:
    return RedirectResponse(needed.url, HTTPStatus.FOUND)


_ANSWERS: ErrorAnswers = {
    ExplainedError: _explained,
    RequestValidationError: _not_valid,
    DamagedEntityError: _damaged,
    HTTPException: _no_route,
    SignInNeededError: _sign_in,
}
