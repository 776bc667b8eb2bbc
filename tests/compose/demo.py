"""Edge: the demo layer: up, the movie, many files on four uploaders, a kill of each service, a stop in the midst."""

import hashlib
import json
import time
from pathlib import PurePosixPath

from onehost import ports
from onehost.demo import exporter
from tests.compose import hardening
from tests.compose.engine import Engine
from tests.compose.project import Project, eventually, service_of
from tests.compose.report import Report
from tests.compose.results import Results

FILES = ("compose.yaml", "compose.demo.yaml")
SERVICES = ("watcher", "fileserver", "uploader", "notifier")
SIMULATORS = ("frameio", "discord", "cloudflared")
UID = 10001
UIDS = {"cloudflared": 65532}
STOP_S = 30.0
LONG_BYTES = 16_000_000
"""Under way for seconds, and more than fits into the buffers of a connection."""
CARDS_S = 300.0
"""A channel takes 30 calls a minute, and a card is edited as its file goes on."""

EXPORTS = """
import hashlib, json, os, pathlib, sys
first, count, size_bytes = map(int, sys.argv[1:])
made = {}
for number in range(first, first + count):
    name = f"SQ01_UNDLM_{number:05d}_v001.mov"
    path = pathlib.Path("/volume/UNDLM/EXPORTS/SQ01", f"UNDLM_{number:05d}", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = os.urandom(size_bytes)
    path.write_bytes(content)
    made[name] = hashlib.sha256(content).hexdigest()
print(json.dumps(made))
"""


def scene(engine: Engine, report: Report) -> None:
    free = dict(zip(("jaeger", "frameio", "discord"), ports.free(3), strict=True))
    settings = {
        "JAEGER_PORT": str(free["jaeger"]),
        "DEMO_FRAMEIO_PORT": str(free["frameio"]),
        "DEMO_DISCORD_PORT": str(free["discord"]),
        "DEMO_FETCH_RATE": "4000000",
    }
    project = Project(engine, "postflow-test-demo", FILES, settings)
    try:
        _play(project, Results(free), free, report)
    except BaseException:
        report.say(project.states())
        print(project.logs(), flush=True)
        raise
    finally:
        project.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5")
    with report.check("down --volumes leaves nothing"):
        assert project.containers(all_states=True) == []
        kept = engine.docker("volume", "ls", "--quiet", "--filter", f"label=com.docker.compose.project={project.name}")
        assert not kept.split()


def _play(project: Project, results: Results, free: dict[str, int], report: Report) -> None:
    with report.check("up: every service gets healthy", vital=True):
        project.compose("up", "--detach")
        project.healthy((*SERVICES, *SIMULATORS, "nats", "jaeger"))
    movie = {PurePosixPath(exporter.SHOT).name: hashlib.sha256(exporter.CLIP.read_bytes()).hexdigest()}
    with report.check("the artist's movie is delivered once and whole, without an account", vital=True):
        results.delivered_once(movie, 60)
    with report.check("one card tells of it, and leads to its trace, which has spans of all four services"):
        eventually(lambda: _traced(results), lambda: f"a card and its trace: {results.cards()}", 40)
    _guarded(project, free, report)
    with report.check("console status and doctor answer from a container of their own"):
        project.compose("--profile", "tools", "build", "console")
        project.compose("run", "--rm", "--no-TTY", "console", "status")
        project.compose("run", "--rm", "--no-TTY", "console", "doctor")
    made = _scaled(project, results, report)
    made |= _killed(project, results, report)
    made |= _stopped(project, results, report)
    with report.check("after all that: every file exactly once, and no call that a good client would not make"):
        results.delivered_once(made, 5)
        assert results.violations() == []
    with report.check("a card of each, as fast as Discord lets them through"):
        eventually(lambda: not _silent(results, made), lambda: f"cards of {_silent(results, made)}", CARDS_S)


def _silent(results: Results, made: dict[str, str]) -> list[str]:
    """Files that no card speaks of."""
    told = json.dumps(results.cards()).replace("\\", "")
    return [name for name in made if name not in told]


def _traced(results: Results) -> bool:
    cards = [json.dumps(card) for card in results.cards()]
    links = [card.partition("/trace/")[2][:32] for card in cards if "/trace/" in card]
    if not links:
        return False
    services, roots = results.trace(links[0])
    return set(SERVICES) <= services and roots == 1


def _guarded(project: Project, free: dict[str, int], report: Report) -> None:
    running = project.containers()
    with report.check("nobody is root, nothing may be written or gained, every health check is green"):
        weak = {
            service_of(one): hardening.weaknesses(project, one, uid=UIDS.get(service_of(one), UID)) for one in running
        }
        assert not any(weak.values()), weak
    with report.check("the host listens for Jaeger and the two simulators, on 127.0.0.1, and for nothing else"):
        assert hardening.published(running) == {(name, "127.0.0.1", port) for name, port in free.items()}
    with report.check("roots and volume are read-only to the services, the watcher's own data is not"):
        (watcher,), (fileserver,) = project.containers("watcher"), project.containers("fileserver")
        for place in ("/", "/app", "/etc", "/volume"):
            assert not hardening.writable(project, watcher, place), place
            assert not hardening.writable(project, fileserver, place), place
        assert hardening.writable(project, watcher, "/data")
    with report.check("logs of services are kept, rotated and bounded"):
        assert {hardening.log_bytes(one) for one in running if service_of(one) in SERVICES} == {hardening.KEPT_BYTES}


def _scaled(project: Project, results: Results, report: Report) -> dict[str, str]:
    with report.check("up --scale uploader=4: four uploaders are healthy", vital=True):
        project.compose("up", "--detach", "--scale", "uploader=4", "--no-recreate", *SERVICES)
        eventually(lambda: len(project.containers("uploader")) == 4, project.states, 30)
        project.healthy(("uploader",))
    with report.check("twelve files through four uploaders: each once and whole"):
        made = _export(project, first=100, count=12)
        results.delivered_once(made, 90)
    return made


def _killed(project: Project, results: Results, report: Report) -> dict[str, str]:
    made: dict[str, str] = {}
    for number, service in enumerate((*SERVICES, "nats", "cloudflared")):
        with report.check(f"{service} killed amid deliveries: back by itself, each file once and whole"):
            made |= (batch := _export(project, first=200 + 10 * number, count=4, size_bytes=LONG_BYTES))
            eventually(results.fetches_under_way, project.states, 30)
            project.crash(service)
            results.delivered_once(batch, 120)
    with report.check("all are healthy again"):
        project.healthy((*SERVICES, "nats", "cloudflared"))
    return made


def _stopped(project: Project, results: Results, report: Report) -> dict[str, str]:
    made = _export(project, first=300, count=8, size_bytes=LONG_BYTES)
    with report.check(f"stop amid deliveries: all services end by themselves within {STOP_S:.0f} s"):
        eventually(results.fetches_under_way, project.states, 30)
        began_s = time.monotonic()
        project.compose("stop", *SERVICES)
        took_s = time.monotonic() - began_s
        codes = {one["Name"]: one["State"]["ExitCode"] for one in project.containers(all_states=True)}
        ended = {name: code for name, code in codes.items() if any(service in name for service in SERVICES)}
        assert set(ended.values()) == {0}, ended
        assert took_s < STOP_S, f"{took_s:.1f} s"
        report.say(f"    it took {took_s:.1f} s")
    with report.check("started again: what was interrupted arrives once and whole"):
        project.compose("start", *SERVICES)
        project.healthy(SERVICES)
        results.delivered_once(made, 120)
    return made


def _export(project: Project, *, first: int, count: int, size_bytes: int = 100_000) -> dict[str, str]:
    """Write movies into the demo's volume; the hash of each by its name."""
    made = project.python("artist", EXPORTS, str(first), str(count), str(size_bytes))
    return dict(json.loads(made.strip().splitlines()[-1]))
