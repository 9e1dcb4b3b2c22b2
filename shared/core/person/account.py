"""The person of a row: the key that the row gives, and the account that the directory has for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.core.person.methods import Methods
from shared.core.values.slot import Slot


class KeyKind(StrEnum):
    """What identifies a person in an export, in order of precedence (Graph's property names)."""

    OBJECT_ID = "id"
    USER_PRINCIPAL_NAME = "userPrincipalName"
    EMPLOYEE_ID = "employeeId"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, repr=False)
class PersonKey:
    """A key as the row spells it; `repr` hides the value because sign-in names stay out of logs."""

    kind: KeyKind
    value: str

    def folded(self) -> str:
        """The form under which two spellings of one key are equal (Entra compares without regard to case)."""
        return f"{self.kind}:{self.value.strip().casefold()}"

    @property
    def is_placeholder(self) -> bool:
        """Whether it is a sign that people put into empty cells; in a URL it would address the whole collection."""
        return not self.value.strip(". ")

    def __repr__(self) -> str:
        return f"<{self.kind}>"


@dataclass(frozen=True, slots=True)
class Account:
    """A user object of the directory; `id` is the object id that every later call uses."""

    id: str
    usage_location: str | None = None
    """ISO 3166 alpha-2, upper case; the region of national numbers if neither the number nor the row names one."""
    enabled: bool = True
    guest: bool = False

    @property
    def note(self) -> str:
        """What a reader of the result should know about the account; neither fact prevents a write."""
        facts = (("the account is disabled", not self.enabled), ("the account is a guest", self.guest))
        return "; ".join(text for text, holds in facts if holds)


@dataclass(frozen=True, slots=True)
class AccountWithMethods:
    """The result of a look-up: the account, and its methods if they were read with it; None = not read yet."""

    account: Account
    methods: Methods | None = None

    def methods_with(self, *, email: bool) -> Methods | None:
        """The methods if they were read; with `email` only if the address was read, too."""
        if self.methods is None or (email and not self.methods.was_read(Slot.EMAIL)):
            return None
        return self.methods
