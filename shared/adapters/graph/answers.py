"""Parses the answers of Graph into values of the core. It does not know the requests.

An answer without a part that must be there raises UnreadableAnswerError, so that a broken answer is never read as "this
person has no numbers". Texts of Graph's errors are redacted before they are logged, stored or shown: phone numbers,
e-mail addresses, sign-in names, and, to be safe, dates and long runs of digits.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from shared.adapters.graph.method_ids import METHOD_TYPES
from shared.core.export.directory_source import ChangedUser, ChangedUsers
from shared.core.person.account import Account, KeyKind, PhoneAuthenticationMethod
from shared.core.person.registration import ListedPage
from shared.core.values.redaction import redacted
from shared.core.values.slot import EmailAddress, MaskedValue, PhoneType, number_from_graph

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}")
_CLAIMS = re.compile(r'claims="([^"]+)"')
_SERVER_FAILED = frozenset({500, 502, 503, 504})
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""The form of ids, which hold no personal data."""
_REQUEST_ID = re.compile(r"[0-9A-Za-z\-]{1,64}")


class UnreadableAnswerError(ValueError):
    """The answer cannot be parsed. This package catches the error; no caller sees it."""


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """Graph's answer to one request. If there was no answer, `status` is None and `silence` says why."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    """The header names are in lower case, or the mapping ignores letter case."""
    body: bytes = field(default=b"", repr=False)
    silence: str = ""
    started: float = 0.0
    """When the call began, by the rate limiter's clock."""
    silent_for: float = 0.0
    """For how many seconds Graph has answered no request of this process; see `is_missing`."""
    token: str = field(default="", repr=False)
    """The token that was sent with the request."""
    document: Any = field(default=None, repr=False)
    """The body, if it is parsed already, as in the parts of a batch."""

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - the definition of success

    @property
    def request_id(self) -> str:
        return safe_request_id(self.headers.get("request-id", ""))

    def json(self) -> Any:  # noqa: ANN401 - JSON of any form
        if self.document is not None:
            return self.document
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:  # RecursionError: JSON that is nested thousands deep
            raise UnreadableAnswerError("not JSON") from error

    @property
    def is_whole(self) -> bool:
        """Whether the body is JSON; a body that broke off, and the HTML page of a proxy, are not."""
        try:
            return not isinstance(self.json(), str)
        except UnreadableAnswerError:
            return False

    @property
    def is_missing(self) -> bool:
        """Whether a read counts as not answered and may be sent again at once.

        That is: nothing came, a server failed, or the body broke off; and no Retry-After says how long to wait.
        """
        if self.document is None:
            breaks_off = bool(self.body) and not self.body.rstrip().endswith((b"}", b"]"))
        else:
            breaks_off = isinstance(self.document, str)
        failed = self.status is None or self.status in _SERVER_FAILED or (self.ok and breaks_off)
        return failed and self.retry_after() is None

    def error(self) -> tuple[str, str]:
        """Code and message of Graph's error, without personal data; "" = there is none that can be used."""
        try:
            document = self.json()
        except UnreadableAnswerError:
            return "", ""
        error = document.get("error") if isinstance(document, dict) else None
        if not isinstance(error, dict):
            return "", ""
        code, message = error.get("code"), error.get("message")
        return safe_code(code) if isinstance(code, str) else "", redacted(message) if isinstance(message, str) else ""

    def retry_after(self) -> float | None:
        """The seconds of Retry-After, from an integer, a fraction or a date; None = it names no time to wait."""
        text = self.headers.get("retry-after", "").strip()
        if not text:
            return None
        seconds = _number(text)
        if seconds is None:
            seconds = _seconds_between(self.headers.get("date", ""), text)
        return seconds if seconds is not None and 0 < seconds < float("inf") else None

    def claims_challenge(self) -> str:
        """The claims that Graph asks a new token to have, as JSON; "" = it asks for none, or they cannot be read.

        Source: "Claims challenges, claims requests, and client capabilities" of the Microsoft identity platform.
        """
        found = _CLAIMS.search(self.headers.get("www-authenticate", ""))
        try:
            return base64.urlsafe_b64decode(found[1] + "==").decode() if found else ""
        except ValueError:
            return ""

    def limit_used(self) -> float | None:
        """The used share of the throttling limit, 1.0 = all of it; None = Graph gave no number."""
        return _number(self.headers.get("x-ms-throttle-limit-percentage", ""))


def safe_code(text: str) -> str:
    """`text` if it looks like an error code, else ""."""
    return text if _CODE.fullmatch(text) and redacted(text) == text else ""


def safe_request_id(text: str) -> str:
    """`text` if it looks like the id of a request, else ""."""
    if _GUID.fullmatch(text):
        return text
    return text if _REQUEST_ID.fullmatch(text) and redacted(text) == text else ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _seconds_between(earlier: str, later: str) -> float | None:
    """The seconds between two HTTP dates, both by the service's clock; None = one of them cannot be read."""
    try:
        return (parsedate_to_datetime(later) - parsedate_to_datetime(earlier)).total_seconds()
    except (ValueError, TypeError):
        return None


def account(item: Any) -> Account:  # noqa: ANN401 - JSON
    """A user with the properties that `requests.ACCOUNT_PROPERTIES` names."""
    fields = entity(item)
    location, user_type = fields.get("usageLocation"), fields.get("userType")
    return Account(
        id=_text(fields, "id"),
        usage_location=location.upper() if isinstance(location, str) and location else None,
        enabled=fields.get("accountEnabled") is not False,
        guest=isinstance(user_type, str) and user_type.casefold() == "guest",
        display_name=str(fields.get("displayName") or ""),
        user_principal_name=str(fields.get("userPrincipalName") or ""),
        department=str(fields.get("department") or "").strip(),
    )


def names_of_account(item: Any) -> frozenset[str]:  # noqa: ANN401 - JSON
    """Every key that the account has, as the directory spells it."""
    fields = entity(item)
    return frozenset(name for kind in KeyKind if (name := fields.get(kind.value)) and isinstance(name, str))


def phone_methods(document: Any) -> tuple[PhoneAuthenticationMethod, ...]:  # noqa: ANN401 - JSON
    """A person's phone methods. Types that this app does not know are left out, so that it never changes them."""
    methods = page(document, _phone_method).items
    return tuple(method for method in methods if method is not None)


def _phone_method(item: Any) -> PhoneAuthenticationMethod | None:  # noqa: ANN401 - JSON
    fields = entity(item)
    phone_type = METHOD_TYPES.get(str(fields.get("id")).lower()) or _phone_type(fields.get("phoneType"))
    if phone_type is None:
        return None
    number, state = fields.get("phoneNumber"), fields.get("smsSignInState")
    return PhoneAuthenticationMethod(
        phone_type=phone_type,
        number=number_from_graph(number) if isinstance(number, str) else MaskedValue(),
        sms_sign_in_state=state if isinstance(state, str) else None,
    )


def email_address(document: Any) -> EmailAddress | MaskedValue | None:  # noqa: ANN401 - JSON
    """The first e-mail address in the list of a person's e-mail methods; None when the list is empty."""
    return next(iter(page(document, _email_address).items), None)


def _email_address(item: Any) -> EmailAddress | MaskedValue:  # noqa: ANN401 - JSON
    address = entity(item).get("emailAddress")
    if not isinstance(address, str) or "@" not in address or "*" in address:
        return MaskedValue()
    return EmailAddress(address)


def _phone_type(text: object) -> PhoneType | None:
    return next((phone_type for phone_type in PhoneType if phone_type.value == text), None)


def changed_users(document: Any) -> ChangedUsers:  # noqa: ANN401 - JSON
    """One page of a delta round, with a link to the next page; the last page has a link to the next round instead."""
    part = page(document, _changed_user)
    link = entity(document).get("@odata.deltaLink")
    if (part.next_link is None) is not (isinstance(link, str) and bool(link)):
        raise UnreadableAnswerError("neither a next nor a delta link, or both")
    return ChangedUsers(part.items, part.next_link, link)


def _changed_user(item: Any) -> ChangedUser:  # noqa: ANN401 - JSON
    fields = entity(item)
    return ChangedUser(_text(fields, "id"), fields, removed="@removed" in fields)


def folded(fields: dict[str, Any], name: str) -> str:
    """A text that must be there, in lower case; ids are compared without regard to case."""
    return _text(fields, name).lower()


def page[T](document: Any, parse: Callable[[Any], T]) -> ListedPage[T]:  # noqa: ANN401 - JSON
    """One page of a collection; its `value` may be empty but never absent."""
    fields = entity(document)
    value, link = fields.get("value"), fields.get("@odata.nextLink")
    if not isinstance(value, list):
        raise UnreadableAnswerError("no list of values")
    if link is not None and (not isinstance(link, str) or not link):
        raise UnreadableAnswerError("a next link that is not a text")
    return ListedPage([parse(item) for item in value], link)


def page_of[T](parse: Callable[[Any], T]) -> Callable[[Any], ListedPage[T]]:
    """Parses a page of what `parse` parses."""
    return lambda document: page(document, parse)


def entity(item: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A JSON object with any content."""
    if not isinstance(item, dict):
        raise UnreadableAnswerError("not an object")
    return item


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise UnreadableAnswerError(f"no {name}")
    return value
