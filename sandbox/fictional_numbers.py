"""Gives made-up staff phone numbers that are reserved for fiction, so that few people share a mobile number.

Called by `people`. Every number is valid for `phonenumbers`, and of the right kind of line:

* US, CA: 555-0100 to 555-0199 in every area code (North American Numbering Plan, 555 line number assignments)
* DE: mobile and Berlin numbers for media productions (Bundesnetzagentur, Mitteilung 148/2021)
* SE: 070-174 06 05 to 99 and Stockholm 08-465 004 00 to 99 (PTS, numbers for books and films)
* AU: 0491 570 006 and five like it, (02) 5550 xxxx (ACMA, numbers for creative works)
* FR: 01 99 00 xx xx (ARCEP, numbers for audiovisual works); the library calls the mobile range 06 39 98 invalid
* GB: 020 7946 0xxx (Ofcom, numbers for drama); the library calls the mobile range 07700 900xxx invalid
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from functools import cache

import phonenumbers

from shared.core.values.slot import PhoneNumber, PhoneType

COUNTRIES: dict[str, int] = {"US": 60, "CA": 10, "DE": 14, "SE": 5, "AU": 3, "FR": 4, "GB": 4}
"""Where staff work (ISO 3166 alpha-2), as weights."""

MAX_PEOPLE_PER_MOBILE = 2
"""How many people may share a mobile; the app's `MAX_SAME_MOBILE` allows as many."""

EXTENSION_SHARE = 0.5


def _block(country_code: int, start: str, digits: int) -> list[PhoneNumber]:
    """The numbers with `digits` more digits after `start`, except those that end in 000.

    As integers, these look as if a spreadsheet had rounded them.
    """
    nationals = (f"{start}{line:0{digits}}" for line in range(10**digits))
    return [PhoneNumber(country_code, national) for national in nationals if not national.endswith("000")]


OFFICES: dict[str, list[PhoneNumber]] = {
    "US": _block(1, "20255501", 2),
    "CA": _block(1, "61355501", 2),
    "DE": _block(49, "3023125", 3),
    "SE": _block(46, "8465004", 2),
    "AU": _block(61, "25550", 4),
    "FR": _block(33, "19900", 4),
    "GB": _block(44, "2079460", 3),
}


@cache
def mobiles() -> dict[str, list[PhoneNumber]]:
    """Mobile numbers by country; in the countries without an entry people have an office number only."""
    australian = ("491570006", "491570110", "491570156", "491570157", "491570158", "491570159")
    return {
        "US": _american_mobiles("US"),
        "CA": _american_mobiles("CA"),
        "DE": _block(49, "17139200", 2) + _block(49, "176040690", 2),
        "SE": _block(46, "7017406", 2)[5:],
        "AU": [PhoneNumber(61, number) for number in australian],
    }


def _american_mobiles(region: str) -> list[PhoneNumber]:
    """The numbers that the library takes for possible mobiles: 35,800 in the United States, 5,500 in Canada."""
    numbers: list[PhoneNumber] = []
    for area_code in range(200, 1000):
        line = phonenumbers.PhoneNumber(1, int(f"{area_code}5550100"))
        may_be_mobile = phonenumbers.number_type(line) == phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
        if may_be_mobile and phonenumbers.region_code_for_number(line) == region:
            numbers += _block(1, f"{area_code}55501", 2)
    offices = frozenset(OFFICES[region])
    return [number for number in numbers if number not in offices]


class NumberDealer:
    """Gives each mobile to one person, then American ones to a second; people may share office numbers.

    `held` are mobiles that people have already, one entry per person.
    """

    def __init__(self, rng: random.Random, held: Iterable[PhoneNumber] = ()) -> None:
        self._rng = rng
        holders = Counter(held)

        def held_by_fewer_than(most: int, numbers: list[PhoneNumber]) -> list[PhoneNumber]:
            return [number for number in numbers if holders[number] < most] if holders else list(numbers)

        self._decks = {country: held_by_fewer_than(1, numbers) for country, numbers in mobiles().items()}
        second_round = held_by_fewer_than(MAX_PEOPLE_PER_MOBILE, mobiles()["US"])
        for deck in (*self._decks.values(), second_round):
            rng.shuffle(deck)
        self._decks["US"] = second_round + self._decks["US"]

    def country(self) -> str:
        """The country of the next person; one whose mobiles have all been given is replaced by the United States."""
        drawn = self._rng.choices(list(COUNTRIES), list(COUNTRIES.values()))[0]
        return drawn if drawn not in self._decks or self._decks[drawn] else "US"

    def draw(self, phone_type: PhoneType, country: str, *, other_than: PhoneNumber | None = None) -> PhoneNumber:
        """A number for a person in `country`; a mobile is American where the country has none left.

        Raises ValueError when every American mobile has been given to two people.
        """
        number = self._office(country) if phone_type is PhoneType.OFFICE else self._mobile(country)
        return number if number != other_than else self.draw(phone_type, country, other_than=other_than)

    def _office(self, country: str) -> PhoneNumber:
        extension = str(self._rng.randint(100, 9999)) if self._rng.random() < EXTENSION_SHARE else ""
        return self._rng.choice(OFFICES[country]).with_extension(extension)

    def _mobile(self, country: str) -> PhoneNumber:
        deck = self._decks[country] or self._decks["US"]
        if not deck:
            raise ValueError("The staff is too large: every fictional mobile number has two holders already.")
        return deck.pop()
