"""Requests that two readers could understand differently, and what is no HTTP: nothing of a film comes by them, no
answer has a text of its own, and each has its line.
"""

import asyncio
import os

import pytest

from fileserver.readers import CHUNK_BYTES
from tests.integration.fileserver_raw import all_that_comes, answers, head, path_of
from tests.integration.fileserver_site import Site

CONTENT = os.urandom(CHUNK_BYTES + 17)
CLOSE = "Connection: close"
EVIL = "GET /x/evil HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
async def _started(site: Site) -> None:
    await site.start()


NO_HTTP = {
    "http 0.9": b"GET /\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\r\n\r\n",
    "nothing said": b"\r\n\r\n\r\nhello\r\n\r\n",
    "a space before the colon": head("Content-Length : 5", CLOSE),
    "a folded first header": b"GET / HTTP/1.1\r\n folded: 1\r\nHost: a\r\n\r\n",
    "a return alone": b"GET / HTTP/1.1\rHost: a\r\r\n\r\n",
    "a return in a header": head("X: a\rb"),
    "a NUL in a header": head("X: a\0b"),
    "a NUL in the path": b"GET /x/\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes above ASCII in the path": b"GET /x/\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    "a space in the path": b"GET /x /y HTTP/1.1\r\nHost: a\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": head("Host: other"),
    "two lengths": head("Content-Length: 0", "Content-Length: 5"),
    "two lengths in one": head("Content-Length: 0, 5"),
    "a length below nothing": head("Content-Length: -1"),
    "a length with a sign": head("Content-Length: +5"),
    "a length in hex": head("Content-Length: 0x5"),
    "a length of very many digits": head("Content-Length: " + "9" * 5000),
    "an unknown coding": head("Transfer-Encoding: gzip, chunked"),
    "a coding in disguise": head("Transfer-Encoding: xchunked"),
    "two codings": head("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    "a header that never ends": b"GET / HTTP/1.1\r\nX: " + b"a" * 30_000,
    "very many headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: a\r\n" % number for number in range(4000)),
    "a method that never ends": b"G" * 30_000,
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
async def test_what_is_no_http_is_refused_without_a_word_and_has_its_line(site: Site, sent: bytes) -> None:
    came = await all_that_comes(site, sent)
    (answer,) = answers(came)
    assert (answer.status, answer.body, answer.headers["postflow"]) == (400, b"", "origin")
    await site.stop()
    (line,) = [line for line in site.logged() if line.get("status") == 400]
    assert (line["event"], line["peer"], line["bytes_sent"]) == ("strange", "127.0.0.1", 0)


async def test_what_was_sent_behind_a_request_of_two_lengths_is_never_a_request_of_its_own(site: Site) -> None:
    """The chunked coding wins over a length, here as in RFC 9112, 6.3; what differs from it ends the connection."""
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    inner = f"GET {good} HTTP/1.1\r\nHost: a\r\n\r\n"
    te_cl = head("Transfer-Encoding: chunked", "Content-Length: 4", method="POST") + (
        f"{len(inner):x}\r\n{inner}\r\n0\r\n\r\n".encode()
    )
    cl_te = head(f"Content-Length: {5 + len(inner)}", "Transfer-Encoding: chunked", method="POST") + (
        b"0\r\n\r\n" + inner.encode()
    )
    by_length = head(f"Content-Length: {len(inner)}", method="POST") + inner.encode()
    for sent, most in ((te_cl, 1), (by_length, 1)):
        found = answers(await all_that_comes(site, sent, head(CLOSE, target="/last")))
        assert [answer.status for answer in found] == [404] * (most + 1)
    # Whoever goes by the length takes the film's request for a body; we do not, and it is served as what it is: signed.
    found = answers(await all_that_comes(site, cl_te, head(CLOSE, target="/last")))
    assert [answer.status for answer in found] in ([404, 200, 404], [400])


@pytest.mark.parametrize("coding", ["chunked", "Chunked"])
async def test_a_body_of_a_get_is_read_and_ignored(site: Site, coding: str) -> None:
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    body = f"{len(EVIL):x}\r\n{EVIL}\r\n0\r\n\r\n".encode()
    sent = head(f"Transfer-Encoding: {coding}", target=good) + body + head(CLOSE, target="/last")
    assert [(answer.status, len(answer.body)) for answer in answers(await all_that_comes(site, sent))] == [
        (200, len(CONTENT)),
        (404, 0),
    ]


async def test_a_broken_body_ends_the_connection_and_is_no_defect(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    good = path_of(await site.expose(site.write("a.mov", bytes(64 * CHUNK_BYTES))))
    with caplog.at_level("DEBUG"):
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(head("Transfer-Encoding: chunked", target=good))
            await reader.readexactly(1000)
            writer.write(b"zz\r\nno chunk\r\n")
            came = 1000
            try:
                async with asyncio.timeout(10):
                    while chunk := await reader.read(1 << 20):
                        came += len(chunk)
            except ConnectionError:
                pass
            writer.close()
            assert came < 64 * CHUNK_BYTES
    assert [record.getMessage() for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []
    assert (await site.http.head(f"http://127.0.0.1:{site.port}{good}")).status_code == 200


async def test_headers_that_ask_for_another_protocol_change_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    settings = "HTTP2-Settings: AAMAAABkAAQAAP__"
    with caplog.at_level("WARNING"):
        for lines in (
            ["Upgrade: h2c", settings, "Connection: Upgrade, HTTP2-Settings"],
            ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: YQ==", "Sec-WebSocket-Version: 13"],
            ["Upgrade: TLS/1.0", "Connection: Upgrade"],
        ):
            sent = head(*lines, target=good) + head(CLOSE, target="/last")
            statuses = [answer.status for answer in answers(await all_that_comes(site, sent))]
            assert statuses == [200, 404]
    assert not caplog.records, "whoever asks could fill the log"


@pytest.mark.parametrize("version", ["0.9", "1.2", "2.0", "3.0"])
async def test_another_version_of_http_is_answered_as_1_1_or_not_at_all(site: Site, version: str) -> None:
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    came = await all_that_comes(site, f"GET {good} HTTP/{version}\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    (answer,) = answers(came)
    assert (answer.status, answer.body) in ((200, CONTENT), (400, b""))
    preface = answers(await all_that_comes(site, f"PRI * HTTP/{version}\r\n\r\nSM\r\n\r\n".encode()))
    assert {answer.status for answer in preface} <= {400, 404}
    assert {answer.body for answer in preface} == {b""}


async def test_connect_leads_nowhere(site: Site) -> None:
    for target in ("film.example:443", "127.0.0.1:22", "/x/a"):
        (answer,) = answers(await all_that_comes(site, head(CLOSE, method="CONNECT", target=target)))
        assert (answer.status, answer.body) == (404, b"")


async def test_who_expects_to_be_told_to_go_on_gets_an_answer_and_no_invitation(site: Site) -> None:
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    expects = "Expect: 100-continue"
    served = answers(await all_that_comes(site, head(expects, "Content-Length: 0", CLOSE, target=good)))
    assert [(answer.status, answer.body == CONTENT) for answer in served] == [(200, True)]
    posted = answers(await all_that_comes(site, head(expects, "Content-Length: 9999", CLOSE, method="POST")))
    assert [answer.status for answer in posted] == [404]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_bare_line_feeds_end_a_line_and_smuggle_nothing(site: Site, version: str) -> None:
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    sent = f"GET {good} HTTP/{version}\nHost: a\nConnection: close\n\n".encode()
    (answer,) = answers(await all_that_comes(site, sent))
    assert (answer.status, answer.body) in ((200, CONTENT), (400, b""))


async def test_a_header_that_is_folded_counts_as_one(site: Site) -> None:
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    folded = head("Range: bytes=0-9,\r\n 20-29", CLOSE, target=good)
    (answer,) = answers(await all_that_comes(site, folded))
    assert (answer.status, answer.body) in ((200, CONTENT), (400, b""))


async def test_requests_in_a_row_are_answered_in_their_order(site: Site) -> None:
    good = path_of(await site.expose(site.write("a.mov", CONTENT)))
    ranges = [(start, start + 9) for start in range(0, 2000, 10)]
    sent = b"".join(head(f"Range: bytes={first}-{last}", target=good) for first, last in ranges)
    found = answers(await all_that_comes(site, sent + head(CLOSE, target="/last")))
    assert [answer.status for answer in found] == [206] * len(ranges) + [404]
    assert b"".join(answer.body for answer in found) == CONTENT[:2000]
