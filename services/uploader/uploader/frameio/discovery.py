"""Edge: which account, and who we are in it."""

from postflow.errors import PermanentError
from uploader.frameio.client import FrameIO
from uploader.frameio.objects import User


async def discover(frameio: FrameIO, account_id: str | None) -> User:
    """Set the client's account and say who we are.

    Raises:
        PermanentError: the account is not there, or there are several and none was named.
    """
    user = await frameio.me()
    accounts = await frameio.accounts()
    ids = [account.id for account in accounts]
    if account_id is None and len(ids) == 1:
        frameio.account_id = ids[0]
        return user
    if account_id in ids:
        frameio.account_id = str(account_id)
        return user
    listed = ", ".join(f"{account.display_name} = {account.id}" for account in accounts) or "none"
    raise PermanentError(
        f"the token sees these Frame.io accounts: {listed}",
        code="ACCOUNT_UNCLEAR",
        what_to_do="Set FRAMEIO_ACCOUNT_ID to one of them.",
    )
