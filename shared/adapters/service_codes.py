"""What a storage service's error codes mean to the caller of a request; used by `tables`, `queues` and `blobs`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.core.errors import ExplainedError

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError


@contextmanager
def meaning(**codes: ExplainedError | None) -> Iterator[None]:
    """Leave the block quietly (None) or with the error given for the service's code; any other answer passes."""
    from azure.core.exceptions import HttpResponseError

    try:
        yield
    except HttpResponseError as error:
        code = error_code(error)
        if code not in codes:
            raise
        if (meant := codes[code]) is not None:
            raise meant from error


def error_code(error: HttpResponseError) -> str:
    """The code from the answer; the SDK sets it on its exceptions without declaring it, as text or as an enum."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))
