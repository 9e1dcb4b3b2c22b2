"""The head of the journal and the ids of its records, in `Runs`: partition `journal`.

Head and ids change in one transaction, so the id of a record, if it has one, is here once the head
covers it; `forget` removes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.adapters.ledger.codec import EntityCodec
from shared.core.run.journal_chain import JournalHead, StoredHead
from shared.core.values.errors import AlreadyExistsError
from shared.core.values.storage import Insert, Replace, TablePort

PARTITION, HEAD = "journal", "head"
_ID = "id-"
_CODEC = EntityCodec(JournalHead, keys=())


class JournalStore:
    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def head(self) -> StoredHead | None:
        entity = await self._table.get(PARTITION, HEAD)
        if entity is None:
            return None
        settings = str(entity.values.get("settings", ""))
        return StoredHead(_CODEC.from_values(entity.values), settings, entity.etag)

    async def begin(self, head: JournalHead) -> None:
        """Store the first head, unless there is one."""
        try:
            await self._table.insert(PARTITION, HEAD, {**_CODEC.to_values(head), "settings": ""})
        except AlreadyExistsError:
            return

    async def file_of(self, identity: str) -> str:
        """The file with the record of this id; "" = no such id is stored."""
        entity = await self._table.get(PARTITION, f"{_ID}{identity}")
        return "" if entity is None else str(entity.values["file"])

    async def files_of(self, run: str) -> set[str]:
        """The files with records about a run."""
        found = self._table.query(PARTITION, first=f"{_ID}{run}.", last=f"{_ID}{run}/")
        return {str(entity.values["file"]) async for entity in found}

    async def advance(self, before: StoredHead, head: JournalHead, files: Mapping[str, str], settings: str) -> bool:
        """Move the head, and note the file of each new id; False = another process was faster, and nothing changes."""
        values = {**_CODEC.to_values(head), "settings": settings}
        ids = [Insert(f"{_ID}{identity}", {"file": file}) for identity, file in files.items()]
        return await self._table.transact(PARTITION, [Replace(HEAD, values, before.etag), *ids]) is not None

    async def forget(self, run: str) -> None:
        """Forget the ids of records about a run that is deleted; the records stay."""
        found = self._table.query(PARTITION, first=f"{_ID}{run}.", last=f"{_ID}{run}/", select=())
        for key in [entity.key async for entity in found]:
            await self._table.delete(PARTITION, key)
