"""Every trigger of the app: decode, call a verb, encode.

Every trigger also reports a late timer and runs a late sweep.

Every cold start imports this file; the verbs are imported, and clients built, on the first invocation.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import azure.functions as func

from shared.adapters.storage.blob_reference import BlobReference
from shared.adapters.storage.connection_names import data_connection_name, exports_connection_name
from shared.core.run.messages import decode_row, decode_step

if TYPE_CHECKING:
    from fastapi import FastAPI

    from shared.app import App

# The worker takes the same values for true.
if (os.environ.get("PYTHON_ENABLE_OPENTELEMETRY") or "").lower() in {"1", "true", "t", "yes", "y"}:
    from shared.telemetry.sdk import start

    start(os.environ)  # before anything is logged, because the host drops log lines of such a worker

app = func.FunctionApp()

DATA = data_connection_name(os.environ)
EXPORTS = exports_connection_name(os.environ)
BLOB_SOURCE = func.BlobSource(os.environ.get("BLOB_SOURCE") or "EventGrid")
IS_SIGNED_IN_BY_PLATFORM = (os.environ.get("AUTH_MODE") or "entra") == "entra"
LEVEL = func.AuthLevel.ANONYMOUS if IS_SIGNED_IN_BY_PLATFORM else func.AuthLevel.FUNCTION
"""Callers that App Service authentication signs in have no key. A misspelt mode requires a key, and every route
refuses the call."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MESSAGE_DEADLINE_SECONDS = 300
"""Well below functionTimeout, at which the host would end every other invocation of the process too."""


@app.blob_trigger(arg_name="export", path="%EXPORTS_CONTAINER%/{name}", connection=EXPORTS, source=BLOB_SOURCE)
async def split_export(export: BlobReference) -> None:
    """An export was dropped: split it into rows."""
    await _verbs().split(export.name)
    await _verbs().look_after_timers()


@app.queue_trigger(arg_name="message", queue_name="%PLAN_QUEUE%", connection=DATA)
async def plan_user(message: func.QueueMessage) -> None:  # named like the queue
    """Plan one row."""
    async with asyncio.timeout(MESSAGE_DEADLINE_SECONDS):
        await _verbs().plan_row(decode_row(_body(message, "plan")))
    _verbs().look_after_timers_meanwhile()


@app.queue_trigger(arg_name="message", queue_name="%APPLY_QUEUE%", connection=DATA)
async def apply_user(message: func.QueueMessage) -> None:  # named like the queue
    """Apply one planned row, or go on with a call for one person."""
    async with asyncio.timeout(MESSAGE_DEADLINE_SECONDS):
        await _verbs().apply_row(decode_row(_body(message, "apply")))
    _verbs().look_after_timers_meanwhile()


@app.queue_trigger(arg_name="message", queue_name="%STEPS_QUEUE%", connection=DATA)
async def run_steps(message: func.QueueMessage) -> None:
    """Advance one run."""
    redelivered = (message.dequeue_count or 1) > 1
    await _verbs().advance_run(decode_step(_body(message, "steps")), redelivered=redelivered)
    await _verbs().look_after_timers()


@app.timer_trigger(arg_name="timer", schedule="%RECONCILE_SCHEDULE%")
async def reconcile(timer: func.TimerRequest) -> None:  # noqa: ARG001 # the binding needs the parameter
    """Check that the values the app wrote are still current."""
    await _verbs().run_timer("reconcile")


@app.timer_trigger(arg_name="timer", schedule="%DIRECTORY_SCHEDULE%")
async def directory(timer: func.TimerRequest) -> None:  # noqa: ARG001 # the binding needs the parameter
    """Take numbers from the directory, if it is a source of them."""
    await _verbs().run_timer("directory")


@app.timer_trigger(arg_name="timer", schedule="%READINESS_SCHEDULE%")
async def readiness(timer: func.TimerRequest) -> None:  # noqa: ARG001 # the binding needs the parameter
    """Find out who depends on a phone."""
    await _verbs().run_timer("readiness")


@app.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
async def sweep(timer: func.TimerRequest) -> None:  # noqa: ARG001 # the binding needs the parameter
    """Restart work that has stopped, or end it with a reason; and do the daily upkeep."""
    await _verbs().run_timer("sweep")


@app.route("api/v1/users/{id}/{*path}", methods=METHODS, auth_level=LEVEL)
async def users(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Find people; read and change their methods; their runs and stored data."""
    return await _respond(req, context)


@app.route("api/v1/runs/{*path}", methods=METHODS, auth_level=LEVEL)
async def runs(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Start runs, follow them, decide about them, and audit them."""
    return await _respond(req, context)


@app.route("api/v1/layouts/{*path}", methods=METHODS, auth_level=LEVEL)
async def layouts(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Layouts of exports that people have approved."""
    return await _respond(req, context)


@app.route("api/v1/protected-accounts/{*path}", methods=METHODS, auth_level=LEVEL)
async def protected_accounts(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Accept a list of administrators that has become much shorter."""
    return await _respond(req, context)


@app.route("api/v1/drift", methods=METHODS, auth_level=LEVEL)
async def drift(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """What the newest reconcile found."""
    return await _respond(req, context)


@app.route("api/v1/readiness", methods=METHODS, auth_level=LEVEL)
async def readiness_report(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Who depends on a phone."""
    return await _respond(req, context)


@app.route("api/v1/sweep", methods=METHODS, auth_level=LEVEL)
async def start_sweep(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The sweep, on demand."""
    return await _respond(req, context)


@app.route("api/v1/template.xlsx", methods=METHODS, auth_level=LEVEL)
async def template(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """An empty form for HR."""
    return await _respond(req, context)


@app.route("api/v1/openapi.json", methods=METHODS, auth_level=LEVEL)
async def openapi(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The OpenAPI description of these routes."""
    return await _respond(req, context)


@app.route("api/v1/health", methods=METHODS, auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Whether the settings are valid; with `deep`, what the doctor finds."""
    return await _respond(req, context)


@app.route("console/{*path}", methods=("GET", "POST"), auth_level=func.AuthLevel.ANONYMOUS)
async def console(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Pages for people. The route needs no key, because the console itself checks who is signed in."""
    from shared.asgi import answer

    response = await answer(_console(), req, context.invocation_id, root_path="")
    _verbs().look_after_timers_meanwhile()
    return response


async def _respond(request: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    from shared.api.app import ROOT
    from shared.asgi import answer

    response = await answer(_api(), request, context.invocation_id, root_path=ROOT)
    _verbs().look_after_timers_meanwhile()
    return response


@cache
def _api() -> FastAPI:
    """The API is imported here, so that the other triggers start without it."""
    from shared.api.app import build

    return build(_verbs())


@cache
def _console() -> FastAPI:
    from shared.console.app import build

    return build(_verbs())


def _verbs() -> App:
    """The verbs, imported on the first invocation, because they take long to import and indexing does not need them."""
    from shared.app import app_of_process

    return app_of_process()


def _body(message: func.QueueMessage, queue: str) -> str:
    from shared.telemetry.signals import measure
    from shared.telemetry.table import Metric

    if message.insertion_time is not None:
        age = datetime.now(UTC) - message.insertion_time.replace(tzinfo=UTC)
        measure(Metric.QUEUE_AGE, age.total_seconds(), queue=queue)
    return message.get_body().decode()
