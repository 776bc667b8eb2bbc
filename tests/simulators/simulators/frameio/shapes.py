"""Pure: projects, folders and files as Frame.io V4 describes them in JSON."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from simulators.frameio.assets import Asset, Comment, File, Folder, Project, User, VersionStack
from simulators.frameio.store import Store
from simulators.instants import with_microseconds_z as iso


@dataclass(frozen=True, slots=True)
class View:
    """What a description depends on beside its subject: the moment, where view_urls lead, what to include."""

    store: Store
    now: float
    view_base: str
    include: Collection[str] = ()


def asset_json(asset: Asset, view: View) -> dict[str, Any]:
    match asset:
        case File():
            return file_json(asset, view) | _included(asset, view)
        case Folder():
            return folder_json(asset, view) | _included(asset, view)
        case VersionStack():
            return stack_json(asset, view) | _included(asset, view)


def file_json(file: File, view: View) -> dict[str, Any]:
    return {
        "id": file.id,
        "type": "file",
        "name": file.name,
        "status": file.status(view.now),
        "file_size": file.size_at(view.now),
        "media_type": file.media_type_at(view.now),
        "parent_id": file.parent_id,
        "project_id": file.project_id,
        "created_at": iso(file.created_at),
        "updated_at": iso(file.updated_at(view.now)),
        "view_url": f"{view.view_base}/project/{file.project_id}/view/{file.id}",
        "adobe_id": None,
        "adobe_version_id": None,
    }


def folder_json(folder: Folder, view: View) -> dict[str, Any]:
    return {
        "id": folder.id,
        "type": "folder",
        "name": folder.name,
        "parent_id": folder.parent_id,
        "project_id": folder.project_id,
        "view_url": f"{view.view_base}/project/{folder.project_id}/{folder.id}",
        "adobe_id": None,
        "cover_file_id": None,
        "restricted": False,
        "created_at": iso(folder.created_at),
        "updated_at": iso(folder.created_at),
    }


def stack_json(stack: VersionStack, view: View) -> dict[str, Any]:
    return {
        "id": stack.id,
        "type": "version_stack",
        "name": stack.name,
        "parent_id": stack.parent_id,
        "project_id": stack.project_id,
        "view_url": f"{view.view_base}/project/{stack.project_id}/view/{stack.id}",
        "adobe_id": None,
        "created_at": iso(stack.created_at),
        "updated_at": iso(stack.updated_at(view.now)),
        "head_version": asset_json(stack.head, view),
    }


def project_json(project: Project, view: View) -> dict[str, Any]:
    stored = [file.size for file in view.store.files.values() if file.project_id == project.id and not file.deleted_at]
    described = {
        "id": project.id,
        "name": project.name,
        "description": None,
        "image": None,
        "root_folder_id": project.root_folder_id,
        "workspace_id": project.workspace_id,
        "status": "active",
        "restricted": False,
        "storage": sum(stored),
        "view_url": f"{view.view_base}/project/{project.id}/",
        "adobe_id": None,
        "created_at": iso(project.created_at),
        "updated_at": iso(project.created_at),
    }
    return described | ({"owner": user_json(view.store.person)} if "owner" in view.include else {})


def account_json(store: Store, display_name: str, storage_limit: int | None) -> dict[str, Any]:
    return {
        "id": store.account_id,
        "display_name": display_name,
        "roles": ["member"],
        "storage_limit": storage_limit,
        "storage_usage": store.used_bytes(),
        "adobe_id": None,
        "image": None,
        "mounted_storage_enabled": False,
        "v4_migrated_at": None,
        "created_at": iso(store.started_at),
        "updated_at": iso(store.started_at),
    }


def workspace_json(view: View) -> dict[str, Any]:
    started_at = iso(view.store.started_at)
    described = {
        "id": view.store.workspace_id,
        "name": "Simulated workspace",
        "account_id": view.store.account_id,
        "image": None,
        "created_at": started_at,
        "updated_at": started_at,
    }
    return described | ({"creator": user_json(view.store.person)} if "creator" in view.include else {})


def user_json(user: User) -> dict[str, Any]:
    return profile_json(user) | {"active": True, "adobe_user_id": None}


def profile_json(user: User) -> dict[str, Any]:
    return {"id": user.id, "name": user.name, "email": user.email, "avatar_url": None}


def status_json(file: File, now: float) -> dict[str, Any]:
    """`filetype` before the bytes came is not documented; a caller must not take it for the final one."""
    complete = file.status(now) != "created"
    return {
        "id": file.id,
        "filetype": file.media_type or "application/octet-stream",
        "upload_complete": complete,
        "upload_failed": file.upload_failed,
        "uploaded_at": iso(file.created_at),
        "upload_completed_at": iso(file.uploaded_at) if complete and file.uploaded_at is not None else None,
    }


def comment_json(comment: Comment, include: Collection[str]) -> dict[str, Any]:
    absent = ("anchor", "annotation", "page", "text_edited_at", "timestamp", "duration", "text_review_annotation")
    return {
        **dict.fromkeys((*absent, "completed_at", "completer_id")),
        "id": comment.id,
        "file_id": comment.file_id,
        "text": comment.text,
        "attachments": [],
        "mentions": [],
        "links": [],
        "created_at": iso(comment.created_at),
        "updated_at": iso(comment.created_at),
        **({"owner": user_json(comment.owner)} if "owner" in include else {}),
        **({"replies": []} if "replies" in include else {}),
    }


def _included(asset: Asset, view: View) -> dict[str, Any]:
    """Media links are all null, as they are for a file without renditions: a caller must live with that."""
    links = [name.removeprefix("media_links.") for name in view.include if name.startswith("media_links.")]
    extra: dict[str, Any] = {}
    if "creator" in view.include:
        extra["creator"] = user_json(asset.creator)
    if "project" in view.include:
        extra["project"] = project_json(view.store.projects[asset.project_id], view)
    if "metadata" in view.include:
        extra["metadata"] = []
    if links and isinstance(asset, File):
        extra["media_links"] = dict.fromkeys(links)
    return extra
