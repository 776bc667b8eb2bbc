"""Pure: what one service asks of another, and the answers."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from postflow.chain import Link
from postflow.destination import Frozen
from postflow.messages import Refusal

ASK_TRANSFER = "postflow.ask.fileserver.transfer"
ASK_VERIFY_LOG = "postflow.ask.fileserver.verify-log"
ASK_CHECK = "postflow.ask.fileserver.check"
ASK_WHEREABOUTS = "postflow.ask.watcher.whereabouts"
ASK_RULES = "postflow.ask.watcher.rules"
ASK_LOGIN_BEGIN = "postflow.ask.uploader.login.begin"
ASK_LOGIN_FINISH = "postflow.ask.uploader.login.finish"

LOGIN_TIMEOUT_S = 60.0
"""How long an answer about the login may take: Adobe and Frame.io are asked meanwhile."""


class TransferQuestion(Frozen):
    """How far has the fetch of this exposure come?

    Attributes:
        came_to_nothing: it will not become right, and nobody knows why: whether the tunnel is at fault should be found
            out before this is asked again.
    """

    file_id: str
    attempt: int
    exposure: int
    came_to_nothing: bool = False


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
        cut_by_us: the fetch was cut because the fileserver ended, not by the other side or the tunnel; no longer true
            when somebody comes again.
    """

    known: bool
    is_open: bool = False
    tainted: bool = False
    address_lost: bool = False
    first_get_at: AwareDatetime | None = None
    last_byte_at: AwareDatetime | None = None
    bytes_sent: int = 0
    cut_by_us: bool = False


class VerifyLogQuestion(Frozen):
    """Is the access log as it was written?

    Attributes:
        only_link: not looked at; only what NATS remembers of it is told.
    """

    only_link: bool = False


class LogProblem(Frozen):
    """
    Attributes:
        place: the file, and the line in it; empty for what is about the whole log.
    """

    place: str = ""
    what: str


class VerifyLogAnswer(Frozen):
    """
    Attributes:
        first, last: of the lines that are there; None if there are none.
        remembered: the line that NATS remembers; None if it remembers none.
        problems: the first of them.
    """

    files: int = 0
    lines: int = 0
    first: int | None = None
    last: int | None = None
    remembered: Link | None = None
    problems: tuple[LogProblem, ...] = ()


class Whereabouts(StrEnum):
    HERE = "here"
    CHANGED = "changed"
    """Its path holds another revision now."""
    MOVED = "moved"
    GONE = "gone"
    UNKNOWN = "unknown"
    """The watcher never released it, or the volume gives no answer."""


class WhereaboutsQuestion(Frozen):
    """Where is this revision now?"""

    file_id: str


class WhereaboutsAnswer(Frozen):
    """
    Attributes:
        path: of one that was moved, where it is now.
        underway: of one that was moved: it was released where it is now, and is on its way from there.
        settled: False while the watcher's next looks may still say otherwise.
    """

    state: Whereabouts
    path: str = ""
    underway: bool = False
    settled: bool = True


class RulesQuestion(Frozen):
    """Where do files come from and go to, by the rules in force?"""


class Target(Frozen):
    """
    Attributes:
        project: name or id of the Frame.io project.
        folder: the names, below the project's root, that are the same for every file; deeper ones depend on the file.
        shows: those of the rules that send something there.
    """

    project: str
    folder: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


class RulesAnswer(Frozen):
    """
    Attributes:
        watch_folders: those that are there, as the volume spells them; an empty one is all of the filespace.
        targets: each once.
    """

    watch_folders: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()


class LoginBeginQuestion(Frozen):
    """Where does a person sign in?"""


class LoginBeginAnswer(Frozen):
    """Either an address or a refusal.

    Attributes:
        authorize_url: to be opened in a browser. After the consent it leads to an address for `LoginFinishQuestion`.
        redirect_uri: how that address begins.
        expires_at: from then on the sign-in has to begin anew.
    """

    authorize_url: str = ""
    redirect_uri: str = ""
    expires_at: AwareDatetime | None = None
    refusal: Refusal | None = None


class LoginFinishQuestion(Frozen):
    """What Adobe sent the person back with: the whole address, or its code and state."""

    redirect: str = Field(default="", repr=False)
    code: str = Field(default="", repr=False)
    state: str = Field(default="", repr=False)


class LoginFinishAnswer(Frozen):
    """Either who we are now, or a refusal; what was signed in before stays in force then.

    Attributes:
        user: name or mail address of the user in Frame.io.
        account: name of the account.
        projects: names of those that this user can see.
        signed_in_until: the login lasts until then without being used; every renewal makes it longer.
    """

    user: str = ""
    account: str = ""
    projects: tuple[str, ...] = ()
    signed_in_until: AwareDatetime | None = None
    refusal: Refusal | None = None


class CheckQuestion(Frozen):
    """Fetch this file through the public name, as Frame.io would, and say how that went.

    Asked again, once a second or so, until it is over: when nobody asks any more, the fetch and its address end.

    Attributes:
        check_id: made by whoever asks, the same each time.
        path: absolute on the mount, or inside the filespace.
        whole: all of it, and not only its beginning.
    """

    check_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    path: str
    whole: bool = False


class CheckAnswer(Frozen):
    """What has been seen so far.

    Attributes:
        over: it is not fetched any more.
        done: it came as it should. The rest says how.
        said: why it did not, or why it ended before it had all.
        wanted_bytes: how much is fetched: the file's beginning, or all of it.
        near_first_byte_s: how long the fileserver itself takes to the first byte, without the public name.
        first_byte_s: how long it took through the public name, name look-up and connection included.
        elapsed_s: from asking for it until now, or the end.
        added: headers that the answer has through the public name, and has not from the fileserver itself.
        taken: names of those that got lost on the way, or came otherwise.
    """

    over: bool = False
    done: bool = False
    said: str = ""
    what_to_do: str = ""
    base_url: str = ""
    path: str = ""
    size_bytes: int = 0
    wanted_bytes: int = 0
    got_bytes: int = 0
    status: int = 0
    near_first_byte_s: float | None = None
    first_byte_s: float | None = None
    elapsed_s: float = 0.0
    added: dict[str, str] = Field(default_factory=dict)
    taken: tuple[str, ...] = ()
