"""Messages count in one place, so that none says `1 people wait`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.core.values.said import by_count, counted, people_in_words, rows_in_words

ROOT = Path(__file__).parent.parent
_COUNTED = re.compile(
    r" (?:more )?(?:people|rows|files|columns|runs|sheets|cells|accounts|groups|numbers|times|days|values|others|"
    r"formulas|minutes|hours|questions|addresses|blobs|approvals|parts|entries|are|have|were|wait|stand)\b"
)
_MODULE_CONSTANT = re.compile(r"_?[A-Z][A-Z_]*(?:\.days)?(?: [-/] \d+)?")
"""Such as MAX_READS: it is never 1."""

_NEVER_ONE = {"several", "count", "len(found)", "len(members)", "ratio", "self.people", "minutes // (24 * 60)"}
"""Numbers that are compared before the message is made, so that they are 2 or more."""
_WORDS = {"extension", "code", "people_in_words(holders)", "quoted(sheet.name)"}
"""No numbers."""


def _uncounted(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, following in zip(node.values, node.values[1:], strict=False):
            if not (isinstance(value, ast.FormattedValue) and isinstance(following, ast.Constant)):
                continue
            shown, words = ast.unparse(value.value), str(following.value)
            is_constant = _MODULE_CONSTANT.fullmatch(shown) is not None
            if _COUNTED.match(words) and not is_constant and shown not in _NEVER_ONE | _WORDS:
                yield f"{path.relative_to(ROOT)}:{value.lineno}: {shown}{words}"


def test_no_message_counts_by_itself() -> None:
    """A number beside a plural is worded by `counted` and `by_count` of `shared.core.values.said`."""
    files = [*(ROOT / "shared").rglob("*.py"), ROOT / "sandbox" / "__main__.py"]
    assert [] == [found for path in files for found in _uncounted(path)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (people_in_words(1), "1 person"),
        (people_in_words(0), "0 people"),
        (people_in_words(2), "2 people"),
        (rows_in_words(1), "1 row"),
        (counted(1, "person waits", "people wait"), "1 person waits"),
        (by_count(3, "is", "are"), "are"),
    ],
)
def test_numbers_in_words(words: str, expected: str) -> None:
    """Only one is singular."""
    assert expected == words
