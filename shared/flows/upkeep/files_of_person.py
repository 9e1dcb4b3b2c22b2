"""The files that name a person, in every container but the journal's, and their earlier versions.

They are exports, copies, plans, results and reports. A workbook or text file is deleted as a whole, because a file from
which a row was taken may still hold something of that row; so are the corrections of a result. The app's other JSON
documents and lists are written again without the person.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field

from shared.core.export.export_folders import ExportFolders, Placement
from shared.core.record.drift import IdSet, ListedPeople
from shared.core.run.erasure import Sought, without_person
from shared.core.run.returned import RUN
from shared.core.run.row_index import ROW_INDEX
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.errors import BlobNotFoundError
from shared.core.values.storage import BlobInfo, ContainerPort
from shared.flows.pipeline.returns import CORRECTIONS
from shared.flows.scheduled.leavers import LISTED_PEOPLE
from shared.flows.scheduled.reconcile import DISABLED_ACCOUNTS
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

Mentions = Callable[[bytes, Sought], bool | None]
"""Whether a file names the person; None = it cannot be searched. Runs in a thread."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that names the person, or may if not `is_certain`, such as an encrypted one or an earlier version."""

    container: ContainerPort
    info: BlobInfo
    run: Run | None
    is_certain: bool = True
    new: bytes | None = field(default=None, repr=False)
    """The content without the person; None = the file is not written again."""
    waits: bool = False
    """Whether it is an export that the app is still to read."""

    @property
    def is_deleted(self) -> bool:
        """Whether erasing deletes the file: one that is not certain stays, and one with `new` is written again."""
        return self.is_certain and self.new is None


@dataclass(frozen=True, slots=True)
class FilesOfPerson:
    exports: ContainerPort
    container: str
    """The name of the exports container; run ids are computed from it."""
    folders: ExportFolders
    done: ContainerPort
    returns: ContainerPort
    results: ContainerPort
    quarantine: ContainerPort
    mentions: Mentions

    async def find(
        self, sought: Sought, runs: Mapping[str, Run], with_person: Collection[str]
    ) -> AsyncIterator[StoredFile]:
        """`runs` are all runs by id; `with_person` are the ids of those with a row of the person."""
        for container in (self.exports, self.done, self.returns, self.results, self.quarantine):
            theirs = set[str]()
            infos = [info async for info in container.list(copies=True)]
            for info in sorted(infos, key=lambda one: (one.name, bool(one.copy))):
                run = runs.get(self._run_of(container, info))
                named = run is not None and run.id in with_person
                if info.copy:
                    is_overwritten_list = container is self.results and "/" not in info.name
                    if named or info.name in theirs or is_overwritten_list:
                        yield StoredFile(container, info, run)
                    elif run is None or run.rows_purged:
                        yield StoredFile(container, info, run, is_certain=False)
                elif found := await self._found(container, info, run, sought, named=named):
                    if found.is_certain:
                        theirs.add(info.name)
                    yield found

    def _run_of(self, container: ContainerPort, info: BlobInfo) -> str:
        if container is self.exports:
            return run_id(info.last_modified, self.container, info.name, info.etag)
        if container in (self.done, self.returns):
            return info.metadata.get(RUN, "")
        return info.name.partition("/")[0]

    def kind_of(self, stored: StoredFile) -> str:
        """What the file is, without its name, which may be a person's."""
        if stored.container is self.results:
            return stored.info.name.partition("/")[2]
        kinds = ((self.exports, "export"), (self.done, "export, moved"), (self.returns, "result"))
        return next((kind for container, kind in kinds if container is stored.container), "refused export")

    async def _found(
        self, container: ContainerPort, info: BlobInfo, run: Run | None, sought: Sought, *, named: bool
    ) -> StoredFile | None:
        """The file, if it names the person or may. One that cannot be read must not hide the others."""
        try:
            return await self._searched(container, info, run, sought, named=named)
        except BlobNotFoundError:  # retention, or a person, was faster
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, a person has to look
            event(EventName.FILE_NOT_SEARCHED, container=container.name, error=type(error).__name__)
            return StoredFile(container, info, run, is_certain=False)

    async def _searched(
        self, container: ContainerPort, info: BlobInfo, run: Run | None, sought: Sought, *, named: bool
    ) -> StoredFile | None:
        waits = container is self.exports and run is None and self.folders.placement(info) is Placement.EXPORT
        data = await container.read(info.name)
        kind = info.name.rpartition("/")[2]
        if container is self.results and (kind in _LISTS or (kind.endswith(".json") and kind != CORRECTIONS)):
            new = _LISTS.get(kind, _document)(data, sought)
            return None if new == data else StoredFile(container, info, run, new=new)
        if named or sought.is_in(info.name):
            return StoredFile(container, info, run, waits=waits)
        match await asyncio.to_thread(self.mentions, data, sought):
            case False:
                return None
            case is_certain:
                return StoredFile(container, info, run, is_certain=bool(is_certain), waits=waits)


def _document(data: bytes, sought: Sought) -> bytes:
    before = json.loads(data)
    after = without_person(before, sought)
    return data if after == before else json.dumps(after, ensure_ascii=False).encode()


def _listed(data: bytes, sought: Sought) -> bytes:
    return ListedPeople.from_bytes(data).without(sought.object_id).to_bytes()


def _disabled(data: bytes, sought: Sought) -> bytes:
    return IdSet(data).without(sought.object_id).to_bytes()


def _indexed(data: bytes, sought: Sought) -> bytes:
    return "\n".join(line for line in data.decode().split("\n") if not sought.is_in(line)).encode()


_LISTS: dict[str, Callable[[bytes, Sought], bytes]] = {
    LISTED_PEOPLE: _listed,
    DISABLED_ACCOUNTS: _disabled,
    ROW_INDEX: _indexed,
}
"""Files that are not JSON, by name, with the function that removes the person."""
