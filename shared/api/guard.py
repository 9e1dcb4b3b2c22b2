"""What happens before every route: who calls, may they, is the request of the documented size and form.

The route class of every router; nothing of a request's body is parsed before its caller is admitted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from shared.api.authentication import NOBODY, Caller, Role, caller_of
from shared.api.errors import ErrorDetail, RequestRefusedError
from shared.api.roles import ADMISSIONS, Admission
from shared.core.values.errors import PermanentError
from shared.settings import Settings

LARGEST_JSON = 64 * 1024
"""Bytes of any body but an upload's."""
_FORM_AROUND_A_FILE = 64 * 1024
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_OWN_SITE = frozenset({"same-origin", "none"})

log = logging.getLogger(__name__)


class GuardedRoute(APIRoute):
    """A route that its operation's admission opens; one whose operation has none cannot be made."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's own
        super().__init__(path, endpoint, **options)
        self.admission = ADMISSIONS[self.operation_id or ""]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        operation = self.operation_id or ""
        known = frozenset(
            field.alias for field in get_flat_params(self.dependant) if isinstance(field.field_info, params.Query)
        )

        async def guarded(request: Request) -> Response:
            settings = _settings(request)
            request.state.caller = _admitted(request, settings, ADMISSIONS[operation])
            largest = settings.max_file_bytes + _FORM_AROUND_A_FILE if operation == "StartRun" else LARGEST_JSON
            if len(await request.body()) > largest:
                raise RequestRefusedError("bodyTooLarge", f"The body has more than {largest} bytes.")
            _refuse_unknown_query(request, known)
            return await handle(request)

        return guarded


def _settings(request: Request) -> Settings:
    """Raises RequestRefusedError; the complaints go to the log alone because nobody is known yet."""
    try:
        settings: Settings = request.app.state.verbs.settings
    except PermanentError as error:
        log.error("%s", error.message)  # noqa: TRY400 - a traceback would tell nothing more
        raise RequestRefusedError("invalidSettings") from None
    return settings


def _admitted(request: Request, settings: Settings, admission: Admission) -> Caller:
    """Raises RequestRefusedError unless the caller may do this."""
    if admission.anonymous:
        return NOBODY
    caller = caller_of(request.headers, settings)
    if request.method not in _SAFE_METHODS and request.headers.get("sec-fetch-site", "none") not in _OWN_SITE:
        raise RequestRefusedError("crossSite")  # a browser would send the session's cookie along
    require(caller, admission)
    return caller


def require(caller: Caller, admission: Admission) -> None:
    """Raises RequestRefusedError that names the roles to ask for."""
    missing = admission.missing(caller.roles)
    if missing == (Role.READ_NUMBERS,):
        raise RequestRefusedError("numbersForbidden")
    if missing:
        raise RequestRefusedError("roleMissing", admission.in_words())


def _refuse_unknown_query(request: Request, known: frozenset[str]) -> None:
    if all(name in known for name in request.query_params):
        return
    takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
    message = f"there is a parameter that is not known; {takes}"
    detail = ErrorDetail(code="unknownParameter", message=message, target="query")
    raise RequestRefusedError("badRequest", f"query: {message}.", target="query", details=[detail])


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Calling = Annotated[Caller, Depends(_caller)]
"""The parameter by which a route gets its caller."""
