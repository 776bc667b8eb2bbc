"""Edge: reads what Frame.io answers, of which nothing can be relied on when it is an error."""

from math import isfinite
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from postflow.logs import without_secrets
from uploader.frameio.errors import FrameioUnavailable, OutcomeUnknown

Json = dict[str, Any]
M = TypeVar("M", bound=BaseModel)


def body(response: httpx.Response, call: str, writes: bool) -> Json:
    if response.status_code == 204:
        return {"data": None}
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or "data" not in answer:
        said = f"Frame.io answered {call} with something that is not its JSON"
        raise (OutcomeUnknown(said) if writes else FrameioUnavailable(said)) from None
    return answer


def read(kind: type[M], told: object, call: str, *, writes: bool = False) -> M:
    """Raises FrameioUnavailable, or OutcomeUnknown for a call that writes."""
    try:
        return kind.model_validate(told)
    except ValidationError:
        said = f"Frame.io's answer to {call} is of another shape than its documents say"
        raise (OutcomeUnknown(said) if writes else FrameioUnavailable(said)) from None


def cursor(following: str, call: str) -> str:
    """Where the next page begins, by the link to it. Raises FrameioUnavailable."""
    try:
        return httpx.URL(following).params["after"]
    except (KeyError, httpx.InvalidURL):
        raise FrameioUnavailable(f"Frame.io's answer to {call} names a next page, and not where it begins") from None


def detail(response: httpx.Response) -> str:
    """Frame.io's own words about what is wrong, which may quote what we sent; pages in HTML say nothing to us."""
    if response.is_success:
        return ""
    try:
        errors = response.json()["errors"]
        return without_secrets("; ".join(_one_error(error) for error in errors))[:300]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""


def _one_error(error: Json) -> str:
    where = (error.get("source") or {}).get("pointer")
    return f"{error['detail']} ({where})" if where else str(error["detail"])


def pause_s(headers: httpx.Headers) -> float | None:
    """How long an empty bucket needs for the next call: told, or window over limit, at least a second."""
    try:
        if "retry-after" in headers:
            wait_s = max(float(headers["retry-after"]), 0.0)
        else:
            wait_s = max(float(headers["x-ratelimit-window"]) / 1000 / float(headers["x-ratelimit-limit"]), 1.0)
    except (KeyError, ValueError, ZeroDivisionError):
        return None
    return wait_s if isfinite(wait_s) else None
