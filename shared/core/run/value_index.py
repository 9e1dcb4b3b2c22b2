"""Which people have a value: the index of values by keyed digest, and the limits on how many people may share one.

A value that was approved as shared, such as that of a switchboard, no longer counts. The digest is an HMAC, because it
is a table key, and table keys end up in URLs and telemetry: without `VALUE_INDEX_KEY` no number can be found by trying
all of them. The index only names people who may have a value: ownership records and open runs say who has it.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.export.places import Places
from shared.core.run.safety_limits import ReasonToHold
from shared.core.values.said import Said, people_in_words
from shared.core.values.slot import EmailAddress, PhoneNumber, Slot, SlotValue


class SharedAs(StrEnum):
    """The kinds of shared values. A number counts for mobile and alternate mobile together, and apart for office."""

    MOBILE = "mobile"
    OFFICE = "office"
    EMAIL = "email"


KIND_OF = {
    Slot.MOBILE: SharedAs.MOBILE,
    Slot.ALTERNATE_MOBILE: SharedAs.MOBILE,
    Slot.OFFICE: SharedAs.OFFICE,
    Slot.EMAIL: SharedAs.EMAIL,
}


@dataclass(frozen=True, slots=True)
class SharingLimits:
    """How many people may have one value without a person's approval."""

    mobile: int = 2
    office: int = 20

    def of(self, kind: SharedAs) -> int:
        return self.office if kind is SharedAs.OFFICE else self.mobile

    def setting(self, kind: SharedAs) -> str:
        return "MAX_SAME_OFFICE" if kind is SharedAs.OFFICE else "MAX_SAME_MOBILE"


@dataclass(frozen=True, slots=True)
class ValueKey:
    """The secret of the digests."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """A name for the secret that does not reveal it."""
        return self._digest("key")[:16]

    def of_value(self, slot: Slot, value: SlotValue) -> str:
        """The digest of a value as shared in this slot; the extension of a number does not count."""
        match value:
            case PhoneNumber():
                return self._digest(f"{KIND_OF[slot]}:{value.digits}")
            case EmailAddress():
                return self._digest(f"{KIND_OF[slot]}:{value.address.casefold()}")

    def of_person(self, object_id: str, slot: Slot, value: SlotValue) -> str:
        """The digest of a person's value in a slot; it differs from person to person."""
        spelled = value.spelled_for_graph() if isinstance(value, PhoneNumber) else value.address.casefold()
        return self._digest(f"{object_id.lower()}:{slot}:{spelled}")

    def of_content(self, text: str) -> str:
        """The digest of what the rows of an export ask for."""
        return self._digest(f"content:{text}")

    def _digest(self, text: str) -> str:
        return hmac.digest(self.secret, text.encode(), "sha256").hex()[:32]


@dataclass(frozen=True, slots=True)
class Sharers:
    """The people for whom a run asks for the same value."""

    kind: SharedAs
    people: Mapping[int, str]
    """Row number -> object id."""
    writers: Mapping[int, tuple[str, Slot]]
    """Those of them who are to get it: row number -> object id and slot."""
    leaving: frozenset[str] = frozenset()
    """Object ids of people of the run who have the value and are to lose it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person who may have a value: `run` was to write it in `slot`; "" = it was in the ownership record."""

    object_id: str
    slot: Slot
    run: str = ""


@dataclass(frozen=True, slots=True)
class IndexedValue:
    """The entry of one value in the index."""

    holders: Mapping[str, Holder] = field(default_factory=dict)
    """By object id."""
    is_shared: bool = False
    """Whether a person approved it as shared."""
    etag: str = ""


def too_many(
    sharers: Sharers, others: Collection[Holder], limits: SharingLimits, places: Places
) -> ReasonToHold | None:
    """The limit that the sharers of a run and `others` exceed together; exactly at the limit they pass."""
    in_file, limit = len(set(sharers.people.values())), limits.of(sharers.kind)
    if in_file + len(others) <= limit:
        return None
    who = places.name_all(sharers.people)
    if others:
        who = Said("{rows}, and {people} outside the file,", rows=who, people=people_in_words(len(others)))
    message = Said(
        "{who} would share one value of {kind}; the limit is {limit}",
        who=who,
        kind=Said(sharers.kind),
        limit=people_in_words(limit),
    )
    return ReasonToHold(limits.setting(sharers.kind), message)
