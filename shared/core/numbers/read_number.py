"""Reads a phone cell into one number, or refuses it with the reason why the number is not certain.

A number is never guessed: every valid number that the cell may stand for is a candidate, and the cell is accepted only
when it has one candidate:

| the cell                               | candidates                                                             |
|----------------------------------------|------------------------------------------------------------------------|
| a plus, written or shown by the format | the number as it stands                                                |
| `00…`                                  | behind the international prefix, and inside the region                 |
| other digits                           | inside the region, and as international without a plus                 |
| digits without separators              | also with a zero in front that Excel may have removed                  |
| digits, where row and account disagree | also inside the country of the account                                 |

Several candidates refuse the cell, and the refusal names them all, unless the groups of typed digits are usual for only
one of them, or a reading of the column (see `column_reading`) leaves only one; a number that contradicts the reading is
refused. A number that is valid only in another country is refused and suggested: it may lack its plus, or the person's
country may be wrong. So is a number whose groups are usual only in another country, and a form that the country's plan
has retired.

`phonenumbers.parse` is not used, because it picks one number where several are possible.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.core.numbers import numbering_plan
from shared.core.numbers.candidates import (
    Basis,
    Candidate,
    Candidates,
    as_written,
    national_candidates,
    usual_only_elsewhere,
    usually_grouped_so,
    with_lost_zero,
)
from shared.core.numbers.column_reading import ColumnReading, possible_numbers
from shared.core.numbers.direct_dial import is_unusually_long, with_direct_dial
from shared.core.numbers.line_types import ACCEPTED_LINES, unfit
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.old_forms import present_candidates_as_written
from shared.core.numbers.written_number import WrittenNumber, written_number
from shared.core.values.cell import Cell, Refusal, refuse
from shared.core.values.said import Said, joined
from shared.core.values.slot import PhoneNumber, PhoneType


class RegionSource(StrEnum):
    """Where the region of a number came from."""

    NUMBER = "number"
    ROW = "row"
    ACCOUNT = "account"
    FILE = "file"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Regions:
    """The country of a national number by each source, as ISO 3166 alpha-2 code; the first that is set is used.

    `app` is that of the settings.
    """

    row: str | None = None
    account: str | None = None
    file: str | None = None
    app: str | None = None

    @property
    def chosen(self) -> str | None:
        first = self.row or self.account or self.file or self.app
        return first.upper() if first else None

    @property
    def known(self) -> str | None:
        """The chosen region, if it has a numbering plan."""
        return self.chosen if self.chosen in numbering_plan.KNOWN_REGIONS else None

    @property
    def other(self) -> str | None:
        """The account's region, if the row names another one. That of a file or of the settings says nothing about one
        person."""
        other = self.account.upper() if self.row and self.account else None
        return other if other not in {None, self.known} and other in numbering_plan.KNOWN_REGIONS else None

    @property
    def is_undisputed(self) -> bool:
        """Whether the account names no country, or the one that the row, the file or the settings name."""
        without_account = self.row or self.file or self.app
        return not self.account or (without_account or "").upper() == self.account.upper()

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


def read_number(
    cell: Cell, phone_type: PhoneType, regions: Regions, reading: ColumnReading | None = None
) -> NumberRead | Refusal:
    """The one number that `cell` stands for. The cell must not hold a word for removal.

    `reading` is the digit reading of its column, approved or proposed, and proved by the file. Raises ValueError as
    `written_number`.
    """
    written = written_number(cell)
    return written if isinstance(written, Refusal) else number_of(cell, written, phone_type, regions, reading)


def number_of(
    cell: Cell, written: WrittenNumber, phone_type: PhoneType, regions: Regions, reading: ColumnReading | None = None
) -> NumberRead | Refusal:
    """The one number that `written`, the spelling in `cell`, stands for."""
    if written.direct_dial:
        return _with_direct_dial(cell, written, phone_type, regions)
    region, accepted_lines = regions.known, ACCEPTED_LINES[phone_type]
    if _is_two_numbers(written, region):
        return refuse(cell, "severalNumbers", Said("the cell holds more than one number"))
    found = _candidates(written, regions, accepted_lines)
    if reading is not None:
        possible = possible_numbers(written, region, accepted_lines)
        if possible is not None and possible.speaks_against(reading):
            sentence = Said(
                "the digits are a valid number only if they are read otherwise than the others of their column"
            )
            return refuse(cell, "columnContradicted", sentence, tuple(candidate.number for candidate in found))
        if possible is not None:
            found = _under_reading(found, possible.under(reading), reading, regions)
    refusal = (
        _doubt(cell, written, found, regions)
        or _strange_groups(cell, written, found, accepted_lines)
        or unfit(cell, written, next(iter(found)), phone_type)
    )
    if refusal:
        return refusal
    (candidate, basis), *_ = found.items()
    number = candidate.number.with_extension(written.extension) if written.extension else candidate.number
    if basis is Basis.SPELLING or regions.source is None:
        return NumberRead(number, None, RegionSource.NUMBER)
    return NumberRead(number, region, regions.source)


def _with_direct_dial(
    cell: Cell, written: WrittenNumber, phone_type: PhoneType, regions: Regions
) -> NumberRead | Refusal:
    """The number of the desk; refused if the number without the direct-dial digits may already be that of the desk."""
    if phone_type is not PhoneType.OFFICE:
        return refuse(cell, "extensionOfficeOnly", Said("only an office number can have an extension"))
    found = number_of(cell, with_direct_dial(written), phone_type, regions)
    if isinstance(found, Refusal) or not is_unusually_long(found.number):
        return found
    alone = number_of(cell, replace(written, direct_dial=""), phone_type, regions)
    if isinstance(alone, Refusal) or alone == found:
        return found
    sentence = Said("the direct-dial digits may repeat the end of the number")
    return refuse(cell, "numberAmbiguous", sentence, (found.number, alone.number))


def _candidates(written: WrittenNumber, regions: Regions, accepted_lines: Collection[LineType]) -> Candidates:
    """Every candidate of `written`; `accepted_lines` are those of its column."""
    found: Candidates = {}
    region = None if written.international else regions.known
    for digits in written.spellings:
        for candidate, basis in as_written(digits, region, international=written.international):
            found.setdefault(candidate, basis)
        for candidate in with_lost_zero(digits, region, written.zeros, accepted_lines):
            found.setdefault(candidate, Basis.REGION)
    found = usually_grouped_so(found, written)
    other = None if written.international else regions.other
    if other is not None:
        for digits in written.spellings:
            for candidate in (
                *national_candidates(digits, other),
                *with_lost_zero(digits, other, written.zeros, accepted_lines),
            ):
                found.setdefault(candidate, Basis.ACCOUNT)
    return found


def _under_reading(
    found: Candidates, left: Collection[Candidate], reading: ColumnReading, regions: Regions
) -> Candidates:
    """The one candidate that the column's digit reading leaves, otherwise all.

    The reading was proved without the accounts. So if the account names another country, the reading counts only for a
    number that cannot be read otherwise there.
    """
    if len(left) != 1 or not (regions.is_undisputed or found.keys() == set(left)):
        return found
    return dict.fromkeys(left, Basis.SPELLING if reading is ColumnReading.INTERNATIONAL else Basis.REGION)


def _is_two_numbers(written: WrittenNumber, region: str | None) -> bool:
    """Whether the digits before a slash are a number of their own and no area code."""
    if not written.area:
        return False
    return next(as_written(written.area, region, international=written.international), None) is not None


def _doubt(cell: Cell, written: WrittenNumber, found: Candidates, regions: Regions) -> Refusal | None:
    """Why `found` is not one certain number."""
    if len(found) == 1 and next(iter(found.values())) in (Basis.SPELLING, Basis.REGION):
        return None
    candidates = tuple(candidate.number for candidate in found)
    if len(candidates) > 1:
        sentence = Said("the number can be read in {ways} valid ways", ways=len(candidates))
        if Basis.ACCOUNT in found.values():
            where = Said(
                "the row says {row} and the account says {account}", row=str(regions.known), account=str(regions.other)
            )
            sentence = joined("; ", [sentence, where])
        return refuse(cell, "numberAmbiguous", sentence, candidates)
    present = _in_present_plan(written, regions.known)
    if present:
        sentence = Said("the number has a form that its country has retired")
        return refuse(cell, "numberOutdated", sentence, (*present, *candidates))
    return _not_in_region(cell, written, found, regions)


def _not_in_region(cell: Cell, written: WrittenNumber, found: Candidates, regions: Regions) -> Refusal:
    """Why the digits are no number of the person's country."""
    region, candidates = regions.known, tuple(candidate.number for candidate in found)
    if region is None and not written.international:
        sentence = Said("the number has no country code and no country is known for the person")
        return refuse(cell, "regionMissing", sentence, candidates)
    if Basis.ACCOUNT in found.values():
        sentence = Said(
            "the digits are no valid number in {region}, only in {other}, the account's country",
            region=str(region),
            other=str(regions.other),
        )
        return refuse(cell, "numberNotValid", sentence, candidates)
    if candidates:
        sentence = Said(
            "the number is not valid in {region}; with a + in front it would be one of another country",
            region=str(region),
        )
        return refuse(cell, "plusMissing", sentence, candidates)
    if written.international:
        return refuse(cell, "numberNotValid", Said("the digits are no valid number of any country"))
    sentence = Said("the digits are no valid number in {region} or with a country code", region=str(region))
    return refuse(cell, "numberNotValid", sentence)


def _in_present_plan(written: WrittenNumber, region: str | None) -> tuple[PhoneNumber, ...]:
    spelled = (
        (digits[2:], True) if digits.startswith("00") else (digits, written.international)
        for digits in written.spellings
    )
    present = (
        candidate.number
        for digits, international in spelled
        for candidate in present_candidates_as_written(digits, region, international=international)
    )
    return tuple(dict.fromkeys(present))


def _strange_groups(
    cell: Cell, written: WrittenNumber, found: Candidates, accepted_lines: Collection[LineType]
) -> Refusal | None:
    """Why the groups of a number without a plus make its country doubtful."""
    (candidate, basis), *_ = found.items()
    if basis is not Basis.REGION or written.international:
        return None
    elsewhere = usual_only_elsewhere(candidate, written, accepted_lines)
    if not elsewhere:
        return None
    sentence = Said("the digits are grouped as another country writes its numbers")
    return refuse(cell, "groupingForeign", sentence, (candidate.number, *elsewhere))
