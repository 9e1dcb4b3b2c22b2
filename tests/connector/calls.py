"""Calls as the connector makes them, from its definition and what a flow fills in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.connector.files import OFFERED

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOBILE = "3179e48a-750b-4051-897c-87b9720928f7"

Send = Callable[..., Awaitable[httpx.Response]]
"""Takes a method, a path below the base path, and httpx's options."""


async def call(send: Send, operation_id: str, **given: Any) -> httpx.Response:
    """`given` by the names of parameters; those that nobody is asked for have their values."""
    operation = OFFERED[operation_id]
    hidden = {
        parameter["name"]: parameter["default"]
        for parameter in operation.content["parameters"]
        if parameter.get("x-ms-visibility") == "internal" and "default" in parameter
    }
    values = hidden | given
    path = operation.path
    for parameter in operation.parameters("path"):
        path = path.replace(f"{{{parameter['name']}}}", values[parameter["name"]])
    options: dict[str, Any] = {"params": _placed(operation_id, "query", values)}
    headers = _placed(operation_id, "header", values)
    if "file" in values:
        options["content"] = values["file"]
        headers["Content-Type"] = XLSX
    if "body" in values:
        options["json"] = values["body"]
    return await send(operation.verb, path, **(options | ({"headers": headers} if headers else {})))


def _placed(operation_id: str, read_position: str, values: dict[str, Any]) -> dict[str, Any]:
    names = [parameter["name"] for parameter in OFFERED[operation_id].parameters(read_position)]
    return {name: values[name] for name in names if name in values}


async def all_seven(send: Send, user: str, first: str, second: str) -> dict[str, httpx.Response]:
    """The operations of the older connector in an order in which each succeeds for a person without methods."""
    phone = {"userID": user, "phonemethodID": MOBILE}
    answers = {
        "CreatePhoneauthenticationmethod": await call(
            send,
            "CreatePhoneauthenticationmethod",
            userID=user,
            body={"phoneNumber": first, "phoneType": "mobile"},
        ),
        "ListPhonemethods": await call(send, "ListPhonemethods", userID=user),
        "EnableSmsSignin": await call(send, "EnableSmsSignin", userID=user),
        "UpdatePhoneauthenticationmethod": await call(
            send, "UpdatePhoneauthenticationmethod", **phone, body={"phoneNumber": second, "phoneType": "mobile"}
        ),
        "GetPhonemethod": await call(send, "GetPhonemethod", **phone),
        "DisableSmsSignin": await call(send, "DisableSmsSignin", userID=user),
        "DeletePhoneauthenticationmethod": await call(send, "DeletePhoneauthenticationmethod", **phone),
    }
    statuses = [answer.status_code for answer in answers.values()]
    assert [201, 200, 200, 200, 200, 200, 204] == statuses
    return answers
