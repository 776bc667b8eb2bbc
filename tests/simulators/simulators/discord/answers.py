"""Edge: Discord's answers to what it refuses, and those of what stands in front of it."""

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from simulators.discord.refusals import Refused

VIA = {"Via": "1.1 google"}


def refusal(refused: Refused) -> Response:
    return JSONResponse(refused.body(), status_code=refused.status, headers=refused.headers())


class BanPage(PlainTextResponse):
    """Said by Cloudflare in front of Discord: no JSON, no `Via`, no rate headers."""

    def __init__(self) -> None:
        super().__init__("error code: 1015", status_code=429)


def html_page(status: int) -> Response:
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>cloudflare</body></html>"
    return HTMLResponse(page, status_code=status)
