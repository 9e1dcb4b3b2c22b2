"""Calls as the connector makes them, from its definition and what a flow fills in."""

from __future__ import annotations

from typing import Any

import httpx

from tests.connector.files import OFFERED

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def call(http: httpx.AsyncClient, operation_id: str, **given: Any) -> httpx.Response:
    """`given` by the names of parameters; those that nobody is asked for have their values."""
    operation = OFFERED[operation_id]
    hidden = {
        parameter["name"]: parameter["default"]
        for parameter in operation.content["parameters"]
        if parameter.get("x-ms-visibility") == "internal"
    }
    values = hidden | given
    path = operation.path
    for parameter in operation.parameters("path"):
        path = path.replace(f"{{{parameter['name']}}}", values[parameter["name"]])
    is_file = "file" in values
    return await http.request(
        operation.verb,
        path,
        params={name: values[name] for name in names(operation_id, "query") if name in values},
        headers={name: values[name] for name in names(operation_id, "header") if name in values}
        | ({"Content-Type": XLSX} if is_file else {}),
        content=values.get("file"),
        json=None if is_file else values.get("body"),
    )


def names(operation_id: str, place: str) -> list[str]:
    return [parameter["name"] for parameter in OFFERED[operation_id].parameters(place)]
