"""The API's schemas in the words of OpenAPI 2.0, with a title and a description for every property that makers see.

OpenAPI 3.1 has a null type and allows other keys beside `$ref`; 2.0 and the designer do not. So a nullable property
gets `x-nullable`, and a reference is replaced by the schema that it names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_PREFIX = "#/components/schemas/"
_KEPT = ("type", "format", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum")
_ACRONYMS = {"id": "ID", "sms": "SMS", "odata": "OData", "email": "Email"}

DESCRIPTIONS = {
    "id": "The run's ID.",
    "phoneType": "The phone type of the number.",
    "slot": "The slot of the number or e-mail address.",
    "state": "The current state.",
    "source": "Where the rows come from.",
    "createdAt": "When the run started.",
    "updatedAt": "When the run last changed.",
    "options": "The options of the run.",
    "preview": "Whether the run only plans.",
    "approval": "When the run is held for an approval.",
    "onExisting": "What may happen to a current value that differs.",
    "defaultPhoneType": "The phone type of a single phone column.",
    "rows": "How many rows the export has.",
    "code": "The reason for the state of the run, if there is one.",
    "remedy": "What to do about it.",
    "value": "The items.",
    "kind": "The kind of drift.",
    "message": "The figures as a sentence.",
    "at": "When the reconcile started.",
    "drifted": "The values that differ from what the app wrote.",
    "notRead": "The people whose methods could not be read.",
    "error": "The error.",
}
"""By name, for properties that the API describes by their names alone."""
IMPORTANT = frozenset(
    {"phoneNumber", "phoneType", "smsSignInState", "emailAddress", "outcome", "state", "digest", "isFinished"}
)
"""The properties that makers use most."""


def title_of(name: str) -> str:
    """`smsSignInState` as makers read it: `SMS Sign-in State`."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    titled = " ".join(_ACRONYMS.get(word.lower(), word.capitalize()) for word in words)
    return titled.replace("Sign In", "Sign-in")


class Definitions:
    """Collects what operations refer to: `used` are the definitions so far, by name."""

    def __init__(self, schemas: Mapping[str, Json]) -> None:
        self._schemas = schemas
        self.used: dict[str, Json] = {}

    def reference(self, schema: Json) -> Json:
        """A reference to the definition of a whole answer, or of an item of a list."""
        name = schema["$ref"].removeprefix(_PREFIX)
        if name not in self.used:
            self.used[name] = self._written_out(self._schemas[name])
        return {"$ref": f"#/definitions/{name}"}

    def simple(self, schema: Json) -> Json:
        """A schema of a parameter or of a property of a body: a value, a list of values, or values by name."""
        found, _ = self._resolved(schema)
        if found["type"] == "object":
            return self._written_out(found)
        if found["type"] == "array":
            return {"type": "array", "items": self.simple(found["items"]), "collectionFormat": "multi"}
        return {key: found[key] for key in _KEPT if key in found}

    def body(self, schema: Json) -> dict[str, Json]:
        """The properties of a request's body, by name."""
        properties = self._resolved(schema)[0]["properties"]
        return {name: self.simple(part) for name, part in properties.items()}

    def property(self, name: str, schema: Json) -> Json:
        """A property as makers see it."""
        resolved, nullable = self._resolved(schema)
        found = {
            **self._written_out(resolved),
            "x-ms-summary": title_of(name),
            "description": _described(name, schema),
        }
        found |= {"x-nullable": True} if nullable else {}
        return found | ({"x-ms-visibility": "important"} if name in IMPORTANT else {})

    def _written_out(self, schema: Json) -> Json:
        match schema:
            case {"properties": properties}:
                parts = {name: self.property(name, part) for name, part in properties.items()}
                required = [name for name in schema.get("required", ()) if name in parts]
                return {"type": "object", "properties": parts} | ({"required": required} if required else {})
            case {"type": "object", "propertyNames": names, "additionalProperties": value}:
                keys = self._resolved(names)[0]["enum"]
                return {"type": "object", "properties": {key: self._count(key, value) for key in keys}}
            case {"type": "object", "additionalProperties": value}:
                return {"type": "object", "additionalProperties": self._written_out(value)}
            case {"type": "array", "items": items}:
                is_object = "properties" in self._resolved(items)[0]
                return {"type": "array", "items": self.reference(items) if is_object else self._written_out(items)}
            case _:
                return {key: schema[key] for key in _KEPT if key in schema}

    def _count(self, key: str, schema: Json) -> Json:
        return {**schema, "x-ms-summary": title_of(key), "description": f"How many are {key}."}

    def _resolved(self, schema: Json) -> tuple[Json, bool]:
        """What a schema refers to, and whether it may be null instead."""
        if "$ref" in schema:
            return self._resolved(self._schemas[schema["$ref"].removeprefix(_PREFIX)])
        if "anyOf" not in schema:
            return schema, False
        (other,) = [part for part in schema["anyOf"] if part != {"type": "null"}]
        return self._resolved(other)[0], True


def _described(name: str, schema: Json) -> str:
    """The description in plain text, because the designer shows no Markdown."""
    text = schema.get("description") or DESCRIPTIONS.get(name)
    if not text:
        raise LookupError(f"Nothing describes the property {name}: describe the field in shared/api, or add it here.")
    plain = text.replace("`", "")
    return plain[0].upper() + plain[1:]
