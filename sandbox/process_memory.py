"""The peak memory of this process, for tests and benchmarks that bound it."""

from __future__ import annotations

from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """Resident memory at its highest, in MiB.

    From /proc, because getrusage's figure survives exec and so would be that of the parent.
    """
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
