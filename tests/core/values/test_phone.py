"""Phone numbers compare by value and hide themselves."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from pprint import pformat
from traceback import TracebackException
from typing import Any

import pytest

from shared.core.values.slot import EmailAddress, MaskedValue, PhoneNumber, StoredNumber, number_from_graph

NUMBER = PhoneNumber(1, "2025550123", "77")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+1 2025550123", PhoneNumber(1, "2025550123")),
        ("+12025550123", PhoneNumber(1, "2025550123")),
        ("+1 2025550123x77", NUMBER),
        ("+1 2025550123X77", NUMBER),
        ("+1 (202) 555-0123", PhoneNumber(1, "2025550123")),
        ("+33 199001234", PhoneNumber(33, "199001234")),
        ("+33199001234", PhoneNumber(33, "199001234")),
        ("+1 XXXXXXXX23", MaskedValue()),
        ("+1 ********23", MaskedValue()),
        ("", MaskedValue()),
        ("+", MaskedValue()),
        ("unknown", MaskedValue()),
    ],
)
def test_graph_spellings_are_read_by_value(text: str, expected: StoredNumber) -> None:
    """Whatever cannot be read completely is masked, never a different number."""
    assert expected == number_from_graph(text)


@pytest.mark.parametrize(
    "shown", [str(NUMBER), repr(NUMBER), f"{NUMBER}", f"{NUMBER!r:>40}", str([NUMBER]), str({NUMBER: NUMBER})]
)
def test_a_number_shows_at_most_its_last_two_digits(shown: str) -> None:
    """No way of formatting shows the number."""
    assert "2025550123" not in shown
    assert "23" in shown
    assert "123" not in shown


def test_graph_spelling_round_trips() -> None:
    """What is sent to Graph is read back as the same number."""
    assert NUMBER == number_from_graph(NUMBER.spelled_for_graph())


@pytest.mark.parametrize("value", [NUMBER, EmailAddress("jan@private.example")])
def test_nothing_that_looks_into_values_lays_one_open(value: PhoneNumber | EmailAddress) -> None:
    """Formats, records, JSON, tracebacks with locals: what is written down by accident shows at most two digits."""

    @dataclass
    class Holder:
        held: PhoneNumber | EmailAddress

    holder = Holder(value)
    shown = [
        repr(holder),
        f"{holder!r}{value}{value!s}{value!a}",
        "%s %r" % (value, value),  # noqa: UP031 - logging formats so
        pformat({"held": [value]}),
        str(asdict(holder)),
        str(vars(holder)),
        json.dumps({"held": value}, default=str),
        json.dumps(asdict(holder), default=repr),
        str(copy.deepcopy(holder)),
        "".join(_traceback_with_locals(value).format()),
        str(ValueError("no", value)),
    ]
    for text in shown:
        assert "202555" not in text.replace(" ", "")
        assert "private" not in text
    openers: list[Callable[[Any], object]] = [pickle.dumps, vars, astuple, asdict, json.dumps]
    for lay_open in openers:
        with pytest.raises(TypeError):
            lay_open(value)


@pytest.mark.parametrize("value", [NUMBER, EmailAddress("jan@private.example")])
def test_a_value_is_frozen(value: PhoneNumber | EmailAddress) -> None:
    """It can be neither changed nor emptied, and its copy is itself."""
    name = value.__match_args__[0]
    with pytest.raises(AttributeError):
        setattr(value, name, "other")
    with pytest.raises(AttributeError):
        delattr(value, name)
    assert value is copy.copy(value)


def _traceback_with_locals(value: object) -> TracebackException:
    try:
        dict[object, object]()[value]
    except LookupError as error:
        return TracebackException.from_exception(error, capture_locals=True)
    raise AssertionError("an empty dictionary holds nothing")
