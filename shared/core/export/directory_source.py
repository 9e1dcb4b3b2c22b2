"""The properties of the directory that fill each slot, and a user's properties as cells of an export.

Made from `DIRECTORY_SOURCE`, for runs of the source `directory`. Their rows are then read like those of any export.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.core.values.slot import Slot

EXTENSIONS = "onPremisesExtensionAttributes"
SOURCES = frozenset(
    {"mobilePhone", "businessPhones", "otherMails", *(f"{EXTENSIONS}.extensionAttribute{n}" for n in range(1, 16))}
)
"""Properties that may fill a slot, in Graph's spelling."""

TRUSTABLE = SOURCES | {EXTENSIONS}
"""The values that `DIRECTORY_TRUSTED` may have; `EXTENSIONS` means all extension attributes."""
TRUSTED_BY_DEFAULT = (EXTENSIONS,)

HEADERS = {
    Slot.MOBILE: "mobile",
    Slot.ALTERNATE_MOBILE: "alternateMobile",
    Slot.OFFICE: "office",
    Slot.EMAIL: "authenticationEmail",
}
"""The headings of the export that the app makes from the directory, beside `objectId`."""

_BETWEEN_SEVERAL = "; "
"""Separates several values in one cell, which is refused, because the app does not guess which one is right."""


def is_trusted(source: str, trusted: Collection[str]) -> bool:
    """Whether a changed value of this property may replace one in use without a person's decision.

    People may edit `mobilePhone`, `businessPhones` and `otherMails` of their own profile in many tenants, and so may a
    thief of their password; such a property does not prove who has the phone.
    """
    return source in trusted or source.partition(".")[0] in trusted


@dataclass(frozen=True, slots=True)
class ChangedUser:
    """A user in a page of a delta query: the properties that the page names, or that the user was deleted."""

    id: str
    properties: Mapping[str, Any]
    removed: bool = False


@dataclass(frozen=True, slots=True)
class ChangedUsers:
    """One page of a delta query: `next_link` if more pages follow, `delta_link` on the last one."""

    items: list[ChangedUser]
    next_link: str | None
    delta_link: str | None


@dataclass(frozen=True, slots=True)
class DirectorySource:
    """Pairs of slot and property."""

    pairs: tuple[tuple[Slot, str], ...] = ()

    @classmethod
    def parse(cls, texts: Sequence[str]) -> DirectorySource:
        """From `slot=property` texts. Raises ValueError for any other text, and for a slot that is named twice."""
        pairs: dict[Slot, str] = {}
        for text in texts:
            name, _, source = (part.strip() for part in text.partition("="))
            if name not in set(Slot) or source not in SOURCES:
                raise ValueError(
                    f"should be slot=property pairs; a slot is one of {', '.join(Slot)},"
                    f" a property one of {', '.join(sorted(SOURCES, key=lambda item: (len(item), item)))}"
                )
            if Slot(name) in pairs:
                raise ValueError(f"should name {name} once")
            pairs[Slot(name)] = source
        return cls(tuple(pairs.items()))

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties to select. Graph returns extension attributes only together."""
        return tuple(dict.fromkeys(source.partition(".")[0] for _, source in self.pairs))

    def untrusted(self, trusted: Collection[str]) -> frozenset[Slot]:
        """The slots that are filled from a property which is not trusted."""
        return frozenset(slot for slot, source in self.pairs if not is_trusted(source, trusted))

    def cells(self, user: ChangedUser) -> dict[Slot, str]:
        """The user's cell for each slot; "" = no value, a missing slot = the page does not name the property."""
        found: dict[Slot, str] = {}
        for slot, source in self.pairs:
            name, _, attribute = source.partition(".")
            if name in user.properties:
                value = user.properties[name]
                found[slot] = _text((value or {}).get(attribute) if attribute else value)
        return found

    def __str__(self) -> str:
        return ";".join(f"{slot}={source}" for slot, source in self.pairs)


def _text(value: object) -> str:
    match value:
        case str():
            return value.strip()
        case list():
            return _BETWEEN_SEVERAL.join(text for item in value if (text := _text(item)))
        case _:
            return ""
