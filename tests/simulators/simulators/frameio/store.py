"""Pure: one account with its projects, and everything that was put there. Names may repeat, ids may not."""

import hashlib
from collections.abc import Callable, Iterator

from simulators.frameio.assets import Asset, Comment, File, Folder, Project, User, VersionStack


def fixed_id(*name: str) -> str:
    """The same UUID for the same name each time a simulator starts, as an account's ids outlive its server."""
    digits = hashlib.sha256("/".join(name).encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


class Store:
    """What was deleted stays known to `files` and `folders`, and is in lists that were made before."""

    def __init__(self, projects: tuple[str, ...], *, user_name: str, now: float, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self.account_id = fixed_id("account")
        self.workspace_id = fixed_id("workspace")
        self.user = User(fixed_id("user", user_name), user_name, "postflow@example.com")
        self.person = User(fixed_id("user", "person"), "Someone at the studio", "someone@example.com")
        self.started_at = now
        self.projects = {project.id: project for project in map(self._project, projects)}
        self.clear()

    def clear(self) -> None:
        self.files: dict[str, File] = {}
        self.folders: dict[str, Folder] = {}
        self._files_in: dict[str, list[File]] = {}
        self.stacks: dict[str, VersionStack] = {}
        self._folders_in: dict[str, list[Folder]] = {}
        self._stacks_in: dict[str, list[VersionStack]] = {}
        self._sequence = 0
        for project in self.projects.values():
            self._keep(self._root(project))

    def folder(self, folder_id: str) -> Folder | None:
        folder = self.folders.get(folder_id)
        return folder if folder is not None and folder.deleted_at is None else None

    def file(self, file_id: str) -> File | None:
        file = self.files.get(file_id)
        return file if file is not None and file.deleted_at is None else None

    def stack(self, stack_id: str) -> VersionStack | None:
        stack = self.stacks.get(stack_id)
        return stack if stack is not None and stack.deleted_at is None else None

    def files_in(self, folder_id: str, at: float) -> list[File]:
        """As a list that was made at this moment has them, which may be one in the past."""
        return [file for file in self._files_in.get(folder_id, []) if _is_listed(file, at)]

    def folders_in(self, folder_id: str, at: float) -> list[Folder]:
        return [folder for folder in self._folders_in.get(folder_id, []) if _is_listed(folder, at)]

    def stacks_in(self, folder_id: str, at: float) -> list[VersionStack]:
        return [stack for stack in self._stacks_in.get(folder_id, []) if _is_listed(stack, at)]

    def add_folder(self, parent: Folder, name: str, *, now: float) -> Folder:
        folder = Folder(
            self._new_id(), name, parent.project_id, parent.id, self.user, created_at=now, sequence=self._next()
        )
        self._keep(folder)
        self._folders_in.setdefault(parent.id, []).append(folder)
        return folder

    def add_file(self, parent: Folder, name: str, *, creator: User, now: float) -> File:
        file = File(self._new_id(), name, parent.project_id, parent.id, creator, created_at=now, sequence=self._next())
        self.files[file.id] = file
        self._files_in.setdefault(parent.id, []).append(file)
        return file

    def add_comment(self, file: File, text: str, *, now: float) -> Comment:
        comment = Comment(self._new_id(), file.id, text, self.person, created_at=now)
        file.comments.append(comment)
        return comment

    def delete_file(self, file: File, *, now: float) -> None:
        file.deleted_at = now
        self._take_off(file, now=now)

    def add_stack(self, parent: Folder, files: list[File], *, now: float) -> VersionStack:
        """Of files of this folder, oldest first."""
        sequence = self._next()
        stack = VersionStack(self._new_id(), parent.project_id, parent.id, self.user, now, sequence, files=[])
        self.stacks[stack.id] = stack
        self._stacks_in.setdefault(parent.id, []).append(stack)
        for file in files:
            self.move_file(file, stack, now=now)
        return stack

    def move_file(self, file: File, to: Folder | VersionStack, *, now: float) -> None:
        if file in self._files_in.get(file.parent_id, []):
            self._files_in[file.parent_id].remove(file)
        self._take_off(file, now=now)
        file.parent_id, file.project_id = to.id, to.project_id
        (self._files_in.setdefault(to.id, []) if isinstance(to, Folder) else to.files).append(file)

    def _take_off(self, file: File, *, now: float) -> None:
        """From its stack, if it is in one; a stack that loses its last file is gone, but from lists of the past."""
        stack = self.stacks.get(file.parent_id)
        if stack is None:
            return
        if stack.files == [file]:
            stack.deleted_at = now
        else:
            stack.files.remove(file)

    def delete_folder(self, folder: Folder, *, now: float) -> None:
        """With everything below it."""
        for child in self._folders_in.get(folder.id, []):
            if child.deleted_at is None:
                self.delete_folder(child, now=now)
        stacks = self._stacks_in.get(folder.id, [])
        for file in [*self._files_in.get(folder.id, []), *(file for stack in stacks for file in stack.files)]:
            if file.deleted_at is None:
                self.delete_file(file, now=now)
        folder.deleted_at = now

    def named(self, parent: Folder, name: str) -> bool:
        children = (self._files_in, self._folders_in, self._stacks_in)
        there: list[Asset] = [asset for kind in children for asset in kind.get(parent.id, [])]
        return name in {asset.name for asset in there if asset.deleted_at is None}

    def used_bytes(self) -> int:
        return sum(file.size for file in self.files.values() if file.deleted_at is None)

    def path(self, parent_id: str | None) -> str:
        """Names from below the project's root, joined by slashes; the root itself is the empty path."""
        stack = self.stacks.get(parent_id or "")
        return "/".join(reversed(list(self._names_upwards(parent_id if stack is None else stack.parent_id))))

    def _names_upwards(self, folder_id: str | None) -> Iterator[str]:
        folder = self.folders.get(folder_id or "")
        while folder is not None and folder.parent_id is not None:
            yield folder.name
            folder = self.folders.get(folder.parent_id)

    def _keep(self, folder: Folder) -> None:
        self.folders[folder.id] = folder

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _project(self, name: str) -> Project:
        return Project(fixed_id("project", name), name, self.workspace_id, fixed_id("root", name), self.started_at)

    def _root(self, project: Project) -> Folder:
        return Folder(
            project.root_folder_id,
            project.name,
            project.id,
            None,
            self.user,
            created_at=self.started_at,
            sequence=self._next(),
        )


def _is_listed(asset: Asset, at: float) -> bool:
    is_there = asset.created_at <= at and (asset.deleted_at is None or asset.deleted_at > at)
    return is_there and asset.unlisted_until <= at
