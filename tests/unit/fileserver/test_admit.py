"""Who is let in."""

import base64
from datetime import datetime, timedelta

import pytest

from fileserver.admit import Refused, admit
from fileserver.exposure import Exposure
from fileserver.lifetime import Moment
from fileserver.live import Live
from fileserver.signing import Address, keyring
from tests.examples import AT
from tests.unit.fileserver.examples import EXPOSURE_ID, exposure

KEYS = keyring("k:" + base64.b64encode(bytes(32)).decode())
EXPIRES_AT = AT + timedelta(days=1)


def address(exposure_id: str = EXPOSURE_ID) -> Address:
    return Address(*KEYS.path(exposure_id, int(EXPIRES_AT.timestamp())).split("/")[2:])


FORGED = Address(EXPOSURE_ID, address().expires, "k", "A" * 43)
ANOTHERS = Address("another-exposure-of-22", address().expires, "k", address().signature)


@pytest.mark.parametrize(
    ("asked", "there", "now", "answer"),
    [
        pytest.param(address(), exposure(), AT, exposure(), id="open"),
        pytest.param(address(), None, AT, 410, id="ended"),
        pytest.param(address(), exposure(), EXPIRES_AT, 410, id="expired"),
        pytest.param(address(), exposure(), EXPIRES_AT - timedelta(seconds=1), exposure(), id="about to expire"),
        pytest.param(address(), exposure(tainted=True), AT, 409, id="tainted"),
        pytest.param(FORGED, exposure(), AT, 404, id="forged"),
        pytest.param(ANOTHERS, exposure(), AT, 404, id="another's signature"),
        pytest.param(FORGED, exposure(tainted=True), EXPIRES_AT, 404, id="forged says nothing of what is there"),
    ],
)
def test_admission(asked: Address, there: Exposure | None, now: datetime, answer: Exposure | int) -> None:
    live = Live(there) if there is not None else None
    admitted = admit(asked, keys=KEYS, find=lambda _: live, now=Moment(now, 5.0))
    assert (admitted.status if isinstance(admitted, Refused) else admitted) == answer


@pytest.mark.parametrize(("monotonic_s", "answer"), [(99.0, exposure()), (100.0, 410)])
def test_a_clock_set_back_admits_nobody_for_longer(monotonic_s: float, answer: Exposure | int) -> None:
    live = Live(exposure(), until_s=100.0)
    now = Moment(AT - timedelta(days=400), monotonic_s)
    admitted = admit(address(), keys=KEYS, find=lambda _: live, now=now)
    assert (admitted.status if isinstance(admitted, Refused) else admitted) == answer
