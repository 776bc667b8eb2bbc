"""A service that is not ready says why."""

import httpx

from onehost.readiness import NotReady, unready

WELL = {"ok": True, "detail": "connected", "what_to_do": ""}
ILL = {"ok": False, "detail": "the volume is empty", "what_to_do": "Mount it."}


def _answer(request: httpx.Request) -> httpx.Response:
    match request.url.host:
        case "well":
            return httpx.Response(200, json={"ready": True, "checks": {"nats": WELL}})
        case "ill":
            return httpx.Response(503, json={"ready": False, "checks": {"nats": WELL, "volume": ILL}})
        case "odd":
            return httpx.Response(502, text="<html>")
        case _:
            raise httpx.ConnectError("refused")


async def test_names_the_checks_that_fail_and_what_to_do() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(_answer)) as client:
        urls = {name: f"http://{name}" for name in ("well", "ill", "odd", "away")}
        assert await unready(client, urls) == {
            "ill": "volume: the volume is empty (Mount it.)",
            "odd": "it does not answer yet",
            "away": "it does not answer yet",
        }


def test_has_a_line_for_each_service() -> None:
    text = str(NotReady({"watcher": "volume: it is empty", "notifier": "it does not answer yet"}))
    assert text == "watcher is not ready: volume: it is empty\nnotifier is not ready: it does not answer yet"
