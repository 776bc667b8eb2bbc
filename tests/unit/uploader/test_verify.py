"""Is what Frame.io has what we sent?"""

from datetime import datetime, timedelta

import pytest

from postflow.questions import TransferAnswer
from tests.examples import AT
from uploader.frameio.objects import Asset
from uploader.verify import Broken, Tainted, Verdict, Verified, Wait, is_lost, is_overdue, judge, may_be_ours

SIZE = 1000


def asset(**changed: object) -> Asset:
    told = {
        "id": "a1",
        "name": "x.mov",
        "status": "uploaded",
        "file_size": SIZE,
        "media_type": "video/quicktime",
        "view_url": "https://next.frame.io/a1",
        "created_at": AT,
    }
    return Asset.model_validate(told | changed)


def transfer(**changed: object) -> TransferAnswer:
    told = {"known": True, "is_open": True, "first_get_at": AT, "last_byte_at": AT, "bytes_sent": SIZE}
    return TransferAnswer.model_validate(told | changed)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


NOT_FETCHED = transfer(first_get_at=None, last_byte_at=None, bytes_sent=0)
CREATED = asset(status="created", file_size=0, media_type=None)


@pytest.mark.parametrize(
    ("listed", "seen", "waited_s", "expected"),
    [
        pytest.param(asset(), transfer(), 3, Verified(), id="whole"),
        pytest.param(asset(status="transcoded"), transfer(), 3, Verified(), id="transcoded"),
        pytest.param(asset(media_type="application/octet-stream"), transfer(), 3, Verified(), id="unknown-type"),
        pytest.param(asset(), transfer(is_open=False), 3, Verified(), id="closed-after-all-was-sent"),
        pytest.param(asset(), None, 3, Wait(), id="fileserver-silent"),
        pytest.param(asset(), TransferAnswer(known=False), 3, Wait(), id="fileserver-does-not-know"),
        pytest.param(asset(file_size=15), transfer(), 3, "SIZE_DIFFERS", id="short"),
        pytest.param(asset(media_type="text/plain"), transfer(), 3, "ERROR_PAGE", id="error-page-of-equal-size"),
        pytest.param(asset(media_type="text/html; charset=x"), transfer(), 3, "ERROR_PAGE", id="error-page-html"),
        pytest.param(asset(), transfer(tainted=True), 3, Tainted(), id="tainted-though-whole"),
        pytest.param(None, transfer(tainted=True), 3, Tainted(), id="tainted-and-unlisted"),
        pytest.param(None, transfer(), 3, Wait(), id="not-listed-yet"),
        pytest.param(None, transfer(), 61, "ASSET_GONE", id="not-listed-for-long"),
        pytest.param(CREATED, NOT_FETCHED, 60, Wait(), id="nobody-came-yet"),
        pytest.param(CREATED, NOT_FETCHED, 121, "NOBODY_CAME", id="nobody-came"),
        pytest.param(
            CREATED,
            transfer(is_open=False, first_get_at=None, bytes_sent=0),
            3,
            "ADDRESS_CLOSED",
            id="closed-before-anybody-came",
        ),
        pytest.param(CREATED, transfer(bytes_sent=500), 100, Wait(), id="under-way"),
        pytest.param(CREATED, transfer(bytes_sent=500), 181, "FETCH_STALLED", id="stalled"),
        pytest.param(CREATED, transfer(bytes_sent=500, is_open=False), 3, "FETCH_STALLED", id="cut-by-us"),
        pytest.param(CREATED, transfer(), 800, Wait(), id="all-sent-being-stored"),
        pytest.param(CREATED, transfer(), 901, "NOT_STORED", id="all-sent-never-stored"),
        pytest.param(CREATED, None, 500, Wait(), id="created-and-fileserver-silent"),
    ],
)
def test_only_what_is_whole_and_untainted_is_verified(
    listed: Asset | None, seen: TransferAnswer | None, waited_s: float, expected: Verdict | str
) -> None:
    verdict = judge(listed, seen, upload_failed=False, size_bytes=SIZE, posted_at=AT, now=after(waited_s))
    assert (verdict.code if isinstance(verdict, Broken) else verdict) == expected


LOST = transfer(address_lost=True, is_open=False)


@pytest.mark.parametrize(
    ("listed", "seen", "expected"),
    [
        pytest.param(CREATED, NOT_FETCHED.model_copy(update={"address_lost": True}), Wait(), id="it-may-come-back"),
        pytest.param(
            CREATED, LOST.model_copy(update={"first_get_at": None}), "ADDRESS_CLOSED", id="before-anybody-came"
        ),
        pytest.param(CREATED, LOST.model_copy(update={"bytes_sent": 500}), "FETCH_STALLED", id="in-mid-fetch"),
        pytest.param(asset(media_type="text/html", file_size=SIZE), LOST, "ERROR_PAGE", id="the-edge-answered-instead"),
        pytest.param(asset(file_size=15), LOST, "SIZE_DIFFERS", id="the-edge-answered-shortly"),
        pytest.param(CREATED, LOST, Wait(), id="all-sent-before"),
        pytest.param(asset(), LOST, Verified(), id="whole-before"),
        pytest.param(asset(), LOST.model_copy(update={"tainted": True}), Tainted(), id="tainted-all-the-same"),
    ],
)
def test_what_breaks_with_the_tunnel_is_no_try_of_the_file(
    listed: Asset, seen: TransferAnswer, expected: Verdict | str
) -> None:
    verdict = judge(listed, seen, upload_failed=False, size_bytes=SIZE, posted_at=AT, now=after(3))
    if isinstance(verdict, Broken):
        assert (verdict.code, verdict.counts) == (expected, False)
    else:
        assert verdict == expected


def test_what_breaks_for_another_reason_is_a_try() -> None:
    verdict = judge(CREATED, NOT_FETCHED, upload_failed=False, size_bytes=SIZE, posted_at=AT, now=after(121))
    assert isinstance(verdict, Broken)
    assert verdict.counts


@pytest.mark.parametrize(
    ("seen", "lost"),
    [
        pytest.param(LOST, True, id="lost-and-closed"),
        pytest.param(transfer(address_lost=True), False, id="the-tunnel-came-back-with-the-same-name"),
        pytest.param(transfer(is_open=False), False, id="closed-for-another-reason"),
        pytest.param(TransferAnswer(known=False), False, id="unknown"),
        pytest.param(None, False, id="fileserver-silent"),
    ],
)
def test_nobody_is_sent_to_an_address_that_leads_nowhere(seen: TransferAnswer | None, lost: bool) -> None:
    assert is_lost(seen) is lost


def test_a_fetch_that_frameio_gave_up_is_broken() -> None:
    verdict = judge(CREATED, transfer(bytes_sent=5), upload_failed=True, size_bytes=SIZE, posted_at=AT, now=AT)
    assert isinstance(verdict, Broken)
    assert verdict.code == "FETCH_FAILED"


@pytest.mark.parametrize(
    ("seen", "waited_s", "overdue"),
    [
        pytest.param(NOT_FETCHED, 29, False, id="soon"),
        pytest.param(NOT_FETCHED, 31, True, id="nobody-came"),
        pytest.param(transfer(bytes_sent=5, last_byte_at=after(50)), 60, False, id="bytes-move"),
        pytest.param(transfer(last_byte_at=AT), 11, True, id="all-sent"),
        pytest.param(None, 31, True, id="fileserver-silent"),
        pytest.param(LOST, 1, True, id="all-sent-and-the-address-was-lost"),
        pytest.param(transfer(address_lost=True), 5, False, id="the-tunnel-is-back"),
    ],
)
def test_the_single_status_call_is_for_what_is_overdue(
    seen: TransferAnswer | None, waited_s: float, overdue: bool
) -> None:
    assert is_overdue(seen, size_bytes=SIZE, posted_at=AT, now=after(waited_s)) is overdue


TEXT = asset(name="cut.EDL", media_type="text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("listed", "seen", "expected"),
    [
        pytest.param(TEXT, transfer(), Verified(), id="a-text-that-left-us-whole"),
        pytest.param(TEXT, transfer(bytes_sent=0), "ERROR_PAGE", id="a-page-of-equal-size-in-its-place"),
        pytest.param(TEXT, None, Wait(), id="fileserver-silent"),
        pytest.param(asset(name="grade.json", media_type="application/json"), transfer(), Verified(), id="json"),
        pytest.param(asset(name="txt", media_type="text/plain"), transfer(), "ERROR_PAGE", id="no-extension"),
        pytest.param(asset(name="x.txt.mov", media_type="text/plain"), transfer(), "ERROR_PAGE", id="a-film-after-all"),
    ],
)
def test_a_file_that_is_text_itself_is_no_error_page(
    listed: Asset, seen: TransferAnswer | None, expected: Verdict | str
) -> None:
    verdict = judge(listed, seen, upload_failed=False, size_bytes=SIZE, posted_at=AT, now=after(3))
    assert (verdict.code if isinstance(verdict, Broken) else verdict) == expected


@pytest.mark.parametrize(
    ("listed", "waited_s", "upload_failed"),
    [
        pytest.param(CREATED, 181, False, id="nobody-came-again"),
        pytest.param(CREATED, 3, True, id="frameio-gave-up"),
        pytest.param(asset(file_size=500), 3, False, id="half-of-it-was-stored"),
    ],
)
def test_what_the_fileserver_itself_cut_is_no_try_of_the_file(
    listed: Asset, waited_s: float, upload_failed: bool
) -> None:
    cut = transfer(bytes_sent=500, cut_by_us=True)
    verdict = judge(listed, cut, upload_failed=upload_failed, size_bytes=SIZE, posted_at=AT, now=after(waited_s))
    assert isinstance(verdict, Broken)
    assert not verdict.counts


UNSEEN = transfer(first_get_at=None, last_byte_at=None, bytes_sent=0)


@pytest.mark.parametrize(
    ("listed", "seen", "code", "in_front"),
    [
        pytest.param(asset(file_size=55), UNSEEN, "ERROR_PAGE", True, id="of-another-size"),
        pytest.param(asset(media_type="text/html"), UNSEEN, "ERROR_PAGE", True, id="of-another-type"),
        pytest.param(asset(), UNSEEN, "ERROR_PAGE", True, id="of-the-same-size-and-type"),
        pytest.param(asset(file_size=55), transfer(), "SIZE_DIFFERS", False, id="somebody-came"),
        pytest.param(asset(file_size=55), None, "SIZE_DIFFERS", False, id="fileserver-silent"),
        pytest.param(asset(file_size=55), TransferAnswer(known=False), "SIZE_DIFFERS", False, id="not-known"),
    ],
)
def test_who_answered_though_nobody_reached_the_fileserver_stands_in_front_of_it(
    listed: Asset, seen: TransferAnswer | None, code: str, in_front: bool
) -> None:
    verdict = judge(listed, seen, upload_failed=False, size_bytes=SIZE, posted_at=AT, now=after(3))
    assert isinstance(verdict, Broken)
    assert verdict.code == code
    assert ("in front of the fileserver" in verdict.why) is in_front


@pytest.mark.parametrize(
    ("listed", "seen", "anothers"),
    [
        pytest.param(asset(), UNSEEN, True, id="as-large-and-nobody-came"),
        pytest.param(asset(file_size=55), UNSEEN, True, id="of-another-size-and-nobody-came"),
        pytest.param(asset(file_size=55, media_type="text/html"), UNSEEN, False, id="an-error-page"),
        pytest.param(asset(file_size=0), UNSEEN, False, id="empty"),
        pytest.param(asset(file_size=None), UNSEEN, True, id="of-a-size-that-is-not-told"),
        pytest.param(asset(file_size=55), transfer(), False, id="cut-short-of-ours"),
    ],
)
def test_only_a_film_that_nobody_fetched_from_us_may_be_somebody_elses(
    listed: Asset, seen: TransferAnswer, anothers: bool
) -> None:
    verdict = judge(listed, seen, upload_failed=False, size_bytes=SIZE, posted_at=AT, now=after(3))
    assert isinstance(verdict, Broken)
    assert verdict.may_be_anothers is anothers


@pytest.mark.parametrize(
    ("listed", "ours"),
    [
        pytest.param(asset(), True, id="as-large"),
        pytest.param(CREATED, True, id="not-stored-yet"),
        pytest.param(asset(file_size=15, media_type="text/plain"), True, id="an-error-page-in-its-place"),
        pytest.param(asset(file_size=0), True, id="a-refusal-without-a-body"),
        pytest.param(asset(file_size=None), False, id="of-a-size-that-is-not-told"),
        pytest.param(asset(file_size=77), False, id="of-another-size"),
        pytest.param(asset(file_size=77, name="cut.edl", media_type="text/plain"), False, id="a-text-of-another-size"),
    ],
)
def test_a_film_of_another_size_was_not_made_by_a_post_of_ours(listed: Asset, ours: bool) -> None:
    assert may_be_ours(listed, SIZE) is ours
