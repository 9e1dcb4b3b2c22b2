"""Over random histories no run takes a number from a person who chose it, and no row says what is not so."""

from __future__ import annotations

import pytest

from shared.core.export.options import STRICTNESS
from shared.core.values.states import Policy
from tests.flows.random_histories import history

SHORT, LONG = 16, 10_000


async def play_all(policy: Policy, seeds: range) -> None:
    for seed in seeds:
        async with history(seed, policy) as played:
            await played.play()
            assert [] == await played.unaccounted(), (policy, seed)
            if policy is Policy.OVERWRITE:
                assert [] == await played.untrue(), (policy, seed)
            else:
                assert [] == played.graph.overwritten, (policy, seed)


@pytest.mark.parametrize("policy", STRICTNESS)
async def test_histories(policy: Policy) -> None:
    """People's own numbers stay, or under `overwrite` the newest export is there; every row has just one outcome."""
    await play_all(policy, range(SHORT // len(STRICTNESS)))


async def test_a_number_that_a_person_took_back_is_theirs() -> None:
    """Planned while it was nobody's, replaced by another run, put back by the person, and then applied."""
    await play_all(Policy.MERGE, range(1069, 1070))


@pytest.mark.long
@pytest.mark.parametrize("policy", STRICTNESS)
async def test_ten_thousand_histories(policy: Policy) -> None:
    """The same, with other seeds."""
    await play_all(policy, range(SHORT // len(STRICTNESS), LONG // len(STRICTNESS)))
