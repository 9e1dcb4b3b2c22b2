"""What bodies have in common: camelCase, nothing unknown in what comes, and values that are masked unless allowed.

The base of every model of the API.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.api.errors import ErrorAnswer
from shared.core.values.slot import EmailAddress, PhoneNumber, StoredValue

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Given(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Resource(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


Context = Annotated[str, Field(serialization_alias="@odata.context", description="What this is, in OData's words.")]
NextLink = Annotated[
    str | None, Field(serialization_alias="@odata.nextLink", description="Where the next page is; null = no more.")
]


def shown(value: StoredValue | None, *, clear: bool) -> str | None:
    """In clear only for callers who may see it; else at most the last two digits."""
    match value:
        case None:
            return None
        case PhoneNumber() if clear:
            return value.spelled_for_graph()
        case EmailAddress() if clear:
            return value.address
        case _:
            return str(value)


_EVERYWHERE = {
    400: "The request does not have the documented form.",
    401: "Nobody is signed in.",
    403: "The caller may not do this.",
    413: "The body is too large.",
    503: "Not possible at this moment; Retry-After says when to try again.",
}
_MORE = {
    404: "There is no such thing.",
    409: "What is there does not allow it.",
    412: "Another plan waits than the one named.",
    415: "The media type is not taken.",
    422: "Understood and refused; nothing was changed.",
    428: "If-Match is missing.",
}


def errors(*more: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an operation, for OpenAPI: those of every guarded one, and `more`."""
    statuses = {**_EVERYWHERE, **{status: _MORE[status] for status in more}}
    return {status: {"model": ErrorAnswer, "description": text} for status, text in sorted(statuses.items())}
