"""How full NATS is, and what is not begun because of it."""

import pytest

from postflow.fullness import POST_NOTHING, RELEASE_NOTHING, Brake, Fullness


def test_a_brake_is_pulled_at_its_share_and_let_go_a_little_below() -> None:
    brake = Brake(RELEASE_NOTHING, "nothing more is released")
    seen = [(brake.see(Fullness(stored, 1000)), brake.is_on) for stored in (799, 800, 790, 781, 779, 799)]
    assert seen == [(False, False), (True, True), (False, True), (False, True), (True, False), (False, False)]


def test_it_says_why_and_what_to_do() -> None:
    brake = Brake(POST_NOTHING, "no delivery is begun")
    brake.see(Fullness(9_500_000_000, 10_000_000_000))
    check = brake.check()
    assert not check.ok
    assert check.detail == brake.why == "NATS keeps 9.5 GB of 10.0 GB, 95%: no delivery is begun"
    assert "NATS_MAX_FILE_STORE" in check.what_to_do
    brake.see(Fullness(1_000_000_000, 10_000_000_000))
    assert (brake.why, brake.check().ok) == ("", True)


@pytest.mark.parametrize("limit_bytes", [None, 0])
def test_without_a_limit_nothing_is_held_back(limit_bytes: int | None) -> None:
    brake = Brake(RELEASE_NOTHING, "nothing more is released")
    assert not brake.see(Fullness(10**15, limit_bytes))
    assert brake.check().ok
    assert "NATS_MAX_FILE_STORE" in brake.check().detail
