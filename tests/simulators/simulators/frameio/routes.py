"""Edge: the V4 endpoints that are simulated, each with the limit that its reference page states."""

from simulators.frameio import discovery, files, folders, stacks
from simulators.frameio.limits import FIVE_A_SECOND, HUNDRED_A_MINUTE, TEN_A_MINUTE, TEN_A_SECOND, THREE_A_SECOND
from simulators.frameio.operations import Operation

_ACCOUNT = "/v4/accounts/{account_id}"
_FOLDER = _ACCOUNT + "/folders/{folder_id}"
_STACKS = _FOLDER + "/version_stacks"
_STACK = _ACCOUNT + "/version_stacks/{version_stack_id}"
_FILE = _ACCOUNT + "/files/{file_id}"

OPERATIONS = (
    Operation("me", "GET", "/v4/me", HUNDRED_A_MINUTE, discovery.me),
    Operation("accounts", "GET", "/v4/accounts", HUNDRED_A_MINUTE, discovery.accounts),
    Operation("workspaces", "GET", _ACCOUNT + "/workspaces", HUNDRED_A_MINUTE, discovery.workspaces),
    Operation("account_projects", "GET", _ACCOUNT + "/projects", HUNDRED_A_MINUTE, discovery.account_projects),
    Operation(
        "workspace_projects",
        "GET",
        _ACCOUNT + "/workspaces/{workspace_id}/projects",
        HUNDRED_A_MINUTE,
        discovery.workspace_projects,
    ),
    Operation("project", "GET", _ACCOUNT + "/projects/{project_id}", HUNDRED_A_MINUTE, discovery.project),
    Operation("folder", "GET", _FOLDER, HUNDRED_A_MINUTE, folders.folder),
    Operation("list_folders", "GET", _FOLDER + "/folders", FIVE_A_SECOND, folders.list_folders),
    Operation("create_folder", "POST", _FOLDER + "/folders", THREE_A_SECOND, folders.create_folder),
    Operation("list_files", "GET", _FOLDER + "/files", FIVE_A_SECOND, folders.list_files),
    Operation("list_children", "GET", _FOLDER + "/children", HUNDRED_A_MINUTE, folders.list_children),
    Operation("remote_upload", "POST", _FOLDER + "/files/remote_upload", FIVE_A_SECOND, files.remote_upload),
    Operation("file", "GET", _FILE, TEN_A_SECOND, files.file),
    Operation("file_status", "GET", _FILE + "/status", FIVE_A_SECOND, files.file_status),
    Operation("rename_file", "PATCH", _FILE, HUNDRED_A_MINUTE, stacks.rename_file),
    Operation("move_file", "PATCH", _FILE + "/move", HUNDRED_A_MINUTE, stacks.move_file),
    Operation("delete_file", "DELETE", _FILE, HUNDRED_A_MINUTE, files.delete_file),
    Operation("list_comments", "GET", _FILE + "/comments", HUNDRED_A_MINUTE, files.list_comments),
    Operation("list_version_stacks", "GET", _STACKS, FIVE_A_SECOND, folders.list_version_stacks),
    Operation("create_version_stack", "POST", _STACKS, TEN_A_MINUTE, stacks.create_version_stack),
    Operation("version_stack", "GET", _STACK, HUNDRED_A_MINUTE, stacks.version_stack),
    Operation("version_stack_children", "GET", _STACK + "/children", HUNDRED_A_MINUTE, stacks.version_stack_children),
)
NAMES = frozenset(operation.name for operation in OPERATIONS)
