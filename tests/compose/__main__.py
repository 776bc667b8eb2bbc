"""Edge: `make test-compose`. Builds the images, runs the compose files, and says what it saw, a line each."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onehost.nats_server import NoNatsServer
from tests.compose import demo, engine, standins, studio
from tests.compose.engine import Engine, NoEngine
from tests.compose.project import Project
from tests.compose.report import Broken, Report
from tests.compose.shell import Failed


def main() -> int:
    report = Report()
    try:
        with _folder() as folder, engine.available(folder) as found:
            _images(found, folder, report)
            demo.scene(found, report)
            if found.is_ours:
                studio.scene(found, folder, report)
            else:
                report.say("not run: mounts of the host, which are tried only beside an engine of our own")
    except NoEngine as error:
        print(f"skipped: no Docker engine can be had here: {error}", flush=True)
        return 0
    except Broken as error:
        report.say(f"stopped: nothing that follows can be checked without “{error}”")
    except (Failed, NoNatsServer) as error:
        report.fail("what the checks need", error)
    return report.close()


@contextmanager
def _folder() -> Iterator[Path]:
    """COMPOSE_TEST_FOLDER keeps images and all for the next time."""
    kept = os.environ.get("COMPOSE_TEST_FOLDER")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Path(kept).absolute()
    else:
        with tempfile.TemporaryDirectory(prefix="postflow-compose-", ignore_cleanup_errors=True) as made:
            yield Path(made)


def _images(found: Engine, folder: Path, report: Report) -> None:
    report.say(
        f"engine {found.docker('version', '--format', '{{.Server.Version}}').strip()}"
        f"{', started for this' if found.is_ours else ''}"
    )
    lacking = standins.missing(found)
    if lacking and not found.is_ours:
        raise NoEngine(f"the one here has no {lacking[0]} and reaches no registry; stand-ins are made in our own only")
    if lacking:
        report.say("no registry of images is reached from here: stand-ins take the place of others' images")
        if standins.BASE in lacking:
            standins.make_base(found, folder, report.say)
    with report.check("every image is built from the one recipe", vital=True):
        authorities = {"BUILD_CA": str(standins.CA_BUNDLE)} if standins.CA_BUNDLE.exists() else {}
        Project(found, "postflow-test-build", demo.FILES, authorities).compose("build", timeout_s=1200)
    if lacking:
        standins.make_others(found, folder, report.say)


if __name__ == "__main__":
    sys.exit(main())
