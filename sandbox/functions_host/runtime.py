"""The worker side: indexes a function app and invokes its functions through Microsoft's azure-functions-runtime.

Called by `host`; the metadata tests call `index`. Calls the same entry points as Azure's own worker, with simple
objects in place of the protobuf messages. The runtime keeps one registry per process, so one app per process.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as worker  # type: ignore[import-untyped] # Microsoft ships no types


class IndexingError(Exception):
    """The runtime refused the app: Azure would show no functions at all."""


class FunctionFailedError(Exception):
    """The function raised. Its text is the exception's type and message, never the data it was given."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function as the real runtime indexed it; `bindings` are the dictionaries a function.json would hold."""

    name: str
    id: str
    bindings: tuple[Mapping[str, Any], ...]
    has_retry_policy: bool

    @property
    def trigger(self) -> Mapping[str, Any]:
        return next(b for b in self.bindings if str(b["type"]).lower().endswith("trigger"))

    @property
    def takes_reference(self) -> bool:
        """Whether its trigger is an SDK-type binding: the host sends where the blob is, not its content."""
        return bool(self.trigger.get("properties", {}).get("SupportsDeferredBinding"))

    @property
    def host_id(self) -> str:
        """The host's name for the function in storage and in the webhook's URL."""
        return f"Host.Functions.{self.name}"

    @property
    def others(self) -> list[Mapping[str, Any]]:
        """The bindings other than the trigger."""
        return [binding for binding in self.bindings if binding is not self.trigger]


class _Messages:
    """Stands in for the protobuf module: every message is a bag of attributes."""

    class BindingInfo(SimpleNamespace):
        undefined = 0
        out = 1
        inout = 2

    class StatusResult(SimpleNamespace):
        Failure = 0
        Success = 1

    class RpcHttpCookie(SimpleNamespace):
        SameSite = SimpleNamespace(**{"None": "", "Lax": "Lax", "Strict": "Strict", "ExplicitNone": "None"})

    def __getattr__(self, name: str) -> type[SimpleNamespace]:
        if name.startswith("__"):
            raise AttributeError(name)
        message = type(name, (SimpleNamespace,), {})
        setattr(self, name, message)
        return message


class _OneOf(SimpleNamespace):
    """Incoming data; the runtime asks which of its fields is set."""

    def __init__(self, kind: str | None, value: Any = None, **more: Any) -> None:  # noqa: ANN401 # any binding's data
        super().__init__(**({kind: value} if kind else {}), **more)
        self.kind = kind

    def WhichOneof(self, _: str) -> str | None:  # noqa: N802 # protobuf's spelling
        return self.kind


_messages = _Messages()
_loaded: dict[Path, list[Function]] = {}


def index(app_dir: Path) -> list[Function]:
    """Index `app_dir/function_app.py` without starting anything. Raises IndexingError with the runtime's message."""
    return asyncio.run(load(app_dir.absolute()))


async def load(app_dir: Path) -> list[Function]:
    """As `index`, inside a running loop, for an absolute path. A second call returns the stored result, because the
    runtime indexes once per process."""
    if app_dir in _loaded:
        return _loaded[app_dir]
    if _loaded:
        raise IndexingError(f"{next(iter(_loaded))} is loaded; run {app_dir} in another process.")
    if not (app_dir / "function_app.py").is_file():
        raise IndexingError(f"{app_dir} holds no function_app.py.")
    sys.path.insert(0, str(app_dir))  # the runtime imports `function_app` by name
    init = SimpleNamespace(capabilities={}, function_app_directory=str(app_dir))
    answer = await worker.worker_init_request(_envelope(worker_init_request=init))
    if answer.result.status != _messages.StatusResult.Success:
        raise IndexingError(f"{answer.result.exception.message}\n{answer.result.exception.stack_trace}")
    metadata = await worker.functions_metadata_request(None)
    _loaded[app_dir] = [
        Function(
            name=found.name,
            id=found.function_id,
            bindings=tuple(json.loads(raw) for raw in found.raw_bindings),
            has_retry_policy=found.retry_options is not None,
        )
        for found in metadata.function_metadata_results
    ]
    return _loaded[app_dir]


def start_threads() -> None:
    """Start the pool that sync functions run in; PYTHON_THREADPOOL_THREAD_COUNT sets its size."""
    worker.start_threadpool_executor()


def stop_threads() -> None:
    """Wait for the pool's threads to end."""
    worker.stop_threadpool_executor()


def http_request(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    params: Mapping[str, str],
    query: Mapping[str, str],
    body: bytes,
) -> SimpleNamespace:
    """An HTTP trigger's value; `params` are the route's."""
    bag = SimpleNamespace(method=method, url=url, headers=headers, params=params, query=query, body=_typed(body))
    return _OneOf("http", bag)


def blob_reference(connection: str, container: str, name: str) -> SimpleNamespace:
    """A blob trigger's value where the function takes a reference."""
    place = {"Connection": connection, "ContainerName": container, "BlobName": name}
    return model_binding_data("1.0", "AzureStorageBlobs", "application/json", json.dumps(place))


def model_binding_data(version: str, source: str, content_type: str, content: str) -> SimpleNamespace:
    """A value that the function opens itself; `content` says in JSON where it is."""
    bag = SimpleNamespace(version=version, source=source, content_type=content_type, content=content.encode())
    return _OneOf("model_binding_data", bag)


async def invoke(function: Function, value: object, metadata: Mapping[str, object], limit: float | None) -> Any:  # noqa: ANN401 # what the function returned
    """Run one invocation on this loop, or in the worker's threads when the function is sync, for at most `limit` s.

    `value` is bytes, str, `http_request(...)`, `blob_reference(...)` or anything JSON can hold. Returns what the
    function returned: None, or for HTTP a str or a bag of `status_code`, `headers`, `cookies` and `body`.
    Raises FunctionFailedError.
    """
    invocation_id = str(uuid.uuid4())
    request = SimpleNamespace(
        invocation_id=invocation_id,
        function_id=function.id,
        input_data=[_OneOf("data", _typed(value), name=function.trigger["name"])],
        trigger_metadata={name: _typed(item) for name, item in metadata.items()},
        trace_context=SimpleNamespace(
            trace_parent=f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01", trace_state="", attributes={}
        ),
        retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
    )
    token = worker.invocation_id_cv.set(invocation_id)  # ties the log records of the function to the invocation
    try:
        async with asyncio.timeout(limit):
            answer = await worker.invocation_request(_envelope(invocation_request=request))
    except TimeoutError:
        raise FunctionFailedError(f"TimeoutError: not finished within {limit:g} s (functionTimeout)") from None
    finally:
        worker.invocation_id_cv.reset(token)
    if answer.result.status != _messages.StatusResult.Success:
        raise FunctionFailedError(answer.result.exception.message)
    return _plain(answer.return_value)


def _envelope(**request: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(properties={"host": "127.0.0.1", "protos": _messages}, request=SimpleNamespace(**request))


def _typed(value: object) -> SimpleNamespace:
    match value:
        case _OneOf():
            return value
        case None:
            return _OneOf(None)
        case bytes():
            return _OneOf("bytes", value)
        case str():
            return _OneOf("string", value)
        case _:
            return _OneOf("json", json.dumps(value))


def _plain(bag: SimpleNamespace | None) -> Any:  # noqa: ANN401 # any binding's data
    if bag is None:
        return None
    ((kind, value),) = vars(bag).items()  # an outgoing bag holds exactly one field
    if kind == "http":
        value.body = _plain(value.body)
    return value
