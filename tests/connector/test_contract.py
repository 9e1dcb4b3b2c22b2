"""What the connector sends the API takes, and what it promises the API answers; compared without the generator."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.connector.files import API, DEFINITION, OFFERED, Json, Offered, definition, operations

EACH = pytest.mark.parametrize("operation", OFFERED.values(), ids=OFFERED)
NULL = {"type": "null"}
PREVIEW = {"$ref": "#/components/schemas/PreviewedCall"}


def resolved(schema: Json) -> Json:
    """What a schema of the API is when it is not null."""
    if "$ref" in schema:
        return resolved(API["components"]["schemas"][schema["$ref"].removeprefix("#/components/schemas/")])
    if "anyOf" in schema:
        (other,) = [part for part in schema["anyOf"] if part not in (NULL, PREVIEW)]
        return resolved(other)
    return schema


def route_of(operation: Offered) -> tuple[Offered, dict[str, str]]:
    """The API's operation that a call reaches, and what stands in its path: `{name}` or a value, by the API's name."""
    sent = operation.path.split("/")
    for candidate in operations(API).values():
        taken = candidate.path.split("/")
        if candidate.verb == operation.verb and len(taken) == len(sent):
            names = {name[1:-1]: part for name, part in zip(taken, sent, strict=True) if name.startswith("{")}
            literal = [(name, part) for name, part in zip(taken, sent, strict=True) if not name.startswith("{")]
            if all(name == part for name, part in literal):
                return candidate, names
    raise AssertionError(f"{operation.id} reaches nothing")


def same_value(offered: Json, taken: Json) -> bool:
    """Whether every value that the connector offers is one that the API takes."""
    api = resolved(taken)
    if offered["type"] == "array":
        return bool(api["type"] == "array") and same_value(offered["items"], api["items"])
    enum = set(offered.get("enum", ())) or set(api.get("enum", ()))
    return bool(offered["type"] == api["type"] and enum <= set(api.get("enum", enum)))


@EACH
def test_every_path_leads_to_an_operation_of_the_api(operation: Offered) -> None:
    """Parameters of the path are asked for or written out, with values that the API takes."""
    taken, in_path = route_of(operation)
    asked = {f"{{{parameter['name']}}}": parameter for parameter in operation.parameters("path")}
    expected = {parameter["name"]: parameter["schema"] for parameter in taken.parameters("path")}

    assert set(expected) == set(in_path)
    assert set(asked) == {part for part in in_path.values() if part.startswith("{")}
    for name, part in in_path.items():
        offered = asked.get(part, {"type": "string", "enum": [part]})
        assert same_value(offered, expected[name]), name


@EACH
def test_every_other_parameter_is_one_of_the_api(operation: Offered) -> None:
    """Under the same name and place, and none that the API asks for is missing."""
    taken, _ = route_of(operation)
    for read_position in ("query", "header"):
        expected = {parameter["name"]: parameter for parameter in taken.parameters(read_position)}
        offered = {parameter["name"]: parameter for parameter in operation.parameters(read_position)}

        assert set(offered) <= set(expected)
        assert {name for name, parameter in expected.items() if parameter.get("required")} <= set(offered)
        assert [] == [
            name for name, parameter in offered.items() if not same_value(parameter, expected[name]["schema"])
        ]


@EACH
def test_every_body_is_one_that_the_api_takes(operation: Offered) -> None:
    """All fields are known to it, and all that it asks for are asked for."""
    taken, _ = route_of(operation)
    bodies = operation.parameters("body")
    assert ("requestBody" in taken.content) == bool(bodies)
    for body in bodies:
        assert body["required"] == taken.content["requestBody"].get("required", False)
        contents: Json = taken.content["requestBody"]["content"]
        medias: list[str] = operation.content.get("consumes") or DEFINITION["consumes"]
        for media in medias:
            expected = resolved(contents[media]["schema"])
            if expected.get("format") == "binary":
                assert {"type": "string", "format": "binary"} == body["schema"]
                continue
            offered = body["schema"]["properties"]
            required = set(body["schema"].get("required", ()))
            assert set(expected.get("required", ())) <= required <= set(offered)
            assert body["required"] == bool(required)
            assert [] == [name for name in offered if not same_value(offered[name], expected["properties"][name])]


def same_answer(promised: Json, given: Json, read_position: str) -> list[str]:
    """Where two answers differ: a property that is missing on either side, or has another type."""
    ours, api = definition(promised), resolved(given)
    if ours.get("type") != api.get("type"):
        return [f"{read_position}: {ours.get('type')} and {api.get('type')}"]
    if ours["type"] == "array":
        return same_answer(ours["items"], api["items"], f"{read_position}[]")
    expected = properties_of(api)
    if ours["type"] != "object" or expected is None:
        return [] if ours.get("enum") == api.get("enum") else [f"{read_position}: another enum"]
    known = set(ours["properties"]) & set(expected)
    differing = [f"{read_position}.{name}: on one side only" for name in set(ours["properties"]) ^ set(expected)]
    return differing + [
        difference
        for name in known
        for difference in same_answer(ours["properties"][name], expected[name], f"{read_position}.{name}")
    ]


def properties_of(schema: Json) -> dict[str, Any] | None:
    """None for an object whose names nobody knows beforehand."""
    if "propertyNames" in schema:
        return dict.fromkeys(resolved(schema["propertyNames"])["enum"], schema["additionalProperties"])
    return schema.get("properties")


@EACH
def test_every_answer_has_the_fields_that_are_promised(operation: Offered) -> None:
    """The same statuses, apart from those of previews, and the same fields of the same types, all the way down."""
    taken, _ = route_of(operation)
    expected = {}
    for status, response in taken.content["responses"].items():
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if schema != PREVIEW:
            expected[status] = schema

    promised = operation.content["responses"]
    assert set(expected) == set(promised)
    for status, schema in expected.items():
        if schema is not None:
            assert [] == same_answer(promised[status]["schema"], schema, status)


def test_the_base_path_is_that_of_the_api() -> None:
    """The host is filled in by whoever installs the connector; the rest of the address is known."""
    assert [{"url": DEFINITION["basePath"]}] == API["servers"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", DEFINITION["info"]["version"])
