"""The control path, `/control/…`: what a test or a person may do to the stand-in behind its callers' backs.

Called by the wire for everything under `/control/`; JSON in, JSON out, 400 with a sentence for what cannot be done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.graph.call import Answer
from sandbox.graph.faults import Fault
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from sandbox.graph.state import Tenant

if TYPE_CHECKING:
    from sandbox.graph.stand_in import StandIn

type Json = Any
PEOPLE = "/people/"


def answer(stand_in: StandIn, method: str, path: str, body: bytes) -> Answer:
    try:
        content = json.loads(body) if body else None
        if method == "POST" and path.startswith(PEOPLE):
            return Answer(200, change_person(stand_in.tenant, path.removeprefix(PEOPLE), content or {}).to_json())
        action = _ACTIONS.get((method, path))
        if action is None:
            known = ", ".join(f"{verb} /control{name}" for verb, name in [*_ACTIONS, ("POST", f"{PEOPLE}{{id}}")])
            return _complaint(501, f"There is no {method} /control{path}. There is {known}.")
        return Answer(200, action(stand_in, content))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return _complaint(400, f"{type(error).__name__}: {error}")


def change_person(tenant: Tenant, key: str, changes: Mapping[str, Any]) -> Person:
    """Set fields of a person, or create one; the state stays legal or ValueError is raised.

    `phones` is merged type by type and null takes a number away. `admin`: true assigns Global Administrator, false
    takes every assigned role away.
    """
    user = tenant.find(key)
    before: dict[str, Any] = user.to_person().to_json() if user else {"id": key}
    after = {**before, **changes}
    if "phones" in changes:
        phones = {**before.get("phones", {}), **changes["phones"]}
        after["phones"] = {name: number for name, number in phones.items() if number is not None}
    admin = after.pop("admin", None)
    if admin is not None:
        after["roles"] = [GLOBAL_ADMINISTRATOR] if admin else []
    person = Person.from_json(after)
    tenant.put(person)
    return person


def _reset(stand_in: StandIn, content: Json) -> Json:
    stand_in.reset()
    if content:
        people, groups = _population(_dump(stand_in, None))
        stand_in.seed(people, groups, stand_in.options.changed(content.get("options", {})))
    return {}


def _seed(stand_in: StandIn, content: Json) -> Json:
    """A list of people, or `{"people", "groups", "options"}`."""
    people, groups = _population(content)
    options = content.get("options", {}) if isinstance(content, dict) else {}
    stand_in.seed(people, groups, stand_in.options.changed(options))
    return {"people": len(people), "groups": len(groups)}


def _dump(stand_in: StandIn, _content: Json) -> Json:
    return {
        "people": [user.to_person().to_json() for user in stand_in.tenant.people.values()],
        "groups": [group.to_json() for group in stand_in.tenant.groups.values()],
    }


def _restore(stand_in: StandIn, content: Json) -> Json:
    stand_in.restore(*_population(content))
    return {}


def _inject(stand_in: StandIn, content: Json) -> Json:
    """One fault or a list of them; answers with all in force."""
    for fault in [Fault.from_json(item) for item in (content if isinstance(content, list) else [content])]:
        stand_in.faults.add(fault)
    return [fault.to_json() for fault in stand_in.faults.in_force()]


def _findings(stand_in: StandIn, _content: Json) -> Json:
    return [{**finding.to_json(), "sentence": str(finding)} for finding in stand_in.findings]


def _stats(stand_in: StandIn, _content: Json) -> Json:
    return stand_in.stats.to_json()


def _population(content: Json) -> tuple[list[Person], list[Group]]:
    if isinstance(content, list):
        content = {"people": content}
    people = [Person.from_json(item) for item in content["people"]]
    return people, [Group.from_json(item) for item in content.get("groups", ())]


def _complaint(status: int, message: str) -> Answer:
    return Answer(status, {"error": {"message": message}})


_ACTIONS: dict[tuple[str, str], Callable[[StandIn, Json], Json]] = {
    ("POST", "/reset"): _reset,
    ("POST", "/seed"): _seed,
    ("GET", "/dump"): _dump,
    ("POST", "/restore"): _restore,
    ("POST", "/inject"): _inject,
    ("GET", "/findings"): _findings,
    ("GET", "/stats"): _stats,
}
