"""Edge: what became of a request, for the trace, the metrics and the log that people read."""

from dataclasses import dataclass

from opentelemetry.trace import Span, Status, StatusCode
from prometheus_client import Counter

from fileserver.live import Live
from fileserver.replies import Reply
from fileserver.visit import Visit
from postflow import attributes
from postflow.logs import get_logger

logger = get_logger(__name__)

REQUESTS = Counter("postflow_fileserver_requests_total", "Requests to the signed route", ["method", "status"])


@dataclass(slots=True)
class Outcome:
    """What became of a request.

    Attributes:
        why: why it was refused or cut; empty when all went well.
        is_registered: it stands in the access log already.
    """

    reply: Reply
    sent_bytes: int = 0
    why: str = ""
    is_cut: bool = False
    is_registered: bool = False


def mark(span: Span, outcome: Outcome, live: Live) -> None:
    span.set_attributes(
        {
            "http.response.status_code": outcome.reply.status,
            attributes.RANGE_START: outcome.reply.start,
            attributes.RANGE_BYTES: outcome.reply.length,
            attributes.BYTES_SENT: outcome.sent_bytes,
            attributes.CUT: outcome.is_cut,
            attributes.TAINTED: live.record.tainted,
        }
    )
    if outcome.why:
        span.set_status(Status(StatusCode.ERROR, outcome.why))


def tell(outcome: Outcome, asked: Visit, live: Live | None, elapsed_s: float) -> None:
    """One line for each request. Of addresses that we never signed there may be any number: those are for DEBUG."""
    REQUESTS.labels(asked.method, str(outcome.reply.status)).inc()
    facts: dict[str, object] = {"status": outcome.reply.status, "bytes_sent": outcome.sent_bytes, **asked.facts()}
    facts["elapsed_s"] = round(elapsed_s, 3)
    if live is not None:
        facts |= {"file_id": live.record.file_id, "path": live.record.path, "exposure": live.record.exposure}
    if outcome.is_cut:
        logger.warning("cut", action="request_cut", why=outcome.why, **facts)
    elif outcome.why:
        say = logger.debug if live is None else logger.info
        say("refused", action="request_refused", why=outcome.why, **facts)
    else:
        logger.info("answered", action="request_answered", **facts)
