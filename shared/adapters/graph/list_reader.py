"""Reads whole lists about privilege, by the rules of `privilege_lists`: in pages, or many lists in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import batched, chain
from typing import Any
from urllib.parse import quote

from shared.adapters.graph import answers, answers_of_privilege, permissions, requests
from shared.adapters.graph.answers_of_privilege import DirectoryObject
from shared.adapters.graph.batch import LARGEST, Part, read_batch
from shared.adapters.graph.client import Asking
from shared.adapters.graph.error_table import Purpose, hidden_members, not_empty
from shared.adapters.graph.privilege_lists import RULES, PrivilegeList
from shared.core.values.errors import ExplainedError, GraphRefusedError

type Ask = tuple[PrivilegeList, str, Callable[[Any], Any]]
"""A list, the id in its path, and the parser of one item."""


class ListReader:
    """Reads each list completely, or raises. A list that a missing licence hides is empty; `unseen` gets its name."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking

    async def whole[T](
        self, which: PrivilegeList, parse: Callable[[Any], T], value: str = "", *, unseen: list[str] | None = None
    ) -> list[T]:
        rule = RULES[which]
        try:
            found = await self.at(rule.path.format(value), parse, rule.purpose)
        except GraphRefusedError as error:
            if not _counts_as_empty(which, error):
                raise
            if unseen is not None:
                unseen.append(_unlicensed(which))
            return []
        if not found and not rule.may_be_empty:
            raise not_empty(which)
        return found

    async def at[T](self, path: str, parse: Callable[[Any], T], purpose: Purpose, *, root: str = "") -> list[T]:
        """All items of the collection at a path below the root."""
        request = requests.page(f"{root or self.asking.client.root}{_quoted(path)}")
        return [one async for one in self.asking.items(request, parse, purpose)]

    async def several(self, asks: Sequence[Ask], unseen: list[str]) -> list[list[Any]]:
        """Several lists, 20 to a call, in the order of `asks`."""
        parts = [
            Part(_quoted(RULES[which].path.format(value)), RULES[which].purpose, answers.page_of(parse))
            for which, value, parse in asks
        ]
        found: list[list[Any]] = []
        for (which, _, parse), page in zip(asks, await self.in_batches(parts), strict=True):
            if isinstance(page, ExplainedError):
                if not _counts_as_empty(which, page):
                    raise page
                unseen.append(_unlicensed(which))
                found.append([])
                continue
            items = list(page.items)
            if page.next_link is not None:
                following = requests.page(page.next_link)
                items += [one async for one in self.asking.items(following, parse, RULES[which].purpose)]
            found.append(items)
        return found

    async def in_batches[T](self, parts: Sequence[Part[T]]) -> list[T | ExplainedError]:
        client, priority = self.asking.client, self.asking.priority
        calls = batched(parts, LARGEST)  # noqa: B911 - the last may be shorter
        return list(chain.from_iterable(await asyncio.gather(*(read_batch(client, one, priority) for one in calls))))

    async def is_granted(self, permission: permissions.Permission) -> bool:
        return permission.is_in((await self.asking.token_claims()).roles)

    async def refuse_hidden(self, objects: Iterable[DirectoryObject]) -> None:
        """Raise GraphRefusedError for groups whose members the app may not see."""
        hidden = sum(one.hides_members for one in objects)
        if hidden and not await self.is_granted(permissions.HIDDEN_MEMBERS):
            raise hidden_members(hidden)

    async def group_members(self, group_id: str, which: PrivilegeList = PrivilegeList.GROUP_MEMBERS) -> frozenset[str]:
        """The object ids, in lower case, of all that are in the group or in the groups in it, without these groups."""
        path = f"/groups/{group_id}?$select=id,visibility"
        request = requests.page(f"{self.asking.client.root}{path}")
        group = await self.asking.read(request, answers_of_privilege.directory_object, RULES[which].purpose)
        await self.refuse_hidden((group,))  # before its members, which read as an empty list
        members = await self.whole(which, answers_of_privilege.directory_object, group_id)
        await self.refuse_hidden(members)
        people = frozenset(one.id for one in members if not one.is_group)
        if not people and not RULES[which].may_be_empty:
            raise not_empty(which)
        return people


def without(which: PrivilegeList) -> str:
    """Says that a list is not read, because its permission is not granted."""
    return f"{which}: grant {RULES[which].purpose.permission}"


def _unlicensed(which: PrivilegeList) -> str:
    return f"{which}: the tenant has no licence for PIM"


def _counts_as_empty(which: PrivilegeList, error: ExplainedError) -> bool:
    return error.code == "licenceMissing" and RULES[which].is_empty_without_licence


def _quoted(path: str) -> str:
    return quote(path, safe="/?$&='(),")
