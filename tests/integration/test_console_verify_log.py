"""`postflow verify-log`, asked of a running fileserver and of a copy."""

import os
import shutil
from pathlib import Path

from postflow.verifying import log_files
from tests.e2e.test_console import answer, postflow
from tests.integration.fileserver_site import Site, address
from tests.integration.test_fileserver_access_log import folder
from tests.integration.test_fileserver_process import started


async def fetched(site: Site) -> None:
    exposed = await site.expose(site.write("a.mov", os.urandom(1000)))
    assert (await site.http.get(address(exposed))).status_code == 200


async def test_a_log_as_it_was_written_is_said_to_be_so(site: Site) -> None:
    nats_url = str(site.settings["nats_url"])
    async with started(site) as process:
        await fetched(site)
        code, out, _ = await postflow(nats_url, "verify-log")
        assert (code, "the log is as it was written" in out) == (0, True), out
        process.ask_to_stop()
        await process.end()


async def test_a_line_that_was_changed_is_named_with_its_place(site: Site) -> None:
    nats_url = str(site.settings["nats_url"])
    async with started(site):
        await fetched(site)
        (log,) = log_files(folder(site))
        log.write_bytes(log.read_bytes().replace(b'"event":"started"', b'"event":"stopped"', 1))
        code, out, _ = await postflow(nats_url, "verify-log")
        assert (code, f"{log.name}:2: it does not hang from the line before: 1 was changed" in out) == (1, True), out


async def test_an_end_that_was_cut_off_a_copy_is_seen(site: Site, tmp_path: Path) -> None:
    nats_url = str(site.settings["nats_url"])
    async with started(site):
        await fetched(site)
        copy = shutil.copytree(folder(site), tmp_path / "copy")
        assert (await answer(nats_url, "verify-log", str(copy)))["problems"] == []
        (log,) = log_files(copy)
        log.write_bytes(b"")
        (problem,) = (await answer(nats_url, "verify-log", str(copy)))["problems"]
        assert problem["what"].startswith("the end is missing")


async def test_a_copy_that_is_not_there_is_a_wrong_command(site: Site, tmp_path: Path) -> None:
    code, _, err = await postflow(str(site.settings["nats_url"]), "verify-log", str(tmp_path / "nowhere"))
    assert (code, "cannot be read: No such file" in err) == (2, True), err
