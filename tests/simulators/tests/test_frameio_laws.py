"""Pure: what holds for any order of calls: leaky buckets, pages, the bytes of a fetch."""

import hashlib
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from simulators.frameio.intake import Intake
from simulators.frameio.limits import LeakyBucket, Limit
from simulators.frameio.listing import page
from simulators.instants import with_microseconds_z, with_offset

LIMITS = st.builds(Limit, st.integers(1, 20), st.sampled_from([1, 2, 60]))
PAUSES = st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=60)


@given(limit=LIMITS, pauses=PAUSES)
def test_a_bucket_never_takes_more_than_its_size_and_what_drained(limit: Limit, pauses: list[float]) -> None:
    bucket, now, taken = LeakyBucket(limit), 1000.0, []
    for pause in pauses:
        now += pause
        if bucket.pour(now):
            taken.append(now)
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            drained = (taken[last] - start) * limit.calls / limit.window_s
            assert last - first + 1 <= limit.calls + drained + 1e-3


@given(limit=LIMITS, calls=st.integers(1, 100))
def test_a_bucket_takes_every_call_of_a_steady_client(limit: Limit, calls: int) -> None:
    bucket = LeakyBucket(limit)
    assert all(bucket.pour(1000.0 + number * limit.window_s / limit.calls) for number in range(calls))


@given(limit=LIMITS, factor=st.sampled_from([0.001, 0.1, 1.0, 3.0]))
def test_scaling_changes_the_rate_by_the_factor_and_leaves_room_for_one(limit: Limit, factor: float) -> None:
    scaled = limit.scaled(factor)
    assert abs(scaled.calls / scaled.window_s - factor * limit.calls / limit.window_s) < 1e-9
    assert LeakyBucket(scaled).pour(0.0)


@given(
    names=st.lists(st.text(max_size=3), max_size=30),
    size=st.integers(1, 7),
    sort=st.sampled_from(["name_asc", "name_desc"]),
)
def test_pages_together_are_the_whole_list_in_order(names: list[str], size: int, sort: str) -> None:
    items = list(enumerate(names))
    seen: list[tuple[int, str]] = []
    after: str | None = None
    while True:
        got = page(items, sort=sort, place=lambda item, _: (item[1], item[0]), after=after, size=size)
        seen += got.items
        after = got.after
        if after is None:
            break
    assert seen == sorted(items, key=lambda item: (item[1], item[0]), reverse=sort.endswith("desc"))


@given(chunks=st.lists(st.binary(max_size=20), max_size=10), keep_bytes=st.integers(0, 100))
def test_an_intake_knows_its_bytes_however_they_come(chunks: list[bytes], keep_bytes: int) -> None:
    intake, whole = Intake(keep_bytes), b"".join(chunks)
    for chunk in chunks:
        intake.take(chunk)
    assert (intake.size, intake.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert intake.kept == (whole if len(whole) <= keep_bytes else None)


@given(st.integers(0, 4_000_000_000))
def test_moments_can_be_read_back(unix_s: int) -> None:
    for text in (with_microseconds_z(unix_s), with_offset(unix_s)):
        assert datetime.fromisoformat(text).timestamp() == unix_s
