"""What a storage service's error codes mean to the caller of a request; used by `tables`, `queues` and `blobs`."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from shared.core.errors import ExplainedError

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError


class Meaning:
    """Leaves its block quietly (None) or with the error given for the service's code; any other answer passes."""

    def __init__(self, **codes: ExplainedError | None) -> None:
        self._codes = codes

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            return False
        from azure.core.exceptions import HttpResponseError

        if not isinstance(error, HttpResponseError) or error_code(error) not in self._codes:
            return False
        if (meant := self._codes[error_code(error)]) is not None:
            raise meant from error
        return True


def error_code(error: HttpResponseError) -> str:
    """The code from the answer; the SDK sets it on its exceptions without declaring it, as text or as an enum."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))
