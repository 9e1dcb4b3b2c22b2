"""One table that maps each error answer of Graph (status, code, words of the message) to one of the app's errors.

The first rule that fits decides; without one, the status decides. Sources: Graph's error pages, and public reports that
quote real bodies. The authentication-methods service often answers only `badRequest`, so the rules look at the words of
the message. Graph does not document how it refuses a second method of a type, so the rule for it is a guess; after a
write the methods are read, and they decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus

from shared.adapters.graph import permissions
from shared.adapters.graph.answers import GraphAnswer
from shared.adapters.graph.token import token_rejected
from shared.core.values.errors import (
    ExplainedError,
    GraphRefusedError,
    GraphUnavailableError,
    OutcomeUnknownError,
    PersonNotFoundError,
    ThrottledError,
)
from shared.core.values.said import Said, counted, joined, verbatim

OF_PURPOSE = ""
"""The code of a rule for which code and remedy of the request's purpose are used."""
DEFAULT_DELAY, LONGEST_DELAY = 10.0, 300.0
"""The least and the most seconds until a retry when Graph names no time; between them, half of the time without any
answer."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a request is for: the permission it needs, the code and the remedy of a 404, and whether it writes."""

    permission: permissions.Permission
    absent: str = "graphRefused"
    absent_remedy: str = "Check GRAPH_CLOUD and GRAPH_BASE_URL."
    write: bool = False


_NO_PERSON = "Check the spelling; a new account may need some minutes to appear."
_NO_METHOD = "The account or the method was deleted after it was read. Ask for the change again."
_NO_GROUP = "Check PROTECTED_GROUP_ID and PILOT_GROUP_ID: they take the object id of a group."

READ_PHONES = Purpose(permissions.PHONES, "personNotFound", _NO_PERSON)
WRITE_PHONES = Purpose(permissions.PHONES, "notFound", _NO_METHOD, write=True)
READ_EMAIL = Purpose(permissions.EMAILS, "personNotFound", _NO_PERSON)
WRITE_EMAIL = Purpose(permissions.EMAILS, "notFound", _NO_METHOD, write=True)
READ_ACCOUNTS = Purpose(permissions.USERS, "personNotFound", _NO_PERSON)
READ_ROLES = Purpose(permissions.ROLE_HOLDERS)
READ_GROUP = Purpose(permissions.GROUP_MEMBERS, "groupNotFound", _NO_GROUP)
READ_GROUP_ELIGIBILITY = Purpose(permissions.GROUP_ELIGIBILITY)
READ_APPLICATIONS = Purpose(permissions.APPLICATIONS)
READ_MEMBERSHIPS = Purpose(permissions.USERS, "personNotFound", _NO_PERSON)
READ_POLICY = Purpose(permissions.METHODS_POLICY)
READ_REPORT = Purpose(permissions.REGISTRATION_REPORT)
READ_METHODS = Purpose(permissions.ALL_METHODS, "personNotFound", _NO_PERSON)


class ErrorMeaning(Enum):
    """What an answer says about the effect of its request."""

    THROTTLED = auto()
    """The request was not applied; it may be sent again later."""
    TOKEN_REJECTED = auto()
    """Graph does not accept the token, so it did not look at the request; another token may be accepted."""
    NOT_APPLIED = auto()
    """The request was certainly not applied: Graph rejected it before processing, or with an unambiguous error."""
    ABSENT = auto()
    """The object that the request addressed does not exist."""
    REFUSED = auto()
    """Graph refused the request. It would refuse a read again; whether a write was made is not known."""
    UNAVAILABLE = auto()
    """The effect is not known; a read may be retried."""


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """`status` None = any, `graph_code` "" = any, `words` is a pattern; letter case is ignored."""

    status: int | None
    graph_code: str
    words: str
    meaning: ErrorMeaning
    code: str
    remedy: str = ""

    def fits(self, status: int | None, code: str, message: str) -> bool:
        return (
            self.status in (None, status)
            and (not self.graph_code or self.graph_code.casefold() == code.casefold())
            and re.search(self.words, message, re.IGNORECASE) is not None
        )


_GRANT = (
    "Grant {permission} to the managed identity with the command that the doctor shows; "
    "a new grant may take up to a day to reach its token."
)
_DEFAULT = "Ask the person to choose another default sign-in method, then ask for the change again."
_TAKEN = "Find out who signs in with this number, or remove the person from the SMS sign-in policy."
_EXISTS = "If the person's methods show the value, there is nothing to do; otherwise check the account by hand."
_POLICY = "Allow the person SMS sign-in in the authentication methods policy."
_ADDRESS = "Check GRAPH_CLOUD and GRAPH_BASE_URL: this Graph does not offer the operation."
_LATER = "Wait: this usually passes by itself, and the app retries the work of runs."
_LICENCE = "The tenant has no licence for this; the app works without it."

RULES: tuple[ErrorRule, ...] = (
    ErrorRule(429, "", "", ErrorMeaning.THROTTLED, "throttled", _LATER),
    ErrorRule(401, "", "", ErrorMeaning.TOKEN_REJECTED, "tokenRejected"),
    ErrorRule(403, "accessDenied", "", ErrorMeaning.NOT_APPLIED, "permissionMissing", _GRANT),
    ErrorRule(403, "Authorization_RequestDenied", "", ErrorMeaning.NOT_APPLIED, "permissionMissing", _GRANT),
    ErrorRule(403, "Authorization_IdentityNotFound", "", ErrorMeaning.NOT_APPLIED, "permissionMissing", _GRANT),
    ErrorRule(400, "AadPremiumLicenseRequired", "", ErrorMeaning.REFUSED, "licenceMissing", _LICENCE),
    ErrorRule(
        *(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "", ErrorMeaning.REFUSED),
        *("licenceMissing", _LICENCE),
    ),
    ErrorRule(
        400, "badRequest", "current default authentication method", ErrorMeaning.NOT_APPLIED, "defaultMethod", _DEFAULT
    ),
    ErrorRule(400, "badRequest", "cannot delete default method", ErrorMeaning.NOT_APPLIED, "defaultMethod", _DEFAULT),
    ErrorRule(409, "phoneNumberNotUnique", "", ErrorMeaning.REFUSED, "phoneNumberNotUnique", _TAKEN),
    ErrorRule(None, "", r"\balready (has|have|exists)\b", ErrorMeaning.REFUSED, "methodExists", _EXISTS),
    ErrorRule(None, "disabledByPolicy", "", ErrorMeaning.REFUSED, "disabledByPolicy", _POLICY),
    ErrorRule(405, "", "policy is not enabled on user", ErrorMeaning.REFUSED, "disabledByPolicy", _POLICY),
    ErrorRule(400, "", "resource not found for the segment", ErrorMeaning.REFUSED, "apiNotAvailable", _ADDRESS),
    ErrorRule(404, "", "", ErrorMeaning.ABSENT, OF_PURPOSE),
    ErrorRule(501, "", "", ErrorMeaning.REFUSED, "apiNotAvailable", _ADDRESS),
    ErrorRule(408, "", "", ErrorMeaning.UNAVAILABLE, "graphUnavailable", _LATER),
    ErrorRule(424, "", "", ErrorMeaning.UNAVAILABLE, "graphUnavailable", _LATER),
)

_REFUSED = ErrorRule(
    None, "", "", ErrorMeaning.REFUSED, "graphRefused", "Correct what the reason names and redrive the run."
)
_UNAVAILABLE = ErrorRule(None, "", "", ErrorMeaning.UNAVAILABLE, "graphUnavailable", _LATER)


def explained(answer: GraphAnswer, purpose: Purpose) -> ExplainedError:
    """The error that `answer`, which is not a success, means for a request with this purpose.

    A write has definitely failed only when it was throttled, not authorised, or refused because of the default method;
    after every other answer it may have been applied.
    """
    graph_code, text = answer.error()
    rule = rule_for(answer.status, graph_code, text)
    remedy = (rule.remedy or purpose.absent_remedy).format(permission=purpose.permission)
    message = _sentence(answer, graph_code, text)
    if rule.code == "permissionMissing":
        message = joined("; ", (message, _needs(purpose.permission)))
    return _error(rule.meaning, answer, purpose, code=rule.code or purpose.absent, message=message, remedy=remedy)


def out_of_reach(answer: GraphAnswer) -> ExplainedError:
    """The error that a 403 to a write means when the permission is granted: this app may not change the account.

    Source: Entra documentation, "Restricted management administrative units".
    """
    return GraphRefusedError(
        "protectedAccount",
        Said(
            "Graph refuses the change although the permission is granted: the account is in a restricted management "
            "administrative unit, or protected in another way."
        ),
        status=answer.status or 0,
        remedy="Ask an administrator who may change this account.",
        request_id=answer.request_id,
    )


def not_empty(what: str) -> ExplainedError:
    """The error for a list that is empty and must not be."""
    return GraphRefusedError(
        "answerUnreadable",
        Said("Graph answered that there is nothing in the list: {what}.", what=what),
        status=HTTPStatus.OK,
        remedy="Check the settings that name a group or a registration, and what the app's identity may read; if Graph "
        "is at fault, wait.",
    )


def hidden_members(groups: int) -> ExplainedError:
    """The error for groups whose members are hidden from this app; such a group reads as empty."""
    permission = permissions.HIDDEN_MEMBERS
    return GraphRefusedError(
        "permissionMissing",
        joined(
            "; ",
            (
                Said(
                    "{groups} hidden membership, so who is inside is not known",
                    groups=counted(groups, "group has", "groups have"),
                ),
                _needs(permission),
            ),
        ),
        status=HTTPStatus.FORBIDDEN,
        remedy=_GRANT.format(permission=permission),
    )


def unreadable(answer: GraphAnswer, purpose: Purpose) -> ExplainedError:
    """The error for a success with a body that the app cannot use."""
    message = Said("Graph answered {status} with a body that cannot be read.", status=answer.status or 0)
    code = "answerUnreadable" if answer.is_whole else "graphUnavailable"
    return _error(ErrorMeaning.UNAVAILABLE, answer, purpose, code=code, message=message, remedy=_LATER)


def _error(  # noqa: PLR0911 - one for each meaning
    meaning: ErrorMeaning, answer: GraphAnswer, purpose: Purpose, *, code: str, message: Said, remedy: str
) -> ExplainedError:
    request_id, status = answer.request_id, answer.status or 0
    delay = answer.retry_after() or min(LONGEST_DELAY, max(DEFAULT_DELAY, answer.silent_for / 2))
    match meaning:
        case ErrorMeaning.THROTTLED:
            return ThrottledError(code, message, delay=delay, remedy=remedy, request_id=request_id)
        case ErrorMeaning.TOKEN_REJECTED:
            return token_rejected(request_id)
        case ErrorMeaning.NOT_APPLIED:
            return GraphRefusedError(code, message, status=status, remedy=remedy, request_id=request_id)
        case _ if purpose.write:
            return OutcomeUnknownError(code, message, status=answer.status, remedy=remedy, request_id=request_id)
        case ErrorMeaning.ABSENT if code == "personNotFound":
            # Graph's message repeats the key, which may be any text from a cell.
            return PersonNotFoundError(code, Said("Graph has no such account."), remedy=remedy, request_id=request_id)
        case ErrorMeaning.ABSENT | ErrorMeaning.REFUSED:
            return GraphRefusedError(code, message, status=status, remedy=remedy, request_id=request_id)
        case ErrorMeaning.UNAVAILABLE:
            error = GraphUnavailableError(code, message, delay=delay, remedy=remedy, request_id=request_id)
            error.may_be_read_again = answer.is_missing
            return error


def rule_for(status: int | None, graph_code: str, text: str) -> ErrorRule:
    """The first rule that fits, or the default for the status."""
    by_status = _REFUSED if status is not None and 400 <= status < 500 else _UNAVAILABLE  # noqa: PLR2004 - HTTP's classes
    return next((rule for rule in RULES if rule.fits(status, graph_code, text)), by_status)


def _needs(permission: permissions.Permission) -> Said:
    return Said("the app needs the permission {permission}", permission=str(permission))


def _sentence(answer: GraphAnswer, graph_code: str, text: str) -> Said:
    if answer.status is None:
        return Said("Graph did not answer: {silence}.", silence=answer.silence)
    answered = Said("Graph answered {status}", status=answer.status)
    return joined(": ", (answered, *(verbatim(one) for one in (graph_code, text) if one)))
