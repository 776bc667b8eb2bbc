"""Which files Frame.io can fetch by itself."""

from datetime import timedelta

import pytest

from postflow.errors import NotYet, PermanentError
from tests.examples import AT, exposed
from uploader.transport import pull


def test_the_signed_address_is_what_frameio_gets() -> None:
    assert pull.source_url(exposed()) == exposed().public_url


def test_more_than_frameio_fetches_is_refused_with_what_to_do() -> None:
    assert pull.source_url(exposed(size_bytes=50_000_000_000))
    with pytest.raises(PermanentError) as refused:
        pull.source_url(exposed(size_bytes=50_000_000_001))
    assert refused.value.code == "TOO_LARGE_TO_PULL"


def test_without_a_public_address_the_file_waits() -> None:
    with pytest.raises(NotYet):
        pull.source_url(exposed(public_url=None))


@pytest.mark.parametrize(("left_s", "worn"), [(119, True), (121, False)])
def test_an_address_about_to_die_is_worn(left_s: int, worn: bool) -> None:
    message = exposed(expires_at=AT + timedelta(seconds=left_s))
    assert pull.is_worn(message, AT) is worn
