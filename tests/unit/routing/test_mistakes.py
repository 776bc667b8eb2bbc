"""Mistakes of one watch folder, pattern or table, each with its place."""

import pytest

from tests.unit.routing.mistaken import ANOTHER_WATCH, FOLDER, assert_told

INCLUDE = '["**/*.mov", "**/*.mp4", "**/*.mxf"]'


@pytest.mark.parametrize(
    ("old", "new", "place", "found", "expected"),
    [
        pytest.param("[channels.editorial]", "[channels.editorial", "line ", "no TOML: ", "TOML", id="syntax"),
        pytest.param("SQ02 =", "SQ01 =", "line ", "Cannot overwrite", "TOML", id="key-given-twice"),
        pytest.param(
            "SQ02 =", "sq01 =", "lookups.scenes.values.sq01", '"sq01" after "SQ01"', "each key once", id="case"
        ),
        pytest.param("[shows.undlm]", "[show.undlm]", "show", "an unknown key", "channels, shows", id="section"),
        pytest.param('code = "UNDLM"', "", "shows.undlm.code", "nothing", "the show's code", id="no-code"),
        pytest.param('code = "UNDLM"', 'code = "A/B"', "shows.undlm.code", "has no /", "a name in Frame.io", id="code"),
        pytest.param('code = "UNDLM"', "code = 7", "shows.undlm.code", "7", "the show's code", id="type"),
        pytest.param(
            'channel = "default"\n\n# Watch',
            'chanel = "default"\n\n# Watch',
            "shows.undlm.chanel",
            "an unknown key",
            "one of channel, code, inbox",
            id="unknown-key",
        ),
        pytest.param(
            'channel = "default"\n\n# Watch',
            'channel = "vfx"\n\n# Watch',
            "shows.undlm.channel",
            '"vfx"',
            "a channel: default, editorial",
            id="unknown-channel-of-show",
        ),
        pytest.param(
            'channel = "editorial"',
            'channel = "vfx"',
            "routes[0].channel",
            '"vfx"',
            "a channel: default, editorial",
            id="unknown-channel",
        ),
        pytest.param(
            '# channel = "default"\n',
            'channel = "vfx"\n',
            "shows.undlm.inbox.channel",
            '"vfx"',
            "default",
            id="inbox-channel",
        ),
        pytest.param(FOLDER, 'folder = "/UNDLM"', "watch[0].folder", '"/UNDLM"', "inside the filespace", id="absolute"),
        pytest.param(FOLDER, 'folder = "L:/UNDLM"', "watch[0].folder", '"L:/UNDLM"', "inside", id="drive"),
        pytest.param(FOLDER, 'folder = "A/../B"', "watch[0].folder", '"A/../B"', "inside the filespace", id="dots"),
        pytest.param(FOLDER, 'folder = ""', "watch[0].folder", '""', '"." is all of it', id="empty"),
        pytest.param(FOLDER, "", "watch[0].folder", "nothing", "a path inside the filespace", id="no-folder"),
        pytest.param(INCLUDE, "[]", "watch[0].include", "nothing", "one or more globs", id="no-include"),
        pytest.param(INCLUDE, '"**/*.mov"', "watch[0].include", '"**/*.mov"', "a list of one or more", id="no-list"),
        pytest.param(
            INCLUDE, '["ok", "a//b"]', "watch[0].include[1]", '"a//b"', "between slashes", id="glob-empty-part"
        ),
        pytest.param(INCLUDE, '["**.mov"]', "watch[0].include[0]", '"**.mov"', "** alone", id="glob-stars"),
        pytest.param(
            INCLUDE, '["*.{mov,mp4}"]', "watch[0].include[0]", "mov,mp4", "one glob for each", id="glob-braces"
        ),
        pytest.param('"**/_old/**"', '"!x"', "watch[0].exclude[0]", '"!x"', "under exclude", id="glob-not"),
        pytest.param('"**/_old/**"', "'a\\b'", "watch[0].exclude[0]", "b", "/ between folders", id="glob-backslash"),
        pytest.param(
            'existing = "ignore"',
            'existing = "send"',
            "watch[0].existing",
            '"send"',
            '"ignore" or "deliver"',
            id="existing",
        ),
        pytest.param(
            "\n# ── Naming",
            ANOTHER_WATCH.format("undlm/exports/SQ01"),
            "watch[1].folder",
            'overlaps "UNDLM/EXPORTS" of shows.undlm.watch[0].folder',
            "outside every other",
            id="overlap",
        ),
        pytest.param("{sq}/{show}", "{sq}/{show", "patterns[0].template", "{show", "closed by a }", id="open-brace"),
        pytest.param("{shot:5d}/", "{shot:5}/", "patterns[0].template", 'form "5"', "5d, 2-4d or d", id="form"),
        pytest.param("{shot:5d}/", "{shot:9-2d}/", "patterns[0].template", 'form "9-2d"', "5d, 2-4d or d", id="digits"),
        pytest.param("{sq}/{show}", "{Sq}/{show}", "patterns[0].template", "{Sq}", "small letters", id="field-name"),
        pytest.param(
            "{sq}/{show}", "{name}/{show}", "patterns[0].template", "{name}", "not name, pattern", id="reserved"
        ),
        pytest.param("{sq}/{show}", "{sq}{x}/{show}", "patterns[0].template", "{sq}{x}", "text between", id="touching"),
        pytest.param("{sq}/{show}", "{a:*} {b:*}/{show}", "patterns[0].template", "any text", "at most one", id="any"),
        pytest.param(
            "{sq}/{show}", "/{sq}/{show}", "patterns[0].template", "/{sq}", "without a leading /", id="leading"
        ),
        pytest.param("{sq}/{show}", "*/{show}", "patterns[0].template", '"*"', "{rest:*}", id="glob-in-template"),
        pytest.param("{show}_{shot:5d}/", "{show:3d}/", "patterns[0].template", "{show:3d}", "no form", id="show-form"),
        pytest.param(
            "_v{version:3d}", "_v{version}", "patterns[0].template", "{version}", "{version:3d}", id="version"
        ),
        pytest.param(
            "undlm_reel(", "undlm_reel((", "patterns[4].regex", "undlm_reel((", "a regular expression (", id="regex"
        ),
        pytest.param("undlm_reel(", "undlm_[[ab](", "patterns[4].regex", "[[ab]", "nested set", id="odd-regex"),
        pytest.param("(?P<reel>", "(?P<name>", "patterns[4].regex", "(?P<name>…)", "small letters", id="group"),
        pytest.param(
            "regex = ", "pattern = ", "patterns[4].pattern", "an unknown key", "regex, template", id="no-regex"
        ),
        pytest.param("regex = ", "# ", "patterns[4]", "neither template nor regex", "exactly one", id="neither"),
        pytest.param("regex = ", 'template = "{a}"\nregex = ', "patterns[4]", "both", "exactly one", id="both"),
    ],
)
def test_says_where_a_mistake_is_and_what_belongs_there(
    old: str, new: str, place: str, found: str, expected: str
) -> None:
    assert_told(old, new, place, found, expected)
