"""Edge: the uploader as a process. The only place that wires it."""

import httpx

from postflow.bus import Bus
from postflow.clock import now
from postflow.errors import PostFlowError
from postflow.health import Check
from postflow.logs import get_logger
from postflow.questions import ASK_TRANSFER, TransferAnswer, TransferQuestion
from postflow.service import Service, run, run_all, running
from postflow.settings import load
from postflow.waiting import until_set
from uploader.books import AssetRecord, DeliveryRecord, PlaceRecord
from uploader.deliver import Deliver
from uploader.endings import Endings
from uploader.following import Following
from uploader.frameio.client import FrameIO
from uploader.frameio.discovery import discover
from uploader.frameio.folders import FolderRecord, Folders
from uploader.frameio.limits import Pacer
from uploader.frameio.objects import User
from uploader.frameio.statuses import Statuses
from uploader.frameio.tokens import FixedToken
from uploader.ledger import Ledger
from uploader.posting import Posting
from uploader.settings import Settings

logger = get_logger(__name__)

DISCOVERY_RETRY_S = 5.0


async def main() -> None:
    settings = load(Settings)
    assert settings.frameio_token is not None
    async with running("uploader", settings) as service:
        limits = httpx.Limits(max_connections=settings.uploads_per_replica + 8)
        async with httpx.AsyncClient(base_url=settings.frameio_api, limits=limits, timeout=30) as http:
            tokens = FixedToken(settings.frameio_token)
            frameio = FrameIO(http, tokens, Pacer(settings.frameio_pace), service.telemetry)
            # First, so that whoever asks how we are hears of a login that fails.
            bus = await service.connect("uploader")
            user = await _signed_in(service, frameio, settings.frameio_account_id)
            if user is None:
                return
            deliver = await _deliver(bus, service, frameio, user)
            await run_all(service, service.read("uploader", deliver, slots=settings.uploads_per_replica))


async def _signed_in(service: Service, frameio: FrameIO, account_id: str | None) -> User | None:
    """Who we are in Frame.io, however long that takes to find out; None when the service stops first."""
    state = Check(False, "not asked yet")
    service.health.add("frameio", lambda: state)
    while not service.stop.is_set():
        try:
            user = await discover(frameio, account_id)
        except PostFlowError as error:
            what_to_do = getattr(error, "what_to_do", "Check FRAMEIO_TOKEN and FRAMEIO_API.")
            state = Check(False, str(error), what_to_do)
            logger.warning("waiting for Frame.io", action="frameio_wait", why=str(error), what_to_do=what_to_do)
            await until_set(service.stop, DISCOVERY_RETRY_S)
        else:
            state = Check(True, f"signed in as {user.name or user.id}")
            logger.info("signed in to Frame.io", action="frameio_ready", user=user.name)
            return user
    return None


async def _deliver(bus: Bus, service: Service, frameio: FrameIO, user: User) -> Deliver:
    ledger = Ledger(
        await bus.records("deliveries", DeliveryRecord),
        await bus.records("deliveries", PlaceRecord),
        await bus.records("assets", AssetRecord),
    )
    folders = Folders(frameio, await bus.records("folders", FolderRecord), now=now)

    async def transfers(question: TransferQuestion) -> TransferAnswer:
        return await bus.ask(ASK_TRANSFER, question, TransferAnswer)

    statuses = Statuses(frameio)
    return Deliver(
        ledger,
        folders,
        Posting(frameio, ledger, user_id=user.id, now=now),
        Following(statuses, frameio, transfers, stop=service.stop, now=now),
        statuses,
        Endings(ledger, bus.publish, now=now),
        service.telemetry,
        now=now,
    )


if __name__ == "__main__":
    run(main)
