"""`POST /v1.0/$batch`: up to twenty requests in one, each with its own answer.

Called by the stand-in, which answers the items. Source: "Combine multiple HTTP requests using JSON batching".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply

LARGEST = 20


def items_of(call: Call) -> list[dict[str, Any]]:
    """The batch's items in the order they came; raises GraphError (400) when the batch as a whole is malformed."""
    items = call.json_object().get("requests")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _malformed("The batch needs a list of requests.")
    if not 1 <= len(items) <= LARGEST:
        raise _malformed(f"The batch has {len(items)} requests; the number must be between 1 and {LARGEST}.")
    for item in items:
        _check(item)
    ids = [item["id"].lower() for item in items]
    for item in items:
        if ids.count(item["id"].lower()) > 1:
            raise _malformed(f"The request id {item['id']} is there more than once.")
        if not _needs(item) <= set(ids):
            raise _malformed(f"The request {item['id']} depends on one that is not in the batch.")
    return items


def _check(item: dict[str, Any]) -> None:
    for name in ("id", "method", "url"):
        if not isinstance(item.get(name), str) or not item[name]:
            raise _malformed(f"Every request in a batch needs {name}, a string.")
    headers, needs = item.get("headers", {}), item.get("dependsOn", [])
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise _malformed(f"The headers of request {item['id']} are an object of strings.")
    if not isinstance(needs, list) or not all(isinstance(need, str) for need in needs):
        raise _malformed(f"The request {item['id']} needs a list of request ids in dependsOn.")


def size(call: Call) -> int:
    """How many requests a batch holds; 1 when it is malformed."""
    try:
        return len(items_of(call))
    except errors.GraphError:
        return 1


def run(call: Call, items: list[dict[str, Any]], answer: Callable[[Call], Reply]) -> dict[str, Reply]:
    """Answer every item after the items it depends on; an item that depends on a failed one gets 424."""
    answers: dict[str, Reply] = {}
    waiting = items
    while waiting:
        ready = [item for item in waiting if _needs(item) <= answers.keys()]
        if not ready:
            raise _malformed("The requests of the batch depend on each other in a circle.")
        for item in ready:
            failed = [need for need in _needs(item) if answers[need].status >= 400]
            answers[item["id"].lower()] = _failed_dependency() if failed else answer(_call(call, item))
        waiting = [item for item in waiting if item["id"].lower() not in answers]
    return answers


def _needs(item: dict[str, Any]) -> set[str]:
    return {need.lower() for need in item.get("dependsOn", ())}


def _call(call: Call, item: dict[str, Any]) -> Call:
    path, _, query = item["url"].partition("?")
    headers = {name.lower(): value for name, value in item.get("headers", {}).items()}
    return Call(
        call.caller,
        item["method"].upper(),
        f"/{path.lstrip('/')}",
        query,
        headers.get("content-type", ""),
        item.get("body"),
    )


def as_json(item: dict[str, Any], answer: Reply) -> dict[str, Any]:
    """One entry of `responses`; without a body if the answer has none."""
    entry: dict[str, Any] = {"id": item["id"], "status": answer.status, "headers": answer.headers}
    if answer.body is not None:
        kind = "text/html" if isinstance(answer.body, str) else "application/json"
        entry |= {"headers": {**answer.headers, "Content-Type": kind}, "body": answer.body}
    return entry


def _failed_dependency() -> Reply:
    error = {"code": "FailedDependency", "message": "A request that this one depends on has failed."}
    return Reply(424, {"error": error})


def _malformed(message: str) -> errors.GraphError:
    return errors.GraphError(400, "BadRequest", message, dialect="directory")
