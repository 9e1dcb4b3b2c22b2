"""The arithmetic of pacing, in virtual time: bursts, halts, what is learnt from a 429, and who goes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from shared.adapters.graph.rate_limiter import HEADROOM, AdaptiveRateLimiter, Pacing, RequestKind
from shared.adapters.graph.token_bucket import LONGEST_BACK_OFF, PROOF, Bucket
from shared.core.values.errors import ThrottledError
from testing import virtual_time

Clock = Callable[[], float]


def run[T](story: Callable[[Clock], Coroutine[Any, Any, T]]) -> T:
    """Run `story(clock)` in virtual time."""

    async def told() -> T:
        return await story(asyncio.get_running_loop().time)

    return virtual_time.run(told())


def _rate_limiter(clock: Clock, *, workers: int = 1, at_once: int = 1000, max_wait: float = 1e9) -> AdaptiveRateLimiter:
    return AdaptiveRateLimiter(Pacing(workers, at_once, max_wait), clock, asyncio.sleep)


async def _call(
    rate_limiter: AdaptiveRateLimiter, kind: RequestKind, *, cost: float = 1, urgent: bool = False, takes: float = 0.0
) -> float:
    """One call that succeeds; the time it started."""
    started = await rate_limiter.start(kind, cost, rate_limiter.deadline(), urgent=urgent)
    await asyncio.sleep(takes)
    rate_limiter.finish()
    rate_limiter.accepted(kind, started, None)
    return started


async def _starts(rate_limiter: AdaptiveRateLimiter, kind: RequestKind, number: int) -> list[float]:
    return sorted(await asyncio.gather(*(_call(rate_limiter, kind) for _ in range(number))))


@pytest.mark.parametrize(
    ("kind", "burst", "per_second"),
    [(RequestKind.READ, 8_000 * HEADROOM, 800.0), (RequestKind.WRITE, 3_000 * HEADROOM, 20.0)],
)
def test_a_process_starts_with_its_share(kind: RequestKind, burst: float, per_second: float) -> None:
    """What the bucket holds goes at once; the next call waits as long as the share of the documented rate says."""
    workers = 4

    async def story(clock: Clock) -> list[float]:
        return await _starts(_rate_limiter(clock, workers=workers), kind, int(burst / workers) + 1)

    starts = run(story)
    assert 0 == starts[-2]
    assert 0 < starts[-1] <= workers / (per_second * HEADROOM)


def test_a_write_costs_a_unit_too() -> None:
    """Writes leave less for reads."""

    async def story(clock: Clock) -> float:
        rate_limiter = _rate_limiter(clock, workers=100)
        for _ in range(29):
            await _call(rate_limiter, RequestKind.WRITE)
        return (await _starts(rate_limiter, RequestKind.READ, 78 - 29 + 1))[-1]

    assert run(story) > 0


def test_a_throttled_process_says_so_in_words() -> None:
    """For as long as it is paused or slower than it began; a 429 that may be chance says nothing."""

    async def story(clock: Clock) -> list[str]:
        rate_limiter = _rate_limiter(clock)
        said = [rate_limiter.in_words()]
        rate_limiter.throttled(RequestKind.WRITE, clock(), 7.0, targets=["PATCH a"])
        said.append(rate_limiter.in_words())
        rate_limiter.throttled(RequestKind.WRITE, clock(), 7.0, "Application_Tenant/Write")
        said.append(rate_limiter.in_words())
        await asyncio.sleep(8)
        return [*said, rate_limiter.in_words()]

    calm, chance, paused, slower = run(story)
    assert "" == calm == chance
    assert paused.endswith("writes a second after a pause of 7 s.")
    assert slower.endswith("writes a second.")


def test_a_halt_is_kept_by_everybody_and_only_for_its_kind() -> None:
    """After a 429 nobody starts a call of that kind before the time given; the other kind goes on."""

    async def story(clock: Clock) -> tuple[list[float], list[float]]:
        rate_limiter = _rate_limiter(clock)
        started = await _call(rate_limiter, RequestKind.WRITE)
        rate_limiter.throttled(RequestKind.WRITE, started, 7.5)
        writes, reads = await asyncio.gather(
            _starts(rate_limiter, RequestKind.WRITE, 50), _starts(rate_limiter, RequestKind.READ, 50)
        )
        return writes, reads

    writes, reads = run(story)
    assert writes[0] >= 7.5
    assert 0 == reads[-1]


def test_a_halt_reaches_those_who_already_wait() -> None:
    """A 429 that comes in while callers wait for their turn holds them back as well."""

    async def story(clock: Clock) -> list[float]:
        rate_limiter = _rate_limiter(clock, workers=3000)
        waiting = asyncio.create_task(_starts(rate_limiter, RequestKind.WRITE, 5))
        await asyncio.sleep(1)
        rate_limiter.throttled(RequestKind.WRITE, 0, 500)
        return [start for start in await waiting if start > 1]

    assert min(run(story)) >= 501


def test_scope_may_name_both_kinds() -> None:
    """A 429 whose scope is ReadWrite halts reads and writes."""

    async def story(clock: Clock) -> list[float]:
        rate_limiter = _rate_limiter(clock)
        rate_limiter.throttled(RequestKind.WRITE, 0, 3, "Tenant_Application/ReadWrite/app/tenant")
        return await _starts(rate_limiter, RequestKind.READ, 1)

    assert run(story)[0] >= 3


@pytest.mark.parametrize(("retry_after", "until"), [(2.0, 2.0), (2.128, 2.128), (200.0, 200.0), (1e12, 3600.0)])
def test_the_wait_given_is_kept_to_the_moment(retry_after: float, until: float) -> None:
    """Integers and fractions of seconds are kept; a year is not believed."""
    bucket = Bucket(20, 150, 1, now=0)
    bucket.throttled(started=0, now=0, retry_after=retry_after)
    assert bucket.paused_until == until


def test_without_a_wait_the_halt_doubles_until_something_is_accepted() -> None:
    """A 429 that names no time halts for 1, 2, 4 … 60 s; a success starts over."""
    bucket, now, halts = Bucket(20, 150, 1, now=0), 0.0, []
    for _ in range(8):
        bucket.throttled(started=now, now=now, retry_after=None)
        halts.append(bucket.paused_until - now)
        now = bucket.paused_until
    bucket.accepted(now, now, None)
    bucket.throttled(started=now, now=now, retry_after=None)
    assert [1, 2, 4, 8, 16, 32, 60, 60, 1] == [*halts, bucket.paused_until - now]


def test_a_success_from_before_the_429_proves_nothing() -> None:
    """What was in flight when the 429 came does not end the doubling of halts."""
    bucket = Bucket(20, 150, 1, now=0)
    bucket.throttled(started=0, now=1, retry_after=None)
    bucket.accepted(started=0.5, now=1.5, used=None)
    bucket.throttled(started=2, now=2.5, retry_after=None)
    assert 4.5 == bucket.paused_until


def test_one_herd_slows_the_rate_once() -> None:
    """All calls that were in flight at the first 429 count as one."""
    bucket = Bucket(20, 150, 1, now=0)
    for heard in (1.0, 1.1, 1.2):
        bucket.throttled(started=0.5, now=heard, retry_after=1)
    assert pytest.approx(14) == bucket.rate


def test_the_rate_rises_only_while_it_holds_calls_back() -> None:
    """A share that is too small grows to the documented limit under load, and not by waiting."""

    async def story(clock: Clock) -> tuple[int, int]:
        rate_limiter = _rate_limiter(clock, workers=10)
        await asyncio.sleep(10_000)
        starts = await _starts(rate_limiter, RequestKind.WRITE, 4_500)
        return sum(start == 10_000 for start in starts), sum(10_300 <= start < 10_310 for start in starts)

    at_once, five_minutes_later = run(story)
    assert at_once == int(3_000 * HEADROOM / 10)
    assert pytest.approx(200 * HEADROOM, abs=1) == five_minutes_later


def test_work_that_would_wait_too_long_is_given_back() -> None:
    """At the limit a caller waits; beyond it the error tells after how long to come back."""

    async def story(clock: Clock) -> tuple[float, float]:
        rate_limiter = _rate_limiter(clock, max_wait=30)
        rate_limiter.throttled(RequestKind.READ, 0, 29)
        waited = await _call(rate_limiter, RequestKind.READ)
        rate_limiter.throttled(RequestKind.READ, clock(), 31)
        with pytest.raises(ThrottledError) as caught:
            await _call(rate_limiter, RequestKind.READ)
        return waited, caught.value.delay

    waited, delay = run(story)
    assert 29 <= waited < 30
    assert delay >= 31


def test_a_queue_that_is_too_long_is_not_joined() -> None:
    """Who can be served in time waits, the others learn it at once."""

    async def story(clock: Clock) -> tuple[int, float]:
        rate_limiter = _rate_limiter(clock, workers=30, max_wait=30)
        results = await asyncio.gather(
            *(_call(rate_limiter, RequestKind.WRITE) for _ in range(300)), return_exceptions=True
        )
        return sum(isinstance(result, ThrottledError) for result in results), clock()

    refused, took = run(story)
    assert 150 < refused < 200
    assert took <= 30


def test_places_in_flight_are_limited() -> None:
    """No more calls at once than allowed, whatever the buckets hold."""

    async def story(clock: Clock) -> list[float]:
        rate_limiter = _rate_limiter(clock, at_once=10)
        return sorted(await asyncio.gather(*(_call(rate_limiter, RequestKind.READ, takes=1) for _ in range(25))))

    assert [0] * 10 + [1] * 10 + [2] * 5 == run(story)


def test_an_urgent_call_overtakes_the_queue_but_not_a_halt() -> None:
    """A help desk does not wait for a run, but nobody calls during a halt."""

    async def story(clock: Clock) -> tuple[float, float]:
        rate_limiter = _rate_limiter(clock, workers=3000)
        queue = asyncio.create_task(_starts(rate_limiter, RequestKind.WRITE, 20))
        await asyncio.sleep(1)
        at_once = await _call(rate_limiter, RequestKind.WRITE, urgent=True)
        rate_limiter.throttled(RequestKind.WRITE, at_once, 20)
        halted = await _call(rate_limiter, RequestKind.WRITE, urgent=True)
        queue.cancel()
        return at_once, halted

    at_once, halted = run(story)
    assert (1, True) == (at_once, halted >= 21)


def test_waiting_for_one_kind_leaves_places_to_the_other() -> None:
    """Callers who wait for leave to write do not keep reads from starting."""

    async def story(clock: Clock) -> float:
        rate_limiter = _rate_limiter(clock, at_once=3)
        rate_limiter.throttled(RequestKind.WRITE, 0, 100)
        writes = [asyncio.create_task(_call(rate_limiter, RequestKind.WRITE)) for _ in range(10)]
        await asyncio.sleep(1)
        read = await _call(rate_limiter, RequestKind.READ)
        await asyncio.gather(*writes)
        return read

    assert 1 == run(story)


def test_a_cancelled_caller_leaves_nothing_behind() -> None:
    """A caller that gives up while it waits keeps neither a place nor its part of the queue."""

    async def story(clock: Clock) -> float:
        rate_limiter = _rate_limiter(clock, at_once=1, max_wait=100)
        rate_limiter.throttled(RequestKind.READ, 0, 50)
        waiting = [asyncio.create_task(_call(rate_limiter, RequestKind.READ, cost=2_000)) for _ in range(5)]
        await asyncio.sleep(1)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return await _call(rate_limiter, RequestKind.READ)

    assert 50 <= run(story) < 51


def test_a_batch_larger_than_the_bucket_still_goes() -> None:
    """When the rate has sunk so far that a batch never fits, it waits for a full bucket and goes on credit."""
    bucket = Bucket(ceiling=1, window=10, share=1, now=0)
    assert 0 == bucket.wait_for(20, now=0)
    bucket.spend(20)
    assert 20 == bucket.wait_for(20, now=0)


class _Service:
    """A service with a limit of its own, whatever it documents; refused calls are charged as well."""

    def __init__(self, amount: float, per_second: float) -> None:
        self._amount, self._per_second = amount, per_second
        self._level, self._at = amount, 0.0
        self.accepted: list[float] = []
        self.refused: list[float] = []

    def call(self, now: float) -> float | None:
        """None, or the Retry-After of a 429."""
        self._level = min(self._amount, self._level + (now - self._at) * self._per_second) - 1
        self._at = now
        if self._level >= 0:
            self.accepted.append(now)
            return None
        self.refused.append(now)
        return max(1.0, -self._level / self._per_second)

    def used(self) -> float:
        return 1 - self._level / self._amount


async def _run_of_writes(
    clock: Clock, service: _Service, rate_limiters: list[AdaptiveRateLimiter], writes: int, *, tells: bool
) -> None:
    """`writes` writes by processes that each keep up to 32 callers; the service tells how much is used, or not."""
    left = iter(range(writes))

    async def caller(rate_limiter: AdaptiveRateLimiter) -> None:
        for number in left:
            targets = [f"PATCH {number}"]
            retry_after: float | None = 0.0
            while retry_after is not None:
                started = await rate_limiter.start(
                    RequestKind.WRITE, 1, rate_limiter.deadline(), urgent=False, targets=targets
                )
                await asyncio.sleep(0.12)
                retry_after = service.call(clock())
                await asyncio.sleep(0.12)
                rate_limiter.finish()
                if retry_after is None:
                    rate_limiter.accepted(RequestKind.WRITE, started, service.used() if tells else None, targets)
                else:
                    rate_limiter.throttled(RequestKind.WRITE, started, retry_after, targets=targets)

    await asyncio.gather(*(caller(rate_limiter) for rate_limiter in rate_limiters for _ in range(32)))


@pytest.mark.parametrize(
    ("workers", "processes", "limit", "tells", "least", "most_refused"),
    [
        pytest.param(1, 1, 1.0, False, 0.97, 0.001, id="alone-with-the-documented-limit"),
        pytest.param(4, 4, 1.0, True, 0.95, 0.001, id="four-who-expect-four"),
        pytest.param(4, 4, 1.0, False, 0.95, 0.02, id="four-who-expect-four-and-are-told-nothing"),
        pytest.param(4, 1, 1.0, True, 0.97, 0.001, id="one-who-expects-four"),
        pytest.param(1, 1, 0.5, False, 0.85, 0.02, id="hidden-half-of-the-limit"),
        pytest.param(1, 4, 1.0, False, 0.85, 0.02, id="four-who-expect-one"),
    ],
)
def test_a_long_run_uses_the_limit_and_is_seldom_refused(
    *, workers: int, processes: int, limit: float, tells: bool, least: float, most_refused: float
) -> None:
    """Once the burst is spent and the rate is found, this share of what the service gives is used, with few 429s."""
    service = _Service(3_000 * limit, 20 * limit)

    async def story(clock: Clock) -> float:
        rate_limiters = [_rate_limiter(clock, workers=workers) for _ in range(processes)]
        await _run_of_writes(clock, service, rate_limiters, 6_000, tells=tells)
        return clock()

    end = run(story)
    window = (end - 101, end - 1)
    used = sum(window[0] <= at < window[1] for at in service.accepted) / (100 * 20 * limit)
    refused = sum(at > 60 for at in service.refused)
    assert used >= least
    assert refused / len(service.accepted) <= most_refused


def test_thousands_of_throttled_answers_in_a_row_only_pause() -> None:
    """The pause stays at its limit, however long Graph throttles."""
    bucket, now = Bucket(20, 150, 1, now=0), 0.0
    for _ in range(3_000):
        now = bucket.paused_until
        bucket.throttled(now, now, None)
    assert LONGEST_BACK_OFF == bucket.paused_until - now


def test_a_wait_without_a_scope_holds_only_its_own_request() -> None:
    """One person's Retry-After is kept by that request, and costs nobody else a moment."""

    async def story(clock: Clock) -> tuple[float, float]:
        rate_limiter = _rate_limiter(clock)
        rate_limiter.throttled(RequestKind.WRITE, 0, 60, targets=["PATCH a"])
        other = await rate_limiter.start(RequestKind.WRITE, 1, 100, urgent=False, targets=["PATCH b"])
        return other, await rate_limiter.start(RequestKind.WRITE, 1, 100, urgent=False, targets=["PATCH a"])

    other, same = run(story)
    assert (0, True) == (other, same >= 60)


def test_chance_does_not_slow_the_rate_and_congestion_does() -> None:
    """One 429 among the last four answers changes nothing; two pause everybody and lower the rate."""

    async def story(clock: Clock) -> list[float]:
        rate_limiter = _rate_limiter(clock)
        starts = []
        for answers in ("aaaraaaraaaa", "aaarar"):
            for number, answer in enumerate(answers):
                if answer == "r":
                    rate_limiter.throttled(RequestKind.WRITE, clock(), 5, targets=[f"PATCH {number}"])
                else:
                    rate_limiter.accepted(RequestKind.WRITE, clock(), None, [f"PATCH {number}"])
            starts.append(await _call(rate_limiter, RequestKind.WRITE))
        return starts

    by_chance, congested = run(story)
    assert (0, True) == (by_chance, congested >= 1)


@pytest.mark.parametrize("retry_after", [5, None])
def test_one_429_that_names_no_scope_slows_nobody_else(retry_after: float | None) -> None:
    """Whether it gives a time or not: chance looks like this, and a limit that is reached refuses the next one too."""

    async def story(clock: Clock) -> list[float]:
        rate_limiter = _rate_limiter(clock)
        rate_limiter.throttled(RequestKind.WRITE, clock(), retry_after, targets=["PATCH a"])
        one = await _call(rate_limiter, RequestKind.WRITE)
        rate_limiter.throttled(RequestKind.WRITE, clock(), retry_after, targets=["PATCH b"])
        return [one, await _call(rate_limiter, RequestKind.WRITE)]

    one, two = run(story)
    assert (0, True) == (one, two >= 1)


def _congest(bucket: Bucket, now: float) -> None:
    for _ in range(2):
        is_congested = bucket.is_congested()
    assert is_congested
    bucket.congested(now, now)


def _accept(bucket: Bucket, answers: int, now: float) -> None:
    for _ in range(answers):
        bucket.accepted(now, now, None)


def test_what_congestion_took_comes_back_when_it_has_passed() -> None:
    """Ten accepted answers show that it has; then each one brings a token of half of them back, and its own."""
    bucket = Bucket(20, 150, 1, now=0)
    _congest(bucket, 0)
    _accept(bucket, PROOF - 1, now=2)
    earned = bucket.wait_for(20, now=1)
    _accept(bucket, 100, now=2)
    assert (True, 0, True) == (earned > 0, bucket.wait_for(200, now=2), bucket.wait_for(250, now=2) > 0)


def test_a_rate_that_is_not_the_cause_is_restored() -> None:
    """A service that throttles every twenty seconds, whatever it is sent, is not sent less and less."""
    bucket, rates = Bucket(20, 150, 1, now=0), []
    for now in range(20, 200, 20):
        _congest(bucket, now)
        rates.append(bucket.rate)
        _accept(bucket, 50, now + 3)
    assert pytest.approx([14, 9.8, 20] * 3) == rates


def test_a_rate_that_is_the_cause_stays_down() -> None:
    """A lower rate that meets congestion later shows that there is a limit."""
    bucket, rates = Bucket(20, 150, 1, now=0), []
    for now in (5, 20, 80, 320):
        _congest(bucket, now)
        rates.append(bucket.rate)
        _accept(bucket, 50, now + 3)
    assert pytest.approx([14, 9.8, 6.86, 4.802]) == rates


def test_a_rate_comes_back_fast_and_slowly_where_congestion_was() -> None:
    """Most of it within the first seconds, the rest within a minute and a half; after that it looks further."""
    bucket, rates = Bucket(20, 150, 0.5, now=0), []
    _congest(bucket, 0)
    for now in range(1, 182):
        bucket.raise_rate(now)
        rates.append(bucket.rate)
    assert pytest.approx([8.3, 10.5, 20], abs=0.1) == [rates[15], rates[90], rates[180]]


class _Backend:
    """Refuses without a word when its own bucket is empty; refused calls are charged as well."""

    def __init__(self, amount: float, per_second: float) -> None:
        self._amount, self._per_second = amount, per_second
        self._level, self._at = amount, 0.0

    def refuses(self, now: float) -> bool:
        level = min(self._amount, self._level + (now - self._at) * self._per_second)
        self._level, self._at = max(-self._amount, level - 1), now
        return level < 1


@dataclass(slots=True)
class _Luck:
    """Refuses by chance, whatever it is sent; with a `storm` it refuses almost everything in 7 of 20 seconds."""

    share: float
    storm: bool = False
    random: Random = field(default_factory=lambda: Random(5))

    def refuses(self, now: float) -> bool:
        return self.random.random() < (0.95 if self.storm and now % 20 < 7 else self.share)


async def _calls(
    clock: Clock, service: _Backend | _Luck, processes: int, callers: int, calls: int
) -> list[tuple[float, bool]]:
    """When each call to a service that says nothing with its 429s was answered, and whether it was refused."""
    left, answers = iter(range(calls)), list[tuple[float, bool]]()

    async def caller(rate_limiter: AdaptiveRateLimiter, target: str) -> None:
        for _ in left:
            refused = True
            while refused:
                started = await rate_limiter.start(RequestKind.WRITE, 1, 1e9, urgent=False, targets=[target])
                await asyncio.sleep(0.25)
                refused = service.refuses(clock())
                rate_limiter.finish()
                answers.append((clock(), refused))
                if refused:
                    rate_limiter.throttled(RequestKind.WRITE, started, None, targets=[target])
                else:
                    rate_limiter.accepted(RequestKind.WRITE, started, None, [target])

    rate_limiters = [_rate_limiter(clock, workers=4) for _ in range(processes)]
    await asyncio.gather(*(caller(one, f"PATCH {n}") for one in rate_limiters for n in range(callers)))
    return answers


def test_a_limit_that_says_nothing_is_found() -> None:
    """Four processes use nearly all of what the backend gives, and are seldom refused, as `bench.pacing` measures."""
    answers = run(lambda clock: _calls(clock, _Backend(1_500, 10), 4, 32, 4_500))
    window = [refused for at, refused in answers if 60 <= at < 300]
    assert window.count(False) / (240 * 10) > 0.9
    assert window.count(True) / len(window) < 0.04


@pytest.mark.parametrize(
    ("service", "seconds"),
    [
        pytest.param(_Luck(0.01), 20, id="one-in-a-hundred"),
        pytest.param(_Luck(0.03), 50, id="three-in-a-hundred"),
        pytest.param(_Luck(0.03, storm=True), 60, id="storms"),
    ],
)
def test_a_service_that_refuses_by_chance_is_used(service: _Luck, seconds: float) -> None:
    """What is within the burst is done soon: a 429 costs those whom it met, and nobody else much."""
    answers = run(lambda clock: _calls(clock, service, 1, 250, 400))
    assert max(at for at, _ in answers) < seconds


def test_the_longest_time_that_was_said_of_a_request_holds() -> None:
    """Two requests to one target got 429s; the second one's shorter time does not end the first one's."""

    async def story(clock: Clock) -> float:
        rate_limiter = _rate_limiter(clock)
        rate_limiter.throttled(RequestKind.READ, clock(), 60, targets=["GET a"])
        rate_limiter.throttled(RequestKind.READ, clock(), 2, targets=["GET a"])
        return await rate_limiter.start(RequestKind.READ, 1, 100, urgent=False, targets=["GET a"])

    assert run(story) >= 60


@pytest.mark.parametrize("scope", ["", "Application/ReadWrite/tenant"])
@pytest.mark.parametrize("retry_after", [None, 0.0, 1.0, 30.0])
def test_a_storm_of_429s_is_a_line_a_minute(
    caplog: pytest.LogCaptureFixture, scope: str, retry_after: float | None
) -> None:
    """The first one is told at once; the metrics count every one."""
    minutes = 5

    async def story(clock: Clock) -> None:
        rate_limiter = _rate_limiter(clock)
        while clock() < minutes * 60:
            rate_limiter.throttled(RequestKind.WRITE, clock(), retry_after, scope, ("account",))
            await asyncio.sleep(0.5)

    caplog.set_level("WARNING")
    run(story)
    told = [record.getMessage() for record in caplog.records if record.getMessage().startswith("Throttled ")]
    assert 1 <= sum('"kind": "write"' in line for line in told) <= minutes
    assert sum('"kind": "read"' in line for line in told) <= minutes
