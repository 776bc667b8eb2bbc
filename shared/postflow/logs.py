"""Edge: one line for each thing that happened, on standard output, as JSON or for people."""

import logging
import re
import sys
from typing import Any, cast

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from postflow.printable import printable

_SLASH = r"(?:/|%(?:25)*2[Ff])"
_SECRETS = (
    (
        re.compile(_SLASH.join((r"(", r"x", r")[A-Za-z0-9_-]+", r"\d+", r"[A-Za-z0-9_-]+", r"[A-Za-z0-9_-]+"))),
        r"\1[signed]",
    ),
    (re.compile(r"(/webhooks/\d+/)[A-Za-z0-9_-]+"), r"\1[secret]"),
    (re.compile(r"(?i)(bearer\s+)[A-Za-z0-9._~+/-]+=*"), r"\1[secret]"),
    (re.compile(r"(://)[^/\s]+@"), r"\1[secret]@"),
    # A password may hold a slash: an address of NATS has no path, and in any other what is no port is a password.
    (re.compile(r"((?:nats|tls)://)(?:(?!,(?:nats|tls)://)\S)+@"), r"\1[secret]@"),
    (re.compile(r"(://)[^/\s@:]*:(?!\d{1,5}(?:/|$))\S+@"), r"\1[secret]@"),
)


def configure(service: str, *, level: str, form: str) -> None:
    """Send everything, our lines and those of libraries, through one chain that leaves no secret in."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        _traced,
        structlog.processors.format_exc_info,
        _without_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderers: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if form == "json"
        else [_printable, structlog.dev.ConsoleRenderer(colors=False)]
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for talkative in ("httpx", "httpcore", "nats", "uvicorn", "watchfiles"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    logging.getLogger("opentelemetry.util.re").setLevel(logging.CRITICAL)  # it quotes headers, and in them passwords


def get_logger(name: str) -> FilteringBoundLogger:
    return cast(FilteringBoundLogger, structlog.stdlib.get_logger(name))


def without_secrets(text: str) -> str:
    """Signed addresses, webhook tokens, bearer tokens and what signs in by an address, taken out of a text."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _without_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: value if key == "_record" else _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    """A value that is no text would become one when the line is written, with all that is in it."""
    match value:
        case None | bool() | int() | float():
            return value
        case BaseException():
            return without_secrets(f"{type(value).__name__}: {value}")
        case dict():
            return {_clean(key): _clean(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(inner) for inner in value]
        case _:
            return without_secrets(str(value))


def _printable(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """JSON escapes by itself what is of strangers' choosing, and repr whatever is no text."""
    return {
        key: printable(value, "\n" if key == "exception" else "") if isinstance(value, str) else value
        for key, value in event.items()
    }


def _named(service: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _traced(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event
