"""The made-up tenant and the rules of its authentication methods; pure, so that tests can use it without HTTP.

Used by the handlers behind the routes and by the control path. The rules are those of the phoneAuthenticationMethod
and emailAuthenticationMethod references: at most one method per type, an alternate needs a mobile, types never change,
the default method goes last, a mobile number is registered for SMS sign-in whenever the person is in that policy's
scope, and there is one e-mail method per person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from sandbox.graph import errors
from sandbox.graph.changes import ChangeLog
from sandbox.graph.options import Options
from sandbox.graph.person import Application, Group, Person
from sandbox.graph.spelling import masked, same_number
from sandbox.graph.user_state import (
    NOT_CONFIGURED,
    NOT_ENABLED,
    NOT_UNIQUE,
    OUT_OF_SCOPE,
    READY,
    MethodRow,
    UserState,
    is_address,
    spelled,
)
from shared.adapters.graph.method_ids import EMAIL_METHOD_ID, METHOD_IDS, METHOD_TYPES
from shared.core.values.slot import PhoneType


def _lookup_entries(person: Person) -> list[tuple[str, str]]:
    values = {"employeeId": person.employeeId, "mail": person.mail}
    return [(name, value.lower()) for name, value in values.items() if value]


def _differences(before: Person, after: Person) -> list[str]:
    return [one.name for one in fields(Person) if getattr(before, one.name) != getattr(after, one.name)]


class Tenant:
    """All people by object id in lower case, the groups, and the methods with their rules.

    A `key` is an object id or a sign-in name, in upper or lower case. Methods that take one raise GraphError, but for
    `find`.
    """

    def __init__(
        self,
        people: Iterable[Person] = (),
        groups: Iterable[Group] = (),
        *,
        options: Options | None = None,
        clock: Callable[[], float] = lambda: 0.0,
        changes: ChangeLog | None = None,
    ) -> None:
        """Raises ValueError when the seed breaks a rule; `clock` decides what depends on time, such as late reads."""
        self.options = options or Options()
        self.clock = clock
        self.changes = changes or ChangeLog()
        self.lateness = 0.0
        """By how many seconds the replica is late that answers the present request."""
        self.people: dict[str, UserState] = {}
        self.groups: dict[str, Group] = {}
        self.applications: list[Application] = []
        self.grants: list[dict[str, Any]] = []
        """Application permissions that service principals were granted, as Graph shows them."""
        self._ids_by_name: dict[str, str] = {}
        self._ids_by_value: dict[tuple[str, str], list[str]] = {}
        self._sms_holders: dict[str, str] = {}
        self._derived: dict[str, list[Any]] = {}
        for group in groups:
            self.groups[group.id.lower()] = group
        for person in people:
            self._place(person, known_from=0.0)

    def put(self, person: Person) -> None:
        """Add or replace a person; the state stays legal or ValueError is raised and nothing changes."""
        before = self.people.get(person.id.lower())
        self._place(person, before.known_from if before else self.clock() + self.options.new_user_seconds)
        self.changes.note(person.id.lower(), _differences(before.person, person) if before else ("deleted",))

    def _place(self, person: Person, known_from: float) -> None:
        user = self._checked(person)
        user.known_from = known_from
        self._derived.clear()
        before = self.people.get(person.id.lower())
        if before is not None:
            self._forget(before)
        self.people[person.id.lower()] = user
        if not person.deleted:
            self._ids_by_name[person.userPrincipalName.lower()] = person.id.lower()
            for entry in _lookup_entries(person):
                self._ids_by_value.setdefault(entry, []).append(person.id.lower())
        if user.sms_state == READY:
            self._sms_holders[same_number(user.methods[PhoneType.MOBILE])] = person.id.lower()
        for group_id in person.groups:
            self.groups.setdefault(group_id.lower(), Group(id=group_id))

    def _checked(self, person: Person) -> UserState:
        """The person's state; raises ValueError when it cannot be, alone or beside the others."""
        user = UserState.of(person, self.options)
        mobile = user.methods.get(PhoneType.MOBILE, "")
        if user.sms_state == READY and self._number_taken(user, mobile):
            raise ValueError(f"{person.id} cannot have SMS sign-in with a number that another person holds")
        if self._ids_by_name.get(person.userPrincipalName.lower()) not in (None, person.id.lower()):
            raise ValueError(f"{person.id} cannot have a sign-in name that another person has")
        return user

    def _forget(self, user: UserState) -> None:
        self._release_sms_number(user)
        if not user.person.deleted:
            del self._ids_by_name[user.person.userPrincipalName.lower()]
            for entry in _lookup_entries(user.person):
                self._ids_by_value[entry].remove(user.person.id.lower())

    def find(self, key: str) -> UserState | None:
        """The person with this object id or sign-in name."""
        folded = key.lower()
        user = self.people.get(folded)
        if user is None:
            user = self.people.get(self._ids_by_name.get(folded, ""))
        return None if user is None or user.person.deleted else user

    def find_all(self, name: str, value: str) -> list[UserState]:
        """The people whose `employeeId` or `mail` is `value`, in any case."""
        return [self.people[person_id] for person_id in self._ids_by_value.get((name, value.lower()), ())]

    def derived[T](self, name: str, make: Callable[[], list[T]]) -> list[T]:
        """A list made from the people and groups, kept until one of them changes: pages are cut from it."""
        if name not in self._derived:
            self._derived[name] = make()
        return self._derived[name]

    def _user(self, key: str) -> UserState:
        user = self.find(key)
        if user is None or user.known_from > self.clock():
            raise errors.user_not_found(key, self.options)
        return user

    # Reads

    def list_methods(self, key: str) -> list[MethodRow]:
        rows = self._seen(key).rows()
        match self.options.shown_numbers:
            case "full":
                return rows
            case "masked":
                return [{**row, "phoneNumber": masked(row["phoneNumber"])} for row in rows]
            case "none":
                return []

    def get_method(self, key: str, method_id: str) -> MethodRow:
        for row in self.list_methods(key):
            if row["id"] == method_id.lower():
                return row
        raise errors.method_not_found("phoneMethods", method_id, self.options)

    def list_emails(self, key: str) -> list[MethodRow]:
        user = self._seen(key)
        return [user.email_row()] if user.email else []

    def get_email(self, key: str, method_id: str) -> MethodRow:
        return self._email_holder(self._seen(key), method_id).email_row()

    def _seen(self, key: str) -> UserState:
        """The person as the answering replica knows them."""
        user, now = self._user(key), self.clock()
        if user.past and user.stale_until > now:
            return user.past
        return user.at(now - self.lateness) if self.lateness else user

    def lag_reads(self, key: str, seconds: float) -> None:
        """For `seconds`, reads of this person show the present state, even after writes."""
        user = self._user(key)
        if user.stale_until <= self.clock():
            user.past = user.copy()
        user.stale_until = self.clock() + seconds

    # Writes

    def note_write(self, key: str) -> None:
        """Call this before a write, so that late replicas know the state before it for some time."""
        now = self.clock()
        self._user(key).note_write(now, now - self.options.late_seconds)

    def _known(self, key: str) -> tuple[UserState, UserState]:
        """The person as they are, and as the replica that is asked to write knows them."""
        user = self._user(key)
        return user, self._seen(key) if self.options.late_writes == "by-what-they-know" else user

    def create_method(self, key: str, phone_type: PhoneType, number: str) -> MethodRow:
        user, known = self._known(key)
        if phone_type in user.methods or phone_type in known.methods:
            raise errors.broken_rule(f"The user already has a phone method of type {phone_type}.", self.options)
        if phone_type is PhoneType.ALTERNATE_MOBILE and PhoneType.MOBILE not in user.methods:
            raise errors.broken_rule("An alternate mobile needs a mobile phone method first.", self.options)
        self._store(user, phone_type, number)
        return user.row(phone_type)

    def update_method(
        self, key: str, method_id: str, number: str | None, phone_type: PhoneType | None = None
    ) -> MethodRow:
        """Change the number of an existing method; `phone_type` may only repeat what the method already is."""
        user, present = self._method(key, method_id)
        if phone_type not in (None, present):
            raise errors.broken_rule("The type of a phone method cannot be changed.", self.options)
        self._store(user, present, user.methods[present] if number is None else number)
        return user.row(present)

    def delete_method(self, key: str, method_id: str) -> None:
        user, phone_type = self._method(key, method_id)
        if phone_type is PhoneType.MOBILE and PhoneType.ALTERNATE_MOBILE in user.methods:
            raise errors.broken_rule("The mobile cannot be deleted while there is an alternate mobile.", self.options)
        if user.default_method is phone_type and len(user.methods) > 1:
            raise errors.default_method_in_use(METHOD_IDS[phone_type], self.options)
        if phone_type is PhoneType.MOBILE:
            self._release_sms_number(user)
            user.sms_state = OUT_OF_SCOPE if user.sms_state == OUT_OF_SCOPE else NOT_CONFIGURED
        if user.default_method is phone_type:
            user.default_method = None
        del user.methods[phone_type]

    def create_email(self, key: str, address: str) -> MethodRow:
        user, known = self._known(key)
        if user.email or known.email:
            raise errors.broken_rule("The user already has an email method.", self.options)
        return self._store_email(user, address)

    def update_email(self, key: str, method_id: str, address: str) -> MethodRow:
        return self._store_email(self._email_to_write(key, method_id), address)

    def delete_email(self, key: str, method_id: str) -> None:
        self._email_to_write(key, method_id).email = None

    def _email_to_write(self, key: str, method_id: str) -> UserState:
        user, known = self._known(key)
        self._email_holder(known, method_id)
        return self._email_holder(user, method_id)

    def _email_holder(self, user: UserState, method_id: str) -> UserState:
        if not user.email or method_id.lower() != EMAIL_METHOD_ID:
            raise errors.method_not_found("emailMethods", method_id, self.options)
        return user

    def _store_email(self, user: UserState, address: str) -> MethodRow:
        if not is_address(address):
            raise errors.broken_rule("The email address is malformed.", self.options)
        user.email = address
        return user.email_row()

    def enable_sms_sign_in(self, key: str, method_id: str) -> None:
        user = self._mobile_for_sms(key, method_id)
        if user.sms_state == OUT_OF_SCOPE:
            raise errors.sms_out_of_scope(self.options)
        if self._number_taken(user, user.methods[PhoneType.MOBILE]):
            user.sms_state = NOT_UNIQUE
            raise errors.number_taken(stored=False)
        self._register_sms_number(user)

    def disable_sms_sign_in(self, key: str, method_id: str) -> None:
        user = self._mobile_for_sms(key, method_id)
        if user.sms_state != OUT_OF_SCOPE:
            self._release_sms_number(user)
            user.sms_state = NOT_ENABLED

    def _method(self, key: str, method_id: str) -> tuple[UserState, PhoneType]:
        user, known = self._known(key)
        phone_type = METHOD_TYPES.get(method_id.lower())
        if phone_type is None or phone_type not in user.methods or phone_type not in known.methods:
            raise errors.method_not_found("phoneMethods", method_id, self.options)
        return user, phone_type

    def _mobile_for_sms(self, key: str, method_id: str) -> UserState:
        user, phone_type = self._method(key, method_id)
        if phone_type is not PhoneType.MOBILE:
            raise errors.bad_request("SMS sign-in is possible with a mobile phone method only.")
        return user

    def _store(self, user: UserState, phone_type: PhoneType, number: str) -> None:
        """Put a number into its slot; a mobile in the SMS policy's scope is registered for sign-in on the way."""
        stored = spelled(number, self.options)
        if stored is None:
            raise errors.broken_rule("The phone number is not in the required format.", self.options)
        registers = phone_type is PhoneType.MOBILE and user.sms_state != OUT_OF_SCOPE
        taken = registers and self._number_taken(user, stored)
        if taken and self.options.taken_number == "409-not-stored":
            raise errors.number_taken(stored=False)
        if registers:
            self._release_sms_number(user)
        user.methods[phone_type] = stored
        if taken:
            user.sms_state = NOT_UNIQUE
            if self.options.taken_number == "409-stored":
                raise errors.number_taken(stored=True)
        elif registers:
            self._register_sms_number(user)

    def _number_taken(self, user: UserState, number: str) -> bool:
        return self._sms_holders.get(same_number(number)) not in (None, user.person.id.lower())

    def _register_sms_number(self, user: UserState) -> None:
        user.sms_state = READY
        self._sms_holders[same_number(user.methods[PhoneType.MOBILE])] = user.person.id.lower()

    def _release_sms_number(self, user: UserState) -> None:
        mobile = user.methods.get(PhoneType.MOBILE)
        if mobile and self._sms_holders.get(same_number(mobile)) == user.person.id.lower():
            del self._sms_holders[same_number(mobile)]
