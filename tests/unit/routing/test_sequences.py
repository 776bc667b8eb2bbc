"""Numbered image sequences: what is a frame, and when one is sent."""

import pytest

from postflow.routing import Rejected, Routed, Rules, RulesError, load_rules, route, sequence_of
from tests.unit.routing.example import SECOND_SHOW

FRAME = "PUB/EXPORTS/PUB_01_comp_v003.1001.exr"
SHOW = (
    SECOND_SHOW.replace('"**/*.mov"', '"**/*.mov", "**/*.exr"')
    + """
[shows.pub.inbox]
folder = "INBOX"
"""
)
FRAMES = """
[[shows.pub.patterns]]
name = "frame"
template = "{show}_{spot:2d}_comp_v{version:3d}.{frame:4d}.{ext}"
example = "PUB_01_comp_v003.1001.exr"
"""
ROUTE = """
[[shows.pub.routes]]
name = "frames"
when = { pattern = "frame" }
folder = "FRAMES/{spot}"
"""


@pytest.mark.parametrize(
    ("path", "sequence"),
    [
        ("SQ01/sh010.0001.exr", "SQ01/sh010.####.exr"),
        ("sh010.0001.EXR", "sh010.####.EXR"),
        ("sh.010.12345678.dpx", "sh.010.####.dpx"),
        ("sh010_v001.001.png", "sh010_v001.####.png"),
        ("sh010.12.exr", None),
        ("sh010.123456789.exr", None),
        ("UNDLM_00412.exr", None),
        ("UNDLM_00412_v001.0001.mov", None),
        (".0001.exr", None),
        ("0001.exr", None),
        ("folder.0001.exr/notes.txt", None),
    ],
)
def test_a_frame_has_its_number_between_dots_before_the_extension_of_an_image(path: str, sequence: str | None) -> None:
    assert sequence_of(path) == sequence


def with_frames(route: str) -> Rules:
    """Frames have a pattern and a route of their own, in front of the other."""
    spots = '\n[[shows.pub.routes]]\nname = "spots"'
    return load_rules(SHOW.replace(spots, route + spots) + FRAMES)


def test_a_frame_goes_to_no_inbox() -> None:
    verdict = route(load_rules(SHOW), FRAME)
    assert isinstance(verdict, Rejected)
    assert verdict.why.startswith(
        "it is a frame of PUB_01_comp_v003.####.exr, and frames are sent only by a route that"
    )
    assert verdict.expected == 'a movie, or a route with when = { ext = "exr" }'


def test_a_single_image_is_a_file_like_any_other() -> None:
    assert isinstance(route(load_rules(SHOW), "PUB/EXPORTS/reference.exr"), Routed)


def test_a_route_sends_frames_if_it_names_their_extension() -> None:
    verdict = route(with_frames(ROUTE.replace('"frame" }', '"frame", ext = "exr" }')), FRAME)
    assert isinstance(verdict, Routed)
    assert verdict.destination.folder == ("FRAMES", "01")


def test_a_pattern_whose_example_is_a_frame_that_no_route_sends_is_a_mistake() -> None:
    with pytest.raises(RulesError, match="it is a frame of"):
        with_frames(ROUTE)
