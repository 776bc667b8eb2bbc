"""What `make up` reads from `.env`, and what it makes of it."""

import asyncio
import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onehost import ports
from onehost.processes import Processes
from onehost.up import place, settings_file
from onehost.up.backoff import OURS, TUNNEL, Backoff
from onehost.up.keeping import keep
from onehost.up.plan import Plan, here
from onehost.up.trimming import trim

ROOT = Path(__file__).resolve().parents[3]


def plan(**values: str) -> Plan:
    return Plan(values, PurePosixPath("/home"), PurePosixPath("/home/.postflow"))


def test_the_example_can_be_read_as_it_is() -> None:
    values, problems = settings_file.read(ROOT / ".env.example")
    assert problems == []
    assert values == {"VOLUME_ROOT": "/mnt/lucidlink", "VOLUME_PARENT": "/mnt"}


def test_a_name_that_is_nearly_a_setting_is_told_and_one_of_somebodys_own_is_not() -> None:
    known = settings_file.known(ROOT / ".env.example")
    names = ["FRAMEIO_CLIENTID", "VOLUME_ROOT", "DOMAIN", "DISCORD_WEBHOOK_EDIT", "OTEL_TRACES_SAMPLE"]
    said = ["FRAMEIO_CLIENTID is unknown; did you mean FRAMEIO_CLIENT_ID?"]
    assert list(settings_file.mistyped(names, known)) == said
    assert list(settings_file.mistyped(known, known)) == []


def test_values_are_read_as_compose_reads_them(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1 # said\nB='two words'\nexport C=\"x\"\n#D=4\nE=\nF=${B}!\n")
    assert settings_file.read(file) == ({"A": "1", "B": "two words", "C": "x", "F": "two words!"}, [])


ENVIRONMENT = {"OUT": "outside", "BOTH": "outside"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=${OUT}", "outside"),
        ("A='${OUT}'", "${OUT}"),
        ("A = 'pa$$w'", "pa$$w"),
        ("export A='it\\'s $x'", "it's $x"),
        ("B=1\nA=${B}x", "1x"),
        ("BOTH=file\nA=${BOTH}", "outside"),
        ("A=x${NOPE}", "x"),
        ('A="${NOPE:-d e}"', "d e"),
        ("B=\nA=${B:-d}", "d"),
        ("A=x # $said", "x"),
    ],
)
def test_variables_are_what_compose_makes_of_them(tmp_path: Path, text: str, value: str) -> None:
    """As Docker Compose 2.26.1 reads them."""
    file = tmp_path / ".env"
    file.write_text(f"{text}\n")
    values, problems = settings_file.read(file, ENVIRONMENT)
    assert problems == []
    assert values["A"] == value


@pytest.mark.parametrize(
    "value", ["pa$$word", "abc$HOME", '"a$b"', '"a\\$b"', "${X-def}", "${X:+y}", "${X", "a$", "${X:-$Y}"]
)
def test_a_dollar_that_compose_would_read_as_something_else_is_refused(tmp_path: Path, value: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"B=1\n\n# a password\n\nA={value}\n")
    said = "a $ begins the name of another variable; put the value of A in single quotes"
    assert settings_file.read(file) == ({}, [f"{file}, line 5: {said}"])


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text('A=1\nB="never closed\nC\n')
    values, problems = settings_file.read(file)
    assert values == {}
    assert [problem.partition(": ")[0] for problem in problems] == [f"{file}, line 2", f"{file}, line 3"]


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_bytes(b"\xff")])
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / ".env")
    values, (problem,) = settings_file.read(tmp_path / ".env")
    assert values == {}
    assert str(tmp_path / ".env") in problem


@pytest.mark.parametrize(
    ("address", "on_this_machine"),
    [
        ("http://jaeger:4318", "http://127.0.0.1:4318"),
        ("http://cloudflared:2000", "http://127.0.0.1:2000"),
        ("http://collector.studio:4318/x", "http://collector.studio:4318/x"),
        ("http://jaeger:many", "http://jaeger:many"),
        ("nonsense", "nonsense"),
    ],
)
def test_an_address_of_a_container_is_one_of_this_machine(address: str, on_this_machine: str) -> None:
    assert here(address) == on_this_machine


def test_the_broker_is_our_own_at_the_port_that_the_file_names() -> None:
    environment = plan(NATS_URL="nats://nats:4333", NATS_USER="film").environment("watcher", "hush")
    assert environment["NATS_URL"] == "nats://127.0.0.1:4333"
    assert (environment["NATS_USER"], environment["NATS_PASSWORD"]) == ("film", "hush")


def test_folders_of_the_containers_are_those_that_are_bound_there() -> None:
    values = plan(
        POSTFLOW_CONFIG="/etc/postflow/other.toml",
        CONFIG_FOLDER="/rules",
        FRAMEIO_TOKEN_FILE="/run/secrets/frameio_token",
        SECRETS_FOLDER="./hidden",
        WATCHER_DATA="/data",
    )
    environment = values.environment("uploader-2", "hush")
    assert environment["POSTFLOW_CONFIG"] == "/rules/other.toml"
    assert environment["FRAMEIO_TOKEN_FILE"] == "/home/hidden/uploader/frameio_token"
    assert environment["WATCHER_DATA"] == "/home/.postflow/watcher"
    assert plan().environment("watcher", "")["POSTFLOW_CONFIG"] == "/home/config/postflow.toml"


def test_every_service_has_a_port_of_its_own_for_its_health() -> None:
    ports = plan(HEALTH_PORT="9000").health_ports
    assert list(ports.values()) == list(range(9000, 9000 + len(ports)))
    assert list(ports) == list(plan().services)
    assert plan(HEALTH_PORT="9000").environment("uploader-2", "")["HEALTH_PORT"] == str(ports["uploader-2"])


def test_the_public_port_is_for_the_tunnel_alone_unless_somebody_else_leads_there() -> None:
    assert plan().environment("fileserver", "")["PUBLIC_HOST"] == "127.0.0.1"
    assert plan(TUNNEL="none").environment("fileserver", "")["PUBLIC_HOST"] == "0.0.0.0"


def test_ngroks_agent_is_asked_on_this_machine_and_is_not_ours_to_start() -> None:
    ngrok = plan(TUNNEL="ngrok")
    assert not ngrok.has_tunnel
    given = ngrok.environment("fileserver", "")
    assert (given["TUNNEL_API"], given["PUBLIC_HOST"]) == ("http://127.0.0.1:4040", "127.0.0.1")
    elsewhere = plan(TUNNEL="ngrok", TUNNEL_API="http://ngrok:4041").environment("fileserver", "")
    assert elsewhere["TUNNEL_API"] == "http://127.0.0.1:4041"


def test_a_quick_tunnel_leads_to_the_public_port_and_finds_no_rules_of_others() -> None:
    quick = plan(PUBLIC_PORT="8090", TUNNEL_API="http://cloudflared:2001")
    assert quick.tunnel_arguments() == ("tunnel",)
    assert quick.tunnel_environment()["TUNNEL_URL"] == "http://127.0.0.1:8090"
    assert quick.tunnel_environment()["TUNNEL_METRICS"] == "127.0.0.1:2001"
    assert quick.tunnel_environment()["HOME"] == "/home/.postflow/cloudflared"


def test_a_named_tunnel_is_run_with_its_token() -> None:
    named = plan(PUBLIC_URL="https://film.example.com")
    assert named.tunnel_arguments() == ("tunnel", "run")
    assert named.tunnel_environment()["TUNNEL_TOKEN_FILE"] == "/home/secrets/tunnel_token"
    assert "TUNNEL_URL" not in named.tunnel_environment()


@pytest.mark.parametrize(
    ("values", "is_ours"),
    [({}, True), ({"TUNNEL": "none"}, False), ({"TUNNEL_API": "http://tunnels.studio:2000"}, False)],
)
def test_a_tunnel_that_runs_elsewhere_is_not_ours_to_start(values: dict[str, str], is_ours: bool) -> None:
    assert plan(**values).has_tunnel is is_ours


@pytest.mark.parametrize("port", ["0", "70000", "many", "-1"])
def test_a_port_that_is_none_is_a_problem(port: str) -> None:
    assert plan(HEALTH_PORT=port).problems() == ["HEALTH_PORT: must be a port from 1 to 65535"]


@pytest.mark.parametrize("password", ["7up", "two words", "a$b"])
def test_a_password_that_the_broker_would_misread_is_a_problem(password: str) -> None:
    (problem,) = plan(NATS_PASSWORD=password).problems()
    assert problem.startswith("NATS_PASSWORD: must begin with a letter")


def test_as_many_uploaders_as_are_asked_for() -> None:
    assert sum(name.startswith("uploader") for name in plan().services) == 2
    assert sum(name.startswith("uploader") for name in plan(UPLOADERS="5").services) == 5


@pytest.mark.parametrize("uploaders", ["0", "33", "-1", "many", "2.5"])
def test_a_number_of_uploaders_that_is_none_is_told_and_two_are_looked_at(uploaders: str) -> None:
    wrong = plan(UPLOADERS=uploaders)
    assert wrong.problems() == ["UPLOADERS: must be a number from 1 to 32"]
    assert sum(name.startswith("uploader") for name in wrong.services) == 2


@pytest.mark.parametrize("url", ["nats", "nats://me:hu/sh@nats", "nats://nats:port"])
def test_an_address_of_nats_that_is_none_is_told_though_only_its_port_is_taken(url: str) -> None:
    (problem,) = plan(NATS_URL=url).problems()
    assert problem.startswith("NATS_URL: must be addresses like nats://nats:4222")
    assert "hu/sh" not in problem


def test_nothing_that_follows_from_a_wrong_port_is_told_besides() -> None:
    assert plan(PUBLIC_PORT="http").environment("fileserver", "")["INTERNAL_URL"] == "http://127.0.0.1:8080"


@given(st.integers(1, 10_000))
def test_waits_grow_to_the_longest(deaths: int) -> None:
    for backoff in (OURS, TUNNEL):
        assert backoff.first_s <= backoff.after(deaths) <= backoff.after(deaths + 1) <= backoff.longest_s


def test_who_ran_well_begins_anew() -> None:
    backoff = Backoff(well_after_s=100)
    assert backoff.in_a_row(5, ran_s=99) == 6
    assert backoff.in_a_row(5, ran_s=100) == 1


async def test_who_dies_is_named_with_its_last_lines_and_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    backoff = Backoff(first_s=0.01, longest_s=0.02)
    async with Processes() as processes:
        await processes.start("one", ["sh", "-c", "echo oh dear; exit 3"], env=os.environ, log=tmp_path / "one.log")
        keeping = asyncio.create_task(keep(processes, "one", backoff, said.append))
        async with asyncio.timeout(20):
            while len(said) < 3:
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert said[0].splitlines() == ["one ended with exit code 3; it is started again in 0 s", "  oh dear"]


async def test_a_large_log_is_turned_over(tmp_path: Path) -> None:
    log = tmp_path / "watcher.log"
    log.write_text("x" * 11)
    trimming = asyncio.create_task(trim([log, tmp_path / "none.log"], largest_bytes=10, look_s=0.01))
    async with asyncio.timeout(20):
        while log.stat().st_size:
            await asyncio.sleep(0.01)
    trimming.cancel()
    await asyncio.gather(trimming, return_exceptions=True)
    assert (tmp_path / "watcher.log.1").read_text() == "x" * 11


def test_what_is_kept_is_nobody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with place.taken(folder):
        password = place.made_password(folder)
        assert place.made_password(folder) == password
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "nats-password").stat().st_mode & 0o777 == 0o600


def test_a_password_that_a_full_disk_left_empty_is_none(tmp_path: Path) -> None:
    assert place.kept_password(tmp_path) == ""
    (tmp_path / "nats-password").touch()
    (tmp_path / "nats-password.new").touch(mode=0o644)
    made = place.made_password(tmp_path)
    assert place.kept_password(tmp_path) == made != ""
    assert [(file.name, file.stat().st_mode & 0o777) for file in tmp_path.iterdir()] == [("nats-password", 0o600)]


def test_a_folder_that_cannot_be_had_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    expected = pytest.raises(place.NoPlace, match=r"^DATA_FOLDER: cannot write to .*; set it to a folder of yours$")
    with expected, place.taken(tmp_path / "file" / "kept"):
        pass


def test_a_port_that_can_be_had_is_no_trouble() -> None:
    (free,) = ports.free(1)
    assert ports.trouble(free) == ""
