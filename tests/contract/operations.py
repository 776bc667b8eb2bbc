"""Edge: the operations of Frame.io's official SDK that are simulated, and what the SDK declares of each.

Only the SDK's own interpreter has that package: `python -m tests.contract.sdk` runs there, and nothing else imports
this module.
"""

import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from frameio import Frameio

from tests.contract.declared import differences

_RATE = re.compile(r"Rate Limits: (\d+) calls per ([\d.]+) (second|minute)\(s\)")
_SECONDS = {"second": 1.0, "minute": 60.0}

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """`path` names its parameters as the SDK does; `group` and `method` are where the SDK has it."""

    name: str
    verb: str
    path: str
    group: str
    method: str

    @cached_property
    def hints(self) -> Json:
        return typing.get_type_hints(self._raw(Frameio(token="")), include_extras=True)

    @property
    def answer(self) -> Any:
        """The declared type of a good answer; None when it has no body."""
        return typing.get_args(self.hints["return"])[-1]

    @property
    def rate(self) -> tuple[int, float]:
        """Calls, and in how many seconds, as its documentation says."""
        found = _RATE.search(self._raw(Frameio(token="")).__doc__ or "")
        assert found is not None, f"the SDK says no limit of {self.name}"
        return int(found[1]), float(found[2]) * _SECONDS[found[3]]

    def call(self, client: Frameio, **arguments: Any) -> Any:
        """Once: the SDK would try again by itself what must not be tried again."""
        return self._raw(client)(**arguments, request_options={"max_retries": 0})

    def parameters(self, path: str) -> dict[str, str] | None:
        """What stands in `path` for its parameters; None when it is not a path of this operation."""
        found = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path)), path)
        return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}

    def _raw(self, client: Frameio) -> Any:
        return getattr(getattr(client, self.group).with_raw_response, self.method)


_ACCOUNT = "/v4/accounts/{account_id}"
_FOLDER = _ACCOUNT + "/folders/{folder_id}"
_FILE = _ACCOUNT + "/files/{file_id}"
_STACKS = _FOLDER + "/version_stacks"
_STACK = _ACCOUNT + "/version_stacks/{version_stack_id}"

OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("me", "GET", "/v4/me", "users", "show"),
        Operation("accounts", "GET", "/v4/accounts", "accounts", "index"),
        Operation("workspaces", "GET", _ACCOUNT + "/workspaces", "workspaces", "index"),
        Operation("account_projects", "GET", _ACCOUNT + "/projects", "projects", "account_projects_index"),
        Operation("workspace_projects", "GET", _ACCOUNT + "/workspaces/{workspace_id}/projects", "projects", "index"),
        Operation("project", "GET", _ACCOUNT + "/projects/{project_id}", "projects", "show"),
        Operation("folder", "GET", _FOLDER, "folders", "show"),
        Operation("list_folders", "GET", _FOLDER + "/folders", "folders", "list"),
        Operation("create_folder", "POST", _FOLDER + "/folders", "folders", "create"),
        Operation("list_files", "GET", _FOLDER + "/files", "files", "list"),
        Operation("list_children", "GET", _FOLDER + "/children", "folders", "index"),
        Operation("remote_upload", "POST", _FOLDER + "/files/remote_upload", "files", "create_remote_upload"),
        Operation("file", "GET", _FILE, "files", "show"),
        Operation("file_status", "GET", _FILE + "/status", "files", "show_file_upload_status"),
        Operation("rename_file", "PATCH", _FILE, "files", "update"),
        Operation("move_file", "PATCH", _FILE + "/move", "files", "move"),
        Operation("delete_file", "DELETE", _FILE, "files", "delete"),
        Operation("list_comments", "GET", _FILE + "/comments", "comments", "index"),
        Operation("list_version_stacks", "GET", _STACKS, "version_stacks", "list"),
        Operation("create_version_stack", "POST", _STACKS, "version_stacks", "create"),
        Operation("version_stack", "GET", _STACK, "version_stacks", "show"),
        Operation("version_stack_children", "GET", _STACK + "/children", "version_stacks", "index"),
    )
}


def found(verb: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    for operation in OPERATIONS.values():
        parameters = operation.parameters(path)
        if operation.verb == verb and parameters is not None:
            return operation, parameters
    return None


def arguments(operation: Operation, query: Mapping[str, str], body: Json | None) -> tuple[Json, list[str]]:
    """What the SDK would be called with to send this query and body, and where that is not what it takes."""
    given: Json = {}
    wrong: list[str] = []
    for name, text in query.items():
        if name not in operation.hints:
            wrong.append(f"{name} is no parameter of {operation.name}")
            continue
        given[name] = _converted(text)
        wrong += differences(operation.hints[name], given[name], name)
    if body is not None:
        declared = operation.hints.get("data")
        wrong += [f"{name} is not declared" for name in body.keys() - {"data"}]
        wrong += differences(declared, body.get("data"), "data") if declared else [f"{operation.name} takes no body"]
        given["data"] = body.get("data")
    return given, wrong


def _converted(text: str) -> int | bool | str:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() else text
