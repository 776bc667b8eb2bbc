"""The public port in a stranger's hands: whatever is asked, nothing but the one file leaves, and nothing breaks."""

import asyncio
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fileserver.readers import CHUNK_BYTES
from postflow.verifying import log_files
from tests.integration.fileserver_raw import Answer, all_that_comes, answers, head, path_of
from tests.integration.fileserver_site import Site, address, until

CONTENT = os.urandom(CHUNK_BYTES + 17)
SECRET = b"unreleased " * 1000
CLOSE = "Connection: close"

TOKEN = st.text("!#$%&'*+-.^_`|~ABCXYZabcxyz019", min_size=1, max_size=12)
VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=60)
NAMES = st.sampled_from(
    (
        *("Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"),
        *("Accept-Encoding", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Forwarded-Host"),
        *("Forwarded", "Cookie", "TE", "User-Agent", "CF-Connecting-IP", "CF-Ray", "Authorization", "Referer"),
    )
)
HOPS = ("host", "connection", "content-length", "transfer-encoding", "expect", "upgrade")


def is_end_to_end(name: str) -> bool:
    return name.lower() not in HOPS


HEADERS = st.lists(st.tuples(NAMES | TOKEN.filter(is_end_to_end), VALUE), max_size=8)
TARGET = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=200)


@pytest.fixture(autouse=True)
async def _started(site: Site) -> None:
    await site.start()


def lines(headers: list[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value.strip()}" for name, value in headers]


async def asked(site: Site, method: str, target: str, headers: list[str]) -> Answer:
    came = await all_that_comes(site, head(*headers, CLOSE, method=method, target=target))
    (answer,) = answers(came, to_head=method == "HEAD")
    return answer


def drawn(examples: int) -> settings:
    """Of a test whose server stays the same over all examples; each is asked by itself."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mutated(good: str) -> st.SearchStrategy[str]:
    """One change of an address, anywhere in it."""
    places = st.integers(0, len(good) - 1)
    letters = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
    return st.one_of(
        st.builds(
            lambda at, bit: good[:at] + chr(ord(good[at]) ^ 1 << bit) + good[at + 1 :], places, st.integers(0, 6)
        ),
        st.builds(lambda at, to: good[:at] + to + good[at:], places, letters),
        st.builds(lambda at: good[:at] + good[at + 1 :], places),
        st.builds(lambda at: f"{good[:at]}%{ord(good[at]):02X}{good[at + 1 :]}", places),
        st.builds(lambda at: f"{good[:at]}%25{ord(good[at]):02x}{good[at + 1 :]}", places),
        st.builds(
            lambda at, what: good[:at] + what + good[at:], places, st.sampled_from(["%00", "%0a", "%2f", "//", ";"])
        ),
        st.builds(
            lambda what: good + what, st.sampled_from(["/", "%00", "%00.mov", "/..", "#a", ";a", "%0d%0a", "%20"])
        ),
        st.builds(lambda what: what + good, st.sampled_from(["/.", "/x/..", "/", "http://a", "//a", "x", "%2f.."])),
    ).filter(lambda path: path.partition("?")[0] != good and all("!" <= letter <= "~" for letter in path))


async def test_a_change_anywhere_in_an_address_leads_to_nothing(site: Site) -> None:
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    loop, count = asyncio.get_running_loop(), 0

    def bad(path: str) -> None:
        nonlocal count
        count += 1
        answer = asyncio.run_coroutine_threadsafe(asked(site, "GET", path, []), loop).result()
        assert (answer.status, answer.body) == (404, b"")

    await asyncio.to_thread(drawn(300)(given(mutated(good))(bad)))
    assert count >= 300
    assert (await asked(site, "GET", good, [])).body == CONTENT


async def test_nothing_but_the_bytes_that_are_asked_for_ever_comes(site: Site) -> None:
    """Any method, any path, any headers: an answer is the file, a part of it, or nothing."""
    (site.root / "secret.mov").write_bytes(SECRET)
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    loop = asyncio.get_running_loop()

    def any_request(method: str, target: str, headers: list[tuple[str, str]]) -> None:
        answer = asyncio.run_coroutine_threadsafe(asked(site, method, target, lines(headers)), loop).result()
        assert answer.status in (200, 206, 304, 400, 404, 412, 416)
        assert answer.headers["postflow"] == "origin"
        assert "content-encoding" not in answer.headers
        if target != good or method not in ("GET", "HEAD"):
            assert answer.status in (400, 404)
        if answer.status == 206:
            start, last = map(int, answer.headers["content-range"][6:].partition("/")[0].split("-"))
            assert answer.body == CONTENT[start : last + 1]
        else:
            assert answer.body == (CONTENT if answer.status == 200 and method == "GET" else b"")

    methods = st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PROPFIND", "TRACE"]) | TOKEN
    targets = st.just(good) | TARGET | st.sampled_from(["/secret.mov", "/x/../secret.mov", "/x/%2e%2e/secret.mov"])
    await asyncio.to_thread(drawn(300)(given(methods, targets, HEADERS)(any_request)))


async def test_a_signature_of_one_file_opens_no_other(site: Site) -> None:
    one = path_of(await site.expose(site.write("a.mov", CONTENT))).split("/")
    other = path_of(await site.expose(site.write("b.mov", SECRET))).split("/")
    for place in (2, 5):
        mixed = [*one[:place], other[place], *one[place + 1 :]]
        answer = await asked(site, "GET", "/".join(mixed), [])
        assert (answer.status, answer.body) == (404, b"")


async def test_an_address_cannot_be_made_to_live_longer(site: Site) -> None:
    parts = path_of(await site.expose(site.write("a.mov", CONTENT))).split("/")
    longer = "/".join([*parts[:3], str(int(parts[3]) + 86_400), *parts[4:]])
    assert (await asked(site, "GET", longer, [])).status == 404


async def test_who_asks_for_what_is_over_cannot_fill_the_disk(site: Site) -> None:
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    await site.ended(message)
    await site.settled()
    for _ in range(300):
        assert (await site.http.get(address(exposed))).status_code == 410
    await site.stop()
    refused = [line for line in site.logged() if line["event"] == "refused"]
    singly = [line for line in refused if "count" not in line]
    assert 200 <= len(singly) < 290
    assert sum(line.get("count", 1) for line in refused) == 300


async def test_no_line_of_the_access_log_holds_what_opens_a_file(site: Site) -> None:
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    for header in ("User-Agent", "CF-Ray", "CF-Connecting-IP", "Range", "Referer", "X-Forwarded-For", "If-Match"):
        for said in (good, good.replace("/", "%2F"), f"https://film.example{good}?a=b", good[:-1]):
            await asked(site, "GET", good, [f"{header}: {said}"])
            await asked(site, "GET", good + "A", [f"{header}: {said}"])
    await site.stop()
    written = b"".join(path.read_bytes() for path in log_files(site.root.parent / "fileserver" / "access")).decode()
    _, _, exposure_id, _, _, signature = good.split("/")
    assert written.count("\n") > 50
    assert (signature in written, exposure_id in written) == (False, False)


async def test_one_address_cannot_take_all_the_places(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.live.MOST_REQUESTS", 4)
    greedy = await site.expose(site.write("a.mov", bytes(64 * CHUNK_BYTES)))
    other = await site.expose(site.write("b.mov", CONTENT))
    writers = []
    for _ in range(4):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writers.append(writer)
        writer.write(head(target=path_of(greedy)))
        assert (await reader.readline()).split()[1] == b"200"
    refused = await site.http.get(address(greedy), headers={"Range": "bytes=0-9"})
    assert (refused.status_code, refused.content, refused.headers["retry-after"]) == (429, b"", "5")
    assert (await site.http.get(address(other))).content == CONTENT
    for writer in writers:
        writer.transport.abort()

    async def is_let_in() -> bool:
        return (await site.http.get(address(greedy), headers={"Range": "bytes=0-9"})).status_code == 206

    await until(is_let_in)
    await site.stop()
    assert any(line.get("status") == 429 and line["event"] == "refused" for line in site.logged())


async def test_a_head_and_what_is_known_already_read_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    exposed = await site.expose(site.write("a.mov", CONTENT))
    etag = (await site.http.head(address(exposed))).headers["etag"]
    reads: list[str] = []

    def count(call: str) -> None:
        known = getattr(os, call)

        def counted(*given: object) -> object:
            reads.append(call)
            return known(*given)

        monkeypatch.setattr(os, call, counted)

    for call in ("pread", "preadv", "sendfile"):
        count(call)
    told = [
        (await site.http.head(address(exposed))).status_code,
        (await site.http.get(address(exposed), headers={"If-None-Match": etag})).status_code,
        (await site.http.get(address(exposed), headers={"If-Match": '"other"'})).status_code,
        (await site.http.get(address(exposed), headers={"Range": "bytes=99999999-"})).status_code,
    ]
    assert (told, reads) == ([200, 304, 412, 416], [])
    assert (await site.http.get(address(exposed), headers={"If-Match": etag})).content == CONTENT
    assert reads, "else nobody has counted"


async def test_no_coding_is_put_upon_a_film(site: Site) -> None:
    exposed = await site.expose(site.write("a.txt", b"a" * 100_000))
    answer = await site.http.get(address(exposed), headers={"Accept-Encoding": "gzip, br, zstd, deflate;q=1"})
    assert "content-encoding" not in answer.headers
    assert "transfer-encoding" not in answer.headers
    assert (answer.headers["content-length"], answer.content) == ("100000", b"a" * 100_000)
