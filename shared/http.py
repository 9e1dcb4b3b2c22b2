"""The API of this process, wired to its verbs; imported by the HTTP triggers when the first request comes."""

from __future__ import annotations

from functools import cache

import azure.functions as func
from fastapi import FastAPI

from shared.api.app import build
from shared.api.asgi import answer
from shared.bootstrap import app_of_process


async def respond(request: func.HttpRequest, invocation_id: str) -> func.HttpResponse:
    return await answer(_api_of_process(), request, invocation_id)


@cache
def _api_of_process() -> FastAPI:
    return build(app_of_process())
