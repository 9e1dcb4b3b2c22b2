"""Microsoft Graph: `gateway.open_gateway` is what callers need. Only `gateway` and what it imports need the SDK."""

from __future__ import annotations

from shared.adapters.graph.clouds import CLOUDS, Cloud
from shared.adapters.graph.rate_limiter import Pacing, Priority

__all__ = ["CLOUDS", "Cloud", "Pacing", "Priority"]
