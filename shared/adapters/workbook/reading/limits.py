"""How large an export may be."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Sizes are in bytes, the ratio is unpacked / packed, all others are counts."""

    max_file_bytes: int = 50 * MIB
    max_unpacked_bytes: int = 500 * MIB
    max_ratio: int = 200
    max_rows: int = 200_000
    max_columns: int = 100
    max_cell_characters: int = 1_000
    header_rows: int = 20
    """The header is searched in this number of rows with content."""
