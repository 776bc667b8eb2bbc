import pytest

from postflow.routing import Rejected, Routed, Rules, Unwatched, load_rules, route
from tests.unit.routing.example import EXAMPLE, SECOND_SHOW, edited, inside

TWO_SHOWS = load_rules(EXAMPLE + SECOND_SHOW)


def one_show(patterns: str, rest: str = "") -> Rules:
    """Rules of one show that watches the whole filespace; its routes take everything."""
    return load_rules(f"""
[shows.s]
code = "ABC"
project = "P"
[[shows.s.watch]]
folder = "."
include = ["**"]
{patterns}
{rest or ROUTE}
""")


ROUTE = """
[[shows.s.routes]]
name = "all"
folder = "X"
"""


def pattern(template: str, example: str, more: str = "") -> str:
    name = "".join(character if character.isalnum() else "-" for character in template)
    return f"""
[[shows.s.patterns]]
name = "{name}"
template = "{template}"
example = "{example}"
{more}
"""


def routed(rules: Rules, path: str) -> Routed:
    outcome = route(rules, path)
    assert isinstance(outcome, Routed), outcome
    return outcome


def rejected(rules: Rules, path: str) -> Rejected:
    outcome = route(rules, path)
    assert isinstance(outcome, Rejected), outcome
    return outcome


def test_every_file_has_the_shows_code_and_its_extension() -> None:
    rules = one_show(pattern("{a}_x.mov", "a_x.mov"))
    assert routed(rules, "b_x.MOV").destination.fields == {"show": "ABC", "ext": "mov", "a": "B"}


def test_takes_any_text_and_fills_in_the_name_template() -> None:
    destination = routed(TWO_SHOWS, "pub/exports/PUB_07_Long_Night_V02.MOV").destination
    assert destination.folder == ()
    assert destination.name == "PUB07_PUB_07_Long_Night_V02.mov"
    assert destination.fields["rest"] == "LONG_NIGHT"
    assert destination.version == 2


def test_answers_with_the_watch_folder() -> None:
    assert routed(TWO_SHOWS, "PUB/EXPORTS/PUB_01_a_v01.mov").watch.folder == "PUB/EXPORTS"
    outcome = route(TWO_SHOWS, "PUB/EXPORTS/notes.txt")
    assert isinstance(outcome, Unwatched)
    assert outcome.watch is not None
    assert outcome.watch.existing is None


def test_keeps_another_shows_file_out_of_the_inbox() -> None:
    outcome = rejected(TWO_SHOWS, inside("for you/PUB 01 final.mov"))
    assert outcome.why == "its path says PUB, which is another show"
    assert outcome.expected == "a watch folder of PUB"
    assert routed(TWO_SHOWS, inside("public.mov")).destination.route == "inbox"


def test_rejects_what_fits_no_pattern_where_there_is_no_inbox() -> None:
    outcome = rejected(TWO_SHOWS, "PUB/EXPORTS/lunch.mov")
    assert outcome.why == "it fits no naming pattern"
    assert outcome.expected == "a name like PUB_01_long_cut_v01.mov"


def test_rejects_what_no_route_takes_where_there_is_no_inbox() -> None:
    rules = one_show(
        pattern("{kind}.mov", "final.mov"),
        '[[shows.s.routes]]\nname = "finals"\nwhen = { kind = "fin*" }\nfolder = ""\n',
    )
    assert routed(rules, "FINISH.mov").destination.route == "finals"
    assert rejected(rules, "draft.mov").why == "no route takes ext mov, kind DRAFT, show ABC"


def test_first_pattern_that_fits_wins_over_an_earlier_one_that_nearly_does() -> None:
    rules = one_show(
        pattern("{take:3d}.mov", "001.mov") + pattern("{take:4d}.mov", "0001.mov"),
    )
    assert routed(rules, "0002.mov").destination.fields["take"] == "0002"


def test_the_nearest_pattern_gives_the_reason() -> None:
    rules = one_show(
        pattern("a/{take:3d}_{part:3d}.mov", "a/001_001.mov") + pattern("b/{take:4d}_{part:1d}.mov", "b/0001_1.mov"),
    )
    assert rejected(rules, "b/0001_01.mov").expected == "b/0001_1.mov"


def test_one_of_several_words_is_said_with_all_of_them() -> None:
    rules = one_show(pattern("{show}_{task:comp|anim}.mov", "ABC_comp.mov"))
    assert routed(rules, "abc_ANIM.mov").destination.fields["task"] == "anim"
    outcome = rejected(rules, "ABC_cmp.mov")
    assert outcome.why == "task needs one of comp, anim; found cmp"
    assert outcome.expected == "ABC_{task}.mov"


def test_a_field_named_twice_in_one_name_must_be_the_same() -> None:
    rules = one_show(pattern("{sq}_{shot:2d}_{sq}.mov", "A_01_A.mov"))
    assert rejected(rules, "A_01_B.mov").why == "sq is A and B in one path"


def test_a_template_may_lie_in_any_folder() -> None:
    rules = one_show(pattern("**/{client}/{shot:3d}.mov", "x/y/ACME/001.mov"))
    assert routed(rules, "ACME/001.mov").destination.fields["client"] == "ACME"
    assert rejected(rules, "x/y/Acme/1.mov").expected == "x/y/Acme/001.mov"


def test_what_only_the_folder_says_stays_open_where_the_folder_is_wrong() -> None:
    rules = one_show(pattern("{client}/{shot:3d}.mov", "ACME/001.mov"))
    assert rejected(rules, "001.mov").expected == "{client}/001.mov"


def test_what_only_the_folder_says_needs_its_form_too() -> None:
    rules = one_show(pattern("E{episode:3d}/{shot:4d}.mov", "E001/0001.mov"))
    outcome = rejected(rules, "E7/0010.mov")
    assert outcome.why == "episode needs 3 digits, like 007; found 7"
    assert outcome.expected == "E007/0010.mov"


def test_fields_that_touch_are_read_by_their_digits() -> None:
    rules = one_show(pattern("{sq}{shot:4d}.mov", "ABB0010.mov"))
    assert routed(rules, "ABB0010.mov").destination.fields["sq"] == "ABB"


LOOKUPS = """
[shows.s.lookups.shots]
field = "shot"
[shows.s.lookups.shots.values]
001-010 = { sq = "SQ01" }
011 = { sq = "SQ02" }
"""


def test_a_lookup_confirms_a_field_that_the_path_gives_too() -> None:
    rules = one_show(pattern("{sq}/{shot:3d}.mov", "SQ01/001.mov", 'lookups = ["shots"]') + LOOKUPS)
    assert routed(rules, "sq02/011.mov").destination.fields["sq"] == "SQ02"
    outcome = rejected(rules, "SQ02/001.mov")
    assert outcome.why == "shot 001 belongs to sq SQ01 (table shots), its path says sq SQ02"
    assert outcome.expected == "SQ01/001.mov"


REGEX = """
[[shows.s.patterns]]
name = "r"
regex = '(?P<shot>\\d+)(?:_(?P<task>[a-z]+))?_v(?P<version>\\w+)\\.mov'
example = "1_comp_v1.mov"
"""
BY_TASK = '[[shows.s.routes]]\nname = "tasks"\nfolder = "{task}"\n'


def test_a_regex_without_an_optional_group_is_rejected_only_where_the_group_is_needed() -> None:
    assert rejected(one_show(REGEX, BY_TASK), "1_v1.mov").why == "the name has no task"
    assert routed(one_show(REGEX, BY_TASK), "1_comp_v1.mov").destination.folder == ("COMP",)
    assert "task" not in routed(one_show(REGEX), "1_v1.mov").destination.fields


@pytest.mark.parametrize("version", ["x", "1" * 10, "٣"])
def test_a_version_must_be_a_number(version: str) -> None:
    outcome = rejected(one_show(REGEX), f"1_v{version}.mov")
    assert outcome.why.startswith("version needs digits")
    assert outcome.expected == "a name like 1_comp_v1.mov"


def test_a_regex_sees_another_shows_code_as_no_fit() -> None:
    text = "[[shows.s.patterns]]\nname = 'r'\nregex = '(?P<show>\\w+)_x.mov'\nexample = 'ABC_x.mov'\n"
    assert routed(one_show(text), "abc_x.mov").destination.fields["show"] == "ABC"
    assert rejected(one_show(text), "XYZ_x.mov").why == "it fits no naming pattern"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a" * 252 + ".mov", "the name has 256 characters, more than 255"),
        ("tab\there.mov", "the path has a control character (\\t)"),
        ("line\u2028.mov", "the path has a control character (\\u2028)"),
        ("latin\udce9.mov", "the path has a byte that is no Unicode (\\udce9)"),
    ],
)
def test_refuses_names_that_frameio_does_not_take(name: str, why: str) -> None:
    assert rejected(load_rules(EXAMPLE), inside(name)).why == why


def test_a_folder_that_comes_out_empty_is_refused() -> None:
    rules = one_show(pattern("{rest:*}", "x.mov"), '[[shows.s.routes]]\nname = "r"\nfolder = "A/{ext}"\n')
    assert rejected(rules, "no extension").why == '"" is no name'


def test_a_refusal_after_routing_is_told_in_the_channel_of_the_route() -> None:
    rules = load_rules(edited(("_{date}.{ext}", "_" + "x" * 230 + "{rest}"), (r"_(?P<date>20\d{6})", "_(?P<rest>.*)")))
    assert rejected(rules, inside("UNDLM_412_v002.mov")).channel == "default"
    assert rejected(rules, inside(f"UNDLM_REEL2_{'y' * 30}.mov")).channel == "editorial"
