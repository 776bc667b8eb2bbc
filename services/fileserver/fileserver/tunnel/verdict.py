"""Pure: what the answer to a probe says about the tunnel."""

from fileserver.admit import GONE, NOT_FOUND
from fileserver.replies import OK
from fileserver.tunnel.fronts import NOTHING_IN_FRONT, Answer, in_front
from fileserver.tunnel.gate import Found, Probed


def on(answer: Answer, content: bytes, cure: str) -> Probed:
    """Whether it is what we put there.

    Args:
        cure: what a person does when the far end of the tunnel is in trouble.
    """
    status = answer.status
    if not answer.is_ours:
        return in_front(answer, cure)
    if status in (NOT_FOUND, GONE):
        return Probed(Found.BROKEN, "another fileserver answers there", "Give this tunnel to one fileserver only.")
    if status != OK or answer.body != content:
        return Probed(Found.BROKEN, f"what was sent did not come back as it was ({status})", NOTHING_IN_FRONT)
    return Probed(Found.WHOLE)
