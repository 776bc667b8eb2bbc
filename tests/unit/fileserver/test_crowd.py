"""Which requests of strangers get a line of their own."""

from fileserver.crowd import BURST, LINES_PER_S, Crowd


def test_a_burst_gets_lines_and_what_is_more_is_counted() -> None:
    crowd = Crowd()
    assert sum(crowd.gets_a_line(0.0) for _ in range(1000)) == BURST
    assert crowd.count() == 1000 - BURST
    assert crowd.count() == 0


def test_in_the_long_run_there_are_so_many_lines_each_second() -> None:
    crowd = Crowd()
    lines = sum(crowd.gets_a_line(number / 100) for number in range(100_000))
    assert abs(lines - (BURST + 1000 * LINES_PER_S)) <= 2


def test_a_clock_that_stands_still_gives_nothing_away() -> None:
    crowd = Crowd()
    for _ in range(1000):
        crowd.gets_a_line(5.0)
    assert not crowd.gets_a_line(5.0)
