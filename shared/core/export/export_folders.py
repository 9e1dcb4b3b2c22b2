"""Decides which blobs of the exports container are exports, without reading them.

All that look into the container use it, so that they agree. Exports are the files at the top level, in `preview/`, in
`full/` and in the folders that EXPORT_FOLDERS names, which may also stand below `preview/` and `full/`. Case does not
matter. Files in other folders are refused, because `Preview /x.xlsx` or `hr/preview/x.xlsx` may be meant as a preview,
and must not become a run that writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from shared.core.values.storage import BlobInfo

PREVIEW, FULL = "preview", "full"
MARKERS = (PREVIEW, FULL)
"""The first folders of a name that say how its file is used: for a preview, or as a full export."""

_LOOKS_LIKE_SLASH = ("\\", "%2f", "%5c", "\u2044", "\u2215", "\u29f8", "\uff0f", "\uff3c")
_SYSTEM_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}
_FOLDER_METADATA = "hdi_isfolder"
"""Set on the entry of a folder by accounts with a hierarchical namespace, Storage Explorer and AzCopy."""
_FOLDER_SUFFIX = "_$folder$"
"""Ends the entry of a folder that Hadoop's WASB driver writes."""


class Placement(StrEnum):
    EXPORT = "export"
    MISPLACED = "misplaced"
    """A file in any other folder, or with a sign in its name that looks like a slash; it is refused."""
    LEFT_ALONE = "leftAlone"
    """Not meant as an export, such as a lock file, a hidden file or the entry of a folder."""


@dataclass(frozen=True, slots=True)
class ExportFolders:
    """`names` are the folders of EXPORT_FOLDERS, without slashes around them."""

    names: tuple[str, ...] = ()

    def placement(self, info: BlobInfo) -> Placement:
        if _is_folder_entry(info) or _is_no_document(info.name):
            return Placement.LEFT_ALONE
        is_plain = not any(separator in info.name.casefold() for separator in _LOOKS_LIKE_SLASH)
        return Placement.EXPORT if is_plain and self._holds_exports(folder_of(info.name)) else Placement.MISPLACED

    def _holds_exports(self, folder: str) -> bool:
        first, _, rest = folder.partition("/")
        inner = rest if first in MARKERS else folder
        return folder in {"", *MARKERS} or inner in map(str.casefold, self.names)

    def allowed(self) -> str:
        """The folders in words, for a remedy."""
        return ", ".join(f"{name}/" for name in (*MARKERS, *self.names))


def folder_of(name: str) -> str:
    """The folder of a blob in one spelling, for comparison; "" = the top level, "/" = a folder without a name."""
    folder, slash, _ = name.rpartition("/")
    return folder.casefold() or slash


def marker_of(name: str) -> str:
    """`preview` or `full`, if the name begins with that folder; otherwise ""."""
    first, slash, _ = name.partition("/")
    return first.casefold() if slash and first.casefold() in MARKERS else ""


def nearly_marker(name: str) -> str:
    """`preview` or `full`, if a folder in the name resembles it; otherwise ""."""
    parts = _as_path(name).casefold().split("/")[:-1]
    near = (get_close_matches("".join(filter(str.isalpha, part)), MARKERS, n=1, cutoff=0.7) for part in parts)
    return next((found[0] for found in near if found), "")


def is_named_like_preview(name: str) -> bool:
    """Whether the name of a file says preview, such as `Staff (Preview).xlsx`, and the file is not in `preview/`."""
    words = re.split(r"[\W\d_]+", name.rpartition("/")[2].casefold())
    return PREVIEW in words and marker_of(name) != PREVIEW


def faults(folder: str) -> Iterable[str]:
    """Why EXPORT_FOLDERS may not hold this folder."""
    parts = folder.split("/")
    if not all(part.strip() == part and part for part in parts):
        yield "should be folders such as hr or hr/monthly"
    if any(part.startswith(".") for part in parts) or _as_path(folder) != folder:
        yield "should not name hidden folders, or hold other slashes than /"
    if parts[0].casefold() in MARKERS:
        yield "should not begin with preview or full, below which each folder may stand anyway"


def _as_path(name: str) -> str:
    for separator in _LOOKS_LIKE_SLASH:
        name = name.replace(separator, "/").replace(separator.upper(), "/")
    return name


def _is_folder_entry(info: BlobInfo) -> bool:
    marked = {key.lower(): value.lower() for key, value in info.metadata.items()}.get(_FOLDER_METADATA) == "true"
    return info.size == 0 and (marked or info.name.endswith(("/", _FOLDER_SUFFIX)))


def _is_no_document(name: str) -> bool:
    *folders, file = name.casefold().split("/")
    is_temporary = file.startswith("~$") or (file.startswith("~") and file.endswith(".tmp"))
    return is_temporary or file in _SYSTEM_FILES or any(map(_is_hidden, (*folders, file)))


def _is_hidden(part: str) -> bool:
    return part.startswith(".") and part not in {".", ".."}
