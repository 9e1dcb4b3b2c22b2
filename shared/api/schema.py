"""The bases of the models of requests and answers: camelCase names, and no unknown fields in requests. Also the error
answers of operations, for OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.api.errors import ErrorAnswer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Given(BaseModel):
    """A request body."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Resource(BaseModel):
    """A response body."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


Context = Annotated[str, Field(serialization_alias="@odata.context", description="The OData context of the answer.")]
NextLink = Annotated[
    str | None,
    Field(serialization_alias="@odata.nextLink", description="The URL of the next page; null = there is none."),
]

_EVERYWHERE = {
    400: "The request does not have the documented form.",
    401: "The caller is not signed in.",
    403: "The caller lacks a role, or the call is not allowed.",
    413: "The body is too large.",
    503: "Not possible now; Retry-After says when to retry.",
}
_MORE = {
    404: "It does not exist.",
    409: "It conflicts with the current state.",
    412: "If-Match names another plan than the current one.",
    415: "The media type is not supported.",
    422: "The request is valid but refused.",
    428: "If-Match is missing.",
}


def errors(*more: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an operation, for OpenAPI: those of every operation, and `more`."""
    statuses = {**_EVERYWHERE, **{status: _MORE[status] for status in more}}
    return {status: {"model": ErrorAnswer, "description": text} for status, text in sorted(statuses.items())}
