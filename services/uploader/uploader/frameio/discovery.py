"""Edge: which account, and who we are in it."""

from postflow.errors import PermanentError
from uploader.frameio.client import FrameIO
from uploader.frameio.objects import Account, Seen, User


async def discover(frameio: FrameIO, account_id: str | None) -> User:
    """Tell the client who it is and in which account, and say so.

    Raises:
        PermanentError: the account is not there, or there are several and none was named.
    """
    user, _ = await _found(frameio, account_id)
    return user


async def look(frameio: FrameIO, account_id: str | None) -> Seen:
    """Whom a login belongs to, and the projects that it can see. Raises as `discover`, and when there is none."""
    user, account = await _found(frameio, account_id)
    projects = tuple(sorted(project.name for project in await frameio.projects()))
    if not projects:
        raise PermanentError(
            f"{_name(user)} sees no project in {account.display_name or account.id}",
            code="LOGIN_NO_PROJECT",
            what_to_do="Give this user the editor role in the projects, then sign in again.",
        )
    return Seen(user=_name(user), account=account.display_name or account.id, projects=projects)


def _name(user: User) -> str:
    return user.name or user.id


async def _found(frameio: FrameIO, account_id: str | None) -> tuple[User, Account]:
    user = await frameio.me()
    accounts = await frameio.accounts()
    chosen = [account for account in accounts if account_id in (None, account.id)]
    if len(chosen) == 1:
        frameio.account_id, frameio.user_id = chosen[0].id, user.id
        frameio.account_name, frameio.user_name = chosen[0].display_name or chosen[0].id, _name(user)
        return user, chosen[0]
    listed = ", ".join(f"{account.display_name} = {account.id}" for account in accounts) or "none"
    raise PermanentError(
        f"the token sees these Frame.io accounts: {listed}",
        code="ACCOUNT_UNCLEAR",
        what_to_do="Set FRAMEIO_ACCOUNT_ID to one of them.",
    )
