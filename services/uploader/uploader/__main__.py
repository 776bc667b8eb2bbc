"""Edge: the uploader as a process. The only place that wires it."""

from datetime import timedelta

import httpx

from postflow.bus import Bus
from postflow.checks import Check
from postflow.clock import now
from postflow.fullness import POST_NOTHING
from postflow.messages import FileDelivered, FileFailed
from postflow.questions import (
    ASK_TRANSFER,
    ASK_WHEREABOUTS,
    TransferAnswer,
    TransferQuestion,
    WhereaboutsAnswer,
    WhereaboutsQuestion,
)
from postflow.ruling import Ruling
from postflow.service import Service, every, run, run_all, running
from postflow.settings import load
from postflow.store import LOOK_S, Store, permit
from uploader.absent import Absent
from uploader.access import access
from uploader.aftermath import Aftermath
from uploader.books import AssetRecord, DeliveryRecord, PlaceRecord
from uploader.carriers import Carriers
from uploader.conclusion import Conclusion
from uploader.deliver import Deliver
from uploader.endings import Endings
from uploader.following import Following
from uploader.frameio.budget import Budget, BudgetRecord
from uploader.frameio.client import FrameIO
from uploader.frameio.folders import FolderRecord, Folders
from uploader.frameio.pacing import Pacer
from uploader.frameio.projects import Projects
from uploader.frameio.sign_in import SignIn
from uploader.frameio.statuses import Statuses
from uploader.ledger import Ledger
from uploader.posting import Posting
from uploader.removal import Removal
from uploader.resending import Resending
from uploader.rows import Rows
from uploader.settings import Settings
from uploader.sightings import Sightings
from uploader.surplus import Surplus
from uploader.sweep import PERIOD_S, Cursor, Sweep

SIGN_IN = timedelta(minutes=3)
"""As long as a person may take who installs PostFlow, before the team hears that nobody has signed in; and as long as
Frame.io may not answer untold."""


async def main() -> None:
    settings = load(Settings)
    async with running("uploader", settings) as service:
        service.health.add("frameio", lambda: Check(True, "waits for NATS"))
        bus = await service.connect("uploader")
        store = Store(bus.jetstream, settings.nats_max_file_store)
        brake = store.brake(POST_NOTHING, "no delivery is begun")
        await store.look()
        service.health.add("store", brake.check, condition="disk")
        limits = httpx.Limits(max_connections=settings.uploads_per_replica + 8)
        async with (
            httpx.AsyncClient(base_url=settings.frameio_api, limits=limits, timeout=30) as http,
            access(service, bus, settings, http) as tokens,
        ):
            budget = Budget(await bus.records("budget", BudgetRecord))
            frameio = FrameIO(http, tokens, Pacer(settings.frameio_pace, budget), service.telemetry)
            sign_in = SignIn(frameio, tokens, settings.frameio_account_id)
            projects = Projects(frameio, sign_in, Ruling(bus).rules)
            await bus.overhear((FileDelivered, FileFailed), projects.hear)
            service.health.add("login", tokens.check, condition="frameio", patience=SIGN_IN)
            service.health.add("frameio", sign_in.check, condition="frameio", patience=SIGN_IN)
            service.health.add("account", frameio.intake.check, condition="quota")
            service.health.add_each("project", projects.checks, condition="project")
            service.looks.add(projects.look)
            ledger = await _ledger(bus)
            deliver = await _deliver(bus, service, frameio, ledger)
            await run_all(
                service,
                tokens.keep(service.stop),
                sign_in.run(service.stop),
                projects.run(service.stop),
                every(LOOK_S, service.stop, store.look),
                every(PERIOD_S, service.stop, await _sweep(bus, service, ledger)),
                service.read(
                    "uploader", deliver, slots=settings.uploads_per_replica, permit=permit(brake, sign_in.permit)
                ),
            )


async def _ledger(bus: Bus) -> Ledger:
    return Ledger(
        await bus.records("deliveries", DeliveryRecord),
        await bus.records("deliveries", PlaceRecord),
        await bus.records("assets", AssetRecord),
    )


async def _sweep(bus: Bus, service: Service, ledger: Ledger) -> Sweep:
    rows, cursors = Rows(bus.jetstream, "deliveries"), await bus.records("deliveries", Cursor)
    return Sweep(rows, cursors, ledger, Carriers(bus), bus.publish, stop=service.stop, now=now)


async def _deliver(bus: Bus, service: Service, frameio: FrameIO, ledger: Ledger) -> Deliver:
    folders = Folders(frameio, await bus.records("folders", FolderRecord), now=now)

    async def transfers(question: TransferQuestion) -> TransferAnswer:
        return await bus.ask(ASK_TRANSFER, question, TransferAnswer)

    async def whereabouts(question: WhereaboutsQuestion) -> WhereaboutsAnswer:
        return await bus.ask(ASK_WHEREABOUTS, question, WhereaboutsAnswer)

    sightings = Sightings(Statuses(frameio), frameio, now=now)
    removal = Removal(frameio)
    endings = Endings(ledger, bus.publish, now=now)
    posting = Posting(frameio, ledger, removal, now=now)
    following = Following(sightings, frameio, transfers, stop=service.stop, now=now)
    aftermath = Aftermath(sightings, Surplus(frameio, ledger, removal), endings, now=now)
    return Deliver(
        ledger,
        folders,
        posting,
        following,
        aftermath,
        Absent(whereabouts, now=now),
        endings,
        Resending(posting, following, endings.stale, now=now),
        Conclusion(posting, following, aftermath, endings),
        service.telemetry,
        now=now,
    )


if __name__ == "__main__":
    run(main)
