"""Every trigger of the app: decode, call one verb, encode; no rule lives here.

The Functions host imports this file once per process; clients are built on the first invocation, not here.
"""

from __future__ import annotations

import asyncio
import os

import azure.functions as func

from shared.adapters.storage_connection import data_connection_name
from shared.api.answer import Answer
from shared.api.health import health_answer
from shared.api.phone_methods import get_phone, put_phone
from shared.bootstrap import app_of_process
from shared.core.messages import decode_row, decode_step

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)

DATA = data_connection_name(os.environ)
BLOB_SOURCE = func.BlobSource(os.environ.get("BLOB_SOURCE") or "EventGrid")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MESSAGE_DEADLINE_SECONDS = 300
"""Well below functionTimeout, at which the host would end every other invocation of the process too."""


@app.blob_trigger(arg_name="export", path="%EXPORTS_CONTAINER%/{name}", connection=DATA, source=BLOB_SOURCE)
async def split_export(export: func.InputStream) -> None:
    """An export was dropped: split it into one row per person."""
    _, _, name = (export.name or "").partition("/")
    await app_of_process().split(name)


@app.queue_trigger(arg_name="message", queue_name="%PLAN_QUEUE%", connection=DATA)
async def plan_user(message: func.QueueMessage) -> None:
    """Plan one row."""
    async with asyncio.timeout(MESSAGE_DEADLINE_SECONDS):
        await app_of_process().plan_row(decode_row(_body(message)))


@app.queue_trigger(arg_name="message", queue_name="%APPLY_QUEUE%", connection=DATA)
async def apply_user(message: func.QueueMessage) -> None:
    """Apply one planned row."""
    async with asyncio.timeout(MESSAGE_DEADLINE_SECONDS):
        await app_of_process().apply_row(decode_row(_body(message)))


@app.queue_trigger(arg_name="message", queue_name="%STEPS_QUEUE%", connection=DATA)
async def run_steps(message: func.QueueMessage) -> None:
    """Move one run on."""
    redelivered = (message.dequeue_count or 1) > 1
    await app_of_process().move_on(decode_step(_body(message)), redelivered=redelivered)


@app.timer_trigger(arg_name="timer", schedule="%RECONCILE_SCHEDULE%")
async def reconcile(timer: func.TimerRequest) -> None:  # noqa: ARG001 # the binding needs the parameter
    """Check that what was written still stands."""
    await app_of_process().reconcile()


@app.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
async def sweep(timer: func.TimerRequest) -> None:  # noqa: ARG001 # the binding needs the parameter
    """Move on or explain whatever stands still."""
    await app_of_process().sweep()


@app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 # the binding needs the parameter
    """Whether the process answers and its settings are usable."""
    return _response(health_answer(app_of_process))


@app.route("v1/users/{id}/phoneMethods/{type}", methods=["GET"])
async def get_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    """One phone method of one person."""
    phones, user, phone_type = app_of_process(), req.route_params["id"], req.route_params["type"]
    return _response(
        await get_phone(phones.single_user, user, phone_type, show_numbers=phones.settings.http_show_numbers)
    )


@app.route("v1/users/{id}/phoneMethods/{type}", methods=["PUT"])
async def put_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    """Create or update one phone method of one person."""
    phones, user, phone_type = app_of_process(), req.route_params["id"], req.route_params["type"]
    show = phones.settings.http_show_numbers
    return _response(
        await put_phone(phones.single_user, user, phone_type, req.get_body(), caller="key", show_numbers=show)
    )


@app.route("v1/template.xlsx", methods=["GET"])
async def get_template(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 # the binding needs the parameter
    """An empty form for HR."""
    return func.HttpResponse(app_of_process().template(), mimetype=XLSX)


def _body(message: func.QueueMessage) -> str:
    return message.get_body().decode()


def _response(answer: Answer) -> func.HttpResponse:
    return func.HttpResponse(
        answer.encoded(), status_code=answer.status, headers=dict(answer.headers), mimetype="application/json"
    )
