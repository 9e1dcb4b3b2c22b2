"""Tables, queues and containers in memory that obey the same contract tests as the Azure adapters.

For tests and benchmarks of flows. Every request is reported to `on_operation`, lets other tasks run once, and is then
atomic: interleavings occur as with a service, lost updates do not. Time comes from a clock that the test moves.
"""

from __future__ import annotations

from testing.doubles.container import MemoryContainer
from testing.doubles.queue import MemoryQueue
from testing.doubles.storage import MemoryStorage
from testing.doubles.table import MemoryTable

__all__ = ["MemoryContainer", "MemoryQueue", "MemoryStorage", "MemoryTable"]
