"""Graph's error answers: one function per situation, and the envelope they are sent in.

Raised by the state rules, the handlers and the checks before them; turned into answers by the stand-in.
Codes and messages in the envelope's two dialects are as users of the service report them; where there is no
report of an answer, the options choose one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from sandbox.graph.options import Options

Dialect = Literal["authentication", "directory"]
"""The backend of the authentication methods repeats the message inside `innerError` and writes codes in lowerCamel."""


class GraphError(Exception):
    """A request that Graph answers with an error; `code` None means an answer without a body."""

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        dialect: Dialect = "authentication",
        headers: Mapping[str, str] | None = None,
        retry_at: float | None = None,
        committed: bool = False,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.dialect = dialect
        self.headers = dict(headers or {})
        self.retry_at = retry_at
        """The moment that the `Retry-After` of a 429 names, if any."""
        self.committed = committed
        """Whether the change was made nevertheless."""

    def body(self, *, request_id: str, client_request_id: str, now: float) -> dict[str, Any] | None:
        if self.code is None:
            return None
        inner: dict[str, str] = {"message": self.message} if self.dialect == "authentication" else {}
        if self.status == 429:
            inner |= {"code": "429", "status": "429"}
        inner |= {
            "date": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        return {"error": {"code": self.code, "message": self.message, "innerError": inner}}


def bad_request(message: str) -> GraphError:
    return GraphError(400, "badRequest", message)


def bad_query(message: str) -> GraphError:
    return GraphError(400, "Request_BadRequest", message, dialect="directory")


def unknown_to_the_stand_in(what: str) -> GraphError:
    """Not an answer of Graph: the stand-in does not know this path, filter or property."""
    return GraphError(501, "NotImplemented", f"The stand-in does not know {what}.", dialect="directory")


def no_such_resource(url: str, detail: str) -> GraphError:
    """The answer of the authentication methods' backend to a URL it does not know: its own JSON, as a string."""
    text = {"Message": f"No HTTP resource was found that matches the request URI '{url}'.", "MessageDetail": detail}
    return GraphError(404, "UnknownError", json.dumps(text, separators=(",", ":")))


def no_such_verb(method: str, url: str) -> GraphError:
    return no_such_resource(url, f"No action was found that matches the verb {method}.")


def absent_from_cloud(kind: str, url: str, options: Options) -> GraphError:
    """The answer to a request that only other clouds have; no source confirms that it names the segment."""
    if options.absent_api == "UnknownError":
        return no_such_resource(url, "This cloud does not have it.")
    collection, _, action = kind.partition(".")
    segment = action if action.endswith("SignIn") else collection
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.", dialect="directory")


def broken_rule(message: str, options: Options) -> GraphError:
    """A change that the rules of the methods forbid."""
    if options.rule_answer == "empty":
        return GraphError(400, None, message)
    return GraphError(int(options.rule_answer), "badRequest", message)


def default_method_in_use(method_id: str, options: Options) -> GraphError:
    if options.default_in_use == "older":
        return bad_request(
            "Cannot delete default method with other methods configured. Please change default method before deletion."
        )
    return bad_request(
        f"The requested authentication method id of [{method_id}] matches the user's current default authentication "
        "method, and cannot be deleted until the default authentication method is changed"
    )


def number_taken(*, stored: bool) -> GraphError:
    message = "The phone number is already in use for SMS sign-in."
    return GraphError(409, "phoneNumberNotUnique", message, committed=stored)


def sms_out_of_scope(options: Options) -> GraphError:
    message = "Cannot enable SMS sign-in on phone auth method as the credential policy is not enabled on user"
    if options.sms_out_of_scope == "400":
        return GraphError(400, "disabledByPolicy", message)
    return GraphError(405, "badRequest", message)


def object_not_found(key: str) -> GraphError:
    message = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    return GraphError(404, "Request_ResourceNotFound", message, dialect="directory")


def user_not_found(key: str, options: Options) -> GraphError:
    """A missing user in a request under `/authentication`."""
    if options.not_found == "UnknownError":
        return no_such_resource(f"users('{key}')", "The user was not found.")
    return object_not_found(key)


def method_not_found(collection: str, method_id: str, options: Options) -> GraphError:
    if options.not_found == "UnknownError":
        return no_such_resource(f"{collection}('{method_id}')", "The method was not found.")
    return GraphError(404, "resourceNotFound", "The user does not have the requested authentication method.")


def unauthenticated(message: str, headers: Mapping[str, str] | None = None) -> GraphError:
    challenge = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    return GraphError(
        401,
        "InvalidAuthenticationToken",
        message,
        dialect="directory",
        headers={"WWW-Authenticate": challenge, **(headers or {})},
    )


def forbidden(dialect: Dialect) -> GraphError:
    if dialect == "authentication":
        return GraphError(403, "accessDenied", "Request Authorization failed")
    message = "Insufficient privileges to complete the operation."
    return GraphError(403, "Authorization_RequestDenied", message, dialect="directory")


def too_many_requests(headers: Mapping[str, str], retry_at: float) -> GraphError:
    return GraphError(
        429, "TooManyRequests", "Too many requests.", dialect="directory", headers=headers, retry_at=retry_at
    )


def sync_state_not_found(location: str) -> GraphError:
    """A delta token that is too old or unknown; `location` starts a new round."""
    message = "The sync state generation is not found; please start a full synchronisation."
    return GraphError(410, "syncStateNotFound", message, dialect="directory", headers={"Location": location})


def report_licence_required() -> GraphError:
    """The answer of the registration report to a tenant without Entra ID P1 or P2."""
    code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
    message = "Neither tenant is B2C or tenant doesn't have premium license"
    return GraphError(403, code, message, dialect="directory")


def premium_licence_required() -> GraphError:
    message = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
    return GraphError(400, "AadPremiumLicenseRequired", message, dialect="directory")
