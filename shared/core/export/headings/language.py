"""The language of the headings, in which the workbooks for HR are written too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from shared.core.export.headings.spelling import languages_of
from shared.core.export.headings.vocabulary import ENGLISH, vocabulary


def language_of(headings: Iterable[str]) -> str:
    """The code of the language of most headings; English unless another language has more.

    A heading that could be of several languages counts less for each of them.
    """
    votes: defaultdict[str, float] = defaultdict(float)
    for heading in headings:
        languages = languages_of(heading, vocabulary())
        for language in languages:
            votes[language] += 1 / len(languages)
    return max(sorted(votes, key=lambda each: each != ENGLISH), key=lambda each: votes[each], default=ENGLISH)
