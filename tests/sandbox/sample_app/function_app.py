"""One function of each kind the host serves, each leaving a trace that a test can read.

Run by the host in the tests of `sandbox.functions_host`; writes one line per call to the file named by TRACE.
"""

import asyncio
import json
import os
import threading
import time
from pathlib import Path

import azure.functions as func

from shared.adapters.storage.blob_reference import BlobReference

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


def trace(**facts: object) -> None:
    with Path(os.environ["TRACE"]).open("a") as file:
        file.write(json.dumps(facts) + "\n")


@app.queue_trigger(arg_name="message", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    """The body says what to do: {"sleep": seconds} or {"fail": text}."""
    order = message.get_json()
    trace(event="start", order=order, attempt=message.dequeue_count, at=time.time())
    await asyncio.sleep(order.get("sleep", 0))
    if "fail" in order:
        raise ValueError(order["fail"])
    trace(event="end", order=order, at=time.time())


@app.queue_trigger(arg_name="message", queue_name="%BLOCKING_QUEUE%", connection="AzureWebJobsStorage")
def blocking(message: func.QueueMessage) -> None:
    """Sync, so that it runs in the worker's threads."""
    trace(event="thread", body=message.get_body().decode(), thread=threading.current_thread().name)


def trace_blob(event: str, blob: func.InputStream) -> None:
    body = blob.read().decode()
    trace(event=event, name=blob.name, length=blob.length, body=body)
    if body == "poison":
        raise ValueError("this blob is poison")


@app.blob_trigger(
    arg_name="blob",
    path="%SCANNED%/{name}.txt",
    connection="AzureWebJobsStorage",
    source=func.BlobSource.LOGS_AND_CONTAINER_SCAN,
)
async def on_scan(blob: func.InputStream) -> None:
    trace_blob("scan", blob)


@app.blob_trigger(
    arg_name="blob", path="%EVENTED%/{name}.txt", connection="AzureWebJobsStorage", source=func.BlobSource.EVENT_GRID
)
async def on_event(blob: func.InputStream) -> None:
    trace_blob("event", blob)


@app.blob_trigger(
    arg_name="blob",
    path="%REFERENCED%/{name}",
    connection="AzureWebJobsStorage",
    source=func.BlobSource.LOGS_AND_CONTAINER_SCAN,
)
async def on_reference(blob: BlobReference) -> None:
    trace(event="reference", container=blob.container, name=blob.name)


@app.timer_trigger(arg_name="timer", schedule="%TICK%")
async def tick(timer: func.TimerRequest) -> None:
    trace(event="tick", past_due=timer.past_due)


@app.route(route="people/{id:int}/{part?}", methods=["GET", "POST"])
async def person(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answers with what reached it."""
    seen = {
        "route": dict(req.route_params),
        "query": dict(req.params),
        "headers": dict(req.headers),
        "body": req.get_body().decode(),
        "invocation": context.invocation_id,
    }
    return func.HttpResponse(json.dumps(seen), status_code=201, mimetype="application/json", headers={"x-seen": "yes"})


@app.route(route="people/me", auth_level=func.AuthLevel.ANONYMOUS)
async def me(req: func.HttpRequest) -> str:
    return str(req.method)


@app.route(route="broken/{*rest}", auth_level=func.AuthLevel.ADMIN)
async def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise ValueError(f"secret of {req.route_params['rest']}")
