import pytest

from postflow.errors import PostFlowError
from postflow.routing import Problem, RulesError, load_rules, read_rules
from tests.unit.routing.example import EXAMPLE, SECOND_SHOW, edited

SHOT = "{sq}/{show}_{shot:5d}/{sq}_{show}_{shot:5d}_v{version:3d}.{ext}"
FOLDER = 'folder = "UNDLM/EXPORTS"'
INCLUDE = '["**/*.mov", "**/*.mp4", "**/*.mxf"]'
TASK_EXAMPLE = 'example = "UNDLM_00412_comp_v002.mov"'
ANOTHER_WATCH = '\n[[shows.undlm.watch]]\nfolder = "{}"\ninclude = ["**"]\n\n# ── Naming'


def problems(*changes: tuple[str, str]) -> tuple[Problem, ...]:
    return read_rules(edited(*changes))[1]


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
    ],
)
def test_says_where_a_mistake_is_and_what_belongs_there(
    old: str, new: str, place: str, found: str, expected: str
) -> None:
    found_problems = problems((old, new))
    matching = [p for p in found_problems if place in p.place and found in p.found and expected in p.expected]
    assert matching, "\n".join(str(problem) for problem in found_problems) or "no problem at all"


def test_broken_toml_is_told_with_its_line() -> None:
    line = EXAMPLE.splitlines().index("[channels.editorial]") + 1
    (problem,) = problems(("[channels.editorial]", "[channels.editorial"))
    assert problem.place == f"line {line}, column 20"


@pytest.mark.parametrize(
    "change",
    [
        ('webhook_env = "DISCORD_WEBHOOK_EDITORIAL"', 'webhook_env = "https://discord.com/api/webhooks/1/SECRET"'),
        ('webhook_env = "DISCORD_WEBHOOK_EDITORIAL"', 'webhook_env = "SECRET-token"'),
        ('webhook_env = "DISCORD_WEBHOOK_EDITORIAL"', 'webhook_file = "1/SECRET"'),
        ('webhook_env = "DISCORD_WEBHOOK_EDITORIAL"', 'webhook_url = "https://discord.com/api/webhooks/1/SECRET"'),
        ('project = "UNDLM"  ', 'project = "https://discord.com/api/webhooks/1/SECRET"  '),
    ],
)
def test_never_quotes_a_secret_that_stands_where_its_place_belongs(change: tuple[str, str]) -> None:
    found_problems = problems(change)
    assert found_problems
    assert "SECRET" not in "\n".join(str(problem) for problem in found_problems)


def test_lists_all_mistakes_at_once() -> None:
    places = {
        problem.place
        for problem in problems(
            (FOLDER, 'folder = "/UNDLM"'),
            ("{shot:5d}/", "{shot:5}/"),
            ("undlm_reel(", "undlm_reel(("),
            ('["shots", "scenes"]', '["shots", "places"]'),
            ("00021-00041", "00020-00041"),
            ("{task:lower}", "{job:lower}"),
            ('channel = "editorial"', 'channel = "vfx"'),
            ('folder = "INBOX"', 'folder = "{scene}"'),
            ('kind = "discord"', 'kind = "pigeon"'),
        )
    }
    assert places == {
        "channels.default.kind",
        "shows.undlm.watch[0].folder",
        "shows.undlm.patterns[0].template",
        "shows.undlm.patterns[2].lookups[1]",
        "shows.undlm.patterns[4].regex",
        "shows.undlm.lookups.shots.values.00020-00041",
        "shows.undlm.routes[0].channel",
        "shows.undlm.inbox.folder",
    }


def test_checks_the_sound_patterns_beside_a_broken_one() -> None:
    places = {p.place for p in problems(("undlm_reel(", "undlm_reel(("), ("SC{scene}_SEQ_{sequence}/ALL", "{shot}"))}
    assert places == {"shows.undlm.patterns[4].regex", "shows.undlm.routes[2].folder"}


@pytest.mark.parametrize("text", ["", "shows = 1", "[shows]", "shows.a = 3", "[[shows]]"])
def test_rules_without_a_show_are_a_mistake(text: str) -> None:
    with pytest.raises(RulesError) as raised:
        load_rules(text)
    assert raised.value.problems[0].place.startswith("shows")


def test_an_empty_show_is_told_all_that_it_lacks() -> None:
    found_problems = read_rules("[shows.a]")[1]
    assert {p.place for p in found_problems} == {
        f"shows.a.{k}" for k in ("code", "project", "watch", "patterns", "routes")
    }
    assert {p.found for p in found_problems} == {"nothing"}


def test_a_mistake_in_one_show_stops_no_other() -> None:
    rules, found_problems = read_rules(edited(("{shot:5d}/", "{shot:5}/")) + SECOND_SHOW)
    assert list(rules.shows) == ["pub"]
    assert len(found_problems) == 1


def test_a_mistake_in_a_channel_stops_no_show() -> None:
    rules, found_problems = read_rules(edited(('env = "DISCORD_WEBHOOK_EDITORIAL"', 'env = "?"')))
    assert list(rules.shows) == ["undlm"]
    assert list(rules.channels) == ["default"]
    assert len(found_problems) == 1


def test_a_broken_default_channel_falls_back_to_its_usual_variable() -> None:
    rules, found_problems = read_rules(edited(('env = "DISCORD_WEBHOOK_URL"', 'env = "?"')))
    assert rules.channels["default"].webhook_env == "DISCORD_WEBHOOK_URL"
    assert len(found_problems) == 1


def test_shows_whose_folders_overlap_are_both_left_out_even_if_one_is_broken_anyway() -> None:
    overlapping = SECOND_SHOW.replace("PUB/EXPORTS", "undlm").replace("{spot:2d}", "{spot:2}")
    rules, found_problems = read_rules(EXAMPLE + overlapping)
    assert rules.shows == {}
    assert {p.place for p in found_problems} >= {"shows.undlm.watch[0].folder", "shows.pub.watch[0].folder"}


def test_two_shows_may_not_differ_in_case_alone() -> None:
    rules, found_problems = read_rules(SECOND_SHOW + SECOND_SHOW.replace(".pub", ".PUB").replace("PUB/", "OTHER/"))
    assert list(rules.shows) == ["pub"]
    assert [p.place for p in found_problems] == ["shows.PUB"]


def test_a_name_that_cannot_go_into_messages_is_a_mistake() -> None:
    rules, found_problems = read_rules(SECOND_SHOW.replace("shows.pub", 'shows."p u.b"'))
    assert rules.shows == {}
    assert found_problems[0].place == 'shows."p u.b"'


def test_folders_that_only_begin_alike_do_not_overlap() -> None:
    assert problems(("\n# ── Naming", ANOTHER_WATCH.format("UNDLM/EXPORTS2"))) == ()


def test_the_error_says_everything_in_its_text() -> None:
    with pytest.raises(PostFlowError) as raised:
        load_rules(edited((FOLDER, 'folder = "/UNDLM"')))
    assert str(raised.value) == (
        'shows.undlm.watch[0].folder: found "/UNDLM", '
        'expected a path inside the filespace, as SHOW/EXPORTS; "." is all of it'
    )


def test_reads_a_file_that_begins_with_a_byte_order_mark() -> None:
    assert load_rules("\ufeff" + EXAMPLE) == load_rules(EXAMPLE)


def test_gives_the_ids_to_mention_by_kind() -> None:
    rules = load_rules(edited(("# mentions = ", "mentions = ")))
    assert rules.channels["editorial"].mentioned("user") == ("80351110224678912",)
    assert rules.channels["editorial"].mentioned("role") == ("41771983423143936",)
