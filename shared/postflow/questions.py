"""Pure: what one service asks of another's ledger, and the answers."""

from pydantic import AwareDatetime

from postflow.destination import Frozen

ASK_TRANSFER = "postflow.ask.fileserver.transfer"


class TransferQuestion(Frozen):
    """How far has the fetch of this exposure come?"""

    file_id: str
    attempt: int
    exposure: int


class TransferAnswer(Frozen):
    """What the fileserver itself saw of the fetch.

    Attributes:
        known: whether its ledger holds that exposure at all; the rest is meaningless if not.
        is_open: whether the address still answers.
        tainted: the revision changed while it was being read; what was sent must not be believed.
        address_lost: the tunnel that the address leads through was lost while the address was open. What did not arrive
            then says nothing about the file. If the address is closed as well, it leads nowhere any more.
        last_byte_at: when the latest byte left, also of a fetch that is still running.
        bytes_sent: length of the union of all that surely left: whole ranges, and the beginnings of running or cut
            ones.
    """

    known: bool
    is_open: bool = False
    tainted: bool = False
    address_lost: bool = False
    first_get_at: AwareDatetime | None = None
    last_byte_at: AwareDatetime | None = None
    bytes_sent: int = 0
