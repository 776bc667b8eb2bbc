"""Edge: uploaders as processes that sign in by the simulated IMS, and the person who consents."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from postflow.bus import Bus
from postflow.questions import (
    ASK_LOGIN_BEGIN,
    ASK_LOGIN_FINISH,
    ASK_TRANSFER,
    ASK_WHEREABOUTS,
    LoginBeginAnswer,
    LoginBeginQuestion,
    LoginFinishAnswer,
    LoginFinishQuestion,
    TransferQuestion,
    WhereaboutsQuestion,
)
from simulators.ims import ImsSimulator
from simulators.ims import Settings as ImsSettings
from simulators.serving import running
from tests.integration.uploader_rig import Rig, rig
from tests.nats_fixtures import free_port

REDIRECT = "https://localhost:8443/callback"
CLIENT = {"FRAMEIO_CLIENT_ID": "simulated-client", "FRAMEIO_CLIENT_SECRET": "simulated-secret"}
SECRET_KEY = "0123456789abcdef0123456789abcdef"
SECRETS = ("simulated-access", "simulated-refresh", "simulated-code", "simulated-secret", SECRET_KEY)


async def consent(authorize_url: str) -> str:
    """What the browser shows after a person has consented at this address."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(authorize_url)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


@dataclass
class Uploader:
    """One process, with what it said."""

    log: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "uploader",
                env=self.environment | {"HEALTH_HOST": "127.0.0.1", "HEALTH_PORT": str(self.port)},
                stdout=out,
                stderr=out,
            )

    async def stop(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), 30)

    async def checks(self) -> dict[str, Any]:
        """Empty while nothing answers."""
        try:
            async with httpx.AsyncClient(trust_env=False) as http:
                answer = await http.get(f"http://127.0.0.1:{self.port}/readyz")
        except httpx.HTTPError:
            return {}
        return dict(answer.json()["checks"])

    async def until_check(self, name: str, words: str, *, ok: bool) -> dict[str, Any]:
        """Wait until a check says so."""
        last: dict[str, Any] = {}
        for _ in range(400):
            last = (await self.checks()).get(name, {})
            if last and last["ok"] is ok and words in last["detail"]:
                return last
            await asyncio.sleep(0.05)
        raise AssertionError(f"{name} says {last}; {self.log.read_text()[-2000:]}")


@dataclass
class Lot:
    """A studio with an IMS, and as many uploaders as a test starts."""

    studio: Rig
    ims: ImsSimulator
    uploaders: list[Uploader]
    about: set[str] = field(default_factory=set)
    """Kinds of violations at IMS that the test is about."""

    @property
    def bus(self) -> Bus:
        return self.studio.bus

    async def begin(self) -> LoginBeginAnswer:
        return await self.bus.ask(ASK_LOGIN_BEGIN, LoginBeginQuestion(), LoginBeginAnswer, timeout_s=20)

    async def finish(self, redirect: str) -> LoginFinishAnswer:
        question = LoginFinishQuestion(redirect=redirect)
        return await self.bus.ask(ASK_LOGIN_FINISH, question, LoginFinishAnswer, timeout_s=20)

    async def login(self) -> LoginFinishAnswer:
        return await self.finish(await consent((await self.begin()).authorize_url))

    def logs(self) -> str:
        return "".join(uploader.log.read_text() for uploader in self.uploaders)


@asynccontextmanager
async def lot(bus: Bus, nats_url: str, folder: Path, *, replicas: int = 1, **changed: str) -> AsyncIterator[Lot]:
    """Uploaders that run; `changed` is of their environment.

    At the end nothing they said held a secret, and IMS saw no violation but of the kinds in `Lot.about`.
    """
    ims = ImsSimulator(ImsSettings(redirect_uris=(REDIRECT,)))
    async with running(ims.app) as ims_url, rig(bus, ims_url=ims_url, limit_scale=100) as studio:

        async def transfer(question: TransferQuestion) -> Any:
            return await studio.source.transfer(question)

        await bus.answer("fileserver", ASK_TRANSFER, TransferQuestion, transfer)
        await bus.answer("watcher", ASK_WHEREABOUTS, WhereaboutsQuestion, studio.source.whereabouts)
        environment = {
            "PATH": os.environ["PATH"],
            "NATS_URL": nats_url,
            "FRAMEIO_API": studio.frameio_url,
            "IMS_URL": ims_url,
            "FRAMEIO_REDIRECT_URI": REDIRECT,
            "SECRET_KEY": SECRET_KEY,
            **CLIENT,
            **changed,
        }
        made = Lot(studio, ims, [Uploader(folder / f"uploader-{n}.log", environment) for n in range(replicas)])
        try:
            for uploader in made.uploaders:
                await uploader.start()
            yield made
        finally:
            codes = [await uploader.stop() for uploader in made.uploaders]
        assert codes == [0] * replicas, made.logs()
        assert [secret for secret in SECRETS if secret in made.logs()] == []
        violations = ims.journal.violations_beside(*made.about)
        assert not violations, violations
