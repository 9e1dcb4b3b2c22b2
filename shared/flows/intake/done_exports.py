"""Done exports: move an export whose run is closed out of the container of exports.

The copy is made first, under a name with the run's id, and the export is deleted only if it is still the one that was
copied. After a crash in between, the next sweep deletes it. An export of the same name that was uploaded meanwhile
stays, and has a run of its own.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from shared.core.run.returned import done_name, metadata_of
from shared.core.run.run import Run
from shared.core.values.errors import AlreadyExistsError
from shared.core.values.storage import BlobInfo, ContainerPort


@dataclass(frozen=True, slots=True)
class MoveDoneExport:
    exports: ContainerPort
    done: ContainerPort
    max_file_bytes: int
    """Larger files are not read, not even those that were read under a higher limit; they stay."""

    async def __call__(self, info: BlobInfo, run: Run) -> None:
        """`run` is that of this version of the blob. An export that was refused unread stays.

        Raises ConcurrencyError when the blob was overwritten meanwhile.
        """
        if not run.closed or run.left_export or info.size > self.max_file_bytes:
            return
        data = await self.exports.read(info.name, if_match=info.etag)
        with suppress(AlreadyExistsError):
            await self.done.write(done_name(run), data, overwrite=False, metadata=metadata_of(run))
        await self.exports.delete(info.name, if_match=info.etag)
