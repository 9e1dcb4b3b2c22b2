"""Which rows are of one person, so that figures and workbooks count people and not rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Identity(NamedTuple):
    """What a row says of its person: the key in the file, and the account; "" = not known, or not looked up."""

    key: str
    object_id: str


def by_person(rows: Mapping[int, Identity]) -> Sequence[Sequence[int]]:
    """The numbers of the rows of each person: rows with the same account or the same key; a row with neither is alone.

    Keys count because, of rows that contradict each other, only some may have been looked up.
    """
    accounts = {one.key.casefold(): one.object_id for one in rows.values() if one.object_id and one.key}
    found = defaultdict[tuple[str, str | int], list[int]](list)
    for number, one in rows.items():
        key = one.key.casefold()
        if account := one.object_id or accounts.get(key, ""):
            found["account", account].append(number)
        else:
            found["key", key or number].append(number)
    return [*found.values()]
