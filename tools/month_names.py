"""Generates the names of months that sheets may have: `python -m tools.documents` writes them; a test compares them.

Source: Unicode CLDR (Unicode License v3), as `babel` carries it. The deployed app reads only the generated file.
"""

from __future__ import annotations

import json

from babel import Locale

from shared.core.values.cell import folded

_LOCALES = ["en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "nb", "da", "fi", "cs", "hu", "tr", "ru", "el"]
_LOCALES += ["ar", "he"]
_SHORT = ["en", "de"]
"""The languages in which no short name of a month is also another word."""


def month_names() -> str:
    """JSON: a list of folded names, each a word of its own; languages with numbered months have none."""
    names = {
        folded(name)
        for locale in _LOCALES
        for names_by_width in Locale.parse(locale).months.values()
        for width, by_number in names_by_width.items()
        if width == "wide" or (width == "abbreviated" and locale in _SHORT)
        for name in by_number.values()
    }
    return json.dumps(sorted(names), indent=0, ensure_ascii=False) + "\n"
