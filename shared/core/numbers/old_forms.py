"""Retired forms of numbers and their present forms, and whether two values are the same number.

A number that Graph stores in an old form is no drift. Only forms that are no valid number today are used, so that an
old form is never another person's number; a test checks that for every line of the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shared.core.numbers import numbering_plan
from shared.core.numbers.candidates import Candidate, valid_candidate
from shared.core.values.slot import DesiredValue, PhoneNumber, StoredValue


@dataclass(frozen=True, slots=True)
class OldForm:
    """`pattern` matches the digits after the country code, as people wrote or dialled them; `present` replaces them."""

    country_code: int
    pattern: str
    present: str
    source: str


OLD_FORMS = (
    OldForm(52, r"(?:1|01|044|045)(\d{10})", r"\1", "IFT Mexico: ten digits for every call, 3 August 2019"),
    OldForm(54, r"9?0?(11)15(\d{8})", r"9\1\2", "ITU national numbering plan ARG: mobiles 15 at home, 9 from abroad"),
    OldForm(54, r"9?0?([23]\d\d)15(\d{7})", r"9\1\2", "as above, area codes of three digits"),
    OldForm(54, r"9?0?([23]\d{3})15(\d{6})", r"9\1\2", "as above, area codes of four digits"),
    OldForm(55, r"0?([1-9]\d)([6-9]\d{7})", r"\g<1>9\2", "Anatel Brazil: ninth digit of mobiles, 2012 to 2016"),
    OldForm(56, r"0?2([2-9]\d{6})", r"22\1", "Subtel Chile: Santiago's numbers begin with 2, 2012"),
    OldForm(57, r"0?([124-8]\d{7})", r"60\1", "CRC Colombia: landlines begin with 60, 1 September 2021"),
    OldForm(212, r"0?([14-7]\d{7})", r"6\1", "ANRT Morocco: nine digits, mobiles begin with 6, 7 March 2009"),
    OldForm(225, r"((?:0[1-3]|[4-9][0-3])\d{6})", r"01\1", "ARTCI Ivory Coast: ten digits, Moov 01, 31 January 2021"),
    OldForm(225, r"([04-9][4-6]\d{6})", r"05\1", "as above, MTN 05"),
    OldForm(225, r"([04-9][7-9]\d{6})", r"07\1", "as above, Orange 07"),
    OldForm(229, r"(\d{8})", r"01\1", "ARCEP Benin: ten digits, 01 in front, 30 November 2024"),
    OldForm(230, r"([79]\d{6})", r"5\1", "ICTA Mauritius: mobiles begin with 5, 1 September 2013"),
    OldForm(237, r"([79]\d{7})", r"6\1", "ART Cameroon: nine digits, mobiles begin with 6, 21 November 2014"),
    OldForm(237, r"((?:22|33)\d{6})", r"2\1", "as above, landlines begin with 2"),
    OldForm(248, r"((?:[236]\d|4[1-3])\d{4})", r"4\1", "WTNG Seychelles: seven digits, landlines 4, 4 August 2011"),
    OldForm(248, r"([57]\d{5})", r"2\1", "as above, mobiles begin with 2"),
    OldForm(503, r"([2-6]\d{6})", r"2\1", "SIGET El Salvador: eight digits, landlines begin with 2, 14 May 2005"),
    OldForm(503, r"((?!800|900)[7-9]\d{6})", r"7\1", "as above, mobiles begin with 7; 800 and 900 stayed"),
    OldForm(505, r"([2357]\d{6})", r"2\1", "TELCOR Nicaragua: eight digits, landlines begin with 2, 22 April 2009"),
    OldForm(505, r"(8\d{6})", r"8\1", "as above, mobiles begin with 8"),
    OldForm(506, r"([24-7]\d{6})", r"2\1", "ICE Costa Rica: eight digits, landlines begin with 2, 20 March 2008"),
    OldForm(506, r"([38]\d{6})", r"8\1", "as above, mobiles begin with 8"),
    OldForm(593, r"0?([89]\d{7})", r"9\1", "Conatel Ecuador: ten digits at home, mobiles 09, 30 September 2012"),
    OldForm(974, r"([3-7])(\d{6})", r"\1\1\2", "ictQATAR: eight digits, the first one is doubled, 28 July 2010"),
    OldForm(995, r"((?:5[58]|77|9[135789])\d{6})", r"5\1", "GNCC Georgia: mobiles begin with 5, 20 June 2011"),
    *(
        OldForm(84, rf"0?{old}(\d{{7}})", rf"{new}\1", "MIC Vietnam: mobiles of eleven digits lose one, 2018")
        for old, new in [
            *(("120", 70), ("121", 79), ("122", 77), ("126", 76), ("128", 78)),
            *(("123", 83), ("124", 84), ("125", 85), ("127", 81), ("129", 82)),
            *((f"16{last}", 30 + last) for last in range(2, 10)),
            *(("186", 56), ("188", 58), ("199", 59)),
        ]
    ),
)

_LEFT_OUT = {54: "9"}
"""By country code, a digit that people leave out: in Argentina the 9 of a mobile, which then looks like a landline."""


def present_candidates(country_code: int, digits: str) -> Iterator[Candidate]:
    """The present numbers for `digits`, which follow the country code; none if they are valid as they are."""
    if valid_candidate(country_code, digits):
        return
    for pattern, present in _forms(country_code):
        fitting = pattern.fullmatch(digits)
        candidate = valid_candidate(country_code, fitting.expand(present)) if fitting else None
        if candidate:
            yield candidate


def present_candidates_as_written(digits: str, region: str | None, *, international: bool) -> Iterator[Candidate]:
    """As `present_candidates`, for digits as typed: with a country code, or dialled in `region`."""
    code = numbering_plan.leading_country_code(digits)
    if international and code is not None:
        yield from present_candidates(code, digits[len(str(code)) :])
    elif not international and region is not None:
        home = numbering_plan.country_code_of(region)
        yield from present_candidates(home, digits)
        if code == home:
            yield from present_candidates(home, digits[len(str(code)) :])


def mobile_of_landline(candidate: Candidate) -> Candidate | None:
    """The mobile that people of some countries mean when they write a number that the plan calls a landline."""
    number = candidate.number
    prefix = _LEFT_OUT.get(number.country_code)
    return None if prefix is None else valid_candidate(number.country_code, prefix + number.national)


def present_form(number: PhoneNumber) -> PhoneNumber:
    """The present form of `number`, if it is a retired form of one number; otherwise `number` itself."""
    if not _forms(number.country_code):
        return number
    present = {candidate.number for candidate in present_candidates(number.country_code, number.national)}
    return present.pop().with_extension(number.extension) if len(present) == 1 else number


@cache
def _forms(country_code: int) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(form.pattern), form.present) for form in OLD_FORMS if form.country_code == country_code)


def same_value(one: StoredValue | DesiredValue | None, other: StoredValue | DesiredValue | None) -> bool:
    """Equal, or the same phone number; a masked value equals only a masked value."""
    if isinstance(one, PhoneNumber) and isinstance(other, PhoneNumber):
        return same_number(one, other)
    return one == other


def same_number(one: PhoneNumber, other: PhoneNumber) -> bool:
    """Whether both numbers reach the same phone: +52 1 55… was the form of +52 55… until 2019."""
    return one == other or (one.country_code == other.country_code and present_form(one) == present_form(other))
