"""Edge: an IMS, the bucket of tokens, and a person who may sign in, in one process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from postflow.bus import Bus
from postflow.errors import PermanentError
from postflow.questions import LoginBeginQuestion, LoginFinishAnswer, LoginFinishQuestion
from simulators.ims import ImsSimulator, Settings
from simulators.serving import running
from tests.integration.login_rig import CLIENT, REDIRECT, SECRET_KEY, consent
from uploader.frameio.ims import Ims
from uploader.frameio.login import Login
from uploader.frameio.objects import Seen
from uploader.frameio.refresh import WebAppTokens
from uploader.frameio.vault import PendingLogin, TokenRecord, Vault


@dataclass
class Clock:
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Office:
    """An IMS, the bucket, and a person who may sign in."""

    def __init__(self, bus: Bus, simulator: ImsSimulator, http: httpx.AsyncClient, clock: Clock) -> None:
        self.bus = bus
        self.simulator = simulator
        self.clock = clock
        self.ims = Ims(
            http,
            client_id=CLIENT["FRAMEIO_CLIENT_ID"],
            client_secret=SecretStr(CLIENT["FRAMEIO_CLIENT_SECRET"]),
            now=clock,
        )
        self.about: set[str] = set()
        """Kinds of violations that the test is about."""
        self.sees: tuple[str, ...] | PermanentError = ("UNDLM",)

    async def vault(self, key: str = SECRET_KEY) -> Vault:
        records = await self.bus.records("tokens", TokenRecord)
        return Vault(records, await self.bus.records("tokens", PendingLogin), SecretStr(key))

    async def tokens(self, owner: str = "one", key: str = SECRET_KEY, now: Clock | None = None) -> WebAppTokens:
        return WebAppTokens(await self.vault(key), self.ims, owner=owner, now=now or self.clock)

    async def desk(self) -> Login:
        async def look(_: SecretStr) -> Seen:
            if isinstance(self.sees, PermanentError):
                raise self.sees
            return Seen(user="Technical user", account="Studio", projects=self.sees)

        return Login(await self.vault(), self.ims, look, redirect_uri=REDIRECT, now=self.clock)

    async def address(self) -> str:
        """What the person has to paste."""
        return await consent((await (await self.desk()).begin(LoginBeginQuestion())).authorize_url)

    async def finish(self, redirect: str) -> LoginFinishAnswer:
        return await (await self.desk()).finish(LoginFinishQuestion(redirect=redirect))

    async def login(self) -> None:
        assert (await self.finish(await self.address())).refusal is None

    async def works(self, token: str) -> bool:
        return self.simulator.grants.is_active(token, datetime.now(UTC).timestamp())

    @property
    def rotations(self) -> int:
        return self.simulator.grants.counts.rotations

    @property
    def reuses(self) -> int:
        return self.simulator.grants.counts.reuses


@pytest.fixture
async def office(bus: Bus) -> AsyncIterator[Office]:
    simulator = ImsSimulator(Settings(redirect_uris=(REDIRECT,)))
    async with running(simulator.app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        made = Office(bus, simulator, http, Clock())
        yield made
        violations = simulator.journal.violations_beside(*made.about)
        assert not violations, violations
