"""A file that is overwritten, moved or deleted on its way: the right end each, and nothing half remains."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from postflow import identity
from postflow.bus import Bus
from postflow.errors import NotYet
from postflow.messages import FileExposed, FileFailed, Refusal
from postflow.questions import Whereabouts, WhereaboutsAnswer
from postflow.reading import Delivery
from tests.examples import destination
from tests.integration.uploader_rig import FILM, Rig, rig
from tests.integration.uploader_time import Clock, until_settled

GONE = Refusal(code="FILE_GONE", why="it is gone", what_to_do="Put it back.")
MOVED = WhereaboutsAnswer(state=Whereabouts.MOVED, path="SQ02/moved.mov")
DELETED = WhereaboutsAnswer(state=Whereabouts.GONE)
CHANGED = WhereaboutsAnswer(state=Whereabouts.CHANGED)


@pytest.fixture
async def studio(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("uploader.frameio.statuses.SOONEST_S", 0.02)
    async with rig(bus, fetch_delay_s=0.0) as made:
        made.now = Clock()
        yield made


@pytest.fixture
async def http(studio: Rig) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=studio.frameio_url) as client:
        yield client


@pytest.mark.parametrize(
    ("now_at", "state", "words"),
    [
        pytest.param(CHANGED, "superseded", "overwritten", id="overwritten"),
        pytest.param(MOVED, "superseded", "moved to SQ02/moved.mov", id="moved"),
        pytest.param(DELETED, "failed", "deleted", id="deleted"),
    ],
)
@pytest.mark.parametrize("in_flight", [False, True], ids=["before-the-post", "while-it-was-fetched"])
async def test_it_ends_as_what_happened_to_it(
    studio: Rig, now_at: WhereaboutsAnswer, state: str, words: str, in_flight: bool
) -> None:
    studio.source.now_at = now_at
    studio.source.tainted = in_flight
    refused = {} if in_flight else {"public_url": None, "refusal": GONE}
    async with studio.uploading():
        await studio.bus.publish(studio.exposed(**refused))
        (ended,) = await studio.published(state)
        await studio.settled()
    assert words in ended.why
    assert studio.assets() == []


async def test_it_waits_until_the_watcher_has_looked_everywhere(studio: Rig, http: httpx.AsyncClient) -> None:
    message = studio.exposed(public_url=None, refusal=GONE)
    studio.source.now_at = DELETED.model_copy(update={"settled": False})
    deliver = await studio.deliver(http)
    with pytest.raises(NotYet, match="where the file is"):
        await deliver(Delivery(message, sequence=1, count=1))
    studio.source.now_at = MOVED
    await until_settled(deliver, message, studio.now, counting_from=2)  # type: ignore[arg-type]
    await studio.published("superseded")


async def test_a_file_that_was_hidden_for_a_moment_is_sent_again(studio: Rig, http: httpx.AsyncClient) -> None:
    studio.source.now_at = WhereaboutsAnswer(state=Whereabouts.HERE)
    deliver = await studio.deliver(http)
    refused = studio.exposed(public_url=None, refusal=GONE)
    await until_settled(deliver, refused, studio.now, counting_from=1)  # type: ignore[arg-type]
    await studio.published("stale")
    again = studio.exposed(exposure=2)
    await until_settled(deliver, again, studio.now, counting_from=50)  # type: ignore[arg-type]
    await studio.published("delivered")
    assert len(studio.assets()) == 1


async def test_a_file_that_its_mount_hides_for_moments_burns_no_try(studio: Rig, http: httpx.AsyncClient) -> None:
    """A cache, a client that connects anew: nothing was ever posted."""
    studio.source.now_at = WhereaboutsAnswer(state=Whereabouts.HERE)
    assert isinstance(studio.now, Clock)
    deliver = await studio.deliver(http)
    for exposure in (1, 2, 3, 4):
        hidden = studio.exposed(exposure=exposure, public_url=None, refusal=GONE)
        await until_settled(deliver, hidden, studio.now, counting_from=1)
    await until_settled(deliver, studio.exposed(exposure=5), studio.now, counting_from=1)
    assert len(await studio.published("delivered")) == 1
    assert [message for message in await studio.story() if isinstance(message, FileFailed)] == []


def another(studio: Rig, number: int) -> FileExposed:
    """Of several films, each with a place of its own."""
    facts: dict[str, Any] = {"filespace": "local", "path": f"SQ0{number}/film.mov", "mtime_ns": 1}
    facts["size_bytes"] = len(FILM)
    to = destination(folder=(f"SQ0{number}",))
    return studio.exposed(**facts, file_id=identity.file_id(**facts), destination=to)


async def moved_when_all_was_fetched(studio: Rig, http: httpx.AsyncClient, *, underway: bool) -> None:
    """Frame.io has every byte, and takes a while to say so. The path's new place has the same destination."""
    assert isinstance(studio.now, Clock)
    old = studio.exposed()
    facts = {"filespace": old.filespace, "path": f"SQ02/{old.path}", "size_bytes": old.size_bytes}
    facts |= {"mtime_ns": old.mtime_ns}
    new = studio.exposed(**facts, file_id=identity.file_id(**facts))  # type: ignore[arg-type]
    studio.source.now_at = WhereaboutsAnswer(state=Whereabouts.MOVED, path=new.path, underway=underway)
    deliver = await studio.deliver(http)
    await until_settled(deliver, old, studio.now, counting_from=1)
    if underway:
        studio.source.now_at = WhereaboutsAnswer(state=Whereabouts.HERE)
        await until_settled(deliver, new, studio.now, counting_from=1)


async def test_a_film_that_was_moved_and_released_anew_is_in_its_folder_once(
    studio: Rig, http: httpx.AsyncClient
) -> None:
    await moved_when_all_was_fetched(studio, http, underway=True)
    (superseded,) = await studio.published("superseded")
    (delivered,) = await studio.published("delivered")
    assert delivered.path == f"SQ02/{superseded.path}"
    assert [asset.id for asset in studio.assets()] == [delivered.asset_id]


async def test_a_film_that_was_moved_and_not_released_there_is_delivered(studio: Rig, http: httpx.AsyncClient) -> None:
    await moved_when_all_was_fetched(studio, http, underway=False)
    (delivered,) = await studio.published("delivered")
    assert [asset.id for asset in studio.assets()] == [delivered.asset_id]


async def test_a_film_that_is_there_waits_for_a_watcher_that_is_silent_about_a_move(
    studio: Rig, http: httpx.AsyncClient
) -> None:
    """It may have been moved while it was fetched, and be on its way from there: one of both is enough."""
    message, clock = studio.exposed(), studio.now
    assert isinstance(clock, Clock)
    studio.source.watcher_answers = False
    with pytest.raises(NotYet, match="whether the file was moved"):
        await (await studio.deliver(http))(Delivery(message, sequence=1, count=1))
    studio.source.watcher_answers = True
    studio.source.now_at = WhereaboutsAnswer(state=Whereabouts.MOVED, path="SQ02/moved.mov", underway=True)
    await until_settled(await studio.deliver(http), message, clock, counting_from=2)
    assert len(await studio.published("superseded")) == 1
    assert studio.assets() == []


async def test_nothing_waits_for_ever_for_a_watcher_that_is_away(studio: Rig, http: httpx.AsyncClient) -> None:
    message, clock = studio.exposed(), studio.now
    assert isinstance(clock, Clock)
    studio.source.watcher_answers = False
    for count in range(1, 4):
        with pytest.raises(NotYet):
            await (await studio.deliver(http))(Delivery(message, sequence=1, count=count))
        clock.pass_by(250)
    await until_settled(await studio.deliver(http), message, clock, counting_from=4)
    assert len(await studio.published("delivered")) == 1


async def test_films_do_not_wait_one_after_the_other_for_a_watcher_that_is_away(
    studio: Rig, http: httpx.AsyncClient
) -> None:
    """Their addresses are open meanwhile, and the window is small: a backlog would take days."""
    clock = studio.now
    assert isinstance(clock, Clock)
    studio.source.watcher_answers = False
    deliver, first = await studio.deliver(http), another(studio, 1)
    for count in range(1, 13):
        with pytest.raises(NotYet, match="whether the file was moved"):
            await deliver(Delivery(first, sequence=1, count=count))
        clock.pass_by(50)
    await until_settled(deliver, first, clock, counting_from=13)
    began = clock()
    await until_settled(deliver, another(studio, 2), clock, counting_from=1)
    assert (clock() - began).total_seconds() < 60
    assert len(await studio.published("delivered", 2)) == 2


async def test_a_watcher_that_was_away_once_is_waited_for_when_it_is_away_again(
    studio: Rig, http: httpx.AsyncClient
) -> None:
    clock = studio.now
    assert isinstance(clock, Clock)
    deliver = await studio.deliver(http)
    for number, between_s in enumerate((0.0, 3600.0), start=1):
        studio.source.watcher_answers = False
        clock.pass_by(between_s)  # of which nobody knows whether it answered, for nobody asked
        message = another(studio, number)
        with pytest.raises(NotYet, match="whether the file was moved"):
            await deliver(Delivery(message, sequence=1, count=1))
        studio.source.watcher_answers = True
        await until_settled(deliver, message, clock, counting_from=2)
    studio.source.watcher_answers = False
    with pytest.raises(NotYet, match="whether the file was moved"):
        await deliver(Delivery(another(studio, 3), sequence=1, count=1))
