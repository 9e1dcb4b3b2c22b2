"""Tables, queues and containers in memory that obey the same contract tests as the Azure adapters.

For tests and benchmarks of flows. Every request is told to `on_operation`, then lets other tasks run once, then happens
at once: interleavings are real, lost updates are not. Time comes from a clock that the test moves.
"""

from __future__ import annotations

from testing.doubles.container import MemoryContainer
from testing.doubles.queue import MemoryQueue
from testing.doubles.storage import MemoryStorage
from testing.doubles.table import MemoryTable

__all__ = ["MemoryContainer", "MemoryQueue", "MemoryStorage", "MemoryTable"]
