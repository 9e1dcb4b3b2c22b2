"""`/users/{id}/findData` and `/users/{id}/eraseData`: finds and erases what the app stores about a person."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Path
from pydantic import Field

from shared.api.guard import Calling, GuardedRoute, Wired
from shared.api.schema import Given, Resource, errors
from shared.core.person.account import UUID
from shared.flows.upkeep.erasure import SHORTEST_NAME, PersonData
from shared.flows.upkeep.files_of_person import StoredFile

router = APIRouter(prefix="/users", route_class=GuardedRoute, tags=["People"])

PersonId = Annotated[str, Path(alias="id", pattern=f"^{UUID}$", description="Object id of the person.")]


class OtherNames(Given):
    also: list[Annotated[str, Field(min_length=SHORTEST_NAME, max_length=256)]] = Field(
        default=[],
        max_length=20,
        description="Names of the person that files may hold and the directory does not, such as earlier sign-in "
        "names; for a deleted account, all names.",
    )


class FileResource(Resource):
    container: str
    name: str = Field(description="The name of the blob.")
    copy_of: str = Field(description="Which snapshot or earlier version it is; empty = the blob itself.")
    run: str = Field(description="Its run; empty = it is of no run.")
    is_deleted: bool = Field(
        description="Whether erasing deletes the file; else it stays, and is written again without the person unless "
        "it is one of `unsearched`."
    )

    @classmethod
    def of(cls, stored: StoredFile) -> Self:
        return cls(
            container=stored.container.name,
            name=stored.info.name,
            copy_of=stored.info.copy,
            run=stored.run.id if stored.run else "",
            is_deleted=stored.is_deleted,
        )


class PersonDataResource(Resource):
    """The data stored about the person, without numbers."""

    user_id: str = Field(description="Object id of the person.")
    has_record: bool = Field(description="Whether there is an ownership record.")
    rows: dict[str, list[int]] = Field(description="The numbers of the person's rows, by run.")
    files: list[FileResource] = Field(description="Files that name the person.")
    unsearched: list[FileResource] = Field(description="Files that the app cannot search, so that a person has to.")
    in_the_way: list[str] = Field(
        description="Open runs, and exports that wait to be read; nothing is erased as long as there are any."
    )
    journal: dict[str, list[int]] = Field(
        description="By file of the journal, the numbers of the records that name the person, also as the actor; they "
        "cannot be erased."
    )

    @classmethod
    def of(cls, found: PersonData) -> Self:
        return cls(
            user_id=found.object_id,
            has_record=found.has_record,
            rows={run: [row.number for row in rows] for run, rows in found.rows.items()},
            files=list(map(FileResource.of, found.files)),
            unsearched=list(map(FileResource.of, found.unsearched)),
            in_the_way=list(found.in_the_way),
            journal={file: list(numbers) for file, numbers in found.journal.items()},
        )


@router.post("/{id}/findData", operation_id="FindPersonData", summary="Find data of person", responses=errors())
async def find_person_data(verbs: Wired, user_id: PersonId, names: OtherNames) -> PersonDataResource:
    """Find everything that the app stores about the person, and change nothing."""
    return PersonDataResource.of(await verbs.erasure.find(user_id, names.also))


@router.post("/{id}/eraseData", operation_id="ErasePersonData", summary="Erase data of person", responses=errors(409))
async def erase_person_data(verbs: Wired, caller: Calling, user_id: PersonId, names: OtherNames) -> PersonDataResource:
    """Erase what the app stores about the person; returns what there was.

    Methods of the account stay: they are deleted by calls of their own. Files that cannot be searched stay and are
    listed. The call may be repeated.
    """
    return PersonDataResource.of(await verbs.erasure.erase(user_id, names.also, caller.id))
