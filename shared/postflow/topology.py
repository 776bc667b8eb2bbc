"""Pure: the stream, who reads it, and the buckets, as data. `postflow.provision` makes them so."""

from dataclasses import dataclass

OLDEST_SERVER = (2, 12)
"""The first nats-server with scheduled messages."""

STREAM = "POSTFLOW"
STREAM_SUBJECTS = (
    "postflow.file.>",
    "postflow.condition.>",
    "postflow.parked.>",
    "postflow.later.>",
    "postflow.again.>",
)


@dataclass(frozen=True, slots=True)
class Durable:
    """One reader of the stream, shared by every replica of its service.

    Attributes:
        reads: subjects, besides the retries scheduled for it alone.
        carries: a file whose message is parked here will not be delivered, so `failed` is published with it.
        long_running: its handler may take hours, so its stages hang from the file's root span directly: a
            span that is open for hours is lost with its process.
        ack_wait_s: how long a dead reader's message rests before another gets it. A live one says so three times
            within it; if NATS was away for longer, both have it, and the claims decide.
    """

    name: str
    reads: tuple[str, ...]
    carries: bool = False
    long_running: bool = False
    ack_wait_s: float = 30.0

    @property
    def filter_subjects(self) -> tuple[str, ...]:
        return (*self.reads, f"postflow.again.{self.name}.*")


_ENDINGS = ("postflow.file.delivered.*", "postflow.file.superseded.*", "postflow.file.failed.*")

DURABLES = {
    durable.name: durable
    for durable in (
        Durable(
            "fileserver-expose-small",
            ("postflow.file.ready.small.*", "postflow.file.stale.small.*"),
            carries=True,
        ),
        Durable(
            "fileserver-expose-large",
            ("postflow.file.ready.large.*", "postflow.file.stale.large.*"),
            carries=True,
        ),
        Durable("fileserver-revoke", (*_ENDINGS, "postflow.file.stale.*.*")),
        Durable("uploader", ("postflow.file.exposed.*",), carries=True, long_running=True),
        Durable("watcher", _ENDINGS),
        Durable(
            "notifier",
            (
                *_ENDINGS,
                "postflow.file.playable.*",
                "postflow.file.waiting.*",
                "postflow.file.rejected.*",
                "postflow.condition.*.*",
                "postflow.parked.*.*",
            ),
        ),
    )
}

BUCKETS = ("exposures", "deliveries", "assets", "folders", "budget", "posts", "switches", "tokens", "cursors")
"""Key-value buckets; only one service writes each."""


def later_subject(durable: str, sequence: int) -> str:
    return f"postflow.later.{durable}.{sequence}"


def again_subject(durable: str, sequence: int) -> str:
    return f"postflow.again.{durable}.{sequence}"
