"""Who a file is: equal for one revision however it is spelled, different for everything else."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from postflow import identity

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
REVISIONS = st.tuples(NAMES, NAMES, st.integers(min_value=0), st.integers())


def test_the_id_of_a_revision_never_changes_between_releases() -> None:
    given_id = identity.file_id("local", "SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov", 1000, 1_700_000_000_000_000_000)
    assert given_id == "4aa375c440c513da4422d85ac4736797"


def test_the_id_of_a_root_span_never_changes_between_releases() -> None:
    assert f"{identity.root_span_id('0123456789abcdef' * 2, 1):016x}" == "398fdf68343fae25"


@given(REVISIONS)
def test_an_id_is_a_trace_id(revision: tuple[str, str, int, int]) -> None:
    found = identity.file_id(*revision)
    assert len(found) == identity.FILE_ID_HEX_DIGITS
    assert set(found) <= set("0123456789abcdef")
    assert f"{identity.trace_id(found):032x}" == found
    assert identity.trace_id(found) != 0


@given(NAMES, NAMES)
def test_two_spellings_of_one_path_are_one_file(filespace: str, path: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, path) for form in ("NFC", "NFD"))
    assert identity.file_id(filespace, composed, 1, 2) == identity.file_id(filespace, decomposed, 1, 2)
    assert identity.comparable(composed) == identity.comparable(decomposed)


@given(REVISIONS, REVISIONS)
def test_two_revisions_have_two_ids(one: tuple[str, str, int, int], other: tuple[str, str, int, int]) -> None:
    assume((one[0], identity.comparable(one[1]), *one[2:]) != (other[0], identity.comparable(other[1]), *other[2:]))
    assert identity.file_id(*one) != identity.file_id(*other)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(("other", "a/b.mov", 1, 2), id="another-filespace"),
        pytest.param(("local", "a/c.mov", 1, 2), id="another-path"),
        pytest.param(("local", "a/b.mov", 2, 2), id="another-size"),
        pytest.param(("local", "a/b.mov", 1, 3), id="another-mtime"),
        pytest.param(("local", "a/b.mov", 12, 2), id="digits-that-would-run-together"),
        pytest.param(("locala", "/b.mov", 1, 2), id="names-that-would-run-together"),
        pytest.param(("local", "A/b.mov", 1, 2), id="another-case"),
    ],
)
def test_each_part_counts(other: tuple[str, str, int, int]) -> None:
    assert identity.file_id("local", "a/b.mov", 1, 2) != identity.file_id(*other)


def test_a_name_that_is_no_text_has_an_id_too() -> None:
    name = b"caf\xe9.mov".decode("utf-8", "surrogateescape")
    assert identity.file_id("local", name, 1, 2) != identity.file_id("local", "café.mov", 1, 2)


@given(st.integers(min_value=0), st.integers(min_value=0))
def test_each_attempt_has_a_root_span_of_its_own(one: int, other: int) -> None:
    file_id = "0123456789abcdef" * 2
    same = identity.root_span_id(file_id, one) == identity.root_span_id(file_id, other)
    assert same == (one == other)
    assert 0 < identity.root_span_id(file_id, one) < 2**64


def test_two_publications_of_one_fact_carry_the_same_id_and_two_facts_do_not() -> None:
    facts = {
        identity.dedupe_id(*fact)
        for fact in [("f", "ready", 1, 0), ("f", "ready", 2, 0), ("f", "exposed", 1, 0), ("f", "ready", 1, 1)]
    }
    assert facts == {"f.ready.1.0", "f.ready.2.0", "f.exposed.1.0", "f.ready.1.1"}
