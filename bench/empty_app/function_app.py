"""An app with the triggers of the real app, empty bodies, and the libraries that any such app imports.

The cold-start benchmark measures it as the minimum for such an app; tests/test_app_files.py compares the triggers.
"""

from __future__ import annotations

import azure.functions as func
from azure.data.tables import TableServiceClient
from azure.identity import ManagedIdentityCredential
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient
from msgraph.graph_service_client import GraphServiceClient

from shared.adapters.storage.blob_reference import BlobReference

CLIENTS = (ManagedIdentityCredential, BlobServiceClient, QueueServiceClient, TableServiceClient, GraphServiceClient)
DATA = "AzureWebJobsStorage"
SOURCE = func.BlobSource.LOGS_AND_CONTAINER_SCAN
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

app = func.FunctionApp()


@app.blob_trigger(arg_name="export", path="%EXPORTS_CONTAINER%/{name}", connection=DATA, source=SOURCE)
async def split_export(export: BlobReference) -> None: ...


@app.queue_trigger(arg_name="message", queue_name="%PLAN_QUEUE%", connection=DATA)
async def plan_user(message: func.QueueMessage) -> None: ...


@app.queue_trigger(arg_name="message", queue_name="%APPLY_QUEUE%", connection=DATA)
async def apply_user(message: func.QueueMessage) -> None: ...


@app.queue_trigger(arg_name="message", queue_name="%STEPS_QUEUE%", connection=DATA)
async def run_steps(message: func.QueueMessage) -> None: ...


@app.timer_trigger(arg_name="timer", schedule="%RECONCILE_SCHEDULE%")
async def reconcile(timer: func.TimerRequest) -> None: ...


@app.timer_trigger(arg_name="timer", schedule="%DIRECTORY_SCHEDULE%")
async def directory(timer: func.TimerRequest) -> None: ...


@app.timer_trigger(arg_name="timer", schedule="%READINESS_SCHEDULE%")
async def readiness(timer: func.TimerRequest) -> None: ...


@app.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
async def sweep(timer: func.TimerRequest) -> None: ...


@app.route("api/v1/users/{id}/{*path}", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
async def users(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("api/v1/runs/{*path}", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
async def runs(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("api/v1/layouts/{*path}", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
async def layouts(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("api/v1/protected-accounts/{*path}", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
async def protected_accounts(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("api/v1/drift", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
async def drift(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("api/v1/readiness", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
async def readiness_report(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("api/v1/sweep", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
async def start_sweep(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("api/v1/template.xlsx", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
async def template(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("api/v1/openapi.json", methods=METHODS, auth_level=func.AuthLevel.FUNCTION)
async def openapi(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("api/v1/health", methods=METHODS, auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError


@app.route("console/{*path}", methods=("GET", "POST"), auth_level=func.AuthLevel.ANONYMOUS)
async def console(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    raise NotImplementedError
