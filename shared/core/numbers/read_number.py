"""Reads a phone cell into one number, or refuses it with the reason why the number is not certain.

Called by `desired` and by the HTTP API. A number is never guessed: every valid number that the cell may stand for is a
candidate, and the cell is accepted only when it has one candidate:

| the cell                               | candidates                                                             |
|----------------------------------------|------------------------------------------------------------------------|
| a plus, written or shown by the format | the number as it stands                                                |
| `00…`                                  | behind the international prefix, and inside the region                 |
| other digits                           | inside the region, and as international without a plus                 |
| bare digits                            | also with a zero in front that Excel may have removed                  |

Several candidates refuse the cell, and the refusal names them all, unless the groups of typed digits are usual for only
one of them. A number that is valid only in another country is refused and suggested, because a national number under a
wrong region looks the same.

`phonenumbers.parse` is not used, because it picks one number where several are possible. A candidate may lose dialling
prefixes (`00`, the trunk zero, a carrier code); it never gains digits.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from shared.core.numbers import numbering_plan
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.written_number import WrittenNumber, Zeros, written_number
from shared.core.values.cell import Cell, Refusal, refuse
from shared.core.values.slot import PhoneNumber, PhoneType

_SMS_LINES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_VOICE_LINES = _SMS_LINES | {PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP}
ACCEPTED_LINES: dict[PhoneType, frozenset[LineType]] = {
    PhoneType.MOBILE: _SMS_LINES,
    PhoneType.ALTERNATE_MOBILE: _VOICE_LINES,
    PhoneType.OFFICE: _VOICE_LINES | {PhoneNumberType.UAN},
}
"""Graph sends text messages to `mobile` only. It calls the other two by voice, so that they may be landlines.

Company-wide numbers (UAN, usual in Austria) reach a desk. Premium, shared-cost, free, personal, pager and voicemail
numbers do not belong to one person's phone, or they cost the caller money.
"""


_E164_DIGITS = 15
_SHORTEST_NATIONAL = 2
_TELLING_GROUPS = 3
"""Numbers with fewer groups of digits look the same in too many countries."""


class RegionSource(StrEnum):
    """Where the region of a number came from."""

    NUMBER = "number"
    ROW = "row"
    ACCOUNT = "account"
    FILE = "file"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Regions:
    """ISO 3166 alpha-2 codes of the country that a national number may belong to; the first that is set is used."""

    row: str | None = None
    account: str | None = None
    file: str | None = None
    app: str | None = None

    @property
    def chosen(self) -> str | None:
        first = self.row or self.account or self.file or self.app
        return first.upper() if first else None

    @property
    def source(self) -> RegionSource | None:
        regions = (self.row, self.account, self.file, self.app)
        sources = (RegionSource.ROW, RegionSource.ACCOUNT, RegionSource.FILE, RegionSource.APP)
        return next((source for source, region in zip(sources, regions, strict=True) if region), None)


@dataclass(frozen=True, slots=True)
class NumberRead:
    """An accepted number. `region` is None when the number itself names its country."""

    number: PhoneNumber
    region: str | None
    region_source: RegionSource


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A valid number and the kind of line behind it."""

    number: PhoneNumber
    line: LineType


class _Basis(Enum):
    """Why a candidate is likely."""

    SPELLING = auto()
    """The cell has a plus or `00`, so that it names the country itself."""
    REGION = auto()
    """The number belongs to the person's region."""
    NOTHING = auto()
    """The number belongs to another country, and only if a plus is missing."""


_Candidates = dict[_Candidate, _Basis]


def read_number(cell: Cell, phone_type: PhoneType, regions: Regions) -> NumberRead | Refusal:
    """The one number that `cell` stands for. The cell must be neither blank nor a word for removal."""
    written = written_number(cell)
    if isinstance(written, Refusal):
        return written
    region = regions.chosen if regions.chosen and numbering_plan.is_known_region(regions.chosen) else None
    if _is_two_numbers(written, region):
        return refuse(cell, "severalNumbers", "the cell holds more than one number")
    found = _candidates(written, region, ACCEPTED_LINES[phone_type])
    refusal = _doubt(cell, written, found, region) or _unfit(cell, written, next(iter(found)), phone_type)
    if refusal:
        return refusal
    (candidate, basis), *_ = found.items()
    number = candidate.number.with_extension(written.extension) if written.extension else candidate.number
    if basis is _Basis.SPELLING or regions.source is None:
        return NumberRead(number, None, RegionSource.NUMBER)
    return NumberRead(number, region, regions.source)


def _doubt(cell: Cell, written: WrittenNumber, found: _Candidates, region: str | None) -> Refusal | None:
    """Why `found` is not one certain number."""
    candidates = tuple(candidate.number for candidate in found)
    if len(candidates) > 1:
        sentence = f"the number can be read in {len(candidates)} valid ways"
        return refuse(cell, "numberAmbiguous", sentence, candidates)
    if candidates and _Basis.NOTHING not in found.values():
        return None
    if region is None and not written.international:
        sentence = "the number has no country code and no country is known for the person"
        return refuse(cell, "regionMissing", sentence, candidates)
    if candidates:
        sentence = f"the number is none of {region}, and of another country only if a + is missing"
        return refuse(cell, "plusMissing", sentence, candidates)
    where = "of any country" if written.international else f"in {region} or with a country code"
    return refuse(cell, "numberNotValid", f"the digits are no valid number {where}")


def _unfit(cell: Cell, written: WrittenNumber, candidate: _Candidate, phone_type: PhoneType) -> Refusal | None:
    """Why a certain number cannot be a method of this type."""
    if written.extension and phone_type is not PhoneType.OFFICE:
        return refuse(cell, "extensionOfficeOnly", "only an office number can have an extension")
    if candidate.line in ACCEPTED_LINES[phone_type] and numbering_plan.belongs_to_country(
        candidate.number.country_code
    ):
        return None
    if candidate.line == PhoneNumberType.FIXED_LINE:
        return refuse(cell, "landlineNotMobile", "the number is a landline, which gets no text messages")
    line = PhoneNumberType.to_string(candidate.line).lower().replace("_", " ")
    return refuse(cell, "lineTypeRefused", f"a {line} number cannot be the {phone_type} number of a person")


def _candidates(written: WrittenNumber, region: str | None, accepted_lines: Collection[LineType]) -> _Candidates:
    """Every candidate of `written` for a person in `region`; `accepted_lines` are those of its column."""
    found: _Candidates = {}
    for digits in written.spellings:
        for candidate, basis in _as_written(digits, region, international=written.international):
            found.setdefault(candidate, basis)
        for candidate in _with_lost_zero(digits, region, written.zeros, accepted_lines):
            found.setdefault(candidate, _Basis.REGION)
    return _usually_grouped_so(found, written)


def _is_two_numbers(written: WrittenNumber, region: str | None) -> bool:
    """Whether the digits before a slash are a number of their own and no area code."""
    if not written.area:
        return False
    return next(_as_written(written.area, region, international=written.international), None) is not None


def _as_written(digits: str, region: str | None, *, international: bool) -> Iterator[tuple[_Candidate, _Basis]]:
    if international:
        yield from ((candidate, _Basis.SPELLING) for candidate in _international_candidates(digits))
        return
    if digits.startswith("00"):
        yield from ((candidate, _Basis.SPELLING) for candidate in _international_candidates(digits[2:]))
    if region:
        yield from ((candidate, _Basis.REGION) for candidate in national_candidates(digits, region))
    for candidate in _international_candidates(digits):
        at_home = region is not None and candidate.number.country_code == numbering_plan.country_code_of(region)
        yield candidate, _Basis.REGION if at_home else _Basis.NOTHING


def _with_lost_zero(
    digits: str, region: str | None, zeros: Zeros, accepted_lines: Collection[LineType]
) -> Iterator[_Candidate]:
    """The candidates with a zero in front that Excel may have removed.

    Text seldom loses a zero. So for text the candidate counts only where the column accepts its line; otherwise every
    Italian mobile without +39 would be ambiguous with a landline.
    """
    if region is None or zeros is Zeros.KEPT:
        return
    for candidate in national_candidates(f"0{digits}", region):
        if zeros is Zeros.LIKELY_LOST or candidate.line in accepted_lines:
            yield candidate


def _usually_grouped_so(found: _Candidates, written: WrittenNumber) -> _Candidates:
    """The one candidate that is usually written in these groups: (202) 555-0123 is usual in the USA, not in Egypt.

    All candidates stay where the country code of another one stands alone, as if its plus were missing.
    """
    if len(found) == 1 or len(written.groups) < _TELLING_GROUPS:
        return found
    usual = {candidate: basis for candidate, basis in found.items() if written.groups in _usual_groups(candidate)}
    others = (candidate.number for candidate in found if candidate not in usual)
    if len(usual) != 1 or any(_begins_with_country(number, written) for number in others):
        return found
    return usual


def _begins_with_country(number: PhoneNumber, written: WrittenNumber) -> bool:
    return number.digits in written.spellings and len(str(number.country_code)) == written.groups[0]


def _international_candidates(digits: str) -> Iterator[_Candidate]:
    """The candidate of digits that begin with a country code.

    The digits are used as they are if they are a valid number. Otherwise the country's trunk prefix is dropped
    (`+31 06…`), or a zero where the country has no such prefix (`+34 06…`).
    """
    code = numbering_plan.leading_country_code(digits)
    if code is None:
        return
    rest = digits[len(str(code)) :]
    candidate = _valid_candidate(code, rest) or _valid_candidate(
        code, numbering_plan.without_national_prefix(code, numbering_plan.main_region(code), rest)
    )
    if candidate is None and rest.startswith("0"):
        candidate = _valid_candidate(code, rest[1:])
    if candidate:
        yield candidate


def national_candidates(digits: str, region: str) -> Iterator[_Candidate]:
    """The candidates of digits dialled in `region`: unchanged, without trunk prefix, without international prefix."""
    code = numbering_plan.country_code_of(region)
    for rest in (digits, numbering_plan.without_national_prefix(code, region, digits)):
        candidate = _valid_candidate(code, rest)
        if candidate:
            yield candidate
    abroad = numbering_plan.without_international_prefix(region, digits)
    if abroad:
        yield from _international_candidates(abroad)


def _usual_groups(candidate: _Candidate) -> set[tuple[int, ...]]:
    """The numbers of digits per group in the national format, and in the international one without the plus."""
    number, zeros = candidate.number, len(candidate.number.national) - len(candidate.number.national.lstrip("0"))
    known = phonenumbers.PhoneNumber(
        country_code=number.country_code,
        national_number=int(number.national),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
    formats = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL)
    return {tuple(map(len, re.findall(r"\d+", phonenumbers.format_number(known, each)))) for each in formats}


def _valid_candidate(code: int, national_digits: str | None) -> _Candidate | None:
    if not national_digits or not _SHORTEST_NATIONAL <= len(national_digits) <= _E164_DIGITS - len(str(code)):
        return None
    line = numbering_plan.line_type(code, national_digits)
    return None if line is None else _Candidate(PhoneNumber(code, national_digits), line)
