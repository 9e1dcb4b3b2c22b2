"""The rule by which the soak decides what is flat; the soak itself is not part of the suite."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from trials.soak import Sample, flatness


def samples(mib: float = 0.0, sockets: int = 0, files: int = 0) -> Sequence[Sample]:
    """Twelve rounds, one a minute: three of warming up, and so much more in the last three."""
    start = [Sample(at, 90 + 10 * at, 40, 20) for at in range(3)]
    flat = [Sample(at, 200, 50, 30) for at in range(3, 9)]
    return [*start, *flat, *(Sample(at, 200 + mib, 50 + sockets, 30 + files) for at in range(9, 12))]


def test_warming_up_is_no_growth() -> None:
    """Start, end and slope of each are reported."""
    flat = flatness(samples())
    assert () == flat.wrong
    told = "MiB of memory 200 to 200 (+0.00 a minute), sockets 50 to 50 (+0.00 a minute), file handles 30 to 30"
    assert flat.facts.startswith(told)


@pytest.mark.parametrize(("name", "most"), [("mib", 20), ("sockets", 40), ("files", 10)])
def test_growth_is_judged_at_its_limit(name: str, most: int) -> None:
    """Each measure for itself."""
    assert () == flatness(samples(**{name: most})).wrong
    (complaint,) = flatness(samples(**{name: most + 1})).wrong
    assert complaint.startswith(f"{most + 1} more ")


def test_too_few_rounds_are_no_verdict() -> None:
    """A soak in which nothing was measured must not be called flat."""
    assert flatness(samples()[:2]).wrong
