"""Edge: what a container may do, as the engine has it and as the kernel has it."""

from pathlib import Path
from typing import Any

from tests.compose.project import Project, health, service_of

KEPT_BYTES = 200 * 10**6
"""What the rotation keeps of the log of each container: a month at 6 MB a day."""


def published(containers: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
    """Service, address and port of everything the host listens on for them."""
    return {
        (service_of(one), binding["HostIp"], int(binding["HostPort"]))
        for one in containers
        for bindings in (one["NetworkSettings"]["Ports"] or {}).values()
        for binding in bindings or []
    }


def weaknesses(project: Project, container: dict[str, Any], *, uid: int) -> list[str]:
    """What is not as it should be, in words."""
    host, found = container["HostConfig"], []
    if not host["ReadonlyRootfs"]:
        found.append("its root is not read-only")
    if host["CapDrop"] != ["ALL"] or host["CapAdd"]:
        found.append(f"capabilities: drops {host['CapDrop']}, adds {host['CapAdd']}")
    if "no-new-privileges:true" not in (host["SecurityOpt"] or []):
        found.append("it may gain privileges")
    if not host["Memory"] or not host["PidsLimit"]:
        found.append("memory or processes without a limit")
    if health(container) != "healthy":
        found.append(f"it is {health(container)}")
    if host["Privileged"] or host["NetworkMode"] == "host":
        found.append("it is privileged or in the host's network")
    kernel = _status(project, container)
    uids = {int(number) for number in kernel["Uid"].split()}
    if uids != {uid}:
        found.append(f"it runs as {uids}, not {uid}")
    if int(kernel["CapEff"], 16) or int(kernel["CapBnd"], 16) or kernel["NoNewPrivs"] != "1":
        found.append(f"the kernel gives it capabilities: {kernel['CapEff']} of {kernel['CapBnd']}")
    return found


def _status(project: Project, container: dict[str, Any]) -> dict[str, str]:
    """Of its first process, as the host sees it if the engine runs here, because an image need hold no `cat`."""
    here = Path(f"/proc/{container['State']['Pid']}/status")
    text = here.read_text() if project.engine.is_ours else project.inside(container, "cat", "/proc/1/status")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def log_bytes(container: dict[str, Any]) -> int:
    """How much of its log is kept; 0 when there is no end to it."""
    said = container["HostConfig"]["LogConfig"]["Config"]
    if "max-size" not in said:
        return 0
    return int(said["max-size"].removesuffix("m")) * 10**6 * int(said["max-file"])


def writable(project: Project, container: dict[str, Any], path: str) -> bool:
    script = (
        "import sys\ntry:\n open(sys.argv[1] + '/probe-of-a-test', 'w')\nexcept OSError:\n print('no')\n"
        "else:\n print('yes')"
    )
    return project.inside(container, "python", "-c", script, path).strip() == "yes"
