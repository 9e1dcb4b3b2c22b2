"""One function for each kind of trigger of the scenarios; what a function is given is recorded around it.

An app has blobs from Event Grid or from a scan: where it has both, Microsoft's listeners run nothing for an event.
"""

import asyncio
import os

import azure.functions as func

from shared.adapters.storage.blob_reference import BlobReference

app = func.FunctionApp()

STORAGE = os.environ["STORAGE"]
NEVER, HOURLY = "0 0 3 1 1 *", "0 0 * * * *"


async def obey(body: bytes) -> None:
    """Fail, or take so many seconds, when the data says so."""
    if b"fail" in body:
        raise ValueError("asked to fail")
    if body.startswith(b"sleep "):
        await asyncio.sleep(float(body.removeprefix(b"sleep ")))


@app.queue_trigger(arg_name="message", queue_name="%WORK%", connection=STORAGE)
async def work(message: func.QueueMessage) -> None:
    await obey(message.get_body())


@app.queue_trigger(arg_name="message", queue_name="%LATER%", connection=STORAGE)
async def later(message: func.QueueMessage) -> None:
    await obey(message.get_body())


@app.queue_trigger(arg_name="message", queue_name="%BURIED%-poison", connection=STORAGE)
async def buried(message: func.QueueMessage) -> None:
    """Listens to a poison queue, which has none of its own."""
    await obey(message.get_body())


if os.environ["BLOB_SOURCE"] == "EventGrid":

    @app.blob_trigger(
        arg_name="blob", path="%EVENTED%/{folder}/{name}.txt", connection=STORAGE, source=func.BlobSource.EVENT_GRID
    )
    async def event(blob: func.InputStream) -> None:
        await obey(blob.read())

    @app.blob_trigger(arg_name="blob", path="%EVENTED%/{name}", connection=STORAGE, source=func.BlobSource.EVENT_GRID)
    async def reference(blob: BlobReference) -> None: ...

else:

    @app.blob_trigger(
        arg_name="blob", path="%SCANNED%/{name}", connection=STORAGE, source=func.BlobSource.LOGS_AND_CONTAINER_SCAN
    )
    async def scan(blob: func.InputStream) -> None:
        await obey(blob.read())

    @app.blob_trigger(
        arg_name="blob",
        path="%APPEARING%/in/{stem}.{ext}",
        connection=STORAGE,
        source=func.BlobSource.LOGS_AND_CONTAINER_SCAN,
    )
    async def pattern(blob: func.InputStream) -> None:
        await obey(blob.read())


@app.timer_trigger(arg_name="timer", schedule=NEVER, run_on_startup=True)
async def at_start(timer: func.TimerRequest) -> None: ...


@app.timer_trigger(arg_name="timer", schedule=NEVER)
async def overdue(timer: func.TimerRequest) -> None: ...


@app.timer_trigger(arg_name="timer", schedule=HOURLY)
async def missed(timer: func.TimerRequest) -> None: ...


@app.timer_trigger(arg_name="timer", schedule=NEVER)
async def changed(timer: func.TimerRequest) -> None: ...


@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
async def minute(timer: func.TimerRequest) -> None: ...
