"""The limits of tables and queues, at the limit and one above."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from shared.adapters.storage.limits import (
    checked_key,
    checked_table_name,
    checked_values,
    from_message_text,
    in_transactions,
    to_message_text,
    whole_seconds,
)
from shared.core.values.errors import PermanentError
from shared.core.values.storage import BlobInfo, Entity, Insert, Merge, Received, Values


@pytest.mark.parametrize("key", ["", "k" * 512, "O'Neil =ü%+", "20261121T101500Z-0123456789-0"])
def test_keys_that_tables_take(key: str) -> None:
    """Anything else than the forbidden characters, up to 1 KiB, is a key."""
    assert checked_key(key) == key


@pytest.mark.parametrize("key", ["a/b", "a\\b", "a#b", "a?b", "a\x00b", "a\tb", "a\x7fb", "a\x9fb", "k" * 513])
def test_keys_that_no_table_takes(key: str) -> None:
    """Each forbidden character and a key too long are refused, without repeating the key."""
    with pytest.raises(PermanentError) as refused:
        checked_key(key)

    assert key not in refused.value.message


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("Rows", True),
        ("abc", True),
        ("a" * 63, True),
        ("ab", False),
        ("a" * 64, False),
        ("1abc", False),
        ("a-b", False),
    ],
)
def test_table_names(name: str, *, good: bool) -> None:
    """3 to 63 letters and digits, a letter first."""
    if good:
        assert checked_table_name(name) == name
    else:
        with pytest.raises(ValueError, match="is not a table name"):
            checked_table_name(name)


@pytest.mark.parametrize("character", ["a", "ü", "\U0001f642"])
def test_values_by_their_utf16_size(character: str) -> None:
    """A text may have 32,768 UTF-16 units; the refusal names the property and not the text."""
    longest = character * (32_768 // (len(character.encode("utf-16-le")) // 2))
    assert checked_values({"plan": longest}) == {"plan": longest}

    with pytest.raises(PermanentError, match="plan has 655") as refused:
        checked_values({"plan": longest + character})
    assert character * 2 not in refused.value.message


def test_datetimes_need_a_zone() -> None:
    """A datetime without time zone would be stored as some machine's local time."""
    with pytest.raises(ValueError, match="at is a datetime without time zone"):
        checked_values({"at": datetime(2026, 11, 21)})  # noqa: DTZ001 - the mistake under test


@pytest.mark.parametrize(
    ("count", "portions"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])]
)
def test_transactions_by_count(count: int, portions: list[int]) -> None:
    """At most 100 rows each, all rows once, in their order."""
    rows: dict[str, Values] = {f"{number:03}": {"number": number} for number in range(count)}

    made = list(in_transactions(rows))

    assert [len(portion) for portion in made] == portions
    assert [key for portion in made for key in portion] == list(rows)


@pytest.mark.parametrize("text", ["x" * 30_000, "ü" * 30_000, '"' * 30_000])
def test_transactions_by_size(text: str) -> None:
    """Portions of large rows stay within 1 MiB of JSON, and a row larger than that goes alone."""
    rows: dict[str, Values] = {f"{number:03}": {"evidence": text} for number in range(50)}
    rows["huge"] = {f"p{number}": "ü" * 30_000 for number in range(10)}

    made = list(in_transactions(rows))

    assert all(len(json.dumps(portion)) <= 1024 * 1024 for portion in made[:-1])
    assert ["huge"] == list(made[-1])
    assert [key for portion in made for key in portion] == list(rows)


def test_message_text() -> None:
    """48 KiB of UTF-8 travel as base64; one byte more does not."""
    longest = "ü" * (24 * 1024)

    assert from_message_text(to_message_text(longest)) == longest
    with pytest.raises(PermanentError, match="49153 bytes"):
        to_message_text(longest + "x")


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [(-1, 0), (0, 0), (0.001, 1), (1, 1), (1.5, 2), (604_800, 604_800), (604_801, 604_800)],
)
def test_whole_seconds(delay: float, seconds: int) -> None:
    """Delays are rounded up and kept between nothing and seven days."""
    assert whole_seconds(delay) == seconds


def test_what_is_stored_does_not_print() -> None:
    """Values, bodies and metadata may hold numbers or names, so `repr` leaves them out."""
    secret = "+1 202 555 0123"  # noqa: S105 - a fictional number
    at = datetime(2026, 11, 21, tzinfo=UTC)
    shown = [
        Entity("p", "k", {"desired": secret}, "e"),
        Insert("k", {"desired": secret}),
        Merge("k", {"desired": secret}),
        Received("1", "r", secret, 1),
        BlobInfo("n", "e", at, 1, {"note": secret}),
    ]

    assert secret not in repr(shown)
