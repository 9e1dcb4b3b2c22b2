"""Microsoft's description of Graph, as far as the stand-in serves it, and what is known to differ from it.

Used by test_graph_conformance.py, which validates requests and answers, and by the README's test. A property that is
not described is a complaint as much as a wrong one.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema

type Json = dict[str, Any]

DESCRIPTION: Json = json.loads(
    (Path(__file__).parents[1] / "schemas" / "graph-openapi-phone.json").read_text(encoding="utf-8")
)
_INNER_ERROR = "microsoft.graph.ODataErrors.InnerError"


@dataclass(frozen=True, slots=True)
class Deviation:
    """`described` and `answered` are the README's words; `admit` changes a description to allow it."""

    described: str
    answered: str
    admit: Callable[[Json], None]


def _admit_untyped(description: Json) -> None:
    for schema in description["components"]["schemas"].values():
        for part in (schema, *schema.get("allOf", ())):
            if "required" in part:
                part["required"] = [name for name in part["required"] if name != "@odata.type"]


def _admit_context(description: Json) -> None:
    context = {"properties": {"@odata.context": {"type": "string"}}}
    answers = [answer for name, answer in description["components"]["responses"].items() if name != "error"]
    answers += [operation["responses"].get("2XX", {}) for _, _, operation in operations(description)]
    for answer in answers:
        for content in answer.get("content", {}).values():
            content["schema"] = {"allOf": [content["schema"], context]}


def _admit_zoneless_date(description: Json) -> None:
    del description["components"]["schemas"][_INNER_ERROR]["properties"]["date"]["pattern"]


def _admit_inner_message(description: Json) -> None:
    names = ("message", "code", "status")
    description["components"]["schemas"][_INNER_ERROR]["properties"] |= {name: {"type": "string"} for name in names}


def _admit_removed(description: Json) -> None:
    removed = {"type": "object", "properties": {"reason": {"type": "string"}}, "required": ["reason"]}
    description["components"]["schemas"]["microsoft.graph.user"]["allOf"][1]["properties"]["@removed"] = removed


def _admit_empty_updates(description: Json) -> None:
    for _, verb, operation in operations(description):
        if verb == "patch":
            operation["responses"]["204"] = {}


DEVIATIONS = (
    Deviation("`@odata.type` is required in every object", "is left out", _admit_untyped),
    Deviation("`@odata.context` is not mentioned", "is in every success", _admit_context),
    Deviation("`innerError.date` has a zone", "has none", _admit_zoneless_date),
    Deviation(
        "`innerError` has two ids and a date",
        "repeats the message under `/authentication`, and the status of a 429",
        _admit_inner_message,
    ),
    Deviation("`@removed` is not mentioned", "marks who is deleted in `/users/delta`", _admit_removed),
    Deviation("an update is answered with the entity", "204 and nothing, unless switched", _admit_empty_updates),
)


@cache
def described(without: Deviation | None = None) -> Json:
    """The description with all deviations admitted but one."""
    description = copy.deepcopy(DESCRIPTION)
    for deviation in DEVIATIONS:
        if deviation is not without:
            deviation.admit(description)
    return description


def operations(description: Json) -> Iterator[tuple[str, str, Json]]:
    for path, verbs in description["paths"].items():
        for verb, operation in verbs.items():
            yield path, verb, operation


def complaints(description: Json, verb: str, path: str, answer: httpx.Response, body: object = None) -> list[str]:
    """What does not fit the description of an operation, in the request's body or in the answer."""
    operation = description["paths"][path][verb]
    found = []
    if body is not None:
        found += _complaints(description, _content(operation["requestBody"]), body)
    by_status = operation["responses"]
    expected = by_status.get(str(answer.status_code), by_status.get(f"{answer.status_code // 100}XX"))
    if expected is None:
        return [*found, f"{answer.status_code} is not described"]
    content = _content(_resolved(description, expected))
    if content is None:
        return found + ["the body should be empty"] * bool(answer.content)
    if not answer.content:
        return [*found, "the body is missing"]
    return found + _complaints(description, content, answer.json())


def _resolved(description: Json, node: Json) -> Json:
    if "$ref" not in node:
        return node
    found: Json = description["components"]["responses"][node["$ref"].rsplit("/", 1)[-1]]
    return found


def _content(node: Json) -> Json | None:
    found: Json | None = node.get("content", {}).get("application/json", {}).get("schema")
    return found


def _complaints(description: Json, schema: Json | None, value: object) -> list[str]:
    assert schema is not None
    whole = {
        **_json_schema(schema),
        "unevaluatedProperties": False,
        "$defs": {name: _json_schema(part) for name, part in description["components"]["schemas"].items()},
    }
    return [error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(value)]


def _json_schema(node: Json, *, is_part: bool = False) -> Json:
    """A schema of OpenAPI 3.0 as one of JSON Schema: `nullable` is a type, and objects are closed unless parts."""
    schema = {name: value for name, value in node.items() if name != "nullable"}
    if node.get("nullable"):
        schema["type"] = [node["type"], "null"]
    if "$ref" in node:
        schema["$ref"] = f"#/$defs/{node['$ref'].rsplit('/', 1)[-1]}"
        if not is_part:
            schema["unevaluatedProperties"] = False
    if "properties" in node:
        schema["properties"] = {name: _json_schema(value) for name, value in node["properties"].items()}
    if "items" in node:
        schema["items"] = _json_schema(node["items"])
    if "anyOf" in node:
        schema["anyOf"] = [_json_schema(value) for value in node["anyOf"]]
    if "allOf" in node:
        schema["allOf"] = [_json_schema(value, is_part=True) for value in node["allOf"]]
    return schema
