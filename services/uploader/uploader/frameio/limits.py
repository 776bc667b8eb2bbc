"""Pure: Frame.io's documented limits, and when the next call to an endpoint may go out.

Each endpoint has a leaky bucket of its own, counted per user. We send at a share of the documented rate, after a
small burst. Source: Frame.io V4 reference, rate limits of each endpoint (read 2026-11).
"""

from enum import Enum

BURST_SHARE = 0.4
LEAST_BURST = 2
"""After a pause, two fifths of the bucket may go out at once: calls arrive less evenly than they leave."""

MOST_AHEAD_S = 600.0
"""No queue and no pause is longer: an endpoint that is free later than this was set by a clock that is wrong."""


class Endpoint(Enum):
    """An endpoint with a bucket of its own: calls allowed, and in how many seconds."""

    REMOTE_UPLOAD = ("remote_upload", 5, 1.0)
    FILES_OF_FOLDER = ("files_of_folder", 5, 1.0)
    FOLDERS_OF_FOLDER = ("folders_of_folder", 5, 1.0)
    CREATE_FOLDER = ("create_folder", 3, 1.0)
    FILE = ("file", 10, 1.0)
    FILE_STATUS = ("file_status", 5, 1.0)
    DELETE_FILE = ("delete_file", 100, 60.0)
    COMMENTS_OF_FILE = ("comments_of_file", 100, 60.0)
    DISCOVERY = ("discovery", 100, 60.0)

    def __init__(self, label: str, calls: int, window_s: float) -> None:
        self.label = label
        self.interval_s = window_s / calls
        self.burst = max(LEAST_BURST, int(calls * BURST_SHARE))


def after_turn(free_at: float, now: float, endpoint: Endpoint, share: float) -> float:
    """When the call goes out that is granted next. It is also the `free_at` of the one after it.

    Args:
        free_at: what this said for the call before; 0 for the first. Unix seconds, like `now`.
        share: of the documented limit that we use, above 0 and at most 1.
    """
    interval_s = endpoint.interval_s / share
    return max(_believed(free_at, now), now - endpoint.burst * interval_s) + interval_s


def after_pause(free_at: float, now: float, pause_s: float) -> float:
    """The same after Frame.io has said that the bucket is empty, and for how long."""
    return max(_believed(free_at, now), now + min(pause_s, MOST_AHEAD_S))


def _believed(free_at: float, now: float) -> float:
    return free_at if free_at <= now + MOST_AHEAD_S else now
