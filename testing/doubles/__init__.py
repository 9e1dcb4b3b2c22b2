"""Tables, queues and containers in memory that obey the same contract tests as the Azure adapters.

For tests and benchmarks of flows. Every request is reported to `on_operation`, lets other tasks run once, and is then
done in one step. Requests of several tasks therefore interleave, but no update is lost. The given clock sets the time.
"""

from __future__ import annotations

from testing.doubles.container import MemoryContainer
from testing.doubles.queue import MemoryQueue
from testing.doubles.storage import MemoryStorage
from testing.doubles.table import MemoryTable

__all__ = ["MemoryContainer", "MemoryQueue", "MemoryStorage", "MemoryTable"]
