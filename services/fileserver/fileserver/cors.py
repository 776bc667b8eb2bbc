"""Pure: what a browser is told about reading here: nothing, unless one origin is set (docs/adr/0008-no-cors.md)."""

from fileserver.replies import ALWAYS, Headers, Reply

NO_CONTENT = 204
METHODS = ("GET", "HEAD")


def on_every_answer(origin: str) -> Headers:
    """Args:
    origin: empty for none.
    """
    if not origin:
        return ()
    exposed = "Accept-Ranges, Content-Length, Content-Range, ETag, Last-Modified"
    return (("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", exposed), ("Vary", "Origin"))


def preflight() -> Reply:
    """What OPTIONS gets, besides what every answer has."""
    allowed = (
        ("Access-Control-Allow-Methods", ", ".join(METHODS)),
        ("Access-Control-Allow-Headers", "Range, If-Range"),
        ("Access-Control-Max-Age", "600"),
    )
    return Reply(NO_CONTENT, (*ALWAYS, *allowed))
