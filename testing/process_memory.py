"""The memory of a process, for tests and benchmarks that limit it."""

from __future__ import annotations

from pathlib import Path


def peak_mib() -> float:
    """This process's resident memory at its highest, in MiB.

    Read from /proc, because getrusage's figure survives exec and may be that of the parent process.
    """
    return _mib("self", "VmHWM")


def resident_mib(pid: int) -> float:
    """The resident memory of a running process now, in MiB."""
    return _mib(str(pid), "VmRSS")


def _mib(process: str, name: str) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
