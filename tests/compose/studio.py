"""Edge: compose.yaml as a studio runs it: a mount of the host, rules in a folder, secrets in files, its own uid."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from onehost import ports
from tests.compose import hardening, standins
from tests.compose.engine import Engine
from tests.compose.project import Project, eventually, health
from tests.compose.report import Report
from tests.compose.shell import Failed, run

ROOT = Path(__file__).resolve().parents[2]
UID = 20007
CANARY = "UNDLM/.canary"
READY = ("nats", "jaeger", "watcher", "fileserver", "notifier")
"""The uploader waits for a Frame.io that is not there, and says so."""
WITH_RELAY = ("compose.yaml", "compose.lucidlink.yaml")


def scene(engine: Engine, folder: Path, report: Report) -> None:
    place = _settled(folder / "studio")
    settings = {
        "VOLUME_PARENT": str(place / "mnt"),
        "VOLUME_ROOT": str(place / "mnt/film"),
        "VOLUME_CANARY": CANARY,
        "CONFIG_FOLDER": str(place / "config"),
        "SECRETS_FOLDER": str(place / "secrets"),
        "SIGNING_KEYS_FILE": "/run/secrets/signing_keys",
        "POSTFLOW_UID": str(UID),
        "POSTFLOW_GID": str(UID),
        "TUNNEL": "none",
        "PUBLIC_URL": "http://fileserver:8080",
        "FRAMEIO_AUTH": "token",
        "FRAMEIO_API": "http://frameio.invalid",
        "FRAMEIO_TOKEN_FILE": "/run/secrets/token",
        "JAEGER_PORT": str(ports.free(1)[0]),
        "NATS_PASSWORD": "Spring2026",
    }
    project = Project(engine, "postflow-test-studio", ("compose.yaml",), settings)
    try:
        with _mounted(place / "mnt"):
            _play(project, place, settings, report)
    except BaseException:
        report.say(project.states())
        print(project.logs(), flush=True)
        raise
    finally:
        everything = Project(engine, project.name, WITH_RELAY, settings | {"LUCIDLINK_DAEMON": "http://127.0.0.1:1"})
        everything.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")


def _play(project: Project, place: Path, settings: dict[str, str], report: Report) -> None:
    with report.check("compose.yaml alone, with folders of the host: what needs no account gets healthy", vital=True):
        project.compose("up", "--detach", "--scale", "cloudflared=0")
        project.healthy(READY)
    with report.check(f"they run as uid {UID} when told to"):
        weak = {name: hardening.weaknesses(project, project.containers(name)[0], uid=UID) for name in READY}
        assert not any(weak.values()), weak
    with report.check("only Jaeger has a port, on 127.0.0.1"):
        found = hardening.published(project.containers())
        assert found == {("jaeger", "127.0.0.1", int(settings["JAEGER_PORT"]))}, found
    with report.check("an uploader that cannot reach Frame.io is unhealthy and says why"):
        eventually(lambda: "frameio: " in project.states(), project.states, 60)
        assert health(project.containers("uploader")[0]) != "healthy"
    if standins.opens_no_tunnel(project.engine):
        _tunnels(project, place, report)
    with report.check("without a tunnel no cloudflared is started, and the fileserver has a port on 127.0.0.1"):
        files = ("compose.yaml", "compose.no-tunnel.yaml")
        alone = Project(project.engine, project.name, files, settings | {"PUBLIC_PORT": str(ports.free(1)[0])})
        services = json.loads(alone.compose("config", "--format", "json"))["services"]
        (port,) = services["fileserver"]["ports"]
        assert "cloudflared" not in services
        assert (port["host_ip"], port["target"]) == ("127.0.0.1", 8080), port
        assert services["fileserver"]["environment"]["TUNNEL"] == "none"
    with report.check("with ngrok's layer its agent takes the place of cloudflared, as guarded, and has no port"):
        _ngrok(project, settings)
    with report.check("a secret of one service is not seen by another"):
        (watcher,), (fileserver,) = project.containers("watcher"), project.containers("fileserver")
        assert project.inside(fileserver, "ls", "/run/secrets").split() == ["signing_keys"]
        assert "token" not in project.inside(watcher, "ls", "/run").split()
    with report.check("LucidLink's daemon is asked through a relay in the host's network that may do nothing else"):
        _asks_the_daemon(project, report)
    with report.check("a volume that goes away is noticed, and one that is mounted anew is seen without a restart"):
        film = place / "mnt/film"
        run(["umount", "--lazy", film])
        eventually(lambda: health(project.containers("watcher")[0]) == "unhealthy", project.states, 90)
        _mount_film(film)
        project.healthy(("watcher", "fileserver"), 60)
        assert all(one["RestartCount"] == 0 for one in project.containers("watcher"))


def _ngrok(project: Project, settings: dict[str, str]) -> None:
    files, domain = ("compose.yaml", "compose.ngrok.yaml"), "https://film.example.com"
    for public_url, words in (("", []), (domain, ["--url", domain])):
        given = settings | {"NGROK_AUTHTOKEN": "a-token", "PUBLIC_URL": public_url}
        layered = Project(project.engine, project.name, files, given)
        services = json.loads(layered.compose("config", "--format", "json"))["services"]
        agent, fileserver = services["ngrok"], services["fileserver"]["environment"]
        assert "cloudflared" not in services
        assert agent["command"] == ["http", "http://fileserver:8080", *words], agent["command"]
        assert (agent["read_only"], agent["cap_drop"], "ports" in agent) == (True, ["ALL"], False)
        assert set(agent["networks"]) == {"outside"}
        assert (fileserver["TUNNEL"], fileserver["PUBLIC_URL"]) == ("ngrok", public_url)


def _tunnels(project: Project, place: Path, report: Report) -> None:
    with report.check("cloudflared gets healthy with what compose.yaml gives it, as guarded as the others"):
        project.compose("up", "--detach", "--no-deps", "cloudflared")
        project.healthy(("cloudflared",))
        assert hardening.weaknesses(project, project.containers("cloudflared")[0], uid=65532) == []
    with report.check("cloudflared shares a network with the fileserver, and none with the broker or Jaeger"):
        networks = {name: _networks(project, name) for name in ("cloudflared", "fileserver", "nats", "jaeger")}
        assert networks["cloudflared"] & networks["fileserver"]
        assert not networks["cloudflared"] & (networks["nats"] | networks["jaeger"])
    with report.check("where cloudflared is, the fileserver answers on its public port alone"):
        fileserver = project.containers("fileserver")[0]
        (shared,) = networks["cloudflared"] & networks["fileserver"]
        address = fileserver["NetworkSettings"]["Networks"][shared]["IPAddress"]
        script = "import socket, sys; print(socket.socket().connect_ex((sys.argv[1], int(sys.argv[2]))))"
        refused = [project.inside(fileserver, "python", "-c", script, address, port) for port in ("8080", "8081")]
        assert [int(number) == 0 for number in refused] == [True, False], refused
    with report.check("a named tunnel runs by the token in its file"):
        token = base64.b64encode(json.dumps({"a": "account", "t": "tunnel", "s": "secret"}).encode()).decode()
        (place / "secrets/tunnel_token").write_text(token)
        settings = project.settings | {"TUNNEL_TOKEN_FILE": str(place / "secrets/tunnel_token")}
        named = Project(project.engine, project.name, ("compose.yaml", "compose.named-tunnel.yaml"), settings)
        named.compose("up", "--detach", "--no-deps", "cloudflared")
        named.healthy(("cloudflared",))
        assert "TUNNEL_URL" not in str(named.containers("cloudflared")[0]["Config"]["Env"])


def _asks_the_daemon(project: Project, report: Report) -> None:
    (port,) = ports.free(1)
    command = [sys.executable, "-m", "simulators.lucidlink", "--port", str(port), "--filespace", "local"]
    daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        settings = project.settings | {"LUCIDLINK_DAEMON": f"http://127.0.0.1:{port}"}
        layered = Project(project.engine, project.name, WITH_RELAY, settings)
        layered.compose("up", "--detach", "--no-deps", "volumes", "relay", "watcher")
        layered.healthy(("relay", "watcher"))
        (relay,), (watcher,) = layered.containers("relay"), layered.containers("watcher")
        weak = hardening.weaknesses(layered, relay, uid=UID)
        assert weak == ["it is privileged or in the host's network"], weak
        assert not relay["HostConfig"]["Privileged"]
        assert not hardening.writable(layered, watcher, "/run/lucidlink")
        eventually(lambda: "LUCIDLINK_API answers" in _lucidlink(layered, watcher), layered.states, 60)
        layered.compose("stop", "relay")
    finally:
        daemon.terminate()
        daemon.wait(timeout=20)
    project.compose("up", "--detach", "--no-deps", "watcher")
    project.healthy(("watcher",))
    report.say(f"the relay, while it ran: {relay['HostConfig']['NetworkMode']} network, uid {UID}, no capabilities")


def _lucidlink(project: Project, watcher: dict[str, Any]) -> str:
    """What the watcher says of it."""
    script = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8081/readyz').read().decode())"
    checks = json.loads(project.inside(watcher, "python", "-c", script))["checks"]
    return str(checks["lucidlink"]["detail"])


def _networks(project: Project, service: str) -> set[str]:
    return set(project.containers(service)[0]["NetworkSettings"]["Networks"])


def _settled(place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    for name in ("mnt", "config", "secrets/fileserver", "secrets/uploader", "secrets/notifier"):
        (place / name).mkdir(parents=True)
    shutil.copyfile(ROOT / "postflow.example.toml", place / "config/postflow.toml")
    key = base64.b64encode(os.urandom(32)).decode()
    (place / "secrets/fileserver/signing_keys").write_text(f"one:{key}\n")
    (place / "secrets/uploader/token").write_text("simulated-token\n")
    return place


@contextmanager
def _mounted(parent: Path) -> Iterator[None]:
    """A shared mount, as systemd has every one, with a filespace mounted in it."""
    run(["mount", "--bind", parent, parent])
    run(["mount", "--make-rshared", parent])
    try:
        _mount_film(parent / "film")
        yield
    finally:
        with suppress(Failed):
            run(["umount", "--lazy", "--recursive", parent])


def _mount_film(place: Path) -> None:
    place.mkdir(exist_ok=True)
    run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0755", "film", place])
    (place / "UNDLM/EXPORTS").mkdir(parents=True)
    (place / CANARY).write_text("here\n")
