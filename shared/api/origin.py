"""Refuses requests that a page of another site makes a browser send, with the session of a person who is signed in.

Called by the guard for every request that may change something. Sources: "Fetch Metadata Request Headers" (W3C), "HTML"
(WHATWG: the media types of forms), OWASP ASVS 5 V3.5. `Sec-Fetch-Site` decides where it is sent, because a page cannot
set it; a browser sends `Origin: null` on a site's own forms under some referrer policies.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from shared.api.errors import RequestRefusedError

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""The media types that a form can send to another site without asking it."""
_NOT_FROM_FORMS = ("authorization", "x-functions-key", "x-requested-with")
"""Headers that a form cannot send, and that a script can send to another site only if that site allows it."""


def refuse_cross_site(request: Request) -> None:
    """Raises RequestRefusedError `crossSite` unless the request comes from a program or from a page of this site."""
    if request.method in _SAFE_METHODS:
        return
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    is_own_origin = _is_own(origin, request)
    is_own_site = site == "same-origin" and (is_own_origin or origin in {"", "null"})
    if is_own_site or (is_own_origin and site in {"", "none"}):
        return
    if site not in {"", "none"} or origin or (_is_form(request) and not _has_own_header(request)):
        raise RequestRefusedError("crossSite")


def _is_own(origin: str, request: Request) -> bool:
    """Whether it is this host's origin. Behind the platform's front end, the app itself may see http."""
    try:
        found = urlsplit(origin)
    except ValueError:
        return False
    return found.scheme in {"https", request.url.scheme} and found.netloc.lower() == request.url.netloc.lower()


def _is_form(request: Request) -> bool:
    """Whether one of the request's media types is that of a form; a header that came twice is joined by commas."""
    types = ",".join(request.headers.getlist("content-type")).split(",")
    return any(one.partition(";")[0].strip().lower() in _FORMS for one in types)


def _has_own_header(request: Request) -> bool:
    return any(request.headers.get(name) for name in _NOT_FROM_FORMS)
