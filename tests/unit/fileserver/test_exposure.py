"""Which message leads to what."""

from datetime import timedelta

import pytest

from fileserver.exposure import (
    Exposure,
    Nothing,
    OpenNext,
    SayAgain,
    State,
    broke_off,
    came_to_nothing,
    ended,
    expired,
    lost,
    next_step,
    with_evidence,
)
from postflow.messages import FileStale, FileSuperseded, RoutedMessage
from tests.examples import AT, about_file, delivered, failed, ready
from tests.unit.fileserver.examples import exposure


def stale(**changed: object) -> FileStale:
    return FileStale.model_validate(about_file(**({"exposure": 1, "why": "nobody came"} | changed)))


def superseded(**changed: object) -> FileSuperseded:
    return FileSuperseded.model_validate(about_file(**({"why": "a newer one"} | changed)))


def revoked(by: str, **changed: object) -> Exposure:
    return exposure(**({"state": State.REVOKED, "ended_why": by} | changed))


OPEN_1, OPEN_2 = exposure(), exposure(exposure=2)
EXPIRED_1 = exposure(state=State.EXPIRED, ended_why="expired")
LOST_1 = revoked("address lost", address_lost=True)
LOST_TOLD_1 = revoked("address lost", address_lost=True, announced=True)
REFUSED_1 = exposure(state=State.REFUSED, exposure_id="")


@pytest.mark.parametrize(
    ("there", "message", "step"),
    [
        pytest.param(None, ready(), OpenNext(1), id="new"),
        pytest.param(OPEN_1, ready(), SayAgain(OPEN_1), id="redelivered"),
        pytest.param(REFUSED_1, ready(), SayAgain(REFUSED_1), id="redelivered after a refusal"),
        pytest.param(revoked("delivered"), ready(), Nothing(), id="late, and it has arrived meanwhile"),
        pytest.param(revoked("superseded", exposure=0), ready(), Nothing(), id="ended before it was exposed"),
        pytest.param(revoked("stale"), ready(), Nothing(), id="late, and its stale opens the next"),
        pytest.param(EXPIRED_1, ready(), OpenNext(2), id="it may have expired before anybody heard of it"),
        pytest.param(LOST_1, ready(), OpenNext(2), id="its address was lost before anybody heard of it"),
        pytest.param(LOST_TOLD_1, ready(), Nothing(), id="its address was lost, and its stale opens the next"),
        pytest.param(LOST_1, stale(), OpenNext(2), id="stale, because its address was lost"),
        pytest.param(LOST_TOLD_1, stale(), OpenNext(2), id="stale, because its address was lost, as was known"),
        pytest.param(OPEN_1, ready(attempt=2), OpenNext(1), id="a new attempt counts from one"),
        pytest.param(revoked("failed"), ready(attempt=2), OpenNext(1), id="a new attempt after a failure"),
        pytest.param(exposure(attempt=2), ready(), Nothing(), id="an older attempt"),
        pytest.param(OPEN_1, stale(), OpenNext(2), id="stale"),
        pytest.param(revoked("stale"), stale(), OpenNext(2), id="stale, revoked already"),
        pytest.param(EXPIRED_1, stale(), OpenNext(2), id="stale, expired already"),
        pytest.param(OPEN_2, stale(), SayAgain(OPEN_2), id="stale redelivered"),
        pytest.param(revoked("stale", exposure=2), stale(), Nothing(), id="an old stale, while the next is under way"),
        pytest.param(revoked("delivered"), stale(), Nothing(), id="stale, and it arrived all the same"),
        pytest.param(exposure(attempt=2), stale(), Nothing(), id="stale of an older attempt"),
        pytest.param(None, stale(exposure=3), OpenNext(4), id="stale, and the ledger has forgotten"),
        pytest.param(OPEN_1, stale(exposure=3), OpenNext(4), id="stale, and the ledger is behind"),
    ],
)
def test_what_a_ready_or_a_stale_asks_for(there: Exposure | None, message: RoutedMessage, step: object) -> None:
    assert next_step(there, message) == step


@pytest.mark.parametrize(
    ("there", "message", "why"),
    [
        pytest.param(OPEN_1, delivered(), "delivered", id="delivered"),
        pytest.param(OPEN_1, failed(exposure=1), "failed", id="failed"),
        pytest.param(OPEN_1, superseded(exposure=1), "superseded", id="superseded"),
        pytest.param(OPEN_1, stale(), "stale", id="stale"),
        pytest.param(LOST_1, delivered(), "delivered", id="whole before its address was lost"),
        pytest.param(LOST_1, stale(), None, id="stale, and its address was lost"),
        pytest.param(OPEN_2, delivered(), None, id="delivered by an older exposure"),
        pytest.param(OPEN_2, stale(), None, id="stale of an older exposure"),
        pytest.param(exposure(attempt=2), delivered(), None, id="delivered by an older attempt"),
        pytest.param(OPEN_2, failed(), "failed", id="names no exposure: whatever is open in the attempt"),
        pytest.param(OPEN_2, superseded(), "superseded", id="superseded by somebody who knew of no exposure"),
        pytest.param(exposure(attempt=2), failed(), None, id="names no exposure, of an older attempt"),
        pytest.param(EXPIRED_1, delivered(), "delivered", id="arrived by an address that expired"),
        pytest.param(revoked("stale"), delivered(), "delivered", id="arrived although given up"),
        pytest.param(revoked("delivered"), failed(), None, id="over is over"),
        pytest.param(EXPIRED_1, stale(), None, id="stale, expired already"),
        pytest.param(None, stale(), None, id="stale of something unknown"),
        pytest.param(None, superseded(), "superseded", id="ends before it was exposed"),
        pytest.param(OPEN_1, failed(attempt=2), "failed", id="a later attempt ends before it was exposed"),
    ],
)
def test_what_a_message_ends(there: Exposure | None, message: RoutedMessage, why: str | None) -> None:
    after = ended(there, message, AT)
    assert (after.ended_why if after else None) == why
    if after is not None:
        assert after.state is State.REVOKED
        assert next_step(after, ready(attempt=message.attempt)) == Nothing()
        assert ended(after, message, AT) is None


def test_only_what_is_open_expires() -> None:
    after = expired(OPEN_1, OPEN_1.exposure_id)
    assert after is not None
    assert after.state is State.EXPIRED
    assert expired(after, OPEN_1.exposure_id) is None
    assert expired(OPEN_1, "another") is None
    assert expired(None, "another") is None


def test_a_lost_address_keeps_what_was_seen_and_may_be_followed_by_another() -> None:
    seen = exposure(first_get_at=AT, covered=((0, 10),), announced=True)
    after = lost(OPEN_1, seen)
    assert after is not None
    assert (after.state, after.ended_why, after.address_lost) == (State.REVOKED, "address lost", True)
    assert (after.first_get_at, after.covered) == (AT, ((0, 10),))
    assert next_step(after, stale()) == OpenNext(2)
    assert lost(after, seen) is None
    assert lost(OPEN_1, exposure(exposure_id="another")) is None
    assert lost(None, seen) is None


def test_evidence_only_adds_up() -> None:
    later = AT + timedelta(seconds=1)
    written = exposure(first_get_at=AT, last_byte_at=later, covered=((0, 10),))
    seen = exposure(first_get_at=later, last_byte_at=AT, covered=((5, 20),), tainted=True, announced=True)
    merged = with_evidence(written, seen)
    assert merged == with_evidence(seen, written)
    assert merged is not None
    assert (merged.first_get_at, merged.last_byte_at, merged.covered) == (AT, later, ((0, 20),))
    assert merged.tainted
    assert with_evidence(merged, seen) is None


def test_evidence_of_another_exposure_is_not_mixed_in() -> None:
    assert with_evidence(exposure(exposure_id="another"), exposure(tainted=True)) is None


def test_no_repr_shows_the_id_in_the_address() -> None:
    assert OPEN_1.exposure_id not in repr(OPEN_1)


@pytest.mark.parametrize(
    ("seen", "broke"),
    [
        pytest.param({}, False, id="nobody came"),
        pytest.param({"first_get_at": AT, "fetching": True}, True, id="a body was being sent"),
        pytest.param(
            {"first_get_at": AT, "fetching": True, "covered": ((0, 1000),)}, False, id="all of it had gone out"
        ),
        pytest.param({"first_get_at": AT, "last_byte_at": AT}, True, id="between two parts"),
        pytest.param(
            {"first_get_at": AT, "last_byte_at": AT - timedelta(minutes=5)}, False, id="it had stalled long before"
        ),
    ],
)
def test_a_fetch_broke_off_with_the_process_if_it_was_going_on(seen: dict[str, object], broke: bool) -> None:
    assert broke_off(exposure(**seen), AT + timedelta(seconds=30)) is broke


@pytest.mark.parametrize(
    ("there", "message", "is_unexplained"),
    [
        pytest.param(OPEN_1, stale(), True, id="nobody came"),
        pytest.param(revoked("stale"), stale(), True, id="closed by the other reader of the message"),
        pytest.param(exposure(first_get_at=AT, covered=((0, 999),)), stale(), True, id="it broke off"),
        pytest.param(exposure(first_get_at=AT, covered=((0, 1000),)), stale(), False, id="all of it went out"),
        pytest.param(exposure(address_lost=True), stale(), False, id="its tunnel was away, as is known"),
        pytest.param(REFUSED_1, stale(), False, id="it never was open"),
        pytest.param(OPEN_2, stale(), False, id="of an exposure before"),
        pytest.param(exposure(attempt=2), stale(), False, id="of an attempt before"),
        pytest.param(OPEN_1, ready(), False, id="nobody gives it up"),
    ],
)
def test_what_did_not_come_through_casts_a_doubt_on_the_tunnel(
    there: Exposure, message: RoutedMessage, is_unexplained: bool
) -> None:
    assert came_to_nothing(there, message) is is_unexplained
