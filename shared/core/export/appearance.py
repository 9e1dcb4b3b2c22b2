"""What a column's values look like, whatever its heading says."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from shared.core.export.column_profile import PHONE_KINDS, ColumnProfile, ValueKind
from shared.core.export.country import region_by_name, regions_by_name
from shared.core.export.headings.heading import Topic
from shared.core.export.headings.reading import read_heading
from shared.core.export.part_cells import is_extension
from shared.core.export.row_qualifiers import phone_type_of
from shared.core.export.statuses import EmploymentStatus, status_of
from shared.core.values.cell import folded
from shared.core.values.said import Said

_NEARLY_ALL = 0.9
_MANY = 0.5
_SOME = 0.05
_SHORT = re.compile(r"[A-Za-z]{0,2}\W?\d*")


class Appearance(StrEnum):
    """The appearances that matter; the values are words for HR."""

    PHONES = "phone numbers"
    PHONE_TYPES = "types of phones"
    STATUSES = "statuses of employment"
    CALLING_CODES = "calling codes"
    AREA_CODES = "area codes"
    EMAILS = "e-mail addresses"
    OBJECT_IDS = "object ids"
    COUNTRIES = "countries"
    DATES = "dates"

    @property
    def said(self) -> Said:
        return Said(self.value)


def appearance_of(profile: ColumnProfile) -> Appearance | None:
    """None = nothing that matters."""
    return next((what for what, is_like in _LIKE if is_like(profile)), None) if profile.total else None


def could_be_part(profile: ColumnProfile) -> bool:
    """Whether the values could be extensions, area codes or calling codes: short digits, or `x123`."""
    digits = profile.count(ValueKind.SHORT, ValueKind.CODE, ValueKind.AREA_CODE, ValueKind.CALLING_CODE)
    written = sum(count for word, count in profile.words.items() if not word.isdigit() and is_extension(word))
    return profile.total > 0 and digits + written >= _NEARLY_ALL * profile.total


def names_phone_types(profile: ColumnProfile) -> bool:
    """Whether every value is a type of phone, and not all are other people's phones: `Manager` may be a job."""
    is_all = profile.total > 0 and not profile.has_more_words and _share_of_words(profile, _is_phone_type) == 1
    return is_all and any(Topic.OTHER_PERSON not in read_heading(word, "Phone").topics for word in profile.words)


def names_statuses(profile: ColumnProfile) -> bool:
    """Whether every value is a status of employment; codes such as `A` or `E2` are not."""
    is_all = profile.total > 0 and not profile.has_more_words
    return is_all and _share_of_words(profile, lambda word: not _SHORT.fullmatch(word) and status_of(word, None)) == 1


def names_leavers_by_status(profile: ColumnProfile) -> bool:
    """Whether every value is a status, and one says that its person has left."""
    return names_statuses(profile) and any(status_of(word, None) is EmploymentStatus.LEFT for word in profile.words)


def country_share(profile: ColumnProfile) -> float:
    """The share of the values that name a country by code or name; 0 for a column of too many words."""
    return 0.0 if profile.has_more_words else _share_of_words(profile, _is_country)


def names_countries(profile: ColumnProfile) -> bool:
    """Whether every value is the name of a country."""
    return profile.total > 0 and not profile.has_more_words and _share_of_words(profile, region_by_name) == 1


def _is_country(word: str) -> bool:
    """`NO` is Norway, `No` is an answer."""
    return word not in ("No", "no") and folded(word) in regions_by_name()


def _is_phone_type(word: str) -> bool:
    """Whether a word names a type of phone, even one that is never used: `Fax`, `Home`, `Emergency`.

    `E2` is a key, although it can be read as the second of something.
    """
    return (
        not _SHORT.fullmatch(word)
        and phone_type_of(word) is not None
        and Topic.PHONE in read_heading(word, "Phone").topics
    )


def _like_phones(profile: ColumnProfile) -> bool:
    few = profile.share(ValueKind.INTERNATIONAL, ValueKind.PHONE) >= _SOME
    return few or profile.share(*PHONE_KINDS, ValueKind.TEXT_WITH_NUMBER) >= _MANY


def _like_statuses(profile: ColumnProfile) -> bool:
    """Whether many values are statuses, and one may say that its person has left: an unknown word may, too."""
    found = [status_of(word, None) for word in profile.words]
    is_of_interest = any(status is not EmploymentStatus.ACTIVE for status in found)
    return is_of_interest and _share_of_words(profile, lambda word: status_of(word, None)) >= _MANY


def _share_of_words(profile: ColumnProfile, is_known: Callable[[str], object]) -> float:
    return sum(count for word, count in profile.words.items() if is_known(word)) / profile.total


_LIKE: tuple[tuple[Appearance, Callable[[ColumnProfile], bool]], ...] = (
    (Appearance.PHONES, _like_phones),
    (Appearance.STATUSES, _like_statuses),
    (Appearance.PHONE_TYPES, lambda found: _share_of_words(found, _is_phone_type) >= _MANY),
    (
        Appearance.CALLING_CODES,
        lambda found: found.share(ValueKind.CALLING_CODE) >= _SOME or found.holds_calling_codes,
    ),
    (Appearance.AREA_CODES, lambda found: found.share(ValueKind.AREA_CODE) >= _MANY),
    (Appearance.EMAILS, lambda found: found.share(ValueKind.EMAIL) >= _MANY),
    (Appearance.OBJECT_IDS, lambda found: found.share(ValueKind.OBJECT_ID) >= _MANY),
    (Appearance.COUNTRIES, lambda found: country_share(found) >= _NEARLY_ALL),
    (Appearance.DATES, lambda found: found.share(ValueKind.DATE) >= _MANY),
)
