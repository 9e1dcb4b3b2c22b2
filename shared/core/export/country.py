"""Countries by code or name, and calling codes: `DE`, `Deutschland`, `49`, `Germany (+49)`.

A column called `Country code` may hold countries or calling codes; digits are calling codes.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path

from shared.core.numbers import numbering_plan
from shared.core.numbers.number_format import seen_in
from shared.core.values.cell import (
    Cell,
    CellKind,
    Refusal,
    folded,
    is_country_placeholder,
    refuse,
    words_in,
)
from shared.core.values.said import Said

_LONGEST_NAME = 80
"""The most characters of a country's name."""
_LONGEST_CODE = 3
"""Characters of a country's code."""
_SHARED_CODE = 1
"""The calling code of North America, where three more digits name a smaller country: 1-242 is the Bahamas."""
_BRACKETS = re.compile(r"[()\[\]]")


def read_country(cell: Cell) -> str | Refusal:
    """The ISO 3166 alpha-2 code for a code (two or three letters) or a country's name; N/A is not Namibia."""
    region = _region_named(cell.text) if cell.kind is CellKind.TEXT and len(cell.text) <= _LONGEST_NAME else None
    return region or refuse(cell, "countryUnknown", Said("the cell holds no country code or known country"))


@lru_cache(maxsize=1024)
def _region_named(text: str) -> str | None:
    """The region of a country's name or code; cached, because a column repeats its countries."""
    if is_country_placeholder(Cell("", CellKind.TEXT, text)):
        return None
    return regions_by_name().get(folded(text))


def region_by_name(text: str) -> str | None:
    """The country with this name. A code is no name: `HR` is Croatia, but languages and states have such codes too."""
    return _region_named(text) if len(text) > _LONGEST_CODE else None


def region_in_name(name: str) -> str | None:
    """The country in the name of a sheet, such as `Staff Switzerland`."""
    return next(filter(None, map(region_by_name, words_in(name))), None)


def calling_code_digits(cell: Cell) -> str | None:
    """The calling code: `49`, `+49`, `0049`, `(49)`, `DE (+49)`, `+1 (United States)`; None = the cell holds none.

    A country beside the code must have that code. A country alone stands for its code. Three digits may follow a 1:
    `1242` for `1-242`.
    """
    text = seen_in(cell) if len(cell.text) <= _LONGEST_NAME else None
    if text is None:
        return None
    digits = re.findall(r"(?:\+|00)?\d[\d -]*", _BRACKETS.sub(" ", text))
    names = [name for name in re.split(r"\s-\s|[^\w .&\u2019\'-]|\d", _BRACKETS.sub("/", text)) if folded(name)]
    regions = {regions_by_name().get(folded(name), "") for name in names}
    if len(digits) > 1 or len(regions) > 1 or not numbering_plan.KNOWN_REGIONS.issuperset(regions):
        return None
    if not digits:
        return str(numbering_plan.country_code_of(regions.pop())) if regions else None
    return _code_in(digits[0].strip(" -"), regions.pop() if regions else None)


def _code_in(text: str, region: str | None) -> str | None:
    match = re.fullmatch(r"(?:\+|00)?(?P<code>[1-9][\d -]*)", text)
    digits = re.sub(r"\D", "", match["code"]) if match else ""
    code = numbering_plan.leading_country_code(digits)
    if code is None or (region is not None and numbering_plan.country_code_of(region) != code):
        return None
    rest = digits[len(str(code)) :]
    is_plain = not rest and digits == (match["code"].strip() if match else "")
    return digits if is_plain or (code == _SHARED_CODE and len(rest) == 3) else None  # noqa: PLR2004 - an area code


@cache
def regions_by_name() -> dict[str, str]:
    """Folded code or name -> ISO 3166 alpha-2 code.

    AC, TA and XK (Kosovo) are added, as `phonenumbers` has them; Entra ID has XK too.
    `tools/country_names.py` generates the file. It is read on first use, so that a start does not wait for it.
    """
    names_by_region = json.loads(Path(__file__).with_name("country_names.json").read_text(encoding="utf-8"))
    return {name: region for region, names in names_by_region.items() for name in names.split()}
