"""Pure: what one host's PostFlow is made of: its processes and addresses, and what each process is started with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

HOST = "127.0.0.1"

SIMULATORS = ("frameio", "discord", "otlp")
NATS = "nats-server"

WEBHOOK = "1100000000000000001/simulated-webhook-token"
"""`<id>/<token>` of the simulated Discord's webhook."""
TOKEN = "simulated-token"
"""What the simulated Frame.io takes for a login."""

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH")
"""What a child may see of our own environment: no setting of PostFlow, no proxy, no secret."""


@dataclass(frozen=True, slots=True)
class Ports:
    """0 takes a free one."""

    nats: int = 0
    public: int = 0
    frameio: int = 0
    discord: int = 0
    otlp: int = 0


@dataclass(frozen=True, slots=True)
class Urls:
    """Base addresses, without a slash at the end. Those of simulators lead nowhere when there are none."""

    nats: str
    public: str
    frameio: str
    discord: str
    otlp: str
    """Takes spans, and answers as Jaeger does."""

    @classmethod
    def of(cls, ports: Ports) -> "Urls":
        return cls(
            nats=f"nats://{HOST}:{ports.nats}",
            public=_http(ports.public),
            frameio=_http(ports.frameio),
            discord=_http(ports.discord),
            otlp=_http(ports.otlp),
        )

    @property
    def webhook(self) -> str:
        return f"{self.discord}/api/webhooks/{WEBHOOK}"


def services(uploaders: int) -> tuple[str, ...]:
    """Every service by the name of its process: `uploader-1` is the first of the uploaders."""
    return ("fileserver", *(f"uploader-{number}" for number in range(1, uploaders + 1)), "notifier", "watcher")


def module(process: str) -> str:
    """What `python -m` is given for a process."""
    if process in SIMULATORS:
        return f"simulators.{process}"
    return "postflow.provision" if process == "provision" else process.partition("-")[0]


def environment(
    inherited: Mapping[str, str],
    urls: Urls,
    ports: Ports,
    *,
    rules: PurePath,
    volume: PurePath,
    data: PurePath,
    simulators: bool,
) -> dict[str, str]:
    """The environment of every service, but for HEALTH_PORT and what the caller adds."""
    own = {
        "NATS_URL": urls.nats,
        "HEALTH_HOST": HOST,
        "POSTFLOW_CONFIG": str(rules),
        "FILESPACE": "local",
        "VOLUME_ROOT": str(volume),
        "WATCHER_DATA": str(data / "watcher"),
        "FILESERVER_DATA": str(data / "fileserver"),
        "PUBLIC_HOST": HOST,
        "PUBLIC_PORT": str(ports.public),
        "PYTHONUNBUFFERED": "1",
    }
    return bare(inherited) | own | (_simulated(urls) if simulators else {})


def bare(inherited: Mapping[str, str]) -> dict[str, str]:
    return {name: inherited[name] for name in _INHERITED if name in inherited}


def _simulated(urls: Urls) -> dict[str, str]:
    return {
        "TUNNEL": "none",
        "PUBLIC_URL": urls.public,
        "FRAMEIO_API": urls.frameio,
        "FRAMEIO_AUTH": "token",
        "FRAMEIO_TOKEN": TOKEN,
        "DISCORD_WEBHOOK_URL": urls.webhook,
        "JAEGER_URL": urls.otlp,
        "OTEL_EXPORTER_OTLP_ENDPOINT": urls.otlp,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }


def _http(port: int) -> str:
    return f"http://{HOST}:{port}"
