"""What one replica learns of a project, all of them know."""

import asyncio

from postflow.bus import Bus
from postflow.messages import FileDelivered, FileFailed
from tests.examples import delivered, failed, ready
from tests.nats_fixtures import NatsServer, connected
from tests.unit.uploader.test_projects import Site


async def until_red(site: Site, *names: str) -> None:
    async with asyncio.timeout(10):
        while site.red() != [*names]:
            await asyncio.sleep(0.01)


async def test_a_project_that_takes_files_again_is_well_at_every_replica(nats: NatsServer, bus: Bus) -> None:
    """One was refused. A person gives the role and retries: the file goes to the other, and none to the one."""
    one, two = Site(), Site()
    async with connected(nats.url) as another:
        for site, its_bus in ((one, bus), (two, another)):
            await its_bus.overhear((FileDelivered, FileFailed), site.projects.hear)
            await site.look()
        await another.client.flush()
        await bus.publish(ready())
        await bus.publish(failed(code="FRAMEIO_FORBIDDEN"))
        await until_red(one, "UNDLM")
        await until_red(two, "UNDLM")
        await another.publish(delivered(attempt=2))
        await until_red(one)
        await until_red(two)
