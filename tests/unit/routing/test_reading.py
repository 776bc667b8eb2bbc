import pytest

from postflow.errors import PostFlowError
from postflow.routing import RulesError, load_rules, read_rules
from tests.unit.routing.example import EXAMPLE, SECOND_SHOW, edited
from tests.unit.routing.mistaken import ANOTHER_WATCH, FOLDER, problems


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
