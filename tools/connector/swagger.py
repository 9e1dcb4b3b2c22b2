"""`apiDefinition.swagger.json`: the API's description in OpenAPI 2.0, limited to what the connector offers.

`python -m tools.documents` writes it. Types, enums, answers and statuses come from the API, texts from `operations`;
what the API does not have cannot be offered, because every name is looked up in its description.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.api.schema import XLSX
from tools.connector.definitions import Definitions, Json
from tools.connector.operation import Operation, Parameter
from tools.connector.operations import OPERATIONS

HOST = "phone-methods.example.com"
"""Stands for the function app's host; the administrator who installs the connector replaces it."""
BASE_PATH = "/api/v1"
_PREVIEW = "PreviewedCall"
_JSON, _FILE = "application/json", "application/octet-stream"
"""Media types. The API also accepts a file with its own media type, which a flow may send."""
_LOGIN = "https://login.microsoftonline.com/organizations/oauth2"
_OK, _REDIRECT = 200, 300


def swagger(api: Json) -> Json:
    """`api` is the API's OpenAPI 3.1 document. Raises KeyError for what it does not have."""
    by_id = {
        operation["operationId"]: (path, verb, operation)
        for path, verbs in api["paths"].items()
        for verb, operation in verbs.items()
    }
    definitions = Definitions(api["components"]["schemas"])
    paths: dict[str, Json] = {}
    for offered in OPERATIONS:
        path, verb, operation = by_id[offered.api]
        paths.setdefault(_path(path, offered), {})[verb] = _operation(offered, operation, definitions)
    return {
        "swagger": "2.0",
        "info": {
            "title": "Phone methods",
            "description": "Sets phone numbers and e-mail addresses for multifactor authentication and password reset, "
            "person by person or from an HR export, with preview, approval and a result for every row.",
            "version": api["info"]["version"],
        },
        "host": HOST,
        "basePath": BASE_PATH,
        "schemes": ["https"],
        "consumes": [_JSON],
        "produces": [_JSON],
        "paths": paths,
        "definitions": dict(sorted(definitions.used.items())),
        "securityDefinitions": {
            "oauth2-auth": {
                "type": "oauth2",
                "flow": "accessCode",
                "authorizationUrl": f"{_LOGIN}/authorize",
                "tokenUrl": f"{_LOGIN}/token",
                "scopes": {},
            }
        },
        "security": [{"oauth2-auth": []}],
    }


def _path(path: str, offered: Operation) -> str:
    """The path with the connector's names, which flows store, and with the values of its fixed parameters."""
    for name, value in offered.fixed.items():
        path = path.replace(f"{{{name}}}", value)
    for parameter in offered.parameters:
        where, name = parameter.source.split(".")
        if where == "path":
            path = path.replace(f"{{{name}}}", f"{{{parameter.name}}}")
    return path


def _operation(offered: Operation, operation: Json, definitions: Definitions) -> Json:
    known = {f"{parameter['in']}.{parameter['name']}": parameter for parameter in operation.get("parameters", ())}
    parameters = [_parameter(wanted, known[wanted.source]["schema"], definitions) for wanted in offered.parameters]
    found: Json = {
        "operationId": offered.id,
        "summary": offered.summary,
        "description": offered.description,
        "parameters": [*parameters, *_body(offered, operation, definitions)],
        "responses": dict(_responses(operation["responses"], definitions)),
    }
    if offered.takes_file:
        found["consumes"] = [_FILE]
    if offered.visibility:
        found["x-ms-visibility"] = offered.visibility.value
    if offered.polls:
        found["x-ms-trigger"] = "batch"
        found["x-ms-trigger-metadata"] = {"kind": "query", "mode": "polling"}
        found["x-ms-trigger-hint"] = offered.polls
    if offered.next_link:
        found["x-ms-pageable"] = {"nextLinkName": offered.next_link}
    return found


def _parameter(wanted: Parameter, schema: Json, definitions: Definitions) -> Json:
    found: Json = {
        "name": wanted.name,
        "in": wanted.source.split(".")[0],
        "required": wanted.required,
        **definitions.simple(schema),
        "x-ms-summary": wanted.title,
        "description": wanted.description,
    }
    if wanted.choices:
        found["enum"] = list(wanted.choices)
        found["x-ms-enum-values"] = [{"value": value, "displayName": shown} for value, shown in wanted.choices.items()]
    if wanted.default is not None:
        found["default"] = wanted.default
    if wanted.visibility:
        found["x-ms-visibility"] = wanted.visibility.value
    return found


def _body(offered: Operation, operation: Json, definitions: Definitions) -> Iterator[Json]:
    if offered.takes_file:
        yield {
            "name": "file",
            "in": "body",
            "required": True,
            "schema": {"type": "string", "format": "binary"},
            "x-ms-summary": "File Content",
            "description": "The export itself.",
            "x-ms-visibility": "important",
        }
    if offered.body:
        known = definitions.body(operation["requestBody"]["content"][_JSON]["schema"])
        properties = {
            wanted.name: {
                **known[wanted.name],
                "x-ms-summary": wanted.title,
                "description": wanted.description,
                "x-ms-visibility": "important",
            }
            for wanted in offered.body
        }
        required = [wanted.name for wanted in offered.body if wanted.required]
        schema = {"type": "object", "properties": properties, **({"required": required} if required else {})}
        yield {"name": "body", "in": "body", "required": bool(required), "schema": schema}


def _responses(responses: Mapping[str, Json], definitions: Definitions) -> Iterator[tuple[str, Json]]:
    """The answers by status, without those to previews of calls, which the connector does not offer."""
    for status, response in sorted(responses.items()):
        described = {"description": _description(int(status), response)}
        if XLSX in response.get("content", {}):
            yield status, {**described, "schema": {"type": "string", "format": "binary"}}
            continue
        content = response.get("content", {}).get(_JSON)
        if content is None:
            yield status, described
            continue
        parts = [part for part in content["schema"].get("anyOf", [content["schema"]]) if not _is_preview(part)]
        for part in parts:
            yield status, {**described, "schema": definitions.reference(part)}


def _is_preview(schema: Json) -> bool:
    return bool(schema["$ref"].endswith(f"/{_PREVIEW}"))


def _description(status: int, response: Json) -> str:
    return "Done." if _OK <= status < _REDIRECT else str(response["description"])
