"""Edge: the dozen calls of Frame.io V4 that PostFlow makes.

Never the official SDK: it repeats the POST that must not be repeated, and cuts lists short without a word.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

import httpx
from opentelemetry.trace import SpanKind
from pydantic import BaseModel

from postflow.telemetry import Telemetry
from uploader.frameio import answers
from uploader.frameio.answering import Answering
from uploader.frameio.deadline import unsent_after
from uploader.frameio.errors import FrameioUnavailable, RateLimited, error_for
from uploader.frameio.intake import Intake
from uploader.frameio.limits import Endpoint
from uploader.frameio.objects import Account, Asset, Folder, Page, Project, UploadStatus, User
from uploader.frameio.pacing import Pacer
from uploader.frameio.tokens import Tokens

PAGE_SIZE = 500
"""The most that lists of assets give at once; other lists give 100."""

SMALL_PAGE_SIZE = 100
RATE_LIMIT_TRIES = 4

Json = dict[str, Any]
M = TypeVar("M", bound=BaseModel)


class FrameIO:
    """Calls as one user of one account. Every call raises what `error_for` says, and FrameioUnavailable.

    Calls that create raise OutcomeUnknown when they may have had their effect.
    """

    def __init__(self, http: httpx.AsyncClient, tokens: Tokens, pacer: Pacer, telemetry: Telemetry) -> None:
        self._http = http
        self._tokens = tokens
        self._pacer = pacer
        self._telemetry = telemetry
        self.intake, self.answering = Intake(), Answering()
        self.account_id = ""
        self.user_id = ""
        """Both set once they have been discovered; every call below an account needs them."""
        self.account_name = self.user_name = ""
        """The same, for people."""
        self.is_refused = False
        """Whether the latest answer was that Frame.io does not take our token, nor one that is newer."""

    async def me(self) -> User:
        answer = await self._get("/v4/me", Endpoint.DISCOVERY)
        return answers.read(User, answer["data"], "GET discovery")

    async def accounts(self) -> list[Account]:
        return [account async for account in self._list(Account, "/v4/accounts", Endpoint.DISCOVERY)]

    async def projects(self) -> list[Project]:
        path = f"/v4/accounts/{self.account_id}/projects"
        return [project async for project in self._list(Project, path, Endpoint.DISCOVERY)]

    async def folders_in(self, folder_id: str) -> list[Folder]:
        path = self._path(f"folders/{folder_id}/folders")
        return [folder async for folder in self._list(Folder, path, Endpoint.FOLDERS_OF_FOLDER, page_size=PAGE_SIZE)]

    async def create_folder(self, parent_id: str, name: str) -> Folder:
        answer = await self._call(
            "POST",
            self._path(f"folders/{parent_id}/folders"),
            Endpoint.CREATE_FOLDER,
            body={"data": {"name": name}},
            writes=True,
        )
        return answers.read(Folder, answer["data"], "POST create_folder", writes=True)

    def files_in(self, folder_id: str, *, with_creator: bool = False) -> AsyncIterator[Asset]:
        """The files of a folder, newest first; stop reading when you have seen enough."""
        extra = {"include": "creator"} if with_creator else {}
        return self._list(
            Asset,
            self._path(f"folders/{folder_id}/files"),
            Endpoint.FILES_OF_FOLDER,
            page_size=PAGE_SIZE,
            extra={"sort": "created_at_desc", **extra},
        )

    async def turn_to_upload(self) -> None:
        """Wait for our turn and a token, so that nothing but the POST lies between an intent and its deadline."""
        await self._tokens.bearer()
        await self._pacer.turn(Endpoint.REMOTE_UPLOAD)

    async def remote_upload(self, folder_id: str, name: str, source_url: str, *, timeout_s: float) -> Asset:
        """Ask Frame.io to fetch a file. Never sent twice by itself; call `turn_to_upload` first.

        Raises:
            OutcomeUnknown: there may be an asset now; look in the folder before another POST.
        """
        answer = await self._once(
            "POST",
            self._path(f"folders/{folder_id}/files/remote_upload"),
            Endpoint.REMOTE_UPLOAD,
            body={"data": {"name": name, "source_url": source_url}},
            writes=True,
            timeout_s=timeout_s,
        )
        return answers.read(Asset, answer["data"], "POST remote_upload", writes=True)

    async def file(self, asset_id: str) -> Asset:
        """Wherever it is now; one that was just made may not be found for some seconds."""
        answer = await self._get(self._path(f"files/{asset_id}"), Endpoint.FILE)
        return answers.read(Asset, answer["data"], "GET file")

    async def upload_status(self, asset_id: str) -> UploadStatus:
        answer = await self._get(self._path(f"files/{asset_id}/status"), Endpoint.FILE_STATUS)
        return answers.read(UploadStatus, answer["data"], "GET file_status")

    async def delete_file(self, asset_id: str) -> None:
        """Deleting what is gone already is no error to the caller: it raises NotFound, which may be ignored."""
        await self._call("DELETE", self._path(f"files/{asset_id}"), Endpoint.DELETE_FILE)

    async def has_comments(self, asset_id: str) -> bool:
        answer = await self._get(
            self._path(f"files/{asset_id}/comments"), Endpoint.COMMENTS_OF_FILE, {"page_size": "1"}
        )
        return bool(answers.read(Page, answer, "GET comments_of_file").data)

    def _path(self, rest: str) -> str:
        return f"/v4/accounts/{self.account_id}/{rest}"

    async def _get(self, path: str, endpoint: Endpoint, params: Mapping[str, str] | None = None) -> Json:
        return await self._call("GET", path, endpoint, params=params)

    async def _list(
        self,
        kind: type[M],
        path: str,
        endpoint: Endpoint,
        *,
        page_size: int = SMALL_PAGE_SIZE,
        extra: Mapping[str, str] | None = None,
    ) -> AsyncIterator[M]:
        """Every item of every page. `links.next` keeps only its cursor, so we say the rest again on each page."""
        params, call = {"page_size": str(page_size), **(extra or {})}, f"GET {endpoint.label}"
        while True:
            page = answers.read(Page, await self._get(path, endpoint, params), call)
            for item in page.data:
                yield answers.read(kind, item, call)
            if not page.following:
                return
            params["after"] = answers.cursor(page.following, call)

    async def _call(
        self,
        method: str,
        path: str,
        endpoint: Endpoint,
        *,
        params: Mapping[str, str] | None = None,
        body: Json | None = None,
        writes: bool = False,
    ) -> Json:
        """Wait for our turn and call; an empty bucket is waited for, since nothing happened."""
        for last in (*(False,) * (RATE_LIMIT_TRIES - 1), True):
            await self._pacer.turn(endpoint)
            try:
                return await self._once(method, path, endpoint, params=params, body=body, writes=writes)
            except RateLimited:
                if last:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _once(
        self,
        method: str,
        path: str,
        endpoint: Endpoint,
        *,
        params: Mapping[str, str] | None = None,
        body: Json | None = None,
        writes: bool = False,
        timeout_s: float = 30.0,
    ) -> Json:
        call = f"{method} {endpoint.label}"
        with self._telemetry.step(call, kind=SpanKind.CLIENT, attributes={"http.request.method": method}) as span:
            response = await self._send(method, path, call, params, body, writes, timeout_s)
            span.set_attribute("http.response.status_code", response.status_code)
            with self.answering.reading(call, response.status_code):
                pause_s = answers.pause_s(response.headers)
                error = error_for(
                    response.status_code,
                    answers.detail(response),
                    call=call,
                    pause_s=pause_s,
                    writes=writes,
                    remedy=self._tokens.remedy,
                )
                self.intake.answered(error, writes=writes)
                if isinstance(error, RateLimited):
                    await self._pacer.pause(endpoint, error.retry_after_s or 1.0)
                if error is not None:
                    raise error
                return answers.body(response, call, writes)

    async def _send(
        self,
        method: str,
        path: str,
        call: str,
        params: Mapping[str, str] | None,
        body: Json | None,
        writes: bool,
        timeout_s: float,
    ) -> httpx.Response:
        """Sent again, once, after a 401: that is a definite no, so nothing has happened."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        extensions = {"trace": unsent_after(deadline, call)} if writes else None

        async def send(bearer: str) -> httpx.Response:
            headers = {"Authorization": f"Bearer {bearer}"}
            request = self._http.build_request(
                method, path, params=params, json=body, headers=headers, timeout=timeout_s, extensions=extensions
            )
            return await self._sent(request, call, writes, deadline)

        bearer = await self._tokens.bearer()
        response = await send(bearer)
        self.is_refused = response.status_code == 401
        if self.is_refused:
            response = await send(await self._tokens.newer_than(bearer))
            self.is_refused = response.status_code == 401
        return response

    async def _sent(self, request: httpx.Request, call: str, writes: bool, deadline: float) -> httpx.Response:
        """`deadline`: time of the event loop, from which on nothing is sent and no answer waited for."""
        if asyncio.get_running_loop().time() >= deadline:
            raise FrameioUnavailable(f"there was no time left for {call}")
        with self.answering.sending(call, writes=writes):
            # httpx gives each step of a call so long: the connection, the request, the answer.
            async with asyncio.timeout_at(deadline):
                return await self._http.send(request)
