import pytest

from postflow.routing.globs import glob_regex
from postflow.routing.spelling import folded


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("**/*.mov", "a.mov", True),
        ("**/*.mov", "x/y/a.MOV", True),
        ("*.mov", "x/a.mov", False),
        ("*.mov", "a.mov", True),
        ("x/**", "x/y/z", True),
        ("x/**", "x", False),
        ("**", "x/y", True),
        ("**/**/a", "a", True),
        ("**/_old/**", "_old/a", True),
        ("**/_old/**", "x/_OLD/y/a", True),
        ("**/_old/**", "x_old/a", False),
        ("x/**/a", "x/a", True),
        ("x/**/a", "x/1/2/a", True),
        ("?.mov", "é.mov", True),
        ("?.mov", "ab.mov", False),
        ("a.mov", "abmov", False),
        ("É*", "été", True),
        ("*", "new\nline", True),
    ],
)
def test_a_star_stays_in_its_folder_and_two_stars_do_not(glob: str, path: str, matches: bool) -> None:
    assert bool(glob_regex(glob).fullmatch(folded(path))) is matches
