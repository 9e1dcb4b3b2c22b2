"""The connector's files as they are committed, and small ways through its definition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CONNECTOR = ROOT / "connector"
SCHEMAS = ROOT / "tests" / "schemas"

Json = dict[str, Any]


def read(path: Path) -> Json:
    content: Json = json.loads(path.read_text(encoding="utf-8"))
    return content


DEFINITION = read(CONNECTOR / "apiDefinition.swagger.json")
PROPERTIES = read(CONNECTOR / "apiProperties.json")["properties"]
API = read(ROOT / "docs" / "openapi.json")


@dataclass(frozen=True)
class Offered:
    """One operation of a description, with where it stands."""

    path: str
    verb: str
    content: Json

    @property
    def id(self) -> str:
        found: str = self.content["operationId"]
        return found

    def parameters(self, read_position: str) -> list[Json]:
        return [parameter for parameter in self.content.get("parameters", ()) if parameter["in"] == read_position]


def operations(description: Json) -> dict[str, Offered]:
    """By operation id."""
    found = [
        Offered(path, verb, content) for path, verbs in description["paths"].items() for verb, content in verbs.items()
    ]
    return {operation.id: operation for operation in found}


OFFERED = operations(DEFINITION)


def definition(schema: Json) -> Json:
    """What a schema of the connector refers to, or the schema itself."""
    if "$ref" not in schema:
        return schema
    found: Json = DEFINITION["definitions"][schema["$ref"].removeprefix("#/definitions/")]
    return found


def properties_within(schema: Json) -> Iterator[tuple[str, Json]]:
    """Every property of a schema and of what is in it; what is referred to is not followed."""
    for name, content in schema.get("properties", {}).items():
        yield name, content
        yield from properties_within(content)
    if "items" in schema:
        yield from properties_within(schema["items"])
