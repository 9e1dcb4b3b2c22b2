"""The message about the effect of a form, which the next page shows once.

It is in a short-lived cookie, so that no URL contains it, and no other site can make the console show it.
"""

from __future__ import annotations

from fastapi import Request, Response

from shared.console.access import cookie_name, is_secure

_COOKIE = "console-done"
_SECONDS = 60
_WORDS = {
    "approve": "Your approval is recorded.",
    "reject": "The run is rejected. Nothing of its plan is written.",
    "cancel": "The run is cancelled. No further write begins.",
    "start": "The run is started.",
    "redrive": "The unfinished rows are being planned again.",
    "undo": "This run is the undo. It is planned first, and then waits for an approval.",
    "set": "Done: the number is set.",
    "remove": "Done: the number is removed.",
    "enableSmsSignIn": "Done: SMS sign-in is on.",
    "disableSmsSignIn": "Done: SMS sign-in is off.",
}


def remember(request: Request, response: Response, done: str) -> None:
    """Let the next page show the message."""
    response.set_cookie(
        cookie_name(request, _COOKIE),
        done,
        max_age=_SECONDS,
        secure=is_secure(request),
        httponly=True,
        samesite="strict",
    )


def words_of(request: Request) -> str:
    """The message for this page; "" = there is none."""
    return _WORDS.get(request.cookies.get(cookie_name(request, _COOKIE), ""), "")


def forget(request: Request, response: Response) -> None:
    name = cookie_name(request, _COOKIE)
    if name in request.cookies:
        response.delete_cookie(name, secure=is_secure(request), httponly=True, samesite="strict")
