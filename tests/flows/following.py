"""Follows remedies to the letter: a case is a bad export, the remedy's words, and an edit in Excel for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.core.values.codes import CODES
from tests.flows.in_excel import InExcel, StoredCell
from tests.flows.small_tenant import person

ANA = person(1, phones={}, employeeId="3E05", mail="ana@contoso.example", smsSignInState="notEnabled")
BO = person(2, phones={})
UPN = ANA.userPrincipalName
MOBILE, OFFICE = "+49 171 5550123", "+49 30 23125678"

_LINKS = frozenset({"or", "if", "and", "then"})

Edit = Callable[[InExcel], object]


@dataclass(frozen=True)
class Way:
    """A part of the remedy, and the edit that does what it says."""

    words: str
    edit: Edit | None
    """None = the words ask somebody, or explain."""


@dataclass(frozen=True)
class Case:
    code: str
    table: tuple[Sequence[StoredCell], ...]
    ways: tuple[Way, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The rules under which the cell is refused: of `DesiredValueRules`, or of the app that the file goes to."""

    def __str__(self) -> str:
        return self.code


def as_text(address: str, typed: str, words: str) -> Way:
    return Way(words, lambda excel: excel.as_text(address, typed))


def typed(address: str, text: str, words: str) -> Way:
    return Way(words, lambda excel: excel.type(address, text))


def clear(address: str, words: str = "clear the cell") -> Way:
    return Way(words, lambda excel: excel.clear(address))


def said(words: str) -> Way:
    return Way(words, None)


def edited(case: Case, prepare: Edit = bool) -> Iterator[tuple[str, InExcel]]:
    """The export after each edit, with the words that it follows; `prepare` makes what cells alone do not."""
    for way in case.ways:
        if way.edit is not None:
            excel = InExcel(*case.table)
            prepare(excel)
            way.edit(excel)
            yield way.words, excel


def assert_covers(case: Case) -> None:
    """The ways are the whole remedy, so that text and test cannot differ."""
    rest = CODES[case.code].remedy
    for way in case.ways:
        assert way.words in rest
        rest = rest.replace(way.words, "", 1)
    assert set(re.findall(r"\w+", rest)) <= _LINKS, rest
