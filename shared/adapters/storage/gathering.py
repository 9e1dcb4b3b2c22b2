"""Joins reads and writes of single entities that are made at the same time into one request (decision 58).

Reads of near keys of one partition become one query, writes in one partition become one transaction. A caller that
reads or writes an entity knows nothing of the other callers.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from itertools import groupby

from shared.adapters.storage.limits import MOST_KEYS, checked_key, in_transactions
from shared.core.values.errors import ConcurrencyError, ExplainedError
from shared.core.values.storage import Entity, Insert, Merge, Replace, TableWrite, Values
from shared.shared_reads import Batcher

type SingleWrite = Insert | Merge | Replace
type _Answers[T] = list[T | BaseException]
"""One answer for each read or write, in their order; an error is raised to the caller of its read or write."""

GATHER_SECONDS = 0.05
"""A tenth of the time that Graph takes for one person, and the time that ten requests to storage take."""
_MOST_GATHERED = 100
_WIDEST = 1_000
"""The most numbers from the first key of a query to the last, because the service reads all entities between them."""


class GatheringTable(ABC):
    """A read or write waits up to `seconds` for others, but only if those before it were joined too."""

    name: str

    def __init__(self, seconds: float) -> None:
        self._reads = Batcher(self._read_gathered, _is_asked_again, most=_MOST_GATHERED, seconds=seconds)
        self._writes = Batcher(self._write_gathered, _is_asked_again, most=_MOST_GATHERED, seconds=seconds)

    async def get(self, partition: str, key: str, *, select: Sequence[str] | None = None) -> Entity | None:
        """The entity, or None. `select` names the properties to read; an empty one reads only key and ETag."""
        checked_key(partition)
        checked_key(key)
        if select is not None:
            return await self._read_alone(partition, key, select)
        return _unless_error(await self._reads.ask((partition, key)))

    async def insert(self, partition: str, key: str, values: Values) -> str:
        """Insert an entity; returns its ETag. Raises AlreadyExistsError when the key is taken."""
        return _unless_error(await self._writes.ask((partition, Insert(key, values))))

    async def merge(self, partition: str, key: str, values: Values, *, etag: str | None = None) -> str:
        """Update the named properties; returns the new ETag.

        Raises ConcurrencyError when the entity is gone or its ETag differs from `etag`.
        """
        return _unless_error(await self._writes.ask((partition, Merge(key, values, etag))))

    async def replace(self, partition: str, key: str, values: Values, *, etag: str) -> str:
        """Store these properties in place of all others; returns the new ETag.

        Raises ConcurrencyError when the entity is gone or its ETag differs from `etag`.
        """
        return _unless_error(await self._writes.ask((partition, Replace(key, values, etag))))

    async def merge_many(self, partition: str, rows: Mapping[str, Values]) -> None:
        """Merge into entities that all exist, at most 100 at a time.

        Raises ConcurrencyError when one is gone; earlier transactions are then done, later ones are not.
        """
        for portion in in_transactions(rows):
            if not await self.write_together(partition, [Merge(*item) for item in portion.items()]):
                raise ConcurrencyError(f"{self.name}: one of {len(portion)} entities of {partition} is gone.")

    async def write_together(self, partition: str, writes: Sequence[TableWrite]) -> bool:
        """As `transact`; returns whether the writes were made."""
        return await self.transact(partition, writes) is not None

    @abstractmethod
    async def transact(self, partition: str, writes: Sequence[TableWrite]) -> list[str] | None: ...

    @abstractmethod
    def query(
        self,
        partition: str,
        *,
        first: str | None = None,
        last: str | None = None,
        where: Mapping[str, Collection[str | bool]] | None = None,
        select: Sequence[str] | None = None,
    ) -> AsyncIterator[Entity]: ...

    @abstractmethod
    async def _read_alone(self, partition: str, key: str, select: Sequence[str] | None) -> Entity | None:
        """Read one entity by a request of its own."""

    @abstractmethod
    async def _write_alone(self, partition: str, write: SingleWrite) -> str:
        """Make one write by a request of its own; raises what `insert`, `merge` and `replace` say."""

    async def _read_gathered(self, asked: Sequence[tuple[str, str]]) -> _Answers[Entity | None]:
        portions = list(_near_each_other(asked))
        read = await asyncio.gather(*(self._read(*portion) for portion in portions), return_exceptions=True)
        found: dict[tuple[str, str], Entity | BaseException] = {}
        for (partition, keys), entities in zip(portions, read, strict=True):
            found |= (
                dict.fromkeys(((partition, key) for key in keys), entities)
                if isinstance(entities, BaseException)
                else {(partition, entity.key): entity for entity in entities}
            )
        return [found.get(one) for one in asked]

    async def _read(self, partition: str, keys: Sequence[str]) -> list[Entity]:
        if len(keys) > 1:
            query = self.query(partition, first=keys[0], last=keys[-1], where={"RowKey": keys})
            return [entity async for entity in query]
        entity = await self._read_alone(partition, keys[0], None)
        return [] if entity is None else [entity]

    async def _write_gathered(self, asked: Sequence[tuple[str, SingleWrite]]) -> _Answers[str]:
        """Write a batch; a second write of the same key is made alone, after the first one."""
        answers = dict[int, str | BaseException]()
        first, again = defaultdict[str, dict[str, int]](dict), list[int]()
        for position, (partition, write) in enumerate(asked):
            if write.key in first[partition]:
                again.append(position)
            else:
                first[partition][write.key] = position

        async def write_portion(partition: str, positions: Sequence[int]) -> None:
            writes = [asked[position][1] for position in positions]
            answers.update(zip(positions, await self._write_portion(partition, writes), strict=True))

        await asyncio.gather(
            *(
                write_portion(partition, [positions[key] for key in portion])
                for partition, positions in first.items()
                for portion in in_transactions({key: asked[position][1].values for key, position in positions.items()})
            )
        )
        for position in again:
            (answers[position],) = await self._write_apart(asked[position][0], [asked[position][1]])
        return [answers[position] for position in range(len(asked))]

    async def _write_portion(self, partition: str, writes: Sequence[SingleWrite]) -> Sequence[str | BaseException]:
        """Write in one transaction; after a conflict or an ExplainedError each write is made alone."""
        if len(writes) == 1:
            return await self._write_apart(partition, writes)
        try:
            etags = await self.transact(partition, writes)
        except ExplainedError:
            etags = None
        except BaseException as error:  # noqa: BLE001 - it is raised where the writes were asked for
            return [error] * len(writes)
        return await self._write_apart(partition, writes) if etags is None else etags

    async def _write_apart(self, partition: str, writes: Sequence[SingleWrite]) -> _Answers[str]:
        apart = (self._write_alone(partition, write) for write in writes)
        return await asyncio.gather(*apart, return_exceptions=True)


def _near_each_other(asked: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Partitions with the keys that one query may read.

    The service reads every entity between keys joined by `or` ("Design for querying", its note about RowKey). How many
    these are is known only of keys that are numbers, so any other key is read alone.
    """
    for partition, group in groupby(sorted(set(asked)), key=lambda one: one[0]):
        portion: list[str] = []
        for _, key in group:
            if portion and not (len(portion) < MOST_KEYS and _distance(portion[0], key) < _WIDEST):
                yield partition, portion
                portion = []
            portion.append(key)
        yield partition, portion


def _distance(first: str, last: str) -> float:
    is_known = len(first) == len(last) and first.isdecimal() and last.isdecimal()
    return int(last) - int(first) if is_known else float("inf")


def _is_asked_again(_: object) -> bool:
    """Nothing is asked again: after a conflict each write was made alone, and other errors go to the callers."""
    return False


def _unless_error[T](answer: T | BaseException) -> T:
    if isinstance(answer, BaseException):
        raise answer
    return answer
