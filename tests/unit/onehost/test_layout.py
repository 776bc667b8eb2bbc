"""What each process is started with."""

import socket
from pathlib import PurePosixPath

import pytest

from onehost import layout, ports
from onehost.layout import Ports, Urls
from onehost.ports import PortInUse

OURS = {"PATH": "/bin", "HOME": "/root", "LANG": "C.UTF-8"}
NOT_FOR_CHILDREN = {
    "FRAMEIO_TOKEN": "real",
    "DISCORD_WEBHOOK_URL": "real",
    "HTTP_PROXY": "http://proxy",
    "AWS_KEY": "x",
}
URLS = Urls.of(Ports(nats=1, public=2, frameio=3, discord=4, otlp=5))


def _environment(*, simulators: bool) -> dict[str, str]:
    return layout.environment(
        OURS | NOT_FOR_CHILDREN,
        URLS,
        Ports(public=2),
        rules=PurePosixPath("/rules.toml"),
        volume=PurePosixPath("/volume"),
        data=PurePosixPath("/data"),
        simulators=simulators,
    )


def test_no_setting_proxy_or_secret_of_the_caller_reaches_a_service() -> None:
    environment = _environment(simulators=True)
    assert environment.items() >= OURS.items()
    assert "real" not in environment.values()
    assert not {"HTTP_PROXY", "AWS_KEY"} & environment.keys()


def test_services_listen_on_this_host_only() -> None:
    environment = _environment(simulators=False)
    assert (environment["HEALTH_HOST"], environment["PUBLIC_HOST"]) == ("127.0.0.1", "127.0.0.1")


def test_simulators_stand_in_for_the_accounts() -> None:
    environment = _environment(simulators=True)
    assert environment["FRAMEIO_API"] == "http://127.0.0.1:3"
    assert environment["DISCORD_WEBHOOK_URL"].startswith("http://127.0.0.1:4/api/webhooks/")
    assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == environment["JAEGER_URL"] == "http://127.0.0.1:5"
    assert not {"FRAMEIO_API", "DISCORD_WEBHOOK_URL", "JAEGER_URL"} & _environment(simulators=False).keys()


@pytest.mark.parametrize(
    ("process", "module"),
    [
        ("watcher", "watcher"),
        ("uploader-2", "uploader"),
        ("otlp", "simulators.otlp"),
        ("provision", "postflow.provision"),
    ],
)
def test_each_process_is_a_module(process: str, module: str) -> None:
    assert layout.module(process) == module


def test_free_ports_differ() -> None:
    assert len(set(ports.free(20))) == 20


def test_a_port_that_is_taken_is_named_in_one_line() -> None:
    (taken,) = ports.free(1)
    with (
        socket.create_server(("127.0.0.1", taken)),
        pytest.raises(PortInUse, match=rf"cannot use port {taken} for nats .*: end what listens there") as caught,
    ):
        ports.settled(Ports(nats=taken))
    assert "\n" not in str(caught.value)


def test_a_given_port_is_kept_and_the_others_are_found() -> None:
    (given,) = ports.free(1)
    settled = ports.settled(Ports(public=given))
    assert settled.public == given
    assert 0 not in (settled.nats, settled.frameio, settled.discord, settled.otlp)
