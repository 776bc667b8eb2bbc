"""Pure: what `make up` starts, from the values of `.env`: which processes, with which settings, at which addresses.

Only addresses are translated: what compose.yaml reaches by a container's name or finds in a container's folder is on
this machine, in the folders that compose.yaml binds there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import urlsplit, urlunsplit

from onehost import layout
from onehost.layout import HOST
from postflow.addresses import nats_url

CONTAINERS = ("nats", "jaeger", "cloudflared", "ngrok", "fileserver")

DEFAULTS = {
    "VOLUME_ROOT": "/mnt/lucidlink",
    "LOG_FORMAT": "console",
    "HEALTH_HOST": HOST,
    "NATS_MAX_FILE_STORE": "10G",
}
"""Where compose.yaml, or a person at a terminal, wants another default than the services have."""

DATA_FOLDERS = {"WATCHER_DATA": "watcher", "FILESERVER_DATA": "fileserver"}
"""What a container has at /data, and where that is here."""

FIRST_HEALTH_PORT = 8081
NATS_PORT = 4222
PUBLIC_PORT = 8080
TUNNEL_PORT = 2000
NGROK_PORT = 4040

UPLOADERS = 2
MOST_UPLOADERS = 32

CLOUDFLARED = "cloudflared"
NGROK = "ngrok"

NATS_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
"""What nats-server reads from its environment as one word."""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    Attributes:
        home: the folder of `.env`; relative paths begin there.
        data: where PostFlow keeps what it must not forget, and its logs.
    """

    values: Mapping[str, str]
    home: PurePath
    data: PurePath

    @property
    def services(self) -> tuple[str, ...]:
        """By the names of their processes."""
        uploaders = _number(self.values.get("UPLOADERS"), UPLOADERS)
        return layout.services(uploaders if 1 <= uploaders <= MOST_UPLOADERS else UPLOADERS)

    @property
    def nats_port(self) -> int:
        return _port_in(self.values.get("NATS_URL", "").partition(",")[0], NATS_PORT)

    @property
    def nats_max_file_store(self) -> str:
        return self.values.get("NATS_MAX_FILE_STORE", DEFAULTS["NATS_MAX_FILE_STORE"])

    @property
    def public_port(self) -> int:
        return _number(self.values.get("PUBLIC_PORT"), PUBLIC_PORT)

    @property
    def tunnel_port(self) -> int:
        return _port_in(self.values.get("TUNNEL_API", ""), TUNNEL_PORT)

    @property
    def health_ports(self) -> dict[str, int]:
        """One after the other, in the order of the services."""
        first = _number(self.values.get("HEALTH_PORT"), FIRST_HEALTH_PORT)
        return {service: first + number for number, service in enumerate(self.services)}

    @property
    def has_tunnel(self) -> bool:
        """Whether cloudflared is ours to start: somebody else's is asked at TUNNEL_API."""
        return self.values.get("TUNNEL", CLOUDFLARED) == CLOUDFLARED and _is_here(self.values.get("TUNNEL_API"))

    @property
    def is_ngroks(self) -> bool:
        """Its agent is started by whoever has its token, on this machine."""
        return self.values.get("TUNNEL") == NGROK

    @property
    def is_named_tunnel(self) -> bool:
        return bool(self.values.get("PUBLIC_URL"))

    @property
    def tunnel_token(self) -> PurePath:
        return self.home / self.values.get("TUNNEL_TOKEN_FILE", "./secrets/tunnel_token")

    def environment(self, process: str, nats_password: str) -> dict[str, str]:
        """What a service, provision or the console is given beside what it inherits."""
        own = {name: self._translated(name, value, process) for name, value in (DEFAULTS | dict(self.values)).items()}
        own.pop("NATS_PASSWORD_FILE", None)
        return (
            own
            | self.login(nats_password)
            | {
                "NATS_URL": f"nats://{HOST}:{self.nats_port}",
                "POSTFLOW_CONFIG": own.get("POSTFLOW_CONFIG") or str(self._config / "postflow.toml"),
                **{name: own.get(name, str(self.data / folder)) for name, folder in DATA_FOLDERS.items()},
                "PUBLIC_HOST": own.get("PUBLIC_HOST", HOST if self.has_tunnel or self.is_ngroks else "0.0.0.0"),
                "INTERNAL_URL": own.get("INTERNAL_URL", f"http://{HOST}:{self.public_port or PUBLIC_PORT}"),
                "TUNNEL_API": own.get("TUNNEL_API", f"http://{HOST}:{NGROK_PORT if self.is_ngroks else TUNNEL_PORT}"),
                "HEALTH_PORT": str(self.health_ports.get(process, 0)),
                "PYTHONUNBUFFERED": "1",
            }
        )

    def login(self, nats_password: str) -> dict[str, str]:
        """For the broker and for whoever connects to it."""
        return {"NATS_USER": self.values.get("NATS_USER", "postflow"), "NATS_PASSWORD": nats_password}

    @property
    def nats_password_file(self) -> PurePath | None:
        file = self.values.get("NATS_PASSWORD_FILE")
        return self.home / self._translated("NATS_PASSWORD_FILE", file, "provision") if file else None

    def tunnel_environment(self) -> dict[str, str]:
        """Of cloudflared. Its home is ours: rules in somebody's ~/.cloudflared would win over TUNNEL_URL."""
        own = {
            "HOME": str(self.data / CLOUDFLARED),
            "NO_AUTOUPDATE": "true",
            "TUNNEL_METRICS": f"{HOST}:{self.tunnel_port}",
            "TUNNEL_TRANSPORT_PROTOCOL": self.values.get("TUNNEL_TRANSPORT_PROTOCOL", "http2"),
            "TUNNEL_EDGE_IP_VERSION": self.values.get("TUNNEL_EDGE_IP_VERSION", "4"),
            "TUNNEL_LOGLEVEL": self.values.get("TUNNEL_LOGLEVEL", "info"),
            "TUNNEL_GRACE_PERIOD": "20s",
        }
        if self.is_named_tunnel:
            return own | {"TUNNEL_TOKEN_FILE": str(self.tunnel_token)}
        return own | {"TUNNEL_URL": f"http://{HOST}:{self.public_port}"}

    def tunnel_arguments(self) -> tuple[str, ...]:
        return ("tunnel", "run") if self.is_named_tunnel else ("tunnel",)

    def problems(self) -> list[str]:
        """What is wrong with the values that only this plan reads."""
        wrong = [
            f"{name}: must be a port from 1 to 65535"
            for name in ("HEALTH_PORT", "PUBLIC_PORT")
            if not 1 <= _number(self.values.get(name), 1) <= 65535
        ]
        if not 1 <= _number(self.values.get("UPLOADERS"), 1) <= MOST_UPLOADERS:
            wrong.append(f"UPLOADERS: must be a number from 1 to {MOST_UPLOADERS}")
        try:
            nats_url(self.values.get("NATS_URL", f"nats://{HOST}"))
        except ValueError as error:
            wrong.append(f"NATS_URL: {error}")
        password = self.values.get("NATS_PASSWORD")
        if password and not NATS_PASSWORD.fullmatch(password):
            wrong.append("NATS_PASSWORD: must begin with a letter and have letters and digits only")
        return wrong

    @property
    def _config(self) -> PurePath:
        return self.home / self.values.get("CONFIG_FOLDER", "./config")

    def _translated(self, name: str, value: str, process: str) -> str:
        if name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "TUNNEL_API", "INTERNAL_URL"):
            return here(value)
        if name == "POSTFLOW_CONFIG" and value.startswith("/etc/postflow/"):
            return str(self._config / value.removeprefix("/etc/postflow/"))
        if name in DATA_FOLDERS and value == "/data":
            return str(self.data / DATA_FOLDERS[name])
        if name.endswith("_FILE") and value.startswith("/run/secrets/"):
            secrets = self.home / self.values.get("SECRETS_FOLDER", "./secrets")
            return str(secrets / process.partition("-")[0] / value.removeprefix("/run/secrets/"))
        return value


def here(address: str) -> str:
    """The same address on this machine, when it names a container."""
    try:
        parts = urlsplit(address)
        if parts.hostname not in CONTAINERS:
            return address
        return urlunsplit(parts._replace(netloc=HOST + (f":{parts.port}" if parts.port else "")))
    except ValueError:
        return address  # the service that reads it says what is wrong


def _is_here(address: str | None) -> bool:
    try:
        return address is None or urlsplit(here(address)).hostname in (HOST, "localhost")
    except ValueError:
        return False


def _port_in(address: str, otherwise: int) -> int:
    try:
        return urlsplit(address).port or otherwise
    except ValueError:
        return otherwise


def _number(text: str | None, otherwise: int) -> int:
    """0, which is no port that could be told to anybody, for what is no number."""
    if not text:
        return otherwise
    return int(text) if re.fullmatch(r"\d{1,6}", text) else 0
