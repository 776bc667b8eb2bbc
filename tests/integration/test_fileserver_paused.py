"""While everything is paused nothing new is exposed, and what is on its way goes on."""

import pytest

from fileserver.exposure import Exposure
from postflow.pauses import BUCKET, KEY, Pause, Pauses
from tests.examples import AT
from tests.integration.fileserver_site import Site, address

CONTENT = b"frame by frame"


async def test_a_file_on_its_way_gets_another_address_and_a_new_one_waits(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fileserver.__main__.LOOK_S", 0.05)
    await site.start()
    on_its_way, new = site.write("before.mov", CONTENT), site.write("new.mov", CONTENT)
    await site.expose(on_its_way)
    await site.stop()
    switches = await site.bus.records(BUCKET, Pauses)
    held = await switches.create(KEY, Pauses(all=(Pause(route=None, by="ada", since=AT),)))
    await site.start()
    await site.bus.publish(new)
    await site.stale(on_its_way)
    assert (await site.http.get(address(await site.exposed(on_its_way, 2)))).content == CONTENT
    assert await (await site.bus.records("exposures", Exposure)).get(new.file_id) is None
    await switches.update(KEY, Pauses(), held=held)
    assert (await site.http.get(address(await site.exposed(new)))).content == CONTENT
    await site.settled()
    assert (await site.record(on_its_way)).exposure == 2
