"""The fileserver on a socket, with a real nats-server and real files."""

import asyncio
import hashlib
import os
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fileserver.readers import CHUNK_BYTES
from postflow import attributes
from postflow.messages import Progress
from tests.integration.fileserver_site import Site, address, until

CONTENT = os.urandom(3 * CHUNK_BYTES + 17)


@pytest.fixture(autouse=True)
async def _started(site: Site) -> None:
    await site.start()


async def test_the_whole_file_arrives_as_it_is(site: Site) -> None:
    message = site.write("Été v1.mov", CONTENT)
    exposed = await site.expose(message)
    answer = await site.http.get(address(exposed))
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(CONTENT).digest()
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["content-type"] == "video/quicktime"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%89t%C3%A9%20v1.mov"
    assert answer.headers["cache-control"] == "private, no-store, no-transform"
    assert answer.headers["postflow"] == "origin"
    assert "content-encoding" not in answer.headers


async def test_an_address_says_nothing_of_the_file(site: Site) -> None:
    exposed = await site.expose(site.write("a_v001.mov", CONTENT))
    path = urlsplit(address(exposed)).path
    assert "." not in path
    assert len(path.split("/")) == 6
    assert exposed.internal_url == "http://inside.example" + path
    assert exposed.refusal is None


async def test_head_tells_the_same_and_sends_nothing(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    head, get = await site.http.head(address(exposed)), await site.http.get(address(exposed))
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}
    assert (await site.transfer(message)).bytes_sent == len(CONTENT)


async def test_ranges_in_any_order_make_the_whole(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    tail = await site.http.get(address(exposed), headers={"Range": f"bytes={2 * CHUNK_BYTES}-"})
    assert (await site.transfer(message)).bytes_sent == len(CONTENT) - 2 * CHUNK_BYTES
    head = await site.http.get(address(exposed), headers={"Range": f"bytes=0-{2 * CHUNK_BYTES - 1}"})
    assert (head.status_code, tail.status_code) == (206, 206)
    assert head.headers["content-range"] == f"bytes 0-{2 * CHUNK_BYTES - 1}/{len(CONTENT)}"
    assert head.content + tail.content == CONTENT
    assert (await site.transfer(message)).bytes_sent == len(CONTENT)


async def test_a_range_holds_only_for_the_revision_it_was_begun_with(site: Site) -> None:
    exposed = await site.expose(site.write("a.mov", CONTENT))
    etag = (await site.http.head(address(exposed))).headers["etag"]
    asked = {"Range": "bytes=5-9"}
    same = await site.http.get(address(exposed), headers={**asked, "If-Range": etag})
    other = await site.http.get(address(exposed), headers={**asked, "If-Range": '"other"'})
    assert (same.status_code, same.content) == (206, CONTENT[5:10])
    assert (other.status_code, other.content) == (200, CONTENT)


async def test_a_range_behind_the_end_and_several_ranges(site: Site) -> None:
    exposed = await site.expose(site.write("a.mov", CONTENT))
    behind = await site.http.get(address(exposed), headers={"Range": f"bytes={len(CONTENT)}-"})
    assert (behind.status_code, behind.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")
    several = await site.http.get(address(exposed), headers={"Range": "bytes=0-1,5-9"})
    assert (several.status_code, several.content) == (200, CONTENT)


async def test_many_requests_at_once_are_served(site: Site) -> None:
    exposed = await site.expose(site.write("a.mov", CONTENT))
    parts = [(start, min(start + 99_999, len(CONTENT) - 1)) for start in range(0, len(CONTENT), 100_000)]
    answers = await asyncio.gather(
        *(site.http.get(address(exposed), headers={"Range": f"bytes={start}-{last}"}) for start, last in parts)
    )
    assert b"".join(answer.content for answer in answers) == CONTENT


async def test_a_delivered_file_cannot_be_read_any_more(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    await site.ended(message)
    await site.settled()
    answer = await site.http.get(address(exposed))
    assert (answer.status_code, answer.content) == (410, b"")
    assert await site.holders() == ()
    told = await site.transfer(message)
    assert (told.known, told.is_open) == (True, False)


async def raw(site: Site, method: str, target: str) -> str:
    """The answer to a request that no client has tidied up, without its date."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(f"{method} {target} HTTP/1.1\r\nHost: film.example\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(5):
        answer = (await reader.read()).decode("latin-1")
    writer.close()
    return re.sub(r"date: .*\r\n", "", answer)


async def test_what_was_not_signed_does_not_exist(site: Site) -> None:
    exposed = await site.expose(site.write("a.mov", CONTENT))
    good = urlsplit(address(exposed)).path
    signature = good.rsplit("/", 1)[1]
    targets = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good + "/",
        good + "/a.mov",
        good + ".mov",
        good + "%00",
        "/x" + good,
        "/" + good,
        good.replace("/x/", "/x/../x/"),
        good.replace("/x/", "/%78/"),
        good.replace(signature, f"%{ord(signature[0]):02x}{signature[1:]}"),
        good.replace(signature, f"%25{ord(signature[0]):02x}{signature[1:]}"),
        f"http://film.example{good}",
        "/SQ01/a.mov",
        "/x/../SQ01/a.mov",
        "/healthz",
        "/readyz",
        "/metrics",
        "/",
        "*",
    ]
    answers = {target: await raw(site, "GET", target) for target in targets}
    answers |= {
        method: await raw(site, method, good) for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO")
    }
    nothing = await raw(site, "GET", "/favicon.ico")
    assert nothing.startswith("HTTP/1.1 404")
    assert nothing.endswith("\r\n\r\n")
    assert {asked: answer for asked, answer in answers.items() if answer != nothing} == {}
    assert (await site.http.get(address(exposed) + "?path=../secret")).content == CONTENT


async def test_the_path_is_that_of_the_ledger_and_no_header_changes_it(site: Site) -> None:
    site.write("secret.mov", b"not for you")
    exposed = await site.expose(site.write("a.mov", CONTENT))
    leading = {"X-Original-URL": "/SQ01/secret.mov", "X-Accel-Redirect": "/SQ01/secret.mov", "Host": "elsewhere"}
    assert (await site.http.get(address(exposed), headers=leading)).content == CONTENT


async def test_a_link_put_in_the_file_s_place_is_not_followed(site: Site, tmp_path: Path) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    twin = tmp_path / "twin.mov"
    twin.write_bytes(CONTENT)
    os.utime(twin, ns=(message.mtime_ns, message.mtime_ns))
    site.path(message).unlink()
    site.path(message).symlink_to(twin)
    answer = await site.http.get(address(exposed))
    assert (answer.status_code, answer.content) == (409, b"")


async def test_progress_is_told_as_it_goes(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    told: asyncio.Queue[Progress] = asyncio.Queue()

    async def hear(raw: object) -> None:
        told.put_nowait(Progress.model_validate_json(raw.data))  # type: ignore[attr-defined]

    await site.bus.client.subscribe(f"postflow.progress.{message.file_id}", cb=hear)
    exposed = await site.expose(message)
    await site.http.get(address(exposed))
    async with asyncio.timeout(10):
        while (await told.get()).bytes_done < len(CONTENT):
            pass


async def test_each_get_is_a_span_of_the_file_s_trace(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    asked = {"Range": "bytes=10-19", "User-Agent": f"puller {address(exposed)}"}
    await site.http.get(address(exposed), headers=asked)

    async def told() -> bool:
        return any(span.name == "GET /x" for span in site.spans.get_finished_spans())

    await until(told)
    spans = {span.name: span for span in site.spans.get_finished_spans()}
    get = spans["GET /x"]
    assert get.context is not None
    assert f"{get.context.trace_id:032x}" == message.file_id
    assert get.attributes is not None
    assert get.attributes[attributes.RANGE_START] == 10
    assert get.attributes[attributes.RANGE_BYTES] == 10
    assert get.attributes[attributes.BYTES_SENT] == 10
    assert get.attributes["http.response.status_code"] == 206
    everything = "".join(span.to_json() for span in site.spans.get_finished_spans())
    assert exposed.public_url is not None
    assert address(exposed).rsplit("/", 1)[1] not in everything
    assert (await site.record(message)).exposure_id not in everything


async def test_no_part_of_an_address_is_in_a_span(site: Site) -> None:
    exposed = await site.expose(site.write("a.mov", CONTENT))
    exposure_id, *_, signature = address(exposed).split("/")[-4:]
    for agent in (f"{exposure_id} {signature}", "a" * 160 + address(exposed)):
        await site.http.head(address(exposed), headers={"User-Agent": agent})
    await site.stop()
    everything = "".join(span.to_json() for span in site.spans.get_finished_spans())
    assert everything.count("user_agent.original") == 2
    assert exposure_id not in everything
    assert signature not in everything


async def test_no_library_writes_an_address_into_a_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        exposed = await site.expose(site.write("a.mov", CONTENT))
        for _ in range(2):  # what a connection logs is decided when it is made
            await site.http.get(address(exposed), headers={"Connection": "close"})
    signature = address(exposed).rsplit("/", 1)[1]
    told = {record.name.partition(".")[0] for record in caplog.records if signature in record.getMessage()}
    assert told <= {"httpx", "httpcore"}, "the client of this test may say it; nobody else"


async def test_a_connection_that_never_asks_is_dropped(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.connection.HEAD_PATIENCE_S", 0.1)
    for first in (b"", b"GET /x/a HTTP/1.1\r\nHost: a\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port, family=socket.AF_INET)
        writer.write(first)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_a_head_that_trickles_in_gets_no_more_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.connection.HEAD_PATIENCE_S", 0.3)
    for before in (b"", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port, family=socket.AF_INET)
        writer.write(before)
        if before:
            await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET /x/")
        over = asyncio.create_task(reader.read())
        async with asyncio.timeout(5):
            while not over.done():
                writer.write(b"a")
                await asyncio.sleep(0.01)
        assert over.exception() or over.result() == b""
        writer.close()


async def test_a_head_that_does_not_end_is_refused(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000)
    async with asyncio.timeout(5):
        assert (await reader.readline()).split()[1] == b"400"
    writer.close()
