"""The handler of `/users/delta`: all people in the first round, then those changed since the round before.

Called through the route table. Links hold everything that a round needs, so that no state of callers is kept; `$select`
counts in the first request only, and changes of other properties are not reported. Source: "Use delta query to track
changes" and the `user: delta` reference; these sources do not mention that a round can begin with `$deltatoken=latest`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply
from sandbox.graph.directory import projection, selected
from sandbox.graph.paging import PageStart, cut
from sandbox.graph.state import Tenant
from sandbox.graph.user_state import UserState

_FROM_THE_BEGINNING = ("", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """The content of a token: the changes from position `since` (None: all people) to `until`, and the page's start."""

    names: Sequence[str]
    since: int | None
    until: int
    issued: float
    start: int = 0
    filled: bool = False

    def token(self) -> str:
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def of(cls, token: str) -> Self:
        try:
            return cls(**json.loads(base64.urlsafe_b64decode(token)))
        except (ValueError, TypeError):
            raise errors.bad_query("Badly formed token.") from None


def list_changed_users(tenant: Tenant, call: Call) -> Reply:
    this = _round(tenant, call)
    shown, following = cut(
        _members(tenant, this), PageStart(this.start, this.filled), tenant.options.page_size, tenant.options
    )
    rows = [_row(user, this.names, changed) for user, changed in shown if this.since is not None or _is_there(user)]
    if following:
        link = _link(call, "nextLink", "$skiptoken", replace(this, start=following.start, filled=following.filled))
    else:
        ended = _Round(names=this.names, since=this.until, until=this.until, issued=tenant.clock())
        link = _link(call, "deltaLink", "$deltatoken", ended)
    return Reply(200, {"@odata.context": f"{call.caller.root}/v1.0/$metadata#users", **link, "value": rows})


def _round(tenant: Tenant, call: Call) -> _Round:
    """The round asked for; raises GraphError (410) when its token is too old or the changes were forgotten."""
    now, position = tenant.clock(), tenant.changes.position
    page_token, token = call.query.get("$skiptoken"), call.query.get("$deltatoken")
    if page_token is None and token in _FROM_THE_BEGINNING:
        return _Round(names=selected(call), since=None, until=position, issued=now)
    if page_token is None and token == "latest":  # noqa: S105 - Graph's own word
        return _Round(names=selected(call), since=position, until=position, issued=now)
    known = _Round.of(page_token or token or "")
    expired = now - known.issued >= tenant.options.delta_token_seconds
    if expired or not tenant.changes.knows(known.until if known.since is None else known.since):
        raise errors.sync_state_not_found(f"{call.url}?$select={','.join(known.names)}&$deltatoken=")
    return known if page_token else replace(known, until=position)


def _members(tenant: Tenant, this: _Round) -> list[tuple[UserState, frozenset[str]]]:
    """All people in the round with their changed properties; the list stays the same while its pages are fetched."""
    if this.since is None:
        found = [(user, frozenset[str]()) for user in tenant.people.values()]
    else:
        changes = tenant.changes.between(this.since, this.until)
        reported = {"deleted", *this.names}
        found = [(tenant.people[person], names) for person, names in changes.items() if names & reported]
    return found * 2 if tenant.options.repeated_changes else found


def _row(user: UserState, names: Sequence[str], changed: frozenset[str]) -> dict[str, Any]:
    """Properties that never had a value are left out; one that has lost its value is null."""
    if not _is_there(user):
        return {"id": user.person.id, "@removed": {"reason": "changed"}}
    row = projection(user.person, ("id", *names))
    return {name: value for name, value in row.items() if name in changed or _is_set(value)}


def _is_set(value: object) -> bool:
    return any(value.values()) if isinstance(value, dict) else value not in (None, (), [])


def _is_there(user: UserState) -> bool:
    return not user.person.deleted


def _link(call: Call, kind: str, name: str, this: _Round) -> dict[str, str]:
    return {f"@odata.{kind}": f"{call.url}?{name}={this.token()}"}
