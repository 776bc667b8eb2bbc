"""Status and headers."""

import pytest

from fileserver.admit import Refused
from fileserver.replies import Reply, refusal, reply
from tests.unit.fileserver.examples import exposure


def asked(method: str = "GET", asked_range: str | None = None, if_range: str | None = None) -> Reply:
    return reply(exposure(), method=method, asked_range=asked_range, if_range=if_range)


def test_the_whole_file_carries_all_that_a_fetcher_needs() -> None:
    whole = asked()
    assert (whole.status, whole.start, whole.length) == (200, 0, 1000)
    assert dict(whole.headers) == {
        "PostFlow": "origin",
        "Cache-Control": "private, no-store, no-transform",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "ETag": f'"{exposure().file_id}"',
        "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT",
        "Content-Type": "video/quicktime",
        "Content-Disposition": "attachment; filename*=UTF-8''SQ01_UNDLM_00003_v001.mov",
        "Content-Length": "1000",
    }


def test_a_range_says_which_and_of_how_much() -> None:
    part = asked(asked_range="bytes=10-19")
    assert (part.status, part.start, part.length) == (206, 10, 10)
    assert dict(part.headers)["Content-Range"] == "bytes 10-19/1000"
    assert dict(part.headers)["Content-Length"] == "10"


def test_a_range_behind_the_end_says_how_long_the_file_is() -> None:
    nothing = asked(asked_range="bytes=1000-")
    assert nothing.status == 416
    assert dict(nothing.headers)["Content-Range"] == "bytes */1000"
    assert dict(nothing.headers)["Content-Length"] == "0"


def test_head_is_told_what_the_whole_would_be() -> None:
    assert asked("HEAD", "bytes=10-19") == asked()


@pytest.mark.parametrize("if_range", ['"another"', f'W/"{exposure().file_id}"', "Tue, 14 Nov 2023 22:13:21 GMT"])
def test_a_range_of_something_else_gets_the_whole(if_range: str) -> None:
    assert asked(asked_range="bytes=10-19", if_range=if_range) == asked()


@pytest.mark.parametrize("if_range", [f'"{exposure().file_id}"', "Tue, 14 Nov 2023 22:13:20 GMT"])
def test_a_range_of_this_revision_gets_the_range(if_range: str) -> None:
    assert asked(asked_range="bytes=10-19", if_range=if_range).status == 206


@pytest.mark.parametrize("mtime_ns", [-1, 0, 10**30])
def test_a_clock_that_is_far_off_breaks_nothing(mtime_ns: int) -> None:
    off = exposure().model_copy(update={"mtime_ns": mtime_ns})
    assert reply(off, method="GET", asked_range=None, if_range=None).status == 200


def test_a_refusal_never_has_a_body() -> None:
    for status in (400, 404, 409, 410, 429, 503):
        assert dict(refusal(Refused(status, "for the log")).headers)["Content-Length"] == "0"


@pytest.mark.parametrize(("status", "after_s"), [(429, "5"), (503, "30"), (404, None), (410, None)])
def test_who_may_come_again_is_told_when(status: int, after_s: str | None) -> None:
    assert dict(refusal(Refused(status, "for the log")).headers).get("Retry-After") == after_s


def test_a_refusal_does_not_say_why() -> None:
    assert refusal(Refused(404, "one reason")) == refusal(Refused(404, "another"))
