"""The made-up latency of the service: log-normal; the items of a batch run in parallel.

Called by the stand-in before it answers.
"""

from __future__ import annotations

import heapq
import math
from random import Random

from sandbox.graph.options import Options


def duration(options: Options, random: Random, items: int = 1) -> float:
    """Seconds for a request of this many items; the time of each is random, and `batch_parallelism` run at once."""
    lanes = [0.0] * min(items, options.batch_parallelism)
    for _ in range(items):
        taken = random.lognormvariate(math.log(options.latency_ms / 1000), options.latency_sigma)
        heapq.heapreplace(lanes, lanes[0] + taken)
    return max(lanes)
