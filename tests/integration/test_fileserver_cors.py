"""What a browser is told: nothing, unless one origin may read."""

import os

from tests.integration.fileserver_site import Site, address

ORIGIN = "https://review.example.com"
ASKS = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}


async def test_no_browser_may_read_by_default(site: Site) -> None:
    await site.start()
    exposed = await site.expose(site.write("a.mov", os.urandom(1000)))
    asked = await site.http.options(address(exposed), headers=ASKS)
    got = await site.http.get(address(exposed), headers={"Origin": ORIGIN})
    assert (asked.status_code, asked.content, got.status_code) == (404, b"", 200)
    assert [name for answer in (asked, got) for name in answer.headers if name.startswith("access-control")] == []


async def test_one_origin_may_read_if_that_is_set(site: Site) -> None:
    site.settings["cors_origin"] = ORIGIN
    await site.start()
    exposed = await site.expose(site.write("a.mov", os.urandom(1000)))
    asked = await site.http.options(address(exposed), headers=ASKS)
    got = await site.http.get(address(exposed), headers={"Origin": ORIGIN, "Range": "bytes=0-9"})
    assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (204, "GET, HEAD")
    assert asked.headers["access-control-allow-headers"] == "Range, If-Range"
    assert {answer.headers["access-control-allow-origin"] for answer in (asked, got)} == {ORIGIN}
    assert (got.status_code, "Content-Range" in got.headers["access-control-expose-headers"]) == (206, True)


async def test_options_tells_a_stranger_nothing(site: Site) -> None:
    site.settings["cors_origin"] = ORIGIN
    await site.start()
    exposed = await site.expose(site.write("a.mov", os.urandom(1000)))
    assert (await site.http.options(address(exposed) + "A", headers=ASKS)).status_code == 404
    assert (await site.http.options(f"http://127.0.0.1:{site.port}/", headers=ASKS)).status_code == 404
