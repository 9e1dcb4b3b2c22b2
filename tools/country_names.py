"""Generates the country names that exports may use: `python -m tools.documents` writes them; a test compares them.

Source: Unicode CLDR (Unicode License v3), as `babel` carries it. The deployed app reads only the generated file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import phonenumbers
from babel import Locale
from babel.core import get_global

from shared.core.values.cell import folded

_LOCALES = ["en", "de", "fr", "es", "es_419", "it", "nl", "pt", "pt_PT", "pl", "sv", "nb", "nn", "da"]
_FORMER_CODES = frozenset({"BUR", "DDR", "FXX", "TMP", "YMD", "ZAR"})
"""Three-letter codes that are no longer in use."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})

ALIASES = {
    "AE": "UAE",
    "BQ": "Bonaire",
    "BY": "Weißrussland, Wit-Rusland, Hviterussland",
    "CC": "Cocos Islands",
    "CD": "Democratic Republic of the Congo, Congo (DRC), DR Congo",
    "CG": "Republic of the Congo",
    "CI": "Ivory Coast, Elfenbeinküste",
    "CN": "People's Republic of China",
    "CZ": "Czech Republic, Tschechische Republik, République tchèque, República Checa, Repubblica Ceca",
    "GB": "UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, Großbritannien, Grande-Bretagne,"
    "Gran Bretaña, Gran Bretagna, Groot-Brittannië, Zjednoczone Królestwo, Förenade kungariket",
    "HK": "Hong Kong, Hongkong",
    "IE": "Republic of Ireland",
    "KR": "Korea, Republic of Korea",
    "MD": "Republic of Moldova",
    "MK": "Macedonia",
    "MM": "Burma",
    "MO": "Macao, Macau",
    "NL": "The Netherlands, Holland, Niderlandy, Holanda, Olanda",
    "PS": "Palestine, Palestinian Authority",
    "RU": "Russian Federation",
    "SK": "Slovak Republic",
    "SZ": "Swaziland",
    "TR": "Turkey",
    "US": "United States of America, EE. UU., EEUU, Förenta staterna, De forente stater, De Forenede Stater",
    "VA": "Holy See",
    "VC": "Saint Vincent and the Grenadines",
    "XK": "XKX",
}
"""Usual names that CLDR does not list."""


def country_names() -> str:
    """JSON of region to its folded codes and names, separated by spaces. A name that two regions share is left out."""
    regions: dict[str, set[str]] = {}
    for region in phonenumbers.SUPPORTED_REGIONS:
        for name in _names(region):
            regions.setdefault(folded(name), set()).add(region)
    names: dict[str, list[str]] = {}
    for name, named in sorted(regions.items()):
        if len(named) == 1:
            names.setdefault(named.pop(), []).append(name)
    return (
        json.dumps({region: " ".join(names[region]) for region in sorted(names)}, indent=0, ensure_ascii=False) + "\n"
    )


def _names(region: str) -> Iterator[str]:
    yield region
    for code, regions in get_global("territory_aliases").items():
        if len(code) == len("DEU") and code.isalpha() and code not in _FORMER_CODES and regions == [region]:
            yield code
    for locale in _LOCALES:
        name = Locale.parse(locale).territories[region]
        yield name
        if locale == "de":
            yield name.translate(_UMLAUTS)
        if locale == "en":
            yield name.replace("&", "and")
            yield name.replace("St.", "Saint").replace("&", "and")
    if region in ALIASES:
        yield from ALIASES[region].split(",")
