"""An app with the triggers of the real one, empty bodies and the libraries that any such app imports.

Measured by the cold-start benchmark as what cannot be avoided.
"""

from __future__ import annotations

import azure.data.tables
import azure.functions as func
import azure.identity
import azure.storage.blob
import azure.storage.queue
import msgraph

IMPORTED = (azure.data.tables, azure.identity, azure.storage.blob, azure.storage.queue, msgraph)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.blob_trigger(arg_name="export", path="%EXPORTS_CONTAINER%/{name}", connection="AzureWebJobsStorage")
async def split_export(export: func.InputStream) -> None: ...


@app.queue_trigger(arg_name="message", queue_name="%PLAN_QUEUE%", connection="AzureWebJobsStorage")
async def plan_user(message: func.QueueMessage) -> None: ...


@app.queue_trigger(arg_name="message", queue_name="%APPLY_QUEUE%", connection="AzureWebJobsStorage")
async def apply_user(message: func.QueueMessage) -> None: ...


@app.queue_trigger(arg_name="message", queue_name="%STEPS_QUEUE%", connection="AzureWebJobsStorage")
async def run_steps(message: func.QueueMessage) -> None: ...


@app.timer_trigger(arg_name="timer", schedule="%RECONCILE_SCHEDULE%")
async def reconcile(timer: func.TimerRequest) -> None: ...


@app.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
async def sweep(timer: func.TimerRequest) -> None: ...


@app.route("health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 # the binding needs the parameter
    return func.HttpResponse()
