"""Every variable with a wrong value: one line that names it and says what it must be, all of a service's at once."""

import importlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from postflow.errors import SettingsError
from postflow.settings import ServiceSettings, load
from postflow.tracing import CHECKED

WEB_APP = {
    "FRAMEIO_CLIENT_ID": "client",
    "FRAMEIO_CLIENT_SECRET": "hush",
    "FRAMEIO_REDIRECT_URI": "https://localhost:8443/callback",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
}
SOUND: dict[str, dict[str, str]] = {"watcher": {}, "fileserver": {}, "uploader": WEB_APP, "notifier": {}, "console": {}}

Wrong = dict[str, tuple[str, str]]
"""By variable: a value, and what is said of it; of a secret's file, under the secret's name."""

EVERYWHERE: Wrong = {
    "NATS_URL": (
        "nats:4222",
        "must be addresses like nats://nats:4222, comma-separated for a cluster, not 'nats:4222'",
    ),
    "NATS_PASSWORD_FILE": (
        "/not/there",
        "the file /not/there of NATS_PASSWORD_FILE is not there; put the secret into it",
    ),
    "NATS_MAX_FILE_STORE": ("lots", "must be as in the configuration of nats-server, as 10G, not 'lots'"),
    "LOG_LEVEL": ("LOUD", "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR', not 'LOUD'"),
    "LOG_FORMAT": ("xml", "must be 'json' or 'console', not 'xml'"),
    "HEALTH_PORT": ("65536", "must be less than or equal to 65535, not '65536'"),
}
TRACED: Wrong = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("jaeger", "must be an address like http://jaeger:4318, not 'jaeger'"),
    "OTEL_EXPORTER_OTLP_TIMEOUT": ("soon", "must be a number of seconds above 0, as 2, not 'soon'"),
    "OTEL_BSP_SCHEDULE_DELAY": ("-5", "must be a whole number above 0, or unset, not '-5'"),
}
YEAR = 365 * 86400

OWN: dict[str, Wrong] = {
    "watcher": {
        "VOLUME_CANARY": ("/there", "must be a path below VOLUME_ROOT, without a leading /, not '/there'"),
        "WATCH_QUIET_S": ("-1", "must be greater than or equal to 0, not '-1'"),
        "WATCH_SAMPLES": ("2.5", "must be a valid integer, not '2.5'"),
        "SCAN_HOT_S": ("soon", "must be a valid number, not 'soon'"),
        "SCAN_NAMES_S": ("0", "must be greater than 0, not '0'"),
        "SCAN_FULL_S": ("1e300", f"must be less than or equal to {YEAR}, not '1e300'"),
        "WATCH_EXISTING": ("send", "must be 'ignore' or 'deliver', not 'send'"),
        "LUCIDLINK_API": (
            "127.0.0.1:9778",
            "must be an address like http://127.0.0.1:9778 or unix:///run/lucidlink/api.sock, not '127.0.0.1:9778'",
        ),
        "LUCIDLINK_FILESPACE": (
            "film/studio",
            "must be the name that `lucid list` shows, like film.studio, not 'film/studio'",
        ),
        "LARGE_BYTES": ("large", "must be a number of bytes, as 10GiB or 10737418240, not 'large'"),
    },
    "fileserver": {
        "PUBLIC_PORT": ("http", "must be a valid integer, not 'http'"),
        "INTERNAL_URL": ("fileserver", "must be an address like http://fileserver:8080, not 'fileserver'"),
        "TUNNEL": ("frp", "must be 'cloudflared', 'ngrok' or 'none', not 'frp'"),
        "PUBLIC_URL": ("film.example", "must be an address like https://film.example.com, not 'film.example'"),
        "TUNNEL_API": ("cloudflared", "must be an address like http://cloudflared:2000, not 'cloudflared'"),
        "TUNNEL_START_S": ("0", "must be greater than 0, not '0'"),
        "TUNNEL_SETTLE_S": ("inf", "must be a finite number, not 'inf'"),
        "SIGNING_KEYS": ("k1", "key 1 is not id:base64, with an id of 1 to 32 letters, digits, - or _"),
        "SIGNING_KEYS_FILE": (
            "/",
            "the file / of SIGNING_KEYS_FILE is no text that can be read; put the secret into it, and nothing else",
        ),
        "SECRET_KEY": ("hush", "must have at least 32 characters; make one with `openssl rand -hex 32`"),
        "SECRET_KEY_FILE": (
            "/not/there",
            "the file /not/there of SECRET_KEY_FILE is not there; put the secret into it",
        ),
        "URL_LIFETIME_S": ("1000000000", f"must be less than or equal to {YEAR}, not '1000000000'"),
        "ACCESS_LOG_DAYS": ("-1", "must be greater than or equal to 0, not '-1'"),
        "CORS_ORIGIN": (
            "https://review.example.com/film",
            "must be one origin, like https://review.example.com, without a path, not 'https://review.example.com/film'",
        ),
        "UPLOADS_IN_FLIGHT": ("0", "must be greater than or equal to 1, not '0'"),
        "LARGE_IN_FLIGHT": ("many", "must be a valid integer, not 'many'"),
    },
    "uploader": {
        "FRAMEIO_API": ("api.frame.io", "must be an address like https://api.frame.io, not 'api.frame.io'"),
        "FRAMEIO_AUTH": ("password", "must be 'web_app', 'server_to_server' or 'token', not 'password'"),
        "FRAMEIO_TOKEN": (
            "two words",
            "must be the token alone, as it was shown: without a space, a line's end or an accent",
        ),
        "FRAMEIO_TOKEN_FILE": (
            "/not/there",
            "the file /not/there of FRAMEIO_TOKEN_FILE is not there; put the secret into it",
        ),
        "FRAMEIO_CLIENT_ID": (
            "",
            "is required with FRAMEIO_AUTH=web_app; the client id of the application in the Adobe Developer Console",
        ),
        "FRAMEIO_CLIENT_SECRET": (
            "",
            "is required with FRAMEIO_AUTH=web_app; FRAMEIO_CLIENT_SECRET_FILE may name a file with it",
        ),
        "FRAMEIO_CLIENT_SECRET_FILE": (
            "/not/there",
            "the file /not/there of FRAMEIO_CLIENT_SECRET_FILE is not there; put the secret into it",
        ),
        "FRAMEIO_REDIRECT_URI": (
            "http://localhost",
            "must be an https address without ? or #, like https://localhost:8443/callback, not 'http://localhost'",
        ),
        "IMS_URL": ("adobe", "must be an address like https://ims-na1.adobelogin.com, not 'adobe'"),
        "SECRET_KEY": ("hush", "must have at least 32 characters; make one with `openssl rand -hex 32`"),
        "SECRET_KEY_FILE": (
            "/not/there",
            "the file /not/there of SECRET_KEY_FILE is not there; put the secret into it",
        ),
        "FRAMEIO_PACE": ("2", "must be less than or equal to 1, not '2'"),
        "TRANSPORT": ("pigeon", "must be 'pull', 'push' or 'auto', not 'pigeon'"),
        "UPLOADS_PER_REPLICA": ("101", "must be less than or equal to 100, not '101'"),
    },
    "notifier": {
        "DISCORD_WEBHOOK_URL": (
            "https://discord.com/channels/1/2",
            "must be a webhook's address, as Discord's `Copy Webhook URL` gives it: https://discord.com/api/webhooks/…",
        ),
        "DISCORD_WEBHOOK_URL_FILE": (
            "/not/there",
            "the file /not/there of DISCORD_WEBHOOK_URL_FILE is not there; put the secret into it",
        ),
        "JAEGER_URL": ("jaeger:16686", "must be an address like http://studio-server:16686, not 'jaeger:16686'"),
    },
    "console": {},
}

TOLD_LATER = {
    "NATS_USER": "NATS refuses it: it is waited for, and /readyz says so",
    "NATS_PASSWORD": "the same",
    "HEALTH_HOST": "named when nobody can listen there",
    "PUBLIC_HOST": "the same",
    "POSTFLOW_CONFIG": "the watcher reads it before it starts; the notifier warns",
    "VOLUME_ROOT": "the watcher looks at it before it starts; the fileserver waits for it",
    "WATCHER_DATA": "the watcher writes there before it starts",
    "FILESERVER_DATA": "the fileserver writes there before it starts",
    "FILESPACE": "two that differ fail the file with OTHER_FILESPACE",
    "FRAMEIO_ACCOUNT_ID": "/readyz lists those that there are",
}

DECIDES = {"TUNNEL", "FRAMEIO_AUTH", "SIGNING_KEYS"}
"""What these say is what others are judged by: while they are wrong, those are not."""

SERVICES = [service for service in OWN if service != "console"]


def settings(service: str) -> type[ServiceSettings]:
    kind: type[ServiceSettings] = importlib.import_module(f"{service}.settings").Settings
    return kind


def wrong(service: str) -> Wrong:
    return EVERYWHERE | (TRACED if settings(service).is_traced else {}) | OWN[service]


def lines(chosen: Mapping[str, tuple[str, str]]) -> list[str]:
    return sorted(f"{variable.removesuffix('_FILE')}: {said}" for variable, (_, said) in chosen.items())


@pytest.mark.parametrize("service", OWN)
def test_every_variable_is_tried_here_or_told_elsewhere(service: str) -> None:
    fields = settings(service).model_fields
    read = {name.upper() for name in fields}
    read |= {f"{name.upper()}_FILE" for name, field in fields.items() if "SecretStr" in str(field.annotation)}
    assert read - set(TOLD_LATER) == set(wrong(service)) - set(TRACED)


def test_the_variables_of_opentelemetry_are_among_those_that_are_looked_at() -> None:
    assert set(TRACED) <= set(CHECKED)


@pytest.mark.parametrize(
    ("service", "variable"), [(service, variable) for service in OWN for variable in wrong(service)]
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    service: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value, said = wrong(service)[variable]
    for name in os.environ:
        monkeypatch.delenv(name)
    environment = SOUND[service] | ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://jaeger:4318"} if variable in TRACED else {})
    for name, given in (environment | {variable: value}).items():
        if name != variable.removesuffix("_FILE") or name == variable:
            monkeypatch.setenv(name, given)
    with pytest.raises(SettingsError) as caught:
        load(settings(service))
    assert caught.value.problems == (f"{variable.removesuffix('_FILE')}: {said}",)


@pytest.mark.parametrize("service", SERVICES)
def test_all_of_them_are_said_at_once_and_nothing_starts(service: str, tmp_path: Path) -> None:
    files = {variable for variable in wrong(service) if variable.endswith("_FILE")}
    chosen = {
        variable: told
        for variable, told in wrong(service).items()
        if variable not in DECIDES and variable not in {file.removesuffix("_FILE") for file in files}
    }
    named = {"POSTFLOW_CONFIG": "no.toml", "VOLUME_ROOT": "volume", "WATCHER_DATA": "closed"}
    (tmp_path / "closed").touch()
    environment = {name: str(tmp_path / path) for name, path in named.items()}
    environment |= {variable: value for variable, (value, _) in chosen.items()}
    ended = subprocess.run(
        [sys.executable, "-P", "-m", service],
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    expected = lines(chosen)
    if service == "watcher":
        uid = os.getuid()
        expected += [
            f"POSTFLOW_CONFIG: there is no file {tmp_path}/no.toml; write one after postflow.example.toml, or set "
            "POSTFLOW_CONFIG to where it is",
            f"VOLUME_ROOT: there is no folder {tmp_path}/volume; mount the filespace, or set VOLUME_ROOT to where it "
            "is (for a container, in VOLUME_PARENT)",
            f"WATCHER_DATA: {tmp_path}/closed is not writable by uid {uid}: File exists; give the folder to uid {uid}",
        ]
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines() == expected
    assert "hush" not in ended.stderr
