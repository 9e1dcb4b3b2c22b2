"""Draws the connector's icon as PNG, without a library: a phone with a check mark, white on the brand colour.

`python -m tools.documents` writes it. Every shape is a function of the distance from its edge, which makes edges
smooth.
"""

from __future__ import annotations

import struct
import zlib
from math import hypot

BRAND = "#0b6a75"
"""Neither white nor the designer's own blue, which connectors may not use."""
SIZE = 128
"""Pixels of each side."""

_WHITE = (255, 255, 255)
_CHECK = ((49.0, 66.0), (60.0, 77.0)), ((60.0, 77.0), (80.0, 52.0))
_HALF_STROKE = 4.0

Point = tuple[float, float]


def pixels() -> list[bytes]:
    """Rows of red, green and blue."""
    brand = (int(BRAND[1:3], 16), int(BRAND[3:5], 16), int(BRAND[5:7], 16))
    return [
        bytes(value for x in range(SIZE) for value in _mixed(brand, _WHITE, _inked(x + 0.5, y + 0.5)))
        for y in range(SIZE)
    ]


def png() -> bytes:
    """Colour type 2 is RGB; filter 0 before a row leaves it unchanged. Source: the PNG specification."""
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in pixels()), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _mixed(under: tuple[int, int, int], over: tuple[int, int, int], share: float) -> list[int]:
    return [round(low + (high - low) * share) for low, high in zip(under, over, strict=True)]


def _inked(x: float, y: float) -> float:
    """How much of this pixel is white, from 0 to 1."""
    case = abs(_outside_box((x, y), half=(25.0, 39.0), radius=9.0) + 3.0) - 3.0
    check = min(_from_line((x, y), start, end) for start, end in _CHECK) - _HALF_STROKE
    return min(1.0, max(0.0, 0.5 - min(case, check)))


def _outside_box(point: Point, *, half: Point, radius: float) -> float:
    """Distance from a rounded box around the middle; negative inside."""
    across, down = (abs(value - SIZE / 2) - side + radius for value, side in zip(point, half, strict=True))
    return hypot(max(across, 0.0), max(down, 0.0)) + min(max(across, down), 0.0) - radius


def _from_line(point: Point, start: Point, end: Point) -> float:
    """Distance from the line between two points."""
    along = (end[0] - start[0], end[1] - start[1])
    away = (point[0] - start[0], point[1] - start[1])
    share = (along[0] * away[0] + along[1] * away[1]) / (along[0] ** 2 + along[1] ** 2)
    share = min(1.0, max(0.0, share))
    return hypot(away[0] - share * along[0], away[1] - share * along[1])
