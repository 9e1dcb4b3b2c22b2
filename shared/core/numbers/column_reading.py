"""The digit reading of a whole column, for numbers without a plus, and whether one number speaks for or against it.

A reading counts only if the column's own numbers prove it and an approver agrees. `ReadingCounts` collects the proofs
of a file, and `read_number` follows a reading.

The readings that one number speaks for and against, by the candidates of each reading that fit the slot:

| international | national | national with a zero in front | for           | against                               |
|---------------|----------|-------------------------------|---------------|---------------------------------------|
| some          | none     | none                          | international | national, zeroLost                    |
| none          | some     | none, or the same             | national      | international                         |
| none          | none     | some                          | zeroLost      | international, national               |
| none          | some     | others                        |               | international                         |
| some          | some     | any                           |               |                                       |
| some          | none     | some                          |               | national                              |
| none          | none     | none                          |               | all that give no number, if one gives |

A number of another kind of line, such as a landline in a mobile column, does not fit the slot. It counts in the last
row alone: a landline that only one reading gives speaks against the others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from shared.core.numbers import numbering_plan
from shared.core.numbers.candidates import Candidate, international_candidate, national_candidates
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.written_number import WrittenNumber, Zeros

LEAST_NUMBERS = 20
"""The fewest different numbers that prove a column's reading by speaking for it."""
_MOST_AGAINST = 100
"""At most one row in this many may speak against a reading that holds."""


class ColumnReading(StrEnum):
    """An approver may write one after the role of a phone: `mobile:international`."""

    INTERNATIONAL = "international"
    """The digits begin with a calling code; only the plus is missing."""
    NATIONAL = "national"
    """The digits are a number of the person's country, as it is dialled there or without its trunk prefix."""
    ZERO_LOST = "zeroLost"
    """As NATIONAL, and a zero in front that belongs to the number may be missing."""
    SINGLE = "single"
    """An approver has decided that the column has no reading: each number is read by itself."""


PROVABLE = (ColumnReading.INTERNATIONAL, ColumnReading.NATIONAL, ColumnReading.ZERO_LOST)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the rows of one file say about one reading of one column."""

    decided: int = 0
    """Rows that speak for this reading."""
    different: int = 0
    """The number of different numbers in these rows, counted up to LEAST_NUMBERS."""
    against: int = 0
    """Rows for which only another reading is possible; with this reading they are refused."""
    needing: int = 0
    """Rows that are refused without the reading, and are one number with it."""

    @property
    def holds(self) -> bool:
        """Whether an approved reading counts in this file."""
        return self.different >= LEAST_NUMBERS and self.against * _MOST_AGAINST <= self.decided + self.against

    @property
    def proposes(self) -> bool:
        """Whether the file proposes the reading: no row speaks against it, and a row needs it."""
        return self.holds and not self.against and self.needing > 0


@dataclass(frozen=True, slots=True)
class PossibleNumbers:
    """The candidates of digits without a plus, by reading."""

    international: frozenset[Candidate]
    national: frozenset[Candidate]
    with_zero: frozenset[Candidate]
    accepted_lines: Collection[LineType]
    """The lines that fit the slot."""

    @property
    def is_certain(self) -> bool:
        """Whether the digits need no reading: they are no number, or only a number of the person's country."""
        everything = self.international | self.national | self.with_zero
        return not everything or (len(everything) == 1 and not self.international)

    def speaks_for(self, reading: ColumnReading) -> bool:
        """Whether this reading gives a number of the slot, and no other does.

        ZERO_LOST gives every number that NATIONAL gives, so it counts against NATIONAL only if it gives one more.
        """
        international, national, with_zero = map(self._fit, (self.international, self.national, self.with_zero))
        match reading:
            case ColumnReading.INTERNATIONAL:
                return bool(international) and not national | with_zero
            case ColumnReading.NATIONAL:
                return bool(national) and not international and with_zero <= national
            case ColumnReading.ZERO_LOST:
                return bool(with_zero) and not international | national
            case ColumnReading.SINGLE:
                return False

    def speaks_against(self, reading: ColumnReading) -> bool:
        """Whether the digits are a number with another reading, and none with this one."""
        if reading is ColumnReading.SINGLE or self._fit(self._given(reading)):
            return False
        everything = self.international | self.national | self.with_zero
        return bool(self._fit(everything) or (everything and not self._given(reading)))

    def under(self, reading: ColumnReading) -> frozenset[Candidate]:
        """The candidates that remain with a reading that these digits do not speak against; one alone is certain.

        With NATIONAL a number with a lost zero counts too, if it fits the slot. With ZERO_LOST every number
        counts, with the zero or without, as long as one of them fits.
        """
        given = self._given(reading)
        match reading:
            case ColumnReading.INTERNATIONAL | ColumnReading.SINGLE:
                return self._fit(given)
            case ColumnReading.NATIONAL:
                return self._fit(given | self.with_zero)
            case ColumnReading.ZERO_LOST:
                return given if self._fit(given) else frozenset()

    def _given(self, reading: ColumnReading) -> frozenset[Candidate]:
        match reading:
            case ColumnReading.INTERNATIONAL:
                return self.international
            case ColumnReading.NATIONAL:
                return self.national
            case ColumnReading.ZERO_LOST:
                return self.national | self.with_zero
            case ColumnReading.SINGLE:
                return frozenset()

    def _fit(self, candidates: frozenset[Candidate]) -> frozenset[Candidate]:
        return frozenset(
            candidate
            for candidate in candidates
            if candidate.line in self.accepted_lines
            and numbering_plan.belongs_to_country(candidate.number.country_code)
        )


def possible_numbers(
    written: WrittenNumber, region: str | None, accepted_lines: Collection[LineType]
) -> PossibleNumbers | None:
    """The candidates by reading; None = a reading does not matter: the digits name their country, or the person's
    country is not known."""
    if region is None or written.international or any(digits.startswith("00") for digits in written.spellings):
        return None
    national = frozenset(each for digits in written.spellings for each in national_candidates(digits, region))
    home = numbering_plan.country_code_of(region)
    if any(candidate.number.country_code != home for candidate in national):
        return None  # dialled with the international prefix of the region
    zeros = () if written.zeros is Zeros.KEPT else written.spellings
    return PossibleNumbers(
        frozenset(filter(None, map(international_candidate, written.spellings))),
        national,
        frozenset(each for digits in zeros for each in national_candidates(f"0{digits}", region)),
        accepted_lines,
    )
