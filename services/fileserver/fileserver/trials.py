"""Edge: answers `ask.fileserver.check`: a file is opened for ourselves, fetched through the public name, and closed.

The fetch is ours, and not that of who asks: a desk may have no way to the internet, and this is the way that the probe
takes. Who asks says so again and again; when it does not any more, fetch and address end.
"""

import asyncio
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Protocol

import httpx

from fileserver.aside import OnTrial, WithTrials
from fileserver.expose import EXPOSURE_ID_BYTES
from fileserver.exposure import Exposure, State
from fileserver.fetching import Asked, NotArrived, far, near
from fileserver.film import Revision
from fileserver.rotating import Keys
from fileserver.trial import BEGINNING_BYTES, LEASE_S, Trial
from fileserver.troubles import DiskTrouble, FileGone, NotReadable, VolumeAway
from fileserver.tunnel import probe
from postflow.checks import Check
from postflow.destination import Destination, Lane
from postflow.logs import get_logger
from postflow.questions import CheckAnswer, CheckQuestion

logger = get_logger(__name__)

ANSWER_S = 1.0
"""How long an answer waits for the end."""

NO_FILE = "Give the path of a file, absolute on the mount or as it stands in the filespace."


class PublicName(Protocol):
    @property
    def base_url(self) -> str | None: ...
    @property
    def cure(self) -> str: ...
    def check(self) -> Check: ...


class NoTrial(Exception):
    """There is nothing to fetch, or no way to. Args: why, and what to do."""

    def __init__(self, said: str, what_to_do: str) -> None:
        super().__init__(said)
        self.said, self.what_to_do = said, what_to_do


class Trials:
    """
    Args:
        look: at a path inside the filespace. Raises as `Films.find`.
    """

    def __init__(
        self,
        beside: WithTrials,
        look: Callable[[str], Awaitable[Revision]],
        keys: Keys,
        name: PublicName,
        now: Callable[[], datetime],
        *,
        root: Path,
        filespace: str,
    ) -> None:
        self._beside = beside
        self._look = look
        self._keys = keys
        self._name = name
        self._now = now
        self._root = root
        self._filespace = filespace
        self._latest: Trial | None = None

    async def answer(self, near_url: str, question: CheckQuestion) -> CheckAnswer:
        """
        Args:
            near_url: base address of the public port on this machine.
        """
        trial = self._latest
        if trial is None or trial.question.check_id != question.check_id:
            if trial is not None and not trial.is_over:
                return CheckAnswer(over=True, said="another check is under way", what_to_do="Wait until it is over.")
            trial = self._latest = Trial(question)
            trial.task = asyncio.create_task(self._run(trial, near_url))
        trial.renew()
        assert trial.task is not None, "it was begun"
        await asyncio.wait((trial.task,), timeout=ANSWER_S)
        if trial.is_over and not trial.task.cancelled():
            trial.task.result()  # a defect is for whoever asked, and for the log
        return trial.answer()

    async def until(self, stop: asyncio.Event) -> None:
        await stop.wait()
        trial = self._latest
        if trial is not None and trial.task is not None and not trial.is_over:
            trial.said = "the fileserver is stopping"
            trial.task.cancel()
            await asyncio.wait((trial.task,))

    async def _run(self, trial: Trial, near_url: str) -> None:
        """What goes wrong is said in the answer."""
        try:
            async with trial.lease():
                await self._try(trial, near_url)
        except TimeoutError:
            trial.said = "nobody asked for it any more"
        except NoTrial as error:
            trial.said, trial.what_to_do = error.said, error.what_to_do
        except NotArrived as error:
            trial.said, trial.what_to_do = error.why.why, error.why.what_to_do
        except httpx.HTTPError as error:
            trial.said = f"the fileserver's own port does not answer as it should ({type(error).__name__})"
            trial.what_to_do = "Look for its requests in the fileserver's log."
        logger.info("tried the public name", action="trial_over", path=trial.path, done=trial.done, why=trial.said)

    async def _try(self, trial: Trial, near_url: str) -> None:
        base_url = self._name.base_url
        if base_url is None:
            standing = self._name.check()
            raise NoTrial(f"there is no public name that works: {standing.detail}", standing.what_to_do)
        trial.base_url = base_url
        trial.path, revision = await self._found(trial.question.path)
        trial.size_bytes = revision.size_bytes
        trial.figures.wanted_bytes = revision.size_bytes if trial.wants_all else BEGINNING_BYTES
        live = self._beside.open(self._exposure(trial, revision))
        try:
            await self._fetch(trial, live, near_url)
        finally:
            self._beside.close(live)

    async def _fetch(self, trial: Trial, live: OnTrial, near_url: str) -> None:
        record, figures, base_url = live.record, trial.figures, trial.base_url
        path = self._keys.path(record.exposure_id, int(record.expires_at.timestamp()))
        async with probe.client() as through, httpx.AsyncClient(trust_env=False) as beside:
            plain = await near(beside, near_url + path, figures)
            asked = Asked(base_url, path, is_part=not trial.wants_all, cure=self._name.cure)
            try:
                async with asyncio.timeout(trial.most_s):
                    await far(through, asked, plain, figures)
            except TimeoutError:
                trial.said = f"ended after {trial.most_s:.0f} s"
        trial.done = figures.got_bytes > 0

    async def _found(self, given: str) -> tuple[str, Revision]:
        """The path as the volume spells it. Raises NoTrial."""
        path = inside(given, self._root)
        if path is None:
            raise NoTrial(f"{given} is no path below {self._root}", NO_FILE)
        try:
            for form in dict.fromkeys((path, unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path))):
                with suppress(FileGone):
                    revision = await self._look(form)
                    if revision.size_bytes == 0:
                        raise NoTrial(f"{form} is empty", "Take a film of some size.")
                    return form, revision
        except (NotReadable, VolumeAway, DiskTrouble) as error:
            raise NoTrial(f"{path} cannot be read: {error}", NO_FILE) from error
        raise NoTrial(f"there is no {path}", NO_FILE)

    def _exposure(self, trial: Trial, revision: Revision) -> Exposure:
        """Under an id that no file has: nobody takes what is told of it for news of one."""
        now = self._now()
        return Exposure(
            file_id=secrets.token_hex(16),
            filespace=self._filespace,
            path=trial.path,
            size_bytes=revision.size_bytes,
            mtime_ns=revision.mtime_ns,
            changed_at=now,
            attempt=1,
            exposure=0,
            destination=Destination(show="", route="", project="", folder=(), name=PurePosixPath(trial.path).name),
            lane=Lane.SMALL,
            state=State.OPEN,
            exposure_id=secrets.token_urlsafe(EXPOSURE_ID_BYTES),
            base_url=trial.base_url,
            opened_at=now,
            expires_at=now + timedelta(seconds=trial.most_s + LEASE_S),
            announced=True,
        )


def inside(given: str, root: Path) -> str | None:
    """The path inside the filespace; None if it lies elsewhere."""
    text = given
    if given.startswith("/"):
        text = given.removeprefix(f"{root}/")
        if text == given:
            return None
    parts = [part for part in text.split("/") if part not in ("", ".")]
    return None if not parts or ".." in parts or "\0" in text else "/".join(parts)


def url_at(host: str, port: int) -> str:
    """Where we answer ourselves, listening there."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"
