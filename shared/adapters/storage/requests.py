"""For requests to all three storage services: counting them, and the meaning of their error codes."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from shared.core.values.errors import ExplainedError, PermanentError, StorageUnavailableError

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError, HttpResponseError
    from azure.core.rest import AsyncHttpResponse

OnOperation = Callable[[str], None]
"""A function that is called with the name of each operation, such as `table.get`.

Further requests of an operation, such as retries or the blocks of a large blob, do not count."""
Service = Literal["Table", "Queue", "Blob"]

_NOT_THERE = frozenset({404})
_FORBIDDEN = frozenset({401, 403})
_DELAY = 30.0


def not_counted(operation: str, /) -> None:
    """The default `OnOperation`: it does nothing."""


class ErrorsByCode:
    """A block in which these error codes of the service become the given errors; None ends it without an error.

    Any other error is raised unchanged.
    """

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


class Explaining:
    """A block that turns every error of the service or its client into an ExplainedError; `what` names the store."""

    def __init__(self, service: Service, what: str) -> None:
        self._service = service
        self._what = what

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        from azure.core.exceptions import AzureError

        if isinstance(error, AzureError):
            raise self._explained(error) from error

    def _explained(self, error: AzureError) -> ExplainedError:
        status = getattr(error, "status_code", None)
        if status in _NOT_THERE:
            code, message = "storageMissing", f"{self._what} does not exist."
            return PermanentError(code, message, remedy="Create it, or correct the setting that names it.")
        if status in _FORBIDDEN:
            code, message = "storageForbidden", f"{self._what} may not be read ({status} {error_code(error)})."
            role = f"Storage {self._service} Data Contributor"
            return PermanentError(
                code, message, remedy=f"Give the identity the role {role}, and check the network rules."
            )
        seen = type(error).__name__ if status is None else f"{status} {error_code(error)}"
        message = f"{self._what} cannot be reached ({seen})."
        remedy = "Check the storage account's URLs in the settings, its network rules and the app's identity."
        return StorageUnavailableError(message, delay=_DELAY, remedy=remedy)


def error_code(error: AzureError) -> str:
    """The code from the answer; the SDK sets it on its exceptions without declaring it, as text or as an enum."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))


def sdk_error(response: AsyncHttpResponse, status: int, code: str) -> HttpResponseError:
    """The error that the SDK raises for an answer with this status and code."""
    from azure.core.exceptions import (
        ClientAuthenticationError,
        HttpResponseError,
        ResourceExistsError,
        ResourceNotFoundError,
    )

    kinds = {
        401: ClientAuthenticationError,
        403: ClientAuthenticationError,
        404: ResourceNotFoundError,
        409: ResourceExistsError,
    }
    error = kinds.get(status, HttpResponseError)(f"The service refused the request: {status} {code}", response)
    error.error_code = code  # type: ignore[attr-defined] # as the SDK sets it, without declaring it
    return error
