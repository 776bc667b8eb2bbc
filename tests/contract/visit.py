"""Edge: the official SDK goes through everything that the simulated Frame.io has, and looks at each answer closely."""

import re
import time
from typing import Any
from uuid import uuid4

import httpx
from frameio import Frameio
from frameio.core.api_error import ApiError

from tests.contract.declared import differences
from tests.contract.operations import OPERATIONS

Json = dict[str, Any]

INCLUDED = ("creator", "project", "metadata", "media_links", "owner", "replies", "total_count")
"""Fields that are only there when they were asked for."""

EVERYTHING = "creator,project,metadata," + ",".join(
    f"media_links.{name}"
    for name in (
        "original",
        "thumbnail",
        "thumbnail_high_quality",
        "video_h264_180",
        "high_quality",
        "efficient",
        "scrub_sheet",
    )
)
ERROR_STATUSES = (400, 401, 403, 404, 409, 422, 429)


class Visit:
    """
    Attributes:
        findings: a sentence for everything that is not as the SDK declares it.
        answered: names of the operations that were driven.
    """

    def __init__(self, base_url: str, token: str, source_url: str) -> None:
        self.findings: list[str] = []
        self.answered: set[str] = set()
        self._source_url = source_url
        self._latest: httpx.Response | None = None
        self._http = httpx.Client(base_url=base_url, event_hooks={"response": [self._note]})
        self._client = Frameio(base_url=base_url, token=token, httpx_client=self._http)

    def look_at_everything(self) -> None:
        self._ask("me")
        account = {"account_id": self._ask("accounts", include_total_count=True)["data"][0]["id"]}
        workspace = account | {"workspace_id": self._ask("workspaces", **account)["data"][0]["id"]}
        self._ask("workspaces", asked=("creator",), **account, include="creator")
        self._ask("workspace_projects", **workspace)
        project = self._ask("account_projects", asked=("owner",), **account, include="owner")["data"][0]
        self._ask("project", **account, project_id=project["id"])
        root = account | {"folder_id": project["root_folder_id"]}
        self._ask("folder", **root)
        made = self._ask("create_folder", **root, data={"name": "WIP"})["data"]
        self._ask("list_folders", asked=("creator", "project", "metadata"), **root, include="creator,project,metadata")
        self._look_at_files(account, account | {"folder_id": made["id"]})
        self._ask("list_children", **root, page_size=500)

    def meet_every_error(self) -> None:
        """Each kind as Frame.io words it, whatever led to it."""
        for status in ERROR_STATUSES:
            fault = {"kind": "status", "route": "me", "status": status}
            self._http.post("/_sim/faults", json={"faults": [fault]}).raise_for_status()
            self._refused("me", status)
        account = self._ask("accounts")["data"][0]["id"]
        self._refused("file", 404, account_id=account, file_id=str(uuid4()))
        self._refused("file", 422, account_id=account, file_id="no-uuid")

    def _look_at_files(self, account: Json, folder: Json) -> None:
        told = [self._ask("remote_upload", **folder, data=self._upload(name)) for name in ("a.mov", "b.mov")]
        file = account | {"file_id": told[0]["data"]["id"]}
        self._ask("file_status", **file)
        while self._ask("file", **file)["data"]["status"] != "transcoded":
            time.sleep(0.2)
        self._ask("file_status", **file)
        self._ask("file", asked=("creator", "project", "metadata", "media_links"), **file, include=EVERYTHING)
        self._ask("list_files", **folder, page_size=500, sort="created_at_desc")
        self._go_through_pages(folder)
        self._http.post(f"/_sim/files/{file['file_id']}/comments", json={"text": "Too dark"}).raise_for_status()
        self._ask("list_comments", **file)
        self._ask("list_comments", asked=("owner", "replies"), **file, include="owner,replies", page_size=1)
        self._ask("rename_file", **file, data={"name": "c.mov"})
        self._look_at_stacks(account, folder, [one["data"]["id"] for one in told])
        self._ask("delete_file", **file)

    def _look_at_stacks(self, account: Json, folder: Json, file_ids: list[str]) -> None:
        stacked = self._ask("create_version_stack", **folder, data={"file_ids": file_ids})["data"]
        stack = account | {"version_stack_id": stacked["id"]}
        asked, include = ("creator", "project", "metadata"), "creator,project,metadata"
        self._ask("version_stack", asked=asked, **stack, include=include)
        self._ask("version_stack_children", **stack)
        self._ask("list_version_stacks", **folder)
        self._ask("list_children", **folder)
        self._ask("move_file", **account, file_id=file_ids[0], data={"parent_id": folder["folder_id"]})

    def _upload(self, name: str) -> Json:
        return {"name": name, "source_url": self._source_url}

    def _go_through_pages(self, folder: Json) -> None:
        """The SDK follows `links.next` by itself, and then asks for pages of the default size."""
        pager = OPERATIONS["list_files"].call(self._client, **folder, page_size=1)
        names = [asset.name for asset in pager]
        if names != ["a.mov", "b.mov"]:
            self.findings.append(f"list_files: page by page the SDK finds {names}")

    def _ask(self, name: str, *, asked: tuple[str, ...] = (), **arguments: Any) -> Json:
        """`asked`: fields that are to be there because of `include`."""
        operation = OPERATIONS[name]
        time.sleep(operation.rate[1] / operation.rate[0] if operation.rate[1] <= 1 else 0)  # within the limits
        operation.call(self._client, **arguments)
        self.answered.add(name)
        answer = self._answer
        absent = set(INCLUDED) - set(asked) - ({"total_count"} if "include_total_count" in arguments else set())
        if operation.answer is type(None):
            problems = [] if answer.status_code == 204 and not answer.content else [f"{answer.status_code}, not empty"]
            content: Json = {}
        else:
            content = answer.json()
            problems = differences(operation.answer, content, absent=absent)
        self.findings += [f"{name}: {problem}" for problem in (*problems, *self._wrong_headers(name))]
        return content

    def _refused(self, name: str, status: int, **arguments: Any) -> None:
        try:
            OPERATIONS[name].call(self._client, **arguments)
        except ApiError as error:
            problems = differences(type(error.body), self._answer.json(), absent=("source", "title"))
            if self._answer.status_code != status or not re.search("Error$", type(error).__name__):
                problems.append(f"the SDK raises {type(error).__name__} for {self._answer.status_code}")
            self.findings += [f"{name} answered by {status}: {problem}" for problem in problems]
        else:
            self.findings.append(f"{name} was to be answered by {status}, and was not")

    def _wrong_headers(self, name: str) -> list[str]:
        calls, window_s = OPERATIONS[name].rate
        wanted = {"x-ratelimit-limit": str(calls), "x-ratelimit-window": str(int(window_s * 1000))}
        told = {header: self._answer.headers.get(header) for header in wanted}
        return [] if told == wanted else [f"is documented with {wanted} and says {told}"]

    @property
    def _answer(self) -> httpx.Response:
        assert self._latest is not None
        return self._latest

    def _note(self, response: httpx.Response) -> None:
        response.read()
        self._latest = response
