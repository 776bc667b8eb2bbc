"""When our public name may be given to anybody, over time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fileserver.tunnel.gate import (
    BLIP_S,
    LOST_S,
    MOST_FAILURES,
    PROBE_AGAIN_S,
    PROBE_PERIOD_S,
    UNRESOLVED_S,
    Fate,
    Found,
    Gate,
    Phase,
    Probed,
    Sighting,
)

ONE, OTHER = "https://one.example", "https://other.example"
START_S, SETTLE_S = 120.0, 15.0

SILENT = Sighting(None, False, "cloudflared does not answer", "Look at it.")
UNLINKED = Sighting(ONE, False, "no link", "Look at it.")
LINKED = Sighting(ONE, True)
WHOLE = Probed(Found.WHOLE)
BROKEN = Probed(Found.BROKEN, "the edge answers 530", "Restart it.")
NO_RESOLVER = Probed(Found.NO_ANSWER_TO_NAME, "no answer to the name", "Check the name servers.")


class Play:
    """A gate that is looked at once a second."""

    def __init__(self, settle_s: float = SETTLE_S) -> None:
        self.now = 1000.0
        self.gate = Gate(start_s=START_S, settle_s=settle_s, now=self.now)
        self.probes = 0

    def goes(self, seconds: float, sighting: Sighting, probed: Probed = WHOLE) -> Phase:
        until = self.now + seconds
        while self.now < until:
            self.now += 1
            self.gate.saw(sighting, self.now)
            if self.gate.wants_probe():
                self.probes += 1
                self.gate.probed(probed, self.now)
        return self.gate.phase


@pytest.fixture
def play() -> Play:
    return Play()


@pytest.fixture
def usable(play: Play) -> Play:
    assert play.goes(SETTLE_S + 2, LINKED) is Phase.USABLE
    return play


def test_the_order_of_a_start(play: Play) -> None:
    assert play.goes(2, SILENT) is Phase.DOWN
    assert play.goes(2, UNLINKED) is Phase.DOWN
    assert play.goes(SETTLE_S, LINKED, BROKEN) is Phase.SETTLING
    assert (play.probes, play.gate.base_url) == (0, None)
    assert play.goes(1, LINKED, WHOLE) is Phase.USABLE
    assert (play.probes, play.gate.base_url, play.gate.generation) == (1, ONE, 1)
    assert play.gate.standing().ok


def test_a_link_that_comes_and_goes_never_settles(play: Play) -> None:
    for _ in range(10):
        assert play.goes(SETTLE_S - 2, LINKED) is Phase.SETTLING
        assert play.goes(1, UNLINKED) is Phase.DOWN
    assert play.probes == 0


def test_a_probe_that_breaks_is_made_again_until_one_is_whole(play: Play) -> None:
    assert play.goes(SETTLE_S + 1 + 3 * PROBE_AGAIN_S, LINKED, BROKEN) is Phase.PROBING
    assert play.probes == 4
    standing = play.gate.standing()
    assert (standing.ok, standing.what_to_do) == (False, "Restart it.")
    assert "the edge answers 530" in standing.detail
    assert play.goes(PROBE_AGAIN_S, LINKED, WHOLE) is Phase.USABLE


def test_a_blip_is_borne_and_shakes_what_is_open(usable: Play) -> None:
    assert usable.gate.fate(ONE) is Fate.GOOD
    assert usable.goes(BLIP_S - 1, UNLINKED) is Phase.USABLE
    assert usable.gate.fate(ONE) is Fate.SHAKEN
    assert usable.goes(1, LINKED) is Phase.USABLE
    assert usable.gate.fate(ONE) is Fate.GOOD


def test_a_lost_link_that_comes_back_under_its_name_is_probed_at_once(usable: Play) -> None:
    assert usable.goes(BLIP_S + 2, UNLINKED) is Phase.DOWN
    assert usable.gate.base_url is None
    assert usable.gate.fate(ONE) is Fate.SHAKEN
    assert usable.gate.standing().detail == "lost: no link"
    assert usable.goes(1, LINKED) is Phase.USABLE
    assert (usable.gate.generation, usable.gate.fate(ONE)) == (1, Fate.GOOD)


def test_a_silent_sidecar_is_a_lost_link(usable: Play) -> None:
    assert usable.goes(BLIP_S + 2, SILENT) is Phase.DOWN
    assert usable.gate.name == ONE


def test_what_was_open_is_lost_when_the_tunnel_stays_away(usable: Play) -> None:
    usable.goes(LOST_S, UNLINKED)
    assert usable.gate.fate(ONE) is Fate.SHAKEN
    usable.goes(BLIP_S + 1, UNLINKED)
    assert usable.gate.fate(ONE) is Fate.AWAY


def test_another_name_begins_anew_and_the_old_one_is_lost_at_once(usable: Play) -> None:
    assert usable.goes(1, Sighting(OTHER, False, "no link")) is Phase.DOWN
    assert (usable.gate.base_url, usable.gate.generation) == (None, 2)
    assert (usable.gate.fate(ONE), usable.gate.fate(OTHER)) == (Fate.LOST, Fate.SHAKEN)
    probes = usable.probes
    assert usable.goes(SETTLE_S, Sighting(OTHER, True)) is Phase.SETTLING
    assert usable.probes == probes
    assert usable.goes(1, Sighting(OTHER, True)) is Phase.USABLE
    assert (usable.gate.base_url, usable.gate.fate(ONE)) == (OTHER, Fate.LOST)


def test_a_tunnel_that_was_deleted_far_away_is_found_out(usable: Play) -> None:
    usable.goes(PROBE_PERIOD_S + 1, LINKED, BROKEN)
    assert usable.gate.phase is Phase.USABLE
    assert usable.gate.fate(ONE) is Fate.SHAKEN
    assert usable.goes(MOST_FAILURES * PROBE_AGAIN_S, LINKED, BROKEN) is Phase.PROBING
    usable.goes(LOST_S, LINKED, BROKEN)
    assert usable.gate.fate(ONE) is Fate.AWAY


def test_a_name_that_is_doubted_is_given_to_nobody_until_it_is_proven_anew(usable: Play) -> None:
    probes = usable.probes
    usable.gate.doubt(usable.now)
    assert (usable.gate.base_url, usable.gate.fate(ONE)) == (None, Fate.GOOD)
    assert usable.goes(1, LINKED, BROKEN) is Phase.PROBING
    assert (usable.probes, usable.gate.fate(ONE)) == (probes + 1, Fate.SHAKEN)
    usable.gate.doubt(usable.now)
    assert usable.goes(1, LINKED, WHOLE) is Phase.USABLE
    assert (usable.probes, usable.gate.fate(ONE)) == (probes + 2, Fate.GOOD)


def test_a_doubt_does_not_hurry_a_name_that_settles(play: Play) -> None:
    play.goes(2, LINKED)
    play.gate.doubt(play.now)
    assert play.goes(SETTLE_S - 3, LINKED) is Phase.SETTLING
    assert play.probes == 0


def test_a_doubted_name_that_this_machine_cannot_look_up_stays_as_it_was(play: Play) -> None:
    play.goes(SETTLE_S + UNRESOLVED_S + PROBE_AGAIN_S + 1, LINKED, NO_RESOLVER)
    play.gate.doubt(play.now)
    assert play.goes(1, LINKED, NO_RESOLVER) is Phase.USABLE


def test_a_resolver_out_of_order_says_nothing_about_a_proven_name(usable: Play) -> None:
    assert usable.goes(PROBE_PERIOD_S + LOST_S, LINKED, NO_RESOLVER) is Phase.USABLE
    assert usable.gate.is_unproven
    assert usable.gate.fate(ONE) is Fate.GOOD
    assert usable.goes(PROBE_AGAIN_S, LINKED, WHOLE) is Phase.USABLE
    assert not usable.gate.is_unproven


def test_a_machine_that_cannot_resolve_the_name_does_not_block_for_ever(play: Play) -> None:
    assert play.goes(SETTLE_S + UNRESOLVED_S, LINKED, NO_RESOLVER) is Phase.PROBING
    assert play.goes(PROBE_AGAIN_S + 1, LINKED, NO_RESOLVER) is Phase.USABLE
    standing = play.gate.standing()
    assert (play.gate.is_unproven, standing.ok) == (True, True)
    assert "not proven" in standing.detail
    assert play.goes(PROBE_AGAIN_S, LINKED, BROKEN) is Phase.PROBING


def test_what_is_exposed_under_a_name_that_nobody_could_prove_counts_for_nothing(play: Play) -> None:
    play.goes(SETTLE_S + UNRESOLVED_S + PROBE_AGAIN_S + 1, LINKED, NO_RESOLVER)
    assert (play.gate.base_url, play.gate.fate(ONE)) == (ONE, Fate.SHAKEN)
    play.goes(PROBE_AGAIN_S, LINKED, WHOLE)
    assert play.gate.fate(ONE) is Fate.GOOD


def test_a_name_that_was_deleted_while_we_were_down_is_never_given_out(play: Play) -> None:
    for _ in range(3 * int(UNRESOLVED_S)):
        play.goes(1, LINKED, BROKEN)
        assert play.gate.base_url is None
    assert play.gate.fate(ONE) is Fate.AWAY


@pytest.mark.parametrize("settle_s", [0.0, SETTLE_S, 61.0, 200.0, 1000.0])
@pytest.mark.parametrize("probed", [WHOLE, NO_RESOLVER])
def test_a_restart_of_ours_lets_go_of_nothing_however_long_a_name_settles(settle_s: float, probed: Probed) -> None:
    play = Play(settle_s)
    while play.goes(1, LINKED, probed) is not Phase.USABLE:
        assert play.gate.fate(ONE) in (Fate.GOOD, Fate.SHAKEN)


def test_a_link_that_comes_and_goes_after_a_restart_of_ours_is_not_waited_for_without_end(play: Play) -> None:
    for _ in range(1 + int(LOST_S / SETTLE_S)):
        play.goes(SETTLE_S - 2, LINKED)
        play.goes(2, UNLINKED)
    assert play.gate.fate(ONE) is Fate.AWAY


def test_a_tunnel_that_settles_is_starting_until_it_is_used_refuted_or_late(play: Play) -> None:
    play.goes(2, SILENT)
    assert not play.gate.is_starting
    play.goes(SETTLE_S, LINKED)
    assert (play.gate.is_starting, play.gate.standing().ok) == (True, False)
    play.goes(2, LINKED, BROKEN)
    assert not play.gate.is_starting
    play.goes(PROBE_AGAIN_S, LINKED, WHOLE)
    assert (play.gate.is_starting, play.gate.standing().ok) == (False, True)
    slow = Play(settle_s=START_S + 10)
    slow.goes(START_S + 1, LINKED)
    assert not slow.gate.is_starting


def test_what_is_not_up_in_time_says_what_the_sidecar_says(play: Play) -> None:
    play.goes(START_S - 2, SILENT)
    assert play.gate.standing().detail == "not up yet: cloudflared does not answer"
    play.goes(3, SILENT)
    assert play.gate.is_late
    standing = play.gate.standing()
    assert (standing.ok, standing.what_to_do) == (False, "Look at it.")
    assert standing.detail == "not up within 120 s: cloudflared does not answer"


def test_addresses_of_before_a_restart_wait_for_the_tunnel_to_say_its_name(play: Play) -> None:
    play.goes(1, SILENT)
    assert play.gate.fate(ONE) is Fate.SHAKEN
    play.goes(1, LINKED)
    assert (play.gate.fate(ONE), play.gate.fate(OTHER)) == (Fate.GOOD, Fate.LOST)


SIGHTINGS = st.sampled_from([SILENT, UNLINKED, LINKED, Sighting(OTHER, True), Sighting(OTHER, False, "no link")])
PROBES = st.sampled_from([WHOLE, BROKEN, NO_RESOLVER])


@given(st.lists(st.tuples(st.integers(1, 40), SIGHTINGS, PROBES), max_size=20))
def test_no_name_is_looked_up_before_it_has_settled(story: list[tuple[int, Sighting, Probed]]) -> None:
    """Nor is one given out that was not looked up, and what is given out is the name that was seen last."""
    play = Play()
    linked_since: dict[str, float] = {}
    proven: set[str] = set()
    for seconds, sighting, probed in story:
        for _ in range(seconds):
            before = play.probes
            play.goes(1, sighting, probed)
            name = play.gate.name
            linked_since = {name: linked_since.get(name, play.now)} if name and sighting.linked else {}
            proven &= {name} if name else set()
            if play.probes > before:
                assert name is not None
                assert name in proven or play.now - linked_since[name] >= SETTLE_S
                proven |= {name} if probed is WHOLE else set()
            assert play.gate.base_url in (None, name)
            if play.gate.base_url is not None:
                assert play.gate.fate(play.gate.base_url) in (Fate.GOOD, Fate.SHAKEN)
