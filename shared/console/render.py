"""Makes pages from templates: each gets the visitor, the words of the workbooks, and filters for what it shows.

Templates escape everything that they show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.api.roles import ROLE_MEANINGS, Admission
from shared.api.single_calls import OperationResource
from shared.console import done
from shared.console.access import ROOT, Visitor, sign_in
from shared.console.assets import url_of
from shared.core.person.account import Account
from shared.core.report.texts import Language, Texts, texts_in
from shared.core.values.errors import ExplainedError

_ROLES_LACK = frozenset({"roleMissing", "numbersForbidden"})
_TEMPLATES = Path(__file__).with_name("templates")


def words() -> Texts:
    """The texts of the English workbooks, which the console uses."""
    return texts_in(Language.ENGLISH)


def page(request: Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Response:
    """The page; `root` is the console's URL, and `visitor` is None where nobody was identified.

    `names` are accounts by object id; the page shows their names in place of the ids.
    """
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    always: dict[str, object] = {
        "root": ROOT,
        "here": request.url.path,
        "visitor": visitor,
        "texts": words(),
        "names": {},
        "done": done.words_of(request),
    }
    response = HTMLResponse(_environment().get_template(template).render({**always, **values}), status)
    done.forget(request, response)
    return response


def error_page(request: Request, error: ExplainedError, status: HTTPStatus) -> Response:
    """The page that shows an error; if a role is missing, with the roles that the request needs."""
    admission: Admission = getattr(request.state, "admission", Admission())
    needed = admission.any_of | admission.all_of if error.code in _ROLES_LACK else frozenset()
    roles = {role: meaning for role, meaning in ROLE_MEANINGS.items() if role in needed}
    return page(request, "error.html", status=status, error=error, roles=roles, sign_in=sign_in(ROOT))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "moment": _moment,
        "number": lambda count: words().number(count),
        "spaced": _spaced,
        "value": _value,
        "coded": _coded,
        "old_and_new": _old_and_new,
        "with_names": _with_names,
        "capitalized": lambda text: text[:1].upper() + text[1:],
    }
    environment.globals |= {"asset": url_of}
    return environment


def _moment(at: datetime | None) -> Markup:
    """A time in UTC; the page's script converts it to the reader's time zone."""
    if at is None:
        return Markup("–")  # noqa: RUF001 - a dash
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), words().moment(at))


def _coded(text: str) -> Markup:
    """A sentence of the API as HTML, with the names between backticks as code."""
    parts = text.split("`")
    return Markup().join(Markup("<code>{}</code>").format(one) if at % 2 else one for at, one in enumerate(parts))


_MASKED = re.compile(r"<.*?(\d*)>")


def _value(value: str | None) -> Markup:
    """A number or an e-mail address; a masked one as dots and its last digits."""
    masked = _MASKED.fullmatch(value or "")
    if masked:
        return Markup('<span class="number">•••• {}</span>').format(masked[1])
    return Markup('<span class="number">{}</span>').format(value or words().say("nothing"))


def _old_and_new(operation: OperationResource) -> Markup:
    if operation.action in {"enableSmsSignIn", "disableSmsSignIn"}:
        return Markup("{}").format(_spaced(operation.action))
    return Markup('<span class="pair">{} → {}</span>').format(_value(operation.old), _value(operation.new))


def _with_names(text: str, names: Mapping[str, Account]) -> str:
    """The sentence with people's names in place of their ids, where known."""
    for object_id, account in names.items():
        text = text.replace(object_id, account.display_name or account.user_principal_name)
    return text


def _spaced(name: str) -> str:
    """`notDone` as `not done`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
