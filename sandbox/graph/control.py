"""The control path, `/control/…`: how a test or a person changes the stand-in and reads its counters.

Called for every request under `/control/`; JSON in, JSON out; an invalid request gets 400 and an explanation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.graph.call import Reply
from sandbox.graph.directory import EXTENSIONS
from sandbox.graph.faults import Fault
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from sandbox.graph.stand_in import StandIn
from sandbox.graph.state import Tenant
from sandbox.graph.user_state import NOT_CONFIGURED, OUT_OF_SCOPE
from shared.core.values.slot import PhoneType

_PEOPLE = "/people/"


def answer(stand_in: StandIn, method: str, path: str, body: bytes) -> Reply:
    """Do what `/control{path}` asks for."""
    try:
        content = json.loads(body) if body else {}
        if method == "POST" and path.startswith(_PEOPLE):
            person = change_person(stand_in.tenant, path.removeprefix(_PEOPLE), _object(content))
            return Reply(200, person.to_json())
        action = ACTIONS.get((method, path))
        if action is None:
            known = ", ".join(f"{verb} /control{name}" for verb, name in [*ACTIONS, ("POST", f"{_PEOPLE}{{id}}")])
            return _complaint(501, f"There is no {method} /control{path}. There is {known}.")
        return Reply(200, action(stand_in, content))
    except ValueError as error:
        return _complaint(400, str(error))


def change_person(tenant: Tenant, key: str, changes: Mapping[str, Any]) -> Person:
    """Set fields of a person, or create one; the state stays legal or ValueError is raised.

    `phones` and `onPremisesExtensionAttributes` are merged, and null takes a value away; a number is removed
    together with its default method and SMS sign-in. `admin`: true assigns Global Administrator, false removes every
    assigned role.
    """
    user = tenant.find(key) or tenant.people.get(key.lower())
    fields: dict[str, Any] = user.to_person().to_json() if user else {"id": key}
    fields |= {name: value for name, value in changes.items() if name not in ("phones", "admin")}
    if "phones" in changes:
        fields["phones"] = _merged(fields.get("phones", {}), changes["phones"])
        if fields.get("defaultMethod") not in fields["phones"]:
            fields["defaultMethod"] = None
        if PhoneType.MOBILE not in fields["phones"] and fields.get("smsSignInState", OUT_OF_SCOPE) != OUT_OF_SCOPE:
            fields["smsSignInState"] = NOT_CONFIGURED
    if EXTENSIONS in changes:
        fields[EXTENSIONS] = _merged(user.person.onPremisesExtensionAttributes if user else {}, changes[EXTENSIONS])
    if "admin" in changes:
        fields["roles"] = [GLOBAL_ADMINISTRATOR] if changes["admin"] else []
    person = Person.from_json(fields)
    tenant.put(person)
    return person


def _merged(before: Mapping[str, Any], changes: object) -> dict[str, Any]:
    return {name: value for name, value in {**before, **_object(changes)}.items() if value is not None}


def population(content: object) -> tuple[list[Person], list[Group], dict[str, Any]]:
    """The people, groups and switches of a seed: a list of people, or `{"people", "groups", "options"}`.

    Raises ValueError when it is neither.
    """
    seed = {"people": content} if isinstance(content, list) else _object(content)
    unknown = sorted(seed.keys() - {"people", "groups", "options"})
    if unknown or "people" not in seed:
        raise ValueError(f"a seed has people, groups and options, and not {', '.join(unknown) or 'none of them'}")
    people = [Person.from_json(_object(item)) for item in _list(seed["people"])]
    groups = [Group.from_json(_object(item)) for item in _list(seed.get("groups", []))]
    return people, groups, _object(seed.get("options", {}))


def _reset(stand_in: StandIn, content: object) -> object:
    """Reset to the beginning; `{"options": …}` changes switches."""
    stand_in.reset(_object(_object(content).get("options", {})))
    return {}


def _seed(stand_in: StandIn, content: object) -> object:
    people, groups, changes = population(content)
    stand_in.seed(people, groups, stand_in.options.changed(changes))
    return {"people": len(people), "groups": len(groups)}


def _dump(stand_in: StandIn, _content: object) -> object:
    return dumped(stand_in)


def dumped(stand_in: StandIn) -> dict[str, Any]:
    """All people and groups, as a seed has them."""
    return {
        "people": [user.to_person().to_json() for user in stand_in.tenant.people.values()],
        "groups": [group.to_json() for group in stand_in.tenant.groups.values()],
    }


def _restore(stand_in: StandIn, content: object) -> object:
    people, groups, _ = population(content)
    stand_in.restore(people, groups)
    return {}


def _inject(stand_in: StandIn, content: object) -> object:
    """One fault or a list of them; answers with all in force."""
    for fault in [Fault.from_json(_object(item)) for item in (content if isinstance(content, list) else [content])]:
        stand_in.faults.add(fault)
    return [fault.to_json() for fault in stand_in.faults.in_force()]


def _withdraw(stand_in: StandIn, _content: object) -> object:
    stand_in.faults.withdraw()
    return {}


def _forget(stand_in: StandIn, _content: object) -> object:
    stand_in.tenant.changes.forget()
    return {}


def _findings(stand_in: StandIn, _content: object) -> object:
    return [{**finding.to_json(), "sentence": str(finding)} for finding in stand_in.findings]


def _stats(stand_in: StandIn, _content: object) -> object:
    return stand_in.stats.to_json()


ACTIONS: dict[tuple[str, str], Callable[[StandIn, object], object]] = {
    ("POST", "/reset"): _reset,
    ("POST", "/seed"): _seed,
    ("GET", "/dump"): _dump,
    ("POST", "/restore"): _restore,
    ("POST", "/inject"): _inject,
    ("POST", "/withdraw"): _withdraw,
    ("POST", "/forget-changes"): _forget,
    ("GET", "/findings"): _findings,
    ("GET", "/stats"): _stats,
}


def _complaint(status: int, message: str) -> Reply:
    return Reply(status, {"error": {"message": message}})


def _object(content: object) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise ValueError(f"a JSON object is expected here, not {content!r:.40}")  # noqa: TRY004 - the caller's mistake
    return content


def _list(content: object) -> list[Any]:
    if not isinstance(content, list):
        raise ValueError(f"a JSON list is expected here, not {content!r:.40}")  # noqa: TRY004 - the caller's mistake
    return content
