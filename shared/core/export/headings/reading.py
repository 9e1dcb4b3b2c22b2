"""Reads one heading, with the group heading above it.

`spelling` divides a heading into known words, and `combinations` knows what their concepts mean together. Two sides of
a slash, often in two languages, must mean the same, or one must only qualify the other.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from shared.core.export.headings.combinations import meaning_of
from shared.core.export.headings.heading import Heading, Topic
from shared.core.export.headings.hints import topics_in
from shared.core.export.headings.meaning import Meaning
from shared.core.export.headings.spelling import Words, divisions, spell
from shared.core.export.headings.vocabulary import vocabulary
from shared.core.export.statuses import EmploymentStatus, status_of
from shared.core.values.cell import visible_text

_FORMATS = re.compile(
    r"[(\[]\s*(?:"
    r"[ymdjatgrm]{1,4}(?:[-/. ][ymdjatgrm]{1,4}){1,2}"
    r"|(?:y|yes|j|ja|o|oui|s|si|sí|sim|t|tak|true|1)\s*[/|]\s*(?:n|no|nein|nee|non|nej|nei|não|nie|false|0)"
    r"|e\.?164|\+?\d{2,}[\d ()x-]*|x{2,}[x -]*"
    r")\s*[)\]]|__c$",
    re.IGNORECASE,
)
"""The format of a column in its heading: `(YYYY-MM-DD)`, `(Y/N)`, `(E.164)`; or Salesforce's ending of custom
fields."""
_EITHER = re.compile(r"[/|\uff0f]|\s(?:or|oder|ou|eller|lub|tai|nebo|veya|или|ή)\s")
_NUMBER_SIGNS = {ord(sign): " no " for sign in "#№"}
_LONGEST = 120
_REMEMBERED = 1000
"""The number of cached headings, which is more than a file has. Rows of data are tried as headings too."""


@lru_cache(maxsize=_REMEMBERED)
def read_heading(text: str, group: str = "") -> Heading:
    """Read a heading by itself; `group` is its group heading, or "".

    The words of the group heading qualify the heading: under `Emergency contact` every column is another person's.
    Headings under a group heading that is not understood are not understood either.
    """
    shown, above = visible_text(text), visible_text(group)
    title = f"{above} / {shown}" if above and shown else shown
    if not any(map(str.isalnum, shown)):
        return Heading(title, None, known=False, topics=frozenset())
    plain, plain_above = _plain(shown) or shown[:_LONGEST], _plain(above)
    found = _whole(plain, plain_above) or _not_understood(f"{plain} {plain_above}")
    return Heading(title, found.role, found.known, found.topics, found.weak, found.other_person, found.rank, found.why)


def _plain(text: str) -> str:
    """The heading without formats; "" = it has nothing else."""
    plain = _FORMATS.sub(" ", text)[:_LONGEST].translate(_NUMBER_SIGNS)
    return plain if any(map(str.isalnum, plain)) else ""


def _whole(text: str, group: str) -> Meaning | None:
    sides = [side for side in _EITHER.split(text) if any(map(str.isalnum, side))]
    together = _meaning(text, group)
    if len(sides) < 2 or _is_phrase(text):  # noqa: PLR2004 - two sides of a slash
        return together
    each = [_meaning(side, group) for side in sides]
    if any(meaning is None or (meaning.weak and meaning.role is None) for meaning in each):
        return together if together and all(_only_qualifies(meaning, together) for meaning in each) else None
    return _same_twice([meaning for meaning in each if meaning])


def _is_phrase(text: str) -> bool:
    return spell(text).letters in vocabulary().senses


def _only_qualifies(side: Meaning | None, together: Meaning) -> bool:
    """Whether a side of a slash only qualifies the other: so in `Work/Business phone`, not in `Home/Mobile`."""
    if side is None:
        return False
    return (side.role, side.rank) == (together.role, together.rank) if side.role else side.weak


def _same_twice(meanings: list[Meaning]) -> Meaning | None:
    if len({(meaning.role, meaning.known, meaning.other_person) for meaning in meanings}) > 1:
        return None
    return _joined(meanings, weak=any(meaning.weak for meaning in meanings))


def _meaning(text: str, group: str) -> Meaning | None:
    """The meaning by the first set of `divisions` that has one."""
    above = list(_group_words(group))
    if group and not above:
        return None
    for found in divisions(spell(text), vocabulary()):
        pairs = itertools.product(sorted(found), above or [()])
        meanings = [meaning for words, outer in pairs if (meaning := meaning_of(words, outer)) is not None]
        if meanings:
            return _agreed(meanings)
    return None


def _group_words(group: str) -> Iterable[Words]:
    if any(map(str.isalnum, group)):
        yield from sorted(next(divisions(spell(group), vocabulary()), frozenset()))


def _agreed(meanings: list[Meaning]) -> Meaning | None:
    """The one meaning of words that mean something in several languages; None = they disagree.

    If only some languages give a role, the values must confirm it. Languages disagree if they give different roles, or
    if only some say that the column is another person's.
    """
    roles = {meaning.role for meaning in meanings}
    if len({meaning.other_person for meaning in meanings}) > 1 or len(roles - {None}) > 1:
        return None
    weak = any(meaning.weak for meaning in meanings) or len(roles) > 1
    with_role = [meaning for meaning in meanings if meaning.role is not None]
    if not with_role and len({meaning.known for meaning in meanings}) > 1:
        return _joined([meaning for meaning in meanings if not meaning.known], weak=weak)
    return _joined(with_role or meanings, weak=weak)


def _joined(meanings: list[Meaning], *, weak: bool) -> Meaning:
    lowest = min(meanings, key=lambda meaning: meaning.rank)
    topics = frozenset[Topic]().union(*(meaning.topics for meaning in meanings))
    return replace(lowest, topics=topics, weak=weak)


def _not_understood(text: str) -> Meaning:
    """Not understood. A word such as `Retired` may be the heading of a column of yes and no."""
    has_left = status_of(text, None) is EmploymentStatus.LEFT
    return Meaning(None, known=False, topics=topics_in(text) | ({Topic.STATUS} if has_left else set()))
