"""What each answer of Graph means: one table from (status, code, words of the message) to one of our errors.

Called by the gateway for every answer that is not a success. The first row that fits decides; what no row knows is
judged by its status alone. Facts: Graph's error pages and the public reports that quote real bodies; the
authentication-methods service often says only `badRequest`, hence the words. How a second method of a type is refused
is not documented: words that say so are taken for it, and matter only where the list then shows none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from shared.adapters.graph.answers import Answer, UnreadableAnswerError
from shared.adapters.graph.cleaning import cleaned, cleaned_code
from shared.adapters.graph.purpose import Purpose
from shared.core.values.errors import (
    ExplainedError,
    GraphRefusedError,
    GraphUnavailableError,
    OutcomeUnknownError,
    PersonNotFoundError,
    ThrottledError,
)

ABSENT = ""
"""Stands for the purpose's own code and remedy."""
DEFAULT_DELAY = 10.0
"""Seconds after which to try again when Graph does not say."""


class Verdict(Enum):
    """What an answer tells about the request."""

    THROTTLED = auto()
    """Not done; later."""
    NOT_DONE = auto()
    """Certainly not done: whoever asks was turned away at the door, or told why in words that leave no doubt."""
    ABSENT = auto()
    """What was addressed is not there."""
    REFUSED = auto()
    """A read will be answered like this every time."""
    UNAVAILABLE = auto()
    """Nothing is known; a read may be tried again."""


@dataclass(frozen=True, slots=True)
class Row:
    """`status` None = any, `graph_code` "" = any (without regard to case), `words` "" = any, else a pattern."""

    status: int | None
    graph_code: str
    words: str
    verdict: Verdict
    code: str
    remedy: str = ""

    def fits(self, status: int | None, code: str, message: str) -> bool:
        return (
            self.status in (None, status)
            and (not self.graph_code or self.graph_code.casefold() == code.casefold())
            and re.search(self.words, message, re.IGNORECASE) is not None
        )


_GRANT = (
    "Grant {permission} to the managed identity, by the command that the doctor gives; "
    "a new grant may take up to a day to reach its token."
)
_DEFAULT = "The person chooses another default sign-in method; then the run is redriven."
_TAKEN = "Find out who signs in with this number, or take the person out of the SMS sign-in policy."
_THERE = "Nothing to do if it shows when the person's methods are read; else check the account by hand."
_POLICY = "Allow the person SMS sign-in in the authentication methods policy."
_ADDRESS = "Check GRAPH_CLOUD and GRAPH_BASE_URL: this Graph does not offer what was asked."
_LATER = "Nothing to do: it is tried again."
_IDENTITY = "Check the managed identity and GRAPH_CLOUD: the token is not one for this Graph."
_LICENCE = "The tenant has no licence for this; the app goes on without it."

TABLE: tuple[Row, ...] = (
    Row(429, "", "", Verdict.THROTTLED, "throttled", _LATER),
    Row(401, "", "", Verdict.NOT_DONE, "tokenRejected", _IDENTITY),
    Row(403, "accessDenied", "", Verdict.NOT_DONE, "permissionMissing", _GRANT),
    Row(403, "Authorization_RequestDenied", "", Verdict.NOT_DONE, "permissionMissing", _GRANT),
    Row(403, "Authorization_IdentityNotFound", "", Verdict.NOT_DONE, "permissionMissing", _GRANT),
    Row(400, "AadPremiumLicenseRequired", "", Verdict.REFUSED, "licenceMissing", _LICENCE),
    Row(400, "badRequest", "current default authentication method", Verdict.NOT_DONE, "defaultMethod", _DEFAULT),
    Row(400, "badRequest", "cannot delete default method", Verdict.NOT_DONE, "defaultMethod", _DEFAULT),
    Row(409, "phoneNumberNotUnique", "", Verdict.REFUSED, "phoneNumberNotUnique", _TAKEN),
    Row(None, "", r"\balready (has|have|exists)\b", Verdict.REFUSED, "methodExists", _THERE),
    Row(None, "disabledByPolicy", "", Verdict.REFUSED, "disabledByPolicy", _POLICY),
    Row(405, "", "policy is not enabled on user", Verdict.REFUSED, "disabledByPolicy", _POLICY),
    Row(400, "", "resource not found for the segment", Verdict.REFUSED, "apiNotAvailable", _ADDRESS),
    Row(404, "", "", Verdict.ABSENT, ABSENT),
    Row(501, "", "", Verdict.REFUSED, "apiNotAvailable", _ADDRESS),
    Row(408, "", "", Verdict.UNAVAILABLE, "graphUnavailable", _LATER),
    Row(424, "", "", Verdict.UNAVAILABLE, "graphUnavailable", _LATER),
)

_REFUSED = Row(None, "", "", Verdict.REFUSED, "graphRefused", "See the reason; correct it and redrive the run.")
_UNAVAILABLE = Row(None, "", "", Verdict.UNAVAILABLE, "graphUnavailable", _LATER)


def explained(answer: Answer, purpose: Purpose) -> ExplainedError:
    """The error that `answer`, which is no success, means for a request with this purpose.

    A write is certain to have failed only when it was throttled, turned away for lack of authorisation or refused
    because of the default method; every other answer leaves open whether it was done.
    """
    graph_code, said = _reason(answer)
    row = row_for(answer.status, graph_code, said)
    remedy = (row.remedy or purpose.absent_remedy).format(permission=purpose.permission)
    message = _sentence(answer, graph_code, said)
    return _error(row.verdict, answer, purpose, code=row.code or purpose.absent, message=message, remedy=remedy)


def out_of_reach(answer: Answer) -> ExplainedError:
    """The error that a 403 to a write is when everything was granted: the account is kept from this app.

    Source: Entra documentation, "Restricted management administrative units".
    """
    return GraphRefusedError(
        "protectedAccount",
        "Graph refuses the change although the permission is granted: the account is in a restricted management "
        "administrative unit, or protected in another way.",
        status=answer.status or 0,
        remedy="An administrator of that unit changes this account.",
        request_id=answer.request_id,
    )


def unreadable(answer: Answer, purpose: Purpose) -> ExplainedError:
    """The error that a success is whose body has not the documented form."""
    message = f"Graph answered {answer.status} with a body that cannot be read."
    return _error(Verdict.UNAVAILABLE, answer, purpose, code="answerUnreadable", message=message, remedy=_LATER)


def _error(
    verdict: Verdict, answer: Answer, purpose: Purpose, *, code: str, message: str, remedy: str
) -> ExplainedError:
    request_id, status = answer.request_id, answer.status or 0
    delay = answer.retry_after() or DEFAULT_DELAY
    match verdict:
        case Verdict.THROTTLED:
            return ThrottledError(code, message, delay=delay, remedy=remedy, request_id=request_id)
        case Verdict.NOT_DONE:
            return GraphRefusedError(code, message, status=status, remedy=remedy, request_id=request_id)
        case _ if purpose.write:
            return OutcomeUnknownError(code, message, status=answer.status, remedy=remedy, request_id=request_id)
        case Verdict.ABSENT if code == "personNotFound":
            # Graph's own words repeat the key, which may be anything that somebody typed into a cell.
            return PersonNotFoundError(code, "Graph has no such account.", remedy=remedy, request_id=request_id)
        case Verdict.ABSENT | Verdict.REFUSED:
            return GraphRefusedError(code, message, status=status, remedy=remedy, request_id=request_id)
        case Verdict.UNAVAILABLE:
            return GraphUnavailableError(code, message, delay=delay, remedy=remedy, request_id=request_id)


def row_for(status: int | None, graph_code: str, said: str) -> Row:
    """The first row that fits, or the one for the status alone."""
    by_status = _REFUSED if status is not None and 400 <= status < 500 else _UNAVAILABLE  # noqa: PLR2004 - HTTP's classes
    return next((row for row in TABLE if row.fits(status, graph_code, said)), by_status)


def _sentence(answer: Answer, graph_code: str, said: str) -> str:
    if answer.status is None:
        return f"Graph did not answer: {answer.silence}."
    return ": ".join(part for part in (f"Graph answered {answer.status}", graph_code, said) if part)


def _reason(answer: Answer) -> tuple[str, str]:
    """Code and message, cleaned; "" for what is missing, as in HTML pages of a gateway and in empty bodies."""
    try:
        document = answer.json()
    except UnreadableAnswerError:
        return "", ""
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return "", ""
    code, message = error.get("code"), error.get("message")
    return (
        cleaned_code(code) if isinstance(code, str) else "",
        cleaned(message) if isinstance(message, str) else "",
    )
