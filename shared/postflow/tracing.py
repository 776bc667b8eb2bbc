"""Pure: OpenTelemetry's own variables, as far as PostFlow speaks of them: is what they say of any use?

The SDK answers a wrong one by an exception, by a warning that quotes it, or not at all. Sources: OpenTelemetry's
"Environment Variable Specification" and "Protocol Exporter"; of headers, `opentelemetry.util.re` (read 2026-11).
"""

import re
from collections.abc import Callable, Mapping
from math import isfinite

from postflow.addresses import base_url

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

SAMPLERS = {
    f"{parent}{root}" for parent in ("", "parentbased_") for root in ("always_on", "always_off", "traceidratio")
}

_HEADER = re.compile(r"""\s*[A-Za-z0-9!#$%&'*+.^_`|~-]+\s*=[\x20\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*""")


def is_on(environment: Mapping[str, str]) -> bool:
    """Whether spans go anywhere."""
    is_disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return any(environment.get(name) for name in ENDPOINTS) and not is_disabled


def problems(environment: Mapping[str, str]) -> dict[str, str]:
    """By variable, what is wrong with it and what it must be; without tracing, what is not read is not wrong."""
    if not is_on(environment):
        return {}
    found = {}
    for name, check in CHECKED.items():
        value = environment.get(name) or ""
        try:
            if value:
                check(value)
        except ValueError as error:
            is_quoted = "HEADERS" not in name and "@" not in value
            found[name] = f"{error}, not {value!r}" if is_quoted else str(error)
    return found


def _address(text: str) -> None:
    base_url(text, example="http://jaeger:4318")


def _seconds(text: str) -> None:
    if not _is_number(text) or float(text) <= 0:
        raise ValueError("must be a number of seconds above 0, as 2")


def _whole(text: str) -> None:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise ValueError("must be a whole number above 0, or unset")


def _sampler(text: str) -> None:
    if text.strip().lower() not in SAMPLERS:
        raise ValueError(f"must be one of {', '.join(sorted(SAMPLERS))}")


def _share(text: str) -> None:
    if not _is_number(text) or not 0 <= float(text) <= 1:
        raise ValueError("must be a share from 0 to 1, as 0.25")


def _pairs(text: str) -> None:
    if any(pair.strip() and not re.fullmatch(r"\s*[^=\s]+\s*=.*", pair) for pair in text.split(",")):
        raise ValueError("must be name=value, comma-separated")


def _headers(text: str) -> None:
    if any(header.strip() and not _HEADER.fullmatch(header) for header in text.split(",")):
        raise ValueError("must be name=value, comma-separated, with what is special in a value written as %3B")


def _yes_or_no(text: str) -> None:
    if text.strip().lower() not in ("true", "false"):
        raise ValueError("must be true or false")


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


CHECKED: Mapping[str, Callable[[str], None]] = {
    **dict.fromkeys(ENDPOINTS, _address),
    "OTEL_EXPORTER_OTLP_HEADERS": _headers,
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS": _headers,
    "OTEL_EXPORTER_OTLP_TIMEOUT": _seconds,
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": _seconds,
    "OTEL_RESOURCE_ATTRIBUTES": _pairs,
    "OTEL_SDK_DISABLED": _yes_or_no,
    "OTEL_TRACES_SAMPLER": _sampler,
    "OTEL_TRACES_SAMPLER_ARG": _share,
    "OTEL_BSP_SCHEDULE_DELAY": _whole,
    "OTEL_BSP_EXPORT_TIMEOUT": _whole,
    "OTEL_BSP_MAX_QUEUE_SIZE": _whole,
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": _whole,
}
