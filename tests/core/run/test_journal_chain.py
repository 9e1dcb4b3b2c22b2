"""The chain of the journal: any damage is found, with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.run.journal_chain import (
    Damage,
    Entry,
    JournalHead,
    JournalProblem,
    JournalVerifier,
    chained,
    file_after,
    rolled,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 12, tzinfo=UTC)


def journal(count: int, *, salt: str = "") -> tuple[dict[str, bytes], JournalHead]:
    """A journal of two files with this many records of the same length, and its head."""
    head = JournalHead(file=file_after(JournalHead(), NOW))
    files = dict[str, bytes]()
    for number in range(1, count + 1):
        at = NOW if number <= count // 2 else LATER
        entry = rolled(head, LATER) if number == count // 2 else Entry("test", at, {"value": f"{salt}{number}"})
        file = head.file
        data, head = chained([entry], head)
        files[file] = files.get(file, b"") + data
    return files, head


FILES, HEAD = journal(1_000)
FIRST, SECOND = FILES
LINES = [(file, line) for file, data in FILES.items() for line in data.splitlines(keepends=True)]


def verified(files: dict[str, bytes], head: JournalHead = HEAD) -> tuple[JournalProblem, ...]:
    verifier = JournalVerifier(head)
    for name in sorted(files):
        verifier.add(name, files[name])
    return verifier.finish(head)


def of_lines(lines: list[tuple[str, bytes]]) -> dict[str, bytes]:
    files = dict[str, bytes]()
    for file, line in lines:
        files[file] = files.get(file, b"") + line
    return files


def places(problems: tuple[JournalProblem, ...]) -> list[tuple[Damage, int]]:
    return [(one.damage, one.sequence) for one in problems]


def test_a_journal_of_two_files_is_whole() -> None:
    assert () == verified(FILES)
    assert SECOND == HEAD.file
    assert (1000, len(FILES[SECOND])) == (HEAD.sequence, HEAD.size)


def test_an_empty_journal_is_whole() -> None:
    assert () == verified({}, JournalHead())


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda lines: [*lines[:9], *lines[10:]], [(Damage.MISSING, 10)]),
        (lambda lines: lines[:-1], [(Damage.CUT, 1000)]),
        (lambda lines: lines[:-100], [(Damage.CUT, 901)]),
        (lambda lines: lines[:0], [(Damage.CUT, 1)]),
        (lambda lines: [*lines[:10], lines[9], *lines[10:]], [(Damage.MISPLACED, 11)]),
        (lambda lines: [*lines, lines[-1]], [(Damage.MISPLACED, 1001)]),
        (lambda lines: [*lines[:9], lines[10], lines[9], *lines[11:]], [(Damage.MISSING, 10), (Damage.MISPLACED, 12)]),
        (lambda lines: [line for line in lines if line[0] == SECOND], [(Damage.MISSING, 1)]),
        (lambda lines: [line for line in lines if line[0] == FIRST], [(Damage.CUT, 501)]),
    ],
    ids=["one removed", "last", "last hundred", "all", "doubled", "last doubled", "swapped", "first file", "last file"],
)
def test_damage_has_its_place(
    damage: Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]], found: list[tuple[Damage, int]]
) -> None:
    assert found == places(verified(of_lines(damage(LINES))))


def test_a_chain_rewritten_as_a_whole_is_not_that_of_the_head() -> None:
    files, head = journal(1_000, salt="9")
    assert () == verified(files, head)
    assert [(Damage.REWRITTEN, 1000)] == places(verified(files))


def test_a_longer_chain_than_the_head_is_found() -> None:
    assert [(Damage.BEYOND, 1000)] == places(verified(FILES, replace(HEAD, sequence=999, hash=_hash_of(999))))


def _hash_of(sequence: int) -> str:
    head = JournalHead(file=FIRST)
    for _, line in LINES[:sequence]:
        head = head.with_line(line.rstrip(b"\n"))
    return head.hash


@settings(max_examples=60, deadline=None)
@given(st.integers(0, sum(map(len, FILES.values())) - 1), st.integers(1, 255))
def test_every_flipped_byte_is_found_where_it_is(position: int, flip: int) -> None:
    whole = b"".join(line for _, line in LINES)
    number = whole.count(b"\n", 0, position)
    before = sum(len(line) for _, line in LINES[:number])
    file, line = LINES[number]
    flipped = bytearray(line)
    flipped[position - before] ^= flip

    found = verified(of_lines([*LINES[:number], (file, bytes(flipped)), *LINES[number + 1 :]]))

    assert found
    assert found[0].sequence in {max(1, number), number + 1, number + 2}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 999), min_size=2, max_size=2, unique=True), st.sampled_from(["drop", "swap", "double"]))
def test_any_record_dropped_swapped_or_doubled_is_found(both: list[int], how: str) -> None:
    first, second = sorted(both)
    lines = list(LINES)
    if how == "drop":
        del lines[second], lines[first]
    elif how == "swap":
        lines[first], lines[second] = (lines[first][0], lines[second][1]), (lines[second][0], lines[first][1])
    else:
        lines.insert(second, (lines[second][0], lines[first][1]))

    found = verified(of_lines(lines))

    assert found
    assert (second if how == "double" else first) + 1 == found[0].sequence


@pytest.mark.parametrize("file", [FIRST, SECOND])
@pytest.mark.parametrize("left", [1, 40, -1], ids=["one byte", "a part", "all but the line break"])
def test_a_last_line_that_is_not_whole_is_found_once(file: str, left: int) -> None:
    """The app appends whole lines only; the place is that line, and its record is not there."""
    data = FILES[file]
    lines = data.count(b"\n")
    begins = data.rindex(b"\n", 0, -1) + 1
    found = verified({**FILES, file: data[:begins] + data[begins:][:left]})
    number = 500 if file == FIRST else 1000
    assert [(Damage.UNREADABLE, file, lines, number)] == [(o.damage, o.file, o.line, o.sequence) for o in found][:1]
    assert (Damage.MISSING if file == FIRST else Damage.CUT, number) == (found[-1].damage, found[-1].sequence)
    assert len(found) == len(set(found)) == 2


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_what_is_no_record_is_told(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    assert bool(data) == bool(verified({FIRST: data}, JournalHead()))
