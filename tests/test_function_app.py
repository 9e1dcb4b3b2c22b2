"""The triggers decode what the host hands to them and call one verb; payloads have the documented shapes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from azure.functions import HttpRequest, TimerRequest
from azure.functions.meta import Datum
from azure.functions.queue import QueueMessageInConverter
from azure.functions.timer import TimerRequestConverter

import function_app
from shared.adapters.storage.blob_reference import BlobReference
from shared.app import App
from shared.core.run.messages import RowMessage, StepMessage
from tests.payloads import payload

ROW = RowMessage("20261121T080000Z-0123456789", 17, failures=1)
STEP = StepMessage(ROW.run, 3)


class Verbs:
    """Takes the place of the app and records each call: the verb's name and what it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __getattr__(self, verb: str) -> Callable[..., Awaitable[None]]:
        async def call(*given: object, **named: object) -> None:
            self.calls.append((verb, *given, *named.values()))

        return call

    def look_after_timers_meanwhile(self) -> None:
        self.calls.append(("look_after_timers_meanwhile",))


@pytest.fixture
def verbs(monkeypatch: pytest.MonkeyPatch) -> Verbs:
    """The triggers find their app through the process, so it is replaced there."""
    verbs = Verbs()
    monkeypatch.setattr("shared.app.app_of_process", lambda: verbs)
    return verbs


@pytest.fixture
def own_applications() -> Iterator[None]:
    """The tests of a process share the applications of API and console otherwise."""
    applications = function_app._api, function_app._console  # noqa: SLF001
    for one in applications:
        one.cache_clear()
    yield
    for one in applications:
        one.cache_clear()


def function(name: str) -> Callable[..., Awaitable[None]]:
    builder = getattr(function_app, name)
    user_function: Callable[..., Awaitable[None]] = builder._function.get_user_function()  # noqa: SLF001 # no other way
    return user_function


def queue_message(body: str | None = None) -> Any:
    """As the worker makes it of what the host sends."""
    message = payload("queue-message")
    metadata = {name: Datum(json.dumps(value), "json") for name, value in message["metadata"].items()}
    return QueueMessageInConverter.decode(Datum(body or message["body"], "string"), trigger_metadata=metadata)


def timer() -> TimerRequest:
    request: TimerRequest = TimerRequestConverter.decode(
        Datum(json.dumps(payload("timer")), "json"), trigger_metadata={}
    )
    return request


@pytest.mark.parametrize(("trigger", "verb"), [("plan_user", "plan_row"), ("apply_user", "apply_row")])
async def test_a_row_message_reaches_its_verb(verbs: Verbs, trigger: str, verb: str) -> None:
    """Decoded; the delivery's own data are not needed. It does not wait for what a late sweep does."""
    await function(trigger)(queue_message())
    assert [(verb, ROW), ("look_after_timers_meanwhile",)] == verbs.calls


async def test_a_step_message_says_whether_it_is_redelivered(verbs: Verbs) -> None:
    """The payload is a second delivery."""
    await function("run_steps")(queue_message(STEP.encode()))
    assert [("advance_run", STEP, True), ("look_after_timers",)] == verbs.calls


@pytest.mark.parametrize("trigger", ["reconcile", "directory", "readiness", "sweep"])
async def test_a_timer_calls_its_verb(verbs: Verbs, trigger: str) -> None:
    """What the timer says is not needed; that it ran is noted under its name."""
    await function(trigger)(timer())
    assert [("run_timer", trigger)] == verbs.calls


async def test_a_blob_is_split_by_its_name_in_the_container(verbs: Verbs) -> None:
    """The event's subject names the container and the blob; the host gives both as one name."""
    (event,) = payload("event-grid-blob-created")
    name = event["subject"].removeprefix("/blobServices/default/containers/").replace("/blobs/", "/", 1)
    container, _, blob = name.partition("/")
    await function("split_export")(BlobReference(container, blob))
    assert [("split", "staff.xlsx"), ("look_after_timers",)] == verbs.calls


@pytest.mark.parametrize("trigger", ["users", "runs", "health", "console"])
@pytest.mark.usefixtures("own_applications")
async def test_a_call_over_http_looks_after_the_timers_without_waiting(
    trigger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only people at the help desk use the app, no other trigger may run for days."""
    told = list[str]()

    class Looked(App):
        def look_after_timers_meanwhile(self) -> None:
            told.append(trigger)

    monkeypatch.setattr("shared.app.app_of_process", lambda: Looked({}))
    path = "/console" if trigger == "console" else f"/api/v1/{trigger}"
    request = HttpRequest(method="GET", url=f"https://app.example{path}", body=b"")
    await function(trigger)(request, SimpleNamespace(invocation_id="1"))
    assert [trigger] == told
