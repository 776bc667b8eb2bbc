"""Mistakes that show only when the pieces of a show are seen together, each with its place."""

import pytest

from tests.unit.routing.mistaken import assert_told

TASK_EXAMPLE = 'example = "UNDLM_00412_comp_v002.mov"'


@pytest.mark.parametrize(
    ("old", "new", "place", "found", "expected"),
    [
        pytest.param('name = "cut"', 'name = "Shot"', "patterns[1].name", '"Shot"', "no other has", id="same-pattern"),
        pytest.param('name = "cuts"', 'name = "reels"', "routes[2].name", '"reels"', "no other has", id="same-route"),
        pytest.param('name = "cuts"', 'name = "inbox"', "routes[2].name", '"inbox"', "and not inbox", id="inbox-route"),
        pytest.param(TASK_EXAMPLE, "", "patterns[2].example", "nothing", "that fits; artists see it", id="no-example"),
        pytest.param(
            TASK_EXAMPLE,
            'example = "UNDLM_412_comp_v002.mov"',
            "patterns[2].example",
            "UNDLM_412",
            "as UNDLM_00412_comp",
            id="example",
        ),
        pytest.param(
            TASK_EXAMPLE,
            'example = "UNDLM_00999_comp_v002.mov"',
            "patterns[2].example",
            "shot 00999 is not in the table shots",
            "a route takes",
            id="example-without-a-row",
        ),
        pytest.param(
            'example = "UNDLM_00412_v002.mov"',
            'example = "UNDLM_00412_v002.exr"',
            "patterns[3].example",
            "included by none of",
            "a watch folder includes",
            id="example-not-watched",
        ),
        pytest.param(
            'template = "{show}_{shot:5d}_v{version:3d}.{ext}"',
            'template = "{show}_{shot:5d}_{rest:*}_v{version:3d}.{ext}"',
            "patterns[3].example",
            "UNDLM_00412_v002.mov",
            "a path that fits",
            id="example-of-another-template",
        ),
        pytest.param(
            '["scenes"]', '["scene"]', "patterns[0].lookups[0]", '"scene"', "a lookup: scenes, shots", id="lookup"
        ),
        pytest.param(
            '["scenes"]',
            '["scenes", "scenes"]',
            "patterns[0].lookups[1]",
            '"scenes"',
            "each lookup once",
            id="lookup-twice",
        ),
        pytest.param(
            '["shots", "scenes"]',
            '["scenes", "shots"]',
            "patterns[2].lookups[0]",
            "which looks up {sq}",
            "a field known by then: ext, shot, show",
            id="lookup-too-early",
        ),
        pytest.param(
            'field = "sq"', 'field = "Sq"', "lookups.scenes.field", '"Sq"', "small letters", id="lookup-field"
        ),
        pytest.param('SQ02 = { scene = "02", ', "SQ02 = { ", "values.SQ02", "sequence", "scene, sequence", id="column"),
        pytest.param(
            'scene = "02"',
            'scene = "0/2"',
            "lookups.scenes.values.SQ02.scene",
            "has no /",
            "a name in Frame.io",
            id="cell",
        ),
        pytest.param('scene = "02"', "scene = 2", "values.SQ02.scene", "2", "rows, as SQ01", id="cell-type"),
        pytest.param(
            'scene = "02"', 'show = "02"', "values.SQ02.show", '"show"', "a field of its own", id="given-field"
        ),
        pytest.param("00021-00041", "00041-00021", "values.00041-00021", "00041-00021", "from low to high", id="range"),
        pytest.param(
            "00021-00041", "00020-00041", "00020-00041", "00001-00020", "each number once", id="ranges-overlap"
        ),
        pytest.param(
            "00021-00041", "00007", "values.00007", "00007 and 00001-00020", "each number once", id="in-a-range"
        ),
        pytest.param(
            "SC{scene}_SEQ_{sequence}/ALL",
            "SC{scene}/{shot}",
            "routes[2].folder",
            '{shot}, which pattern "cut" does not give',
            "ext, scene, sequence, show, sq, version",
            id="field-never-given",
        ),
        pytest.param("_{date}.{ext}", "_{day}.{ext}", "routes[0].filename", "{day}", "date, ext, reel", id="filename"),
        pytest.param(
            "/{task:lower}", "/{task:small}", "routes[1].folder", "{task:small}", "{field:lower}", id="case-form"
        ),
        pytest.param(
            '_{sequence}/ALL"', '_{stem}"', "routes[2].folder", "{stem}", "own name makes no folder", id="stem"
        ),
        pytest.param('_{sequence}/ALL"', '/../x"', "routes[2].folder", '".." is no name', "Frame.io takes", id="up"),
        pytest.param('_{sequence}/ALL"', '/ x"', "routes[2].folder", "/ x", "no space around", id="space"),
        pytest.param('"{show}_REEL', '"a/{show}_REEL', "routes[0].filename", "has no /", "Frame.io takes", id="slash"),
        pytest.param(
            '{ pattern = "cut" }', '{ pattern = "cuts" }', "routes[2].when", "no file can meet", "", id="never"
        ),
        pytest.param(
            '{ pattern = "cut" }', '{ shot = "12" }', "routes[2].when", "no file can meet", "", id="never-fits"
        ),
        pytest.param(
            '{ pattern = "cut" }', '{ scene = "26" }', "routes[2].when", "no file can meet", "", id="never-in-table"
        ),
        pytest.param(
            '{ pattern = "cut" }', '{ episode = "1" }', "routes[2].when", "nothing gives episode", "", id="never-given"
        ),
        pytest.param(
            'when = { pattern = "cut" }\n', "", "routes[3]", "earlier ones take all", "further up", id="never-left"
        ),
        pytest.param('["final", "master"]', "[]", "routes[1].when.task", "nothing", "conditions, as", id="no-texts"),
        pytest.param(
            'folder = "INBOX"', 'folder = "{scene}"', "inbox.folder", "{scene}", "ext, show", id="inbox-field"
        ),
        pytest.param('folder = "INBOX"', "", "shows.undlm.inbox.folder", "nothing", "a folder template", id="inbox"),
        pytest.param(
            'webhook_env = "DISCORD_WEBHOOK_EDITORIAL"',
            "",
            "channels.editorial",
            "neither webhook_env nor webhook_file",
            "exactly one",
            id="no-webhook",
        ),
        pytest.param(
            "# mentions = [",
            'mentions = ["@vfx"] # ',
            "channels.editorial.mentions[0]",
            '"@vfx"',
            "user:<id> or role:<id>",
            id="mention",
        ),
        pytest.param(
            "# mentions = [",
            f"mentions = {[f'user:{10**17 + number}' for number in range(76)]} # ",
            "channels.editorial.mentions",
            "too many",
            "75 at most",
            id="more-mentions-than-a-card-can-hold",
        ),
    ],
)
def test_says_where_a_mistake_is_and_what_belongs_there(
    old: str, new: str, place: str, found: str, expected: str
) -> None:
    assert_told(old, new, place, found, expected)
