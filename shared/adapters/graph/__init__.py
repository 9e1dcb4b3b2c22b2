"""Microsoft Graph: `opening.open_gateway` is what callers need.

Only `gateway`, `opening` and what they import need the SDK.
"""

from __future__ import annotations

from shared.adapters.graph.clouds import CLOUDS, Cloud
from shared.adapters.graph.rate_limiter import Pacing, Priority

__all__ = ["CLOUDS", "Cloud", "Pacing", "Priority"]
